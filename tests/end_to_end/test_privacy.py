"""Nobody is exposed: every file outside the sealed archive is opened, decoded and searched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from serving.extract import list_agreements, run_agreement
from tests.end_to_end.conftest import District, environment
from tests.end_to_end.leaks import Secrets, leaks

GRANTED = date(2026, 3, 10)  # a day on which every agreement runs


@pytest.fixture(scope="module")
def secrets(district: District) -> Secrets:
    people = pl.read_parquet(district.source / "truth" / "person.parquet")
    numbers = [*people["id_number"].drop_nulls(), *people["phone"].drop_nulls()]
    long_names = people.filter(pl.col("is_marked"))["name"]
    assert long_names.n_unique() >= 200
    return Secrets(frozenset(number.upper() for number in numbers), frozenset(people["name"]), frozenset(long_names))


def test_the_search_finds_what_is_there(district: District, secrets: Secrets, tmp_path: Path) -> None:
    """The deliveries themselves do show people: the search would see them."""
    found = leaks(district.source / "deliveries", secrets, sealed=tmp_path)
    kinds = {line.rsplit(": ", 1)[1] for line in found}
    assert kinds == {"a full name as a whole cell", "an ID number or a phone", "a long name"}


def test_nobody_stands_in_the_lake(district: District, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_KEYS", environment(district.home)["BLOCKDATA_KEYS"])
    for agreement in list_agreements(GRANTED):
        run_agreement(agreement["id"], district.home, GRANTED)
    district.run("verify", "list")
    left = {path.suffix for path in district.home.outbox.rglob("*") if path.is_file()}
    assert {".xlsx", ".csv", ".parquet"} <= left
    assert leaks(district.home.path, secrets, sealed=district.home.archive) == []
