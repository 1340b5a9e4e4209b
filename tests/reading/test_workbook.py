from __future__ import annotations

from datetime import date, datetime

import pytest

from schemas.errors import BatchRefused
from tests.reading.small_feed import COLUMNS, contract
from tests.reading.spreadsheets import HEADER, xls, xlsx
from transforms.reading.read import Reading, SourceFile, read

ROWS = [["N001", "甲一", "某路1号", "2026-03-01"], ["N002", "乙二", "某路2号", "2026-03-02"]]


def reading_of(content: bytes, name: str = "small.xlsx", **reading: str) -> Reading:
    form = "xls" if name.endswith("xls") else "xlsx"
    return read([SourceFile(name, content)], contract(format=form, **reading))


@pytest.mark.parametrize(("make", "name"), [(xlsx, "small.xlsx"), (xls, "small.xls")])
def test_reads_both_formats(make, name: str) -> None:
    reading = reading_of(make([HEADER, *ROWS]), name)
    assert reading.rows.rows() == [(name, 2, *ROWS[0]), (name, 3, *ROWS[1])]
    assert reading.received == 2


def test_titles_merged_header_totals_and_signatures() -> None:
    rows = [
        ["人员登记表", None, None, None],
        [None, None, None, None],
        ["编号", "个人信息", None, "日期"],
        [None, "姓名", "地址", None],
        *ROWS,
        ["小计", None, None, 2],
        ["合 计", None, None, 2],
        ["填表人：丙三", None, "审核：丁四", None],
        ["制表日期：2026-03-02", None, None, None],
    ]
    content = xlsx(
        rows, merges=[(0, 0, 0, 3, "人员登记表"), (2, 0, 3, 0, "编号"), (2, 1, 2, 2, "个人信息"), (2, 3, 3, 3, "日期")]
    )
    reading = reading_of(content)
    assert reading.rows["row_number"].to_list() == [5, 6]
    assert reading.rows["address"].to_list() == ["某路1号", "某路2号"]
    assert reading.ignored["row_number"].to_list() == [1, 7, 8, 9, 10]
    assert reading.received == 7


def test_group_names_above_a_full_header_are_header() -> None:
    rows = [["基本信息", None, "登记信息", None], HEADER, *ROWS]
    reading = reading_of(xlsx(rows, merges=[(0, 0, 0, 1, "基本信息"), (0, 2, 0, 3, "登记信息")]))
    assert reading.rows["row_number"].to_list() == [3, 4]
    assert reading.received == 2


def test_header_repeated_on_every_printed_page() -> None:
    reading = reading_of(xlsx([HEADER, ROWS[0], HEADER, ROWS[1]]))
    assert reading.rows["row_number"].to_list() == [2, 4]
    assert reading.ignored["row_number"].to_list() == [3]


def test_formulas_by_their_last_value_and_blank_rows_keep_the_numbers() -> None:
    reading = reading_of(xlsx([[None] * 4, HEADER, [None] * 4, ["=A1", "甲一", "某路1号", "2026-03-01"]]))
    assert reading.rows.select("row_number", "number").rows() == [(4, "N007")]


def test_dates_and_day_counts_come_as_text() -> None:
    rows = [HEADER, ["N001", "甲一", "某路", date(2026, 3, 1)], ["N002", "乙二", "某路", 46082]]
    reading = reading_of(xlsx(rows))
    assert reading.rows["noted_on"].to_list() == ["46082", "46082"]


def test_dates_formatted_as_dates() -> None:
    import io

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy/m/d"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ROWS[0][:3])
    sheet.write_datetime(1, 3, datetime(2026, 3, 1))
    book.close()
    assert reading_of(buffer.getvalue()).rows["noted_on"].to_list() == ["2026-03-01 00:00:00"]


CODED = [
    {"name": "number", "header": "编号", "key": True},
    {"name": "address_code", "header": "统一地址编码", "role": "unit_code"},
    {"name": "id_number", "header": "身份证", "role": "person_id"},
    {"name": "uscc", "header": "信用代码", "role": "uscc"},
]


def coded(content: bytes, **reading: float) -> Reading:
    form = "xls" if content[:2] == b"\xd0\xcf" else "xlsx"
    return read([SourceFile("codes.xlsx", content)], contract(CODED, format=form, **reading))


SOUND = ["N1", "4403060100021300483000001", "440306199001010010", "91440300192203821X"]
SPOILT = ["N2", 4403060100021300483, "440306199001010010", "91440300192203821X"]


@pytest.mark.parametrize("make", [xlsx, xls])
@pytest.mark.parametrize(
    ("position", "value", "column"),
    [
        (1, 4403060100021300483, "address_code"),  # …0224 or so afterwards, a well-formed other door
        (1, 4403060100021300483000001, "address_code"),
        (2, 440306199001010010, "id_number"),
        (3, 914403001922038216, "uscc"),
        (0, 20260302000000001, "number"),
    ],
)
def test_codes_and_identifiers_as_numeric_cells(make, position: int, value: int, column: str) -> None:
    spoilt = [*SOUND]
    spoilt[position] = float(value)
    header = [item["header"] for item in CODED]
    reading = coded(make([header, *[["N" + str(row), *SOUND[1:]] for row in range(3)], spoilt]))
    assert reading.quarantined.select("row_number", "column", "rule").rows() == [(5, column, "precision_lost")]
    assert reading.rows.height == 3
    assert reading.received == 4


def test_short_numeric_cells_lose_nothing() -> None:
    header = [item["header"] for item in CODED]
    reading = coded(xlsx([header, [1001, None, 440306900101001, None]]))
    assert reading.rows.select("number", "id_number").rows() == [("1001", "440306900101001")]
    assert reading.quarantined.is_empty()


def test_digits_typed_as_text_are_sound_though_a_number_would_show_the_same() -> None:
    header = [item["header"] for item in CODED]
    exact = str(int(float(4403060100021300483)))
    assert coded(xlsx([header, ["N1", exact, None, None]])).quarantined.is_empty()


def test_text_that_went_through_a_spreadsheet_earlier() -> None:
    header = [item["header"] for item in CODED]
    cut = [["N1", "4.4E+24"], ["N2", "4403060100021300000000000"], ["N3", "4403060100021300000"], ["N4", SOUND[1]]]
    reading = coded(
        xlsx([header, *[[*row, None, None] for row in cut], *[[f"M{n}", SOUND[1], None, None] for n in range(9)]])
    )
    assert reading.quarantined["row_number"].to_list() == [2, 3, 4]
    assert set(reading.quarantined["rule"]) == {"precision_lost"}


def test_more_than_the_agreed_share_of_rounded_rows_refuses_the_batch() -> None:
    header = [item["header"] for item in CODED]
    rows = [["N" + str(row), *SOUND[1:]] for row in range(300)] + [SPOILT] * 10
    with pytest.raises(BatchRefused) as refusal:
        coded(xlsx([header, *rows]), precision_lost_share=0.01)
    assert refusal.value.rule == "precision_lost"
    assert refusal.value.row == 302
    assert refusal.value.received == 310


def test_empty_sheet_and_sheet_with_a_header_alone() -> None:
    for content in (xlsx([]), xlsx([HEADER])):
        with pytest.raises(BatchRefused) as refusal:
            reading_of(content)
        assert refusal.value.rule == "no_rows"


def test_missing_and_duplicate_columns() -> None:
    for header, rule in ((HEADER[:3], "missing_column"), ([*HEADER, "姓名"], "duplicate_column")):
        with pytest.raises(BatchRefused) as refusal:
            reading_of(xlsx([header, [*ROWS[0], "x"][: len(header)]]))
        assert refusal.value.rule == rule


def test_named_sheet_that_is_not_there() -> None:
    with pytest.raises(BatchRefused) as refusal:
        reading_of(xlsx([HEADER, *ROWS]), sheet="名单")
    assert refusal.value.rule == "unreadable_file"


def test_control_characters_in_cells() -> None:
    assert len(COLUMNS) == len(HEADER)
    reading = reading_of(xlsx([HEADER, ["N001", "甲\x07一", "某路", "2026-03-01"], *ROWS]))
    assert reading.quarantined.select("row_number", "rule").rows() == [(2, "control_character")]
