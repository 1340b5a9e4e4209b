"""Whoever is not touched is answered as before: over random changes of a made district, and by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from benchmarks.district_at_scale import make_addresses, make_library
from benchmarks.library_changes import CHANGES, changed
from tests.addressing.small_library import Building, frames_of
from transforms.addressing.index import Index
from transforms.addressing.key import key_addresses
from transforms.addressing.library import COLUMNS, AddressLibrary
from transforms.keying import KEYED
from transforms.rekeying.difference import BY_BUILDING, BY_WORD, FOLLOWS, difference
from transforms.rekeying.touched import touched

STORED = ["unit_code", "building_code", "match_level", "match_method"]
ROWS = 6_000


@cache
def district() -> dict[str, pl.DataFrame]:
    """A library of some 300 buildings, every table there."""
    library = AddressLibrary.from_frames(make_library(7_800, seed=5))
    return {name: getattr(library, name) for name in COLUMNS}


@cache
def records() -> pl.DataFrame:
    """Addresses with slips and nonsense among them; some with a place on the ground, some with a code, some with
    nothing but one of these.
    """
    frames = district()
    named = {f"address.{name}": frame for name, frame in frames.items()}
    rows = make_addresses(named, ROWS, typos=0.15, nothing=0.15, seed=6).rows
    draw = np.random.default_rng(7)
    spots = frames["building"].select("lon", "lat")[draw.integers(0, frames["building"].height, ROWS)]
    codes = frames["unit"]["unit_code"].gather(draw.integers(0, frames["unit"].height, ROWS))
    dice = pl.Series("dice", draw.random(ROWS))
    return rows.with_columns(
        dice,
        lon=spots["lon"] + pl.Series(draw.normal(0, 1e-4, ROWS)),
        lat=spots["lat"] + pl.Series(draw.normal(0, 1e-4, ROWS)),
        code=codes,
    ).select(
        "row",
        address=pl.when(pl.col("dice") < 0.85).then("address"),
        lon=pl.when(pl.col("dice").is_between(0.5, 0.95)).then("lon"),
        lat=pl.when(pl.col("dice").is_between(0.5, 0.95)).then("lat"),
        code=pl.when(pl.col("dice") > 0.9).then("code"),
    )


@cache
def old() -> tuple[AddressLibrary, pl.DataFrame]:
    library = AddressLibrary.from_frames(district())
    return library, key_addresses(records(), library)


def different(rows: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows whose match columns differ, with both answers."""
    names = ["row", *KEYED]
    return rows.join(
        before.select(names).join(after.select(names), on=names, how="anti", nulls_equal=True).select("row"), on="row"
    )


def reach(rows: pl.DataFrame, before: pl.DataFrame, library: AddressLibrary, new: AddressLibrary) -> pl.Series:
    return touched(rows.hstack(before.select(STORED)), library, new, difference(library, new))


@pytest.mark.parametrize("seed", range(6))
def test_who_is_not_touched_is_answered_as_before(seed: int) -> None:
    library, before = old()
    new = AddressLibrary.from_frames(changed(district(), 12, seed))
    rows = reach(records(), before, library, new)
    really = different(records(), before, key_addresses(records(), new))
    assert not really.is_empty(), "changes that change nothing prove nothing"
    assert really.join(rows.to_frame("row"), on="row", how="anti").is_empty()


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_one_change_of_a_kind_touches_few_and_all_it_changes(kind: object) -> None:
    library, before = old()
    new = AddressLibrary.from_frames(changed(district(), 2, 11, (kind,)))  # type: ignore[arg-type]
    rows = reach(records(), before, library, new)
    really = different(records(), before, key_addresses(records(), new))
    assert really.join(rows.to_frame("row"), on="row", how="anti").is_empty()
    # A building of the made district has some twenty records: two changes reach four buildings at most.
    assert rows.len() < ROWS / 50


def test_a_change_back_is_a_change(request: pytest.FixtureRequest) -> None:
    library, before = old()
    new = AddressLibrary.from_frames(changed(district(), 12, 3))
    after = key_addresses(records(), new)
    rows = reach(records(), after, new, library)
    assert different(records(), after, before).join(rows.to_frame("row"), on="row", how="anti").is_empty()


def by_hand(texts: list[str], old_town: list[Building], new_town: list[Building]) -> list[str]:
    """The texts that are touched."""
    rows = pl.DataFrame({"address": texts}).with_row_index("row")
    one, other = (AddressLibrary.from_frames(frames_of(town)) for town in (old_town, new_town))
    rows_touched = reach(rows, key_addresses(rows, one), one, other)
    return rows.filter(pl.col("row").is_in(rows_touched.implode()))["address"].to_list()


TOWN = [
    Building("西乡街道 固戍社区", estate="碧海花园", number="1栋", rooms=("101", "102")),
    Building("西乡街道 固戍社区", estate="碧海花园", number="2栋", rooms=("101",)),
    Building("西乡街道 固戍社区", estate="和平里", number="7栋", rooms=("301",)),
    Building("沙井街道 蚝一社区", estate="蚝一新村", number="5号", rooms=("201",)),
]


def test_a_new_room_touches_who_asks_for_it_and_not_its_neighbours() -> None:
    house = replace(TOWN[0], rooms=("101", "102", "103"))
    said = ["碧海花园1栋103", "碧海花园1栋101", "碧海花园1栋", "碧海花园2栋103", "和平里7栋301"]
    assert by_hand(said, TOWN, [house, *TOWN[1:]]) == ["碧海花园1栋103"]


def test_a_second_house_of_one_name_touches_whose_match_becomes_a_tie() -> None:
    twin = Building("沙井街道 蚝一社区", estate="和平里", number="7栋", rooms=("301",))
    said = ["和平里7栋301", "和平理7栋301", "碧海花园2栋101"]
    assert by_hand(said, TOWN, [*TOWN, twin])[:1] == ["和平里7栋301"]
    assert "碧海花园2栋101" not in by_hand(said, TOWN, [*TOWN, twin])


def test_an_estate_one_slip_away_touches_who_wrote_it_so() -> None:
    near = Building("西乡街道 固戍社区", estate="碧梅花园", number="1栋", rooms=("101",))
    said = ["碧梅花园1栋101", "碧海花园2栋101", "和平里7栋301"]
    # 碧梅 was taken for a slip of 碧海; now it is a name of its own.
    assert by_hand(said, TOWN, [*TOWN, near]) == ["碧梅花园1栋101"]


def test_what_differs_nowhere_touches_nobody() -> None:
    library, before = old()
    again = AddressLibrary.from_frames({name: frame.reverse() for name, frame in district().items()})
    assert difference(library, again).is_empty
    assert reach(records(), before, library, again).is_empty()


def test_another_area_touches_everybody() -> None:
    library, before = old()
    frames = district() | {"area": district()["area"].with_columns(name=pl.col("name").str.replace("固戍", "固守"))}
    new = AddressLibrary.from_frames(frames)
    assert difference(library, new).is_wide
    assert reach(records(), before, library, new).len() == ROWS


def test_every_part_of_the_index_is_compared_or_follows_from_one_that_is() -> None:
    """A part nobody names must be comparable, else every change would key everything again."""
    library, _ = old()
    for item in fields(Index):
        if item.name not in {*BY_BUILDING, *BY_WORD, *FOLLOWS}:
            assert isinstance(getattr(library.index, item.name), (pl.DataFrame, frozenset, list)), item.name


@pytest.mark.parametrize("name", [item.name for item in fields(Index) if item.name not in FOLLOWS])
def test_no_part_of_the_index_changes_unseen(name: str) -> None:
    library, _ = old()
    value: Any = getattr(library.index, name)
    rows = getattr(value, "rows", value) if not isinstance(value, pl.DataFrame) else value
    if isinstance(rows, pl.DataFrame):
        if rows.is_empty():
            pytest.skip("the made district has none of it")
        less = rows.head(rows.height // 2)
        less = less if rows is value else type(value).of(less)
    else:
        less = type(value)(list(value)[1:])
    other = AddressLibrary.from_frames(district() | {"work_grid": _one_work_grid()})
    other.__dict__["index"] = replace(library.index, **{name: less})
    assert not difference(library, other).is_empty


def _one_work_grid() -> pl.DataFrame:
    return pl.DataFrame({"work_grid": ["W1"], "department": ["d"], "base_grid": ["g"]})
