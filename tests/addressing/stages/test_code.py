from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.addressing.small_library import building_code, unit_code
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.lineage import successors

TEMPORARY = "44030600800448T0041"
GRID = "44030600100101"


@pytest.fixture(scope="module")
def library() -> AddressLibrary:
    """Building 1 stands; 2 was merged into 1; 3 was split into 1 and 4; 5 is gone; 6 was renumbered twice, to 1."""
    codes = [building_code(n) for n in range(1, 8)] + [TEMPORARY]
    gone = {building_code(n) for n in (2, 3, 5, 6, 7)}
    return AddressLibrary.from_frames(
        {
            "building": pl.DataFrame(
                {"building_code": codes, "status": ["cancelled" if code in gone else "active" for code in codes]}
            ),
            "unit": pl.DataFrame(
                {
                    "unit_code": [unit_code(1, 1), unit_code(1, 2), TEMPORARY + "000001"],
                    "building_code": [building_code(1), building_code(1), TEMPORARY],
                    "status": ["active", "cancelled", "active"],
                }
            ),
            "area": pl.DataFrame({"area_code": [GRID], "level": ["grid"], "name": ["01"]}),
            "lineage": pl.DataFrame(
                [
                    (building_code(2), building_code(1), "merge"),
                    (building_code(3), building_code(1), "split"),
                    (building_code(3), building_code(4), "split"),
                    (building_code(5), None, "cancel"),
                    (building_code(6), building_code(7), "renumber"),
                    (building_code(7), building_code(1), "renumber"),
                    (unit_code(1, 2), unit_code(1, 1), "merge"),
                ],
                schema=["code", "successor", "kind"],
                orient="row",
            ),
        }
    )


def ask(code: str, library: AddressLibrary) -> dict:
    records = pl.DataFrame({"row": [0], "code": [code]}, schema_overrides={"row": pl.UInt32})
    return key_addresses(records, library).row(0, named=True)


@pytest.mark.parametrize(
    ("code", "level", "meant"),
    [
        (unit_code(1, 1), "unit", unit_code(1, 1)),
        (TEMPORARY + "000001", "unit", TEMPORARY + "000001"),
        (building_code(1), "building", building_code(1)),
        (building_code(1) + "000000", "building", building_code(1)),
        (building_code(1) + "******", "building", building_code(1)),
        (GRID + "***********", "grid", GRID),
        (unit_code(1, 2), "unit", unit_code(1, 1)),
        (building_code(2), "building", building_code(1)),
        (building_code(6), "building", building_code(1)),
        (building_code(6) + "******", "building", building_code(1)),
    ],
)
def test_what_a_code_means(code: str, level: str, meant: str, library: AddressLibrary) -> None:
    answer = ask(code, library)
    assert answer["match_level"] == level
    assert (answer["unit_code"] or answer["building_code"] or answer["area_code"]) == meant
    assert (answer["match_method"], answer["broken_rule"]) == ("code", None)


@pytest.mark.parametrize("code", [building_code(99), unit_code(1, 99), "44039900100101***********"])
def test_a_code_nobody_holds_breaks_the_rule(code: str, library: AddressLibrary) -> None:
    answer = ask(code, library)
    assert (answer["match_level"], answer["broken_rule"]) == ("none", "code_unknown")


def test_a_code_that_was_cancelled_is_known_and_means_nothing(library: AddressLibrary) -> None:
    answer = ask(building_code(5), library)
    assert (answer["match_level"], answer["broken_rule"], answer["candidates"]) == ("none", None, [])
    assert answer["reason"] == "code cancelled; nothing took its place"


def test_a_split_building_means_neither_part(library: AddressLibrary) -> None:
    answer = ask(building_code(3), library)
    assert (answer["match_level"], answer["broken_rule"]) == ("none", None)
    assert answer["candidates"] == [building_code(1), building_code(4)]


def test_lineage_that_turns_in_a_circle_ends() -> None:
    a, b = building_code(1), building_code(2)
    lineage = pl.DataFrame({"code": [a, b], "successor": [b, a], "kind": ["renumber"] * 2})
    assert successors(lineage).height == 2


def lines(*rows: tuple[str, str | None, str, date]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["code", "successor", "kind", "date"], orient="row")


def leads(lineage: pl.DataFrame) -> dict[str, str | None]:
    return dict(successors(lineage).select("code", "final").rows())


def test_a_code_leads_no_further_than_to_one_that_was_reinstated() -> None:
    before, then = date(2026, 3, 2), date(2026, 3, 9)
    lineage = lines(("A", "B", "renumber", before), ("B", "C", "renumber", before), ("B", "B", "reinstate", then))
    assert leads(lineage) == {"A": "B"}
    assert leads(pl.concat([lineage, lines(("B", "D", "merge", date(2026, 3, 12)))])) == {"A": "D", "B": "D"}


def test_a_code_whose_successors_ended_leads_nowhere_and_one_that_lost_a_part_to_no_other_part() -> None:
    day = date(2026, 3, 2)
    assert leads(lines(("A", "B", "renumber", day), ("B", None, "cancel", day))) == {"A": None, "B": None}
    split = lines(("A", "B", "split", day), ("A", "C", "split", day), ("C", None, "cancel", day))
    assert leads(split) == {"A": None, "C": None}
