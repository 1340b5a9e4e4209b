"""What is counted: precision and recall at unit level, the curve over score and margin, calibration. Frames in, plain
values out. Every frame here has `truth` and `got` (unit codes, null where none) and match_score, match_margin.
"""

from __future__ import annotations

from typing import Any

import polars as pl

KEYED, MEANT = pl.col("got").is_not_null(), pl.col("truth").is_not_null()
RIGHT = (pl.col("got") == pl.col("truth")).fill_null(False)


def share(part: float, whole: float) -> float | None:
    """`part` of `whole`, rounded; None where there is nothing."""
    return round(part / whole, 5) if whole else None


def counts(rows: pl.DataFrame) -> dict[str, Any]:
    """rows, meant (they mean a room), keyed (to any room), right; precision = right/keyed, recall = right/meant, and
    wrong_share = wrongly keyed/rows, which is what is asked of rows that mean nothing.
    """
    n, meant, keyed, right = rows.select(
        pl.len(), MEANT.sum().alias("meant"), KEYED.sum().alias("keyed"), RIGHT.sum().alias("right")
    ).row(0)
    return {
        "rows": n, "meant": meant, "keyed": keyed, "right": right, "precision": share(right, keyed),
        "recall": share(right, meant), "wrong_share": share(keyed - right, n),
    }  # fmt: skip


def by(rows: pl.DataFrame, *columns: str) -> list[dict[str, Any]]:
    """`counts` for each value of the columns."""
    return [
        {**dict(zip(columns, values, strict=True)), **counts(part)}
        for values, part in sorted(rows.partition_by(*columns, as_dict=True).items(), key=lambda pair: str(pair[0]))
    ]


def curve(rows: pl.DataFrame, column: str, steps: int = 20) -> list[dict[str, Any]]:
    """Precision and recall when only answers with at least this much of `column` (match_score, match_margin) count."""
    meant = rows.select(MEANT.sum()).item()
    answered = rows.filter(KEYED)
    if answered.is_empty():
        return []
    levels = sorted({round(answered[column].quantile(n / steps, "lower") or 0.0, 4) for n in range(steps + 1)})
    found = []
    for level in levels:
        kept = answered.filter(pl.col(column) >= level)
        right = kept.select(RIGHT.sum()).item()
        found.append(
            {
                "at_least": level,
                "keyed": kept.height,
                "precision": share(right, kept.height),
                "recall": share(right, meant),
            }
        )
    return found


def calibration(rows: pl.DataFrame, bins: int = 10) -> dict[str, Any]:
    """Does a score of 0.9 mean right nine times in ten? Bins of the scores of rows keyed to a room: mean score against
    share right; brier is the mean squared difference, ece the mean absolute difference of the bins.
    """
    answered = rows.filter(KEYED).with_columns(right=RIGHT.cast(pl.Float64))
    if answered.is_empty():
        return {"brier": None, "ece": None, "bins": []}
    table = (
        answered.with_columns(bin=(pl.col("match_score") * bins).floor().clip(0, bins - 1).cast(pl.Int32))
        .group_by("bin")
        .agg(rows=pl.len(), score=pl.col("match_score").mean(), right=pl.col("right").mean())
        .sort("bin")
    )
    brier = answered.select(((pl.col("match_score") - pl.col("right")) ** 2).mean()).item()
    ece = table.select(((pl.col("score") - pl.col("right")).abs() * pl.col("rows")).sum()).item() / answered.height
    lines = [
        {
            "from": row["bin"] / bins,
            "rows": row["rows"],
            "score": round(row["score"], 4),
            "right": round(row["right"], 5),
        }
        for row in table.iter_rows(named=True)
    ]
    return {"brier": round(brier, 5), "ece": round(ece, 5), "bins": lines}
