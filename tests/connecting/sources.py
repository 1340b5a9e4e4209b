"""Small feeds that are pulled, and an HTTP API in this process that does what the test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from schemas.home import Home
from tests.small import standins
from transforms.connecting import Pulled, pull
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.receive import find_deliveries

FEED = "town__visits"  # the small incremental feed, ending with a manifest
FIRST, SECOND, THIRD = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
TOKEN = "let-me-in"


def pulled_feed(feeds: Path, server: Mapping[str, Any], *, mode: str = "incremental", **ways: Any) -> Path:
    """Rewrites the small feed's contract so that it is pulled from `server`; `ways` change its columns by name."""
    path = feeds / "town" / "visits.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["servers"] = [dict(server)]
    custom = {item["property"]: item for item in document["customProperties"]}
    custom["reading"]["value"] = {"format": "jsonl"}
    custom["delivery"]["value"]["mode"] = mode
    custom["delivery"]["value"]["file_pattern"] = r"^visits_(?P<day>\d{8})\.jsonl$"
    for column in document["schema"][0]["properties"]:
        column.update(ways.get(column["name"], {}))
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def database_server(kind: str = "postgresql", **pull: Any) -> dict[str, Any]:
    """A server of the contract: table town, watermark changed_at, unless told otherwise."""
    given = {"secret": "TOWN", "table": "town", "watermark": {"column": "changed_at"}} | pull
    return {
        "server": "exchange",
        "type": kind,
        "customProperties": [
            {"property": "pull", "value": {key: value for key, value in given.items() if value is not None}}
        ],
    }


def api_server(location: str, **pull: Any) -> dict[str, Any]:
    """A server of the contract: paged by number, with a token and a total, unless told otherwise."""
    given = {
        "path": "/visits",
        "token": {"secret": "TOWN"},
        "records": "data.items",
        "page": {"by": "number", "parameter": "page", "size_parameter": "size", "size": 3, "total": "data.total"},
        "since": {"parameter": "since"},
        "watermark": {"column": "changed_at"},
        "attempts": 2,
    } | pull
    return {
        "server": "platform",
        "type": "api",
        "location": location,
        "customProperties": [
            {"property": "pull", "value": {key: value for key, value in given.items() if value is not None}}
        ],
    }


def visit(number: int, *, changed: str = "2020-03-01 08:00:00", colour: str = "red", room: int = 1) -> dict[str, Any]:
    """A row of the source, by the headers of the contract."""
    return {
        "no": f"V{number:04}",
        "name": f"客人{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "place": f"和平里1栋{100 + room}",
        "since": "2026-01-05",
        "colour": colour,
        "changed_at": changed,
    }


def load_waiting(home: Home) -> list[LoadResult]:
    """Loads what lies in landing, as the DAG does."""
    return [
        load_files(FEED, paths, None, home, from_landing=True, steps=standins())
        for paths in find_deliveries(FEED, home)
    ]


def pull_and_load(home: Home, day: date) -> tuple[Pulled, list[LoadResult]]:
    """One day of the feed."""
    return pull(FEED, day, home), load_waiting(home)


def standing(home: Home) -> dict[str, str]:
    """Record → colour, as the lake has it after everything let in."""
    from transforms.lake.fold import current_state

    rows = current_state(Lake(home).scan(f"record_history.{FEED}"), date(2099, 1, 1)).collect()
    return dict(zip(rows["record_id"], rows["colour"], strict=True))


def landed(home: Home) -> list[dict[str, Any]]:
    """The rows of the one delivery in landing."""
    (path,) = (home.landing / FEED).glob("visits_*.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def left_in_landing(home: Home) -> list[str]:
    """Names of everything there."""
    folder = home.landing / FEED
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@dataclass
class Reply:
    """What the stub answers. `body`: a document, or the bytes themselves."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None  # Content-Length, where it is a lie


@dataclass
class Stub:
    """An API: `answer(path, params)` gives its replies; `asked` are the parameters of each request."""

    location: str
    answer: Callable[[str, dict[str, str]], Reply]
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def stub(answer: Callable[[str, dict[str, str]], Reply]) -> Iterator[Stub]:
    """The API, until the test ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            params = dict(parse_qsl(parts.query)) | (json.loads(self.rfile.read(length)) if length else {})
            api.asked.append(params)
            api.headers.append(dict(self.headers))
            reply = api.answer(parts.path, params)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if reply.promised is None else reply.promised))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = reply.promised is not None

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = Stub(f"http://127.0.0.1:{server.server_address[1]}", answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def paged(rows: list[dict[str, Any]]) -> Callable[[str, dict[str, str]], Reply]:
    """A sound API over `rows`: token, since, pages by number."""

    def answer(path: str, params: dict[str, str]) -> Reply:
        wanted = [row for row in rows if row["changed_at"] >= params.get("since", "").replace("T", " ")]
        start = (int(params["page"]) - 1) * int(params["size"])
        return Reply({"code": 0, "data": {"items": wanted[start : start + int(params["size"])], "total": len(wanted)}})

    return answer
