"""Only what the news touch: records, persons, organisations and events whose rows could differ are made again, from
everything told of them; all others stay as the release before has them. The result equals `whole`, row for row.

Touched are: what a new batch tells of, before and after; records a room found since may adopt; persons and
organisations with a date between the two releases on which something of them begins or ends; those at a door that was
visited or whose visit reads otherwise now. A claim's weight changes with the month, and then everything is made anew.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from transforms.lake.fold import current_state
from transforms.releasing import whole
from transforms.releasing.among import among
from transforms.releasing.basis import Basis
from transforms.releasing.draft import Draft
from transforms.releasing.since import News, Since
from transforms.releasing.whole import CLAIM, EVENT, ORGANISATION, PERSON, PREMISES, RESIDENCE, Said
from transforms.resolving import claim, event, outcome, people, person, premises, room, standing_in
from transforms.resolving.area import valid_on
from transforms.resolving.resolve import Organisations, organisations_of, vital_of
from transforms.resolving.roles import has_organisations, value

KEYS = ("person_key", "organisation_key")
BOUND_TO = ("address.building", "address.area")  # tables every event's place is read from


@dataclass
class Touched:
    """What the records of all feeds led to: keys of persons and organisations, and per feed the records (record_id)
    read from their whole history (`again`) and their claims as they are now."""

    persons: list[pl.Series] = field(default_factory=list)
    organisations: list[pl.Series] = field(default_factory=list)
    claims: list[pl.DataFrame] = field(default_factory=list)
    again: list[pl.DataFrame] = field(default_factory=list)  # feed_id, record_id
    closed: list[pl.DataFrame] = field(default_factory=list)  # feed_id, record_id, known_to, is_withdrawn
    events: list[pl.DataFrame] = field(default_factory=list)
    of_events: list[pl.DataFrame] = field(default_factory=list)  # feed_id, record_id
    traits: list[pl.DataFrame] = field(default_factory=list)


def go_on(basis: Basis, draft: Draft, since: Since, say: Said = lambda step: None) -> None:
    """What `whole.put_everything` puts in, from the release before and the news."""
    touched = Touched()
    adopting = _buildings_of_changed_units(basis, draft)
    for feed in sorted(basis.contracts):
        _records(basis, draft, feed, news=since.news.get(feed), adopting=adopting, touched=touched)
    outcomes_changed = _changed(since.state("outcomes"), basis.outcomes)
    say("resolve persons")
    # Neither step keeps two cores busy. The thread makes frames; what writes stays in one, in the same order each time.
    with ThreadPoolExecutor(1, thread_name_prefix="organisations") as beside:
        organisations = beside.submit(_organisations, basis, draft, since, list(touched.organisations))
        _people(basis, draft, since, touched, outcomes_changed)
        say("resolve organisations")
        _put_organisations(basis, draft, since, *organisations.result())
    say("resolve events")
    _events(basis, draft, since, touched)
    whole.keep_basis(basis, draft)


def carry_histories(basis: Basis, draft: Draft, since: Since) -> None:
    """record_history.<feed> of feeds without news: the files the release before holds, without asking the lake."""
    for feed in basis.contracts:
        if feed not in since.news:
            draft.carry(f"record_history.{feed}")


def _buildings_of_changed_units(basis: Basis, draft: Draft) -> pl.DataFrame:
    """building_code of units that differ from those of the release before: records may adopt other rooms there."""
    now = basis.library["address.unit"]
    if draft.lies_in("address.unit", basis.lake.files("address.unit")):
        return now.select("building_code").head(0)
    return _changed(draft.scan_before("address.unit").collect(), now).select("building_code").drop_nulls().unique()


def _is_same(basis: Basis, draft: Draft, name: str) -> bool:
    """True where a table of the library is what it was at the release before."""
    if draft.lies_in(name, basis.lake.files(name)):
        return True
    return _changed(draft.scan_before(name).collect(), basis.library[name]).is_empty()


def _changed(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Rows of either that the other has not."""
    columns = before.columns
    now = now.select(columns)
    return pl.concat(
        [
            before.join(now, on=columns, how="anti", nulls_equal=True),
            now.join(before, on=columns, how="anti", nulls_equal=True),
        ]
    )


def _records(
    basis: Basis, draft: Draft, feed: str, *, news: News | None, adopting: pl.DataFrame, touched: Touched
) -> None:
    """record.<feed>, and what it leads to."""
    contract, name = basis.contracts[feed], f"record.{feed}"
    if news is None and adopting.is_empty():
        draft.carry(name)
        return
    history = basis.lake.scan(f"record_history.{feed}")
    again = pl.DataFrame(schema={"record_id": pl.String})
    if news is not None and not news.is_in_order:
        again = news.records
    if adopting.height:
        proposing = history.filter(pl.col("proposed_room").is_not_null()).select("record_id", "building_code")
        found = proposing.join(adopting.lazy(), on="building_code", how="semi").select("record_id").unique().collect()
        again = pl.concat([again, found]).unique()
    records = again if news is None else pl.concat([again, news.records]).unique()
    if records.is_empty():
        draft.carry(name)
        return
    told = history.filter(pl.col("record_id").is_in(again["record_id"].implode())).collect() if again.height else None
    latest = news.rows.join(again, on="record_id", how="anti") if news is not None else None
    parts = [room.adopted(part.lazy(), basis.rooms).collect() for part in (told, latest) if part is not None]
    state = pl.concat(current_state(part.lazy()).drop("operation").collect() for part in parts)
    # A row of a new batch differs from what stood by its batch; one read again may be what it was.
    columns = [one for one in ("record_id", *KEYS) if one in draft.declared[name].column_names]
    replaced = draft.standing(name, among("record_id", records["record_id"]), columns if again.is_empty() else None)
    replaced = replaced.join(records, on="record_id", how="semi")
    draft.update(name, replaced, state)

    for keys, column in zip((touched.persons, touched.organisations), KEYS, strict=True):
        keys += [part[column] for part in (replaced, *parts) if column in part.columns]
    first_known = basis.first_known.get(feed)
    touched.claims += [claim.claims_of(part.lazy(), contract, first_known).collect() for part in parts]
    touched.traits += [person.traits_of(part.lazy(), contract).collect() for part in parts]
    of_feed = pl.lit(feed).alias("feed_id")
    touched.again.append(again.select(of_feed, "record_id"))
    if latest is not None and contract.subject.claim is not None:
        touched.closed.append(_closed_by(latest, contract))
    if contract.subject.kind == "event":
        touched.events.append(event.events_of(state.lazy(), contract).collect())
        touched.of_events.append(records.select(of_feed, "record_id"))


def _closed_by(news: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """feed_id, record_id, known_to, is_withdrawn: what ends the claim that stood before the news."""
    first = news.unique("record_id", keep="first", maintain_order=True)
    return first.select(
        pl.lit(contract.feed_id).alias("feed_id"),
        "record_id",
        pl.coalesce("keyed_on", "known_from").cast(pl.Date).alias("known_to"),
        ((pl.col("operation") == "delete") & pl.lit(claim.registers_residents(contract))).alias("is_withdrawn"),
    )


def _people(basis: Basis, draft: Draft, since: Since, touched: Touched, visited: pl.DataFrame) -> None:
    """population.person, .residence, .claim; keeps doubts and answers. `visited`: outcomes that differ."""
    again = pl.concat([pl.DataFrame(schema=_RECORD), *touched.again])
    closed = pl.concat([pl.DataFrame(schema=_CLOSED), *touched.closed])
    keys = _touched_persons(basis, draft, since, touched, visited)
    is_touched = among("person_key", keys)
    is_heard = pl.col("feed_id").is_in(basis.door_feeds)
    held = draft.standing(CLAIM, is_touched | is_heard)
    replaced, ended, stand = _fates(held.filter(~is_heard), again, closed)
    news = pl.concat([ended, *(rows.select(*claim.CLAIM) for rows in touched.claims)])
    claims = pl.concat([stand, news])

    needed = [feed for feed, contract in basis.contracts.items() if contract.column_of(Role.VITAL_EVENT)]
    vital = vital_of({feed: draft.scan(f"record.{feed}") for feed in needed}, basis.contracts)
    best = people.winners(claims.lazy(), vital, basis.as_of)
    answers = people.answered(basis.outcomes, claims.lazy(), best)
    answered = pl.concat([since.state("answers").filter(~is_touched), answers])
    heard = outcome.door_claims(answered).collect()
    persons = draft.standing(PERSON, is_touched)
    told = [persons.select("person_key", *person.TRAITS), *touched.traits]
    found = people.people(
        claims.lazy(),
        heard.filter(is_touched),
        traits=pl.concat(told).lazy(),
        vital=vital,
        best=best,
        answers=answers,
        as_of=basis.as_of,
    )
    draft.update(PERSON, persons, found.persons)
    _update_placed(basis, draft, RESIDENCE, ("person_key", keys), found.residences)
    draft.update(CLAIM, pl.concat([held.filter(is_heard), replaced]), pl.concat([news, heard]))
    draft.note_groups(CLAIM, "person_key", keys, was=held, now=pl.concat([claims, heard]))
    draft.keep("doubts", pl.concat([since.state("doubts").filter(~is_touched), found.doubts]))
    draft.keep("answers", answered)


_RECORD = {"feed_id": pl.String, "record_id": pl.String}
_CLOSED = {**_RECORD, "known_to": pl.Date, "is_withdrawn": pl.Boolean}


def _fates(
    held: pl.DataFrame, again: pl.DataFrame, closed: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Claims of feeds that no longer stand as they are `held` (with their places), those the news end as they stand
    now, and those nothing is told of; the last two in the columns of claim.CLAIM."""
    record, place = ["feed_id", "record_id"], ["file", "row"]
    dropped = held.join(again, on=record, how="semi")
    is_open = held.filter(pl.col("known_to").is_null())
    ended = is_open.join(closed.drop_nulls("known_to"), on=record, how="inner", suffix="_new")
    replaced = pl.concat([dropped, ended.select(held.columns)])
    stand = held.join(replaced.select(place), on=place, how="anti").select(*claim.CLAIM)
    now = ended.with_columns(known_to="known_to_new", is_withdrawn="is_withdrawn_new")
    return replaced, now.select(*claim.CLAIM), stand


def _touched_persons(basis: Basis, draft: Draft, since: Since, touched: Touched, visited: pl.DataFrame) -> pl.Series:
    """Keys of everybody whose rows could differ.

    Claims of records are those of persons the records tell of: they are touched without being looked for.
    """
    claims = draft.scan_before(CLAIM)
    reached = (
        _begins("valid_from", since.day, basis.as_of)
        | _ends("valid_to", since.day, basis.as_of)
        | (pl.col("known_to") > since.day).fill_null(False)
    )
    found = [claims.filter(reached).select("person_key").unique().collect()["person_key"]]
    if visited.height:
        found.append(_at_doors(people.residence_claims(claims), visited))
    return pl.concat([pl.Series("person_key", [], pl.String), *touched.persons, *found]).drop_nulls().unique()


def _begins(column: str, before: date, now: date) -> pl.Expr:
    """What was not yet so on the earlier day and is on the later."""
    return ((pl.col(column) > before) & (pl.col(column) <= now)).fill_null(False)


def _ends(column: str, before: date, now: date) -> pl.Expr:
    """What still was so on the earlier day, its last day inclusive, and is over on the later."""
    return ((pl.col(column) >= before) & (pl.col(column) < now)).fill_null(False)


def _at_doors(claims: pl.LazyFrame, visited: pl.DataFrame) -> pl.Series:
    """Persons ever said to live at a door answered otherwise now: those named by task, and all it speaks of by door."""
    said = visited.with_columns(place=pl.coalesce("unit_code", "building_code"))
    tasks = said.drop_nulls("task_id")
    if not tasks["building_code"].null_count():  # else a task may have been asked at any door
        doors = pl.concat([said["building_code"], said.select(outcome.building_of_place()).to_series()])
        claims = claims.filter(pl.col("building_code").is_in(doors.drop_nulls().unique().implode()))
    place = pl.coalesce("unit_code", "building_code").alias("place")
    places = claims.select("person_key", place).drop_nulls("place").collect()
    by_task = outcome.tasks_asked(places.lazy(), said).join(tasks.select("task_id"), on="task_id", how="semi")
    by_door = places.filter(pl.col("place").is_in(said["place"].drop_nulls().unique().implode()))
    return pl.concat([by_task["person_key"], by_door["person_key"]]).unique()


def _organisations(basis: Basis, draft: Draft, since: Since, found: list[pl.Series]) -> tuple[pl.Series, Organisations]:
    """Keys of organisations whose rows could differ, those `found` in records among them, and these organisations."""
    feeds = [feed for feed, contract in basis.contracts.items() if has_organisations(contract)]
    visits = _changed(premises.latest_visits(since.state("outcomes")), basis.visits)
    for feed in feeds:
        contract, rows = basis.contracts[feed], draft.scan(f"record.{feed}")
        if premises.premises_kind(contract) is None:
            continue
        ends = value(rows, contract, Role.VALID_TO, pl.Date()).alias("_ends")
        asked = rows.select("organisation_key", "unit_code", ends)
        reached = _ends("_ends", since.day, basis.as_of) | pl.col("unit_code").is_in(visits["unit_code"].implode())
        found.append(asked.filter(reached).select("organisation_key").unique().collect()["organisation_key"])
    keys = pl.concat([pl.Series("organisation_key", [], pl.String), *found]).drop_nulls().unique()
    is_touched = among("organisation_key", keys)
    # Read twice, in the few columns each question needs: rows lie scattered, and all of each is most of the file.
    current = {feed: draft.scan(f"record.{feed}").filter(is_touched) for feed in feeds}
    return keys, organisations_of(current, basis.contracts, basis.visits, basis.first_known, basis.as_of)


def _put_organisations(basis: Basis, draft: Draft, since: Since, keys: pl.Series, made: Organisations) -> None:
    """entity.organisation and entity.premises; keeps who is torn between places."""
    is_touched = among("organisation_key", keys)
    draft.update(ORGANISATION, draft.standing(ORGANISATION, is_touched), made.organisations)
    _update_placed(basis, draft, PREMISES, ("organisation_key", keys), made.premises)
    draft.keep("torn", pl.concat([since.state("torn").filter(~is_touched), made.torn]))


def _update_placed(basis: Basis, draft: Draft, name: str, touched: tuple[str, pl.Series], made: pl.DataFrame) -> None:
    """The table with `made` in the place of the rows of those touched, a column and its values; other rows carry the
    areas of their building as of now."""
    is_touched, building = among(*touched), basis.library["address.building"]
    if draft.lies_in("address.building", basis.lake.files("address.building")):
        replaced = draft.standing(name, is_touched)
    else:
        redrawn = standing_in.redrawn(draft.scan_before("address.building").collect(), building)
        replaced = draft.standing(name, is_touched | pl.col("building_code").is_in(redrawn.implode()))
        made = pl.concat([made, replaced.filter(~is_touched).select(made.columns)])
    rows = standing_in.placed(made, building)
    draft.update(name, replaced, rows)
    draft.note_groups(name, *touched, was=replaced, now=rows)


def _events(basis: Basis, draft: Draft, since: Since, touched: Touched) -> None:
    """event.event: whole where areas or buildings differ, for every place is read from them."""
    area = basis.library["address.area"]
    same = all(_is_same(basis, draft, name) for name in BOUND_TO)
    if not same or not valid_on(area, since.day).equals(valid_on(area, basis.as_of)):
        whole.put_events(basis, draft)
        return
    if not touched.events:
        draft.carry(EVENT)
        return
    records = pl.concat(touched.of_events)
    replaced = draft.standing(EVENT, among("record_id", records["record_id"]))
    replaced = replaced.join(records, on=["feed_id", "record_id"], how="semi")
    draft.update(EVENT, replaced, whole.placed_events(basis, pl.concat(touched.events)))
