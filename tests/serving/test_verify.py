"""Lists for the door, and what comes back from it."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from schemas.contract import contract_of
from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from serving import verify
from serving.verify import FEED, import_outcomes, write_lists
from tests.serving.small_release import FLAT, TOWER

HEADERS = [
    "任务编号",
    "统一地址编码",
    "地址",
    "核查问题",
    "核查结果",
    "核查日期",
    "核查编号",
]


def test_one_workbook_a_work_grid_with_its_open_doors_in_order(home: Home) -> None:
    (written,) = write_lists(home)
    assert (written.work_grid, written.tasks) == ("新安-1", 2)
    assert written.path == home.outbox / "verification" / "2026-03-02.01" / "新安-1.xlsx"
    sheet = fastexcel.read_excel(str(written.path)).load_sheet(0, dtypes="string").to_polars()
    assert sheet.columns == HEADERS
    assert sheet["任务编号"].to_list() == ["HCabcd", "HCabce"]
    assert sheet["统一地址编码"].to_list() == [FLAT, TOWER]
    assert sheet["核查结果"].null_count() == 2


def test_whom_to_ask_for_is_said_by_sex_and_year_of_birth_alone(home: Home) -> None:
    (written,) = write_lists(home)
    sheet = fastexcel.read_excel(str(written.path)).load_sheet(0, dtypes="string").to_polars()
    assert sheet["核查问题"].to_list() == ["是否仍有人居住（女，1983年生）", "房屋是否存在"]


def test_the_answers_offered_fit_the_question(home: Home) -> None:
    (written,) = write_lists(home)
    with zipfile.ZipFile(written.path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "在此居住,已搬离,有人居住,空置,未能核实" in sheet
    assert "房号存在,房号不存在,未能核实" in sheet


def test_every_answer_offered_is_one_of_the_code_list() -> None:
    from schemas.codelist import load_codelist

    offered = {code for codes in verify.ANSWERS.values() for code in codes}
    assert offered == set(load_codelist("door_outcome").names)


def test_no_column_of_a_list_could_hold_a_name(home: Home) -> None:
    (written,) = write_lists(home)
    sheet = fastexcel.read_excel(str(written.path)).load_sheet(0, dtypes="string").to_polars()
    assert not [name for name in sheet.columns if "姓名" in name or "电话" in name or "证件" in name]


def test_the_same_list_is_the_same_bytes(home: Home) -> None:
    (written,) = write_lists(home)
    before = written.path.read_bytes()
    assert write_lists(home)[0].path.read_bytes() == before


def test_a_grid_without_open_tasks(home: Home) -> None:
    with pytest.raises(UsageError, match="no open task"):
        write_lists(home, "石岩-1")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the load was given: feed, day, file name and the rows of the delivered workbook."""
    seen: list[dict[str, Any]] = []

    def load_files(feed_id: str, paths: list[Path], day: date, home: Home) -> str:
        rows = fastexcel.read_excel(str(paths[0])).load_sheet(0, dtypes="string").to_polars()
        seen.append(
            {"feed": feed_id, "day": day, "name": paths[0].name, "rows": rows, "content": paths[0].read_bytes()}
        )
        return "loaded"

    monkeypatch.setattr("transforms.load.load_files", load_files)
    return seen


def filled(tmp_path: Path, *outcomes: tuple[str | None, Any], columns: list[str] = HEADERS) -> Path:
    """A list sent back, a line an (outcome, date)."""
    path = tmp_path / "新安_1.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, columns)
        for number, (outcome, visited) in enumerate(outcomes, start=1):
            values = [f"HC{number}", FLAT, "海旺花园3栋2单元501", "是否", outcome, None, f"RHHC{number:04}"]
            sheet.write_row(number, 0, ["" if value is None else value for value in values])
            if isinstance(visited, date):
                sheet.write_datetime(number, 5, visited, day)
            elif visited:
                sheet.write_string(number, 5, visited)
    return path


def test_doors_visited_are_delivered_and_the_others_stay_open(
    home: Home, tmp_path: Path, loaded: list[dict[str, Any]]
) -> None:
    file = filled(tmp_path, ("在此居住", "2026-03-03"), (None, None), ("空置", date(2026, 3, 4)))
    import_outcomes(file, home)
    (delivery,) = loaded
    assert (delivery["feed"], delivery["day"]) == (FEED, date(2026, 3, 4))
    assert delivery["rows"]["核查结果"].to_list() == ["在此居住", "空置"]
    assert delivery["rows"].columns == [column.header for column in contract_of(FEED).columns]


def test_the_delivery_is_named_as_the_contract_expects(
    home: Home, tmp_path: Path, loaded: list[dict[str, Any]]
) -> None:
    from transforms.landing import day_of

    import_outcomes(filled(tmp_path, ("空置", "2026-03-03")), home, date(2026, 3, 5))
    assert loaded[0]["day"] == date(2026, 3, 5)
    assert day_of(loaded[0]["name"], contract_of(FEED)) == date(2026, 3, 5)


def test_the_same_list_twice_is_the_same_delivery(home: Home, tmp_path: Path, loaded: list[dict[str, Any]]) -> None:
    file = filled(tmp_path, ("空置", "2026-03-03"))
    import_outcomes(file, home)
    import_outcomes(file, home)
    assert loaded[0]["content"] == loaded[1]["content"]


@pytest.mark.parametrize(("name", "kept"), [("新安_1", "新安-1"), ("欧阳某某13912345678", "sent-back")])
def test_a_name_somebody_gave_the_file_goes_nowhere(
    name: str, kept: str, home: Home, tmp_path: Path, loaded: list[dict[str, Any]]
) -> None:
    file = filled(tmp_path, ("空置", "2026-03-03")).rename(tmp_path / f"{name}.xlsx")
    import_outcomes(file, home)
    assert loaded[0]["name"] == f"door_outcomes_{kept}_20260303.xlsx"


@pytest.mark.parametrize("typed", ["440306198503170010", "139 1234 5678", "欧阳某某", "HC13912345678"])
def test_a_task_number_nobody_gave_is_refused_unsaid(typed: str, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "新安-1.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        sheet.write_row(1, 0, [typed, FLAT, "海旺花园3栋2单元501", "是否", "空置", "2026-03-03", "RHHC0001"])
    with pytest.raises(BlockdataError, match="line 1") as refused:
        import_outcomes(path, home)
    assert typed not in str(refused.value) and refused.value.mend


def test_a_remark_beside_the_list_goes_nowhere(home: Home, tmp_path: Path, loaded: list[dict[str, Any]]) -> None:
    file = filled(tmp_path, ("空置", "2026-03-03"), columns=[*HEADERS[:3], "备注", *HEADERS[4:]])
    import_outcomes(file, home)
    assert "备注" not in loaded[0]["rows"].columns


@pytest.mark.parametrize(
    ("columns", "outcome", "visited", "said"),
    [
        (HEADERS, None, None, "no outcome is filled in"),
        (HEADERS, "空置", "下周", "no visit has a date"),
        ([*HEADERS[:4], "结论", *HEADERS[5:]], "空置", "2026-03-03", "no column 核查结果"),
    ],
)
def test_what_is_no_list_is_refused(
    columns: list[str], outcome: str | None, visited: str | None, said: str, home: Home, tmp_path: Path
) -> None:
    with pytest.raises(BlockdataError, match=said) as refused:
        import_outcomes(filled(tmp_path, (outcome, visited), columns=columns), home)
    assert refused.value.mend


def test_a_file_that_is_no_workbook(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(io.BytesIO(b"not a workbook").getvalue())
    with pytest.raises(BlockdataError, match="not readable"):
        import_outcomes(file, home)


def test_the_fixture_holds_an_answered_task(home: Home) -> None:
    from serving.released import current

    tasks = current(home).read("quality.verification_task")
    assert tasks.filter(pl.col("status") == "answered").height == 1
