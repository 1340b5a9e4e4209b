"""Thresholds come from one file; scores are read off the calibration."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from transforms.addressing.library import AddressLibrary
from transforms.addressing.thresholds import FILE, Thresholds, probability, thresholds, using

Ask = Callable[..., dict]
ACCEPTED = Thresholds({"components": 0.8, "relaxed": 0.8, "fuzzy": 0.8}, 0.03)


def answer(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["match_level", "match_method", "match_score"], orient="row")


def test_the_file_is_whole_and_says_where_it_comes_from() -> None:
    now = thresholds()
    assert set(now.accept) == {"components", "relaxed", "fuzzy"} and 0 <= now.margin < 0.04
    assert all(points == sorted(points) for points in now.calibration.values())
    assert all([y for _, y in points] == sorted(y for _, y in points) for points in now.calibration.values())
    head = FILE.read_text(encoding="utf-8")
    assert "benchmarks.derive_thresholds" in head and "seeds" in head


def test_evidence_under_the_threshold_is_no_match(ask: Ask, village: AddressLibrary) -> None:
    with using(ACCEPTED):
        assert ask("固戍一村66号501")["match_level"] == "unit"
    with using(Thresholds({"components": 1.01, "relaxed": 1.01, "fuzzy": 1.01}, 0.03)):
        assert ask("固戍一村66号501")["match_level"] not in ("unit", "building")


def test_a_wider_margin_makes_a_tie(ask: Ask) -> None:
    text = "西乡街道同乐花园1栋101"  # the other one lies in another street
    with using(ACCEPTED):
        assert ask(text)["match_level"] == "unit"
    with using(Thresholds(dict.fromkeys(ACCEPTED.accept, 0.1), 0.9)):
        assert ask(text)["unit_code"] is None


def test_scores_are_read_between_the_points_and_keep_their_order() -> None:
    points = {"components": [(0.8, 0.9), (1.0, 0.98)]}
    with using(Thresholds({}, 0.03, points)):
        told = probability(
            answer(("unit", "components", 0.9), ("building", "components", 1.0), ("unit", "components", 0.7))
        )
    # half way between the points less a thousandth of what lacks; at the last point; before the first
    assert told.to_list() == pytest.approx([0.94 - 0.0001, 0.98, 0.9 - 0.0003])


def test_other_levels_and_methods_keep_their_score() -> None:
    with using(Thresholds({}, 0.03, {"components": [(0.8, 0.5), (1.0, 0.5)]})):
        told = probability(answer(("estate", "components", 0.8), ("unit", "exact", 1.0), ("none", "none", 0.0)))
    assert told.to_list() == [0.8, 1.0, 0.0]
