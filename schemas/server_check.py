"""What must fit together before a feed can be pulled from a database or an API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from string import Formatter
from urllib.parse import urlsplit

from schemas.contract_shape import Contract
from schemas.server import ApiServer, DatabaseServer, RemoteServer, Watermark, pulled_name

Problem = tuple[str, str, str]  # key, what is wrong, mend
SAMPLE_DAY = date(2026, 3, 2)


def server_problems(contract: Contract) -> Iterator[Problem]:
    """Everything that does not fit, the first thing first."""
    if not contract.servers:
        yield "servers", "is empty", "say where deliveries come from, e.g. a server of type local"
    remote = [server for server in contract.servers if server.type != "local"]
    if len(remote) > 1:
        yield "servers", "several servers to pull from", "keep one; a second source is a second feed"
    source = contract.source
    if source is None:
        return
    yield from _delivery_problems(contract)
    at = next(place for place, server in enumerate(contract.servers) if server is source)
    own = _database_problems(source) if isinstance(source, DatabaseServer) else _api_problems(source)
    for key, message, mend in (*own, *_mode_problems(contract, source)):
        yield f"servers.{at}.{key}", message, mend


def _delivery_problems(contract: Contract) -> Iterator[Problem]:
    """What is pulled is dropped as JSON Lines with a manifest, so the contract must read just that."""
    delivery, reading = contract.delivery, contract.reading
    if reading.format != "jsonl" or reading.encoding != "utf-8":
        yield "customProperties.reading", "what is pulled lands as JSON Lines", "write {format: jsonl}"
    if delivery.complete.manifest is None:
        mend = "write complete: {manifest: '{stem}.manifest.json'}"
        yield "customProperties.delivery.complete", "what is pulled lands with a manifest", mend
        return
    name = pulled_name(contract.feed_id, SAMPLE_DAY)
    found = re.search(delivery.file_pattern, name)
    mend = "write '^" + name.replace("20260302", r"(?P<day>\d{8})").replace(".jsonl", r"\.jsonl") + "$'"
    if found is None or re.sub(r"\D", "", found["day"] or "") != "20260302":
        yield "customProperties.delivery.file_pattern", f"does not know {name}, as what is pulled is called", mend
    aside = delivery.complete.manifest.format(stem=name.removesuffix(".jsonl"), name=name, day="20260302")
    if aside == name or "/" in aside or re.search(delivery.file_pattern, aside):
        yield "customProperties.delivery.complete.manifest", f"takes {aside} for data", mend


def _mode_problems(contract: Contract, source: RemoteServer) -> Iterator[Problem]:
    mark, mode, key = source.pull.watermark, contract.delivery.mode, "customProperties.pull.watermark"
    if mode == "snapshot":
        if mark is not None:
            yield key, "a snapshot takes everything", "take watermark away, or deliver incremental"
    elif mark is None and not asks_by_day(source):
        yield key, f"nothing tells what is new, and the mode is {mode}", "add watermark, ask by day, or mode snapshot"
    if mark is not None:
        yield from _mark_problems(mark, key)


def _mark_problems(mark: Watermark, key: str) -> Iterator[Problem]:
    if mark.format is not None and mark.kind != "timestamp":
        yield f"{key}.format", "belongs to a timestamp", "take it away, or write kind: timestamp"
    if mark.format is not None and "%" not in mark.format:
        yield f"{key}.format", "is no format of strptime", "write e.g. '%Y%m%d%H%M%S'"


def _database_problems(source: DatabaseServer) -> Iterator[Problem]:
    pull, key = source.pull, "customProperties.pull"
    if (pull.table is None) == (pull.query is None):
        yield f"{key}.table", "give exactly one of table and query", "name a table or view, or write one SELECT"
    if pull.query is not None:
        if not re.match(r"\s*(?:SELECT|WITH)\b", pull.query, re.IGNORECASE) or ";" in pull.query:
            yield f"{key}.query", "is not one SELECT", "write one SELECT without a semicolon"
        if source.schema_name is not None:
            yield "schema", "belongs to a table", "name the schema in the query"


def _api_problems(source: ApiServer) -> Iterator[Problem]:
    pull, page, key = source.pull, source.pull.page, "customProperties.pull"
    parts = urlsplit(source.location)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "location", "is no http or https address", "write e.g. https://api.example.org/v1"
    if "@" in parts.netloc or parts.query or parts.fragment:
        yield "location", "holds more than an address", "name secrets under token, values under params"
    if pull.path and not pull.path.startswith("/"):
        yield f"{key}.path", "does not begin with /", f"write /{pull.path}"
    if (pull.since is None) != (pull.watermark is None):
        mend = "give both: the column that tells how far we are, and the parameter that asks from there"
        yield f"{key}.since", "since and watermark belong together", mend
    if page.by in ("number", "offset", "cursor") and not page.parameter:
        yield f"{key}.page.parameter", f"pages by {page.by} need one", "name the parameter the API expects"
    if page.by == "cursor" and not page.next:
        yield f"{key}.page.next", "pages by cursor need one", "write the path to the next cursor in the answer"
    for name, value in pull.params.items():
        if not _is_template(value):
            yield f"{key}.params.{name}", "only {day} or {day:%Y%m%d} can be filled in", "double other braces"


def asks_by_day(source: RemoteServer) -> bool:
    """True when the source is asked for the delivery day, so that past days can be pulled too."""
    if isinstance(source, DatabaseServer):
        return re.search(r"(?<![:\w]):day\b", source.pull.query or "") is not None
    fields = (field for value in source.pull.params.values() for _, field, _, _ in Formatter().parse(value))
    return any(field == "day" for field in fields)


def _is_template(value: str) -> bool:
    try:
        value.format(day=SAMPLE_DAY)
        return all(field in (None, "day") for _, field, _, _ in Formatter().parse(value))
    except (ValueError, LookupError, AttributeError):
        return False
