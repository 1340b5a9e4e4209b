"""Suites written by hand for the address library, and the judge for any declared table.

What is about single rows is judged by how many break it; what needs all rows at once (grain, order of dates, agreement
of two columns) is counted by Polars too. Great Expectations judges the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from expectations.check import Check, Verdict, between, in_set, matches, metric, not_null
from expectations.contract_suite import CHINA
from expectations.counted import broken_rows
from expectations.engine import Asked, judged
from expectations.layered import Layered, grain_broken_by_news
from expectations.metrics import Unchanged
from expectations.remembered import Remembered
from expectations.verdict import sampled, verdict
from schemas.table import load_tables

UNIT_CODE = r"^[0-9]{14}[0-9T]{5}[0-9]{6}$"
BUILDING_CODE = r"^[0-9]{14}[0-9T]{5}$"
STATUSES = ["proposed", "active", "cancelled"]
# Raised when unit_numbers or building_numbers count otherwise: what is remembered of them is old then.
WRITTEN_FORM = "1"
Numbers = dict[str, float]

UNIT_CHECKS = (
    not_null("unit_code"),
    matches("unit_code", UNIT_CODE),
    not_null("building_code"),
    not_null("room"),
    not_null("standard_address"),
    not_null("status"),
    in_set("status", STATUSES),
    between("floor", -9, 150),
    between("area_m2", 0, 100_000, severity="warning"),
    between("version", 1, None),
)

BUILDING_CHECKS = (
    not_null("building_code"),
    matches("building_code", BUILDING_CODE),
    not_null("status"),
    in_set("status", STATUSES),
    not_null("street_code"),
    not_null("community_code"),
    not_null("lon", mostly=0.9, severity="warning"),
    between("lon", *CHINA["lon"]),
    between("lat", *CHINA["lat"]),
    between("floors", 0, 150),
    between("lifts", 0, 100),
    between("built_year", 1700, 2100),
    between("version", 1, None),
)


def unit_numbers(frame: pl.DataFrame) -> Numbers:
    """Rows of address.unit whose columns contradict each other."""
    return _counts(
        frame,
        other_building=pl.col("unit_code").str.slice(0, 19) != pl.col("building_code"),
        changed_before_seen=pl.col("last_changed") < pl.col("first_seen"),
    )


def building_numbers(frame: pl.DataFrame) -> Numbers:
    """Rows of address.building whose columns contradict each other, or by which nobody could find the house."""
    nameless = [pl.col(name).is_null() for name in ("name", "estate", "estate_number", "road", "road_number")]
    return _counts(
        frame,
        temporary_disagrees=pl.col("building_code").str.contains("T", literal=True) != pl.col("is_temporary"),
        changed_before_seen=pl.col("last_changed") < pl.col("first_seen"),
        half_a_point=pl.col("lon").is_null() != pl.col("lat").is_null(),
        without_any_name=pl.all_horizontal(nameless),
    )


WRITTEN: dict[str, tuple[tuple[Check, ...], Callable[[pl.DataFrame], Numbers]]] = {
    "address.unit": (UNIT_CHECKS, unit_numbers),
    "address.building": (BUILDING_CHECKS, building_numbers),
}


def judge_table(name: str, frame: pl.DataFrame, *, release: str = "") -> Verdict:
    """A table by its written suite, and by its grain; a table without a suite by its grain alone."""
    return verdict(judged(*table_asked(name, frame)), release, "", None)


def table_asked(
    name: str,
    frame: pl.DataFrame | pl.LazyFrame,
    remembered: Remembered | None = None,
    content: str | None = None,
    layered: Layered | None = None,
) -> list[Asked]:
    """What `judge_table` asks, in the suite named after the table. `remembered`, `content`, `layered`: as in
    `release.judge_release`, of this table."""
    remembered = remembered or Remembered()
    found = _grain_found(name, frame, remembered, content, layered)
    if name not in WRITTEN:
        return [Asked(name, [], rows=pl.DataFrame()), numbers_asked(name, found)]
    checks, numbers = WRITTEN[name]
    rows, same = frame.lazy().collect(), Unchanged()
    if content is not None:
        how = f"{WRITTEN_FORM} {[(check.kind, *check.arguments.items()) for check in checks]}"
        if remembered.counted(f"rows {name}", content, how, lambda: _broken(rows, checks, numbers)) == 0:
            rows, same = rows.head(0), Unchanged(rows.height)  # no check is broken by a row that stands aside
    found |= numbers(rows)
    return [Asked(name, checks if rows.height + same.rows else [], rows=rows, same=same), numbers_asked(name, found)]


def height_of(frame: pl.DataFrame | pl.LazyFrame) -> int:
    """Rows of a frame."""
    return int(frame.lazy().select(pl.len()).collect().item())


def some_rows(frame: pl.DataFrame | pl.LazyFrame, most: int) -> pl.DataFrame:
    """The whole frame, or a sample of it: a seeded one of a frame at hand, every n-th row of one that lies in files."""
    if isinstance(frame, pl.DataFrame):
        return sampled(frame, most)
    step = -(-height_of(frame) // most)
    return frame.gather_every(step).collect(engine="streaming") if step > 1 else frame.collect()


def _broken(rows: pl.DataFrame, checks: Sequence[Check], numbers: Callable[[pl.DataFrame], Numbers]) -> float:
    """Rows that break anything at all; what cannot be said counts as one."""
    return float(
        sum(1 if count is None else count for count in broken_rows(rows, checks)) + sum(numbers(rows).values())
    )


def _grain_found(
    name: str, frame: pl.DataFrame | pl.LazyFrame, remembered: Remembered, content: str | None, layered: Layered | None
) -> Numbers:
    """`grain_numbers`, counted where they are not known to be 0."""
    table = load_tables().get(name)
    if table is None or content is None:
        return grain_numbers(name, frame)
    found: Numbers = {}

    def count() -> float:
        found.update(grain_numbers(name, frame))
        return sum(found.values())

    grain = table.grain
    since = None
    if layered is not None:
        since = (layered.base, lambda: float(grain_broken_by_news(layered, grain)))
    remembered.counted(f"grain {name}", content, ", ".join(grain), count, since)
    return found or dict.fromkeys(("repeated_grain", "lacking_grain"), 0.0)


def grain_numbers(name: str, frame: pl.DataFrame | pl.LazyFrame) -> Numbers:
    """How many rows share their grain with another one, or lack all of it."""
    table = load_tables().get(name)
    if table is None:
        return {}
    # By a hash of the grain: two of fifteen million rows share one by chance once in a hundred thousand releases.
    told = frame.lazy().select(
        pl.struct(table.grain).hash(seed=11).alias("grain"),
        pl.all_horizontal(pl.col(table.grain).is_null()).alias("lacks"),
    )
    rows, several, lacking = (
        told.select(pl.len().alias("rows"), pl.col("grain").n_unique(), pl.col("lacks").sum())
        .collect(engine="streaming")
        .row(0)
    )
    return {"repeated_grain": float(rows - several), "lacking_grain": float(lacking or 0)}


def numbers_asked(suite: str, numbers: Numbers) -> Asked:
    """Every number is a count of rows that must be 0."""
    frame = pl.DataFrame({name: [value] for name, value in numbers.items()})
    says = {name: f"{suite}: no row is counted under {name}" for name in numbers}
    return Asked(suite, [metric(name, None, 0, says[name]) for name in numbers], numbers=frame)


def _counts(frame: pl.DataFrame, **conditions: pl.Expr) -> Numbers:
    """Rows for which each condition is true; unknown is not true."""
    found = frame.select(condition.fill_null(False).sum().alias(name) for name, condition in conditions.items())
    return {name: float(value) for name, value in found.row(0, named=True).items()}
