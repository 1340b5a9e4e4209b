"""quality.correction_request: what the door found against what another department owns goes back to that department.

The register stays as it is until its owner mends it (校核); the lake only asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from schemas.contract import Contract
from transforms.resolving.identity import id_expr
from transforms.resolving.outcome import NOT_HERE, unit_doubt_id
from transforms.resolving.premises import MISSING
from transforms.resolving.room import ROOM_EXISTS, ROOM_MISSING

DUE = timedelta(days=30)
VACANT = "vacant"
KEY = ["feed_id", "department", "attribute", "building_code", "unit_code", "reason", "doubt_id", "opened_on"]


def corrections(
    outcomes: pl.DataFrame,
    said_of_rooms: pl.DataFrame,
    registered: pl.DataFrame,
    household: pl.DataFrame,
    contracts: Mapping[str, Contract],
) -> pl.DataFrame:
    """One row a request: request_id, status and due_on besides the columns of KEY.

    `registered` is premises.EVIDENCE of registered premises; `household` current household-register claims
    (feed_id, unit_code, building_code); `said_of_rooms` the last word on rooms without a code.
    """
    department = pl.col("feed_id").str.split("__").list.first()
    at_unit = outcomes.filter(pl.col("unit_code").is_not_null()).select(
        "unit_code", "building_code", "outcome", pl.col("visited_on").alias("opened_on")
    )
    missing = at_unit.filter(pl.col("outcome").is_in([MISSING, VACANT])).join(
        registered.select("feed_id", "unit_code").drop_nulls().unique(), on="unit_code"
    )
    moved = at_unit.filter(pl.col("outcome").is_in(NOT_HERE)).join(
        household.select("feed_id", "unit_code").drop_nulls().unique(), on="unit_code"
    )
    keeper = keeper_of_addresses(contracts)
    no_room = at_unit.filter(pl.col("outcome") == ROOM_MISSING).with_columns(pl.lit(keeper).alias("feed_id"))
    new_room = said_of_rooms.filter(pl.col("outcome") == ROOM_EXISTS).with_columns(
        pl.lit(keeper).alias("feed_id"),
        pl.col("visited_on").alias("opened_on"),
        pl.lit(None, pl.String).alias("unit_code"),
        unit_doubt_id().alias("doubt_id"),
    )
    asked = [
        _asked(missing, "registered_address", "上门核查：登记地址未见该经营主体"),
        _asked(moved, "household_register", "上门核查：户籍登记的人不在此处居住"),
        _asked(no_room, "official_address", "上门核查：地址库中的房屋不存在"),
        _asked(new_room, "official_address", "上门核查：房屋存在而地址库中没有，已给临时编码", with_room=True),
    ]
    rows = pl.concat(asked, how="diagonal_relaxed").with_columns(department.alias("department"))
    rows = rows.group_by(
        "feed_id", "department", "attribute", "building_code", "unit_code", "room", "reason", "doubt_id"
    ).agg(pl.col("opened_on").min())
    return rows.select(
        id_expr(
            "correction",
            *[pl.col(name) for name in ("feed_id", "attribute", "building_code", "unit_code", "room", "reason")],
        ).alias("request_id"),
        *KEY,
        (pl.col("opened_on") + DUE).alias("due_on"),
        pl.lit("open").alias("status"),
    )


def keeper_of_addresses(contracts: Mapping[str, Contract]) -> str | None:
    """The feed of the department that owns official addresses: the one about buildings that comes first."""
    about = [contract for contract in contracts.values() if contract.subject.kind == "building"]
    return min(about, key=lambda contract: (contract.subject.precedence, contract.feed_id)).feed_id if about else None


def _asked(rows: pl.DataFrame, attribute: str, reason: str, *, with_room: bool = False) -> pl.DataFrame:
    return rows.select(
        pl.col("feed_id").cast(pl.String),
        pl.lit(attribute).alias("attribute"),
        "building_code",
        "unit_code",
        (pl.col("room") if with_room else pl.lit(None, pl.String)).alias("room"),
        pl.lit(reason).alias("reason"),
        (pl.col("doubt_id") if with_room else pl.lit(None, pl.String)).alias("doubt_id"),
        "opened_on",
    )
