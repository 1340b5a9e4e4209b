"""address.change: what differs between two standings of the library, and the list of codes each release gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from schemas.table import load_tables
from transforms.library.book import CODE_COLUMN
from transforms.library.draft import NOT_TOLD

NAMES = ("name", "estate", "estate_number", "road", "road_number", "entrance", "room", "standard_address")
DOOR = "网格员"  # the post whose visits open provisional codes
LINE: dict[str, pl.DataType] = dict.fromkeys(("code", "kind", "attribute", "before", "after"), pl.String())
# Kinds of address.change that are about the code itself; `amend` and `alias` change what is known of its place.
OF_CODES = ("mint", "confirm", "rename", "split", "merge", "renumber", "cancel", "reinstate", "redraw")


def differences(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """code, kind, attribute, before, after for all that two libraries (by short table name) tell differently.

    A code new in `after` is a mint; one whose status turns is cancelled or reinstated; one called otherwise is renamed;
    other columns are amended. New lines of lineage lead to their successors.
    """
    parts = [_of_table(table, before[table], after[table]) for table in ("building", "unit")]
    known = before["lineage"].select("code", "successor", "kind")
    led = after["lineage"].join(known, on=["code", "successor", "kind"], how="anti", nulls_equal=True)
    parts.append(
        led.filter(pl.col("successor").is_not_null() & (pl.col("code") != pl.col("successor"))).select(
            "code", "kind", attribute=pl.lit("successor"), before=pl.lit(None, pl.String), after="successor"
        )
    )
    return pl.concat([part.select(pl.col(name).cast(dtype) for name, dtype in LINE.items()) for part in parts])


def _of_table(table: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    code = CODE_COLUMN[table]
    new = after.join(before, on=code, how="anti").select(
        code=code, kind=pl.lit("mint"), attribute=pl.lit("status"), before=pl.lit(None, pl.String),
        after=pl.col("status").fill_null("active"),
    )  # fmt: skip
    names = [name for name in load_tables()[f"address.{table}"].column_names if name not in {*NOT_TOLD, code}]
    both = before.join(after, on=code, suffix="_new")
    parts = [new]
    for name in names:
        old, now = pl.col(name).cast(pl.String), pl.col(f"{name}_new").cast(pl.String)
        kind = pl.lit("rename" if name in NAMES else "amend")
        if name == "status":
            gone = now == "cancelled"
            kind = (
                pl.when(gone).then(pl.lit("cancel")).when(old == "cancelled").then(pl.lit("reinstate"))
                .when(old == "proposed").then(pl.lit("confirm")).otherwise(pl.lit("amend"))
            )  # fmt: skip
        parts.append(
            both.filter(old.ne_missing(now)).select(code=code, kind=kind, attribute=pl.lit(name), before=old, after=now)
        )
    return pl.concat(parts)


def code_changes(change: pl.DataFrame, since: int, previous_release: str | None) -> pl.DataFrame:
    """Rows of release.code_change: from address.change, operations after number `since`, one a code, kind and
    successor. The first release has none: all its codes are new.
    """
    table = load_tables()["release.code_change"]
    if previous_release is None:
        return table.empty()
    told = change.filter((pl.col("operation") > since) & pl.col("kind").is_in(OF_CODES))
    led = pl.col("attribute") == "successor"
    keys = ["operation", "code", "kind"]
    leading = told.filter(led).select(*keys, "date", successor="after")
    others = (
        told.filter(~led).join(leading, on=keys, how="anti").select(*keys, "date", successor=pl.lit(None, pl.String))
    )
    rows = pl.concat([leading, others]).unique([*keys, "successor"], keep="first", maintain_order=True)
    return table.conform(rows.with_columns(previous_release=pl.lit(previous_release))).sort(
        "operation", "code", "successor", nulls_last=True
    )


def import_log(number: int, lines: pl.DataFrame, day: date, version: str) -> dict[str, pl.DataFrame]:
    """The rows of address.operation and address.change an import leaves."""
    operation = {
        "number": number, "operation_id": version, "kind": "import", "date": day, "by": None, "reason": None,
    }  # fmt: skip
    tables = load_tables()
    change = lines.sort("code", "attribute", "after", nulls_last=True).with_columns(
        operation=pl.lit(number, pl.Int64), line=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), date=pl.lit(day)
    )
    return {
        "operation": tables["address.operation"].conform(pl.DataFrame([operation])),
        "change": tables["address.change"].conform(change),
    }


def provisional(number: int, unit: pl.DataFrame, day: date) -> dict[str, pl.DataFrame]:
    """The rows by table of the operation that gives rooms found by the door their provisional codes.

    `unit` are rows of address.unit, status proposed; they are entered as of the day they were found.
    """
    operation = {
        "number": number, "operation_id": None, "kind": "mint", "date": day, "by": DOOR,
        "reason": "上门核实发现地址库缺少的房屋",
    }  # fmt: skip
    tables = load_tables()
    change = unit.select(
        operation=pl.lit(number, pl.Int64), line=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), code="unit_code",
        kind=pl.lit("mint"), attribute=pl.lit("status"), after="status", date=pl.coalesce("first_seen", pl.lit(day)),
    )  # fmt: skip
    return {
        "address.unit": tables["address.unit"].conform(unit),
        "address.operation": tables["address.operation"].conform(pl.DataFrame([operation])),
        "address.change": tables["address.change"].conform(change),
    }
