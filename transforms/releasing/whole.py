"""Every table from every record: one feed after another, and the persons a share at a time, so that what stands in
memory at once does not grow with the district."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from transforms.lake.fold import current_rows
from transforms.releasing.basis import Basis
from transforms.releasing.draft import Draft
from transforms.resolving import area, claim, event, outcome, people, person, premises, proposed, room, standing_in
from transforms.resolving.resolve import organisations_of, questions, vital_of

SHARE = 3_000_000  # claims resolved at once: some 3 GB
PART = 1_000_000  # records of a feed handled at once
PIECE = 2_500_000  # of its history, claims read of it: each piece reads all of it
SPOOL = ".spool"
CLAIM, RESIDENCE, PERSON = "population.claim", "population.residence", "population.person"
ORGANISATION, PREMISES, EVENT = "entity.organisation", "entity.premises", "event.event"
Said = Callable[[str], None]


def put_everything(basis: Basis, draft: Draft, say: Said = lambda step: None) -> None:
    """record.*, population.*, entity.* and event.event, and the state the next publish begins from."""
    for feed in sorted(basis.contracts):
        put_records(basis, draft, feed)
    say("resolve persons")
    put_people(basis, draft)
    say("resolve organisations")
    current = {feed: draft.scan(f"record.{feed}") for feed in basis.contracts}
    entities = organisations_of(current, basis.contracts, basis.visits, basis.first_known, basis.as_of)
    draft.put(ORGANISATION, [entities.organisations])
    draft.put(PREMISES, [standing_in.placed(entities.premises, basis.library["address.building"])])
    draft.keep("torn", entities.torn)
    del entities
    say("resolve events")
    put_events(basis, draft)
    keep_basis(basis, draft)


def put_records(basis: Basis, draft: Draft, feed: str) -> None:
    """record.<feed>: what stands of the feed, keyed to rooms found since, a file a part."""
    rows = current_rows(basis.lake.scan(f"record_history.{feed}"))
    parts = (rows.slice(first, PART) for first in range(0, max(1, rows.height), PART))
    draft.put(f"record.{feed}", (room.adopted(part.lazy(), basis.rooms).drop("operation").collect() for part in parts))


def put_events(basis: Basis, draft: Draft) -> None:
    """event.event."""
    told = pl.concat(
        [event.events_of(draft.scan(f"record.{feed}"), one) for feed, one in sorted(basis.contracts.items())]
    )
    draft.put(EVENT, [placed_events(basis, told.collect())])


def placed_events(basis: Basis, told: pl.DataFrame) -> pl.DataFrame:
    """Rows of event.event for some events."""
    areas = area.hierarchy(basis.library["address.area"], basis.as_of)
    return event.events(told, basis.library["address.building"], basis.library["address.area"], areas)


def keep_basis(basis: Basis, draft: Draft) -> None:
    """State about the batches as such."""
    draft.keep("ever_lacking", basis.ever_lacking)
    draft.keep("outcomes", basis.outcomes)
    first = pl.DataFrame(
        {"feed_id": list(basis.first_known), "first_known": list(basis.first_known.values())},
        schema={"feed_id": pl.String, "first_known": pl.Date},
    )
    draft.keep("first_known", first)


def put_people(basis: Basis, draft: Draft) -> None:
    """population.claim, .residence and .person, a share of the persons at a time; keeps doubts and answers."""
    vital = vital_of({feed: draft.scan(f"record.{feed}") for feed in basis.contracts}, basis.contracts)
    spool = draft.folder / SPOOL
    try:
        shares = spool_people(basis, spool)
        answers = []
        for share in range(shares):
            claims = _share(spool, share, "claim")
            best = people.winners(claims, vital, basis.as_of)
            answers.append(people.answered(basis.outcomes, claims, best))
            best.write_parquet(spool / f"{share}-best.parquet")
        answered = pl.concat(answers)
        heard = outcome.door_claims(answered).collect()
        doubts: list[pl.DataFrame] = []
        found = _people(basis, spool, shares, vital=vital, answered=answered, heard=heard)
        homes: list[Path] = []
        draft.put(PERSON, _noting(found, doubts, homes, spool))
        draft.put(RESIDENCE, _by_place(homes, basis.library["address.building"]))
        draft.put(CLAIM, _claims(spool, shares, heard))
    finally:
        shutil.rmtree(spool, ignore_errors=True)
    draft.keep("doubts", pl.concat(doubts))
    draft.keep("answers", answered)


def _noting(
    found: Iterator[people.People], doubts: list[pl.DataFrame], homes: list[Path], spool: Path
) -> Iterator[pl.DataFrame]:
    """The persons of each share; residences go into files of the spool, named in `homes`, doubts into the list."""
    for number, share in enumerate(found):
        doubts.append(share.doubts)
        homes.append(spool / f"{number}-home.parquet")
        share.residences.write_parquet(homes[-1], compression="lz4")
        yield share.persons


def _by_place(homes: list[Path], building: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Residences of all shares, a part some buildings: who counts by place meets each building in one file. Those
    without a building come last.
    """
    rows = pl.scan_parquet(homes, glob=False)
    lived_in = rows.drop_nulls("building_code").group_by("building_code").len().sort("building_code").collect()
    parts = lived_in.with_columns(part=(pl.col("len").cum_sum() - 1) // PART).group_by("part", maintain_order=True)
    for first, last in parts.agg(first=pl.first("building_code"), last=pl.last("building_code")).drop("part").rows():
        here = pl.col("building_code").is_between(pl.lit(first), pl.lit(last))
        yield standing_in.placed(rows.filter(here).collect(), building)
    nowhere = rows.filter(pl.col("building_code").is_null()).collect()
    if nowhere.height or lived_in.is_empty():
        yield standing_in.placed(nowhere, building)


def _people(
    basis: Basis, spool: Path, shares: int, *, vital: pl.DataFrame, answered: pl.DataFrame, heard: pl.DataFrame
) -> Iterator[people.People]:
    for share in range(shares):
        best = pl.read_parquet(spool / f"{share}-best.parquet")
        of_share = share_of(pl.col("person_key"), shares) == share
        yield people.people(
            _share(spool, share, "claim"),
            heard.filter(of_share),
            traits=_share(spool, share, "traits"),
            vital=vital,
            best=best,
            answers=answered.filter(of_share),
            as_of=basis.as_of,
        )


def _claims(spool: Path, shares: int, heard: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for share in range(shares):
        mine = heard.filter(share_of(pl.col("person_key"), shares) == share)
        yield pl.concat([_share(spool, share, "claim").collect(), mine])


def spool_people(basis: Basis, spool: Path) -> int:
    """Claims and traits of all feeds, cut by person into files, and into how many shares."""
    heights = {feed: _height(basis, feed) for feed in basis.contracts}
    claiming = [feed for feed, contract in basis.contracts.items() if contract.subject.claim is not None]
    shares = max(1, -(-sum(heights[feed] for feed in claiming) // SHARE))
    spool.mkdir(parents=True)
    for feed, contract in sorted(basis.contracts.items()):
        first_known = basis.first_known.get(feed)
        pieces = max(1, -(-heights[feed] // PIECE))
        for piece in range(pieces):
            # All changes of a record are in one piece: what ends a claim is told by the record's own next change.
            history = basis.history(feed).filter(pl.col("record_id").hash(seed=7) % pieces == piece)
            told = {
                "claim": claim.claims_of(history, contract, first_known),
                "traits": person.traits_of(history, contract),
            }
            for kind, lazy in told.items():
                frame = lazy.collect()
                if frame.is_empty() and feed != min(basis.contracts):
                    continue
                of_share = frame.with_columns(share_of(pl.col("person_key"), shares).alias("share"))
                parts = of_share.partition_by("share", include_key=False, as_dict=True)
                for share in range(shares):
                    part = parts.get((share,), frame.clear())
                    part.write_parquet(spool / f"{share}-{kind}-{feed}-{piece}.parquet", compression="lz4")
    return shares


def _height(basis: Basis, feed: str) -> int:
    return int(basis.lake.scan(f"record_history.{feed}").select(pl.len()).collect().item())


def share_of(person_key: pl.Expr, shares: int) -> pl.Expr:
    """The share a person falls into. Keys are tokens: their letters are as good as random."""
    letters = [
        person_key.str.slice(place, 1).replace_strict(_LETTERS, default=0, return_dtype=pl.UInt32) for place in (0, 1)
    ]
    return (letters[0] * 16 + letters[1]) % shares


_LETTERS = {letter: number for number, letter in enumerate("abcdefghijklmnop")}


def _share(spool: Path, share: int, kind: str) -> pl.LazyFrame:
    return pl.scan_parquet(sorted(spool.glob(f"{share}-{kind}-*.parquet")), glob=False)


def put_questions(basis: Basis, draft: Draft, doubts: pl.DataFrame, torn: pl.DataFrame) -> None:
    """quality.doubt, .proposed_unit, .verification_task, .correction_request, from records already put in."""
    current = {feed: draft.scan(f"record.{feed}") for feed in basis.contracts}
    lacking = [
        rows.select(pl.lit(feed).alias("feed_id"), "building_code", "proposed_room", "known_from").filter(
            pl.col("proposed_room").is_not_null()
        )
        for feed, rows in sorted(current.items())
        if feed not in basis.door_feeds
    ]
    asked = basis.outcomes.select(pl.col("unit_code").drop_nulls().unique())
    at_visited = {feed: rows.join(asked.lazy(), on="unit_code", how="semi") for feed, rows in sorted(current.items())}
    registered = [
        premises.evidence_of(rows, basis.contracts[feed], basis.as_of, basis.first_known.get(feed))
        for feed, rows in at_visited.items()
        if premises.premises_kind(basis.contracts[feed]) == "registered"
    ]
    household = draft.scan(CLAIM).filter(
        (pl.col("kind") == "household_register") & pl.col("known_to").is_null() & pl.col("unit_code").is_not_null()
    )
    tables = questions(
        doubts,
        torn,
        outcomes=basis.outcomes,
        lacking=proposed.proposed_rooms(pl.concat(lacking)).collect(),
        ever_lacking=basis.ever_lacking,
        registered=pl.concat([pl.LazyFrame(schema=premises.EVIDENCE), *registered]).collect(),
        household=household.select("feed_id", "unit_code").join(asked.lazy(), on="unit_code", how="semi").collect(),
        contracts=basis.contracts,
        library=basis.library,
        as_of=basis.as_of,
    )
    for name, frame in tables.items():
        draft.put(name, [frame])
