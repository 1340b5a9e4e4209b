"""The thresholds' choice, on answers few enough to choose by hand."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks.derive_thresholds import NEVER, Step, bought, calibrated, hull, least


def rows(method: str, *levels: tuple[float, int, int], group: str = "hard") -> pl.DataFrame:
    """right and wrong answers at each score."""
    asked = [("u", "u" if n < right else "v", score) for score, right, wrong in levels for n in range(right + wrong)]
    frame = pl.DataFrame(asked, schema=["truth", "got", "match_score"], orient="row")
    return frame.with_columns(match_method=pl.lit(method), **{"class": pl.lit(group)})


def test_levels_that_grow_cheaper_are_bought_together() -> None:
    steps = hull(rows("fuzzy", (0.99, 98, 2), (0.95, 100, 0), (0.90, 50, 50)), "fuzzy")
    assert [(step.least, step.most, step.right, step.wrong) for step in steps] == [
        (0.95, 0.99, 198, 2),
        (0.9, 0.9, 50, 50),
    ]


def test_what_means_nothing_counts_a_tenth() -> None:
    nothing = rows("fuzzy", (0.9, 0, 10), group="nothing")
    assert hull(nothing, "fuzzy")[0].wrong == pytest.approx(1.0)


def test_the_cheapest_is_bought_first_and_nothing_beyond_the_target() -> None:
    steps = [
        Step("components", 0.9, 1.0, 5000, 0), Step("components", 0.8, 0.8, 100, 3), Step("relaxed", 0.7, 1.0, 300, 3),
    ]  # fmt: skip
    taken = bought(steps, (0, 0))
    # 300 right with 3 wrong cost 1 % and leave 3 wrong of 5,303; three more would make 6 of 5,406
    assert {method: step.least for method, step in taken.items()} == {"components": 0.9, "relaxed": 0.7}
    assert bought([Step("fuzzy", 0.9, 1.0, 10, 10)], (5000, 0)) == {}


def test_a_threshold_lies_half_way_to_what_was_refused() -> None:
    steps = [Step("components", 0.9, 1.0, 50, 0), Step("components", 0.7, 0.8, 1, 9)]
    assert least("components", {"components": steps[0]}, steps) == 0.85
    assert least("fuzzy", {}, steps) == NEVER


def test_calibration_rises_and_few_answers_promise_no_certainty() -> None:
    points = calibrated(rows("fuzzy", (0.85, 50, 50), (0.9, 95, 5), (0.95, 4, 0)))["fuzzy"]
    shares = [share for _, share in points]
    assert shares == sorted(shares) and shares[-1] < 1.0
    assert len(points) == 2  # four right of four are no better than 95 of 100


def test_a_later_method_promises_no_more_than_the_one_before() -> None:
    both = pl.concat([rows("components", (0.99, 990, 10)), rows("relaxed", (0.95, 100, 0))])
    assert calibrated(both)["relaxed"] == [(0.95, round(990 / 1001, 5))]
