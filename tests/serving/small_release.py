"""A release of two buildings, made by hand: what serving reads, without running the way of the data."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import polars as pl

from schemas.contract import load_contracts
from schemas.home import Home
from transforms.lake.release import build, switch
from transforms.lake.release_manifest import Manifest
from transforms.publish import declared_tables

DAY = date(2026, 3, 2)
VILLAGE, TOWER = "4403060100021300483", "44030600800448T0041"
ROOM_101, ROOM_102, FLAT = VILLAGE + "000001", VILLAGE + "000002", TOWER + "000001"
STREET, COMMUNITY, GRID = "440306006", "440306006003", "44030600600301"
OTHER_STREET, OTHER_COMMUNITY, OTHER_GRID = "440306011", "440306011004", "44030601100401"

AREAS = [
    ("440306", "district", "宝安区", None),
    (STREET, "street", "石岩街道", "440306"),
    (COMMUNITY, "community", "浪口社区", STREET),
    (GRID, "grid", "浪口一格", COMMUNITY),
    (OTHER_STREET, "street", "新安街道", "440306"),
    (OTHER_COMMUNITY, "community", "海旺社区", OTHER_STREET),
    (OTHER_GRID, "grid", "海旺一格", OTHER_COMMUNITY),
]


def person_key(number: int) -> str:
    """A made token: 32 letters."""
    return "".join(
        "abcdefghijklmnop"[int(digit, 16)] for digit in hashlib.sha256(str(number).encode()).hexdigest()[:32]
    )


def rows() -> dict[str, list[dict]]:
    """Every table's rows; columns not given are null."""
    residents = [(0, ROOM_101, VILLAGE), (1, ROOM_101, VILLAGE), (2, ROOM_102, VILLAGE), (3, FLAT, TOWER)]
    return {
        "address.area": [
            {"area_code": code, "level": level, "name": name, "parent_code": parent, "valid_from": DAY}
            for code, level, name, parent in AREAS
        ],
        "address.building": [
            {"building_code": VILLAGE, "name": "浪口一区66号", "estate": "浪口一区", "estate_number": "66号",
             "street_code": STREET, "community_code": COMMUNITY, "grid_code": GRID, "usage": "village_house",
             "is_temporary": False, "status": "active", "lon": 113.93, "lat": 22.66},
            {"building_code": TOWER, "name": "海旺花园3栋", "estate": "海旺花园", "estate_number": "3栋",
             "road": "海旺路", "road_number": "12号", "street_code": OTHER_STREET, "community_code": OTHER_COMMUNITY,
             "grid_code": OTHER_GRID, "usage": "residential", "is_temporary": True, "status": "active",
             "lon": 113.88, "lat": 22.56},
        ],
        "address.unit": [
            {"unit_code": ROOM_101, "building_code": VILLAGE, "floor": 1, "room": "101", "status": "active",
             "standard_address": "广东省深圳市宝安区石岩街道浪口社区浪口一区66号101"},
            {"unit_code": ROOM_102, "building_code": VILLAGE, "floor": 1, "room": "102", "status": "active",
             "standard_address": "广东省深圳市宝安区石岩街道浪口社区浪口一区66号102"},
            {"unit_code": FLAT, "building_code": TOWER, "entrance": "2单元", "floor": 5, "room": "501",
             "status": "active", "standard_address": "广东省深圳市宝安区新安街道海旺社区海旺花园3栋2单元501"},
        ],
        "address.alias": [
            {"code": VILLAGE, "kind": "colloquial", "text": "浪口老楼", "valid_from": DAY},
        ],
        "address.doorplate": [
            {"building_code": TOWER, "road": "海旺路", "road_number": "12号", "valid_from": DAY},
        ],
        "address.lineage": [
            {"code": "4403060100021300001", "successor": VILLAGE, "kind": "merge", "date": DAY},
        ],
        "address.work_grid": [
            {"work_grid": "新安-1", "department": "grid_office", "base_grid": OTHER_GRID, "valid_from": DAY},
        ],
        "address.area_crosswalk": [
            {"area_code": STREET, "scheme": "civil", "code": "440306008", "name": "石岩街道", "valid_from": DAY},
        ],
        "population.person": [
            {"person_key": person_key(i), "sex": "female" if i % 2 else "male", "birth_year": 1980 + i,
             "status": "living"} for i in range(4)
        ],
        "population.residence": [
            {"person_key": person_key(i), "unit_code": unit, "building_code": building, "confidence": 0.9,
             "claims": 1, "sources": 1, "doubt_id": "d1" if unit == FLAT else None} for i, unit, building in residents
        ],
        "population.claim": [
            {"person_key": person_key(i), "kind": "residence", "unit_code": unit, "building_code": building,
             "feed_id": feed, "record_id": f"RK{i}", "batch_id": "a" * 16}
            for i, unit, building in residents for feed in ("police__residents", "housing__leases")[: 1 + i % 2]
        ],
        "quality.verification_task": [
            {"task_id": "HCabcd", "doubt_id": "d1", "work_grid": "新安-1", "rank": 1, "building_code": TOWER,
             "unit_code": FLAT, "address": "海旺花园3栋2单元501", "question": "是否仍有人居住",
             "listed_on": DAY, "status": "open"},
            {"task_id": "HCabce", "doubt_id": "d2", "work_grid": "新安-1", "rank": 2, "building_code": TOWER,
             "unit_code": None, "address": "海旺花园3栋2单元502", "question": "房屋是否存在",
             "listed_on": DAY, "status": "open"},
            {"task_id": "HCabcf", "work_grid": "石岩-1", "rank": 1, "building_code": VILLAGE, "unit_code": ROOM_101,
             "address": "浪口一区66号101", "question": "是否仍有人居住", "listed_on": DAY, "status": "answered"},
        ],
        "quality.doubt": [
            {"doubt_id": "d1", "kind": "conflicting_residence", "unit_code": FLAT, "building_code": TOWER},
            {"doubt_id": "d2", "kind": "proposed_unit", "building_code": TOWER, "room": "502"},
        ],
        "record.police__residents": [
            {"record_id": f"RK{i}", "person_key": person_key(i), "unit_code": unit, "building_code": building,
             "delivered_on": DAY} for i, unit, building in residents
        ],
        "record.housing__leases": [
            {"record_id": "HT1", "person_key": person_key(0), "unit_code": ROOM_101, "building_code": VILLAGE,
             "delivered_on": DAY},
        ],
        "block.street": [
            {"street_code": STREET, "name": "石岩街道", "district_code": "440306"},
            {"street_code": OTHER_STREET, "name": "新安街道", "district_code": "440306"},
        ],
        "block.building": [
            {"building_code": VILLAGE, "name": "浪口一区66号", "street_code": STREET},
            {"building_code": TOWER, "name": "海旺花园3栋", "street_code": OTHER_STREET},
        ],
    }  # fmt: skip


def build_small(home: Home, name: str = "2026-03-02.01", more: dict[str, pl.DataFrame] | None = None) -> Path:
    """Write the release under `home` and make it current. `more` adds or replaces tables."""
    declared = declared_tables(load_contracts())
    frames = {table: pl.DataFrame(given, infer_schema_length=None) for table, given in rows().items()} | (more or {})
    written = {table: declared[table].conform(frame) for table, frame in frames.items()}
    manifest = Manifest(name, "2026-03-02", None, "inputs", "library", [], note="made by hand")
    folder = build(home, manifest, declared, {}, written)
    switch(home, name)
    return folder
