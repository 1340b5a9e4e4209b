"""Every line of hard_cases.yaml: what real addresses look like, and what they mean."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml

from tests.addressing.small_library import Building, building_code, library_of, unit_code
from transforms.addressing.key import key_addresses

GROUPS = yaml.safe_load((Path(__file__).parent / "hard_cases.yaml").read_text(encoding="utf-8"))


def read_building(line: str) -> Building:
    areas, place, road, rooms, names = ([part.strip() for part in line.split("|")] + [""] * 5)[:5]
    estate, _, number = place.partition(" ")
    road, _, plate = road.partition(" ")
    return Building(
        areas, estate or None, number or None, road or None, plate or None, tuple(rooms.split()),
        tuple(name for name in names.split("；") if name),
    )  # fmt: skip


def said(answer: dict, buildings: list[Building]) -> str:
    """An answer in the words of the file."""
    position = {building_code(n): n for n in range(1, len(buildings) + 1)}
    if answer["match_level"] == "unit":
        place = position[answer["building_code"]]
        rooms = {unit_code(place, n): room for n, room in enumerate(buildings[place - 1].rooms, start=1)}
        return f"{place}:{rooms[answer['unit_code']]}"
    if answer["match_level"] == "building":
        return str(position[answer["building_code"]])
    if answer["match_level"] == "outside":
        return f"outside {answer['area_code'] or ''}".strip()
    return str(answer["match_level"])


def allowed(truth: str) -> set[str]:
    """`estate-or-none` allows both; `building` any building."""
    return set(truth.split("-or-")) if "-or-" in truth else {truth}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["texts"][0][0][:12])
def test_hard_cases(group: dict) -> None:
    buildings = [read_building(line) for line in group["library"]]
    texts = [text for text, _, _ in group["texts"]]
    records = pl.DataFrame({"address": texts}).with_row_index("row")
    answers = key_addresses(records, library_of(buildings))
    wrong = []
    for (text, truth, why), answer in zip(group["texts"], answers.iter_rows(named=True), strict=True):
        got = said(answer, buildings)
        options = allowed(truth)
        if got not in options and not ("building" in options and got.isdigit()):
            wrong.append(f"{text} ({why}): {got}, should be {truth}; {answer['match_method']}, {answer['reason']}")
        assert answer["reason"], text
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_of_them() -> None:
    assert sum(len(group["texts"]) for group in GROUPS) >= 420
