"""The hand labels keep docs/labelling.md: components are copied from the address, divisions are the reference's."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

from schemas import reference

ROWS = list(csv.DictReader((Path(__file__).parent / "addresses.csv").open(encoding="utf-8")))
COPIED = ("street", "community", "road", "road_number", "estate", "building", "entrance", "floor", "room")
LABELLED = {"province", "city", "county", *COPIED, "rest"}
MUNICIPALITIES = {"北京市", "天津市", "上海市", "重庆市"}


def test_every_line_is_labelled_once() -> None:
    assert len(ROWS) == 500
    assert len({row["line"] for row in ROWS}) == len({row["address"] for row in ROWS}) == 500


def test_components_are_copied_from_the_address() -> None:
    wrong = [
        (row["line"], column)
        for row in ROWS
        for column in COPIED
        if row[column] not in unicodedata.normalize("NFKC", row["address"])
    ]
    assert wrong == []


def test_divisions_are_official_and_lie_in_each_other() -> None:
    provinces = dict(reference.provinces().select("code", "name").iter_rows())
    cities = dict(reference.cities().select("code", "name").iter_rows())
    known = set()
    for code, name in reference.counties().select("code", "name").iter_rows():
        province, city = provinces[code[:2]], cities[code[:4]]
        city = province if province in MUNICIPALITIES else "" if "直辖" in city else city
        known |= {(province, city, name), (province, city, "")}
    wrong = [row["line"] for row in ROWS if (row["province"], row["city"], row["county"]) not in known]
    assert wrong == []


def test_rooms_and_entrances_end_as_the_rules_say() -> None:
    assert [row["line"] for row in ROWS if row["room"].endswith(("室", "房", "号"))] == []


def test_doubtful_names_columns() -> None:
    for row in ROWS:
        _, _, columns = row["note"].partition("doubtful ")
        assert set(columns.split()) <= LABELLED, row["line"]
