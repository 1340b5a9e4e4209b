"""A name somebody typed stays under the seal; tables and messages say one the contract foresees."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.contract import contract_of
from schemas.home import Home
from tests.small import LODGERS, csv, lodger, standins
from transforms.file_names import shown_name
from transforms.lake import archive
from transforms.lake.store import Lake
from transforms.load import load_batch, load_files
from transforms.receive import receive

DAY = date(2026, 3, 2)
LINES = [lodger(1), lodger(2)]
PERSON = "欧阳青山13800138000"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lodgers_20260302.csv", "lodgers_20260302.csv"),
        (f"{PERSON}.CSV", f"{LODGERS}_20260302_3.csv"),
        (f"lodgers_20260302.csv{PERSON}", f"{LODGERS}_20260302_3"),
        (PERSON, f"{LODGERS}_20260302_3"),
        ("a.13800138000", f"{LODGERS}_20260302_3"),
    ],
)
def test_only_a_name_the_contract_foresees_is_said(small_home: Home, name: str, shown: str) -> None:
    assert shown_name(name, contract_of(LODGERS), DAY, 3) == shown


def test_a_number_in_the_free_part_of_a_pattern_is_not_said() -> None:
    contract = contract_of("grid_office__door_outcomes")
    named = "door_outcomes_新安-1_20260302.xlsx"
    assert shown_name(named, contract, DAY, 1) == named
    for number in ("13800138000", "１３８００１３８０００", "138-0013-8000"):
        told = shown_name(f"door_outcomes_{number}_20260302.xlsx", contract, DAY, 1)
        assert told == "grid_office__door_outcomes_20260302_1.xlsx"


def everything(home: Home) -> str:
    lake = Lake(home)
    tables = ("quality.batch", "quality.quarantine", "quality.validation", f"record_history.{LODGERS}")
    return "".join(str(lake.read(table).to_dicts()) for table in tables)


def test_a_foreign_name_loads_with_a_day_and_stays_under_the_seal(small_home: Home, tmp_path: Path) -> None:
    path = tmp_path / f"{PERSON}.csv"
    path.write_bytes(csv(LINES))
    result = load_files(LODGERS, [path], DAY, small_home, steps=standins())
    assert result.status == "loaded"
    lake = Lake(small_home)
    called = f"{LODGERS}_20260302_1.csv"
    assert lake.read("quality.batch")["file_names"].to_list() == [[called]]
    assert set(lake.read(f"record_history.{LODGERS}")["file_name"]) == {called}
    assert PERSON not in everything(small_home) + str(result)
    assert [file.name for file in archive.unseal(small_home, result.batch_id)] == [path.name]


def test_a_foreign_name_without_a_day_is_refused_unnamed(small_home: Home, tmp_path: Path) -> None:
    path = tmp_path / f"{PERSON}.csv"
    path.write_bytes(csv(LINES))
    received = receive(LODGERS, [path], None, small_home)
    assert received.rule == "no_day" and f"{LODGERS}_no_day_1.csv" in received.reason
    again = load_batch(received.batch_id, LODGERS, small_home, steps=standins())
    assert PERSON not in everything(small_home) + str(received) + str(again)
