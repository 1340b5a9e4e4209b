"""`read`: the files of one delivery to one frame of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.binary import refuse_binary
from transforms.reading.count_rows import count_rows
from transforms.reading.dbase import read_dbase
from transforms.reading.delimited import read_delimited
from transforms.reading.footers import ignored_reasons
from transforms.reading.headers import file_columns, match_header
from transforms.reading.json_lines import read_json_lines
from transforms.reading.kept_out import keys_of_lines, keys_of_objects, keys_of_rows
from transforms.reading.precision import precision_lost
from transforms.reading.quarantine import distinct_rows, faults_of, no_faults, without_faulty
from transforms.reading.source import IGNORED, Reading, Sheet, SourceFile, Warning_, nothing_ignored
from transforms.reading.spatial import read_geopackage, read_shapefile
from transforms.reading.workbook import read_workbook

READERS: dict[str, Callable[[SourceFile, Contract], Sheet]] = {
    "csv": read_delimited,
    "xlsx": read_workbook,
    "xls": read_workbook,
    "jsonl": read_json_lines,
    "dbf": read_dbase,
    "gpkg": read_geopackage,
}
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
UNDECODED = r"\x{FFFD}|锟斤拷"


def read(files: Sequence[SourceFile], contract: Contract) -> Reading:
    """Every record of a delivery as text, columns by their lake names.

    Raises BatchRefused for what concerns the whole delivery: empty_file, no_rows, encodings, delimiter, columns,
    truncation, giant lines, encryption, bombs, damage, and precision_lost beyond the contract's share. `received` of
    the refusal counts the rows of all files, as well as can be told.
    """
    for source in files:
        if _is_blank(source.content):
            rest = count_rows([other for other in files if other is not source], contract)
            raise BatchRefused(
                "empty_file", "the file has no content", "ask for it again", file=source.base_name, received=rest
            )
    parts = _each(files, contract)
    whole = Reading(
        rows=pl.concat([part.rows for part in parts], how="diagonal"),
        ignored=pl.concat([part.ignored for part in parts]),
        quarantined=pl.concat([part.quarantined for part in parts]),
        received=sum(part.received for part in parts),
        warnings=[warning for part in parts for warning in part.warnings],
        kept_out=pl.concat([part.kept_out for part in parts if part.kept_out is not None]),
    )
    if whole.rows.is_empty() and whole.quarantined.is_empty():
        raise BatchRefused(
            "no_rows",
            "there is a header and no row below it",
            "ask the department to send it again",
            file=files[0].base_name,
            received=whole.received,
        )
    _refuse_rounded(whole, contract, files)
    return whole


def _each(files: Sequence[SourceFile], contract: Contract) -> list[Reading]:
    """Every file read alone. A refusal counts the rows of all of them."""
    is_layer = contract.reading.format == "shp"
    data = data_files(files, contract)
    if not data:
        raise BatchRefused("unreadable_file", "the delivery holds no .shp", "ask for the whole layer again")
    parts: list[Reading] = []
    for number, source in enumerate(data):
        try:
            parts.append(named(source, sheet_of(source, files, contract), contract))
        except BatchRefused as refusal:
            if is_layer:
                refusal.received = count_rows(files, contract)
            else:
                own = refusal.received or count_rows([source], contract)
                read_already, unread = sum(part.received for part in parts), count_rows(data[number + 1 :], contract)
                refusal.received = read_already + own + unread
            raise
    return parts


def data_files(files: Sequence[SourceFile], contract: Contract) -> list[SourceFile]:
    """The files that hold rows: of a shapefile's parts the .shp alone."""
    return [file for file in files if contract.reading.format != "shp" or file.suffix in (".shp", ".zip")]


def sheet_of(source: SourceFile, files: Sequence[SourceFile], contract: Contract) -> Sheet:
    """One file as its department wrote it: its own columns, before they are known by name."""
    refuse_binary(source, contract)
    is_layer = contract.reading.format == "shp"
    return read_shapefile(source, files) if is_layer else READERS[contract.reading.format](source, contract)


def _is_blank(content: bytes) -> bool:
    """Nothing but spaces and line ends; looked at piece by piece, for most files are told by their first."""
    blank = b"\r\n \t\xef\xbb\xbf"
    return not any(content[at : at + 65536].strip(blank) for at in range(0, len(content), 65536))


def named(source: SourceFile, sheet: Sheet, contract: Contract) -> Reading:
    """One file: columns by name, footers apart, cells no later step could read quarantined."""
    try:
        matched = match_header(sheet.header, contract, source.base_name, sparse=contract.reading.format == "jsonl")
    except BatchRefused as refusal:
        refusal.received = _rows_of(sheet)
        raise
    names = [column.name for column in file_columns(contract)]
    rows = sheet.body.select(
        pl.lit(source.base_name).alias("file_name"),
        pl.col("row_number").cast(pl.UInt32),
        *(_text(matched.positions.get(name)).alias(name) for name in names),
        *(["geometry"] if "geometry" in sheet.body.columns else []),
    )
    numeric = None
    if sheet.numeric is not None:
        numeric = sheet.numeric.select(
            pl.col(str(position)).alias(name)
            for name, position in matched.positions.items()
            if str(position) in sheet.numeric.columns
        )
    rows, numeric, empty, footers = _without_footers(rows, numeric, contract, names)
    faults = pl.concat(
        [sheet.faults, *_unreadable_cells(rows, names), precision_lost(rows, contract, numeric)], how="vertical"
    )
    torn = (
        keys_of_objects(sheet.torn, contract)
        if contract.reading.format == "jsonl"
        else keys_of_lines(sheet.torn, contract, matched.positions, len(sheet.header))
    )
    ignored = pl.concat([sheet.ignored, footers])
    return Reading(
        rows=without_faulty(rows, faults),
        ignored=ignored,
        quarantined=faults,
        received=sheet.body.height - empty + sheet.ignored.height + distinct_rows(sheet.faults),
        warnings=matched.warnings,
        kept_out=pl.concat([torn, keys_of_rows(rows, faults, contract)]),
    )


def _rows_of(sheet: Sheet) -> int:
    """Rows delivered, whatever their columns mean."""
    cells = [_text(position).is_not_null() for position in range(len(sheet.header))]
    filled = sheet.body.select(pl.any_horizontal(cells).sum()).item() if cells else sheet.body.height
    return int(filled or 0) + sheet.ignored.height + distinct_rows(sheet.faults)


def _text(position: int | None) -> pl.Expr:
    """The column as text; nothing but spaces is nothing."""
    if position is None:
        return pl.lit(None, pl.String)
    column = pl.col(str(position))
    return pl.when(column.str.strip_chars(" \t\r\n　") != "").then(column)


def _without_footers(
    rows: pl.DataFrame, numeric: pl.DataFrame | None, contract: Contract, names: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame | None, int, pl.DataFrame]:
    """Rows without empty lines and footers, their `numeric` twin, how many were empty, the footers as ignored."""
    if "geometry" in rows.columns:
        return rows, numeric, 0, nothing_ignored()
    empty = rows.select(empty=pl.all_horizontal(pl.col(name).is_null() for name in names)).to_series()
    reasons = ignored_reasons(rows, contract, names)
    keep = ~empty & reasons.is_null()
    if keep.all():
        return rows, numeric, 0, nothing_ignored()
    footers = rows.with_columns(reason=reasons).filter(~empty & reasons.is_not_null())
    return (
        rows.filter(keep),
        numeric.filter(keep) if numeric is not None else None,
        int(empty.sum()),
        footers.select(pl.col(name).cast(kind) for name, kind in IGNORED.items()),
    )


def _unreadable_cells(rows: pl.DataFrame, names: list[str]) -> list[pl.DataFrame]:
    """Cells are looked through once for all rules: hardly any column has one that breaks any."""
    rules = (("control_character", CONTROL), ("bad_encoding", UNDECODED))
    either = "|".join(pattern for _, pattern in rules)
    found = rows.select(pl.col(name).str.contains(either).any() for name in names)
    suspects = [name for name in names if found[name].any()]
    return [
        faults_of(rows, pl.col(name).str.contains(pattern), name, rule) for rule, pattern in rules for name in suspects
    ] or [no_faults()]


def _refuse_rounded(whole: Reading, contract: Contract, files: Sequence[SourceFile]) -> None:
    """A share of rounded rows says the export is broken. In small numbers it counts from one half on."""
    lost = distinct_rows(whole.quarantined.filter(pl.col("rule") == "precision_lost"))
    share = lost / max(whole.received, 1)
    many = lost >= contract.limits.quarantined_rows_min or share > 0.5
    if many and share > contract.reading.precision_lost_share:
        first = whole.quarantined.filter(pl.col("rule") == "precision_lost").row(0, named=True)
        raise BatchRefused(
            "precision_lost",
            f"a spreadsheet turned codes into numbers in {lost} of {whole.received} rows",
            "have the column exported as text",
            file=files[0].base_name,
            row=first["row_number"],
            column=first["column"],
            received=whole.received,
        )


__all__ = ["Reading", "SourceFile", "Warning_", "read"]
