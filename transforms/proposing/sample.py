"""Opening a file nobody has described yet: its format, encoding, delimiter, sheet, layer, and where its header stands.

What is found is a `reading` of a contract; the rows then come through the very reader a load uses, under a makeshift
contract that keeps every column as text. So the proposal sees what a load will see: titles and totals set apart.
"""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from schemas.contract_shape import Contract
from schemas.errors import BatchRefused, BlockdataError, UsageError
from transforms.proposing.footer import lines_apart
from transforms.proposing.header import Header, header_of
from transforms.reading.read import read
from transforms.reading.source import SourceFile

DELIMITERS = (",", "\t", "|", ";", "^", "，")
LOOKED_AT = 200  # lines from which a delimiter is told
LONGEST_LINE = 100_000  # signs of a line looked at: csv refuses a field of 131,072
MOST_COLUMNS = 400  # more are a matrix, not a register; each is looked at for a dozen meanings
MOST_ROWS = 50_000  # rows a proposal looks at: shares do not move any more
CRS = {"EPSG:4490", "EPSG:4326", "EPSG:4547"}
_NOTHING = b"\xef\xbb\xbf\x00 \r\n\t"
MARKS = {b"SQLite format 3\0": "gpkg", b"\xd0\xcf\x11\xe0": "xls", b"\x00\x00\x27\x0a": "shp"}
SUFFIXES = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".jsonl": "jsonl", ".ndjson": "jsonl", ".dbf": "dbf"}
SUFFIXES |= {".gpkg": "gpkg", ".shp": "shp", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".dat": "csv"}


@dataclass(frozen=True)
class Sample:
    """A file as a grid under its own headers.

    `rows`: String columns "c0", "c1", … in file order, `file_name`, `row_number`, and `geometry` (WKB) for layers.
    `reading`: what the contract will say of the file. `layer_crs`: what a layer says of itself, any crs.
    `ignored` and `broken`: lines set apart as titles or totals, and those that could not be cut into columns. `apart`:
    lines at the end that look like no records; they are in neither.
    `notes`: what was found about the file, one line each.
    """

    name: str
    reading: dict[str, Any]
    header: list[str]
    rows: pl.DataFrame = field(repr=False)
    total: int
    title: str = ""
    layer_crs: str | None = None
    ignored: int = 0
    broken: int = 0
    apart: int = 0
    notes: tuple[str, ...] = ()


def open_sample(files: Sequence[SourceFile]) -> Sample:
    """The first of `files` (a shapefile needs its parts beside it) as a sample.

    Raises UsageError for a kind of file the readers do not know, BatchRefused where the file cannot be read, and
    BlockdataError where no line looks like a header.
    """
    source = files[0]
    if not source.content.strip(_NOTHING):
        raise BlockdataError(f"{source.base_name}: the file is empty", "give a sample with a header and some rows")
    kind = _format_of(source)
    reading, header, layer_crs, notes = _looked_at(source, files, kind)
    if not header.cells or not any(cell.strip() for cell in header.cells):
        raise BlockdataError(f"{source.base_name}: no line looks like a header", "give a sample with a line of headers")
    if len(header.cells) > MOST_COLUMNS:
        raise BlockdataError(
            f"{source.base_name}: {len(header.cells):,} columns, and a contract is drafted of {MOST_COLUMNS} at most",
            "leave the columns out that nobody needs, or ask for one row a thing instead of one column a thing",
        )
    twice = [name for name, times in Counter(filter(None, header.cells)).items() if times > 1]
    if twice:
        raise BlockdataError(
            f"{source.base_name}: {len(twice)} headers stand twice, the first is column "
            f"{header.cells.index(twice[0]) + 1}",
            "rename one of them in the sample, and have the department do so",
        )
    contract = makeshift(reading, header.cells)
    whole = read(list(files), contract)
    apart = 0 if "geometry" in whole.rows.columns else lines_apart(whole.rows)
    rows = whole.rows.head(whole.rows.height - apart).head(MOST_ROWS)
    if rows.is_empty():
        raise BlockdataError(f"{source.base_name}: no row could be read", "give a sample with some hundred rows")
    broken = whole.quarantined.select("file_name", "row_number").n_unique() if whole.quarantined.height else 0
    return Sample(
        name=source.base_name,
        reading=reading,
        header=header.cells,
        rows=rows,
        total=whole.rows.height - apart,
        title=header.title,
        layer_crs=layer_crs,
        ignored=whole.ignored.height,
        broken=broken,
        apart=apart,
        notes=tuple(notes),
    )


def makeshift(reading: dict[str, Any], header: Sequence[str]) -> Contract:
    """A contract that keeps every column of `header` as text under c0, c1, …"""
    columns: list[dict[str, Any]] = [
        {"name": f"c{place}", "physicalName": cell, "businessName": cell, "primaryKey": place == 0}
        for place, cell in enumerate(header)
        if cell.strip()
    ]
    if reading["format"] in ("gpkg", "shp"):
        shape = {"name": "geometry", "physicalName": "geom", "businessName": "geom"}
        columns.append(shape | {"customProperties": [{"property": "role", "value": "geometry"}]})
    return Contract.model_validate(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "sample__sample",
            "name": "sample",
            "version": "0",
            "status": "draft",
            "domain": "sample",
            "description": {"purpose": "sample"},
            "team": {"name": "sample"},
            "servers": [],
            "schema": [{"name": "sample", "properties": columns}],
            "customProperties": [
                {
                    "property": "delivery",
                    "value": {"mode": "snapshot", "complete": {"stable_seconds": 60}, "file_pattern": "(?P<day>.*)"},
                },
                # a sample whose codes a spreadsheet has eaten is still worth a proposal: it says so
                {"property": "reading", "value": {**reading, "precision_lost_share": 1}},
                {"property": "subject", "value": {"kind": "unit"}},
                {"property": "legal_basis", "value": "sample"},
                {"property": "catalogue_number", "value": "sample"},
                {"property": "sharing_type", "value": "none"},
            ],
        }
    )


def _format_of(source: SourceFile) -> str:
    """By what the content is first: names lie."""
    for mark, kind in MARKS.items():
        if source.content.startswith(mark):
            return kind
    if source.content.startswith(b"PK\x03\x04"):
        return _packed(source)
    if source.suffix == ".dbf":
        return "dbf"
    first = source.content[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if first.startswith(b"{"):
        return "jsonl"
    if source.suffix not in SUFFIXES:
        raise UsageError(
            f"{source.base_name}: no reader knows {source.suffix or 'a file without suffix'}",
            "give csv, txt, xlsx, xls, jsonl, dbf, gpkg or shp; export anything else as one of them",
        )
    return SUFFIXES[source.suffix]


def _packed(source: SourceFile) -> str:
    """A zip is a workbook or a zipped layer."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise BatchRefused("unreadable_file", "the file is damaged", "have it saved again") from None
    return "shp" if any(name.lower().endswith(".shp") for name in names) else "xlsx"


def _looked_at(
    source: SourceFile, files: Sequence[SourceFile], kind: str
) -> tuple[dict[str, Any], Header, str | None, list[str]]:
    """reading, header, the layer's crs, notes."""
    if kind in ("xlsx", "xls"):
        return _workbook(source, kind)
    if kind in ("gpkg", "shp"):
        return _layer(source, files, kind)
    encoding, why = encoding_of(source.content)
    reading: dict[str, Any] = {"format": kind, "encoding": encoding}
    if kind == "dbf":
        from transforms.reading.dbase import read_table

        encoding = "utf-8" if encoding == "utf-8" and not source.content.isascii() else "gb18030"
        reading["encoding"] = encoding
        return reading, Header(read_table(source, encoding).header), None, ["dBASE table: " + why]
    text = source.content.decode("gb18030" if encoding == "gb18030" else "utf-8-sig", "replace")
    if kind == "jsonl":
        return reading, Header(_keys(text)), None, ["one JSON object a line: " + why]
    delimiter, width, share = delimiter_of(text)
    reading["delimiter"] = delimiter
    header = header_of(_records(text.splitlines()[:LOOKED_AT], delimiter), one_row=True)
    shown = {"\t": "tab", "，": "，(full width)"}.get(delimiter, delimiter)
    notes = [f"text: {why}", f"columns parted by {shown}: {share:.0%} of the lines have {width}"]
    return reading, header, None, notes


def encoding_of(content: bytes) -> tuple[str, str]:
    """The encoding a contract may name, and why."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BatchRefused("wrong_encoding", "the sample is written in UTF-16", "have it saved as UTF-8 or GB18030")
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", "it begins with the mark of UTF-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # a broken cell here and there does not change what the file is written in: the lines vote
        lines = [line for line in content.split(b"\n")[:10_000] if not line.isascii()]
        sound = sum(_decodes(line) for line in lines)
        if sound * 10 >= len(lines) * 8:
            return "utf-8", f"{len(lines) - sound} lines apart, which are broken, it is UTF-8"
        return "gb18030", "it is not UTF-8, and GB18030 is what else departments write"
    return "utf-8", "every byte of it is UTF-8" if not content.isascii() else "it holds ASCII alone"


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(text: str) -> tuple[str, int, float]:
    """The delimiter, the width most lines then have, and the share of lines that have it."""
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
    if not lines:
        return ",", 1, 0.0
    best = (",", 1, 0.0)
    for delimiter in DELIMITERS:
        widths = Counter(len(record) for record in _records(lines, delimiter) if record)
        width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        share = times / max(sum(widths.values()), 1)
        if width > 1 and (share, width) > (best[2] + 0.05 * (best[1] > 1), best[1] if share <= best[2] else 0):
            best = (delimiter, width, share)
    return best


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The lines cut into cells, up to one that cannot be: of a line of megabytes only the beginning is looked at."""
    records: list[list[str]] = []
    with suppress(csv.Error):
        for record in csv.reader((line[:LONGEST_LINE] + "\n" for line in lines), delimiter=delimiter):
            records.append(record)
    return records


def _keys(text: str) -> list[str]:
    """The keys of the first records, in order."""
    keys: dict[str, None] = {}
    for line in text.splitlines()[:1000]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
    return list(keys)


def _workbook(source: SourceFile, kind: str) -> tuple[dict[str, Any], Header, str | None, list[str]]:
    """The sheet with the most cells under a header."""
    import fastexcel

    from transforms.reading.workbook_guard import refuse_dangerous

    refuse_dangerous(source)
    try:
        book = fastexcel.read_excel(source.content)
        names: list[str] = book.sheet_names
        grids = {
            name: book.load_sheet(name, header_row=None, skip_rows=0, n_rows=LOOKED_AT, dtypes="string").to_polars()
            for name in names
        }
    except Exception:
        raise BatchRefused(
            "unreadable_file", "the file is damaged, locked or no spreadsheet", "have it saved again without a password"
        ) from None
    found = {name: header_of([list(row) for row in grid.iter_rows()]) for name, grid in grids.items() if grid.height}
    if not found:
        raise BlockdataError(f"{source.base_name}: every sheet is empty", "give a sample with some rows")
    best = max(
        found, key=lambda name: (len([c for c in found[name].cells if c]) > 1, grids[name].height, found[name].size)
    )
    header = found[best]
    reading: dict[str, Any] = {"format": kind}
    notes = [f"header in row {header.bottom + 1}" + (" and the one above" if header.bottom > header.top else "")]
    if header.top:
        notes.append(f"{header.top} title lines above it")
    if len(names) > 1:
        reading["sheet"] = best
        notes.append(f"of {len(names)} sheets the one that holds the most rows")
    return reading, header, None, notes


def _layer(
    source: SourceFile, files: Sequence[SourceFile], kind: str
) -> tuple[dict[str, Any], Header, str | None, list[str]]:
    """The layer with the most features, and the coordinate system it tells."""
    import pyogrio

    from transforms.reading.spatial import layer_content

    reading: dict[str, Any] = {"format": kind}
    content = source.content if kind == "gpkg" else layer_content(source, files)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL remarks on the missing file name of content in memory
            layers = [str(name) for name in pyogrio.list_layers(content)[:, 0]]
            infos = {name: pyogrio.read_info(content, layer=name, force_feature_count=True) for name in layers}
    except Exception:
        raise BatchRefused("unreadable_file", "the layer is damaged or missing", "have it exported again") from None
    best = max(infos, key=lambda name: infos[name]["features"])
    notes = [f"layer of {infos[best]['geometry_type'] or 'no'} geometry"]
    if len(layers) > 1:
        reading["sheet"] = best
        notes.append(f"of {len(layers)} layers the one with the most features")
    crs = infos[best]["crs"]
    if kind == "shp":
        from transforms.reading.spatial import read_shapefile

        return reading, Header(read_shapefile(source, files).header), crs, notes
    return reading, Header([str(name) for name in infos[best]["fields"]]), crs, notes


def clean_title(text: str) -> str:
    """A title line without its brackets and dates: （截至2026年3月2日）."""
    return re.sub(r"[（(][^（）()]*[)）]|[0-9]{4}年?[-0-9年月日]*", "", text).strip()
