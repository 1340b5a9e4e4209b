"""Anybody's file in and out: CSV, TSV, XLSX, XLS, Parquet or one text a line, every cell kept as text.

For the commands that work on a file of one's own (`key`, `parse`, `code check`); deliveries of departments go through
the contracts instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError, UsageError

if TYPE_CHECKING:
    import polars as pl

BOM = b"\xef\xbb\xbf"
DELIMITERS = {".csv": ",", ".tsv": "\t"}
EXCEL_ROWS = 1_048_575
LONGEST_CELL = 32_767  # of an Excel cell


def read(path: Path, column: str) -> pl.DataFrame:
    """The file as text columns (Parquet keeps its types). `column` must be among them.

    A `.txt` without delimiters is one text a line, in a column called `column`. Raises UsageError for a missing file or
    column, BlockdataError for a file that cannot be read.
    """
    import polars as pl

    if not path.is_file():
        raise UsageError(f"no file {path}", "check the path")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        frame = _parquet(path)
    elif suffix in (".xlsx", ".xls", ".xlsm"):
        frame = _excel(path)
    elif suffix in DELIMITERS:
        frame = _delimited(path, DELIMITERS[suffix])
    elif suffix == ".txt":
        lines = _decoded(path).splitlines()
        frame = pl.DataFrame({column: lines[1:] if lines[:1] == [column] else lines}, schema={column: pl.String})
    else:
        raise UsageError(f"{path.name}: cannot read {suffix or 'a file without suffix'}", "give CSV, XLSX or Parquet")
    if column not in frame.columns:
        raise UsageError(f"{path.name} has no column {column!r}", f"its columns: {', '.join(frame.columns)}")
    return frame


def write(frame: pl.DataFrame, path: Path) -> None:
    """`frame` by the suffix of `path`. CSV opens in Excel (UTF-8 with BOM); codes stay text in XLSX."""
    suffix = path.suffix.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".parquet":
        frame.write_parquet(path)
    elif suffix == ".xlsx":
        _write_excel(frame, path)
    elif suffix in DELIMITERS:
        frame.write_csv(path, separator=DELIMITERS[suffix], include_bom=True)
    else:
        raise UsageError(f"cannot write {path.name}", "name the output .csv, .xlsx or .parquet")


def check_output(path: Path) -> None:
    """Refuse an unwritable suffix before the work, not after it."""
    if path.suffix.lower() not in (".parquet", ".xlsx", *DELIMITERS):
        raise UsageError(f"cannot write {path.name}", "name the output .csv, .xlsx or .parquet")


def _parquet(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise BlockdataError(f"{path.name} is not readable as Parquet", "export it again") from None


def _excel(path: Path) -> pl.DataFrame:
    """The first sheet, header in its first row, cells as text. A code Excel made a number is beyond repair here."""
    import fastexcel
    import polars as pl

    try:
        sheet = fastexcel.read_excel(str(path)).load_sheet(0, dtypes="string")
        return pl.DataFrame(sheet.to_arrow()) if sheet.height else pl.DataFrame(schema=_names(sheet))
    except fastexcel.FastExcelError:
        raise BlockdataError(
            f"{path.name} is not readable as Excel", "remove its password or save it again as .xlsx"
        ) from None


def _names(sheet: object) -> dict[str, type]:
    import polars as pl

    return {column.name: pl.String for column in sheet.available_columns()}  # type: ignore[attr-defined]


def _delimited(path: Path, delimiter: str) -> pl.DataFrame:
    import polars as pl

    text = _decoded(path)
    try:
        return pl.read_csv(text.encode(), separator=delimiter, infer_schema=False)
    except pl.exceptions.NoDataError:
        raise BlockdataError(f"{path.name} is empty", "give a file with a header line") from None
    except pl.exceptions.PolarsError as error:
        said = str(error).splitlines()[0][:120]
        raise BlockdataError(f"{path.name} is not readable as CSV: {said}", "save it again as CSV UTF-8") from None


def _decoded(path: Path) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, else GB18030."""
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BlockdataError(f"{path.name} is neither UTF-8 nor GB18030", "save it again as CSV UTF-8")


def _write_excel(frame: pl.DataFrame, path: Path) -> None:
    import xlsxwriter

    if frame.height > EXCEL_ROWS:
        raise UsageError(f"{frame.height:,} rows do not fit an Excel sheet", "name the output .csv or .parquet")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet()
        sheet.set_column(0, max(0, frame.width - 1), 22, text)
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for position, value in enumerate(row):
                _write_cell(sheet, number, position, value, text)


def _write_cell(sheet: object, row: int, column: int, value: object, text: object) -> None:
    """Numbers measured stay numbers; everything else is text, so no code loses a digit."""
    put = sheet
    if value is None:
        return
    if isinstance(value, bool):
        put.write_boolean(row, column, value)  # type: ignore[attr-defined]
    elif isinstance(value, int | float):
        put.write_number(row, column, value)  # type: ignore[attr-defined]
    else:
        shown = "|".join(str(item) for item in value) if isinstance(value, list) else str(value)
        put.write_string(row, column, shown[:LONGEST_CELL], text)  # type: ignore[attr-defined]
