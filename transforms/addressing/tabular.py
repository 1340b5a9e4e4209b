"""Anybody's table in and out, in pieces: CSV, TSV, XLSX, Parquet, or a text with one address a line.

CSV, text and Parquet are streamed, so a file may be larger than memory; a workbook is read whole. Every cell of a text
format stays text.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from schemas.errors import BlockdataError, UsageError

CHUNK = 170_000  # rows at a time
PIECE = 1 << 25  # bytes of a text at a time, where its encoding is not Polars' own
TEXT_COLUMN = "address"  # of a .txt
DELIMITERS = {".csv": ",", ".tsv": "\t"}
WORKBOOKS = (".xlsx", ".xls", ".xlsm")
EXCEL_ROWS, EXCEL_CELL = 1_048_575, 32_767  # rows of a sheet, characters of a cell
Progress = Callable[[int], None]


def read_chunks(path: Path, columns: Sequence[str], chunk: int = CHUNK) -> Iterator[pl.DataFrame]:
    """The rows of `path` in order, `chunk` at a time; at least one frame, so that an empty table keeps its header.

    `columns` must be among its columns. Raises UsageError for what the caller can mend in the command, BlockdataError
    for an unreadable file.
    """
    if not path.is_file():
        raise UsageError(f"no file {path}", "check the path")
    first = True
    try:
        for frame in _frames(path, chunk):
            if first:
                _require(path, frame.columns, columns)
                _require_cells(path, frame, columns)
            first = False
            yield frame
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        if (line := _broken_line(path)) is not None:
            raise line from None
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise BlockdataError(f"{path.name} is not readable: {said}", "save it again as CSV UTF-8 or XLSX") from None


def _frames(path: Path, chunk: int) -> Iterator[pl.DataFrame]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _sliced(pl.scan_parquet(path), chunk)
    elif suffix in DELIMITERS:
        yield from _delimited(path, DELIMITERS[suffix], chunk)
    elif suffix == ".txt":
        some = False
        for piece in _pieces(path, _encoding(path)):
            lines = pl.DataFrame({TEXT_COLUMN: piece.splitlines()}, schema={TEXT_COLUMN: pl.String})
            yield from lines.iter_slices(chunk) if lines.height else [lines]
            some = True
        if not some:
            yield pl.DataFrame(schema={TEXT_COLUMN: pl.String})
    elif suffix in WORKBOOKS:
        yield from _sliced(_workbook(path).lazy(), chunk)
    else:
        raise UsageError(f"{path.name}: cannot read {suffix or 'a file without suffix'}", "give CSV, XLSX or Parquet")


def _sliced(frame: pl.LazyFrame, chunk: int) -> Iterator[pl.DataFrame]:
    some = False
    for batch in frame.collect_batches(chunk_size=chunk, maintain_order=True):
        some = True
        yield batch
    if not some:
        yield frame.head(0).collect()


def _delimited(path: Path, delimiter: str, chunk: int) -> Iterator[pl.DataFrame]:
    encoding = _encoding(path)
    if path.stat().st_size == 0:
        raise BlockdataError(f"{path.name} is empty", "give a file with a header line")
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if b"\r" in head and b"\n" not in head:
        raise BlockdataError(f"{path.name} ends its lines with CR alone", "save it again as CSV UTF-8")
    if encoding == "utf-8":
        yield from _sliced(pl.scan_csv(path, separator=delimiter, infer_schema=False), chunk)
    else:
        columns: list[str] | None = None
        for piece in _pieces(path, encoding, quote='"'):
            frame = pl.read_csv(
                piece.encode(), separator=delimiter, infer_schema=False, has_header=columns is None,
                schema=None if columns is None else dict.fromkeys(columns, pl.String),
            )  # fmt: skip
            columns = frame.columns
            yield from frame.iter_slices(chunk) if frame.height else [frame]


def _pieces(path: Path, encoding: str, quote: str | None = None) -> Iterator[str]:
    """The text in pieces of whole lines; a line end between two `quote`s ends no line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, first = "", True
    with path.open("rb") as file:
        while content := file.read(PIECE):
            rest += decoder.decode(content)
            if first:
                rest, first = rest.removeprefix("\ufeff"), False
            end = rest.rfind("\n") + 1
            while end and quote is not None and rest.count(quote, 0, end) % 2:
                end = rest.rfind("\n", 0, end - 1) + 1
            if end:
                yield rest[:end]
                rest = rest[end:]
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def _broken_line(path: Path) -> BlockdataError | None:
    """The line where a text with columns goes wrong; its cells are not shown, they may be a person's."""
    if path.suffix.lower() not in DELIMITERS:
        return None
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            rows = csv.reader(file, delimiter=DELIMITERS[path.suffix.lower()], strict=True)
            wide, line = None, 1
            for row in rows:
                wide = len(row) if wide is None else wide
                if len(row) > wide:
                    return BlockdataError(
                        f"{path.name} line {line}: {len(row)} cells, the header has {wide}",
                        "put quotes around a cell that holds the delimiter, and save it again",
                    )
                line = rows.line_num + 1
    except csv.Error:
        return BlockdataError(
            f"{path.name} line {line}: a quote that is not closed, or stands within a cell",
            'write a quote within a cell twice (""), close every quote, and save it again',
        )
    except (UnicodeDecodeError, OSError):
        pass
    return None


def write_beside(
    path: Path,
    columns: Sequence[str],
    out: Path,
    work: Callable[[pl.DataFrame], pl.DataFrame],
    progress: Progress | None = None,
) -> Iterator[pl.DataFrame]:
    """Write `out`: the table `path` with what `work` makes of each piece of it beside; yields that, piece by piece, and
    is done when all were taken. Raises UsageError when the table already has a column that is to be added.
    """
    done = 0
    with TableWriter(out, path) as writer:
        for frame, found in worked_ahead(read_chunks(path, columns), work):
            taken = sorted(set(frame.columns) & set(found.columns))
            if taken:
                raise UsageError(f"{path.name} already has a column {', '.join(taken)}", "rename it in the file first")
            writer.write(frame.hstack(found))
            yield found
            done += frame.height
            if progress is not None:
                progress(done)


def worked_ahead(
    frames: Iterable[pl.DataFrame], work: Callable[[pl.DataFrame], pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Each frame with what `work` makes of it, in order; a frame a core is worked on while the caller writes."""
    threads = pl.thread_pool_size()
    waiting: deque[tuple[pl.DataFrame, Future[pl.DataFrame]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for frame in frames:
            waiting.append((frame, pool.submit(work, frame)))
            if len(waiting) > threads:
                done, found = waiting.popleft()
                yield done, found.result()
        while waiting:
            done, found = waiting.popleft()
            yield done, found.result()


def _encoding(path: Path) -> str:
    """utf-8 if the whole file is, read piece by piece; utf-16 if it says so (Excel's Unicode text); else gb18030, which
    every other Chinese text file is.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"


def _workbook(path: Path) -> pl.DataFrame:
    import fastexcel

    try:
        sheet = fastexcel.read_excel(str(path)).load_sheet(0, dtypes="string")
    except fastexcel.FastExcelError:
        raise BlockdataError(f"{path.name} is not readable as Excel", "remove its password or save it again") from None
    return pl.DataFrame(sheet.to_arrow())


def _require(path: Path, there: list[str], wanted: Sequence[str]) -> None:
    lacking = [name for name in wanted if name not in there]
    if not lacking:
        for name in wanted:
            if f"{name}_duplicated_0" in there:  # Polars' name for the second
                raise UsageError(f"{path.name} has two columns {name}", "rename one of them")
        return
    mend = f"its columns: {', '.join(map(_shown, there))}" if there else "its first row must name the columns"
    if path.suffix.lower() in DELIMITERS and len(there) == 1 and any(sign in there[0] for sign in ";\t|，"):
        mend += "; .csv divides by commas, .tsv by tabs: save it so"
    elif any(name.startswith("__UNNAMED__") for name in there):  # fastexcel's name for an empty cell
        mend += "; the header must be the first row: delete the title above it"
    elif path.suffix.lower() in WORKBOOKS and (others := sheets(path)[1:]):
        mend += f"; only the first sheet is read, not {', '.join(others)}: move it to the front"
    raise UsageError(f"{path.name} has no column {', '.join(lacking)}", mend)


def _shown(name: str) -> str:
    """A header as it is; between quotes where blanks around it would not be seen."""
    return name if name == name.strip() else repr(name)


def _require_cells(path: Path, frame: pl.DataFrame, wanted: Sequence[str]) -> None:
    """UsageError where a wanted column holds no texts or numbers (Parquet alone can)."""
    for name in wanted:
        if frame.schema[name].is_nested() or frame.schema[name] in (pl.Binary, pl.Object):
            raise UsageError(f"{path.name} column {name} holds {frame.schema[name]}", "give a column of texts")


def sheets(path: Path) -> list[str]:
    """The names of a workbook's sheets, of which the first is read; none for other files."""
    import fastexcel

    if path.suffix.lower() not in WORKBOOKS or not path.is_file():
        return []
    try:
        return fastexcel.read_excel(str(path)).sheet_names
    except fastexcel.FastExcelError:
        return []


class TableWriter:
    """Writes frames one after another to CSV, TSV, Parquet or XLSX (codes stay text); use as a context manager."""

    def __init__(self, path: Path, source: Path) -> None:
        if path.resolve() == source.resolve():
            raise UsageError(f"{path.name} would be written over itself", "name another file for the output")
        if path.suffix.lower() not in (".parquet", ".xlsx", *DELIMITERS):
            raise UsageError(f"cannot write {path.name}", "name the output .csv, .xlsx or .parquet")
        self.path = path
        self._partial = path.with_name(path.name + ".part")
        self._parquet: Any = None
        self._frames: list[pl.DataFrame] = []
        self._started = False

    def __enter__(self) -> TableWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Append `frame`; all frames have the same columns."""
        suffix = self.path.suffix.lower()
        if suffix != ".parquet":
            _refuse_unwritable(frame)
        if suffix == ".parquet":
            import pyarrow.parquet as pq

            table = frame.to_arrow()
            if self._parquet is None:
                self._parquet = pq.ParquetWriter(self._partial, table.schema)
            self._parquet.write_table(table.cast(self._parquet.schema))
        elif suffix == ".xlsx":
            self._frames.append(frame)
        else:
            flat = frame.with_columns(_joined(frame))
            with self._partial.open("ab" if self._started else "wb") as file:
                flat.write_csv(
                    file, separator=DELIMITERS[suffix], include_bom=not self._started, include_header=not self._started
                )
        self._started = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._parquet is not None:
            self._parquet.close()
        try:
            if kind is None and self._frames:
                _write_workbook(pl.concat(self._frames), self._partial)
            if kind is None and self._partial.exists():
                self._partial.replace(self.path)
        finally:
            self._partial.unlink(missing_ok=True)


def _refuse_unwritable(frame: pl.DataFrame) -> None:
    for name, dtype in frame.schema.items():
        if (dtype.is_nested() and dtype != pl.List(pl.String)) or dtype in (pl.Binary, pl.Object):
            raise UsageError(f"column {name} holds {dtype}, which only Parquet keeps", "name the output .parquet")


def _joined(frame: pl.DataFrame) -> list[pl.Expr]:
    """Lists as one text, parts divided by a space."""
    return [pl.col(name).list.join(" ") for name, dtype in frame.schema.items() if dtype == pl.List(pl.String)]


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    import xlsxwriter

    if frame.height > EXCEL_ROWS:
        raise UsageError(f"{frame.height:,} rows do not fit a sheet", "name the output .csv or .parquet")
    flat = frame.with_columns(_joined(frame))
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for column, name in enumerate(flat.columns):
            sheet.write_string(0, column, name)
        for row, values in enumerate(flat.iter_rows(), start=1):
            for column, value in enumerate(values):
                if isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value):
                    sheet.write_number(row, column, value)
                elif value is not None:
                    text = str(value)
                    if len(text) > EXCEL_CELL:
                        raise UsageError(
                            f"row {row + 1} column {flat.columns[column]}: {len(text):,} characters do not fit a cell",
                            "name the output .csv or .parquet",
                        )
                    sheet.write_string(row, column, text)
