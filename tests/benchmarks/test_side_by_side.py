"""The rows every contestant gets, the judge, and the plain join beside ours; no rival is needed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks import side_by_side
from benchmarks.contestants.plain_join import parse
from benchmarks.contestants.plain_regex import COLUMNS
from benchmarks.damaged_rows import Damage, damaged_rows
from benchmarks.judge import judge
from benchmarks.real_lines import real_lines

NO_DAMAGE = Damage(**dict.fromkeys(vars(Damage()), 0.0))


@pytest.fixture(scope="module")
def made() -> object:
    return damaged_rows(3_000, 900, seed=3)


def test_a_third_of_the_rows_mean_no_entry_and_the_rest_one(made) -> None:
    assert made.truth["id"].null_count() == 300
    meant = made.truth.drop_nulls("id")
    assert meant.join(made.library, on="id", how="semi").height == meant.height == 600
    assert made.library["id"].is_unique().all() and made.library["name"].is_unique().all()


def test_the_same_seed_gives_the_same_rows(made) -> None:
    again = damaged_rows(3_000, 900, seed=3)
    assert again.rows.equals(made.rows) and again.truth.equals(made.truth)
    assert not damaged_rows(3_000, 900, seed=4).rows.equals(made.rows)


def test_an_undamaged_row_is_written_as_its_entry() -> None:
    whole = damaged_rows(3_000, 300, seed=5, damage=NO_DAMAGE)
    both = whole.rows.join(whole.truth.drop_nulls("id"), on="row").join(whole.library, on="id")
    assert both.height == 200
    assert (both["address"] == both["name"]).all()


def test_the_regex_reads_its_own_forms() -> None:
    lines = pl.DataFrame({"text": [
        "广东省深圳市宝安区西乡街道前进一路１２号御景 花园3栋2单元501室", "深圳市宝安区御景花园3-2-501",
        "固戍新村三巷5号402", "前进一路12号301室",
    ]})  # fmt: skip
    read = parse(lines, "text").select(COLUMNS).fill_null("")
    assert read.rows() == [
        ("宝安区", "西乡街道", "前进一路", "12", "御景花园", "3", "2", "501"),
        ("宝安区", "", "", "", "御景花园", "3", "2", "501"),
        ("", "", "", "", "固戍新村", "三巷5", "", "402"),
        ("", "", "前进一路", "12", "", "", "", "301"),
    ]


def test_the_judge_counts_right_wrong_and_absent() -> None:
    truth = pl.DataFrame({"row": [0, 1, 2, 3, 4], "id": ["a", "b", "c", None, None]})
    answers = pl.DataFrame({"row": [0, 1, 3], "id": ["a", "x", "a"]})
    verdict = judge(answers, truth)
    assert verdict.precision == pytest.approx(1 / 3, abs=1e-5)  # a is right, x and the a of row 3 are not
    assert verdict.recall == pytest.approx(1 / 3, abs=1e-5)
    assert verdict.absent_keyed == 0.5
    with pytest.raises(ValueError, match="answered once"):
        judge(pl.concat([answers, answers]), truth)


def test_ours_and_the_plain_join_in_processes_of_their_own(tmp_path: Path) -> None:
    lines = side_by_side.run(2_000, 400, tmp_path, {"blockdata", "plain_join"})
    assert [line["answers"] for line in lines] == ["blockdata", "plain_join"]
    for line in lines:
        assert "failed" not in line
        assert line["precision"] > 0.95 and 0.5 < line["recall"] <= 1
        assert line["rows_per_s"] > 0 and 0 < line["peak_gb"] < 4


def test_lines_are_real_first_and_never_twice() -> None:
    lines = real_lines(12_000)
    assert len(set(lines)) == 12_000
    assert lines == real_lines(12_000)
    assert lines[:3] == real_lines(3)
