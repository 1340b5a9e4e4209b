from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.addressing.small_library import Building, building_code, library_of, unit_code
from transforms.addressing import key as key_module
from transforms.addressing.fallback import ANSWER
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary

Ask = Callable[..., dict]


def test_one_row_each_in_the_order_given(village: AddressLibrary) -> None:
    texts = ["固戍一村66号501", None, "固戍一村67号101", "固戍一村66号501", ""]
    records = pl.DataFrame({"row": [7, 3, 9, 1, 4], "address": texts}, schema_overrides={"row": pl.UInt32})
    answers = key_addresses(records, village)
    assert answers.columns == ["row", *ANSWER]
    assert answers["row"].to_list() == [7, 3, 9, 1, 4]
    assert answers["unit_code"].to_list() == [unit_code(1, 2), None, unit_code(2, 1), unit_code(1, 2), None]
    assert answers["reason"].null_count() == 0
    assert answers["match_level"].null_count() == 0


def test_no_records_no_answers(village: AddressLibrary) -> None:
    empty = pl.DataFrame(schema={"row": pl.UInt32, "address": pl.String})
    assert key_addresses(empty, village).columns == ["row", *ANSWER]


def test_an_empty_library_answers_none() -> None:
    records = pl.DataFrame({"row": [0], "address": ["固戍一村66号501"]}, schema_overrides={"row": pl.UInt32})
    answer = key_addresses(records, AddressLibrary.from_frames({})).row(0, named=True)
    assert (answer["match_level"], answer["unit_code"]) == ("none", None)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("广东省深圳市宝安区西乡街道固戍社区固戍一村66号501", "exact"),
        ("固戍一村66号501", "components"),
        ("西乡固戍一村66号501", "relaxed"),
        ("碧海花圆3栋1单元502", "fuzzy"),
        ("南山区桃园路1号", "outside"),
        ("无名村1号", "none"),
    ],
)
def test_each_stage_leaves_its_name(ask: Ask, text: str, method: str) -> None:
    assert ask(text)["match_method"] == method


def test_scores_fall_with_the_stages(ask: Ask) -> None:
    texts = ("广东省深圳市宝安区西乡街道固戍社区固戍一村66号501", "固戍一村66号501", "西乡固戍一村66号501")
    scores = [ask(text)["match_score"] for text in texts]
    assert scores == sorted(scores, reverse=True)
    assert 0.8 < scores[-1] < scores[0] == 1.0


def test_a_room_the_library_lacks_is_proposed(ask: Ask) -> None:
    answer = ask("固戍一村66号888室")
    assert (answer["match_level"], answer["building_code"]) == ("building", building_code(1))
    assert answer["proposed_room"] == "888"
    assert ask("碧海花园3栋3单元501")["proposed_room"] == "3单元501"
    assert ask("固戍一村66号")["proposed_room"] is None


def test_a_tie_keeps_its_candidates(ask: Ask) -> None:
    answer = ask("同乐花园1栋101")
    assert (answer["match_level"], answer["match_margin"]) == ("none", 0.0)
    assert answer["candidates"] == [building_code(5), building_code(6)]


def test_a_tie_within_an_estate_falls_to_the_estate() -> None:
    library = library_of(
        [
            Building("西乡街道 固戍社区", "同乐花园", "1栋", rooms=("101",)),
            Building("西乡街道 固戍社区", "同乐花园", "1栋", rooms=("101",)),
        ]
    )
    records = pl.DataFrame({"row": [0], "address": ["同乐花园1栋101"]}, schema_overrides={"row": pl.UInt32})
    answer = key_addresses(records, library).row(0, named=True)
    assert (answer["match_level"], answer["unit_code"]) == ("estate", None)
    assert answer["candidates"] == [building_code(1), building_code(2)]


def test_the_area_beside_the_text_settles_a_tie(ask: Ask) -> None:
    answer = ask("同乐花园1栋101", area_code="440306903", area_scheme="unified", area_name="航城街道")
    assert answer["unit_code"] == unit_code(6, 1)


def test_an_outdated_street_is_believed_where_the_community_once_lay_in_it() -> None:
    frames = {
        "building": pl.DataFrame(
            {"building_code": [building_code(1)], "estate": ["后瑞村"], "estate_number": ["8号"],
             "street_code": ["440306012"], "community_code": ["440306012001"]}
        ),
        "unit": pl.DataFrame({"unit_code": [unit_code(1, 1)], "building_code": [building_code(1)], "room": ["301"]}),
        "area": pl.DataFrame(
            [
                ("440306", "district", "宝安区", None, None), ("440306012", "street", "航城街道", "440306", None),
                ("440306002", "street", "西乡街道", "440306", None),
                ("440306012001", "community", "后瑞社区", "440306002", "2016-12-29"),
                ("440306012001", "community", "后瑞社区", "440306012", None),
            ],
            schema=["area_code", "level", "name", "parent_code", "valid_to"], orient="row",
        ).with_columns(pl.col("valid_to").str.to_date()),
    }  # fmt: skip
    library = AddressLibrary.from_frames(frames)
    records = pl.DataFrame({"row": [0, 1], "address": ["西乡街道后瑞村8号301", "航城街道后瑞村8号301"]})
    answers = key_addresses(records, library)
    assert answers["unit_code"].to_list() == [unit_code(1, 1)] * 2
    assert answers["match_score"][0] < answers["match_score"][1]


def test_cancelled_places_are_not_meant_by_name() -> None:
    library = library_of([Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("501",))])
    gone = AddressLibrary.from_frames(
        {
            "building": library.building.with_columns(status=pl.lit("cancelled")),
            "unit": library.unit.with_columns(status=pl.lit("cancelled")),
            "area": library.area,
        }
    )
    records = pl.DataFrame({"row": [0], "address": ["固戍一村66号501"]}, schema_overrides={"row": pl.UInt32})
    assert key_addresses(records, gone)["match_level"].to_list() == ["none"]


def test_a_broken_area_is_told_beside_the_answer(ask: Ask) -> None:
    answer = ask("固戍一村66号501", area_code="440306901", area_scheme="unified", area_name="石岩街道")
    assert answer["broken_rule"] == "area_mismatch"


@pytest.mark.parametrize(
    ("code", "text", "answered"),
    [
        ("440306901", None, ("community", "440306901", None)),  # the street alone is told
        ("440306999", None, ("none", None, "area_unknown")),
        ("440306901", "无名村1号", ("none", None, None)),  # an address that says nothing is no area either
    ],
)
def test_an_area_code_without_an_address_is_an_answer(
    ask: Ask, code: str, text: str | None, answered: tuple[str, str | None, str | None]
) -> None:
    answer = ask(text, area_code=code, area_scheme="unified")
    assert (answer["match_level"], answer["area_code"], answer["broken_rule"]) == answered


def test_rows_with_the_same_text_and_other_areas_are_asked_apart(village: AddressLibrary) -> None:
    records = pl.DataFrame(
        {
            "row": [0, 1],
            "address": ["同乐花园1栋101"] * 2,
            "area_code": ["440306901", "440306903"],
            "area_scheme": ["unified"] * 2,
            "area_name": [None, None],
        },
        schema_overrides={"row": pl.UInt32, "area_name": pl.String},
    )
    assert key_addresses(records, village)["unit_code"].to_list() == [unit_code(5, 1), unit_code(6, 1)]


def test_answers_do_not_depend_on_order_company_or_threads(
    village: AddressLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [
        "固戍一村66号501",
        "同乐花园1栋101",
        "碧海花园3栋501",
        "西乡固戍一村66号",
        "固戍一村66-501",
        None,
        "碧海花圆3栋1-502",
    ]
    records = pl.DataFrame({"address": texts * 3}).with_row_index("row")
    together = key_addresses(records, village)
    backwards = key_addresses(records.reverse(), village).sort("row")
    monkeypatch.setattr(key_module, "CHUNK", 2)
    apart = key_addresses(records, village)
    alone = pl.concat(key_addresses(records.slice(n, 1), village) for n in range(records.height))
    for other in (backwards, apart, alone):
        assert other.equals(together)
