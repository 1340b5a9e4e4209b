"""Code lists: every way of writing leads to one code."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.codelist import Codelist, load_codelist, load_codelists
from schemas.contract import load_contracts
from schemas.errors import ContractError, UsageError


def test_name_alias_and_code_mean_the_same() -> None:
    translation = load_codelist("sex").translation
    assert {translation[text] for text in ("male", "男", "1", "男性")} == {"male"}
    assert load_codelist("sex").names == {"male": "男", "female": "女"}


def test_the_door_has_nine_outcomes() -> None:
    outcomes = (
        "lives_here moved_out occupied vacant room_exists room_missing premises_found premises_missing not_reached"
    )
    assert list(load_codelist("door_outcome").names) == outcomes.split()


def test_the_names_of_an_address_are_of_seven_kinds() -> None:
    assert len(load_codelist("alias_kind").codes) == 7


def test_every_list_a_contract_names_is_there_and_none_is_unread() -> None:
    named = {
        column.meaning.code_list
        for contract in load_contracts().values()
        for column in contract.columns
        if column.meaning.code_list
    }
    of_the_library = {"unit_usage", "alias_kind"}
    assert named | of_the_library == set(load_codelists())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("title: 性别\ncodes: []\n", "codes"),
        ("codes: [{code: male, name: 男}]\n", "title"),
        ("title: 性别\ncodes: [{code: Male, name: 男}]\n", "codes.0.code"),
        ("title: 性别\ncodes: [{code: male, name: 男}, {code: female, name: 女, aliases: [男]}]\n", "(file)"),
    ],
)
def test_a_bad_list_is_refused_with_file_and_key(text: str, key: str, tmp_path: Path) -> None:
    (tmp_path / "sex.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        load_codelist("sex", tmp_path)
    assert (refusal.value.file, refusal.value.key) == (str(tmp_path / "sex.yaml"), key)


def test_a_list_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="colours"):
        load_codelist("colours")


def test_a_list_is_folded_as_cells_are() -> None:
    told = Codelist.model_validate(
        {"title": "表", "codes": [{"code": "rent", "name": "公租房（含廉租）"}, {"code": "one", "name": "Ⅰ  级"}]}
    )
    assert told.translation["公租房(含廉租)"] == told.translation["公租房（含廉租）"] == "rent"
    assert told.translation["I 级"] == "one"


def test_a_code_may_be_its_own_name_but_no_way_of_writing_is_two_codes() -> None:
    assert Codelist.model_validate({"title": "表", "codes": [{"code": "in", "name": "in"}]}).translation == {"in": "in"}
    for other in ("甲（一）", "甲(一)"):
        with pytest.raises(ValueError, match="more than one code"):
            Codelist.model_validate(
                {"title": "表", "codes": [{"code": "a", "name": "甲（一）"}, {"code": "b", "name": other}]}
            )
