from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.errors import UsageError
from tests.library.town import GRID, NEXT, VILLAGE, order, unit
from transforms.lake.store import Lake
from transforms.library.draft import LibraryRefusal
from transforms.library.mint_file import mint_file


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_gets_its_code_beside_it(lake: Lake, tmp_path: Path) -> None:
    rows = write(
        tmp_path / "rooms.csv",
        "building_code,entrance,room,floor,grid_code,estate,estate_number\n"
        f"{VILLAGE},,301,3,,,\n,,,,{GRID},固戍一村,68号\n{NEXT},2,201,2,,,\n{VILLAGE},,302,3,,,\n",
    )
    mint_file(lake.home, rows, order(), out=tmp_path / "coded.csv")
    coded = pl.read_csv(tmp_path / "coded.csv", infer_schema=False)
    codes = [unit(VILLAGE, 4), f"{GRID}00003", unit(NEXT, 2), unit(VILLAGE, 5)]
    assert coded["minted_code"].to_list() == codes and coded["room"].to_list() == ["301", None, "201", "302"]
    assert lake.read("address.operation").height == 1
    again = mint_file(lake.home, rows, order(), out=tmp_path / "again.csv")
    assert again.status == "repeated"
    assert pl.read_csv(tmp_path / "again.csv", infer_schema=False)["minted_code"].to_list() == codes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"building_code,room\n{VILLAGE},301\n{VILLAGE},101\n", r"rooms\.csv row 3: 101 of"),
        (f"building_code,room\n{VILLAGE},\n", "row 2 is neither"),
        ("building_code,room,grid_code\n,,\n", "row 2 is neither"),
        (f"building_code,room,floor\n{VILLAGE},301,third\n", "row 2 column floor: 'third' is no"),
        (f"building_code,room,estate\n{VILLAGE},301,某村\n", "row 2 column estate"),
    ],
)
def test_a_row_that_cannot_be_minted_is_named_and_none_is(lake: Lake, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LibraryRefusal, match=said):
        mint_file(lake.home, write(tmp_path / "rooms.csv", text), order())
    assert lake.standing().number == 0


def test_a_column_the_library_does_not_know_is_named(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="colour"):
        mint_file(lake.home, write(tmp_path / "rooms.csv", f"building_code,room,colour\n{VILLAGE},301,red\n"), order())


def test_an_output_that_cannot_be_written_is_refused_before_a_code_is_given(lake: Lake, tmp_path: Path) -> None:
    rows = write(tmp_path / "rooms.csv", f"building_code,room\n{VILLAGE},301\n")
    for out in (rows, tmp_path / "coded.json"):
        with pytest.raises(UsageError):
            mint_file(lake.home, rows, order(), out=out)
    assert lake.standing().number == 0
