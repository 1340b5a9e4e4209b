"""What an agreement grants: the frame it yields, masked, small numbers and children held back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError
from serving.reaching import PERSON
from serving.suppress import RECORDS, WITHHELD, small_cells, small_numbers

if TYPE_CHECKING:
    import polars as pl

    from schemas.agreement import Agreement, Calculation, GrantedColumn
    from schemas.measure import Measure
    from serving.released import Released

TOKEN = r"[a-p]{32}"  # anywhere: a record_id of two columns holds one beside a business number
UNDER = 14  # years (PIPL art. 31): rows about younger persons stay in the house, numbers of them do not
PLACES = ("unit_code", "building_code", "grid_code", "community_code", "street_code", "district_code")
# Tables read beside the one granted from: to hold rows to an area, and children back.
READ_BESIDE = ("address.building", "address.area", "population.person")
# The place whose number is the sum of a block table's rows.
PARENT = {
    "block.building": "community_code",
    "block.grid": "community_code",
    "block.community": "street_code",
    "block.street": "district_code",
}
# Units that say how much, not how many: one lease's rent is withheld with the lease, not for being a small number.
AMOUNTS = frozenset({"元", "m²", "m³"})


@dataclass(frozen=True)
class Granted:
    """What leaves: `frame` under its lake names; `suppressed` cells or rows held back for being too few."""

    frame: pl.DataFrame
    suppressed: int


def granted(agreement: Agreement, released: Released) -> Granted:
    """The rows or numbers the agreement grants from this release, in a fixed order.

    Raises BlockdataError when a column granted as it is holds the house's own tokens.
    """
    import polars as pl

    there = released.columns(agreement.source_table)
    hidden = {PERSON, "birth_year", *PLACES, *(_counts_behind(agreement, there) if agreement.cell_columns else ())}
    needed = {column.name for column in agreement.columns} | hidden & set(there)
    rows = released.read(agreement.source_table, [name for name in there if name in needed])
    rows = _within_area(rows, agreement, released)
    rows = rows.filter(*_conditions(agreement))
    is_list = not agreement.is_counted and not agreement.cell_columns
    received = rows.height
    if is_list and PERSON in rows.columns:
        rows = _without_children(rows, released)
    children = received - rows.height
    persons = rows.get_column(PERSON).alias("_person") if PERSON in rows.columns else None
    masked = rows.select(_masked(rows, column, agreement) for column in agreement.columns)
    if persons is not None:
        masked = masked.with_columns(persons)
    if agreement.is_counted:
        made = _counted(masked, agreement)
    elif agreement.cell_columns:
        made = _measured(masked, rows, agreement)
    else:
        made = _listed(masked, agreement)
        made = replace(made, suppressed=made.suppressed + children)
    _check_no_tokens(made.frame, agreement)
    order = [name for name, kind in made.frame.schema.items() if kind.base_type() not in (pl.List, pl.Struct)]
    return replace(made, frame=made.frame.sort(order, nulls_last=True))


def _within_area(rows: pl.DataFrame, agreement: Agreement, released: Released) -> pl.DataFrame:
    """Rows whose place lies in the streets granted, by today's areas; a row of no known street is not granted."""
    import polars as pl

    if agreement.area == ["all"]:
        return rows
    if "street_code" in rows.columns:
        return rows.filter(pl.col("street_code").is_in(agreement.area))
    buildings = released.read("address.building", ["building_code", "street_code", "grid_code"])
    inside = buildings.filter(pl.col("street_code").is_in(agreement.area))
    by_building = pl.col("building_code").is_in(inside["building_code"].implode())
    if "grid_code" not in rows.columns:
        if "building_code" not in rows.columns:
            raise BlockdataError(
                f"agreement {agreement.id}: rows of {agreement.source_table} have no place to hold them to an area",
                'grant them with area ["all"], or from another table',
            )
        return rows.filter(by_building)
    grids = _grids(released, agreement.area)
    return rows.filter(by_building | (pl.col("building_code").is_null() & pl.col("grid_code").is_in(grids)))


def _without_children(rows: pl.DataFrame, released: Released) -> pl.DataFrame:
    """Rows about persons who were certainly 14 on the release's day; of unknown age is held back too.

    Only the year of birth is known, so the whole year in which somebody turns 14 counts as under it.
    """
    import polars as pl

    latest = date.fromisoformat(released.manifest.day).year - UNDER - 1
    births = released.read("population.person", [PERSON, "birth_year"]).rename({"birth_year": "_resolved"})
    known = rows.join(births, on=PERSON, how="left", maintain_order="left")
    told = [name for name in ("birth_year", "_resolved") if name in known.columns]
    return rows.filter(known.select(pl.max_horizontal(told) <= latest).to_series())  # of two years told, the later


def _grids(released: Released, streets: Iterable[str]) -> list[str]:
    """Base grids that belong to these streets today."""
    import polars as pl

    areas = released.read("address.area", ["area_code", "parent_code", "valid_to"]).filter(pl.col("valid_to").is_null())
    inside, level = set[str](), set(streets)
    while level:
        inside |= level
        level = set(areas.filter(pl.col("parent_code").is_in(sorted(level)))["area_code"]) - inside
    return sorted(inside)


def _conditions(agreement: Agreement) -> list[pl.Expr]:
    import polars as pl

    tests = [pl.lit(True)]
    for condition in agreement.conditions:
        column = pl.col(condition.column)
        if condition.values is not None:
            tests.append(column.cast(pl.String).is_in(condition.values))
        if condition.minimum is not None:
            tests.append(column >= condition.minimum)
        if condition.maximum is not None:
            tests.append(column <= condition.maximum)
    return tests


def _masked(rows: pl.DataFrame, column: GrantedColumn, agreement: Agreement) -> pl.Expr | pl.Series:
    """One column as it leaves; `drop` is kept until grouping and listing are done."""
    import polars as pl

    match column.masking:
        case "year":
            return pl.col(column.name).dt.year()
        case "round":
            step = column.to or 1
            return ((pl.col(column.name) / step).round() * step).cast(rows.schema[column.name])
        case "rekey":
            return rekeyed(rows[column.name], agreement.id)
        case _:
            return pl.col(column.name)


def rekeyed(house_tokens: pl.Series, agreement_id: str) -> pl.Series:
    """The tokens under the agreement's own key: stable within it, worth nothing beside another agreement's."""
    from transforms.cleaning.tokens import Keys, tokens
    from transforms.lake.keys import load_keys

    own = hmac.new(load_keys().token, f"agreement {agreement_id}".encode(), hashlib.sha256).digest()
    return tokens(house_tokens, Keys(token=own, archive=b"", audit=b""))


def _counted(masked: pl.DataFrame, agreement: Agreement) -> Granted:
    """One row a group. Withheld groups keep their row, their numbers null, and say so in `is_withheld`."""
    import polars as pl

    size = pl.col("_person").drop_nulls().n_unique() if "_person" in masked.columns else pl.len()
    cells = masked.group_by(agreement.group_by).agg(
        size.alias(RECORDS), *(_calculated(measure).alias(measure.name) for measure in agreement.measures)
    )
    marked = small_cells(cells, agreement.group_by, agreement.minimum_cell)
    names = [measure.name for measure in agreement.measures]
    shown = marked.with_columns(pl.when(~pl.col(WITHHELD)).then(pl.col(name)).alias(name) for name in names)
    return Granted(shown.select(*agreement.group_by, *names, WITHHELD), int(marked[WITHHELD].sum()))


def _calculated(measure: Calculation) -> pl.Expr:
    import polars as pl

    if measure.column is None:
        return pl.len()
    column = pl.col(measure.column)
    return {
        "count_distinct": column.n_unique,
        "sum": column.sum,
        "avg": column.mean,
        "min": column.min,
        "max": column.max,
    }[measure.function]()


def _measured(masked: pl.DataFrame, rows: pl.DataFrame, agreement: Agreement) -> Granted:
    """Rows of a block table: small numbers are null, places of one parent together as a line."""
    import polars as pl

    parent = PARENT.get(agreement.source_table, "")
    lines = rows[parent] if parent in rows.columns else pl.Series([""] * rows.height, dtype=pl.String)
    behind = _counts_behind(agreement, rows.columns)
    held = {
        name: small_numbers(_cell_size(rows, name, agreement, behind), lines, agreement.minimum_cell)
        for name in agreement.cell_columns
    }
    shown = [column.name for column in agreement.columns if column.masking != "drop"]
    frame = masked.with_columns(
        pl.when(~mask).then(pl.col(name)).alias(name) for name, mask in held.items() if name in shown
    ).select(shown)
    return Granted(frame, sum(int(mask.sum()) for name, mask in held.items() if name in shown))


def _cell_size(rows: pl.DataFrame, name: str, agreement: Agreement, behind: Mapping[str, Measure]) -> pl.Series:
    """How many stand behind each number of a measure, so that few can be told.

    Of an amount: the fewest counted by its theme there. Of a part (`residents_female`) granted beside its whole
    (`residents`): itself or the rest, whichever is smaller, for the rest is one subtraction away.
    """
    import polars as pl

    from schemas.measure import load_measures

    measures = load_measures()
    number = pl.col(name).cast(pl.Float64)
    if measures[name].unit in AMOUNTS:
        counts = [one for one, about in behind.items() if about.theme == measures[name].theme]
        few = pl.min_horizontal(pl.when(pl.col(one) > 0).then(pl.col(one)) for one in counts) if counts else number
        size = pl.when(number != 0).then(few.cast(pl.Float64).fill_null(1.0)).otherwise(None)
    else:
        rests = [pl.col(whole) - number for whole in agreement.cell_columns if name.startswith(f"{whole}_")]
        smaller = pl.min_horizontal(number, *(pl.when(rest > 0).then(rest) for rest in rests))
        size = pl.when(number > 0).then(smaller).otherwise(number)
    return rows.select(size.alias(name)).to_series()


def _counts_behind(agreement: Agreement, there: Iterable[str]) -> dict[str, Measure]:
    """The counts of this table that share a theme with an amount granted from it."""
    from schemas.measure import load_measures

    measures = load_measures()
    themes = {measures[name].theme for name in agreement.cell_columns if measures[name].unit in AMOUNTS}
    return {
        name: measures[name]
        for name in there
        if name in measures and measures[name].theme in themes and measures[name].unit not in AMOUNTS
    }


def _listed(masked: pl.DataFrame, agreement: Agreement) -> Granted:
    """Rows; where they are about persons, those of a place with too few of them are held back."""
    import polars as pl

    shown = [column.name for column in agreement.columns if column.masking != "drop"]
    if "_person" not in masked.columns:
        return Granted(masked.select(shown), 0)
    place = next((name for name in PLACES if name in shown), None)
    size = pl.col("_person").drop_nulls().n_unique()
    enough = (size.over(place) if place else size) >= agreement.minimum_cell
    kept = masked.filter(enough)
    return Granted(kept.select(shown), masked.height - kept.height)


def _check_no_tokens(frame: pl.DataFrame, agreement: Agreement) -> None:
    import polars as pl

    own = [column.name for column in agreement.columns if column.masking == "none" and column.name in frame.columns]
    for name in own:
        texts = frame[name].explode() if frame.schema[name] == pl.List(pl.String) else frame[name]
        if texts.dtype == pl.String and texts.str.contains(TOKEN).any():
            raise BlockdataError(
                f"agreement {agreement.id}: {name} holds tokens under the house's own key",
                "give it masking rekey or drop",
            )
