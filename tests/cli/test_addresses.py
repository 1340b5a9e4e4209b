"""One's own files: codes checked, addresses parsed and keyed, every input column kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from schemas.home import Home
from tests import small

GOOD, TEMPORARY, SHORT = "4403060100021300483000001", "44030600800448T0041", "44030601"
CODES = pl.DataFrame({"名称": ["甲", "乙", "丙", "丁"], "编码": [GOOD, TEMPORARY, SHORT, None]})


def write(frame: pl.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([tuple(frame.columns), *frame.rows()]):
                for position, value in enumerate(row):
                    if value is not None:
                        sheet.write_string(number, position, value)
    else:
        path.write_bytes(frame.write_csv().encode("gb18030" if "gb" in path.stem else "utf-8"))
    return path


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".xlsx":
        return fastexcel.read_excel(str(path)).load_sheet(0, dtypes="string").to_polars()
    return pl.read_csv(path, infer_schema=False)


@pytest.mark.parametrize("given", ["codes.csv", "codes_gb.csv", "codes.xlsx", "codes.parquet"])
@pytest.mark.parametrize("made", ["out.csv", "out.xlsx", "out.parquet"])
def test_code_check_keeps_columns_and_adds_three(
    given: str, made: str, tmp_path: Path, blockdata: Callable[..., Any]
) -> None:
    file, out = write(CODES, tmp_path / given), tmp_path / made
    said = blockdata("code", "check", file, "--column", "编码", "--out", out, "--json")
    assert said.code == 0
    assert json.loads(said.out)["valid"] == 2
    found = read(out)
    assert found.columns == ["名称", "编码", "is_valid", "kind", "reason"]
    assert found["编码"].to_list() == [GOOD, TEMPORARY, SHORT, None]
    assert found["kind"].to_list()[:2] == ["unit", "building"]
    assert [bool(reason) for reason in found["reason"].to_list()[:3]] == [False, False, True]


def test_a_space_beside_a_code_is_no_fault_of_the_code(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(
        pl.DataFrame({"编码": [f" {GOOD}", f"{GOOD}\u3000", f"{GOOD[:10]} {GOOD[10:]}"]}), tmp_path / "codes.csv"
    )
    said = blockdata("code", "check", file, "--column", "编码", "--out", tmp_path / "out.csv", "--json")
    assert json.loads(said.out)["valid"] == 2


def test_a_code_keeps_its_last_digits_in_a_workbook(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    out = tmp_path / "out.xlsx"
    blockdata("code", "check", write(CODES, tmp_path / "codes.csv"), "--column", "编码", "--out", out)
    assert fastexcel.read_excel(str(out)).load_sheet(0).to_polars()["编码"].to_list()[0] == GOOD


def test_a_column_that_is_not_there(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(CODES, tmp_path / "codes.csv")
    said = blockdata("code", "check", file, "--column", "代码", "--out", tmp_path / "out.csv")
    assert said.code == 2
    assert "名称, 编码" in said.err


def test_an_output_that_cannot_be_written_is_refused_first(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(CODES, tmp_path / "codes.csv")
    said = blockdata("code", "check", file, "--column", "编码", "--out", tmp_path / "out.pdf")
    assert said.code == 2
    assert ".xlsx" in said.err


def test_a_column_of_the_same_name_is_not_overwritten(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(CODES.with_columns(reason=pl.lit("mine")), tmp_path / "codes.csv")
    said = blockdata("code", "check", file, "--column", "编码", "--out", tmp_path / "out.csv")
    assert said.code == 2
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no workbook"), ("a.parquet", b"none"), ("a.csv", b"")])
def test_an_unreadable_file_is_refused_by_data(
    name: str, content: bytes, tmp_path: Path, blockdata: Callable[..., Any]
) -> None:
    (tmp_path / name).write_bytes(content)
    said = blockdata("parse", tmp_path / name, "--column", "地址", "--out", tmp_path / "out.csv")
    assert said.code == 1
    assert "mend" in said.err


def test_parse_takes_an_address_apart(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(pl.DataFrame({"地址": ["广东省深圳市宝安区西乡街道固戍二路8号3栋501"]}), tmp_path / "a.csv")
    out = tmp_path / "out.parquet"
    assert blockdata("parse", file, "--column", "地址", "--out", out).code == 0
    (row,) = read(out).to_dicts()
    assert (row["county"], row["street"], row["room"]) == ("宝安区", "西乡街道", "501")


def test_key_without_a_library_says_how_to_get_one(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    file = write(pl.DataFrame({"地址": ["和平里"]}), tmp_path / "a.csv")
    said = blockdata("key", file, "--column", "地址", "--out", tmp_path / "out.csv")
    assert said.code == 2
    assert "library import" in said.err


@pytest.mark.parametrize("made", ["out.parquet", "out.csv", "out.xlsx"])
def test_key_gives_every_line_a_level_and_a_reason(
    made: str, home: Home, tmp_path: Path, blockdata: Callable[..., Any]
) -> None:
    small.import_library(home)
    file = tmp_path / "visits.txt"
    file.write_text("和平里1栋101\n北京市海淀区中关村大街1号\n\n不知道\n", encoding="utf-8")
    out = tmp_path / made
    said = blockdata("key", file, "--column", "address", "--out", out, "--json")
    assert said.code == 0
    found = read(out)
    assert json.loads(said.out)["rows"] == found.height == 4
    assert found["match_level"].null_count() == 0 and found["reason"].null_count() == 0
    assert found["match_level"].to_list()[1] == "outside"


def test_library_import_of_a_folder_without_one(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("library", "import", tmp_path)
    assert said.code == 2
    assert "mend" in said.err


def test_key_to_a_table_of_ones_own(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    sites = pl.DataFrame({"no": ["S1", "S2"], "site": ["杭州市西湖区文三路18号", "杭州市西湖区文三路20号"]})
    visits = pl.DataFrame({"addr": ["西湖区文三路20号", "文三路18号", "火星"]})
    given = write(visits, tmp_path / "visits.csv"), write(sites, tmp_path / "sites.csv")
    out = tmp_path / "out.csv"
    options = ["--column", "addr", "--against", given[1], "--id", "no", "--name", "site", "--out", out]
    assert blockdata("key", given[0], *options).code == 0
    assert read(out)["matched_id"].to_list() == ["S2", "S1", None]


def test_compare_says_how_two_addresses_relate(tmp_path: Path, blockdata: Callable[..., Any]) -> None:
    pairs = pl.DataFrame({"a": ["文三路18号", "文三路18号"], "b": ["文三路18号", "文三路20号"]})
    out = tmp_path / "out.csv"
    said = blockdata("compare", write(pairs, tmp_path / "p.csv"), "--left", "a", "--right", "b", "--out", out, "--json")
    assert said.code == 0
    assert read(out)["relation"].to_list() == ["same", "different"]
