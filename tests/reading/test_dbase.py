from __future__ import annotations

import struct

import pytest

from schemas.errors import BatchRefused
from tests.reading.small_feed import contract
from transforms.reading.read import Reading, SourceFile, read

FIELDS = [("编号", b"C", 6), ("姓名", b"C", 10), ("地址", b"C", 20), ("日期", b"D", 8)]


def dbf(
    rows: list[tuple[str, ...]], *, deleted: tuple[int, ...] = (), kinds=FIELDS, announced: int | None = None
) -> bytes:
    width = 1 + sum(length for _, _, length in kinds)
    head = struct.pack(
        "<BBBBIHH20x", 3, 126, 3, 2, len(rows) if announced is None else announced, 33 + 32 * len(kinds), width
    )
    for name, kind, length in kinds:
        head += name.encode("gb18030").ljust(11, b"\0") + kind + b"\0" * 4 + bytes([length, 0]) + b"\0" * 14
    body = b"".join(
        (b"*" if number in deleted else b" ")
        + b"".join(
            cell.encode("gb18030")[:length].ljust(length) for cell, (_, _, length) in zip(row, kinds, strict=True)
        )
        for number, row in enumerate(rows)
    )
    return head + b"\r" + body + b"\x1a"


ROWS = [("N001", "甲一", "某路1号", "20260301"), ("N002", "乙二", "某路2号", ""), ("N003", "丙", "某路3号", "20260303")]


def reading_of(content: bytes, **reading: str) -> Reading:
    return read([SourceFile("small.dbf", content)], contract(format="dbf", encoding="gb18030", **reading))


def test_records_as_text() -> None:
    reading = reading_of(dbf(ROWS))
    assert reading.rows.row(0) == ("small.dbf", 1, "N001", "甲一", "某路1号", "20260301")
    assert reading.rows["noted_on"].to_list() == ["20260301", None, "20260303"]
    assert reading.received == 3


def test_records_marked_deleted_are_left_out_and_counted_in_the_numbers() -> None:
    assert reading_of(dbf(ROWS, deleted=(1,))).rows["row_number"].to_list() == [1, 3]


def test_a_character_cut_at_the_end_of_its_field_harms_no_other_cell() -> None:
    cut = [("N001", "甲乙丙丁戊", "某路一号", "20260301"), ("N002", "a甲乙丙丁戊", "某路2号", "20260301")]
    reading = reading_of(dbf(cut))
    assert reading.rows["full_name"].to_list() == ["甲乙丙丁戊"]
    assert reading.quarantined.select("row_number", "column", "rule").rows() == [(2, "full_name", "bad_encoding")]


def test_numeric_fields_keep_every_digit() -> None:
    kinds = [("编号", b"N", 19), *FIELDS[1:]]
    rows = [("4403060100021300483", *ROWS[0][1:])]
    assert reading_of(dbf(rows, kinds=kinds)).rows["number"].to_list() == ["4403060100021300483"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (dbf(ROWS)[:-60], "truncated_file"),
        (dbf(ROWS, announced=9), "truncated_file"),
        (dbf([]), "no_rows"),
        (b"a,b\n1,2\n" * 10, "unreadable_file"),
        (dbf(ROWS, kinds=FIELDS)[:40], "unreadable_file"),
        (dbf([row[:3] for row in ROWS], kinds=FIELDS[:3]), "missing_column"),
    ],
    ids=["cut", "announces more", "empty table", "a text file", "cut in the header", "missing column"],
)
def test_refused(content: bytes, rule: str) -> None:
    with pytest.raises(BatchRefused) as refusal:
        reading_of(content)
    assert refusal.value.rule == rule
