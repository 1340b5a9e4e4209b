"""CSV and its kin: every line counted by Polars, no row ever touched by a Python loop.

Polars' own reader fills short rows with nulls and dies on a stray quote, so the lines are looked at first: a record is
a line, or several joined by an open quote; its cells are counted with quoted stretches taken out. What does not have
the header's width is quarantined; the rest goes to `pl.read_csv`.
"""

from __future__ import annotations

import csv
import re
from itertools import islice

import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.encoding import to_utf8
from transforms.reading.footers import FOOTER_LINE
from transforms.reading.headers import count_known
from transforms.reading.quarantine import faults_of
from transforms.reading.source import Sheet, SourceFile, ignored_lines

LINE_LIMIT = 1024 * 1024  # bytes; no record of any feed comes near
HEADER_WITHIN = 10  # records searched for the header: exports sometimes open with a title
DELIMITERS = [",", "\t", ";", "|", "，", "^"]


def read_delimited(source: SourceFile, contract: Contract) -> Sheet:
    """One CSV file as a grid of text.

    Raises BatchRefused: line_too_long, wrong_encoding, mixed_encoding, wrong_delimiter, truncated_file.
    """
    refuse_long_lines(source)
    content = to_utf8(source, contract.reading.encoding)
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    delimiter = contract.reading.delimiter
    header, titles = _header(source, content, contract)
    records = _records(content, delimiter, len(header))
    filled = records.filter(~pl.col("is_blank"))
    title, body = filled.head(titles), filled.slice(titles + 1)
    right = pl.col("cells") == len(header)
    footer = pl.col("text").str.contains(FOOTER_LINE)
    wrong = body.filter(~right & ~footer)
    _refuse_truncated(source, content, body, wrong)
    named = pl.lit(source.base_name).alias("file_name")
    is_whole = body.height + 1 == records.height and body.select((right & ~pl.col("is_literal")).all()).item()
    ignored = [
        ignored_lines(source.base_name, title, "title line"),
        ignored_lines(source.base_name, body.filter(~right & footer), "total or signature line"),
    ]
    torn = wrong.select(named, pl.col("row_number").cast(pl.UInt32), "text")
    faults = faults_of(torn, pl.col("text").is_not_null(), "", "row_width", pl.col("text"))
    good = body.filter(right)
    if is_whole:  # the lines have been counted; their text would stand in memory twice
        good = good.select("row_number", "is_literal")
    del records, filled, body, wrong
    cells = _cells(content if is_whole else None, good, delimiter, len(header), source)
    return Sheet(header, cells, pl.concat(ignored), faults, torn=torn)


def refuse_long_lines(source: SourceFile) -> None:
    """Jump from line end to line end in strides of LINE_LIMIT: no copy, and a giant line is refused at its start."""
    content, start, size = source.content, 0, len(source.content)
    while size - start > LINE_LIMIT:
        end = max(content.rfind(b"\n", start, start + LINE_LIMIT), content.rfind(b"\r", start, start + LINE_LIMIT))
        if end < 0:
            raise BatchRefused(
                "line_too_long",
                f"a line is longer than {LINE_LIMIT:,} bytes",
                "have it exported again with line breaks",
                file=source.base_name,
                row=content.count(b"\n", 0, start) + 1,
            )
        start = end + 1


def header_of(source: SourceFile, contract: Contract) -> int:
    """How many title lines stand above the header of a file, or of its first lines. Raises BatchRefused as
    `read_delimited` does."""
    return _header(source, to_utf8(source, contract.reading.encoding), contract)[1]


def _header(source: SourceFile, content: bytes, contract: Contract) -> tuple[list[str], int]:
    """The cells of the header line, and how many title lines stand above it."""
    start = content[:LINE_LIMIT].lstrip(b"\r\n ").decode("utf-8", "ignore")
    delimiter = contract.reading.delimiter
    records = _first_records(start, delimiter)
    known = [count_known(record, contract) for record in records]
    found = max(known, default=0)
    others = {
        other: max((count_known(record, contract) for record in _first_records(start, other)), default=0)
        for other in DELIMITERS
        if other != delimiter
    }
    best = max(others, key=lambda other: others[other])
    if found <= 1 and others[best] > max(found, 1):
        raise BatchRefused(
            "wrong_delimiter",
            f"the columns are separated by {best!r}, agreed is {delimiter!r}",
            "correct reading.delimiter in the contract or have it exported again",
            file=source.base_name,
            row=1,
        )
    titles = known.index(found) if found * 2 >= len(contract.columns) else 0
    return (records[titles] if records else []), titles


def _first_records(start: str, delimiter: str) -> list[list[str]]:
    records = csv.reader(start.splitlines(keepends=True), delimiter=delimiter)
    try:
        return list(islice((record for record in records if any(cell.strip() for cell in record)), HEADER_WITHIN))
    except csv.Error:
        return [line.split(delimiter) for line in start.splitlines()[:HEADER_WITHIN]]


def _records(content: bytes, delimiter: str, width: int) -> pl.DataFrame:
    """Lines to records: text, row_number (ordinal of the record, blank lines counted), cells, is_literal, is_blank.

    A quote that opens in a line and closes in a later one joins them. Where that does not give every record its
    width, some quote is stray, and the reading that keeps more records wins: a stray quote must not swallow its
    neighbours. `is_literal`: the quotes enclose no whole cell (5" pipe) and are read as text.
    """
    lines = pl.read_lines(content, name="text")
    plain = _count(pl.col("text"), delimiter)
    if b'"' not in content:
        records = lines.with_row_index("row_number", 1).with_columns(cells=plain, is_literal=pl.lit(False))
        return records.with_columns(is_blank=_is_blank(delimiter))
    lines = lines.with_columns(plain=plain, odd=pl.col("text").str.count_matches('"', literal=True) % 2 == 1)
    records = _joined(lines, lines["odd"], delimiter)
    if lines["odd"].any() and _sound(records, width) < records.height:
        lenient = _joined(lines, _without_strays(lines, width), delimiter)
        if _sound(lenient, width) > _sound(records, width):
            return lenient
    return records


def _joined(lines: pl.DataFrame, turns: pl.Series, delimiter: str) -> pl.DataFrame:
    """Records of lines, where `turns` says in which lines a quoted cell is left open or closed."""
    marked = lines.with_columns(starts=turns.cast(pl.UInt32).cum_sum().shift(1, fill_value=0) % 2 == 0)
    marked = marked.with_columns(row_number=pl.col("starts").cast(pl.UInt32).cum_sum())
    several = ~(pl.col("starts") & pl.col("starts").shift(-1, fill_value=True))
    whole = marked.filter(~several).select("row_number", "text", "plain")
    joined = marked.filter(several).group_by("row_number").agg(pl.col("text").str.join("\n"), pl.col("plain").first())
    records = pl.concat([whole, joined]).sort("row_number")
    cell = rf'(?:[^"{re.escape(delimiter)}]*|"(?:[^"]|"")*")'
    literal = ~pl.col("text").str.contains(rf"(?s)\A{cell}(?:{re.escape(delimiter)}{cell})*\r?\z")
    outside = _count(pl.col("text").str.replace_all('"[^"]*"', ""), delimiter)
    broken_over_lines = pl.col("text").str.contains("\n", literal=True)
    cells = pl.when(~literal).then(outside).when(broken_over_lines).then(0).otherwise(pl.col("plain"))
    records = records.with_columns(cells=cells, is_literal=literal, is_blank=_is_blank(delimiter))
    return records.drop("plain")


def _sound(records: pl.DataFrame, width: int) -> int:
    return int(((records["cells"] == width) | records["is_blank"]).sum())


def _without_strays(lines: pl.DataFrame, width: int) -> pl.Series:
    """The lines that open or close a quoted cell, strays apart: a line that would open one although it has all its
    cells and a sound line follows. Goes through the lines with unbalanced quotes alone."""
    sound = (lines["plain"] == width) & ~lines["odd"]
    followed = sound.shift(-1, fill_value=True) & (lines["plain"] >= width)
    turns = lines["odd"].to_numpy().copy()
    is_open = False
    for at, is_stray in zip(lines["odd"].arg_true(), followed.filter(lines["odd"]), strict=True):
        if is_stray and not is_open:
            turns[at] = False
        else:
            is_open = not is_open
    return pl.Series(turns)


def _count(text: pl.Expr, delimiter: str) -> pl.Expr:
    return text.str.count_matches(delimiter, literal=True) + 1


def _is_blank(delimiter: str) -> pl.Expr:
    """Nothing but spaces and delimiters: spreadsheets export such lines below the data."""
    return pl.col("text").str.strip_chars(" \t\r　" + delimiter) == ""


def _refuse_truncated(source: SourceFile, content: bytes, body: pl.DataFrame, wrong: pl.DataFrame) -> None:
    """The last record is unfinished: the wrong number of cells and no line end, or a quote that never closes."""
    if wrong.is_empty():
        return
    last, broken = body.row(-1, named=True), wrong.row(-1, named=True)
    unfinished = not content.endswith((b"\n", b"\r")) or broken["text"].count('"') % 2 == 1
    if last["row_number"] == broken["row_number"] and unfinished:
        raise BatchRefused(
            "truncated_file",
            "the file ends in the middle of a row",
            "ask the department to send the file again",
            file=source.base_name,
            row=last["row_number"],
            received=body.height,
        )


def _cells(content: bytes | None, good: pl.DataFrame, delimiter: str, width: int, source: SourceFile) -> pl.DataFrame:
    """The records as columns "0", "1", … and row_number; from the whole content when every record of it is good."""
    names = [str(position) for position in range(width)]
    parsed = [pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "row_number": pl.UInt32})]
    for is_literal, part in ((False, good.filter(~pl.col("is_literal"))), (True, good.filter("is_literal"))):
        if part.is_empty():
            continue
        text = content if content is not None else part["text"].str.join("\n").item().encode()
        frame = pl.read_csv(
            text,
            has_header=False,
            infer_schema=False,
            separator=delimiter,
            skip_rows=0 if content is None else 1,
            new_columns=names,
            quote_char=None if is_literal else '"',
        )
        if frame.height != part.height:
            raise BatchRefused(
                "unreadable_file",
                f"{part.height} records counted, {frame.height} could be read",
                "have it exported again, cells with a delimiter or line break in quotes",
                file=source.base_name,
                received=good.height,
            )
        parsed.append(frame.with_columns(part["row_number"].cast(pl.UInt32)))
    return pl.concat(parsed).sort("row_number")
