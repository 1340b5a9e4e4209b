"""The suite of a release: tables that must hold something, codes that must exist, and no identifier anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from expectations.check import Verdict
from expectations.engine import Asked, judged
from expectations.layered import Layered, lost_by_news
from expectations.remembered import Remembered
from expectations.tables import height_of, numbers_asked, some_rows, table_asked
from expectations.verdict import verdict

SUITE = "release"
IDENTIFIERS_IN = 200_000  # rows of a table whose texts are searched for identifiers: a seeded sample above
JUDGED_SCHEMAS = ("address", "population", "entity", "event", "block")
# A release without these answers nothing.
NEVER_EMPTY = ("address.area", "address.building", "address.unit", "block.building")
# table, column, the table and column its values must stand in
REFERENCES = (
    ("address.unit", "building_code", "address.building", "building_code"),
    ("address.doorplate", "building_code", "address.building", "building_code"),
    ("population.claim", "unit_code", "address.unit", "unit_code"),
    ("population.claim", "building_code", "address.building", "building_code"),
    ("population.residence", "unit_code", "address.unit", "unit_code"),
    ("population.residence", "building_code", "address.building", "building_code"),
    ("population.residence", "person_key", "population.person", "person_key"),
    ("entity.premises", "building_code", "address.building", "building_code"),
    ("entity.premises", "organisation_key", "entity.organisation", "organisation_key"),
    ("event.event", "building_code", "address.building", "building_code"),
    ("block.building", "building_code", "address.building", "building_code"),
)
# An ID number or a mobile phone beside other text. Codes of 19 and 25 digits never match: digits stand on both sides.
ID_NUMBER = r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx]"
IDENTIFIER = rf"(?:^|[^0-9A-Za-z.])(?:{ID_NUMBER}|1[3-9][0-9]{{9}})(?:$|[^0-9A-Za-z])"
SEARCH = f"{IDENTIFIER} in {IDENTIFIERS_IN}"  # how: an answer to another question is no answer

Frame = pl.DataFrame | pl.LazyFrame
Sample = Callable[[str], pl.DataFrame]  # some rows of a table that comes lazily


def judge_release(
    frames: Mapping[str, Frame],
    *,
    release: str = "",
    sample: Sample | None = None,
    remembered: Remembered | None = None,
    contents: Mapping[str, str] | None = None,
    layered: Mapping[str, Layered] | None = None,
) -> Verdict:
    """Judge what is about to be released, by table name; tables that are not given are not asked for. A large table
    comes lazily: what needs all its rows reads a few columns of them, the rest what `sample` gives, or every n-th.

    `remembered` are answers of the judgement before, and `contents` tells by table what it holds: what was counted of a
    table and must be 0 is not counted again while it is the same. Of `layered` tables what is new since then is counted
    alone. `results` carry `release` as batch_id. An error keeps the release
    back, the last one goes on serving.
    """
    asked: list[Asked] = []
    remembered = remembered if remembered is not None else Remembered()
    contents, layered = contents or {}, layered or {}
    for name, frame in sorted(frames.items()):
        if name.split(".")[0] in JUDGED_SCHEMAS:
            asked += table_asked(name, frame, remembered, contents.get(name), layered.get(name))
    asked.append(numbers_asked(SUITE, release_numbers(frames, sample, remembered, contents, layered)))
    return verdict(judged(*asked, judge=remembered.judged), release, "", None)


def count_ahead(
    frames: Mapping[str, Frame],
    *,
    sample: Sample,
    remembered: Remembered,
    contents: Mapping[str, str],
    layered: Mapping[str, Layered],
) -> None:
    """Makes the counts `judge_release` will want of these tables, as soon as they are there: `remembered` then knows
    those that are 0, and nothing is judged yet. Tables whose content nobody tells are left for the judge.
    """
    told = {name: frame for name, frame in frames.items() if name in contents}
    for name, frame in sorted(told.items()):
        if name.split(".")[0] in JUDGED_SCHEMAS:
            table_asked(name, frame, remembered, contents[name], layered.get(name))
    release_numbers(told, sample, remembered, contents, layered)


def release_numbers(
    frames: Mapping[str, Frame],
    sample: Sample | None = None,
    remembered: Remembered | None = None,
    contents: Mapping[str, str] | None = None,
    layered: Mapping[str, Layered] | None = None,
) -> dict[str, float]:
    """Counts that must be 0: empty tables, references that lead nowhere, cells that hold an identifier."""
    remembered, contents, layered = remembered or Remembered(), contents or {}, layered or {}
    empty = {f"empty:{name}": float(not height_of(frames[name])) for name in NEVER_EMPTY if name in frames}
    searched = _identifiers(frames, sample, remembered, contents, layered)
    return {**empty, **_dangling(frames, remembered, contents, layered), **searched}


def _dangling(
    frames: Mapping[str, Frame], remembered: Remembered, contents: Mapping[str, str], layered: Mapping[str, Layered]
) -> dict[str, float]:
    found: dict[str, float] = {}
    for table, column, target, key in REFERENCES:
        if table not in frames or target not in frames or column not in frames[table].collect_schema():
            continue
        rows, there, name = frames[table].lazy(), frames[target].lazy(), f"dangling:{table}.{column}"
        count = partial(_lost, rows, column, there, key)
        if table not in contents or target not in contents:
            found[name] = count()
            continue
        ours, theirs, since = layered.get(table), layered.get(target), None
        if ours is not None or theirs is not None:
            bases = (ours.base if ours else contents[table], theirs.base if theirs else contents[target])
            since = (
                " ".join(bases),
                partial(lost_by_news, ours, theirs, rows=rows, column=column, there=there, key=key),
            )
        found[name] = remembered.counted(name, f"{contents[table]} {contents[target]}", f"{target}.{key}", count, since)
    return found


def _lost(rows: pl.LazyFrame, column: str, there: pl.LazyFrame, key: str) -> float:
    """Rows whose reference leads nowhere."""
    named = rows.select(pl.col(column)).drop_nulls()
    held = there.select(pl.col(key).alias(column)).unique()
    return float(named.join(held, on=column, how="anti").select(pl.len()).collect(engine="streaming").item())


def _identifiers(
    frames: Mapping[str, Frame],
    sample: Sample | None,
    remembered: Remembered,
    contents: Mapping[str, str],
    layered: Mapping[str, Layered],
) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, frame in sorted(frames.items()):
        texts = [column for column, dtype in frame.collect_schema().items() if dtype == pl.String]
        if not texts or not height_of(frame):
            continue
        count = partial(_searched, name, frame, texts, sample)
        if name not in contents:
            found[f"identifiers:{name}"] = count()
            continue
        since = None
        if name in layered:
            one = layered[name]
            since = (one.base, partial(_searched, name, one.news, texts, None))
        found[f"identifiers:{name}"] = remembered.counted(f"identifiers {name}", contents[name], SEARCH, count, since)
    return found


def _searched(name: str, frame: Frame, texts: list[str], sample: Sample | None) -> float:
    """Cells of some rows that hold an identifier."""
    at_hand = sample(name) if sample is not None and isinstance(frame, pl.LazyFrame) else frame
    rows = some_rows(at_hand.select(texts), IDENTIFIERS_IN)
    counts = rows.select(pl.col(texts).str.contains(IDENTIFIER).sum()).row(0)
    return float(sum(count or 0 for count in counts))
