"""Three codings collide: 440306006 is 松岗 in the civil one and 石岩 in the unified."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.addressing.areas import area_hints
from transforms.addressing.library import AddressLibrary

LIBRARY = AddressLibrary.from_frames(
    {
        "area": pl.DataFrame(
            [
                ("440306", "district", "宝安区", None), ("440306006", "street", "石岩街道", "440306"),
                ("440306005", "street", "松岗街道", "440306"), ("440306012", "street", "航城街道", "440306"),
                ("440306002009", "community", "后瑞社区", "440306012"),
            ],
            schema=["area_code", "level", "name", "parent_code"], orient="row",
        ),
        "area_crosswalk": pl.DataFrame(
            [
                ("440306005", "civil", "440306006", "松岗街道"), ("440306006", "civil", "440306008", "石岩街道"),
                ("440306006", "statistics", "440306026", "石岩街道"),
                ("440306002009", "statistics", "440306019006", "后瑞社区居委会"),
            ],
            schema=["area_code", "scheme", "code", "name"], orient="row",
        ),
    }
)  # fmt: skip


def hint(code: str | None, scheme: str | None, name: str | None) -> dict:
    asked = pl.DataFrame(
        {"question": [0], "area_code": [code], "area_scheme": [scheme], "area_name": [name]},
        schema={"question": pl.UInt32, "area_code": pl.String, "area_scheme": pl.String, "area_name": pl.String},
    )
    return area_hints(asked, LIBRARY).row(0, named=True)


@pytest.mark.parametrize(
    ("code", "scheme", "name", "street"),
    [
        ("440306006", "civil", "松岗街道", "440306005"),
        ("440306006", "unified", "石岩街道", "440306006"),
        ("440306008", "civil", "石岩街道", "440306006"),
        ("440306026", "statistics", "石岩", "440306006"),
        ("440306008", "civil", None, "440306006"),
        ("440306019006", "statistics", "后瑞社区", "440306012"),
    ],
)
def test_a_code_is_read_in_its_scheme(code: str, scheme: str, name: str | None, street: str) -> None:
    found = hint(code, scheme, name)
    assert (found["street_hint"], found["area_rule"]) == (street, None)


def test_the_street_of_a_community_is_not_read_off_its_code() -> None:
    found = hint("440306019006", "statistics", "后瑞社区")
    assert (found["community_hint"], found["street_hint"]) == ("440306002009", "440306012")


@pytest.mark.parametrize(
    ("code", "scheme", "name", "rule"),
    [
        ("440306006", "civil", "石岩街道", "area_mismatch"),
        ("440306006", "unified", "松岗街道", "area_mismatch"),
        ("440306999", "civil", "石岩街道", "area_unknown"),
        ("440306026", "civil", "石岩街道", "area_unknown"),
    ],
)
def test_code_and_name_must_agree(code: str, scheme: str, name: str, rule: str) -> None:
    found = hint(code, scheme, name)
    assert (found["area_rule"], found["street_hint"]) == (rule, None)


def test_no_code_no_hint() -> None:
    assert hint(None, "civil", "石岩街道")["area_rule"] is None
