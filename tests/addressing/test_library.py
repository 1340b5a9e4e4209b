from __future__ import annotations

from datetime import date

import polars as pl

from tests.addressing.small_library import Building, building_code, frames_of, unit_code
from transforms.addressing.key import key_addresses
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


def test_a_former_name_ended_and_is_found_all_the_same() -> None:
    frames = frames_of([Building("西乡街道 固戍社区", "华丰国际", "1栋", rooms=("1501",))])
    ended = {"valid_from": date(2008, 1, 1), "valid_to": date(2016, 12, 29)}
    frames["alias"] = pl.DataFrame(
        [
            {"code": building_code(1), "kind": "former", "text": "丰业广场1栋", **ended},
            {"code": building_code(1), "kind": "colloquial", "text": "蓝顶楼", **ended},
        ]
    )
    library = AddressLibrary.from_frames(frames)
    records = pl.DataFrame({"address": ["丰业广场1栋1501", "蓝顶楼1501"]}).with_row_index("row")
    assert key_addresses(records, library)["unit_code"].to_list() == [unit_code(1, 1), None]
