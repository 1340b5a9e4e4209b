"""“一键可知”: texts, names and codes lead to one place and what is known of it."""

from __future__ import annotations

import json

import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from serving import audit
from serving import lookup as lookup_module
from serving.lookup import Desk, lookup
from serving.released import Released, current
from tests.serving.small_release import COMMUNITY, FLAT, GRID, ROOM_101, ROOM_102, STREET, TOWER, VILLAGE


@pytest.mark.parametrize(
    ("text", "level", "code"),
    [
        (ROOM_101, "unit", ROOM_101),
        (VILLAGE, "building", VILLAGE),
        (TOWER, "building", TOWER),
        (VILLAGE + "000000", "building", VILLAGE),
        (VILLAGE + "******", "building", VILLAGE),
        (VILLAGE + "000077", "building", VILLAGE),
        (GRID + "*" * 11, "grid", GRID),
        (STREET, "street", STREET),
        ("440306", "district", "440306"),
        ("４４０３０６", "district", "440306"),
        ("浪口社区", "community", COMMUNITY),
        ("4403060100021300001", "building", VILLAGE),
        ("440306999", "none", None),
        ("4403069999999999999", "none", None),
    ],
)
def test_codes_and_area_names(text: str, level: str, code: str | None, home: Home) -> None:
    match = lookup(text, home)["match"]
    assert (match["level"], match["code"]) == (level, code)


@pytest.mark.parametrize(
    ("text", "level", "code"),
    [
        ("石岩街道浪口一区66号101室", "unit", ROOM_101),
        ("海旺花园3栋2单元501", "unit", FLAT),
        ("浪口一区66号", "building", VILLAGE),
        ("浪口老楼", "building", VILLAGE),
        ("今天天气很好", "none", None),
    ],
)
def test_addresses_as_people_say_them(text: str, level: str, code: str | None, home: Home) -> None:
    match = lookup(text, home)["match"]
    assert (match["level"], match["code"]) == (level, code)


def test_a_building_with_areas_units_names_and_history(home: Home) -> None:
    found = lookup(VILLAGE, home)
    assert [area["name"] for area in found["areas"]] == ["宝安区", "石岩街道", "浪口社区", "浪口一格"]
    assert [unit["unit_code"] for unit in found["units"]] == [ROOM_101, ROOM_102]
    assert [alias["text"] for alias in found["aliases"]] == ["浪口老楼"]
    assert [(change["code"], change["kind"]) for change in found["lineage"]] == [("4403060100021300001", "merge")]
    assert {measure["id"] for measure in found["measures"]} >= {"residents", "units"}
    assert "geometry" not in found["building"]


def test_a_unit_tells_how_many_sources_and_never_which(home: Home) -> None:
    found = lookup(ROOM_101, home)
    assert found["unit"]["sources"] == 2
    assert lookup(ROOM_102, home)["unit"]["sources"] == 1
    told = json.dumps(found, ensure_ascii=False, default=str)
    assert "police__" not in told and "housing__" not in told


def test_every_lookup_leaves_an_entry_without_its_text(home: Home) -> None:
    lookup("浪口老楼", home)
    (entry,) = audit.entries(home)
    assert (entry["action"], entry["code"]) == ("lookup", VILLAGE)
    assert "浪口老楼" not in json.dumps(entry, ensure_ascii=False)


def test_an_empty_text_is_refused(home: Home) -> None:
    with pytest.raises(UsageError):
        lookup("  ", home)


def test_a_release_is_prepared_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    released, original = current(home), Released.read

    def counted(self: Released, table: str) -> pl.DataFrame:
        read.append(table)
        return original(self, table)

    monkeypatch.setattr(Released, "read", counted)
    monkeypatch.setattr(lookup_module, "_prepared", {})
    first = lookup_module._library(released)
    assert lookup_module._library(released) is first
    assert sorted(read) == sorted(lookup_module.LIBRARY)


def test_a_release_kept_open_tells_the_same_block(home: Home) -> None:
    """By another way than `lookup`: kept open, without the room's sources, measures by id."""
    known = lookup(VILLAGE, home)
    with Desk(current(home)) as desk:
        block = desk.block(VILLAGE)
        assert desk.block("4403069999999999999") is None
    assert block is not None and block["building"] == known["building"]
    assert block["units"] == [
        {name: cell for name, cell in unit.items() if name != "sources"} for unit in known["units"]
    ]
    assert {one["id"]: one["value"] for one in known["measures"]}.items() <= block["measures"].items()
    assert known["measures"] and known["units"]


def test_what_lies_at_hand_is_what_the_tables_say_of_every_building(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release of earlier software has it not at hand and tells the same."""
    released = current(home)
    codes = released.read("address.building", ["building_code"])["building_code"].to_list()
    with Desk(released) as desk:
        assert desk._is_at_hand
        told = [desk.block(code) for code in codes]
        monkeypatch.setattr(desk, "_is_at_hand", False)
        assert [desk.block(code) for code in codes] == told
    assert len(codes) > 1 and any(block["measures"] and block["units"] for block in told if block)
