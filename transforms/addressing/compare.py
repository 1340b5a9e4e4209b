"""Do two addresses mean the same place, does one lie in the other, or are they two places?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from transforms.addressing.compare_evidence import gather
from transforms.addressing.compare_weights import RELATIONS, shares
from transforms.addressing.tabular import Progress, write_beside

_CLASH = {
    "city": "another city",
    "county": "another county",
    "street": "another street",
    "road": "another road",
    "door": "another road number",
    "name": "another name",
    "telling": "names told apart by a number or side",
    "building": "another building",
    "entrance": "another entrance",
    "floor": "another floor",
    "room": "another room",
}
_SHARED = {
    "door": "same road and number",
    "name": "same name",
    "road": "same road",
    "street": "same street",
    "area": "same county",
    "nothing": "nothing fine is said on both sides",
}


def compare_addresses(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """relation (same, part, different; null where one says nothing), score (0 to 1), reason, one row a pair.

    `part`: one lies in or at the other (the building of the unit, the road of the house). `score` is how likely
    the relation is the right one, by weights learned from hand-labelled pairs. Numbers are evidence: 5号 and 6号 of
    one road are never the same. Which address stands left changes nothing but the words of `reason`.
    """
    evidence = gather(left.cast(pl.String), right.cast(pl.String))
    likely = shares(evidence)
    chosen = likely.argmax(axis=1) if evidence.height else np.zeros(0, dtype=np.int64)
    frame = evidence.with_columns(
        relation=pl.Series([RELATIONS[at] for at in chosen], dtype=pl.String),
        score=pl.Series(likely.max(axis=1, initial=0.0)).round(3),
    )
    silent = ~(pl.col("said_left") & pl.col("said_right"))
    relation = pl.when("identical").then(pl.lit("same")).when(silent).then(None).otherwise("relation")
    score = pl.when("identical").then(1.0).when(silent).then(0.0).otherwise("score")
    return frame.select(relation.alias("relation"), score.alias("score"), _reason(silent).alias("reason"))


def compare_file(path: Path, left: str, right: str, out: Path, *, progress: Progress | None = None) -> dict[str, int]:
    """Write `out` with the input columns and relation, score, reason; pairs by relation."""
    counts: Counter[str] = Counter()

    def compared(frame: pl.DataFrame) -> pl.DataFrame:
        return compare_addresses(frame[left].cast(pl.String), frame[right].cast(pl.String))

    for found in write_beside(path, [left, right], out, compared, progress):
        counts.update(dict(found["relation"].fill_null("unread").value_counts().iter_rows()))
    return dict(sorted(counts.items()))


def _reason(silent: pl.Expr) -> pl.Expr:
    """What decided: the contradiction, or what both say and which says more."""
    anchor = pl.col("place").cast(pl.String).str.extract("^([a-z]+)_", 1).replace_strict(_SHARED)
    clash = pl.col("clash").cast(pl.String).replace_strict(_CLASH, default=None)
    more = (
        pl.when(pl.col("more_left") & pl.col("more_right"))
        .then(pl.lit(", each says what the other does not"))
        .when(pl.col("more_left"))
        .then(pl.lit(", the left says more"))
        .when(pl.col("more_right"))
        .then(pl.lit(", the right says more"))
        .otherwise(pl.lit(""))
    )
    return (
        pl.when("identical")
        .then(pl.lit("the same text"))
        .when(silent)
        .then(pl.lit("an address says nothing that can be compared"))
        .when(clash.is_not_null() & (pl.col("relation") == "different"))
        .then(clash)
        .when(pl.col("relation") == "same")
        .then(anchor)
        .otherwise(anchor + more)
    )
