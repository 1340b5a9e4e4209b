"""publish: what is in the lake becomes a release. Read it and you know the way: key again what a changed
library touched → records → resolve → pack → judge → release → switch, under the lake's lock, from one fixed set of
batches.

A function of the lake: nothing new gives no new release, a publish killed at any instant and run again ends where
an undisturbed one does, and one that goes on from the release before (`transforms/releasing`) equals one made whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from schemas.contract import Contract, load_contracts
from schemas.errors import UsageError
from schemas.home import Home
from schemas.measure import load_measures
from schemas.table import Table, load_tables, record_history_table, record_table
from transforms.caring.subject import states
from transforms.lake import layers
from transforms.lake.faults import storage_faults
from transforms.lake.keys import check_keys
from transforms.lake.letters import letters_of
from transforms.lake.lock import lake_lock
from transforms.lake.release import (
    CATALOGUE,
    CHANGES,
    STATE,
    Release,
    build,
    draft,
    newest,
    release_name,
    releases,
    switch,
)
from transforms.lake.release_manifest import Manifest, read_manifest
from transforms.lake.store import BATCH, Lake, is_batch_scoped
from transforms.lake.verifying import Verifying, verifying
from transforms.library.change import code_changes, provisional
from transforms.packing.block import packed
from transforms.rekey import rekey
from transforms.releasing import going_on, whole
from transforms.releasing.basis import Basis, outcomes_of
from transforms.releasing.draft import Draft
from transforms.releasing.judging import JUDGED, ReleaseRefused, counting_ahead, judge
from transforms.releasing.layered import contents_of
from transforms.releasing.packing import MEASURED, values_of
from transforms.releasing.since import Since, since
from transforms.resolving.resolve import units_to_mint
from transforms.resolving.room import room_outcomes

__all__ = ["Release", "ReleaseRefused", "publish"]

VALIDATION, CODES = "quality.validation", "release.code_change"
MAKING = "5"  # raised when the same lake would give another release: resolving, packing or the release's form changed
ROOM = {"building_code": pl.String, "room": pl.String}
Said = Callable[[str], None]


def publish(home: Home, *, note: str = "", full: bool = False, say: Said = lambda step: None) -> Release:
    """Publishes what the lake holds now and returns the release that serves.

    `changed` is False when the newest release was already made from the same state. `say` hears the name of each step.
    `full` makes every table anew even where the release before could be gone on from, also when nothing is new; the
    release then says whether anything `differs`. Raises UsageError without an
    address library or any batch and where the keys are not the lake's, ReleaseRefused when a judge says no,
    ReleaseDamaged where a file of the newest release is not as it was published.
    """
    check_keys(home)
    contracts = load_contracts()
    release = None
    while release is None:
        release = _published(home, contracts, newest(home), note=note, full=full, say=say)
    return release


def _published(
    home: Home, contracts: Mapping[str, Contract], standing: Manifest | None, *, note: str, full: bool, say: Said
) -> Release | None:
    """One publish that goes on from the release `standing`, checked meanwhile; None where another publisher has made a
    newer one by the time the lake is ours: nobody has checked that.
    """
    say("verify")  # the next release links its files and goes on from them: a flipped bit must not be taken over
    before_it = home.releases / standing.release if standing else None
    with storage_faults(home.releases), verifying(before_it, in_order(contracts)) as checking:
        while True:
            rekey(home, say=say, contracts=contracts, sure=checking.everything)  # a feed's lock comes before the lake's
            with lake_lock(home):
                last = newest(home)
                if last is not None and (standing is None or last.release != standing.release):
                    return None
                lake = Lake(home).pinned()
                before = lake.standing().number
                form = form_of(contracts, declared_tables(contracts), states(home))
                earlier = None
                if last is not None and not full:
                    earlier = since(home.releases / last.release, last, lake, contracts, form)
                if earlier is None:  # what is made anew is made from files the lake shares with the release
                    checking.everything()
                basis = mint(gather(lake, contracts, earlier))
                if basis.lake.standing().number == before:
                    return _released(basis, earlier, form, checking, note=note, full=full, say=say)
            # Records that name the rooms found are keyed to them before anything is resolved.


def in_order(contracts: Mapping[str, Contract]) -> Callable[[str], int]:
    """When a publish needs the files of the release before, by their paths in it: first of all (0) those that decide
    what is written into the lake, then records, what is resolved from them, and what is only linked."""
    first = {
        STATE,
        "address",
        *(f"record_history/{feed}" for feed, one in contracts.items() if one.subject.kind == "outcome"),
    }
    then = ["record", "population", "entity"]

    def order(path: str) -> int:
        schema, _, rest = path.partition("/")
        if schema in first or f"{schema}/{rest.partition('/')[0]}" in first:
            return 0
        return 1 + (then.index(schema) if schema in then else len(then))

    return order


def _released(
    basis: Basis, earlier: Since | None, form: str, checking: Verifying, *, note: str, full: bool, say: Said
) -> Release:
    """Everything under the lake's lock, from a basis that nothing changes any more; going on from `earlier`, if any.

    `checking`: the release before. A table of it is gone on from once it is known to be sound; only linked ones may be
    read sooner (see `verifying`).
    """
    lake, home = basis.lake, basis.lake.home
    declared = declared_tables(basis.contracts)
    contents = {table: _content(frame) for table, frame in sorted(basis.library.items())}
    inputs = state_of(basis, form, contents)
    last = newest(home)
    before = home.releases / last.release if last is not None and not full else None
    if last is not None and last.inputs == inputs and not full:
        checking.everything()
        return Release(last.release, home.releases / last.release, switch(home, last.release))
    name = release_name(basis.as_of.isoformat(), releases(home))
    folder = draft(home, name)
    say("records")
    if earlier is not None:
        made = Draft(folder, declared, earlier.folder, earlier.manifest, checking.table)
        going_on.go_on(basis, made, earlier, say)
    else:
        made = Draft(folder, declared)
        whole.put_everything(basis, made, say)
    say("questions")
    whole.put_questions(basis, made, made.now("doubts"), made.now("torn"))
    say("pack")
    with counting_ahead(made, basis.library, contents, kept(before, JUDGED)) as counted:
        about = about_batches(lake)
        blocks = {name: table for name, table in declared.items() if name.startswith("block.")}
        values = values_of(made, {**basis.library, **about}, contents, kept(before, MEASURED))
        for table, frame in packed(values, basis.library, list(load_measures().values()), blocks, basis.as_of).items():
            made.put(table, [frame])
        say("judge")
        remembered = counted.result()
    frames: dict[str, pl.DataFrame | pl.LazyFrame] = {**basis.library, **about}
    frames |= {table: made.scan(table) for table in made.tables}
    judged = judge(frames, name, made, remembered, {**contents, **contents_of(made.tables)})
    say("verify")
    checking.everything()  # from here on a file of the release before may be linked into the one that will serve
    say("release")
    if earlier is not None:
        going_on.carry_histories(basis, made, earlier)
    manifest = Manifest(
        release=name,
        day=basis.as_of.isoformat(),
        previous=last.release if last else None,
        inputs=inputs,
        form=form,
        library_version=library_version(basis.library),
        batches=lake.listed()["batch_id"].sort().to_list(),
        note=note,
    )
    sources = {table: lake.files(table) for table in declared if table not in (BATCH, CATALOGUE, CHANGES, *made.tables)}
    added = {
        BATCH: layers.ordered(declared[BATCH], lake.batch_rows()),
        VALIDATION: judged,
        CODES: codes_since(home, last, basis.library),
    }
    path = build(home, manifest, declared, sources, added, written=made.written())
    switch(home, name)
    is_again = last is not None and last.inputs == inputs
    return Release(name, path, changed=True, differs=differing(path) if is_again else None)


def differing(release: Path) -> tuple[str, ...]:
    """Tables of a release that are not as in the release before, those apart that name a release or compare two."""
    changes = layers.scan(release, read_manifest(release).tables[CHANGES])
    moved = pl.sum_horizontal("inserted", "updated", "deleted") > 0
    names = changes.filter(moved).select("table_name").collect()["table_name"]
    return tuple(name for name in names if name not in (VALIDATION, CODES))


def declared_tables(contracts: Mapping[str, Contract]) -> dict[str, Table]:
    """Every table of a release by name: the declared ones and two of each feed."""
    of_feeds = [make(contract) for contract in contracts.values() for make in (record_table, record_history_table)]
    return dict(sorted({**load_tables(), **{table.name: table for table in of_feeds}}.items()))


def gather(lake: Lake, contracts: Mapping[str, Contract], earlier: Since | None = None) -> Basis:
    """What a release is made from, of the batches this lake is pinned to; what `earlier` kept is not read again."""
    library = {name: lake.read(name) for name in load_tables() if name.startswith("address.")}
    if library["address.building"].is_empty():
        raise UsageError("the lake has no address library", "import one first: blockdata library import DIR")
    batches = lake.listed()
    if batches.is_empty():
        raise UsageError("no batch is in the lake", "load a delivery first: blockdata load FEED FILE")
    last_day = batches["delivered_on"].max()
    assert isinstance(last_day, date)
    if earlier is None:
        told, kept = {feed: lake.scan(f"record_history.{feed}") for feed in contracts}, []
    else:
        told = {feed: news.rows.lazy() for feed, news in earlier.news.items()}
        kept = [earlier.state("ever_lacking").lazy()]
    first = {
        feed: rows.select(pl.col("known_from").cast(pl.Date).min()).collect().item() for feed, rows in told.items()
    }
    if earlier is not None:
        before = dict(earlier.state("first_known").rows())
        first = {feed: min(filter(None, [before.get(feed), first.get(feed)]), default=None) for feed in contracts}
    lacking = [
        rows.select("building_code", pl.col("proposed_room").alias("room")).drop_nulls()
        for feed, rows in told.items()
        if contracts[feed].subject.kind != "outcome"  # an answer is no evidence for its own question
    ]
    ever = pl.concat([pl.LazyFrame(schema=ROOM), *kept, *lacking]).unique().collect().sort("building_code", "room")
    return Basis(lake, contracts, library, outcomes_of(lake, contracts), ever, first, last_day)


def mint(basis: Basis) -> Basis:
    """The basis with the rooms the door has found since: they enter the library as proposed units, once.

    The library's operations are settled, so that a release can hold its tables file by file.
    """
    lake = basis.lake
    said = room_outcomes(basis.outcomes, basis.ever_lacking)
    new = units_to_mint(said, basis.library, basis.as_of)
    if not new.is_empty():
        lake.change_library(provisional(lake.standing().number + 1, new, basis.as_of))
    if new.is_empty() and not lake.standing().pending:
        return basis
    now = replace(lake, library=None)
    now.settle_library()
    now = replace(now, library=now.standing())
    library = {name: now.read(name) for name in basis.library}
    return replace(basis, lake=now, library=library)


def codes_since(home: Home, last: Manifest | None, library: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """release.code_change: what became of codes since the last release."""
    if last is None:
        return code_changes(library["address.change"], 0, None)
    before = last.tables.get("address.operation")
    files = [home.releases / last.release / file.path for file in before.files] if before is not None else []
    known = pl.read_parquet(files, columns=["number"])["number"].max() if files else 0
    return code_changes(library["address.change"], known if isinstance(known, int) else 0, last.release)


def form_of(
    contracts: Mapping[str, Contract], declared: Mapping[str, Table], listed: Mapping[str, str] | None = None
) -> str:
    """Hash of the rules a release is made by: contracts, tables, measures, the persons `listed` as restricted or
    erased, and the code's own `MAKING`."""
    parts = [MAKING, *(f"{mark} {state}" for mark, state in sorted((listed or {}).items()))]
    parts += [contract.fingerprint for _, contract in sorted(contracts.items())]
    parts += [table.model_dump_json() for _, table in sorted(declared.items())]
    parts += [measure.model_dump_json() for measure in load_measures().values()]
    return letters_of(*parts)


def state_of(basis: Basis, form: str, library: Mapping[str, str]) -> str:
    """Hash of all a release is made from: batches and their standing, the library (`_content` by table), the rules."""
    standing = basis.lake.batch_rows().select("batch_id", "status").sort("batch_id")
    return letters_of(form, standing.write_csv(), *(f"{name}:{content}" for name, content in library.items()))


def kept(before: Path | None, name: str) -> pl.DataFrame | None:
    """State the release in `before` kept, None where it kept none; `verify_release` has seen that it is as it was."""
    path = before / STATE / f"{name}.parquet" if before is not None else None
    return pl.read_parquet(path) if path is not None and path.is_file() else None


def library_version(library: Mapping[str, pl.DataFrame]) -> str:
    """The version under which keying knows this library."""
    from transforms.addressing.library import AddressLibrary

    return AddressLibrary.from_frames(dict(library)).version


def about_batches(lake: Lake) -> dict[str, pl.DataFrame]:
    """quality.batch and the tables loads write about their batches, which measures may count."""
    names = [name for name in load_tables() if name.startswith("quality.") and (is_batch_scoped(name))]
    return {BATCH: lake.batch_rows(), **{name: lake.read(name) for name in names}}


def _content(frame: pl.DataFrame) -> str:
    """Hash of a frame's rows, order apart."""
    if frame.is_empty():
        return "0"
    rows = frame.hash_rows(seed=11).sort()
    return f"{frame.height}:{hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()}"
