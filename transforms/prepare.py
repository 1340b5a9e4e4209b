"""From sealed originals to rows ready for the lake, in memory: read, compare, clean, key. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from expectations.metrics import Unchanged, counted_columns
from schemas.contract import Contract
from schemas.home import Home
from transforms import compare, keying, landing
from transforms.batch import Batch, is_late, known_on
from transforms.caring.subject import set_aside
from transforms.cleaning.tokens import Keys
from transforms.counts import Counts, keyed_levels
from transforms.lake.keys import keys_of
from transforms.lake.remembered import columns_of
from transforms.lake.store import Lake
from transforms.parts import in_parts
from transforms.reading.known_lines import LINE, Lines
from transforms.reading.quarantine import distinct_rows, faults_of, is_faulty, without_faulty
from transforms.reading.source import Reading, Warning_
from transforms.receive import check_repeated
from transforms.recognise import recognised
from transforms.standing import Standing, changed, standing_of, with_lines, without_lines
from transforms.steps import Progress, Steps

PLACE = ["file_name", "row_number"]
PLACES = ("building_code", "street_code", "usage")  # of buildings, what match rates are told by


@dataclass(frozen=True)
class Prepared:
    """A batch ready to be judged and written.

    `history`: rows of record_history. `sound`: changed rows, for the gate to judge; `same`: what it must know of those
    that did not change, for a snapshot is judged whole. `quarantined`: one line a broken rule. `match_rates`: of the
    changed rows. `standing`: what stands once it is let in, None for a day past. `hidden`: cells of changed rows that
    held a phone or an identity number.
    """

    day: date
    known_on: date
    is_late: bool
    repeats: date | None
    history: pl.DataFrame
    sound: pl.DataFrame
    same: Unchanged
    quarantined: pl.DataFrame
    match_rates: pl.DataFrame
    counts: Counts
    warnings: list[Warning_]
    standing: Standing | None
    hidden: int = 0

    @property
    def remark(self) -> str:
        """What a person should hear of a batch that is let in."""
        told = [f"{warning.rule}: {warning.message}" for warning in self.warnings]
        if self.repeats is not None:
            told.append(f"repeated_snapshot: the snapshot of {self.repeats} came again")
        if self.hidden:
            told.append(f"numbers_hidden: {self.hidden:,} texts held a phone or an identity number, now ***")
        return "; ".join(told)

    def quarantine_lines(self) -> pl.DataFrame:
        """Lines of quality.quarantine."""
        return self.quarantined.rename({"column": "column_name"}).with_columns(status=pl.lit("open"))


def prepare(lake: Lake, batch: Batch, library: Any, steps: Steps, tell: Progress) -> Prepared:
    """Runs the steps before the gate. Raises BatchRefused when the delivery as a whole cannot be taken."""
    contract, keys = batch.contract, keys_of(lake.home)
    if batch.day is None:
        raise landing.no_day([file.name for file in batch.files], contract)
    promised = landing.check_manifests(batch.files, batch.sidecars, contract)
    repeats = check_repeated(lake, batch)
    listed = lake.listed(batch.feed_id)

    tell("read", 0)
    standing = standing_of(lake, contract, batch.day, counted_columns(contract))
    seen = recognised(batch, standing, steps, keys)
    reading = seen.reading
    landing.check_rows(promised, reading.received, reading.ignored.height)
    batch.let_go()  # from here on nobody refuses the delivery as a whole: the files need not be counted again

    tell("compare", reading.rows.height)
    hashes = [steps.row_hash(part, contract, keys) for part in in_parts(reading.rows)]
    rows = reading.rows.with_columns(row_hash=pl.concat(hashes))
    found = compare.compare(rows, standing.records, seen.known, seen.again)
    kept_out_at_reading = _kept_out_at_reading(reading, contract, batch.day, keys, steps)
    reading = replace(reading, rows=rows.clear())  # what changed is looked at once more, the rest never
    del rows, hashes

    tell("clean", found.changed.height)
    sifted = _sifted(found, contract, batch.day, keys, steps, home=lake.home)
    found = replace(found, changed=found.changed.clear())
    tell("key", sifted.ids.len())
    coded, broken = _coded(sifted.parts, contract, library, steps)
    quarantined = pl.concat([reading.quarantined, sifted.quarantined, broken], how="vertical_relaxed").unique(
        [*PLACE, "column", "rule"], keep="first", maintain_order=True
    )

    changes = _with_operation(coded, standing)
    kept_out = pl.concat([sifted.kept_out, kept_out_at_reading])
    gone, held_back = _gone(standing, sifted, kept_out, contract)
    deletes = pl.DataFrame({"record_id": gone}).with_columns(operation=pl.lit("delete"))
    written = pl.concat([changes, deletes], how="diagonal_relaxed").with_columns(delivered_on=pl.lit(batch.day))
    known, late = known_on(listed, batch.day), is_late(listed, batch.day)
    inserted = int((changes["operation"] == "insert").sum())
    return Prepared(
        day=batch.day,
        known_on=known,
        is_late=late,
        repeats=repeats,
        history=pl.concat(
            [
                written.with_columns(known_from=pl.lit(known), keyed_on=pl.lit(known)),
                *_restored(lake, listed, batch, written["record_id"]),  # what they say was known before
            ],
            how="diagonal_relaxed",
        ).with_columns(pl.col("known_from").fill_null(known), batch_id=pl.lit(batch.batch_id), is_late=pl.lit(late)),
        sound=coded,
        same=_same(standing, sifted.unchanged, contract),
        quarantined=quarantined,
        match_rates=keying.match_rates(coded, columns_of(lake, "address.building", PLACES)),
        counts=Counts(
            received=reading.received,
            inserted=inserted,
            updated=changes.height - inserted,
            unchanged=sifted.unchanged.height,
            duplicates=found.duplicates + sifted.duplicates,
            ignored=reading.ignored.height,
            quarantined=distinct_rows(quarantined),
            deleted=len(gone),
            **keyed_levels(coded["match_level"]),
        ),
        warnings=[*reading.warnings, *held_back],
        hidden=sifted.hidden,
        standing=_standing_after(standing, seen.lines, sifted.unchanged, coded, gone),
    )


def _kept_out_at_reading(reading: Reading, contract: Contract, day: date, keys: Keys, steps: Steps) -> pl.Series:
    """record_id of every row reading put in quarantine, null where its key cannot be read."""
    if reading.kept_out is None:
        return pl.repeat(None, distinct_rows(reading.quarantined), dtype=pl.String, eager=True)
    return steps.record_ids(reading.kept_out, contract, day, keys)


def _gone(
    standing: Standing, sifted: _Sifted, kept_out: pl.Series, contract: Contract
) -> tuple[pl.Series, list[Warning_]]:
    """The records a snapshot no longer holds, to be deleted.

    A row in quarantine whose key nobody can read may be any of them: then none is deleted. What really vanished shows
    with the next snapshot whose keys can all be read.
    """
    none = pl.Series("record_id", [], dtype=pl.String)
    if contract.delivery.mode != "snapshot" or standing.records.is_empty():
        return none, []
    gone = compare.vanished(
        standing.records, sifted.unchanged["at"], sifted.ids, sifted.clashing, kept_out.drop_nulls()
    )
    unread = kept_out.null_count()
    if not unread or gone.is_empty():
        return gone, []
    message = (
        f"{unread} quarantined rows have no readable key, so the {gone.len()} records missing from the snapshot stay"
    )
    return none, [Warning_("deletes_held_back", message)]


@dataclass(frozen=True)
class _Sifted:
    """Changed rows after cleaning: sound ones with row_hash (in `parts`, and their `ids`), lines of the others, and
    whose records those are (null where a row's key cannot be read). `hidden` as in `cleaning.clean.Cleaned`."""

    parts: list[pl.DataFrame]
    ids: pl.Series
    unchanged: pl.DataFrame
    quarantined: pl.DataFrame
    kept_out: pl.Series
    clashing: pl.Series
    duplicates: int
    hidden: int


def _sifted(
    found: compare.Comparison, contract: Contract, day: date, keys: Keys, steps: Steps, *, home: Home
) -> _Sifted:
    """Cleans the changed rows and takes out what differs in writing alone or shares its key with another row."""
    parts, faults, torn, hidden = [], [], [], 0
    for part in in_parts(found.changed):
        tidy = steps.clean(part.drop("row_hash"), contract, day, keys)
        hidden += tidy.hidden
        cleaned = set_aside(home, tidy, contract, keys)
        faulty = is_faulty(part, cleaned.quarantined)
        torn.append(part.filter(faulty))
        parts.append(cleaned.rows.with_columns(part["row_hash"].filter(~faulty)))
        faults.append(cleaned.quarantined)
    named = pl.concat([part.select(*PLACE, "record_id") for part in parts])
    again = _said_again(parts, named["record_id"])
    clash = compare.conflicting(without_faulty(named, again), found.unchanged)
    lines = faults_of(clash, pl.lit(True), contract.key_columns[0].name, "conflicting_key", pl.col("record_id"))
    left_out = pl.concat([again, clash.select(PLACE)])
    return _Sifted(
        parts=[without_faulty(part, left_out) for part in parts],
        ids=without_faulty(named, left_out)["record_id"],
        unchanged=without_faulty(found.unchanged, clash),
        quarantined=pl.concat([*faults, lines], how="vertical_relaxed"),
        kept_out=steps.record_ids(pl.concat(torn), contract, day, keys),
        clashing=clash["record_id"],
        duplicates=again.height,
        hidden=hidden,
    )


def _said_again(parts: list[pl.DataFrame], ids: pl.Series) -> pl.DataFrame:
    """file_name, row_number of rows that differ from an earlier one in writing alone."""
    twice = ids.filter(ids.is_duplicated()).unique().implode()
    several = pl.concat([part.filter(part["record_id"].is_in(twice)) for part in parts])
    return several.select(PLACE).join(compare.same_after_cleaning(several).select(PLACE), on=PLACE, how="anti")


def _coded(
    parts: list[pl.DataFrame], contract: Contract, library: Any, steps: Steps
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with the columns of keying, and quarantine lines of those whose code or area the library contradicts.

    Takes the parts out of their list one by one: none stands in memory twice.
    """
    coded, broken = [], []
    while parts:
        part = parts.pop(0)
        keyed = steps.key(keying.addresses_of(part, contract), library)
        broken.append(keying.broken_rows(part, keyed, contract))
        coded.append(without_faulty(keying.with_codes(part, keyed), broken[-1]))
        del part, keyed
    return pl.concat(coded), pl.concat(broken)


def _with_operation(coded: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    ids = standing.records["record_id"]
    stood = ids.filter(ids.is_in(coded["record_id"].implode())) if ids.len() else ids
    known = pl.col("record_id").is_in(stood.implode())
    return coded.with_columns(operation=pl.when(known).then(pl.lit("update")).otherwise(pl.lit("insert")))


def _restored(lake: Lake, listed: pl.DataFrame, batch: Batch, touched: pl.Series) -> list[pl.DataFrame]:
    """For a late snapshot, what the next loaded day must say again; else nothing."""
    next_day = listed.filter(pl.col("delivered_on") > batch.day)["delivered_on"].min()
    if batch.contract.delivery.mode != "snapshot" or not isinstance(next_day, date) or touched.is_empty():
        return []
    return [compare.restoring(lake.scan(f"record_history.{batch.feed_id}"), touched, next_day)]


def _same(standing: Standing, unchanged: pl.DataFrame, contract: Contract) -> Unchanged:
    """Numbers of the rows that stay as they are. Of changes and events they are not judged again."""
    if contract.delivery.mode != "snapshot" or unchanged.is_empty():
        return Unchanged()
    chosen = standing.records[unchanged["at"]]
    values = {name: chosen[f"value__{name}"] for name in standing.valued}
    return Unchanged(chosen.height, standing.nulls(chosen), standing.levels(chosen), values)


def _standing_after(
    standing: Standing, lines: Lines | None, unchanged: pl.DataFrame, coded: pl.DataFrame, gone: pl.Series
) -> Standing | None:
    """What stands once the batch is let in; nothing is kept of a day past."""
    if standing.covers is None:
        return None
    if lines is None:
        return changed(without_lines(standing), coded, gone)
    if lines.form != standing.form:
        standing = without_lines(standing)
    told = with_lines(standing, lines, unchanged["at"].to_numpy(), unchanged["row_number"].to_numpy())
    numbers = (coded["row_number"] - 1).cast(pl.Int64)
    return changed(told, coded, gone, {name: lines.hashes[name].gather(numbers) for name in LINE})
