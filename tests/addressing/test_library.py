from __future__ import annotations

import polars as pl

from tests.addressing.small_library import Building, frames_of
from transforms.addressing.library import COLUMNS, AddressLibrary

FRAMES = frames_of(
    [
        Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "501")),
        Building("西乡街道 固戍社区", "固戍一村", "67号", rooms=("101",)),
    ]
)


def test_tables_may_be_named_in_full_and_may_lack_columns() -> None:
    library = AddressLibrary.from_frames({f"address.{name}": frame for name, frame in FRAMES.items()})
    assert library.building["building_code"].to_list() == FRAMES["building"]["building_code"].to_list()
    assert library.doorplate.is_empty()
    assert set(COLUMNS["unit"]) == set(library.unit.columns)


def test_the_version_is_of_the_content_not_its_order() -> None:
    version = AddressLibrary.from_frames(FRAMES).version
    turned = {name: frame.reverse() for name, frame in FRAMES.items()}
    assert AddressLibrary.from_frames(turned).version == version
    assert len(version) == 16
    assert set(version) <= set("abcdefghijklmnop")


def test_the_version_changes_with_any_cell() -> None:
    version = AddressLibrary.from_frames(FRAMES).version
    renamed = FRAMES["building"].with_columns(pl.col("estate").str.replace("一", "二"))
    assert AddressLibrary.from_frames({**FRAMES, "building": renamed}).version != version
    # Two rooms that change places are two changes, not none.
    swapped = FRAMES["unit"].with_columns(room=pl.Series(["501", "101", "101"]))
    assert AddressLibrary.from_frames({**FRAMES, "unit": swapped}).version != version
