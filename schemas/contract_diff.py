"""What a changed contract means downstream: what it breaks, for whom, and what is merely read again.

Three levels. compatible: nothing a row means has changed. re-reads: the fingerprint differs, so the next delivery is
read and keyed anew, every row once. breaks: somebody who reads the record table gets something else, or nothing, under
the same name; or every record becomes another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.codelist import Codelist
from schemas.contract_readers import Readers
from schemas.contract_shape import Column, Contract, Role
from schemas.record_table import cleaned_columns, cleaned_name

Level = Literal["compatible", "re-reads", "breaks"]
ORDER: tuple[Level, ...] = ("compatible", "re-reads", "breaks")
# Tables that a role's column feeds beyond the record table.
FEEDS: dict[Role, str] = {
    **dict.fromkeys((Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.SEX, Role.BIRTH_DATE), "population.person"),
    **dict.fromkeys((Role.USCC, Role.ORGANISATION_NAME, Role.ENTITY_TYPE, Role.INDUSTRY), "entity.organisation"),
    **dict.fromkeys((Role.VALID_FROM, Role.VALID_TO), "population.claim, entity.premises"),
    **dict.fromkeys((Role.EVENT_KIND, Role.CHANNEL, Role.EVENT_TIME, Role.ACCEPTED_TIME, Role.DUE_TIME), "event.event"),
    **dict.fromkeys((Role.CLOSED_TIME, Role.REOPENED_COUNT, Role.STATUS, Role.SATISFACTION), "event.event"),
    **dict.fromkeys(
        (
            Role.ADDRESS_TEXT,
            Role.UNIT_CODE,
            Role.AREA_CODE,
            Role.AREA_NAME,
            Role.LONGITUDE,
            Role.LATITUDE,
            Role.GEOMETRY,
        ),
        "the keys of every row",
    ),
    **dict.fromkeys((Role.TASK_ID, Role.OUTCOME), "quality.verification_task"),
    Role.RESPONSIBLE_DEPARTMENT: "event.event",
    Role.VITAL_EVENT: "population.person",
}


@dataclass(frozen=True)
class Change:
    """One difference. `where` is a column or a key of the contract; `readers` who reads that column, by kind and id."""

    level: Level
    where: str
    what: str
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diff:
    """All differences; `level` is the gravest."""

    feed_id: str
    changes: list[Change] = field(default_factory=list)

    @property
    def level(self) -> Level:
        """compatible where nothing differs."""
        return max((change.level for change in self.changes), key=ORDER.index, default="compatible")


def contract_diff(old: Contract, new: Contract, readers: Readers, codelists: Mapping[str, Codelist]) -> Diff:
    """The differences from `old` to `new`, the gravest first."""
    changes = list(_changes(old, new, readers, codelists))
    if old.fingerprint != new.fingerprint:
        table = f"record.{old.feed_id}, record_history.{old.feed_id}"
        changes.append(Change("re-reads", "fingerprint", f"the next delivery re-reads every row of {table}"))
    elif old != new:
        changes.append(Change("compatible", "servers", "where it is pulled from changes; no row means anything else"))
    return Diff(new.feed_id, sorted(changes, key=lambda change: -ORDER.index(change.level)))


def _changes(old: Contract, new: Contract, readers: Readers, codelists: Mapping[str, Codelist]) -> Iterator[Change]:
    if old.feed_id != new.feed_id:
        what = f"another feed: {old.feed_id} ends, and what reads record.{old.feed_id} finds nothing new"
        yield Change("breaks", "id", what, readers.of_table)
    yield from _record_columns(old, new, readers)
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for name in before.keys() & after.keys():
        yield from _column(before[name], after[name], readers, codelists)
    for name in after.keys() - before.keys():
        if not any(column.header == after[name].header for column in old.columns):
            missing = ": a delivery without it is refused (missing_column)" if new.reading.format != "jsonl" else ""
            yield Change("re-reads", name, f"a new column{missing}")
    yield from _key(old, new, readers)
    yield from _whole(old, new, readers)


def _record_columns(old: Contract, new: Contract, readers: Readers) -> Iterator[Change]:
    """Columns of the record table that go, or hold another type."""
    before = {column.name: column for column in cleaned_columns(old)}
    after = {column.name: column for column in cleaned_columns(new)}
    renamed = {
        cleaned_name(column): cleaned_name(other)
        for column in old.columns
        for other in new.columns
        if column.header == other.header and column.name != other.name
    }
    for name, column in before.items():
        if name not in after:
            moved = renamed.get(name)
            what = f"renamed to {moved}" if moved in after else "gone from the record table"
            yield Change("breaks", name, what, readers.of_column(name))
        elif after[name].type != column.type:
            what = f"type {column.type} becomes {after[name].type}"
            yield Change("breaks", name, what, readers.of_column(name))


def _column(old: Column, new: Column, readers: Readers, codelists: Mapping[str, Codelist]) -> Iterator[Change]:
    name = cleaned_name(new) or new.name
    if old.role is not new.role:
        yield from _role(old, new, readers.of_column(name))
    if old.meaning.code_list != new.meaning.code_list:
        yield _listed(old, new, codelists, readers.of_column(name))
    if old.classification == "restricted" and new.classification in ("internal", "public") and old.role:
        yield Change("breaks", new.name, f"no longer restricted, though it held {old.role.value}")
    if old.header != new.header and old.header not in new.meaning.aliases:
        what = f"the header {old.header!r} becomes {new.header!r}: deliveries with the old one are refused"
        yield Change("re-reads", new.name, what + "; keep it under aliases")
    if old.meaning.unit != new.meaning.unit:
        what = f"unit {old.meaning.unit} becomes {new.meaning.unit}: the same number means something else"
        yield Change("breaks", new.name, what, readers.of_column(name))
    if old.meaning.scheme != new.meaning.scheme:
        yield Change("re-reads", new.name, f"area codes are of the {new.meaning.scheme} scheme now")
    if _is_stricter(old, new):
        yield Change("re-reads", new.name, "asks more of a cell than before: more rows may be quarantined")


def _role(old: Column, new: Column, read_by: tuple[str, ...]) -> Iterator[Change]:
    before, after = (role.value if role else "none" for role in (old.role, new.role))
    told = f"role {before} becomes {after}"
    if old.role in FEEDS:
        yield Change("breaks", new.name, f"{told}: it no longer feeds {FEEDS[old.role]}", read_by)
    else:
        feeds = f": it feeds {FEEDS[new.role]} from now on" if new.role in FEEDS else ""
        yield Change("re-reads", new.name, told + feeds)


def _listed(old: Column, new: Column, codelists: Mapping[str, Codelist], read_by: tuple[str, ...]) -> Change:
    before, after = old.meaning.code_list, new.meaning.code_list
    told = f"code list {before or 'none'} becomes {after or 'none'}"
    if before and after and before in codelists and after in codelists:
        lost = sorted(set(codelists[before].names) - set(codelists[after].names))
        if not lost:
            return Change("re-reads", new.name, f"{told}, which holds every code of the old one")
        told += f": {', '.join(lost[:8])} come no more"
    return Change("breaks", new.name, told, read_by)


def _is_stricter(old: Column, new: Column) -> bool:
    if new.required and not old.required:
        return True
    low, high = (new.options.minimum, old.options.minimum), (new.options.maximum, old.options.maximum)
    return (
        (new.options.pattern is not None and new.options.pattern != old.options.pattern)
        or (low[0] is not None and (low[1] is None or low[0] > low[1]))
        or (high[0] is not None and (high[1] is None or high[0] < high[1]))
    )


def _key(old: Contract, new: Contract, readers: Readers) -> Iterator[Change]:
    before, after = ([column.name for column in contract.key_columns] for contract in (old, new))
    same = [column.header for column in old.key_columns] == [column.header for column in new.key_columns]
    if before != after and not same:
        what = f"{' + '.join(before)} becomes {' + '.join(after)}: every record is another one, its history begins anew"
        yield Change("breaks", "primaryKey", what, readers.of_column("record_id"))


def _whole(old: Contract, new: Contract, readers: Readers) -> Iterator[Change]:
    """What concerns every row at once."""
    if old.delivery.mode != new.delivery.mode:
        what = f"{old.delivery.mode} becomes {new.delivery.mode}"
        if new.delivery.mode == "snapshot":
            yield Change(
                "breaks", "delivery.mode", f"{what}: the next file deletes every record it lacks", readers.of_table
            )
        else:
            yield Change("re-reads", "delivery.mode", f"{what}: what a file lacks is no longer deleted")
    for part in ("kind", "claim", "premises"):
        before, after = getattr(old.subject, part), getattr(new.subject, part)
        if before != after:
            what = f"{before or 'none'} becomes {after or 'none'}: what was resolved from it is resolved otherwise"
            yield Change(
                "breaks" if before else "re-reads", f"subject.{part}", what, readers.of_table if before else ()
            )
    for part in ("format", "encoding", "delimiter", "sheet"):
        if getattr(old.reading, part) != getattr(new.reading, part):
            was, now = getattr(old.reading, part), getattr(new.reading, part)
            what = f"{was!r} becomes {now!r}: files written as before are refused"
            yield Change("re-reads", f"reading.{part}", what)
    if old.reading.crs != new.reading.crs:
        yield Change("re-reads", "reading.crs", f"{old.reading.crs} becomes {new.reading.crs}: every point moves")
    if old.delivery.file_pattern != new.delivery.file_pattern:
        yield Change("re-reads", "delivery.file_pattern", "files named as before may not be taken any more")
    if old.delivery.complete != new.delivery.complete:
        yield Change("re-reads", "delivery.complete", "a delivery is complete by another sign")
