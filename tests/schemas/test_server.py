"""Servers of a contract: where deliveries are pulled from, refused with key and mend where it does not fit together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.contract import load_contract
from schemas.errors import ContractError
from schemas.server import ApiServer, DatabaseServer, pulled_name
from tests.connecting.sources import api_server, database_server, pulled_feed
from tests.small import write_feeds

Document = dict[str, Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound contract of a feed pulled from a database."""
    return pulled_feed(write_feeds(tmp_path), database_server())


def _pull(document: Document, **more: Any) -> None:
    document["servers"][0]["customProperties"][0]["value"].update(more)


def _api(document: Document, location: str = "https://api.example.org/v1", **more: Any) -> None:
    document["servers"] = [api_server(location, **more)]


def _delivery(document: Document, **more: Any) -> None:
    next(item for item in document["customProperties"] if item["property"] == "delivery")["value"].update(more)


def _reading(document: Document, **more: Any) -> None:
    next(item for item in document["customProperties"] if item["property"] == "reading")["value"].update(more)


BAD: dict[str, tuple[Callable[[Document], Any], str, str]] = {
    # what is spoilt: (how, key that is named, words of the message)
    "no server": (lambda d: d.update(servers=[]), "servers", "empty"),
    "unknown type": (lambda d: d["servers"][0].update(type="ftp"), "servers.0", "none of local, api"),
    "two sources": (lambda d: d["servers"].append(database_server()), "servers", "several"),
    "password in the contract": (lambda d: d["servers"][0].update(password="x"), "password", "Extra"),
    "no way to ask": (lambda d: d["servers"][0].update(customProperties=[]), "customProperties", "required"),
    "secret instead of its name": (
        lambda d: _pull(d, secret="postgresql://reader:x@host/db"),
        "customProperties.pull.secret",
        "match",
    ),
    "table and query": (lambda d: _pull(d, query="SELECT 1"), "pull.table", "exactly one"),
    "neither": (lambda d: _pull(d, table=None), "pull.table", "exactly one"),
    "a statement that writes": (lambda d: _pull(d, table=None, query="DELETE FROM town"), "pull.query", "SELECT"),
    "two statements": (lambda d: _pull(d, table=None, query="SELECT 1; DROP TABLE x"), "pull.query", "SELECT"),
    "nothing tells what is new": (lambda d: _pull(d, watermark=None), "pull.watermark", "nothing tells"),
    "snapshot with watermark": (lambda d: _delivery(d, mode="snapshot"), "pull.watermark", "everything"),
    "format of a number": (
        lambda d: _pull(d, watermark={"column": "v", "kind": "integer", "format": "%Y"}),
        "pull.watermark.format",
        "timestamp",
    ),
    "not JSON Lines": (lambda d: _reading(d, format="csv"), "customProperties.reading", "JSON Lines"),
    "no manifest": (lambda d: _delivery(d, complete={"stable_seconds": 5}), "delivery.complete", "manifest"),
    "another name": (
        lambda d: _delivery(d, file_pattern=r"^v_(?P<day>\d{8})\.jsonl$"),
        "delivery.file_pattern",
        "visits_20260302",
    ),
    "manifest taken for data": (
        lambda d: _delivery(d, file_pattern=r"^visits_(?P<day>\d{8})"),
        "complete.manifest",
        "for data",
    ),
    "location with a token": (lambda d: _api(d, "https://x.org/?token=1"), "location", "more than"),
    "location of another kind": (lambda d: _api(d, "ftp://x.org"), "location", "http"),
    "since without watermark": (lambda d: _api(d, watermark=None, params={"d": "{day}"}), "pull.since", "together"),
    "page without parameter": (lambda d: _api(d, page={"by": "number"}), "page.parameter", "need"),
    "cursor without path": (lambda d: _api(d, page={"by": "cursor", "parameter": "c"}), "page.next", "need"),
    "unknown word in a parameter": (lambda d: _api(d, params={"x": "{token}"}), "params.x", "day"),
    "path without slash": (lambda d: _api(d, path="visits"), "pull.path", "/visits"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused_with_key_and_mend(path: Path, case: str) -> None:
    spoil, key, word = BAD[case]
    document = copy.deepcopy(yaml.safe_load(path.read_text(encoding="utf-8")))
    load_contract(path)
    spoil(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContractError) as error:
        load_contract(path)
    assert key in error.value.key and word in error.value.message and error.value.mend


def test_a_contract_names_its_source(path: Path) -> None:
    source = load_contract(path).source
    assert isinstance(source, DatabaseServer) and source.pull.watermark is not None
    pulled_feed(path.parent.parent, api_server("https://api.example.org"))
    source = load_contract(path).source
    assert isinstance(source, ApiServer) and source.pull.page.size == 3


def test_another_page_size_reads_no_row_again(path: Path) -> None:
    """What a row means does not hang on how it is fetched."""
    before = load_contract(path).fingerprint
    pulled_feed(path.parent.parent, database_server(page_size=7))
    assert load_contract(path).fingerprint == before
    pulled_feed(path.parent.parent, database_server(), colour={"required": True})
    assert load_contract(path).fingerprint != before


def test_what_is_pulled_is_called_after_feed_and_day() -> None:
    assert pulled_name("water__accounts", date(2026, 3, 2)) == "accounts_20260302.jsonl"
