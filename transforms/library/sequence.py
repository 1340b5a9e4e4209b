"""The next code. A sequence only grows: cancelled, proposed and forgotten codes count (SZDB/Z 281—2017)."""

from __future__ import annotations

from schemas.code import unit_code
from transforms.library.book import BUILDING
from transforms.library.draft import Draft, LibraryRefusal

LAST_ROOM, LAST_BUILDING, LAST_TEMPORARY = 999_999, 99_999, 9_999


def next_room(draft: Draft, building_code: str) -> str:
    """The code of the next room of a building, from 000001."""
    known = [row["unit_code"] for row in draft.rooms(building_code)] + _in_lineage(draft, building_code)
    highest = max((_number(code[BUILDING:]) for code in known if code[:BUILDING] == building_code), default=0)
    if highest >= LAST_ROOM:
        raise LibraryRefusal(f"{building_code} has no room code left", "split the building")
    return unit_code(building_code, highest + 1)


def next_building(draft: Draft, grid_code: str, *, is_temporary: bool) -> str:
    """The code of the next building of a base grid, from 00001; T0001 on for temporary ones."""
    known = draft.buildings_of_grid(grid_code) + _in_lineage(draft, grid_code)
    parts = {code[len(grid_code) : BUILDING] for code in known}
    numbers = [_number(part.replace("T", "")) for part in parts if ("T" in part) == is_temporary]
    highest = max(numbers, default=0)
    if highest >= (LAST_TEMPORARY if is_temporary else LAST_BUILDING):
        raise LibraryRefusal(f"grid {grid_code} has no building code left", "have the grid divided")
    return f"{grid_code}T{highest + 1:04d}" if is_temporary else f"{grid_code}{highest + 1:05d}"


def _in_lineage(draft: Draft, prefix: str) -> list[str]:
    """Codes of lineage that begin so: some are told of nowhere else."""
    codes = draft.lineage_codes()
    return [code for code in codes if code.startswith(prefix) and len(code) >= BUILDING]


def _number(part: str) -> int:
    return int(part) if part.isdigit() else 0
