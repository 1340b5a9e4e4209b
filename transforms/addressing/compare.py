"""Do two addresses mean the same place, does one lie in the other, or are they two places?"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from transforms.addressing.key_file import refuse_taken
from transforms.addressing.names import community_stem, fold, street_stem
from transforms.addressing.parse import COMPONENTS, parse_addresses
from transforms.addressing.similar_names import GENERIC
from transforms.addressing.tabular import Progress, TableWriter, read_chunks
from transforms.addressing.tail import number_key

_NUMBERS = ("road_number", "building", "entrance", "floor", "room")
_AREAS = ("province", "city", "county")
# What each agreement weighs in the score; finer says more.
WEIGHTS = {"street": 1.0, "road": 2.0, "estate": 3.0, "road_number": 3.0, "building": 3.0, "entrance": 1.0, "room": 3.0}


def compare_addresses(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """relation (same, part, different; null where one is empty), score (0 to 1), reason, one row a pair.

    `part`: nothing contradicts, and one says finer parts than the other (the building of the unit, the road of the
    house). Numbers are evidence: 5号 and 6号 of one road are different, whatever else agrees.
    """
    a, b = _read(left, "l"), _read(right, "r")
    frame = pl.concat([a, b], how="horizontal")
    frame = frame.with_columns(
        (pl.col(f"l_{name}") == pl.col(f"r_{name}")).alias(f"eq_{name}") for name in COMPONENTS if name != "rest"
    )
    frame = frame.with_columns(eq_estate=_names_agree("estate"), eq_road=_names_agree("road"))
    return frame.with_columns(_clash().alias("clash")).select(_relation(), _score(), _reason())


def compare_file(path: Path, left: str, right: str, out: Path, *, progress: Progress | None = None) -> dict[str, int]:
    """Write `out` with the input columns and relation, score, reason; pairs by relation."""
    counts: dict[str, int] = {}
    done = 0
    with TableWriter(out, path) as writer:
        for frame in read_chunks(path, [left, right]):
            found = compare_addresses(frame[left].cast(pl.String), frame[right].cast(pl.String))
            refuse_taken(path, frame.columns, found.columns)
            writer.write(frame.hstack(found))
            for relation, count in found.group_by("relation").len().iter_rows():
                counts[relation or "unread"] = counts.get(relation or "unread", 0) + count
            done += frame.height
            if progress is not None:
                progress(done)
    return dict(sorted(counts.items()))


def _read(texts: pl.Series, side: str) -> pl.DataFrame:
    """Components as comparable keys, prefixed by `side`."""
    parsed = parse_addresses(texts)
    keys = {name: number_key(pl.col(name).str.replace_all(r"[^0-9A-Z\-负东西南北中左右]", "")) for name in _NUMBERS}
    return parsed.select(
        *[pl.col(name) for name in _AREAS],
        street=street_stem(pl.col("street")),
        community=community_stem(pl.col("community")),
        road=fold(pl.col("road")),
        estate=fold(pl.col("estate")),
        **keys,
    ).rename(lambda name: f"{side}_{name}")


def _names_agree(name: str) -> pl.Expr:
    """Equal, equal without 花园 or 小区, or one ends in the other (龙光城 and 新安龙光城)."""
    left, right = pl.col(f"l_{name}"), pl.col(f"r_{name}")
    bare_left, bare_right = left.str.replace(GENERIC, ""), right.str.replace(GENERIC, "")
    stem = (bare_left == right) | (bare_right == left)
    within = (left.str.ends_with(right) & (right.str.len_chars() >= 3)) | (
        right.str.ends_with(left) & (left.str.len_chars() >= 3)
    )
    return (left == right) | stem | within


def _clash() -> pl.Expr:
    """The coarsest component that contradicts, or null."""
    differs = {name: ~pl.col(f"eq_{name}") for name in COMPONENTS if name != "rest"}
    same_place = pl.col("eq_estate").fill_null(False) | (
        pl.col("eq_road").fill_null(False) & pl.col("eq_road_number").fill_null(False)
    )
    order = [
        *[(name, differs[name]) for name in _AREAS],
        ("street", differs["street"] & ~same_place),
        ("estate", differs["estate"] & ~(pl.col("eq_road") & pl.col("eq_road_number")).fill_null(False)),
        ("road", differs["road"] & ~pl.col("eq_estate").fill_null(False)),
        ("road_number", differs["road_number"] & pl.col("eq_road").fill_null(True)),
        *[(name, differs[name]) for name in ("building", "entrance", "floor", "room")],
    ]
    return pl.coalesce(pl.when(bad.fill_null(False)).then(pl.lit(name)) for name, bad in order)


def _finer(side: str, other: str) -> pl.Expr:
    """`side` says a part below the county that `other` does not."""
    parts = ("street", "road", "estate", "road_number", "building", "entrance", "room")
    return pl.any_horizontal(
        pl.col(f"{side}_{name}").is_not_null() & pl.col(f"{other}_{name}").is_null()
        for name in parts
        if name != "street"
    )


def _said(side: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(f"{side}_{name}").is_not_null() for name in COMPONENTS if name != "rest")


def _relation() -> pl.Expr:
    deepest = [
        ("room", 5),
        ("floor", 4),
        ("entrance", 3),
        ("building", 2),
        ("road_number", 2),
        ("estate", 1),
        ("road", 1),
    ]

    def depth(side: str) -> pl.Expr:
        return pl.coalesce(
            *[pl.when(pl.col(f"{side}_{name}").is_not_null()).then(level) for name, level in deepest], pl.lit(0)
        )

    # The same depth with a road on one side and an estate on the other is one place said in two ways, if one is said
    # on both.
    shared = pl.col("eq_estate").fill_null(False) | pl.col("eq_road").fill_null(False)
    same = (depth("l") == depth("r")) & (shared | (depth("l") == 0))
    return (
        pl.when(~_said("l") | ~_said("r"))
        .then(None)
        .when(pl.col("clash").is_not_null())
        .then(pl.lit("different"))
        .when(same)
        .then(pl.lit("same"))
        .when(shared | (depth("l") == 0) | (depth("r") == 0))
        .then(pl.lit("part"))
        .otherwise(pl.lit("different"))
        .alias("relation")
    )


def _score() -> pl.Expr:
    agreed = pl.sum_horizontal(
        pl.when(pl.col(f"eq_{name}").fill_null(False)).then(weight).otherwise(0.0) for name, weight in WEIGHTS.items()
    )
    said = pl.sum_horizontal(
        pl.when(pl.col(f"l_{name}").is_not_null() | pl.col(f"r_{name}").is_not_null()).then(weight).otherwise(0.0)
        for name, weight in WEIGHTS.items()
    )
    return pl.when(said > 0).then(agreed / said).otherwise(0.0).round(3).alias("score")


def _reason() -> pl.Expr:
    return (
        pl.when(~_said("l") | ~_said("r"))
        .then(pl.lit("an address says nothing that can be compared"))
        .when(pl.col("clash").is_not_null())
        .then(pl.lit("another ") + pl.col("clash"))
        .when(_finer("l", "r") & ~_finer("r", "l"))
        .then(pl.lit("the left says more"))
        .when(_finer("r", "l") & ~_finer("l", "r"))
        .then(pl.lit("the right says more"))
        .otherwise(pl.lit("nothing contradicts"))
        .alias("reason")
    )
