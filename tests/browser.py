"""A browser whose requests into a network are heard: chromium behind a proxy of our own. Skips where there is none."""

from __future__ import annotations

import shutil
import socketserver
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

CONTROL = "http://control.invalid/seen"
# Chromium's own errands, which are no page's; as few of them as it can be told.
OWN = ("//clients2.google.com/", " accounts.google.com:443", " www.google.com:443")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-extensions"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--metrics-recording-only",
    ),
    *("--allow-file-access-from-files", "--disable-features=OptimizationHints,MediaRouter,Translate"),
)


def asked_for(pages: Sequence[Path], folder: Path) -> set[str]:
    """What opening these pages, one beside the other, asks a network for.

    A picture that is asked for on purpose (CONTROL) proves that the proxy hears; it is left out of the answer.
    """
    frames = "".join(f"<iframe src='{page.as_uri()}'></iframe>" for page in pages)
    harness = folder / "harness.html"
    harness.write_text(f"<!DOCTYPE html><body><img src='{CONTROL}'>{frames}</body>", encoding="utf-8")
    heard: set[str] = set()
    _opened(harness, folder, heard)
    assert any(CONTROL in request for request in heard), "the proxy hears nothing: this proves nothing"
    return {request for request in heard if not any(known in request for known in (CONTROL, *OWN))}


def drawn(page: Path, folder: Path) -> str:
    """The document as the browser has it after drawing."""
    return _opened(page, folder, set())


def _opened(page: Path, folder: Path, heard: set[str]) -> str:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium here")

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heard.add(self.rfile.readline().decode("latin-1").strip())
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [
                *(browser, *QUIET, f"--proxy-server=127.0.0.1:{server.server_address[1]}"),
                *(f"--user-data-dir={folder / 'browser'}", "--timeout=20000", "--dump-dom", page.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        server.shutdown()
    return done.stdout
