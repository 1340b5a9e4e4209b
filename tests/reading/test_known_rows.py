"""Rows of a workbook that stood before are told from others, wherever in the sheet they stand now."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.small_feed import COLUMNS, contract
from tests.reading.spreadsheets import HEADER, with_member, xlsx
from transforms.reading.known_lines import LINE, Lines, lines_of, renumbered, rest_of
from transforms.reading.read import Reading, SourceFile, read
from transforms.reading.workbook import HEADER_WITHIN

SECRET = b"s" * 32
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FEED = contract([{**COLUMNS[0], "pattern": None}, *COLUMNS[1:]], format="xlsx")
TITLES = [["人员登记表（2026年3月2日）"], HEADER]
EMPTY = xlsx([["x"]])


def row(number: int, cells: list[str | float | None], *, columns: str = "ABCDEFG", more: str = "") -> str:
    """A row as department programs write it: every text in its cell."""
    told = [
        f'<c r="{column}{number}"><v>{cell!r}</v></c>'
        if isinstance(cell, float)
        else f'<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for column, cell in zip(columns, cells, strict=False)
        if cell is not None
    ]
    return f'<row r="{number}"{more}>{"".join(told)}</row>'


def book(*rows: str, behind: str = "") -> bytes:
    sheet = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'
    return with_member(EMPTY, SHEET, f"{sheet}{''.join(rows)}</sheetData>{behind}</worksheet>".encode())


def of_cells(*cells: list[str | float | None]) -> bytes:
    return book(*(row(number, each) for number, each in enumerate([*TITLES, *cells], 1)))


def person(number: int, address: str = "某路1号") -> list[str | float | None]:
    return [f"N{number:03}", f"甲{number % 7}", f"{address} {number}", "2026-03-01"]


PEOPLE = [person(number) for number in range(100)]
MANY = of_cells(*PEOPLE)


def cut(content: bytes) -> Lines | None:
    return lines_of(SourceFile("f.xlsx", content), FEED, SECRET)


def hashes(content: bytes) -> pl.Series:
    lines = cut(content)
    assert lines is not None
    return lines.hashes[LINE[0]]


def whole(content: bytes) -> Reading:
    return read([SourceFile("f.xlsx", content)], FEED)


def shown(reading: Reading) -> list[list[tuple]]:
    frames = (reading.rows, reading.ignored, reading.quarantined, reading.kept_out)
    return [frame.rows() for frame in frames if frame is not None]


def test_the_rest_and_what_is_known_are_the_whole() -> None:
    rows = [
        *(row(number, each) for number, each in enumerate([*TITLES, *PEOPLE[:60]], 1)),
        row(70, ["N901", "乙", None, "2026-03-02"]),  # rows between say nothing
        row(71, [44030600101.0, "丙", "某路 71号", 46082.0]),
        row(72, ["N\u0007", "丁", "某路", None]),
        row(73, [4.403060100021300483e18, "戊", "某路", None]),
        row(80, ["合计", None, 64.0]),
    ]
    content = book(*rows)
    source, lines, told = SourceFile("f.xlsx", content), cut(content), whole(content)
    assert lines is not None and lines.hashes.height == 80
    assert "precision_lost" in told.quarantined["rule"] and told.ignored.height == 2
    known = np.zeros(80, bool)
    known[[31, 33, 34, 61, 70]] = True
    rest, numbers = rest_of(source, FEED, lines, known.copy())
    reading = renumbered(read([rest], FEED), numbers, 5)
    gone = pl.Series(np.flatnonzero(known) + 1, dtype=pl.UInt32).implode()
    assert reading.rows.rows() == told.rows.filter(~pl.col("row_number").is_in(gone)).rows()
    assert shown(reading)[1:] == shown(told)[1:]
    assert reading.received == told.received


def test_a_row_is_the_same_wherever_it_stands() -> None:
    """Ten rows fewer above: row 20 is row 10 now, row 99 row 89; only where the number lost a digit it is another."""
    before, after = hashes(MANY), hashes(of_cells(*PEOPLE[10:]))
    assert after[9:89].to_list() == before[19:99].to_list()
    assert before.is_unique().all()
    assert not after[89:].is_in(before.implode()).any()


@pytest.mark.parametrize("text", ['17"', '内径40" r="A40"', "A40", "40"])
def test_a_number_in_a_text_is_no_number_of_the_row(text: str) -> None:
    """Every text is the number of its row or of another one."""
    texts = [text.replace("40", str(number)).replace("17", str(number)) for number in range(38, 44)]
    content = of_cells(*PEOPLE[:35], *(person(1, each) for each in texts))
    assert hashes(content)[37:].is_unique().all()
    moved = of_cells(*PEOPLE[:36], *(person(1, each) for each in texts))
    assert hashes(moved)[38:].to_list() == hashes(content)[37:].to_list()


@given(
    st.lists(st.sampled_from(range(100)), max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["", "4403060100021300483", "&lt;c r=&quot;A1&quot;"]))),
)
@settings(max_examples=25, deadline=None, database=None)
def test_what_is_known_reads_as_it_did(left_out: list[int], added: list[tuple[int, str]]) -> None:
    """The rows known from the first day and the rest of the second are what reading the second whole says."""
    second = [each for place, each in enumerate(PEOPLE) if place not in left_out]
    for place, text in added:
        second.insert(place, person(500 + place, text))
    content = of_cells(*second)
    before, lines, told = whole(MANY), cut(content), whole(content)
    assert lines is not None
    known = lines.hashes[LINE[0]].is_in(hashes(MANY).implode()).to_numpy().copy()
    known[: lines.head] = False
    rest, numbers = rest_of(SourceFile("f.xlsx", content), FEED, lines, known.copy())
    reading = renumbered(read([rest], FEED), numbers, int(known.sum()))
    standing = dict(zip(hashes(MANY), range(1, 103), strict=True))
    places = [(number + 1, standing[lines.hashes[LINE[0]][number]]) for number in np.flatnonzero(known).tolist()]
    cells = {number: rest for _, number, *rest in before.rows.iter_rows()}
    both = {number: tuple(cells[place]) for number, place in places}
    both |= {number: tuple(rest) for _, number, *rest in reading.rows.iter_rows()}
    assert both == {number: tuple(rest) for _, number, *rest in told.rows.iter_rows()}
    assert shown(reading)[1:] == shown(told)[1:] and reading.received == told.received


def test_what_a_cell_points_into_is_of_the_form() -> None:
    """In a file of shared strings a cell says a number only: with another string, none of its rows are known."""
    one, same, other = (cut(xlsx([HEADER, *PEOPLE, [*PEOPLE[0][:3], day]])) for day in ("甲", "甲", "乙"))
    assert one is not None and same is not None and other is not None
    assert one.form == same.form != other.form
    styled, saved = (
        cut(with_member(MANY, name, zipfile.ZipFile(io.BytesIO(MANY)).read(name).replace(b"1", b"2")))
        for name in ("xl/styles.xml", "docProps/core.xml")
    )
    plain = cut(MANY)
    assert plain is not None and styled is not None and saved is not None
    assert styled.form != plain.form == saved.form


STRANGE = {
    "a second sheet": lambda: with_second_sheet(MANY),
    "a second sheet that lies elsewhere": lambda: with_sheet_elsewhere(MANY),
    "a comment": lambda: of_cells(*PEOPLE, ["N900", "<!-- -->", "某路", None]),
    "an instruction": lambda: of_cells(*PEOPLE, ["N900", "<?hidden?>", "某路", None]),
    "a cell of another row": lambda: book(
        *(row(number, each) for number, each in enumerate([*TITLES, *PEOPLE], 1)),
        row(104, person(900)).replace("B104", "B105"),
    ),
    "a cell beside the header": lambda: of_cells(*PEOPLE, [*person(900), "beside"]),
    "a cell without its place": lambda: book(
        *(row(number, each) for number, each in enumerate([*TITLES, *PEOPLE], 1)),
        '<row r="104"><c><v>1</v></c></row>',
    ),
    "rows that go back": lambda: book(row(1, HEADER), row(3, PEOPLE[0]), row(2, PEOPLE[1])),
    "first rows written otherwise": lambda: book(
        *(
            row(number, each).replace("<row ", '<row spans="1:4" ' if number < 40 else "<row ")
            for number, each in enumerate([*TITLES, *PEOPLE], 1)
        )
    ),
    "a row without its number": lambda: book(row(1, HEADER), row(2, PEOPLE[0]).replace(' r="2"', "", 1)),
    "a header that begins further right": lambda: book(
        *(row(number, each, columns="BCDE") for number, each in enumerate([HEADER, *PEOPLE], 1))
    ),
    "no spreadsheet": lambda: b"PK\x03\x04",
    "the old format": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}


def with_second_sheet(content: bytes) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", archive.read(SHEET))
    return buffer.getvalue()


def with_sheet_elsewhere(content: bytes) -> bytes:
    """A book that tells of another sheet, which need not lie where sheets are looked for."""
    name = "xl/_rels/workbook.xml.rels"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = archive.read(name)
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    more = b'<Relationship Id="rId99" Type="%s" Target="data/d.xml"/></Relationships>' % kind
    return with_member(content, name, told.replace(b"</Relationships>", more))


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_what_is_written_otherwise_is_not_cut(strange) -> None:
    assert cut(strange()) is None


def test_a_damaged_or_dangerous_workbook_is_not_cut() -> None:
    """Its checksum is wrong, or a row far away makes a sheet of mostly nothing: reading says so, of the whole file."""
    with zipfile.ZipFile(io.BytesIO(MANY)) as archive:
        info = archive.getinfo(SHEET)
    crc = info.CRC.to_bytes(4, "little")
    assert MANY.count(crc) == 2
    assert cut(MANY.replace(crc, b"\0\0\0\0")) is None
    assert cut(book(row(1, HEADER), row(99_999_999, PEOPLE[0]))) is None


def test_rows_among_which_the_header_is_looked_for_are_always_read() -> None:
    lines = cut(MANY)
    assert lines is not None and lines.head == HEADER_WITHIN
    rest, numbers = rest_of(SourceFile("f.xlsx", MANY), FEED, lines, np.ones(102, bool))
    assert numbers.tolist() == list(range(1, HEADER_WITHIN + 1))
    assert read([rest], FEED).rows.rows() == whole(MANY).rows.rows()[: HEADER_WITHIN - 2]
