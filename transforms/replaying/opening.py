"""A delivery with open rows, unsealed and laid out for the judge: the chosen rows here, the rest of it there."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from schemas.contract import Contract
from schemas.errors import BlockdataError
from schemas.home import Home
from transforms.batch import Batch, unsealed
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake
from transforms.reading.source import Reading
from transforms.replaying.delivered import Cell, Mended, grids, mended_rows, part_of, together
from transforms.replaying.judge import ABOUT_A_CLASH, Case, record_ids_of
from transforms.replaying.standing import OPEN, PLACE
from transforms.steps import Steps


def case_of(
    lake: Lake, batch: Batch, lines: pl.DataFrame, places: pl.DataFrame, *, asked: Mended, steps: Steps
) -> Case:
    """The chosen rows (`places`) of a delivery, with what the rest of it says. `lines`: its standing lines.

    Raises BatchRefused where its files cannot be read under the contract as it is.
    """
    day = lines["delivered_on"][0]
    keys = keys_of(lake.home)
    whole = steps.read(batch.files, batch.contract)
    chosen, rest = part_of(whole, places), part_of(whole, places, rest=True)
    before = record_ids_of(chosen, day, batch, steps, keys)["record_id"]
    if asked.cells:
        chosen = _mended(batch, chosen, places, asked)
    aside = lines.select(*PLACE, "state", "rule").with_columns(pl.col("row_number").cast(pl.UInt32))
    replayed = aside.filter(pl.col("state") != OPEN)
    clear = aside.filter((pl.col("rule") != ABOUT_A_CLASH) | (pl.col("state") != OPEN))
    named = record_ids_of(part_of(rest, replayed, rest=True), day, batch, steps, keys)
    own = _corrected(lake, batch)
    others = named.drop_nulls("record_id").join(clear.select(PLACE).unique(), on=PLACE, how="anti")
    withdrawn = pl.DataFrame(
        sorted(asked.withdrawn), schema={"file_name": pl.String, "row_number": pl.UInt32}, orient="row"
    )
    held_back = lake.read("quality.validation", feed_id=batch.feed_id).filter(
        pl.col("batch_id") == batch.batch_id, pl.col("expectation") == "deletes_held_back"
    )
    return Case(
        batch=batch,
        day=day,
        reading=chosen,
        others=pl.concat([others, own], how="vertical_relaxed"),
        present=pl.concat([named["record_id"], own["record_id"]]),
        withdrawn=withdrawn.join(
            places.select(pl.col("file_name"), pl.col("row_number").cast(pl.UInt32)), on=PLACE, how="semi"
        ),
        before=before,
        held_back=held_back.height > 0,
    )


def _mended(batch: Batch, chosen: Reading, places: pl.DataFrame, asked: Mended) -> Reading:
    """The chosen rows, those with mended cells read again."""
    open_places = set(places.select(PLACE).iter_rows())
    by_file: dict[str, dict[int, Mapping[int, Cell]]] = {}
    for (name, number), cells in asked.cells.items():
        if (name, number) in open_places:
            by_file.setdefault(name, {})[number] = cells
    if not by_file:
        return chosen
    opened = grids(batch)
    parts = [mended_rows(opened[name], batch.contract, changes) for name, changes in by_file.items() if name in opened]
    touched = pl.DataFrame(
        [(name, number) for name, changes in by_file.items() for number in changes],
        schema={"file_name": pl.String, "row_number": pl.UInt32},
        orient="row",
    )
    return together(part_of(chosen, touched, rest=True), *parts)


def _corrected(lake: Lake, batch: Batch) -> pl.DataFrame:
    """file_name, row_number, record_id of rows of this delivery that corrections have let in."""
    return (
        lake.scan(f"record_history.{batch.feed_id}")
        .filter(pl.col("batch_id").is_in(corrections_of(lake, batch).implode()), pl.col("operation") != "delete")
        .select("file_name", pl.col("row_number").cast(pl.UInt32), "record_id")
        .unique()
        .collect()
    )


def corrections_of(lake: Lake, batch: Batch) -> pl.Series:
    """batch_id of every correction of a delivery."""
    listed = lake.listed(batch.feed_id)
    return listed.filter(pl.col("corrects") == batch.batch_id)["batch_id"]


class KeptOut:
    """record_ids of a delivery's rows in quarantine, each delivery opened once."""

    def __init__(self, home: Home, contract: Contract, steps: Steps) -> None:
        self._home, self._contract, self._steps = home, contract, steps
        self._known: dict[str, pl.Series] = {}

    def of(self, batch_id: str) -> pl.Series:
        """Empty where the originals cannot be had: then silence means absence, as at a late delivery."""
        if batch_id not in self._known:
            self._known[batch_id] = self._read(batch_id)
        return self._known[batch_id]

    def _read(self, batch_id: str) -> pl.Series:
        lake, none = Lake(self._home), pl.Series("record_id", [], pl.String)
        lines = lake.read("quality.quarantine", feed_id=self._contract.feed_id).filter(pl.col("batch_id") == batch_id)
        if lines.is_empty():
            return none
        try:
            batch = unsealed(self._home, batch_id, self._contract)
            reading = part_of(self._steps.read(batch.files, self._contract), lines.select(PLACE).unique())
        except BlockdataError:
            return none
        assert batch.day is not None
        return record_ids_of(reading, batch.day, batch, self._steps, keys_of(self._home))["record_id"]
