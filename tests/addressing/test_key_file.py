from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.errors import BlockdataError, UsageError
from transforms.addressing import key_file as module
from transforms.addressing.key_file import key_file, parse_file
from transforms.addressing.library import AddressLibrary
from transforms.addressing.tabular import read_chunks

SITES = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "name": [
            "浙江省杭州市西湖区文三路12号", "杭州市西湖区翠苑一区5幢2单元301室", "杭州市西湖区翠苑一区5幢",
            "上海市浦东新区三林路200弄8号501",
        ],
    }
)  # fmt: skip
VISITS = pl.DataFrame(
    {
        "n": ["1", "2", "3", "4", "5"],
        "addr": ["西湖区文三路１２号", "翠苑1区5幢2-301", "杭州翠苑一区6幢", "浦东三林路200弄8号501",
                 "北京市朝阳区建国路1号"],
    }
)  # fmt: skip
EXPECTED = ["a", "b", None, "d", None]


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    path = tmp_path / "sites.csv"
    SITES.write_csv(path)
    return path


def run(path: Path, sites: Path, out: Path) -> pl.DataFrame:
    key_file(path, "addr", out, against=sites)
    return next(read_chunks(out, ["addr", "matched_id"]))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".tsv"])
def test_any_list_of_addresses_with_no_set_up(tmp_path: Path, sites: Path, suffix: str) -> None:
    path = tmp_path / f"visits{suffix}"
    if suffix == ".parquet":
        VISITS.write_parquet(path)
    elif suffix == ".xlsx":
        VISITS.write_excel(path)
    else:
        VISITS.write_csv(path, separator="\t" if suffix == ".tsv" else ",")
    keyed = run(path, sites, tmp_path / f"keyed{suffix}")
    assert keyed["n"].to_list() == VISITS["n"].to_list()
    assert keyed["matched_id"].to_list() == EXPECTED
    assert keyed["reason"].null_count() == 0


def test_a_text_with_one_address_a_line(tmp_path: Path, sites: Path) -> None:
    path, out = tmp_path / "visits.txt", tmp_path / "keyed.parquet"
    path.write_text("\n".join(VISITS["addr"]), encoding="utf-8")
    key_file(path, "address", out, against=sites)
    assert pl.read_parquet(out)["matched_id"].to_list() == EXPECTED


def test_gb18030_is_recognised(tmp_path: Path, sites: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_bytes(VISITS.write_csv().encode("gb18030"))
    assert run(path, sites, tmp_path / "keyed.csv")["matched_id"].to_list() == EXPECTED


def test_pieces_give_the_same_as_the_whole(tmp_path: Path, sites: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "visits.csv"
    VISITS.write_csv(path)
    whole = run(path, sites, tmp_path / "whole.csv")
    monkeypatch.setattr(module, "read_chunks", lambda path, columns: read_chunks(path, columns, chunk=2))
    heard: list[int] = []
    key_file(path, "addr", tmp_path / "pieces.csv", against=sites, progress=heard.append)
    assert heard[-1] == VISITS.height
    assert next(read_chunks(tmp_path / "pieces.csv", ["addr"])).equals(whole)


def test_a_missing_column_names_those_there_are(tmp_path: Path, sites: Path) -> None:
    path = tmp_path / "visits.csv"
    VISITS.write_csv(path)
    with pytest.raises(UsageError, match="no column 地址"):
        key_file(path, "地址", tmp_path / "out.csv", against=sites)
    with pytest.raises(UsageError, match="no column code"):
        key_file(path, "addr", tmp_path / "out.csv", against=sites, id="code")
    assert not (tmp_path / "out.csv").exists()


def test_repeated_ids_are_refused_with_some_of_them(tmp_path: Path) -> None:
    sites, path = tmp_path / "sites.csv", tmp_path / "visits.csv"
    pl.concat([SITES, SITES.head(1)]).write_csv(sites)
    VISITS.write_csv(path)
    with pytest.raises(BlockdataError, match=r"1 ids stand more than once .*a"):
        key_file(path, "addr", tmp_path / "out.csv", against=sites)


def test_an_added_column_that_is_there_already_is_refused(tmp_path: Path, sites: Path) -> None:
    path = tmp_path / "visits.csv"
    VISITS.with_columns(reason=pl.lit("x")).write_csv(path)
    with pytest.raises(UsageError, match="already has a column reason"):
        key_file(path, "addr", tmp_path / "out.csv", against=sites)


def test_one_place_with_two_ids_is_no_match(tmp_path: Path) -> None:
    sites, path = tmp_path / "sites.csv", tmp_path / "visits.csv"
    pl.concat([SITES, SITES.head(1).with_columns(id=pl.lit("twin"))]).write_csv(sites)
    VISITS.write_csv(path)
    keyed = run(path, sites, tmp_path / "keyed.csv")
    assert keyed["matched_id"].to_list() == [None, *EXPECTED[1:]]
    assert keyed["candidates"][0] == "a twin"


@pytest.mark.parametrize("content", [b"", b"addr\n"])
def test_an_empty_file_and_a_header_alone(tmp_path: Path, sites: Path, content: bytes) -> None:
    path = tmp_path / "visits.csv"
    path.write_bytes(content)
    if not content:
        with pytest.raises(BlockdataError, match="is empty"):
            key_file(path, "addr", tmp_path / "out.csv", against=sites)
    else:
        assert key_file(path, "addr", tmp_path / "out.csv", against=sites) == {}
        assert (tmp_path / "out.csv").exists()


def test_codes_stay_text_in_a_workbook(tmp_path: Path, sites: Path) -> None:
    path, out = tmp_path / "visits.csv", tmp_path / "keyed.xlsx"
    VISITS.with_columns(n=pl.lit("4403060100021300483")).write_csv(path)
    key_file(path, "addr", out, against=sites)
    assert next(read_chunks(out, ["n"]))["n"][0] == "4403060100021300483"


def test_parse_adds_the_components(tmp_path: Path) -> None:
    path, out = tmp_path / "visits.csv", tmp_path / "parsed.csv"
    VISITS.write_csv(path)
    assert parse_file(path, "addr", out) == VISITS.height
    parsed = next(read_chunks(out, ["addr", "county", "room"]))
    assert parsed["room"].to_list() == [None, "301", None, "501", None]
    assert parsed["n"].to_list() == VISITS["n"].to_list()


def test_a_file_is_not_written_over_itself(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("address\n宝安区\n", encoding="utf-8")
    with pytest.raises(UsageError, match="over itself"):
        parse_file(file, "address", file)
    assert file.read_text(encoding="utf-8") == "address\n宝安区\n"


def test_a_code_written_in_the_address_column_is_taken_as_one(village: AddressLibrary) -> None:
    code = village.unit["unit_code"][0]
    keyed = module.key_column(pl.Series([f" {code} "]), village)
    assert keyed.select("unit_code", "match_method").row(0) == (code, "code")


def test_of_a_list_the_reasons_speak_of_entries_and_nameless_ones_are_told(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a", "b", "c"], "name": ["杭州市西湖区翠苑一区5幢2单元301室", None, " "]}).write_csv(
        tmp_path / "sites.csv"
    )
    pl.DataFrame({"addr": ["西湖区翠苑一区5幢2单元302室", "西湖区古墩路99号"]}).write_csv(tmp_path / "visits.csv")
    told: list[str] = []
    key_file(tmp_path / "visits.csv", "addr", tmp_path / "out.csv", against=tmp_path / "sites.csv", note=told.append)
    reasons = next(read_chunks(tmp_path / "out.csv", []))["reason"].to_list()
    assert reasons == ["the list has no entry for this room", "no entry of this name and number"]
    assert told == ["sites.csv: 2 of 3 entries have no id or no name: nothing finds them"]
