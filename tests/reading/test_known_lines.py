"""The rest of a file, read and numbered again, is what reading the whole file says of those rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.reading.small_feed import contract
from tests.reading.test_dbase import ROWS, dbf
from transforms.reading import known_lines
from transforms.reading.known_lines import lines_of, renumbered, rest_of
from transforms.reading.read import SourceFile, read

SECRET = b"s" * 32
CSV = "编号,姓名,地址,日期\nN001,甲一,某路1号,2026-03-01\n\nN002,乙二,某路2号,\nN003,丙,某路3号,2026-03-03\n合计,,,3\n"
FILES = {"dbf": dbf([*ROWS, ROWS[0]], deleted=(1,)), "csv": CSV.encode()}


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("left_out", [(), (0,), (1, 2), (0, 3)])
def test_the_rest_and_what_is_known_are_the_whole(form: str, left_out: tuple[int, ...]) -> None:
    encoding = {"encoding": "gb18030"} if form == "dbf" else {}
    feed, source = contract(format=form, **encoding), SourceFile(f"small.{form}", FILES[form])
    lines, whole = lines_of(source, feed, SECRET), read([source], feed)
    assert lines is not None
    known = np.zeros(lines.hashes.height, bool)
    known[[lines.head + place for place in left_out]] = True
    rest, numbers = rest_of(source, feed, lines, known)
    told = renumbered(read([rest], feed), numbers, 0)
    gone = pl.Series(np.flatnonzero(known) + 1).cast(pl.UInt32)
    assert told.rows.rows() == whole.rows.filter(~pl.col("row_number").is_in(gone.implode())).rows()
    assert told.ignored.rows() == whole.ignored.rows()


def test_equal_bytes_have_equal_hashes_and_other_headers_another_form() -> None:
    feed = contract(format="csv")
    one, two = (
        lines_of(SourceFile("f.csv", text.encode()), feed, SECRET) for text in (CSV, CSV.replace("地址", "住址"))
    )
    assert one is not None and two is not None
    assert one.form != two.form
    same = (one.hashes["line_1"] == two.hashes["line_1"]).to_list()
    assert same == [False] + [True] * 5


@pytest.mark.parametrize("content", [CSV.replace("丙", '丙"'), CSV.replace("\n", "\r"), "", "编号,姓名"])
def test_where_a_line_need_not_be_one_record_nothing_is_known(content: str) -> None:
    assert lines_of(SourceFile("f.csv", content.encode()), contract(format="csv"), SECRET) is None


def test_other_formats_have_no_lines() -> None:
    assert lines_of(SourceFile("f.jsonl", b"{}\n"), contract(format="jsonl"), SECRET) is None


@pytest.mark.parametrize("form", FILES)
def test_some_lines_are_lines_of_the_file(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_lines, "SPOT", 512)
    encoding = {"encoding": "gb18030"} if form == "dbf" else {}
    feed, path = contract(format=form, **encoding), tmp_path / f"small.{form}"
    many = [f"N{number:03},甲,某路{number}号,2026-03-01" for number in range(1000)]
    path.write_bytes("\n".join([CSV.splitlines()[0], *many]).encode() if form == "csv" else dbf(ROWS * 200))
    whole = lines_of(SourceFile(path.name, path.read_bytes()), feed, SECRET)
    some = known_lines.some_lines(path, feed)
    assert whole is not None and some is not None
    told = lines_of(some, feed, SECRET)
    assert told is not None and told.form == whole.form
    assert 0 < told.hashes.height < whole.hashes.height
    assert told.hashes.join(whole.hashes, on=known_lines.LINE, how="anti").is_empty()
    if form == "csv":  # from several places of the file, none of them twice
        assert told.hashes.height > 512 // 40 * 4 and told.hashes.is_unique().all()
