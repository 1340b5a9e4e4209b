"""Areas are redrawn: new ones begin, old ones end, buildings lie elsewhere from a day on. Codes never change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from transforms.addressing.tabular import read_chunks
from transforms.lake.letters import letters_of
from transforms.library.book import BUILDING, Row
from transforms.library.draft import Draft, LibraryRefusal, Order, refuse_early
from transforms.library.operation import Done, perform
from transforms.resolving.area import hierarchy

AREA = ("area_code", "level", "name", "parent_code", "is_ended", "successor")
LIES = ("street_code", "community_code", "grid_code")
LEVEL_OF_LENGTH = {6: "district", 9: "street", 12: "community", 14: "grid"}


@dataclass(frozen=True)
class Redrawing:
    """`areas` (columns of AREA; only area_code is needed) begin, change or end; `buildings` (building_code and any of
    street_code, community_code, grid_code) lie elsewhere. All cells are text.
    """

    areas: pl.DataFrame
    buildings: pl.DataFrame


def read_redrawing(areas: Path | None, buildings: Path | None) -> Redrawing:
    """From files (CSV, XLSX, Parquet); UsageError for a column that is none of theirs."""
    if areas is None and buildings is None:
        raise UsageError("nothing to redraw", "give --areas FILE, --buildings FILE, or both")
    return Redrawing(_read(areas, AREA), _read(buildings, ("building_code", *LIES)))


def redraw(home: Home, redrawing: Redrawing, order: Order, *, dry_run: bool = False) -> Done:
    """Redraw areas as one operation, valid from the order's day.

    An area's row ends and another begins where its name or parent changes; a building follows its grid or community
    when that comes to lie in another street. LibraryRefusal for unknown or contradicting areas, and when an area would
    end with buildings or areas still in it.
    """
    request = {
        "areas": letters_of(redrawing.areas.write_csv(), length=32),
        "buildings": letters_of(redrawing.buildings.write_csv(), length=32),
    }
    return perform(home, "redraw", request, order, lambda draft: _redraw(draft, redrawing), dry_run=dry_run)


def _redraw(draft: Draft, redrawing: Redrawing) -> None:
    day = draft.order.date
    standing = draft.book.lake.read("address.area")
    rows = _areas(draft, standing, redrawing.areas)
    new = pl.DataFrame(rows, schema=standing.schema) if rows else standing.clear()
    after = pl.concat([standing.join(new, on=["area_code", "valid_from"], how="anti", nulls_equal=True), new])
    draft.more.setdefault("area", []).extend(rows)
    tree = {row["area_code"]: row for row in hierarchy(after, day).iter_rows(named=True)}
    for row in tree.values():
        if row["parent_code"] and row["parent_code"] not in tree:
            raise LibraryRefusal(
                f"area {row['area_code']} would lie in {row['parent_code']}, which is not valid", "redraw it too"
            )
    _move(draft, tree, redrawing.buildings, {row["area_code"] for row in rows})
    ended = {row["area_code"] for row in rows} - tree.keys()
    _refuse_inhabited(draft, ended)


def _areas(draft: Draft, standing: pl.DataFrame, wanted: pl.DataFrame) -> list[Row]:
    """Rows of address.area that end or begin."""
    day = draft.order.date
    valid = {
        row["area_code"]: row
        for row in standing.sort("valid_from", nulls_last=False).iter_rows(named=True)
        if _is_valid(row, day)
    }
    rows: list[Row] = []
    known = set(standing["area_code"])
    for line, told in enumerate(wanted.iter_rows(named=True), start=2):
        code, old = told["area_code"] or "", valid.get(told["area_code"])
        level = LEVEL_OF_LENGTH.get(len(code))
        if level is None or not code.isdigit() or (told.get("level") or level) != level:
            raise LibraryRefusal(
                f"areas row {line}: {code} is no code of {'a ' + told['level'] if told.get('level') else 'an area'}",
                "correct it",
            )
        if (told.get("is_ended") or "").lower() in ("true", "1", "yes"):
            if old is None:
                raise LibraryRefusal(f"areas row {line}: {code} is not valid on {day}", "leave it out")
            rows.append({**old, "valid_to": day})
            draft.tell(code, "redraw", "valid_to", None, str(day))
            if told.get("successor"):
                draft.lead(code, "merge", told["successor"])
            continue
        if old is None and code in known:
            raise LibraryRefusal(
                f"areas row {line}: {code} was an area before and ended", "give the new area a code of its own"
            )
        try:
            rows += _changed(draft, level, old, told)
        except LibraryRefusal as refusal:
            raise LibraryRefusal(f"areas row {line}: {refusal.message}", refusal.mend) from None
    return rows


def _changed(draft: Draft, level: str, old: Row | None, told: Row) -> list[Row]:
    code, day = told["area_code"], draft.order.date
    name: str | None = told.get("name") or (old["name"] if old else None)
    parent: str | None = told.get("parent_code") or (old["parent_code"] if old else None)
    if not name or (level != "district" and not parent):
        raise LibraryRefusal(f"{code} is new and lacks its name or parent", "tell both")
    if old is None:
        draft.tell(code, "redraw", "valid_from", None, str(day))
        begun: Row = {"area_code": code, "level": level, "geometry": None, "lon": None, "lat": None}
        return [{**begun, "name": name, "parent_code": parent, "valid_from": day, "valid_to": None}]
    if (name, parent) == (old["name"], old["parent_code"]):
        return []
    for attribute, now in (("name", name), ("parent_code", parent)):
        if now != old[attribute]:
            draft.tell(code, "rename" if attribute == "name" else "redraw", attribute, old[attribute], now)
    begun = {**old, "name": name, "parent_code": parent, "valid_from": day, "valid_to": None}
    return [begun] if old["valid_from"] == day else [{**old, "valid_to": day}, begun]


def _move(draft: Draft, tree: dict[str, Row], wanted: pl.DataFrame, changed: set[str]) -> None:
    """Buildings told to lie elsewhere, then those whose grid or community does."""
    draft.fetch(wanted["building_code"].drop_nulls())
    for line, told in enumerate(wanted.iter_rows(named=True), start=2):
        code = told["building_code"] or ""
        row = draft.get(code) if len(code) == BUILDING else None
        if row is None:
            raise LibraryRefusal(
                f"buildings row {line}: {code or 'an empty code'} is not in the library", "correct the code"
            )
        refuse_early(draft, code, row)
        lies = {name: told[name] for name in LIES if told.get(name)}
        _put(draft, row, _lies(tree, {**_above(tree, lies, row), **lies}, f"buildings row {line}"))
    for name, level in (("grid_code", "grid"), ("community_code", "community")):
        of_level = sorted(code for code in changed if LEVEL_OF_LENGTH[len(code)] == level and code in tree)
        if of_level:
            _follow(draft, tree, name, of_level)


def _follow(draft: Draft, tree: dict[str, Row], name: str, areas: list[str]) -> None:
    """Buildings of areas that came to lie elsewhere."""
    found = draft.book.find("building", name, areas)
    draft.fetch(found["building_code"])
    for code in found["building_code"]:
        row = draft.get(code)
        if row is not None and row[name] in tree:
            lies = {above: tree[row[name]][above] for above in LIES if tree[row[name]][above]}
            _put(draft, row, {**lies, name: row[name]})


def _above(tree: dict[str, Row], lies: Row, row: Row) -> Row:
    """The grid a building keeps when only its community or street is told."""
    grid = tree.get(row["grid_code"] or "")
    if "grid_code" in lies or grid is None:
        return {}
    if "community_code" in lies and grid["community_code"] != lies["community_code"]:
        return {}
    return {"grid_code": row["grid_code"]}


def _lies(tree: dict[str, Row], lies: Row, where: str) -> Row:
    """The three areas of a building from the finest told; LibraryRefusal when one is not valid or they contradict."""
    finest = lies.get("grid_code") or lies.get("community_code") or lies.get("street_code")
    area = tree.get(str(finest))
    if area is None:
        raise LibraryRefusal(
            f"{where}: {finest} is no area valid on that day", "correct it, or tell the area in --areas"
        )
    for name in LIES:
        if lies.get(name) and lies[name] != area[name]:
            raise LibraryRefusal(f"{where}: {finest} lies in {area[name]}, not in {lies[name]}", "correct one of them")
    return {name: area[name] for name in LIES}


def _put(draft: Draft, row: Row, lies: Row) -> None:
    if any(row[name] != value for name, value in lies.items()):
        draft.put({**row, **lies}, "redraw")


def _refuse_inhabited(draft: Draft, ended: set[str]) -> None:
    for name, size in (("street_code", 9), ("community_code", 12), ("grid_code", 14)):
        areas = sorted(code for code in ended if len(code) == size)
        if not areas:
            continue
        found = draft.book.find("building", name, areas).select("building_code", "status")
        left = [
            code
            for code, status in found.iter_rows()
            if status != "cancelled" and (draft.get(code) or {}).get(name) in ended
        ]
        if left:
            raise LibraryRefusal(
                f"{len(left)} buildings still lie in an area that ends (such as {', '.join(sorted(left)[:3])})",
                "tell in --buildings where they lie now",
            )


def _is_valid(row: Row, day: date) -> bool:
    return (row["valid_from"] is None or row["valid_from"] <= day) and (
        row["valid_to"] is None or row["valid_to"] > day
    )


def _read(path: Path | None, columns: Iterable[str]) -> pl.DataFrame:
    known = list(columns)
    if path is None:
        return pl.DataFrame(schema=dict.fromkeys(known, pl.String))
    frame = pl.concat(list(read_chunks(path, [known[0]])), how="vertical_relaxed")
    strange = [name for name in frame.columns if name not in known]
    if strange:
        raise UsageError(f"{path.name} has a column {strange[0]}", f"columns are {', '.join(known)}")
    text: Any = pl.col(pl.String).str.strip_chars().replace("", None)
    return frame.cast(pl.String).with_columns(text)
