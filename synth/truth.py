"""What every delivered row really means, and where everybody really is. Read by `evaluate` and tests alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from schemas.contract import Contract
from synth.calendar import to_dates, to_number
from synth.draw import Ints
from synth.formats import first_row
from synth.person import DEATH, LEAVE, MOVE
from synth.world import World

DEFECT = {"feed_id": pl.String, "day": pl.Date, "file": pl.String, "row": pl.UInt32, "rule": pl.String}


def records(rows: pl.DataFrame, contract: Contract, day: date, file: str) -> pl.DataFrame:
    """feed_id, day, file, row, record_id, unit_code, building_code, level of one delivered file's rows."""
    return rows.select(
        feed_id=pl.lit(contract.feed_id),
        day=pl.lit(day),
        file=pl.lit(file),
        row=pl.int_range(first_row(contract), first_row(contract) + pl.len(), dtype=pl.UInt32),
        record_id="_record",
        unit_code="_unit",
        building_code="_building",
        level="_level",
    )


def row_defects(rows: pl.DataFrame, contract: Contract, day: date, file: str) -> pl.DataFrame:
    """feed_id, day, file, row, rule of the rows with a planted defect."""
    return (
        rows.select(
            feed_id=pl.lit(contract.feed_id),
            day=pl.lit(day),
            file=pl.lit(file),
            row=pl.int_range(first_row(contract), first_row(contract) + pl.len(), dtype=pl.UInt32),
            rule="_rule",
        )
        .filter(pl.col("rule").is_not_null())
        .cast(DEFECT)  # type: ignore[arg-type]
    )


def batch_defect(contract: Contract, day: date, file: str, rule: str) -> pl.DataFrame:
    """One line for a whole delivery broken on purpose; its row is null."""
    return pl.DataFrame([(contract.feed_id, day, file, None, rule)], schema=DEFECT, orient="row")


def write(world: World, record: list[pl.DataFrame], defect: list[pl.DataFrame], folder: Path) -> None:
    """record, defect, residence, premises and person .parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    pl.concat(record).write_parquet(folder / "record.parquet")
    pl.concat([pl.DataFrame(schema=DEFECT), *defect]).write_parquet(folder / "defect.parquet")
    residence(world).write_parquet(folder / "residence.parquet")
    premises(world).write_parquet(folder / "premises.parquet")
    people = world.people
    pl.DataFrame(
        {
            "id_number": people.id_number,
            "name": people.name,
            "phone": people.phone,
            "is_registered_here": people.is_registered_here,
            "is_marked": people.is_marked,
        }
    ).write_parquet(folder / "person.parquet")


def residence(world: World) -> pl.DataFrame:
    """id_number, valid_from, valid_to (excluded; null while it lasts), unit_code: where each person really lives."""
    people, last = world.people, to_number(world.dates[-1])
    ends = np.isin(people.change, [MOVE, LEAVE, DEATH]) & (people.changed <= last)
    moved = (people.change == MOVE) & (people.changed <= last)
    here = people.since <= last
    living, movers = np.flatnonzero(here), np.flatnonzero(moved)
    first = _stays(
        world, living, people.unit[living], start=people.since[living], end=people.changed[living], ends=ends[living]
    )
    on = people.changed[movers]
    never = np.zeros(len(movers), dtype=bool)
    then = _stays(world, movers, people.next_unit[movers], start=on, end=on, ends=never)
    return pl.concat([first, then])


def _stays(world: World, person: Ints, unit: Ints, *, start: Ints, end: Ints, ends: np.ndarray) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "id_number": world.people.id_number.gather(pl.Series(person.astype(np.uint32))),
            "valid_from": to_dates(start),
            "end": to_dates(end),
            "ends": ends,
            "unit_code": world.unit["unit_code"].gather(pl.Series(unit.astype(np.uint32))),
        }
    )
    return frame.select("id_number", "valid_from", valid_to=pl.when("ends").then("end"), unit_code="unit_code")


def premises(world: World) -> pl.DataFrame:
    """uscc, kind (registered, operating), valid_from, valid_to, unit_code."""
    held, days = world.organisations, len(world.days)
    moved = (held.moved >= 0) & (held.moved < days)
    on = to_dates(world.days[np.clip(held.moved, 0, days - 1)])
    frame = pl.DataFrame({"uscc": held.uscc, "began": to_dates(held.began), "on": on, "moved": moved})
    code = world.unit["unit_code"]

    def at(rows: Ints) -> pl.Series:
        return code.gather(pl.Series(np.maximum(rows, 0).astype(np.uint32)))

    wide = frame.with_columns(
        registered=at(held.registered), operating=at(held.operating), next_registered=at(held.next_registered)
    )
    never = pl.lit(None, pl.Date)
    return pl.concat(
        [
            wide.select(
                "uscc",
                kind=pl.lit("registered"),
                valid_from="began",
                valid_to=pl.when("moved").then("on"),
                unit_code="registered",
            ),
            wide.filter("moved").select(
                "uscc", kind=pl.lit("registered"), valid_from="on", valid_to=never, unit_code="next_registered"
            ),
            wide.select("uscc", kind=pl.lit("operating"), valid_from="began", valid_to=never, unit_code="operating"),
        ]
    )
