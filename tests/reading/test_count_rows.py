"""A refused delivery is counted: three records stand in each of these files, and every one of them is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

import geopandas
import pytest
import shapely

from schemas.contract import Contract
from schemas.errors import BatchRefused
from tests.reading.small_feed import COLUMNS, contract
from tests.reading.spreadsheets import HEADER, xls, xlsx
from transforms.reading.count_rows import count_rows
from transforms.reading.read import read
from transforms.reading.source import SourceFile

RECORDS = [
    ["N001", "甲一", "青石路1号", "2026-03-01"],
    ["N002", "乙二", "青石路2号", ""],
    ["N003", "丙", "青石路3号", ""],
]
SHORT = [row[:3] for row in [HEADER, *RECORDS]]
TWICE = [[*row[:3], "双"] for row in RECORDS]


def text(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


def refusal(content: bytes | list[bytes], feed: Contract, suffix: str = "csv") -> BatchRefused:
    contents = content if isinstance(content, list) else [content]
    with pytest.raises(BatchRefused) as refused:
        read([SourceFile(f"small_{number}.{suffix}", each) for number, each in enumerate(contents)], feed)
    return refused.value


@pytest.mark.parametrize(
    ("written", "encoding", "rule"),
    [
        (text([HEADER, *RECORDS]).encode("gb18030"), "utf-8", "wrong_encoding"),
        (text([HEADER, *RECORDS]).encode(), "gb18030", "wrong_encoding"),
        (text([HEADER, *RECORDS]).encode("utf-8-sig"), "gb18030", "wrong_encoding"),
        (text([HEADER, *RECORDS]).replace("青", "上").encode("utf-16"), "utf-8", "wrong_encoding"),
        (text([HEADER, *RECORDS]).replace("青", "਀").encode("utf-16"), "utf-8", "wrong_encoding"),
        (text([HEADER, *RECORDS[:2]]).encode() + text(RECORDS[2:]).encode("gb18030"), "utf-8", "mixed_encoding"),
        (text([HEADER, *RECORDS], ";").encode(), "utf-8", "wrong_delimiter"),
        (text(SHORT).encode(), "utf-8", "missing_column"),
        (text(SHORT).encode() + b"\n\n", "utf-8", "missing_column"),
        (text([[*HEADER[:3], "姓名"], *TWICE]).encode(), "utf-8", "duplicate_column"),
        (text([HEADER, *RECORDS]).encode()[:-7], "utf-8", "truncated_file"),
        (text([HEADER, *RECORDS]).encode().replace("丙".encode(), b"x" * 2_000_000), "utf-8", "line_too_long"),
    ],
)
def test_rows_of_refused_text(written: bytes, encoding: str, rule: str) -> None:
    refused = refusal(written, contract(encoding=encoding))
    assert (refused.rule, refused.received) == (rule, 3)


def test_rows_of_refused_json_lines() -> None:
    lines = "".join(f'{{"编号": "N00{number}", "地址": "路"}}\n' for number in range(3))
    without_key = lines.replace("编号", "别的")
    assert refusal(without_key.encode(), contract(format="jsonl"), "jsonl").received == 3
    assert refusal(lines.encode("gb18030"), contract(format="jsonl"), "jsonl").received == 3
    assert refusal(b"{}\n{}\n{}\n", contract(format="jsonl"), "jsonl").received == 3


@pytest.mark.parametrize(("make", "suffix"), [(xlsx, "xlsx"), (xls, "xls")])
def test_rows_of_a_refused_spreadsheet(make, suffix: str) -> None:  # type: ignore[no-untyped-def]
    refused = refusal(make(SHORT), contract(format=suffix), suffix)
    assert (refused.rule, refused.received) == ("missing_column", 3)
    titled = make([["登记表", "", ""], *SHORT])
    assert refusal(titled, contract(format=suffix), suffix).received == 4  # a title is a line received and ignored
    other_sheet = refusal(make([HEADER, *RECORDS]), contract(format=suffix, sheet="登记"), suffix)
    assert (other_sheet.rule, other_sheet.received) == ("unreadable_file", 3)


def test_rows_of_a_refused_dbf() -> None:
    fields = [("编号", 6), ("姓名", 10)]
    head = struct.pack("<BBBBIHH20x", 3, 126, 3, 2, 3, 33 + 32 * len(fields), 17)
    for name, width in fields:
        head += name.encode("gb18030").ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([width, 0]) + b"\0" * 14
    records = b"".join(b" " + f"N00{number}".ljust(16).encode() for number in range(3))
    feed = contract(format="dbf", encoding="gb18030")
    refused = refusal(head + b"\r" + records, feed, "dbf")
    assert (refused.rule, refused.received) == ("missing_column", 3)
    cut = refusal(head + b"\r" + records[:40], feed, "dbf")
    assert (cut.rule, cut.received) == ("truncated_file", 2)


def test_rows_of_a_refused_layer() -> None:
    layer = geopandas.GeoDataFrame({"别的": ["a", "b", "c"]}, geometry=[shapely.Point(1, 1)] * 3, crs="EPSG:4547")
    buffer = io.BytesIO()
    layer.to_file(buffer, driver="GPKG", layer="buildings")
    columns = [COLUMNS[0], {"name": "geometry", "header": "geom", "role": "geometry"}]
    refused = refusal(buffer.getvalue(), contract(columns, format="gpkg"), "gpkg")
    assert (refused.rule, refused.received) == ("missing_column", 3)
    unnamed = refusal(buffer.getvalue(), contract(columns, format="gpkg", sheet="absent"), "gpkg")
    assert (unnamed.rule, unnamed.received) == ("unreadable_file", 3)


def test_rows_of_all_files_count_wherever_the_fault_is() -> None:
    sound, short = text([HEADER, *RECORDS]).encode(), text(SHORT).encode()
    for contents in ([sound, short, sound], [short, sound, sound], [sound, sound, short]):
        assert refusal(contents, contract()).received == 9
    assert refusal([sound, b" \n"], contract()).received == 3


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "xls", "dbf", "gpkg", "shp"])
def test_what_is_no_file_of_the_format_never_fails(form: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    for content in (b"", b"MZ\x90\x00" + b"\x00" * 60, buffer.getvalue(), bytes(range(256)) * 4):
        assert count_rows([SourceFile(f"a.{form}", content)], contract(format=form)) >= 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_spreadsheet_called_text_is_told_as_one(form: str) -> None:
    for make in (xlsx, xls):
        refused = refusal(make([HEADER, *RECORDS]), contract(format=form), form)
        assert (refused.rule, refused.received) == ("unreadable_file", 0)
        assert "spreadsheet" in str(refused) and form.upper() in str(refused)
