"""Records of an HTTP API, page by page, with the doubts a page can raise.

Pages are cut from a result that may change meanwhile: a record then comes twice, or slips through between two pages.
What can be noticed of that becomes a doubt, and the whole is read again until two readings agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from schemas.contract import Contract
from schemas.server import ApiServer
from transforms.connecting.answer import Answer, ask, at, client_of
from transforms.connecting.fault import PullFault, said
from transforms.connecting.mark import AHEAD, Mark, comparable, stored
from transforms.connecting.telling import Ask, Telling, chosen, missing, refuse_missing
from transforms.reading.headers import fold


def api_rows(asking: Ask[ApiServer], telling: Telling) -> Iterator[dict[str, str | None]]:
    """Every record as header → text, in the order of the pages; what the contract does not know is not taken.

    Raises PullFault for an answer nobody can use, Interrupted when the last attempt failed too.
    """
    contract, source, highest = asking.contract, asking.source, telling.highest
    known = _Known(contract, telling)
    reading = _Reading(contract, source, telling)
    mark = fold(source.pull.watermark.column) if source.pull.watermark else ""
    for records in _pages(reading, asking):
        for record in records:
            if highest is not None:
                highest.see(next((value for name, value in record.items() if fold(name) == mark), None))
            row = known.row(record)
            reading.note_key(tuple(row.get(known.at.get(column.name, "")) for column in contract.key_columns))
            yield row
    if reading.rows:
        refuse_missing(missing(known.at, contract, required_only=True), contract, telling)
    if highest is not None and highest.seen and highest.empty == highest.seen:
        raise PullFault(
            contract,
            f"no record has the watermark {highest.watermark.column}",
            "have it back, or correct watermark.column in the contract",
        )
    reading.conclude()


@dataclass
class _Reading:
    """What has been noticed of the pages so far."""

    contract: Contract
    source: ApiServer
    telling: Telling
    rows: int = 0
    page: int = 0
    total: int | None = None
    pages: set[bytes] = field(default_factory=set)
    keys: dict[int, int] = field(default_factory=dict)  # hash of a key → the page it came on

    def note_page(self, document: Any, records: list[dict[str, Any]]) -> None:
        """Counts it; refuses one that came before."""
        self.page += 1
        self.telling.requests += 1
        if records:
            digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode("utf-8", "surrogatepass")).digest()
            if digest in self.pages:
                raise PullFault(
                    self.contract,
                    f"page {self.page} is one that came before",
                    "correct page in the contract: the API does not follow its parameter",
                )
            self.pages.add(digest)
        self.rows += len(records)
        if self.source.pull.page.total:
            told = _whole_number(at(document, self.source.pull.page.total))
            if told is None and self.total is None:
                raise PullFault(
                    self.contract,
                    f"{self.source.pull.page.total} of the answer is no number",
                    "correct page.total in the contract",
                )
            if told is not None and self.total is not None and told != self.total:
                self.telling.doubt = f"the total changed from {self.total} to {told} between two pages"
            self.total = told if told is not None else self.total

    def note_key(self, key: tuple[str | None, ...]) -> None:
        """A record on two pages slipped from one to the other, and another may have slipped past us."""
        if self.source.pull.page.by != "none" and self.keys.setdefault(hash(key), self.page) != self.page:
            self.telling.doubt = self.telling.doubt or "a record came on two pages"

    def conclude(self) -> None:
        """After the last page."""
        if self.total is not None and self.total != self.rows:
            self.telling.contradiction = f"it tells of {self.total} records, its pages held {self.rows}"
        elif self.total is None and self.source.pull.page.by in ("number", "offset") and self.page > 2:
            self.telling.doubt = self.telling.doubt or "nothing tells how many records there are"


@dataclass
class _Known:
    """The contract's columns among the fields of the records, which need not be the same in each."""

    contract: Contract
    telling: Telling
    at: dict[str, str] = field(default_factory=dict)  # lake name → field
    shapes: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def row(self, record: Mapping[str, Any]) -> dict[str, str | None]:
        """header → text of one record."""
        shape = tuple(record)
        if shape not in self.shapes:
            self.shapes[shape] = chosen(shape, self.contract, self.telling)
            self.at.update(self.shapes[shape])
        return {name: _text(record[name]) for name in self.shapes[shape].values()}


def _pages(reading: _Reading, asking: Ask[ApiServer]) -> Iterator[list[dict[str, Any]]]:
    """The records of each page, until there is no next one."""
    contract, source, highest = asking.contract, asking.source, reading.telling.highest
    page = source.pull.page
    home = url = source.location.rstrip("/") + source.pull.path
    params = _params(source, asking.day, asking.begin)
    with client_of(contract, source) as client:
        while True:
            answer = ask(client, url, params, contract, source)
            records = _records(answer.document, contract, source)
            if highest is not None and answer.its_time is not None:
                highest.limit = answer.its_time + AHEAD
            reading.note_page(answer.document, records)
            yield records
            following = _next(answer, records, params, reading, home)
            if following is None:
                return
            if reading.page >= page.ceiling:
                raise PullFault(
                    contract,
                    f"there is no end after {page.ceiling:,} pages",
                    "correct page in the contract, or raise page.ceiling if there are really so many",
                )
            url, params = following


def _params(source: ApiServer, day: date, begin: Mark | None) -> dict[str, str]:
    """What the first page is asked with."""
    pull, page = source.pull, source.pull.page
    params = {name: value.format(day=day) for name, value in pull.params.items()}
    if page.size_parameter:
        params[page.size_parameter] = str(page.size)
    if page.by == "number":
        params[page.parameter] = str(page.first)
    if page.by == "offset":
        params[page.parameter] = "0"
    if pull.since is not None and begin is not None:
        params[pull.since.parameter] = _since(begin, pull.since.format)
    return params


def _since(begin: Mark, written: str) -> str:
    if not isinstance(begin, datetime):
        return str(begin)
    if written in ("epoch", "epoch_ms"):
        seconds = comparable(begin).timestamp()
        return str(int(seconds if written == "epoch" else seconds * 1000))
    return stored(begin) if written == "iso" else begin.strftime(written)


def _next(
    answer: Answer, records: list[dict[str, Any]], params: dict[str, str], reading: _Reading, home: str
) -> tuple[str, dict[str, str]] | None:
    """Address and parameters of the next page, None after the last."""
    page = reading.source.pull.page
    match page.by:
        case "number" | "offset" if not records or reading.rows == reading.total:
            return None
        case "number":
            return home, {**params, page.parameter: str(page.first + reading.page)}
        case "offset":
            return home, {**params, page.parameter: str(reading.rows)}
        case "cursor":
            cursor = str(at(answer.document, page.next) or "")
            _refuse_standing(cursor, params.get(page.parameter), reading)
            return (home, {**params, page.parameter: cursor}) if cursor else None
        case "link":
            link = at(answer.document, page.next) if page.next else answer.next_link
            return (_same_house(str(link), home, reading), {}) if link else None
    return None


def _refuse_standing(cursor: str, before: str | None, reading: _Reading) -> None:
    if cursor and cursor == before:
        raise PullFault(
            reading.contract, "the next cursor is the one we came with", "ask those who run it: paging has no end"
        )


def _same_house(link: str, home: str, reading: _Reading) -> str:
    """The next address, which must not carry the token elsewhere."""
    url = urljoin(home, link)
    if urlsplit(url)[:2] != urlsplit(home)[:2]:
        raise PullFault(
            reading.contract,
            f"the next page lies elsewhere, at {urlsplit(url).scheme}://{urlsplit(url).hostname}",
            "correct location in the contract: the token goes to no other address",
        )
    return url


def _records(document: Any, contract: Contract, source: ApiServer) -> list[dict[str, Any]]:
    """The list of records of an answer that is one."""
    for path, good in source.pull.success.items():
        told = _text(at(document, path))
        if told not in good:
            words = next((said(str(document[key])) for key in ("msg", "message", "error") if _has(document, key)), "")
            raise PullFault(
                contract, f"answers {path} {told}" + (f": {words}" if words else ""), "renew the token, or ask them"
            )
    records = at(document, source.pull.records)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        place = source.pull.records or "the answer"
        there = ", ".join(sorted(document)[:10]) if isinstance(document, dict) else type(document).__name__
        raise PullFault(contract, f"{place} is no list of records; the answer has {there}", "correct records or path")
    return records


def _has(document: Any, key: str) -> bool:
    return isinstance(document, dict) and bool(document.get(key))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _whole_number(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
