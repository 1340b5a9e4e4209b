from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.home import Home
from tests.library import town
from tests.library.town import DAY2, DAY3, NEXT, VILLAGE, order, unit
from transforms.addressing.library_import import LibraryRefused, import_library
from transforms.lake.store import Lake
from transforms.library.cancel import cancel
from transforms.library.change import code_changes
from transforms.library.history import History
from transforms.library.mint import NewUnit, mint
from transforms.library.rename import rename
from transforms.library.split import split


def listed(lake: Lake, since: int, before: str | None = "2026-03-02.01") -> list[tuple[str, str, str | None]]:
    changes = code_changes(lake.read("address.change"), since, before)
    assert set(changes["previous_release"].to_list()) <= {before}
    return changes.select("code", "kind", "successor").rows()


def test_the_list_of_a_release_holds_each_code_that_changed_since(lake: Lake) -> None:
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    split(lake.home, unit(VILLAGE, 3), ["201A", "201B"], order(DAY3))
    rename(lake.home, NEXT, {"estate_number": "67A号"}, order(DAY3))
    cancel(lake.home, unit(VILLAGE, 1), order(DAY3))
    assert listed(lake, 1) == [
        (unit(VILLAGE, 3), "split", unit(VILLAGE, 5)),
        (unit(VILLAGE, 3), "split", unit(VILLAGE, 6)),
        (unit(VILLAGE, 5), "mint", None),
        (unit(VILLAGE, 6), "mint", None),
        (NEXT, "rename", None),
        (unit(NEXT, 1), "rename", None),
        (unit(VILLAGE, 1), "cancel", None),
    ]
    assert listed(lake, 0)[0] == (unit(VILLAGE, 4), "mint", None) and listed(lake, 4) == []


def test_the_first_release_has_no_list(lake: Lake) -> None:
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    assert listed(lake, 0, None) == []


def write(folder: Path, frames: dict[str, pl.DataFrame]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


def test_an_import_keeps_what_operations_did_and_lists_what_it_changes(lake: Lake, tmp_path: Path) -> None:
    split(lake.home, unit(VILLAGE, 3), ["201A", "201B"], order())
    frames = town.frames()
    new = (
        frames["address.unit"]
        .head(1)
        .with_columns(unit_code=pl.lit(unit(NEXT, 2)), building_code=pl.lit(NEXT), room=pl.lit("301"))
    )
    frames["address.unit"] = pl.concat([frames["address.unit"], new])
    import_library(write(tmp_path / "library", frames), lake.home)
    standing = town.statuses(lake)
    assert {unit(VILLAGE, 4), unit(VILLAGE, 5), unit(NEXT, 2)} <= set(standing)
    assert (unit(NEXT, 2), "mint", None) in listed(lake, 1)
    assert (unit(VILLAGE, 3), unit(VILLAGE, 4), "split") in town.lineage(lake)
    assert lake.read("address.operation").sort("number")["kind"].to_list() == ["split", "import"]
    assert History.open(lake.home).of(unit(VILLAGE, 3), DAY2).became


def test_a_refused_import_leaves_the_library_as_it_was(home: Home, lake: Lake, tmp_path: Path) -> None:
    before = lake.standing()
    frames = town.frames()
    frames["address.unit"] = frames["address.unit"].with_columns(building_code=pl.lit("4403060110050199999"))
    with pytest.raises(LibraryRefused, match=r"units of no building .*mend: add the building"):
        import_library(write(tmp_path / "library", frames), home)
    assert lake.standing() == before


def test_a_later_word_of_the_imported_library_holds(lake: Lake, tmp_path: Path) -> None:
    rename(lake.home, NEXT, {"estate_number": "67A号"}, order(DAY2))
    frames = town.frames()
    import_library(write(tmp_path / "library", frames), lake.home)
    numbers = dict(lake.read("address.building", ["building_code", "estate_number"]).rows())
    assert numbers[NEXT] == "67A号"
    is_next = pl.col("building_code") == NEXT
    frames["address.building"] = frames["address.building"].with_columns(
        estate_number=pl.when(is_next).then(pl.lit("67B号")).otherwise("estate_number"),
        last_changed=pl.when(is_next).then(pl.lit(DAY3)).otherwise("last_changed"),
    )
    import_library(write(tmp_path / "library", frames), lake.home)
    numbers = dict(lake.read("address.building", ["building_code", "estate_number"]).rows())
    assert numbers[NEXT] == "67B号"
