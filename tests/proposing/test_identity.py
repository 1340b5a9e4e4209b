"""An identifier is known by its header or by its cells, each alone; in doubt a column is kept out."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.contract_shape import Role
from transforms.proposing.facts import Facts
from transforms.proposing.identity import identity


def facts(header: str, cells: list[str]) -> Facts:
    return Facts(0, header, pl.Series(cells, dtype=pl.String), len(cells))


def resident_ids() -> list[str]:
    """Well-formed numbers of a county there is none of; the check digit by hand: weights 7 9 10 5 … modulo 11."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    heads = [f"440399{1950 + number}0{1 + number % 9}1{number % 9}{100 + number}" for number in range(40)]
    return [head + "10X98765432"[sum(int(d) * w for d, w in zip(head, weights, strict=True)) % 11] for head in heads]


def test_an_identity_number_is_known_whatever_the_header_says() -> None:
    guess = identity(facts("列甲", resident_ids()))
    assert guess is not None and (guess.role, guess.classification) == (Role.PERSON_ID, "restricted")


def test_one_hidden_in_another_number_is_found_with_its_affix() -> None:
    guess = identity(facts("学号", [f"G{number}" for number in resident_ids()]))
    assert guess is not None and guess.role is Role.EMBEDDED_PERSON_ID
    assert guess.custom["affix"] == "^G([0-9]{17}[0-9Xx])$"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("证件号码", [f"E{number:08}" for number in range(40)]),  # passports: no check digit tells
        ("编码", [f"{number[:6]}********{number[14:]}" for number in resident_ids()]),  # masked
        ("备用", [*resident_ids()[:4], *[f"AB{number:05}" for number in range(36)]]),  # one in ten
        ("收款账号", [f"440003020040{number:07}" for number in range(40)]),  # nineteen digits, and no address code
        ("民族", ["汉族"] * 40),
        ("列乙", ["汉族", "壮族", "回族", "满族"] * 10),
    ],
)
def test_what_nothing_can_tokenise_is_kept_out(header: str, cells: list[str]) -> None:
    guess = identity(facts(header, cells))
    assert guess is not None and guess.classification == "excluded"


def test_telephones_and_names_are_tokenised_by_their_cells_alone() -> None:
    phone = identity(facts("列丙", [f"144{number * 7919 % 10**8:08}" for number in range(1, 41)]))
    name = identity(facts("列丁", [f"{family}{given}" for family in "赵钱孙李周吴郑王" for given in "安柏川冬帆"]))
    assert phone is not None and phone.role is Role.PHONE
    assert name is not None and name.role is Role.PERSON_NAME
    assert {phone.classification, name.classification} == {"restricted"}


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("建成年代", ["2019****", "201903**", "201*****", "20******"] * 10),  # days known in part
        ("设备编号", [f"AED-BA-{number:05}" for number in range(40)]),
        ("工单号", [f"13000{number:06}" for number in range(40)]),  # eleven digits, counted up
        ("树种", ["榕树", "樟树", "秋枫", "荔枝"] * 10),
    ],
)
def test_what_identifies_nobody_is_left_alone(header: str, cells: list[str]) -> None:
    assert identity(facts(header, cells)) is None
