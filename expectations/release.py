"""The suite of a release: tables that must hold something, codes that must exist, and no identifier anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from expectations.check import Verdict
from expectations.engine import Asked, judged
from expectations.remembered import Remembered
from expectations.tables import height_of, numbers_asked, some_rows, table_asked
from expectations.verdict import verdict

SUITE = "release"
IDENTIFIERS_IN = 200_000  # rows of a table whose texts are searched for identifiers: a seeded sample above
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
) -> Verdict:
    """Judge what is about to be released, by table name; tables that are not given are not asked for. A large table
    comes lazily: what needs all its rows reads a few columns of them, the rest what `sample` gives, or every n-th.

    `remembered` are answers of the judgement before, and `contents` tells by table what it holds: what was searched for
    identifiers and is the same is not searched again. `results` carry `release` as batch_id. An error keeps the release
    back, the last one goes on serving.
    """
    asked: list[Asked] = []
    for name, frame in sorted(frames.items()):
        if name.split(".")[0] in ("address", "population", "entity", "event", "block"):
            asked += table_asked(name, frame)
    remembered = remembered if remembered is not None else Remembered()
    asked.append(numbers_asked(SUITE, release_numbers(frames, sample, remembered, contents)))
    return verdict(judged(*asked, judge=remembered.judged), release, "", None)


def release_numbers(
    frames: Mapping[str, Frame],
    sample: Sample | None = None,
    remembered: Remembered | None = None,
    contents: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """Counts that must be 0: empty tables, references that lead nowhere, cells that hold an identifier."""
    empty = {f"empty:{name}": float(not height_of(frames[name])) for name in NEVER_EMPTY if name in frames}
    searched = _identifiers(frames, sample, remembered or Remembered(), contents or {})
    return {**empty, **_dangling(frames), **searched}


def _dangling(frames: Mapping[str, Frame]) -> dict[str, float]:
    found: dict[str, float] = {}
    for table, column, target, key in REFERENCES:
        if table in frames and target in frames and column in frames[table].collect_schema():
            named = frames[table].lazy().select(pl.col(column)).drop_nulls()
            there = frames[target].lazy().select(pl.col(key).alias(column)).unique()
            lost = named.join(there, on=column, how="anti").select(pl.len()).collect(engine="streaming").item()
            found[f"dangling:{table}.{column}"] = float(lost)
    return found


def _identifiers(
    frames: Mapping[str, Frame], sample: Sample | None, remembered: Remembered, contents: Mapping[str, str]
) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, frame in sorted(frames.items()):
        texts = [column for column, dtype in frame.collect_schema().items() if dtype == pl.String]
        if not texts or not height_of(frame):
            continue
        count = partial(_searched, name, frame, texts, sample)
        number = (
            remembered.counted(f"identifiers {name}", contents[name], SEARCH, count) if name in contents else count()
        )
        found[f"identifiers:{name}"] = number
    return found


def _searched(name: str, frame: Frame, texts: list[str], sample: Sample | None) -> float:
    """Cells of some rows that hold an identifier."""
    at_hand = sample(name) if sample is not None and isinstance(frame, pl.LazyFrame) else frame
    rows = some_rows(at_hand.select(texts), IDENTIFIERS_IN)
    counts = rows.select(pl.col(texts).str.contains(IDENTIFIER).sum()).row(0)
    return float(sum(count or 0 for count in counts))
