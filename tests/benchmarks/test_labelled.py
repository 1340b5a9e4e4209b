from __future__ import annotations

import json

import pytest

from benchmarks.labelled import HALVES, figure, fold, folded, main, read_half, relation_scores, score_parse


@pytest.mark.parametrize(
    ("component", "labelled", "said"),
    [
        ("building", "一幢", "1"),
        ("building", "24#", "24"),
        ("building", "b-11", "B-11栋"),
        ("building", "5号楼", "5栋"),
        ("entrance", "2单元", "2"),
        ("entrance", "西单元", "西"),
        ("road_number", "甲4号院", "甲4"),
        ("road_number", "16——1", "16-1号"),
        ("road_number", "4178弄", "4178"),
        ("street", "廿里堡街道办事处", "20里堡街道"),
        ("street", "义兴", "义兴镇"),
        ("community", "刘家村村委会", "刘家村"),
        ("road", "Ｇ２１２", "G212"),
        ("estate", "天悦·龙庭", "天悦龙庭"),
    ],
)
def test_spellings_that_are_one(component: str, labelled: str, said: str) -> None:
    assert fold(component, labelled) == fold(component, said)


@pytest.mark.parametrize(
    ("component", "labelled", "said"),
    [("room", "501", "510"), ("building", "1", "11"), ("street", "新镇", "新"), ("room", "12-8", "128")],
)
def test_what_differs_stays_different(component: str, labelled: str, said: str) -> None:
    assert fold(component, labelled) != fold(component, said)


def test_a_figure_counts_what_is_missed_and_what_is_made_up() -> None:
    found = figure([("1",), ("2",), ("",), ("",)], [("1",), ("3",), ("4",), ("",)])
    assert (found.labelled, found.said, found.right, found.spoken) == (2, 3, 1, 3)
    assert (found.exact, found.f1, found.together) == (1 / 2, 2 / 5, 1 / 3)


def test_several_components_are_right_only_together() -> None:
    found = figure([("3", "2", "501"), ("3", "", "501")], [("3", "2", "501"), ("3", "2", "501")])
    assert found.exact == 1 / 2


def test_the_county_of_a_city_without_counties_may_be_empty() -> None:
    rows = [{"city": "东莞市", "county": "东莞市"}, {"city": "东莞市", "county": None}]
    assert folded(rows, ["county"]) == [("",), ("",)]


def test_the_halves_divide_the_file() -> None:
    first, second, both = (read_half("addresses.csv", half, lambda row: row["line"]) for half in HALVES)
    assert len(first) + len(second) == len(both) == 500
    assert min(len(first), len(second)) > 200


def test_doubtful_cells_can_be_left_out() -> None:
    figures, _ = score_parse("both")
    firm, _ = score_parse("both", doubtful=False)
    assert firm["room"].labelled < figures["room"].labelled
    assert firm["province"].labelled == figures["province"].labelled == 500


def test_scores_of_relations() -> None:
    scores, macro = relation_scores(["same", "same", "part", "different"], ["same", "part", "part", None])
    assert scores["same"] == {"pairs": 2, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    assert scores["different"]["f1"] == 0.0
    assert macro == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_the_command_prints_a_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--half", "first", "--failures", "floor"])
    *lines, last = capsys.readouterr().out.splitlines()
    assert any(line.startswith("road_number") for line in lines)
    assert not any(line.startswith("room ") and "labelled" in line for line in lines)
    result = json.loads(last)
    assert result["half"] == "first"
    assert 0 < result["parse"]["road"]["exact"] <= 1
