"""A town of two buildings, and three made feeds about it: one a delivery mode, small enough to count by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from expectations.check import Verdict
from expectations.metrics import Unchanged, batch_metrics
from schemas.contract import Contract
from schemas.home import Home
from transforms.cleaning.tokens import Keys
from transforms.lake.letters import letters_of
from transforms.lake.store import Lake
from transforms.reading.quarantine import faults_of, without_faulty
from transforms.reading.source import Reading, SourceFile
from transforms.steps import Steps, open_library

LODGERS = "town__lodgers"  # snapshot, ends with a flag
VISITS = "town__visits"  # incremental, ends with a manifest
NOTICES = "town__notices"  # events, stable

TOWER = "4403040010010100001"
SHED = "44030400100101T0001"
ROOMS = {f"{TOWER}{number:06}": f"{100 + number}" for number in range(1, 7)}
HEADER = "no,name,place,since,colour"


def write_feeds(folder: Path) -> Path:
    """The contracts, as a folder for BLOCKDATA_FEEDS."""
    (folder / "town").mkdir(parents=True, exist_ok=True)
    for name, mode, complete in (
        ("lodgers", "snapshot", {"flag": "{stem}.ok"}),
        ("visits", "incremental", {"manifest": "{stem}.manifest.json"}),
        ("notices", "events", {"stable_seconds": 5}),
    ):
        document = _contract(name, mode, complete)
        (folder / "town" / f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


def _contract(name: str, mode: str, complete: Mapping[str, Any]) -> dict[str, Any]:
    def role(value: str) -> list[dict[str, str]]:
        return [{"property": "role", "value": value}]

    columns = [
        {"name": "number", "physicalName": "no", "businessName": "编号", "required": True, "primaryKey": True},
        {"name": "full_name", "physicalName": "name", "businessName": "姓名", "customProperties": role("person_name")},
        {"name": "place", "physicalName": "place", "businessName": "地址", "customProperties": role("address_text")},
        {"name": "since", "physicalName": "since", "businessName": "起始日期", "logicalType": "date"},
        {"name": "colour", "physicalName": "colour", "businessName": "颜色"},
    ]
    columns[1]["classification"] = "restricted"
    columns[3]["customProperties"] = role("valid_from")
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"town__{name}",
        "name": f"小镇{name}",
        "version": "1.0.0",
        "status": "active",
        "domain": "town",
        "description": {"purpose": "测试"},
        "team": {"name": "小镇办公室"},
        "servers": [{"server": "landing", "type": "local", "path": f"landing/town__{name}", "format": "csv"}],
        "schema": [{"name": name, "properties": columns}],
        "customProperties": [
            {
                "property": "delivery",
                "value": {"mode": mode, "complete": dict(complete), "file_pattern": rf"^{name}_(?P<day>\d{{8}})\.csv$"},
            },
            {"property": "reading", "value": {"format": "csv"}},
            {"property": "subject", "value": {"kind": "unit"}},
            {"property": "legal_basis", "value": "测试"},
            {"property": "catalogue_number", "value": "T-1"},
            {"property": "sharing_type", "value": "none"},
        ],
    }


def library_frames() -> dict[str, pl.DataFrame]:
    """The tables of the library: a tower of six rooms, a shed without any."""
    common = {
        "estate": "和平里",
        "road": "青石路",
        "street_code": "440304001",
        "community_code": "440304001001",
        "grid_code": "44030400100101",
        "usage": "residential",
        "status": "active",
    }
    buildings = [
        {"building_code": TOWER, "name": "和平里1栋", "estate_number": "1栋", "road_number": "8号", **common},
        {"building_code": SHED, "name": "和平里2栋", "estate_number": "2栋", "road_number": "10号", **common},
    ]
    areas = [
        ("440304", "district", "青石区", None),
        ("440304001", "street", "和平街道", "440304"),
        ("440304001001", "community", "和平社区", "440304001"),
        ("44030400100101", "grid", "和平一格", "440304001001"),
    ]
    return {
        "address.building": pl.DataFrame(buildings),
        "address.unit": pl.DataFrame(
            [
                {"unit_code": code, "building_code": TOWER, "room": room, "status": "active"}
                for code, room in ROOMS.items()
            ]
        ),
        "address.area": pl.DataFrame(areas, schema=["area_code", "level", "name", "parent_code"], orient="row"),
    }


def import_library(home: Home) -> None:
    """Writes the library's tables; those that stay empty too."""
    lake = Lake(home)
    for name, frame in library_frames().items():
        lake.replace(name, frame)


def lodger(number: int, *, room: int | None = 1, colour: str = "red", since: str = "2026-01-05") -> str:
    """One line of a delivery. Rooms 1 to 6 exist; None is an address of nowhere."""
    place = f"和平里1栋{100 + room}" if room is not None else "别处"
    return f"L{number:04},客人{'甲乙丙丁戊己庚辛壬癸'[number % 10]},{place},{since},{colour}"


def csv(lines: Sequence[str]) -> bytes:
    """A delivery of these lines."""
    return ("\n".join([HEADER, *lines]) + "\n").encode()


def deliver(folder: Path, feed_id: str, day: date, lines: Sequence[str], *, finished: bool = True) -> Path:
    """Writes a delivery as its contract asks for, its flag or manifest too."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{feed_id.removeprefix('town__')}_{day:%Y%m%d}"
    path = folder / f"{stem}.csv"
    path.write_bytes(csv(lines))
    if finished and feed_id == LODGERS:
        path.with_suffix(".ok").touch()
    if finished and feed_id == VISITS:
        manifest = {"rows": len(lines), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        path.with_name(f"{stem}.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return path


def standins() -> Steps:
    """Neighbours in miniature: enough rules to break, no Great Expectations, no address parsing."""
    return Steps(_read, _row_hash, _record_ids, _clean, open_library_quick, _key, batch_metrics, _judge)


def open_library_quick(home: Home) -> Any:
    """The library's rooms by address text; refuses like the real one when there is none."""
    if not Lake(home).has("address.building"):
        open_library(home)
    return {f"和平里1栋{room}": code for code, room in ROOMS.items()}


class Cleaned:
    """What cleaning hands on."""

    hidden = 0

    def __init__(self, rows: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        self.rows, self.quarantined = rows, quarantined


def _read(files: Sequence[SourceFile], contract: Contract) -> Reading:
    from transforms.reading.read import read

    return read(files, contract)


def _row_hash(rows: pl.DataFrame, contract: Contract, keys: Keys) -> pl.Series:
    names = [column.name for column in contract.columns]
    texts = [letters_of(contract.fingerprint, *map(str, row), length=32) for row in rows.select(names).iter_rows()]
    return pl.Series("row_hash", texts, pl.String)


def _record_ids(rows: pl.DataFrame, contract: Contract, day: date, keys: Keys) -> pl.Series:
    return rows.select(record_id=pl.col("number").str.strip_chars()).to_series()


def _clean(rows: pl.DataFrame, contract: Contract, day: date, keys: Keys) -> Cleaned:
    """A lodger without a colour is quarantined; the name becomes a token."""
    broken = faults_of(rows, pl.col("colour").fill_null("") == "", "colour", "missing_value")
    sound = without_faulty(rows, broken)
    return Cleaned(
        sound.select(
            "file_name",
            "row_number",
            record_id=pl.col("number").str.strip_chars(),
            number=pl.col("number").str.strip_chars(),
            full_name_token=pl.lit("a" * 32),
            place=pl.col("place").str.strip_chars(),
            since=pl.col("since").str.to_date("%Y-%m-%d"),
            colour=pl.col("colour").str.strip_chars(),
        ),
        broken,
    )


def _key(records: pl.DataFrame, library: Mapping[str, str]) -> pl.DataFrame:
    unit = records["address"].replace_strict(library, default=None, return_dtype=pl.String)
    found = unit.is_not_null()
    return records.select("row").with_columns(
        match_level=pl.when(found).then(pl.lit("unit")).otherwise(pl.lit("none")),
        unit_code=unit,
        building_code=unit.str.slice(0, 19),
        area_code=pl.lit(None, dtype=pl.String),
        match_method=pl.when(found).then(pl.lit("exact")).otherwise(pl.lit("none")),
        match_score=found.cast(pl.Float64),
        match_margin=found.cast(pl.Float64),
        proposed_room=pl.lit(None, dtype=pl.String),
        reason=pl.lit(""),
        broken_rule=pl.lit(None, dtype=pl.String),
    )


def _judge(
    rows: pl.DataFrame,
    metrics: pl.DataFrame,
    contract: Contract,
    batch_id: str,
    day: date,
    *,
    same: Unchanged | None = None,
) -> Verdict:
    """Refuses a snapshot under the contract's share of the last good one, and too many quarantined rows."""
    now = metrics.row(0, named=True)
    results = pl.DataFrame(
        {
            "suite": "metrics",
            "expectation": "metric",
            "column_name": list(now),
            "severity": "warning",
            "is_success": True,
            "observed": [None if value is None else str(value) for value in now.values()],
        },
        schema_overrides={"observed": pl.String},
    )
    if contract.delivery.mode == "snapshot" and (now["row_ratio"] or 1) < contract.limits.row_drop:
        return Verdict(False, "row_drop", "the snapshot is far smaller than the last good one", "ask", results)
    if now["quarantined"] >= contract.limits.quarantined_rows_min and (now["quarantined_share"] or 0) > 0.5:
        return Verdict(False, "quarantined_share", "more than half of the rows break a rule", "mend them", results)
    return Verdict(True, "", "", "", results)
