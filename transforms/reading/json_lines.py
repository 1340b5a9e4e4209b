"""JSON Lines: one record a line. Polars reads them at once; only lines it cannot read are looked at one by one."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.delimited import refuse_long_lines
from transforms.reading.encoding import to_utf8
from transforms.reading.headers import file_columns, fold
from transforms.reading.quarantine import faults_of
from transforms.reading.source import Sheet, SourceFile

KEYS_FROM = 1000  # records from which the names of the columns are taken


def read_json_lines(source: SourceFile, contract: Contract) -> Sheet:
    """One JSON Lines file as a grid of text; a nested value stays as its JSON text.

    Lines that are no JSON object are quarantined (row_width); an unfinished last line refuses the file.
    Raises BatchRefused: line_too_long, wrong_encoding, mixed_encoding, truncated_file, unreadable_file.
    """
    refuse_long_lines(source)
    content = to_utf8(source, contract.reading.encoding)
    lines = pl.read_lines(content, name="text", row_index_name="row_number").with_columns(
        pl.col("row_number").cast(pl.UInt32) + 1
    )
    lines = lines.filter(pl.col("text").str.strip_chars() != "")
    looks_right = pl.col("text").str.contains(r"^\s*\{.*\}\s*$")
    candidates = lines.filter(looks_right)
    header = _header(candidates, contract)
    fields = _decoded(candidates["text"], header)
    if fields is None:
        candidates = candidates.filter(pl.Series([_is_object(text) for text in candidates["text"]], dtype=pl.Boolean))
        fields = _decoded(candidates["text"], header)
    if fields is None:
        fields = _decoded_one_by_one(candidates["text"], header)
    broken = lines.join(candidates.select("row_number"), on="row_number", how="anti")
    _refuse_truncated(source, content, lines, broken)
    if candidates.is_empty():
        raise BatchRefused(
            "unreadable_file",
            "no line holds a JSON object",
            "correct reading.format in the contract or have it exported again",
            file=source.base_name,
            received=lines.height,
        )
    body = candidates.select("row_number").hstack(fields)
    torn = broken.select(pl.lit(source.base_name).alias("file_name"), "row_number", "text")
    faults = faults_of(torn, pl.col("text").is_not_null(), "", "row_width", pl.col("text"))
    return Sheet(header, body, faults=faults, torn=torn)


def _header(objects: pl.DataFrame, contract: Contract) -> list[str]:
    """The keys of the first records, in order, and the contract's own headers wherever later records bring them."""
    keys: dict[str, None] = {}
    for text in objects["text"].head(KEYS_FROM):
        try:
            keys.update(dict.fromkeys(json.loads(text)))
        except (ValueError, TypeError, RecursionError):
            continue
    folded = {fold(key) for key in keys}
    for column in file_columns(contract):
        late = f'"{column.header}"'
        if fold(column.header) not in folded and objects["text"].str.contains(late, literal=True).any():
            keys[column.header] = None
    return list(keys)


def _decoded(texts: pl.Series, header: list[str]) -> pl.DataFrame | None:
    """All lines at once, or None when one of them is no object or holds a nested value."""
    if texts.is_empty() or not header:
        return None
    try:
        content = texts.str.join("\n").item().encode()
        fields = pl.read_ndjson(content, schema=dict.fromkeys(header, pl.String))
    except pl.exceptions.PolarsError:
        return None
    if fields.height != texts.len():
        return None
    return fields.select(pl.col(key).alias(str(position)) for position, key in enumerate(header))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _decoded_one_by_one(texts: pl.Series, header: list[str]) -> pl.DataFrame:
    """For the rare object Python reads and Polars does not."""
    records = [json.loads(text, parse_int=str, parse_float=str) for text in texts]
    cells = [[_as_text(record.get(key)) for key in header] for record in records]
    return pl.DataFrame(cells, schema={str(position): pl.String for position in range(len(header))}, orient="row")


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if value else None
    return json.dumps(value, ensure_ascii=False)


def _refuse_truncated(source: SourceFile, content: bytes, lines: pl.DataFrame, broken: pl.DataFrame) -> None:
    if broken.is_empty() or content.endswith(b"\n"):
        return
    last = lines.row(-1, named=True)["row_number"]
    if broken.row(-1, named=True)["row_number"] == last:
        raise BatchRefused(
            "truncated_file",
            "the file ends in the middle of a line",
            "ask the department to send the file again",
            file=source.base_name,
            row=last,
            received=lines.height,
        )
