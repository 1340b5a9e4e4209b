from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from schemas.errors import BlockdataError, UsageError
from transforms.addressing import tabular
from transforms.addressing.tabular import TableWriter, read_chunks, sheets, worked_ahead


@pytest.mark.parametrize("size", [7, 64, 1 << 20])
def test_gb18030_is_read_in_pieces_that_cut_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    frame = pl.DataFrame(
        {"编号": [str(n) for n in range(40)], "地址": [f'固戍一村\n“{n}号”,后"座"' for n in range(40)]}
    )
    path = tmp_path / "visits.csv"
    path.write_bytes(frame.write_csv().encode("gb18030"))
    monkeypatch.setattr(tabular, "PIECE", size)
    assert pl.concat(read_chunks(path, ["地址"], chunk=7)).equals(frame)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_is_read_in_pieces_with_or_without_a_last_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    lines = [f"固戍一村{n}号" for n in range(30)]
    path = tmp_path / "visits.txt"
    monkeypatch.setattr(tabular, "PIECE", 16)
    for text in ("\n".join(lines), "\r\n".join(lines) + "\r\n"):
        path.write_bytes(text.encode(encoding))
        assert pl.concat(read_chunks(path, ["address"], chunk=4))["address"].to_list() == lines


def test_an_empty_text_keeps_its_column(tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_bytes(b"")
    assert pl.concat(read_chunks(tmp_path / "none.txt", ["address"])).columns == ["address"]


def test_frames_come_back_in_order_and_a_fault_comes_through() -> None:
    frames = [pl.DataFrame({"n": [n]}) for n in range(20)]
    worked = list(worked_ahead(frames, lambda frame: frame * 2))
    assert [(one.item(), two.item()) for one, two in worked] == [(n, 2 * n) for n in range(20)]
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        list(worked_ahead(frames, lambda frame: frame.select("m")))


def test_utf16_of_excels_unicode_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "visits.tsv").write_bytes("地址\tx\n固戍一村66号\t1\n".encode("utf-16"))
    assert pl.concat(read_chunks(tmp_path / "visits.tsv", ["地址"])).row(0) == ("固戍一村66号", "1")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("地址,x\n甲,1\n甲,乙,2\n", "line 3: 3 cells, the header has 2"),
        ('地址,x\n"甲\n乙",1\n"丙,2\n丁,3\n', "line 4: a quote that is not closed"),
    ],
)
def test_a_broken_line_is_named_and_not_shown(tmp_path: Path, encoding: str, text: str, said: str) -> None:
    (tmp_path / "v.csv").write_bytes(text.encode(encoding))
    with pytest.raises(BlockdataError, match=said) as told:
        list(read_chunks(tmp_path / "v.csv", ["地址"]))
    assert "丙" not in str(told.value) and "乙" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("地址;x\n甲;1\n", "divides by commas"),
        ("地址,地址\n甲,乙\n", "two columns 地址"),
        (" 地址,x\n甲,1\n", "' 地址', x"),
        ("地址,x\r甲,1\r", "CR alone"),
    ],
)
def test_a_header_that_cannot_be_meant_is_told_with_its_mend(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "v.csv").write_bytes(text.encode())
    with pytest.raises(BlockdataError, match=said):
        list(read_chunks(tmp_path / "v.csv", ["地址"]))


def test_the_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "本表")
        book.add_worksheet("数据").write(0, 0, "地址")
    assert sheets(path) == ["说明", "数据"]
    with pytest.raises(UsageError, match="not 数据"):
        list(read_chunks(path, ["地址"]))


@pytest.mark.parametrize("cells", [[["a"]], [{"a": 1}], [b"a"]])
def test_a_column_of_no_texts_is_refused(tmp_path: Path, cells: list) -> None:
    pl.DataFrame({"地址": cells}).write_parquet(tmp_path / "v.parquet")
    with pytest.raises(UsageError, match="column 地址 holds"):
        list(read_chunks(tmp_path / "v.parquet", ["地址"]))


@pytest.mark.parametrize(
    ("frame", "out"),
    [
        (pl.DataFrame({"a": ["x" * 32_768]}), "out.xlsx"),
        (pl.DataFrame({"a": [{"b": 1}]}), "out.csv"),
        (pl.DataFrame({"a": [b"x"]}), "out.xlsx"),
    ],
)
def test_what_a_format_would_lose_is_refused(tmp_path: Path, frame: pl.DataFrame, out: str) -> None:
    with pytest.raises(UsageError, match="name the output"), TableWriter(tmp_path / out, tmp_path / "v") as writer:
        writer.write(frame)
    assert not list(tmp_path.iterdir())


def test_a_number_excel_has_not_is_written_as_text(tmp_path: Path) -> None:
    with TableWriter(tmp_path / "out.xlsx", tmp_path / "v") as writer:
        writer.write(pl.DataFrame({"a": [1.5, float("nan")]}))
    assert next(read_chunks(tmp_path / "out.xlsx", ["a"]))["a"].to_list() == ["1.5", "nan"]


def test_a_title_above_the_header_is_told(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((["名单"], ["地址", "x"], ["甲", "1"])):
            sheet.write_row(row, 0, cells)
    with pytest.raises(UsageError, match="delete the title above it"):
        list(read_chunks(tmp_path / "book.xlsx", ["地址"]))
