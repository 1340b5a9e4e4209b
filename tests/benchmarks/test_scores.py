"""Counts, curve and calibration, on answers small enough to count by hand."""

from __future__ import annotations

import polars as pl

from benchmarks.scores import by, calibration, counts, curve

ROWS = pl.DataFrame(
    {
        "kind": ["a", "a", "a", "b", "b"],
        "truth": ["u1", "u2", "u3", None, None],
        "got": ["u1", "u9", None, "u4", None],
        "match_score": [0.95, 0.65, 0.0, 0.62, 0.0],
        "match_margin": [1.0, 0.1, 0.0, 0.3, 0.0],
    }
)


def test_counts() -> None:
    assert counts(ROWS) == {
        "rows": 5, "meant": 3, "keyed": 3, "right": 1, "precision": 0.33333, "recall": 0.33333, "wrong_share": 0.4,
    }  # fmt: skip


def test_by_kind() -> None:
    a, b = by(ROWS, "kind")
    assert (a["kind"], a["precision"], a["recall"]) == ("a", 0.5, 0.33333)
    assert (b["kind"], b["precision"], b["recall"], b["wrong_share"]) == ("b", 0.0, None, 0.5)


def test_the_curve_trades_recall_for_precision() -> None:
    points = curve(ROWS, "match_score", steps=2)
    assert [(p["at_least"], p["keyed"], p["precision"]) for p in points] == [
        (0.62, 3, 0.33333), (0.65, 2, 0.5), (0.95, 1, 1.0),
    ]  # fmt: skip
    assert [p["recall"] for p in points] == [0.33333] * 3


def test_calibration_counts_what_the_score_promised() -> None:
    told = calibration(ROWS)
    # one of one right at 0.95; none of two right at 0.635 on average
    assert [(b["from"], b["rows"], b["right"]) for b in told["bins"]] == [(0.6, 2, 0.0), (0.9, 1, 1.0)]
    assert told["ece"] == round((2 * 0.635 + 0.05) / 3, 5)
    assert told["brier"] == round((0.05**2 + 0.65**2 + 0.62**2) / 3, 5)
    assert calibration(ROWS.filter(pl.col("got").is_null()))["bins"] == []
