"""`blockdata new-feed`: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import console
from schemas.contract import contract_of
from schemas.home import Home
from tests import small
from tests.reading import layers
from tests.reading.spreadsheets import xls

SAMPLES = Path(__file__).parent.parent / "fixtures" / "samples"
DOGS = SAMPLES / "dog_licences_20260302.csv"


@pytest.fixture
def feeds(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of contracts."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(folder))
    return folder


def test_without_a_library_it_still_drafts_and_says_what_comes_next(feeds: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("new-feed", DOGS, "--department", "city_management", "--yes")
    assert said.code == 0, said.err
    contract = contract_of("city_management__dog_licences")
    assert [column.header for column in contract.key_columns] == ["犬只登记证号"]
    assert f"next: blockdata load city_management__dog_licences {DOGS} --draft" in said.err
    assert (feeds.parent / "codelists" / "coat_colour.yaml").is_file()
    again = blockdata("new-feed", DOGS, "--department", "city_management", "--yes")
    assert again.code == 2 and "stands already" in again.err


def test_it_shows_nobodys_name_or_number(feeds: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("new-feed", DOGS, "--department", "city_management", "--yes")
    rows = [line.split(",") for line in DOGS.read_bytes().decode("gb18030").splitlines()[1:]]
    written = "".join(path.read_text(encoding="utf-8") for path in feeds.parent.glob("*/**/*.yaml"))
    for place in (1, 2, 3, 9):  # name, identity number, telephone, address
        assert not any(row[place] in said.out + said.err + written for row in rows)


def test_a_dry_run_writes_nothing_and_json_is_one_document(feeds: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("new-feed", DOGS, "--department", "x", "--feed", "dogs", "--dry-run", "--json")
    told = json.loads(said.out)
    assert told["feed_id"] == "x__dogs" and told["written"] == [] and not list(feeds.rglob("*.yaml"))
    assert told["trial"]["received"] == told["trial"]["sound"] == 320
    assert {column["header"]: column["role"] for column in told["columns"]}["犬主身份证号"] == "person_id"


@pytest.mark.parametrize(("file", "department"), [("nothing.csv", "x"), (str(DOGS), "Bad Name")])
def test_wrong_usage_is_told(feeds: Path, blockdata: Callable[..., Any], file: str, department: str) -> None:
    assert blockdata("new-feed", file, "--department", department, "--yes").code == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("blank.csv", b"\n\n \n", "the file is empty"),
        ("nul.csv", bytes(500), "the file is empty"),
        ("wide.csv", (",".join(f"c{at}" for at in range(500)) + "\n" + ",".join("1" * 500)).encode(), "500 columns"),
        ("deep.jsonl", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "no line looks like a header"),
    ],
)
def test_a_hostile_sample_is_told_and_no_fault_of_the_software(
    feeds: Path, tmp_path: Path, blockdata: Callable[..., Any], name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    told = blockdata("new-feed", str(tmp_path / name), "--department", "x", "--yes")
    assert told.code == 1 and said in told.err


def test_a_cell_of_megabytes_is_a_sample_all_the_same(
    feeds: Path, tmp_path: Path, blockdata: Callable[..., Any]
) -> None:
    (tmp_path / "big.csv").write_text("编号,说明\nA1," + "长" * 200_000 + "\nA2,短\n", encoding="utf-8")
    told = blockdata("new-feed", str(tmp_path / "big.csv"), "--department", "x", "--yes", "--dry-run")
    assert told.code == 0 and "x__big" in told.out


def test_an_object_within_a_cell_and_numbers_that_look_like_identities_are_not_passed_over(
    feeds: Path, tmp_path: Path, blockdata: Callable[..., Any]
) -> None:
    gate = {"name": "东门", "tel": "x"}
    lines = [{"编号": f"E{at:06}", "门": gate, "许可证": f"44030620240115{at:04}"} for at in range(200)]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (tmp_path / "gates_20260302.jsonl").write_text(text, encoding="utf-8")
    told = blockdata("new-feed", str(tmp_path / "gates_20260302.jsonl"), "--department", "x", "--dry-run", "--json")
    columns = {column["header"]: column for column in json.loads(told.out)["columns"]}
    assert (columns["门"]["role"], columns["门"]["classification"]) == ("free_text", "restricted")
    assert "a field of its own" in columns["门"]["doubt"]
    assert columns["许可证"]["classification"] == "excluded" and "an identifier, perhaps" in columns["许可证"]["doubt"]


@pytest.mark.parametrize("kind", ["shp", "xls"])
def test_a_layer_and_an_old_workbook_are_drafted_and_load_as_is_said(
    feeds: Path, tmp_path: Path, blockdata: Callable[..., Any], kind: str
) -> None:
    stem = "hydrants_20260302"
    if kind == "shp":
        sample = layers.write(tmp_path / "in", stem, layers.hydrants("gbk", layers.GBK) | {".cpg": b"GBK"})
    else:
        rows = [[f"HY{n:05}", f"消防栓{n}号", f"青石区和平街道和平里{n + 1}栋", 1.5 + n % 3] for n in range(40)]
        (sample := tmp_path / f"{stem}.xls").write_bytes(xls([["编号", "名称", "地址", "压力"], *rows]))
    said = blockdata("new-feed", sample, "--department", "fire", "--yes")
    assert said.code == 0 and "40 sound" in said.out
    told = next(line for line in said.err.splitlines() if line.startswith("next: blockdata load "))
    contract = contract_of("fire__hydrants")
    assert contract.reading.format == kind and [column.header for column in contract.key_columns] == ["编号"]
    small.import_library(console.home())
    loaded = blockdata(*told.removeprefix("next: blockdata ").split())
    assert loaded.code == 0 and "inserted 40" in loaded.out, loaded.err
