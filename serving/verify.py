"""The door: lists of doors worth knocking on, one workbook a work grid; and the outcomes that come back.

A list asks about a room or a building, never about a named person. What comes back is delivered as the feed
grid_office__door_outcomes and goes the way of every other.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BlockdataError, UsageError
from serving import audit
from serving.granting import UNDER
from serving.released import Released, current

if TYPE_CHECKING:
    import polars as pl

    from schemas.contract import Contract
    from schemas.home import Home
    from transforms.load import LoadResult

FEED = "grid_office__door_outcomes"
QUESTION = "核查问题"
# What can be answered, by the kind of doubt; each code is one of code list door_outcome.
ANSWERS: Mapping[str, Sequence[str]] = {
    "conflicting_residence": ("lives_here", "moved_out", "occupied", "vacant", "not_reached"),
    "proposed_unit": ("room_exists", "room_missing", "not_reached"),
    "conflicting_premises": ("premises_found", "premises_missing", "not_reached"),
}
TASK = r"^[A-Za-z]+[0-9]{0,6}$"
SENT_BACK = "sent-back"
ORIGIN = datetime(2000, 1, 1)  # written into every workbook, so that the same list is the same bytes


@dataclass(frozen=True)
class WrittenList:
    """One workbook for one work grid."""

    work_grid: str
    tasks: int
    path: Path


def write_lists(home: Home, work_grid: str = "", *, by: str = "") -> list[WrittenList]:
    """Write the open tasks of the current release to outbox/verification/<release>/<work grid>.xlsx.

    Doors stand in walking order. Columns are headers of the outcomes' contract and the question, which says of a person
    no more than sex and year of birth. Raises UsageError for a work grid without open tasks.
    """
    import polars as pl

    released = current(home)
    tasks = released.read("quality.verification_task").filter(pl.col("status") == "open")
    doubts = released.read("quality.doubt", ["doubt_id", "kind"])
    tasks = (
        tasks.join(doubts, on="doubt_id", how="left", maintain_order="left")
        .join(_whom(released), on="doubt_id", how="left", maintain_order="left")
        .with_columns(pl.concat_str("question", pl.col("whom").fill_null("")))
        .sort("work_grid", "rank", "task_id")
    )
    if work_grid:
        tasks = tasks.filter(pl.col("work_grid") == work_grid)
        if tasks.is_empty():
            raise UsageError(f"work grid {work_grid} has no open task", "leave --grid out to see all")
    folder = home.outbox / "verification" / released.name
    written = []
    for (grid,), mine in tasks.group_by("work_grid", maintain_order=True):
        path = folder / f"{_file_name(str(grid or 'unassigned'))}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_list_workbook(mine))
        written.append(WrittenList(str(grid or "unassigned"), mine.height, path))
    audit.append(home, "verify list", by=by, release=released.name, tasks=tasks.height, work_grids=len(written))
    return written


def _whom(released: Released) -> pl.DataFrame:
    """doubt_id, whom: whom to ask for, by sex and year of birth, where a doubt is about one grown person's residence.

    Only the list for the door says it: the task's own table stands in the place profile.
    """
    import polars as pl

    sex = pl.col("sex").replace_strict({"male": "男", "female": "女"}, default=None, return_dtype=pl.String)
    grown = pl.col("birth_year") < int(released.name[:4]) - UNDER
    return (
        released.read("population.residence", ["person_key", "doubt_id"])
        .drop_nulls("doubt_id")
        .join(released.read("population.person", ["person_key", "sex", "birth_year"]), on="person_key")
        .filter(grown)
        .select(
            "doubt_id",
            whom=pl.concat_str(pl.lit("（"), sex + "，", pl.col("birth_year"), pl.lit("年生）"), ignore_nulls=True),
        )
        .unique("doubt_id", keep="none")
    )


def import_outcomes(file: Path, home: Home, day: date | None = None) -> LoadResult:
    """Load a filled-in list as a delivery of grid_office__door_outcomes; lines without an outcome stay open.

    Only the contract's columns go on, so a remark in a margin goes nowhere. `day` is the delivery day; without it the
    latest visit in the file. Raises BlockdataError for a file that is no such list or has no outcome filled in.
    """
    from schemas.contract import Role, contract_of
    from transforms.load import load_files

    contract = contract_of(FEED)
    outcome, visited = _header(contract, Role.OUTCOME), _header(contract, Role.EVENT_TIME)
    filled = _filled(file, contract, outcome)
    _check_tasks(file, filled, _header(contract, Role.TASK_ID))
    day = day or _latest(file, filled[visited])
    with tempfile.TemporaryDirectory(prefix="blockdata-outcomes-") as folder:
        path = Path(folder) / f"door_outcomes_{_list_name(file, home)}_{day:%Y%m%d}.xlsx"
        path.write_bytes(_workbook(filled.columns, filled.rows()))
        return load_files(FEED, [path], day, home)


def _filled(file: Path, contract: Contract, outcome: str) -> pl.DataFrame:
    """The lines with an outcome, the contract's columns only, as text."""
    import fastexcel
    import polars as pl

    mend = "send back the workbook of `blockdata verify list`, its header line unchanged"
    try:
        sheet = fastexcel.read_excel(str(file)).load_sheet(0, dtypes="string")
        frame = pl.DataFrame(sheet.to_arrow())
    except (fastexcel.FastExcelError, OSError):
        raise BlockdataError(f"{file.name} is not readable as a workbook", mend) from None
    missing = [column.header for column in contract.columns if column.required and column.header not in frame.columns]
    if missing:
        raise BlockdataError(f"{file.name} has no column {', '.join(missing)}", mend)
    # The whole width of the contract, so that the delivery is complete; what it drops is not even carried there.
    text = frame.select(
        pl.col(column.header).cast(pl.String).str.strip_chars()
        if column.header in frame.columns and not column.is_dropped
        else pl.lit(None, pl.String).alias(column.header)
        for column in contract.columns
    )
    filled = text.filter(pl.col(outcome).fill_null("") != "")
    if filled.is_empty():
        raise BlockdataError(f"{file.name}: no outcome is filled in", "nothing to import yet")
    return filled


def _check_tasks(file: Path, filled: pl.DataFrame, task: str) -> None:
    """A task number is letters and few digits, as every list writes it; anything else may be a person's number."""
    strange = filled.with_row_index("_line").filter(~_text(task).str.contains(TASK) & (_text(task) != ""))
    if strange.height:
        raise BlockdataError(
            f"{file.name}: the task number of line {strange['_line'][0] + 1} with an outcome is none of a list",
            "leave the task numbers as the list had them, or empty",
        )


def _text(column: str) -> pl.Expr:
    """A column's text, empty for nothing."""
    import polars as pl

    return pl.col(column).fill_null("")


def _list_name(file: Path, home: Home) -> str:
    """The work grid a list was written for; a name somebody else chose is not carried into the lake."""
    name = _file_name(file.stem).replace("_", "-")
    if home.current_release is None:
        return SENT_BACK
    grids = current(home).read("quality.verification_task", ["work_grid"])["work_grid"].unique().drop_nulls()
    return name if name in {_file_name(grid).replace("_", "-") for grid in grids} else SENT_BACK


def _latest(file: Path, visited: pl.Series) -> date:
    import polars as pl

    days = visited.str.slice(0, 10).str.replace_all("/", "-").str.to_date("%Y-%m-%d", strict=False)
    latest = pl.DataFrame({"day": days})["day"].max()
    if not isinstance(latest, date):
        raise BlockdataError(f"{file.name}: no visit has a date like 2026-03-02", "fill in the dates, or give --day")
    return latest


def _header(contract: Contract, role: Any) -> str:
    column = contract.column_of(role)
    if column is None:
        raise UsageError(f"the contract of {FEED} has no column with role {role.value}", "mend the contract")
    return column.header


def _list_workbook(tasks: pl.DataFrame) -> bytes:
    """One sheet: what identifies the door and the question, then outcome and date to fill in."""
    from schemas.codelist import load_codelist
    from schemas.contract import Role, contract_of

    contract = contract_of(FEED)
    key, names = contract.key_columns[0].header, load_codelist("door_outcome").names
    headers = {
        role: _header(contract, role)
        for role in (Role.TASK_ID, Role.UNIT_CODE, Role.ADDRESS_TEXT, Role.OUTCOME, Role.EVENT_TIME)
    }
    columns = [headers[role] for role in (Role.TASK_ID, Role.UNIT_CODE, Role.ADDRESS_TEXT)]
    columns += [QUESTION, headers[Role.OUTCOME], headers[Role.EVENT_TIME], key]
    rows, choices = [], []
    for task in tasks.iter_rows(named=True):
        door = [task["task_id"], task["unit_code"] or task["building_code"], task["address"]]
        rows.append([*door, task["question"], None, None, f"RH{task['task_id']}"])
        choices.append([names[code] for code in ANSWERS.get(task["kind"] or "", tuple(names))])
    return _workbook(columns, rows, {headers[Role.OUTCOME]: choices}, headers[Role.EVENT_TIME])


def _workbook(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    choices: Mapping[str, Sequence[Sequence[str]]] | None = None,
    dates: str = "",
) -> bytes:
    """A workbook of text cells. `choices`: per column, per row, what may be picked; `dates`: the date column."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": ORIGIN})
        text, bold = book.add_format({"num_format": "@", "text_wrap": True}), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("核查清单")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, bold)
        sheet.set_column(0, max(0, len(columns) - 1), 26, text)
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate(row):
                if value is not None:
                    sheet.write_string(number, position, str(value), text)
        for name, picked in (choices or {}).items():
            for number, allowed in enumerate(picked, start=1):
                picks = {"validate": "list", "source": list(allowed), "error_title": "请从列表中选择"}
                sheet.data_validation(number, columns.index(name), number, columns.index(name), picks)
        if dates and rows:
            place = columns.index(dates)
            sheet.set_column(place, place, 14, day)
            rule = {"validate": "date", "criteria": ">", "value": date(2020, 1, 1), "error_title": "请填日期"}
            sheet.data_validation(1, place, len(rows), place, rule)
    return buffer.getvalue()


def _file_name(text: str) -> str:
    """`text` as part of a file name: letters, digits, Han and `-`."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in text) or "list"
