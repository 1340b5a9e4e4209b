"""Makes a whole district: library, deliveries day by day, truth."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from schemas.contract import Contract, contract_of
from schemas.errors import ContractError
from synth import broken, formats, truth
from synth.calendar import FIRST_DAY
from synth.faults import plant
from synth.feeds import of_events, of_organisations, of_places, of_recipes, of_residents
from synth.library import library_tables, write_library
from synth.recipe import recipe_ids, recipe_of
from synth.world import World, make_world

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

FEEDS: dict[str, Callable[[World], pl.DataFrame]] = {
    "police__residents": of_residents.residents,
    "health__births_deaths": of_residents.births_deaths,
    "civil_affairs__elderly_subsidies": of_residents.elderly_subsidies,
    "education__students": of_residents.students,
    "human_resources__contributions": of_organisations.contributions,
    "market_regulation__organisations": of_organisations.organisations,
    "housing__leases": of_residents.leases,
    "natural_resources__buildings": of_places.buildings,
    "water__accounts": of_places.accounts,
    "fire__inspections": of_events.inspections,
    "hotline__requests": of_events.requests,
    "grid_office__findings": of_events.findings,
    "grid_office__door_outcomes": of_events.door_outcomes,
}  # written by hand; every other feed is made from its recipe


def feeds_made() -> dict[str, Callable[[World], pl.DataFrame]]:
    """Every feed that can be made, and what makes its versions."""
    return FEEDS | {feed_id: partial(of_recipes.made, feed_id=feed_id) for feed_id in recipe_ids()}


@dataclass
class Summary:
    """What was made: counts of buildings, units, people, organisations, files; delivered rows by feed."""

    out: Path
    buildings: int = 0
    units: int = 0
    people: int = 0
    organisations: int = 0
    library_rows: int = 0
    files: int = 0
    defects: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        """Rows delivered over all feeds and days."""
        return sum(self.rows.values())


def make_district(
    buildings: int,
    seed: int,
    days: int,
    out: Path,
    *,
    start: date = FIRST_DAY,
    feeds: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Writes DIR/library, DIR/deliveries and DIR/truth; the same arguments give the same bytes.

    `feeds`: only these departments deliver, what they deliver being the same as when all do.
    """
    tell = progress or (lambda what, done, steps: None)
    chosen = {feed_id: feed for feed_id, feed in feeds_made().items() if feeds is None or feed_id in feeds}
    steps = 2 + len(chosen)
    tell("world", 0, steps)
    world = make_world(buildings, seed, days, start)
    summary = Summary(out, world.building.height, world.unit.height, world.people.size, world.organisations.size)
    tell("library", 1, steps)
    tables = library_tables(world.areas, world.building, world.unit, seed)
    summary.library_rows = write_library(tables, out / "library")
    records, defects = [], []
    for number, (feed_id, feed) in enumerate(chosen.items()):
        tell(feed_id, 2 + number, steps)
        made = deliver(world, feed_id, feed(world), out / "deliveries")
        records += made.records
        defects += made.defects
        summary.rows[feed_id] = sum(frame.height for frame in made.records)
        summary.files += len(made.records)
    summary.defects = sum(frame.height for frame in defects)
    truth.write(world, records, defects, out / "truth")
    tell("done", steps, steps)
    return summary


@dataclass
class Made:
    """Truth of one feed's deliveries: a frame of records and one of defects a file."""

    records: list[pl.DataFrame] = field(default_factory=list)
    defects: list[pl.DataFrame] = field(default_factory=list)


def deliver(world: World, feed_id: str, versions: pl.DataFrame, folder: Path) -> Made:
    """Writes one feed's files of every day, some rows and some whole files broken on purpose."""
    contract, recipe = contract_of(feed_id), recipe_of(feed_id)
    every = recipe.changes.every if recipe else 1
    versions = plant(versions, contract, world.draw("faults", feed_id), world.dates[-1])
    made, before, held_back = Made(), None, versions.clear()
    for position, day in enumerate(world.dates):
        if position % every:
            continue
        rows = due(versions, contract, position)
        # of a record that was held back and has changed since, only what it is now comes
        rows = pl.concat([held_back.filter(~pl.col("_record").is_in(rows["_record"].implode())), rows])
        held_back = versions.clear()
        rule = broken.planned(position).get(feed_id)
        if rule == "repeated_content" and rows.is_empty():
            rule = None
        bad = (
            broken.delivery(rule, rows, contract, day=day, draw=world.draw("broken", feed_id, position), before=before)
            if rule
            else None
        )
        if bad is not None and contract.delivery.mode != "snapshot":
            held_back = rows
        elif bad is None and rows.is_empty():
            continue
        sent = bad or broken.Delivery(formats.write(rows, contract, day), rows, rows.height)
        name = file_name(contract, day)
        put(folder / day.isoformat() / feed_id, name, sent, contract)
        made.records.append(truth.records(sent.rows, contract, day, name))
        made.defects.append(
            truth.batch_defect(contract, day, name, rule)
            if bad and rule
            else truth.row_defects(rows, contract, day, name)
        )
        before = sent
    return made


def due(versions: pl.DataFrame, contract: Contract, position: int) -> pl.DataFrame:
    """What is delivered on a day: all that lives in a snapshot, else what begins."""
    if contract.delivery.mode == "snapshot":
        rows = versions.filter((pl.col("_first") <= position) & (pl.col("_last") > position))
    else:
        rows = versions.filter(pl.col("_first") == position)
    return rows.sort("_record", maintain_order=True) if contract.delivery.mode == "snapshot" else rows


def file_name(contract: Contract, day: date) -> str:
    """The name the contract's pattern expects."""
    pattern = contract.delivery.file_pattern
    name = re.sub(r"\(\?i:(.*?)\)", lambda part: part[1].upper(), pattern.strip("^$"))
    name = name.replace(r"(?P<day>\d{8})", f"{day:%Y%m%d}").replace(r"(?P<day>\d{4}-\d{2}-\d{2})", day.isoformat())
    name = re.sub(r"\(.*?\)\?", "", name).replace("\\", "")
    if not re.fullmatch(pattern, name):
        raise ContractError(contract.feed_id, "delivery.file_pattern", f"no name could be made of it: {name}",
                            "write the day as (?P<day>\\d{8}), the rest as plain text")  # fmt: skip
    return name


def put(folder: Path, name: str, sent: broken.Delivery, contract: Contract) -> None:
    """The file, and the flag or manifest that says the delivery is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(sent.content)
    ends = contract.delivery.complete
    stem = name.rsplit(".", 1)[0]
    if ends.flag:
        (folder / ends.flag.format(stem=stem, name=name)).write_bytes(b"")
    if ends.manifest:
        checksum = hashlib.sha256(sent.content).hexdigest()
        manifest = json.dumps({"file": name, "rows": sent.claimed_rows, "sha256": checksum}, ensure_ascii=False)
        (folder / ends.manifest.format(stem=stem, name=name)).write_text(manifest, encoding="utf-8")
