from __future__ import annotations

import io
import struct
import zipfile

import msoffcrypto
import pytest

from schemas.errors import BatchRefused
from tests.reading.small_feed import contract
from tests.reading.spreadsheets import HEADER, with_member, xls, xlsx
from transforms.reading import workbook_guard
from transforms.reading.read import SourceFile, read

SHEET = "xl/worksheets/sheet1.xml"
ROW = ["N001", "甲一", "某路1号", "2026-03-01"]
SOUND = xlsx([HEADER, ROW])


def refusal_of(content: bytes, form: str = "xlsx") -> str:
    with pytest.raises(BatchRefused) as refusal:
        read([SourceFile(f"small.{form}", content)], contract(format=form))
    return refusal.value.rule


def test_encrypted_xlsx() -> None:
    sealed = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(SOUND)).encrypt("secret", sealed)
    assert refusal_of(sealed.getvalue()) == "encrypted_file"


def test_zip_member_with_password_flag() -> None:
    content = bytearray(SOUND)
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refusal_of(bytes(content)) == "encrypted_file"


def test_bomb_that_says_so() -> None:
    bomb = with_member(SOUND, SHEET, b"<x>" + b" " * (80 * 1024 * 1024))
    assert len(bomb) < 200_000
    assert refusal_of(bomb) == "archive_bomb"


def test_bomb_that_lies_about_its_size() -> None:
    content = bytearray(with_member(SOUND, SHEET, b"<x>" + b" " * 5_000_000))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo(SHEET)
    directory = content.find(SHEET.encode(), member.header_offset + 60 + member.compress_size) - 46
    assert content[directory : directory + 4] == b"PK\x01\x02"
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    assert refusal_of(bytes(content)) == "archive_bomb"


def test_two_cells_at_the_ends_of_an_endless_grid() -> None:
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    assert refusal_of(with_member(SOUND, SHEET, sheet)) == "archive_bomb"


def test_honest_file_of_many_rows_passes() -> None:
    content = xlsx([HEADER, *[[f"N{row:03}", "甲一", "某路1号", "2026-03-01"] for row in range(999)]])
    workbook_guard.refuse_dangerous(SourceFile("small.xlsx", content))


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 not a zip at all", b"a,b,c\n1,2,3\n", SOUND[: len(SOUND) // 2], b"\x00" * 500],
    ids=["no zip", "a text file", "half a file", "zeros"],
)
def test_damaged_xlsx(content: bytes) -> None:
    assert refusal_of(content) == "unreadable_file"


def test_damaged_inside() -> None:
    assert refusal_of(with_member(SOUND, "xl/workbook.xml", b"<workbook")) == "unreadable_file"


def test_damaged_xls() -> None:
    content = xls([HEADER, ROW])
    assert refusal_of(content[:600], "xls") == "unreadable_file"
    assert refusal_of(content[:512] + b"\xff" * 2000, "xls") == "unreadable_file"
