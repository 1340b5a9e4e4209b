"""The address library as the lake will import it: eight tables of schemas/tables, one Parquet file each."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from schemas.table import load_tables
from synth.area import DISTRICT, REDRAWN, Areas
from synth.draw import Draw, take
from synth.unit import PROVINCE_CITY_DISTRICT

FORMERLY = date(2008, 1, 1)  # former names of estates were in use by then


def library_tables(areas: Areas, building: pl.DataFrame, unit: pl.DataFrame, seed: int) -> dict[str, pl.DataFrame]:
    """address.area, area_crosswalk, work_grid, building, doorplate, unit, alias, lineage; only what is listed."""
    cancelled, lineage = _cancelled(building, Draw(seed, "cancelled"))
    coded = _with_area_codes(building, areas)
    listed = coded.filter("is_listed")
    frames = {
        "address.area": areas.area,
        "address.area_crosswalk": areas.crosswalk,
        "address.work_grid": _work_grids(areas),
        "address.building": pl.concat([_building(listed), _cancelled_rows(coded, cancelled)], how="diagonal"),
        "address.doorplate": _doorplates(listed),
        "address.unit": _unit(unit, building),
        "address.alias": _aliases(listed),
        "address.lineage": pl.concat([areas.lineage, lineage]),
    }
    return {name: load_tables()[name].conform(frame) for name, frame in frames.items()}


def write_library(tables: dict[str, pl.DataFrame], folder: Path) -> int:
    """Writes the tables to `folder`/<table>.parquet and returns the rows written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return sum(frame.height for frame in tables.values())


def _with_area_codes(building: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    community = building["community"].to_numpy()
    return building.with_columns(
        street_code=take(areas.community["street_code"], community),
        community_code=take(areas.community["community_code"], community),
        grid_code=take(areas.grid["grid_code"], building["grid"].to_numpy()),
    )


def _building(coded: pl.DataFrame) -> pl.DataFrame:
    return coded.select(
        "building_code",
        "name",
        "estate",
        "estate_number",
        "road",
        "road_number",
        "street_code",
        "community_code",
        "grid_code",
        "usage",
        "structure",
        "built_year",
        "floors",
        "lifts",
        "is_temporary",
        "lon",
        "lat",
        "geometry",
        "first_seen",
        status=pl.lit("active"),
        last_changed=pl.max_horizontal("first_seen", pl.lit(REDRAWN)),
        version=pl.lit(1, pl.Int32),
    )


def _cancelled(building: pl.DataFrame, draw: Draw) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One building in a hundred stood under another code before: renumbered, merged of two, or split off one."""
    rows = draw.sample(building.height, max(3, building.height // 100))
    code = building["building_code"].gather(pl.Series(rows.astype(np.uint32)))
    old = code.str.slice(0, 14) + pl.Series([f"{90_000 + number % 9000:05d}" for number in range(len(rows))])
    kind = pl.Series([("renumber", "renumber", "cancel", "merge")[number % 4] for number in range(len(rows))])
    # The library knows nothing of a building that is not listed, nor of what it was before.
    listed = building["is_listed"].gather(pl.Series(rows.astype(np.uint32)))
    frame = pl.DataFrame({"row": rows, "code": old, "successor": code, "kind": kind}).filter(listed)
    frame = frame.unique("code", maintain_order=True)
    lineage = frame.select(
        "code",
        successor=pl.when(pl.col("kind") != "cancel").then("successor"),
        kind="kind",
        date=pl.lit(date(2023, 5, 18)),
    )
    return frame, lineage


def _cancelled_rows(coded: pl.DataFrame, cancelled: pl.DataFrame) -> pl.DataFrame:
    """The cancelled buildings stay in the library; those without successor under a number nobody else has."""
    rows = coded[cancelled["row"].cast(pl.UInt32)]
    gone = pl.Series(cancelled["kind"] == "cancel")
    return _building(rows.with_columns(building_code=cancelled["code"])).with_columns(
        status=pl.lit("cancelled"),
        is_temporary=pl.lit(False),  # the code it had carries no T
        name=pl.when(gone).then(pl.lit("9999号")).otherwise("name"),
        estate_number=pl.when(gone).then(pl.lit("9999号")).otherwise("estate_number"),
        road_number=pl.when(~gone).then("road_number"),
        first_seen=pl.min_horizontal("first_seen", pl.lit(date(2020, 1, 15))),
        last_changed=pl.lit(date(2023, 5, 18)),
        version=pl.lit(2, pl.Int32),
    )


def _doorplates(listed: pl.DataFrame) -> pl.DataFrame:
    """Today's plate, a second plate where there is one, and plates taken down when a street was redrawn."""
    first = listed.filter(pl.col("road_number").is_not_null()).select(
        "building_code", "road", "road_number", valid_from="first_seen", valid_to=pl.lit(None, pl.Date)
    )
    second = listed.filter(pl.col("second_number").is_not_null()).select(
        "building_code",
        road="second_road",
        road_number="second_number",
        valid_from="first_seen",
        valid_to=pl.lit(None, pl.Date),
    )
    return pl.concat([first, second])


def _unit(unit: pl.DataFrame, building: pl.DataFrame) -> pl.DataFrame:
    of_building = building.select("building_code", "first_seen")[unit["building"]]
    return (
        pl.concat([unit, of_building], how="horizontal")
        .filter("is_listed")
        .select(
            "unit_code",
            "building_code",
            "entrance",
            "floor",
            "room",
            "area_m2",
            "standard_address",
            "usage",
            "first_seen",
            status=pl.lit("active"),
            last_changed="first_seen",
            version=pl.lit(1, pl.Int32),
        )
    )


def _work_grids(areas: Areas) -> pl.DataFrame:
    """Police beats of four base grids, grid-office beats of two; seamless over the base grids."""
    frames = []
    for department, size, letters in (("grid_office", 2, "WG"), ("police", 4, "JQ")):
        number = pl.col("community").cast(pl.String).str.zfill(3)
        part = ((pl.col("number") - 1) // size + 1).cast(pl.String).str.zfill(2)
        frames.append(
            areas.grid.select(
                work_grid=pl.lit(f"{letters}{DISTRICT}") + number + part,
                department=pl.lit(department),
                base_grid="grid_code",
                valid_from=pl.lit(date(2017, 1, 1)),
                valid_to=pl.lit(None, pl.Date),
            )
        )
    return pl.concat(frames)


def _aliases(listed: pl.DataFrame) -> pl.DataFrame:
    """The seven kinds of names (SZDB/Z 281—2017) of buildings."""
    suffix = r"(花园|小区|雅苑|名苑|豪庭|家园|名居|山庄|雅居|新村|工业园|科技园|工业区|公寓|大厦)$"
    short = pl.col("estate").str.replace(suffix, "")
    texts = {
        "full": pl.concat_str(
            pl.lit(PROVINCE_CITY_DISTRICT),
            "street",
            "community_name",
            "road",
            "road_number",
            "estate",
            "name",
            ignore_nulls=True,
        ),
        "administrative": pl.concat_str(
            pl.lit(PROVINCE_CITY_DISTRICT), "street", "community_name", "estate", "name", ignore_nulls=True
        ),
        "geographic": pl.when(pl.col("estate").is_not_null()).then(
            pl.concat_str(pl.lit("深圳市宝安区"), "road", "estate", "name", ignore_nulls=True)
        ),
        "short": pl.when((short != pl.col("estate")) & (short.str.len_chars() >= 2)).then(
            pl.concat_str(short, "name", ignore_nulls=True)
        ),
        "colloquial": pl.when(pl.col("nickname").is_not_null()).then(
            pl.concat_str(pl.coalesce("estate", "road"), "nickname", "name", ignore_nulls=True)
        ),
        "alternative": pl.when(pl.col("second_road").is_not_null()).then(
            pl.col("second_road") + pl.col("second_number")
        ),
        "former": pl.when(pl.col("former_estate").is_not_null()).then(
            pl.concat_str("former_estate", "name", ignore_nulls=True)
        ),
    }
    frames = [
        listed.select(
            code="building_code",
            kind=pl.lit(kind),
            text=text,
            # a former name is older than its end, also where the building was recorded later
            valid_from=pl.min_horizontal("first_seen", pl.lit(FORMERLY)) if kind == "former" else "first_seen",
            valid_to=pl.lit(REDRAWN if kind == "former" else None, pl.Date),
        ).filter(pl.col("text").is_not_null() & (pl.col("text") != ""))
        for kind, text in texts.items()
    ]
    return pl.concat(frames)
