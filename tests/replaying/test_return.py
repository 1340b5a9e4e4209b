"""Return sheets: made, mended in a spreadsheet library, taken back; sealed for one department, refused if changed."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from serving import audit, returning
from tests import small
from tests.replaying import offices
from tests.replaying.offices import BROKEN, DAY, FORMATS, HEADERS, MENDED, OTHER, RULES, SOUND, by_hand, load, open_rows
from transforms.lake import archive, store
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake
from transforms.receive import find_deliveries
from transforms.replaying import dropped
from transforms.replaying.dropped import dropped_sheets
from transforms.replaying.replay import replay
from transforms.replaying.sheet import ACTION, COVER, FILE, LINE, MARK, REASON, ROW
from transforms.replaying.sheet_secrets import SheetRefused, decrypted, password_of
from transforms.replaying.taking import Taken

CSV = "town__csv"
BACK = date(2026, 3, 6)


@pytest.fixture
def town(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(offices.write_feeds(tmp_path / "feeds")))
    small.import_library(home)
    return home


def made(home: Home, department: str = "town", feed: str = "") -> bytes:
    (sheet,) = returning.make(home, department, feed)
    return sheet.path.read_bytes()


def take(home: Home, content: bytes, **how: Any) -> Taken:
    return returning.take(home, content, BACK, steps=offices.real_steps(), **how)


def book_of(home: Home, sealed: bytes, department: str = "town") -> Any:
    plain = decrypted(sealed, password_of(department, keys_of(home)))
    assert plain is not None
    return openpyxl.load_workbook(io.BytesIO(plain))


def ends(taken: Taken) -> list[tuple[int, str, str]]:
    return [(row.row_number, row.status, row.reason) for row in taken.rows]


@pytest.mark.parametrize("form", FORMATS)
def test_made_mended_and_dropped_back_leaves_nothing_open(town: Home, tmp_path: Path, form: str) -> None:
    """And the lake then says what it would say had the department mended its file and sent it again."""
    feed = f"town__{form}"
    first = load(town, feed, BROKEN)
    assert sorted(open_rows(town)["rule"]) == sorted(RULES.values())
    taken = take(town, by_hand(made(town), town, MENDED, seal=form == "csv"))
    assert (taken.count("let_in"), taken.count("open"), taken.count("refused")) == (4, 0, 0)
    assert open_rows(town).is_empty()
    source = Home(tmp_path / "source")
    small.import_library(source)
    load(source, feed, SOUND)
    assert offices.records(town, feed) == offices.records(source, feed)
    history = Lake(town).read(f"record_history.{feed}")
    corrected = history.filter(pl.col("batch_id") != first.batch_id)
    assert set(corrected["known_from"]) == {BACK} and set(corrected["delivered_on"]) == {DAY}
    quarantined = Lake(town).read("quality.quarantine")
    assert sorted(corrected["row_number"]) == sorted(quarantined["row_number"].unique())
    said = Lake(town).read("quality.reconciliation")
    assert said["is_balanced"].all()
    assert said.filter(gate="load")["quarantined"].sum() == said.filter(gate="replay")["received"].sum() == 4


def test_the_sheet_holds_its_own_columns_as_delivered_with_the_reason_beside(town: Home) -> None:
    load(town, "town__xlsx", BROKEN)
    book = book_of(town, made(town))
    cover, sheet, mark = book.worksheets
    assert (cover.title, sheet.title, mark.title, mark.sheet_state) == (COVER, "登记表xlsx", MARK, "hidden")
    assert "小镇办公室" in cover["A2"].value and "共 4 行" in cover["A2"].value
    lines = list(sheet.iter_rows(values_only=True))
    assert list(lines[0]) == [REASON, *HEADERS, ACTION, FILE, ROW, LINE]
    assert [list(line[1:9]) for line in lines[1:]] == BROKEN[1:]
    assert [line[9:12] for line in lines[1:]] == [(None, "xlsx_20260302.xlsx", str(at)) for at in range(5, 9)]
    assert lines[1][0] == "证件号码校验错误：“证件号”列，号码与校验位不符，请对照证件逐位核对"
    assert lines[2][0].startswith("不在代码表：“性别”列，") and "男、女" in lines[2][0]
    assert sheet.freeze_panes == "B2"
    coloured = [
        (cell.row, sheet.cell(1, cell.column).value)
        for line in sheet.iter_rows(min_row=2, min_col=2, max_col=9)
        for cell in line
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    ]
    assert coloured == [(2, "证件号"), (3, "性别"), (4, "面积"), (5, "日期")]
    assert {cell.number_format for line in sheet.iter_rows(min_row=2, max_col=9) for cell in line} == {"@"}


def test_no_other_department_opens_it_and_nothing_of_it_rests_in_plain(town: Home) -> None:
    load(town, CSV, BROKEN)
    load(town, OTHER, BROKEN)
    sheets = returning.make(town)
    assert [sheet.department for sheet in sheets] == ["town", "village"]
    keys = keys_of(town)
    sealed = {sheet.department: sheet.path.read_bytes() for sheet in sheets}
    assert decrypted(sealed["town"], password_of("village", keys)) is None
    assert decrypted(sealed["village"], password_of("town", keys)) is None
    assert decrypted(sealed["town"], "") is None
    names = "客人丙".encode(), "客人丙".encode("gb18030")
    for path in [path for path in town.path.rglob("*") if path.is_file() and path.parent.name != "from"]:
        assert not any(name in path.read_bytes() for name in names), path
    (path,) = (town.outbox / "town").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path == sheets[0].path


def test_the_password_depends_on_department_and_keys_and_asking_is_audited(
    town: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = returning.password(town, "town", by="数据科")
    assert said == returning.password(town, "town") != returning.password(town, "village")
    assert [len(part) for part in said.split("-")] == [5, 5, 5, 5]
    load(town, CSV, BROKEN)
    made(town)
    actions = [(entry["action"], entry["department"]) for entry in audit.entries(town)]
    assert actions[-1] == ("return make", "town") and ("return password", "town") in actions
    assert said not in audit.log_file(town).read_text(encoding="utf-8")
    assert audit.verify_audit(town).intact
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "other.json"))
    assert returning.password(Home(tmp_path / "elsewhere"), "town") != said
    with pytest.raises(UsageError, match="no feed is of department"):
        returning.password(town, "nobody")


def test_rows_not_mended_stay_and_a_wrong_mend_renews_the_reason(town: Home) -> None:
    load(town, CSV, BROKEN)
    taken = take(
        town, by_hand(made(town), town, {"N002": MENDED["N002"], "N003": {"性别": ""}, "N005": {"日期": "2099-01-01"}})
    )
    assert [(row, status) for row, status, _ in ends(taken)] == [(3, "let_in"), (4, "let_in"), (5, "open"), (6, "open")]
    left = open_rows(town).select("row_number", "rule").rows()
    assert left == [(5, "wrong_type"), (6, "future_date")]
    assert ends(taken)[3][2] == "future_date 日期在未来 since"
    again = take(town, by_hand(made(town), town, {"N004": MENDED["N004"], "N005": MENDED["N005"]}))
    assert again.count("let_in") == 2 and open_rows(town).is_empty()


def test_a_row_is_withdrawn_by_its_department(town: Home) -> None:
    """Two rows of one key: one of them should never have been."""
    load(town, CSV, [*SOUND[:2], row_of(3, "甲"), row_of(3, "乙")])
    assert open_rows(town)["rule"].to_list() == ["conflicting_key"] * 2

    def withdraw(book: Any) -> None:
        sheet = book.worksheets[1]
        sheet.cell(3, [cell.value for cell in sheet[1]].index(ACTION) + 1).value = "作废"

    taken = take(town, by_hand(made(town), town, {}, touch=withdraw))
    assert taken.count("let_in") == 2 and open_rows(town).is_empty()
    assert sorted(Lake(town).read("quality.replay")["outcome"]) == ["inserted", "withdrawn"]
    assert len(offices.records(town, CSV)) == 3


def row_of(number: int, name: str) -> list[str]:
    return offices.row(number, 姓名=name, 面积="60" if name == "甲" else "61")


def test_a_torn_line_comes_in_pieces_with_the_whole_line_beside(town: Home) -> None:
    whole = ",".join(offices.row(6, 地址="和平里1栋,101"))
    raw = offices.content("csv", SOUND) + (whole + "\n").encode("gb18030")
    load(town, CSV, [], raw=raw)
    assert open_rows(town)["rule"].to_list() == ["row_width"]
    sheet = book_of(town, made(town)).worksheets[1]
    header = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, header.index("【原行】") + 1).value == whole
    sound = dict(zip(HEADERS, offices.row(6), strict=True))
    take(town, by_hand(made(town), town, {"N006": sound}))
    assert open_rows(town).is_empty()
    assert [item["number"] for item in offices.records(town, CSV)] == [f"N00{at}" for at in range(1, 7)]


def test_the_footprint_comes_from_the_archive(town: Home) -> None:
    load(town, "town__gpkg", BROKEN)
    take(town, by_hand(made(town), town, MENDED))
    rows = Lake(town).read("record_history.town__gpkg").sort("record_id")
    assert rows["geometry"].null_count() == 0 and rows["geometry"].n_unique() == 5


def test_numbers_and_days_typed_as_such_are_understood(town: Home) -> None:
    load(town, CSV, BROKEN)
    take(town, by_hand(made(town), town, {"N004": {"面积": 54.5}, "N005": {"日期": date(2026, 1, 5)}}))
    assert set(open_rows(town)["rule"]) == {"person_id_check_digit", "not_in_code_list"}
    found = {item["number"]: item for item in offices.records(town, CSV)}
    assert (found["N004"]["area"], found["N005"]["since"]) == (54.5, date(2026, 1, 5))


def test_an_id_number_typed_as_a_number_has_lost_its_end(town: Home) -> None:
    load(town, CSV, BROKEN)
    taken = take(town, by_hand(made(town), town, {"N002": {"证件号": int(offices.person_id(12)[:17] + "5")}}))
    assert {row.reason.split()[0] for row in taken.rows if row.row_number == 3} == {"precision_lost"}


def test_the_same_sheet_twice_replays_nothing_twice(town: Home) -> None:
    load(town, CSV, BROKEN)
    sheet = by_hand(made(town), town, MENDED)
    take(town, sheet)
    before = Lake(town).batch_rows().height
    with pytest.raises(SheetRefused, match="settled before"):
        take(town, sheet)
    assert Lake(town).batch_rows().height == before


def test_a_sheet_nobody_mended_is_refused(town: Home) -> None:
    load(town, CSV, BROKEN)
    with pytest.raises(SheetRefused, match="no row of this return sheet was mended"):
        take(town, by_hand(made(town), town, {}))


def test_rows_added_by_hand_or_copied_are_refused_one_by_one(town: Home) -> None:
    load(town, CSV, BROKEN)

    def add(book: Any) -> None:
        sheet = book.worksheets[1]
        sheet.append([None, *offices.row(9)])
        sheet.append([None, *offices.row(9), None, "x.csv", "9", "a" * 20])
        sheet.append([cell.value for cell in sheet[5]])

    taken = take(town, by_hand(made(town), town, {"N002": MENDED["N002"]}, touch=add))
    assert [row.status for row in taken.rows] == ["let_in", "open", "open", *["refused"] * 4]
    reasons = [row.reason for row in taken.rows[3:]]
    assert [("no id" in reason, "more than once" in reason) for reason in reasons] == [
        (False, True), (True, False), (True, False), (False, True)
    ]  # fmt: skip
    assert "N009" not in {item["number"] for item in offices.records(town, CSV)}


def test_a_changed_mark_a_lost_column_and_a_strange_book_are_refused(town: Home) -> None:
    load(town, CSV, BROKEN)

    def forge(book: Any) -> None:
        text = book[MARK]["A1"].value
        book[MARK]["A1"].value = text[:10] + ("A" if text[10] != "A" else "B") + text[11:]

    def cut(book: Any) -> None:
        book.worksheets[1].delete_cols([cell.value for cell in book.worksheets[1][1]].index("面积") + 1)

    with pytest.raises(SheetRefused, match="mark of this return sheet was changed"):
        take(town, by_hand(made(town), town, MENDED, touch=forge))
    with pytest.raises(SheetRefused, match="the column 面积 was taken out") as refused:
        take(town, by_hand(made(town), town, MENDED, touch=cut))
    assert "put the column back under its name 面积" in refused.value.mend and "coloured" not in refused.value.mend
    with pytest.raises(SheetRefused, match="no return sheet"):
        take(town, offices.content("xlsx", SOUND))
    with pytest.raises(SheetRefused, match="no return sheet"):
        take(town, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 damaged")
    assert open_rows(town).height == 4


def test_another_lakes_sheet_and_an_expired_one_are_refused(
    town: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(town, CSV, BROKEN)
    sheet = by_hand(made(town), town, MENDED)
    with pytest.raises(SheetRefused, match="could be sent back until 2029-03-01"):
        returning.take(town, sheet, date(2029, 3, 2), steps=offices.real_steps())
    with pytest.raises(SheetRefused, match="another department's"):
        take(town, sheet, department="village")
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "other.json"))
    other = Home(tmp_path / "elsewhere")
    small.import_library(other)
    with pytest.raises(SheetRefused, match="another lake made it"):
        take(other, sheet)


def test_what_the_department_said_is_sealed_under_the_correction(town: Home) -> None:
    load(town, CSV, BROKEN)
    taken = take(town, by_hand(made(town), town, {"N004": MENDED["N004"]}))
    (done,) = taken.corrections
    (said,) = archive.unseal(town, done.batch_id)
    assert said.content.decode().count("\n") == 1 and '"54.5"' in said.content.decode()
    row = Lake(town).batch_row(done.batch_id) or {}
    assert (town.archive / row["archive_path"]).is_file()


def test_of_snapshots_only_the_newest_delivery_is_handed_back(town: Home) -> None:
    load(town, CSV, BROKEN)
    second = load(town, CSV, BROKEN[:3], date(2026, 3, 3))
    (sheet,) = returning.make(town, "town")
    assert sheet.rows == 2
    take(town, by_hand(sheet.path.read_bytes(), town, MENDED))
    assert set(open_rows(town)["batch_id"]) == {Lake(town).listed()["batch_id"][0]} != {second.batch_id}


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dropped file need not lie for seconds."""
    monkeypatch.setattr(dropped, "STABLE", 0.0)
    yield


@pytest.mark.parametrize("seal", [False, True], ids=["plain", "sealed"])
def test_dropped_into_landing_it_is_known_by_its_mark(town: Home, still: None, seal: bool) -> None:
    feed = "town__xlsx"
    load(town, feed, BROKEN)
    landing = town.landing / feed
    landing.mkdir(parents=True)
    path = landing / "xlsx_20260306.xlsx"  # named like a delivery
    path.write_bytes(by_hand(made(town), town, MENDED, seal=seal))
    os.utime(path, (1, 1))
    assert dropped_sheets(feed, town) == [path] and find_deliveries(feed, town) == []
    (taken,) = returning.take_dropped(town, feed, steps=offices.real_steps())
    assert taken.count("let_in") == 4 and not path.exists() and open_rows(town).is_empty()


def test_a_refused_sheet_in_landing_is_set_aside_and_said(town: Home, still: None) -> None:
    load(town, CSV, BROKEN)
    landing = town.landing / CSV
    landing.mkdir(parents=True)
    (landing / "back.xlsx").write_bytes(by_hand(made(town), town, {}))
    said: list[str] = []
    assert returning.take_dropped(town, CSV, refused=said) == []
    assert len(said) == 1 and "no row of this return sheet was mended" in said[0]  # what fails the feed's run
    assert sorted(path.name for path in (landing / "refused").iterdir()) == ["back.xlsx", "back.xlsx.reason.txt"]
    assert "no row of this return sheet was mended" in returning.refused_sheets(town, CSV)[0]
    (entry,) = [entry for entry in audit.entries(town) if entry["action"] == "return refused"]
    assert "no row of this return sheet was mended" in entry["reason"]


def test_the_list_tells_what_came_back(town: Home) -> None:
    load(town, CSV, BROKEN)
    sheet = by_hand(made(town), town, {"N002": MENDED["N002"]})
    (before,) = returning.made_sheets(town)
    assert (before["department"], before["rows"], before["taken_back_at"], before["is_there"]) == (
        "town",
        4,
        None,
        True,
    )
    take(town, sheet)
    (after,) = returning.made_sheets(town, "town")
    assert after["let_in"] == 1 and after["taken_back_at"] and returning.made_sheets(town, "village") == []


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


def test_taking_back_stopped_at_any_write_and_run_again_ends_the_same(
    town: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(town, CSV, BROKEN)
    sheet = by_hand(made(town), town, {number: MENDED[number] for number in ("N002", "N004")})
    allowed = spent = deaths = 0

    def dying(work: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            nonlocal spent
            if spent == allowed:
                raise Killed
            spent += 1
            return work(*given, **named)

        return step

    with monkeypatch.context() as killing:
        killing.setattr(store, "_write", dying(store._write))
        killing.setattr(archive, "seal", dying(archive.seal))
        while True:
            spent = 0
            try:
                take(town, sheet)
                break
            except Killed:
                deaths, allowed = deaths + 1, allowed + 1
            except SheetRefused as refusal:  # it was committed, and killed before it could say so
                assert "no row of this return sheet was mended" in str(refusal)
                break
    assert deaths >= 6
    lake = Lake(town)
    assert sorted(lake.batch_rows()["status"]) == ["loaded", "replayed"]
    replay(town, CSV, steps=offices.real_steps())
    assert sorted(open_rows(town)["row_number"]) == [4, 6]
    said = lake.read("quality.reconciliation")
    assert said.filter(gate="replay")["received"].to_list() == [2]
    assert [item["number"] for item in offices.records(town, CSV)] == ["N001", "N002", "N004"]


def test_a_gate_that_keeps_the_correction_out_says_so_beside_each_row(town: Home) -> None:
    load(town, CSV, BROKEN)

    def judge(*given: Any) -> Any:
        return replace(small.standins().judge(*given), passed=False, rule="match_drop", reason="far fewer", mend="look")

    sheet = by_hand(made(town), town, MENDED)
    taken = returning.take(town, sheet, BACK, steps=replace(offices.real_steps(), judge=judge))
    assert {(row.status, row.reason) for row in taken.rows} == {("open", "match_drop: far fewer")}
    assert take(town, sheet).count("let_in") == 4
