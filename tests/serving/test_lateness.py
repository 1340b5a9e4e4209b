"""Notices: late once, back once, by every channel declared, and none lost when a channel is down."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from schemas.errors import BlockdataError, ContractError
from schemas.notify import Channels, Email, Webhook, load_channels
from serving import lateness
from serving.notify import folder
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger, standins
from transforms.load import load_files

MONDAY, FRESH, LATE = date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 5)  # two working days are granted


@pytest.fixture
def delivered(small_home, tmp_path):
    """A lake whose three feeds delivered on Monday; and how to deliver again."""

    def again(feed_id, day):
        load_files(feed_id, [deliver(tmp_path, feed_id, day, [lodger(day.day)])], None, small_home, steps=standins())

    for feed_id in (LODGERS, VISITS, NOTICES):
        again(feed_id, MONDAY)
    return small_home, again


def feeds(notices) -> list[str]:
    return sorted(notice.feed_id for notice in notices)


def test_late_is_told_once_and_back_once(delivered):
    home, again = delivered
    assert lateness.tell(home, Channels(), FRESH) == []
    assert feeds(lateness.tell(home, Channels(), LATE)) == sorted([LODGERS, VISITS, NOTICES])
    assert lateness.tell(home, Channels(), LATE) == []
    again(LODGERS, LATE)
    [back] = lateness.tell(home, Channels(), LATE)
    assert back.feed_id == LODGERS and "恢复" in back.text
    assert lateness.tell(home, Channels(), LATE) == []


def test_a_run_killed_after_queueing_tells_once(delivered, monkeypatch):
    home, _ = delivered
    monkeypatch.setattr(lateness, "remember", lambda *_: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            lateness.tell(home, Channels(), LATE)
    assert len(list(folder(home).glob("*.json"))) == 1
    monkeypatch.undo()
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(home.path.parent / "feeds"))
    assert len(lateness.tell(home, Channels(), LATE)) == 3
    assert list(folder(home).iterdir()) == []


def test_the_webhook_gets_what_happened(delivered):
    home, _ = delivered
    with webhook() as (url, received):
        lateness.tell(home, Channels(webhook=Webhook(url=url)), LATE)
    [document] = received
    assert document["subject"] == lateness.LATE
    assert sorted(notice["feed_id"] for notice in document["notices"]) == sorted([LODGERS, VISITS, NOTICES])
    assert all(str(FRESH) in notice["text"] for notice in document["notices"])


def test_a_webhook_that_is_down_keeps_its_notices_and_the_log_is_told_once(delivered, monkeypatch):
    home, _ = delivered
    logged = []
    monkeypatch.setattr("serving.notify.log.warning", lambda *told: logged.append(told))
    down = Channels(webhook=Webhook(url="http://127.0.0.1:9/notices"))
    for _ in range(2):
        with pytest.raises(BlockdataError, match="webhook"):
            lateness.tell(home, down, LATE)
    assert len(logged) == 3
    with webhook() as (url, received):
        assert lateness.tell(home, Channels(webhook=Webhook(url=url)), LATE) == []
    assert len(received) == 1


def test_each_department_is_written_to_of_its_own_feeds(delivered):
    home, _ = delivered
    with relay() as (port, mails):
        email = Email(
            relay="127.0.0.1",
            port=port,
            sender="blockdata@district.test",
            to=["office@district.test"],
            departments={"town": ["town@district.test"], "water": ["water@district.test"]},
        )
        lateness.tell(home, Channels(email=email), LATE)
    assert sorted(to for to, _ in mails) == ["office@district.test", "town@district.test"]
    assert all(re.search(r"Subject: .*", body) for _, body in mails)


def test_a_channel_written_wrongly_is_named(tmp_path, monkeypatch):
    path = tmp_path / "notify.yaml"
    path.write_text("email: {relay: mail.test, sender: nobody}\n", encoding="utf-8")
    monkeypatch.setenv("BLOCKDATA_NOTIFY", str(path))
    with pytest.raises(ContractError, match=r"notify\.yaml.*sender"):
        load_channels()
    monkeypatch.delenv("BLOCKDATA_NOTIFY")
    assert load_channels() == Channels()


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict]]]:
    """An HTTP server that keeps the JSON it is sent."""
    received: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with _served(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/notices", received


@contextmanager
def relay() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A mail relay of the smallest kind: who was written to, and what."""
    mails: list[tuple[str, str]] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 relay\r\n")
            to = ""
            while line := self.rfile.readline().decode().strip():
                word = line.split(":")[0].upper()
                if word == "RCPT TO":
                    to = line.partition("<")[2].partition(">")[0]
                if word == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = []
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        body.append(part.decode())
                    mails.append((to, "".join(body)))
                self.wfile.write(b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")
                if word == "QUIT":
                    return

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, mails


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
