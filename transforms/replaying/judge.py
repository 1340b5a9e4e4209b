"""Quarantined rows judged anew: read → compare → clean → key, in memory, beside the delivery they came with.

The steps are those of `transforms/prepare.py`. What differs: only the chosen rows are judged, and a record that a later
delivery told already keeps what that one said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from transforms import compare, keying
from transforms.batch import Batch, is_late
from transforms.caring.subject import set_aside
from transforms.counts import Counts, keyed_levels
from transforms.lake.fold import current_state
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake
from transforms.reading.quarantine import faults_of, without_faulty
from transforms.reading.source import Reading
from transforms.replaying.standing import PLACE
from transforms.standing import standing_of
from transforms.steps import Steps

KeptOut = Callable[[str], pl.Series]  # batch_id → record_id of its rows in quarantine, null where none can be read
ABOUT_A_CLASH = "conflicting_key"


@dataclass(frozen=True)
class Case:
    """What is judged. `reading`: the chosen rows alone, mended where somebody mended them. `others`: file_name,
    row_number, record_id of the delivery's rows that are not chosen and stand, or clash with each other. `present`:
    record_id of every row not chosen, null where it cannot be read.
    `withdrawn`: file_name, row_number of rows the department takes back. `before`: record_id the chosen rows had as
    they were delivered. `held_back`: the delivery's deletions wait for keys to become readable."""

    batch: Batch
    day: date
    reading: Reading
    others: pl.DataFrame
    present: pl.Series
    withdrawn: pl.DataFrame
    before: pl.Series
    held_back: bool


@dataclass(frozen=True)
class Judged:
    """`history`: rows of record_history, without batch_id and known_from. `settled`: file_name, row_number, outcome.
    `stays`: quarantine lines of rows still broken. `coded`: the sound rows that go in. `row_hashes`: of what is said
    now, for the id of the correction."""

    history: pl.DataFrame
    settled: pl.DataFrame
    stays: pl.DataFrame
    coded: pl.DataFrame
    counts: Counts
    is_late: bool
    row_hashes: list[str]


def judge_again(lake: Lake, case: Case, library: Any, steps: Steps, kept_out: KeptOut) -> Judged:
    """Every chosen row comes out in `settled` or in `stays`. Nothing is written."""
    batch, day, contract, keys = case.batch, case.day, case.batch.contract, keys_of(lake.home)
    history = lake.scan(f"record_history.{batch.feed_id}")
    listed = lake.listed(batch.feed_id)
    rows, faults = without_faulty(case.reading.rows, case.withdrawn), case.reading.quarantined
    faults = without_faulty(faults, case.withdrawn)
    named = _named(case.reading, case, steps, keys)

    overtaken = _overtaken(listed, history, case, named)
    rows, faults = without_faulty(rows, overtaken), without_faulty(faults, overtaken)
    state = standing_of(lake, contract, day).records
    rows = rows.with_columns(row_hash=steps.row_hash(rows, contract, keys))
    found = compare.compare(rows, state)
    cleaned = set_aside(lake.home, steps.clean(found.changed.drop("row_hash"), contract, day, keys), contract, keys)
    distinct = compare.same_after_cleaning(cleaned.rows)
    clash, doubles = _clashes(distinct, found.unchanged, case.others, current_state(history, day))
    hashes = found.changed.select(*PLACE, "row_hash")
    sound = without_faulty(without_faulty(distinct, clash), doubles).join(
        hashes, on=PLACE, how="left", maintain_order="left"
    )
    keyed = steps.key(keying.addresses_of(sound, contract), library)
    broken = keying.broken_rows(sound, keyed, contract)
    coded = without_faulty(keying.with_codes(sound, keyed), broken)
    clashing = faults_of(clash, pl.lit(True), contract.key_columns[0].name, ABOUT_A_CLASH, pl.col("record_id"))
    lines = pl.concat([faults, cleaned.quarantined, clashing, broken], how="vertical_relaxed").unique(
        [*PLACE, "column", "rule"], keep="first", maintain_order=True
    )
    moot = _moot(listed, history, case, named.join(lines.select(PLACE).unique(), on=PLACE, how="semi"))
    stays = without_faulty(lines, moot)

    known = pl.col("record_id").is_in(state["record_id"].implode())
    changes = coded.with_columns(operation=pl.when(known).then(pl.lit("update")).otherwise(pl.lit("insert")))
    unchanged = without_faulty(found.unchanged, clash)
    settled = _outcomes(
        case,
        stays,
        withdrawn=case.withdrawn,
        superseded=pl.concat([overtaken, moot]),
        ignored=case.reading.ignored,
        unchanged=unchanged,
        inserted=changes.filter(pl.col("operation") == "insert"),
        updated=changes.filter(pl.col("operation") == "update"),
    )
    gone = _gone(state, case, named, stays, settled)
    deletes = pl.DataFrame({"record_id": gone}).with_columns(operation=pl.lit("delete"))
    written = pl.concat([changes, deletes], how="diagonal_relaxed").with_columns(delivered_on=pl.lit(day))
    said_again = _said_again(history, listed, case, written["record_id"], kept_out)
    told = dict(settled["outcome"].value_counts().iter_rows())
    return Judged(
        history=pl.concat([written, *said_again], how="diagonal_relaxed"),
        settled=settled,
        stays=stays,
        coded=coded,
        counts=Counts(
            received=settled.height,
            inserted=told.get("inserted", 0),
            updated=told.get("updated", 0),
            unchanged=told.get("unchanged", 0),
            duplicates=told.get("duplicate", 0),
            ignored=sum(told.get(name, 0) for name in ("ignored", "superseded", "withdrawn")),
            deleted=gone.len(),
            **keyed_levels(coded["match_level"]),
        ),
        is_late=is_late(listed, day),
        row_hashes=rows["row_hash"].to_list(),
    )


def record_ids_of(reading: Reading, case_day: date, batch: Batch, steps: Steps, keys: Any) -> pl.DataFrame:
    """file_name, row_number, record_id of every row of a reading, null where its key cannot be read."""
    parts = [reading.rows] if reading.kept_out is None else [reading.rows, reading.kept_out]
    return pl.concat(
        part.select(PLACE).with_columns(record_id=steps.record_ids(part, batch.contract, case_day, keys))
        for part in parts
    ).with_columns(pl.col("record_id").cast(pl.String))


def _named(reading: Reading, case: Case, steps: Steps, keys: Any) -> pl.DataFrame:
    return without_faulty(record_ids_of(reading, case.day, case.batch, steps, keys), case.withdrawn)


def _overtaken(listed: pl.DataFrame, history: pl.LazyFrame, case: Case, named: pl.DataFrame) -> pl.DataFrame:
    """Places of rows that a delivery of the same day, let in after theirs, has told anew: the later word holds."""
    after = _later_of_the_day(listed, case)
    if after.is_empty():
        return named.head(0).select(PLACE)
    if case.batch.contract.delivery.mode == "snapshot":
        return named.select(PLACE)  # a snapshot says everything
    told = history.filter(
        pl.col("delivered_on") == case.day, pl.col("batch_id").is_in(after["batch_id"].implode())
    ).select("record_id")
    return named.join(told.unique().collect(), on="record_id", how="semi").select(PLACE)


def _later_of_the_day(listed: pl.DataFrame, case: Case) -> pl.DataFrame:
    deliveries = _deliveries(listed)
    committed = deliveries.filter(pl.col("batch_id") == case.batch.batch_id)["committed_at"]
    return deliveries.filter(
        pl.col("delivered_on") == case.day,
        pl.col("batch_id") != case.batch.batch_id,
        pl.col("committed_at") > committed.first(),
    )


def _deliveries(listed: pl.DataFrame) -> pl.DataFrame:
    return listed.filter(pl.col("status").is_in(["loaded", "accepted"]))


def _moot(listed: pl.DataFrame, history: pl.LazyFrame, case: Case, broken: pl.DataFrame) -> pl.DataFrame:
    """Places of rows still broken that a later day has answered: a snapshot says everything, another tells its own."""
    later = _deliveries(listed).filter(pl.col("delivered_on") > case.day)
    if later.is_empty() or broken.is_empty():
        return broken.head(0).select(PLACE)
    if case.batch.contract.delivery.mode == "snapshot":
        return broken.select(PLACE)
    told = history.filter(pl.col("delivered_on") > case.day).select("record_id").unique().collect()
    return broken.join(told, on="record_id", how="semi").select(PLACE)


def _clashes(
    distinct: pl.DataFrame, unchanged: pl.DataFrame, others: pl.DataFrame, standing: pl.LazyFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Chosen rows that share their key with another row of the delivery, and those that say the same as it."""
    place = [*PLACE, "record_id"]
    beside = pl.concat([unchanged.select(place), others.select(place)], how="vertical_relaxed")
    clash = compare.conflicting(distinct, beside).join(distinct.select(PLACE), on=PLACE, how="semi")
    if clash.is_empty():
        return clash, clash
    content = [name for name in distinct.columns if name not in PLACE]
    stands = standing.filter(pl.col("record_id").is_in(clash["record_id"].implode())).collect()
    if not set(content) <= set(stands.columns):
        return clash, clash.head(0)
    once = clash.filter(pl.col("record_id").is_unique())
    same = (
        distinct.join(once.select(PLACE), on=PLACE, how="semi")
        .join(stands.select(content), on=content, how="semi", nulls_equal=True)
        .select(place)
    )
    return without_faulty(clash, same), same


def _outcomes(case: Case, stays: pl.DataFrame, **groups: pl.DataFrame) -> pl.DataFrame:
    """file_name, row_number, outcome; a row of no group is a duplicate of another."""
    kinds: dict[str, pl.DataType] = {"file_name": pl.String(), "row_number": pl.UInt32()}
    told = pl.concat(
        frame.select(pl.col(name).cast(kind) for name, kind in kinds.items()).with_columns(outcome=pl.lit(outcome))
        for outcome, frame in groups.items()
    ).unique(PLACE, keep="first", maintain_order=True)
    chosen = pl.concat(
        frame.select(pl.col(name).cast(kind) for name, kind in kinds.items())
        for frame in (case.reading.rows, case.reading.quarantined, case.reading.ignored)
    ).unique(maintain_order=True)
    return without_faulty(chosen.join(told, on=PLACE, how="left", maintain_order="left"), stays).with_columns(
        pl.col("outcome").fill_null("duplicate")
    )


def _gone(
    state: pl.DataFrame, case: Case, named: pl.DataFrame, stays: pl.DataFrame, settled: pl.DataFrame
) -> pl.Series:
    """Records a snapshot no longer holds that show now: of rows whose key was mended, and, once every key can be read,
    those whose deletion was held back."""
    none = state["record_id"].head(0)
    if case.batch.contract.delivery.mode != "snapshot" or settled.is_empty():
        return none
    present = pl.concat([case.present, named["record_id"]])
    gone = compare.vanished(state, pl.Series([], dtype=pl.Int64), present.drop_nulls())
    all_read = not present.null_count()
    if case.held_back and all_read:
        return gone
    return gone.filter(gone.is_in(case.before.drop_nulls().implode()))


def _said_again(
    history: pl.LazyFrame, listed: pl.DataFrame, case: Case, touched: pl.Series, kept_out: KeptOut
) -> list[pl.DataFrame]:
    """What later snapshots must say again, so that their days stay right (see `compare.restoring`).

    A later snapshot that holds the record in quarantine said nothing of it: the one after that is asked.
    """
    if case.batch.contract.delivery.mode != "snapshot" or touched.is_empty():
        return []
    later = _deliveries(listed).filter(pl.col("delivered_on") > case.day).sort("delivered_on", "committed_at")
    said, left = [], touched.unique()
    for day, ids in later.group_by("delivered_on", maintain_order=True).agg("batch_id").iter_rows():
        quarantined = kept_out(ids[-1]).drop_nulls()
        own = history.filter(pl.col("delivered_on") == day).select("record_id").unique().collect()["record_id"]
        waiting = left.filter(left.is_in(quarantined.implode()) & ~left.is_in(own.implode()))
        asked = left.filter(~left.is_in(waiting.implode()))
        if asked.len():
            said.append(compare.restoring(history, asked, day))
        left = waiting
        if left.is_empty():
            break
    return said
