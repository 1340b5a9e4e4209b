"""The divisions: real names and codes of reference/, laid out on a map of our own.

No open boundaries of Bao'an exist, so streets, communities and base grids are seamless rectangles near the real
district. Streets and communities whose unified code no open source gives get a made one (`MADE_STREETS`, next free
community number); they are not the city's real codes. Outside Bao'an and Longhua the statistics code stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.home import REFERENCE
from synth.shape import rectangles

DISTRICT = "440306"
LONGHUA = "440309"  # its streets keep unified codes that begin with 440306
SHENZHEN = "4403"
TOWNS_ENDED = date(2004, 6, 30)  # Bao'an's towns became streets
REDRAWN = date(2016, 12, 29)  # four streets were divided in two
LONGHUA_LEFT = date(2017, 1, 6)
UNIFIED_BEGAN = date(2016, 1, 1)  # as far back as the unified coding is kept here

# unified codes no open source gives: made, and meant to collide with the civil and statistics codes as real ones do
MADE_STREETS = {
    "西乡街道": "440306002",
    "福永街道": "440306003",
    "沙井街道": "440306004",
    "松岗街道": "440306005",
    "航城街道": "440306012",
    "福海街道": "440306013",
    "新桥街道": "440306016",
    "燕罗街道": "440306017",
    "宝安国际机场": "440306018",
}
# which street each of today's came out of in 2016
DIVIDED = {"航城街道": "西乡街道", "福海街道": "福永街道", "新桥街道": "沙井街道", "燕罗街道": "松岗街道"}
TOWNS = ("西乡", "福永", "沙井", "松岗", "石岩")
# share of the map: left, bottom, right, top of 113.75–113.95 E, 22.55–22.82 N
LAYOUT = {
    "新安街道": (0.00, 0.00, 1.00, 0.15),
    "西乡街道": (0.00, 0.15, 0.62, 0.32),
    "宝安国际机场": (0.00, 0.32, 0.30, 0.44),
    "航城街道": (0.30, 0.32, 0.62, 0.44),
    "石岩街道": (0.62, 0.15, 1.00, 0.58),
    "福永街道": (0.00, 0.44, 0.62, 0.58),
    "福海街道": (0.00, 0.58, 0.50, 0.70),
    "新桥街道": (0.50, 0.58, 1.00, 0.70),
    "沙井街道": (0.00, 0.70, 1.00, 0.82),
    "松岗街道": (0.00, 0.82, 0.55, 1.00),
    "燕罗街道": (0.55, 0.82, 1.00, 1.00),
}
SIDES = ("west", "south", "east", "north")
WEST, EAST, SOUTH, NORTH = 113.75, 113.95, 22.55, 22.82


@dataclass(frozen=True)
class Areas:
    """The divisions of one made district.

    area: area_code, level, name, parent_code, valid_from, valid_to. crosswalk: area_code, scheme, code, name,
    valid_from, valid_to. community: the communities of today with street, codes and rectangle. grid: base grids with
    grid_code, community (row of `community`) and rectangle west, south, east, north in degrees (EPSG:4490).
    """

    area: pl.DataFrame
    crosswalk: pl.DataFrame
    community: pl.DataFrame
    street: pl.DataFrame
    grid: pl.DataFrame
    lineage: pl.DataFrame


def reference(name: str) -> pl.DataFrame:
    """One file of data/reference, every column as text."""
    return pl.read_csv(REFERENCE / f"{name}.csv", infer_schema=False)


def make_areas(buildings: int) -> Areas:
    """Every division, with as many base grids as `buildings` call for (about eighty buildings to a grid)."""
    streets = _streets()
    communities = _communities(streets)
    grids = _grids(communities, max(2, min(99, round(buildings / communities.height / 80))))
    former = communities.filter(pl.col("former_code").is_not_null())
    area = pl.concat([_area(streets, communities, grids, former), _elsewhere()], how="vertical")
    lineage = former.select(
        code="former_code", successor="community_code", kind=pl.lit("renumber"), date=pl.lit(REDRAWN)
    )
    crosswalk = _crosswalk(streets, communities).unique(
        ["area_code", "scheme", "valid_to"], keep="last", maintain_order=True
    )
    return Areas(_with_shape(area, communities, grids), crosswalk, communities, streets, grids, lineage)


def _streets() -> pl.DataFrame:
    """street, street_code (unified), statistics, civil, former (the street it came out of)."""
    statistics = reference("nbs_streets").filter(pl.col("areaCode") == DISTRICT)
    named = statistics.select(street=pl.col("name").str.replace("深圳市", "", literal=True), statistics=pl.col("code"))
    civil = (
        reference("civil_codes_4403")
        .select(street=pl.col("ext_name"), civil=pl.col("id"), pid=pl.col("pid"))
        .filter(pl.col("pid") == DISTRICT)
        .drop("pid")
    )
    known = _unified().filter((pl.col("level") == "street") & pl.col("district_note").str.starts_with("宝安"))
    codes = {**MADE_STREETS, **dict(known.select("name", "code").iter_rows())}
    return named.join(civil, on="street", how="left", maintain_order="left").with_columns(
        street_code=pl.col("street").replace_strict(codes, return_dtype=pl.String),
        former=pl.col("street").replace_strict(DIVIDED, default=None, return_dtype=pl.String),
    )


def _unified() -> pl.DataFrame:
    return reference("sz_unified_codes").filter(pl.col("flag").is_null() | (pl.col("level") == "district"))


def _communities(streets: pl.DataFrame) -> pl.DataFrame:
    """Today's communities: community, street, community_code, former_code, statistics, rectangle."""
    real = reference("nbs_communities_440306").select(
        community=pl.col("name")
        .str.replace("居委会?$", "")
        .str.replace("深圳市", "", literal=True)
        .str.replace("虚拟社区", "社区", literal=True),
        statistics=pl.col("code"),
        street_statistics=pl.col("streetCode"),
    )
    joined = real.join(
        streets.rename({"statistics": "street_statistics"}), on="street_statistics", how="left", maintain_order="left"
    )
    known = {
        (row["code"][:9], row["name"]): row["code"]
        for row in _unified().iter_rows(named=True)
        if len(row["code"]) == 12
    }
    used = set(known.values())
    codes: list[str] = []
    former_codes: list[str | None] = []
    former_of = dict(streets.select("street", "street_code").iter_rows())
    next_former: dict[str, int] = {}
    for row in joined.iter_rows(named=True):
        street = row["street_code"]
        code = known.get((street, row["community"]))
        number = 0
        while code is None:
            number += 1
            if f"{street}{number:03d}" not in used:
                code = f"{street}{number:03d}"
        used.add(code)
        codes.append(code)
        if row["former"]:
            old = former_of[row["former"]]
            next_former[old] = next_former.get(old, 60) + 1  # beside today's numbers of the street it came out of
            former_codes.append(f"{old}{next_former[old]:03d}")
        else:
            former_codes.append(None)
    frame = joined.with_columns(
        community_code=pl.Series(codes, dtype=pl.String), former_code=pl.Series(former_codes, dtype=pl.String)
    )
    return _place_on_map(frame)


def _place_on_map(communities: pl.DataFrame) -> pl.DataFrame:
    """Cuts each street's rectangle into rows of communities, seamlessly."""
    boxes = []
    for (street,), group in communities.group_by(["street"], maintain_order=True):
        left, bottom, right, top = LAYOUT[str(street)]
        box = (
            WEST + (EAST - WEST) * left,
            SOUTH + (NORTH - SOUTH) * bottom,
            WEST + (EAST - WEST) * right,
            SOUTH + (NORTH - SOUTH) * top,
        )
        boxes += cut(box, group.height)
    columns = zip(*boxes, strict=True)
    names = ("west", "south", "east", "north")
    return communities.with_columns(
        [pl.Series(name, values, dtype=pl.Float64) for name, values in zip(names, columns, strict=True)]
    )


def cut(box: tuple[float, float, float, float], count: int) -> list[tuple[float, float, float, float]]:
    """`count` rectangles that fill `box` without gap or overlap, in rows from the south."""
    west, south, east, north = box
    rows = max(1, round(count**0.5))
    boxes = []
    done = 0
    for row in range(rows):
        columns = (count - done) // (rows - row)
        low, high = (round(south + (north - south) * part / rows, 6) for part in (row, row + 1))
        for column in range(columns):
            left, right = (round(west + (east - west) * part / columns, 6) for part in (column, column + 1))
            boxes.append((left, low, right, high))
        done += columns
    return boxes


def _grids(communities: pl.DataFrame, count: int) -> pl.DataFrame:
    rows = []
    for index, row in enumerate(communities.iter_rows(named=True)):
        for number, box in enumerate(cut((row["west"], row["south"], row["east"], row["north"]), count), start=1):
            rows.append((f"{row['community_code']}{number:02d}", index, number, *box))
    schema = ["grid_code", "community", "number", "west", "south", "east", "north"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _area(streets: pl.DataFrame, communities: pl.DataFrame, grids: pl.DataFrame, former: pl.DataFrame) -> pl.DataFrame:
    """Bao'an itself, with what stood before: towns until 2004, divided streets' communities until 2016."""
    code_of = dict(streets.select("street", "street_code").iter_rows())
    rows: list[tuple[str, str, str, str | None, date | None, date | None]] = [
        (DISTRICT, "district", "宝安区", None, None, None)
    ]
    for row in streets.iter_rows(named=True):
        began = REDRAWN if row["former"] else TOWNS_ENDED if row["street"][:2] in TOWNS else None
        rows.append((row["street_code"], "street", row["street"], DISTRICT, began, None))
    rows += [(code_of[f"{name}街道"], "street", f"{name}镇", DISTRICT, None, TOWNS_ENDED) for name in TOWNS]
    for row in communities.iter_rows(named=True):
        began = REDRAWN if row["former_code"] else None
        rows.append((row["community_code"], "community", row["community"], row["street_code"], began, None))
    rows += [
        (row["former_code"], "community", row["community"], code_of[row["former"]], None, REDRAWN)
        for row in former.iter_rows(named=True)
    ]
    rows += [(code, "community", name, code[:9], None, REDRAWN) for code, name in _gone(communities)]
    names = communities["community"].to_list()
    rows += [
        (
            row["grid_code"],
            "grid",
            f"{names[row['community']].removesuffix('社区')}第{row['number']}网格",
            row["grid_code"][:12],
            None,
            None,
        )
        for row in grids.iter_rows(named=True)
    ]
    return _area_frame(rows)


def _gone(communities: pl.DataFrame) -> list[tuple[str, str]]:
    """Communities the unified list still names and the bureau's newer list does not."""
    listed = _unified().filter((pl.col("level") == "community") & pl.col("district_note").str.starts_with("宝安"))
    return listed.join(communities, left_on="code", right_on="community_code", how="anti").select("code", "name").rows()


def _elsewhere() -> pl.DataFrame:
    """Shenzhen's other districts and streets; Longhua's in the unified coding, elsewhere by statistics code."""
    districts = reference("nbs_areas").filter((pl.col("cityCode") == SHENZHEN) & (pl.col("code") != DISTRICT))
    rows: list[tuple[str, str, str, str | None, date | None, date | None]] = [
        (code, "district", name, None, LONGHUA_LEFT if code == LONGHUA else None, None)
        for code, name in districts.select("code", "name").iter_rows()
    ]
    streets = reference("nbs_streets").filter(
        (pl.col("cityCode") == SHENZHEN) & ~pl.col("areaCode").is_in([DISTRICT, LONGHUA])
    )
    rows += [
        (code, "street", name, parent, None, None)
        for code, name, parent in streets.select("code", "name", "areaCode").iter_rows()
    ]
    longhua = _unified().filter(pl.col("district_note").str.starts_with("龙华区") & (pl.col("level") != "district"))
    rows += [
        (code, level, name, LONGHUA if level == "street" else code[:9], None, None)
        for code, level, name in longhua.select("code", "level", "name").iter_rows()
    ]
    return _area_frame(rows)


def _with_shape(area: pl.DataFrame, communities: pl.DataFrame, grids: pl.DataFrame) -> pl.DataFrame:
    """Adds geometry, lon, lat (EPSG:4490) where the map drawn here has the area."""
    boxes = pl.concat(
        [
            communities.select("community_code", *SIDES).rename({"community_code": "area_code"}),
            communities.filter(pl.col("former_code").is_not_null()).select(
                pl.col("former_code").alias("area_code"), *SIDES
            ),
            communities.group_by(pl.col("street_code").alias("area_code"), maintain_order=True).agg(
                pl.min("west"), pl.min("south"), pl.max("east"), pl.max("north")
            ),
            grids.select(pl.col("grid_code").alias("area_code"), *SIDES),
            pl.DataFrame({"area_code": [DISTRICT], "west": [WEST], "south": [SOUTH], "east": [EAST], "north": [NORTH]}),
        ]
    )
    west, south, east, north = (boxes[side].to_numpy() for side in SIDES)
    lon, lat = (west + east) / 2, (south + north) / 2
    shaped = boxes.select(
        "area_code",
        geometry=rectangles(lon, lat, east - west, north - south),
        lon=pl.Series(lon.round(7)),
        lat=pl.Series(lat.round(7)),
    )
    return area.join(shaped, on="area_code", how="left", maintain_order="left")


def _area_frame(rows: list[tuple[str, str, str, str | None, date | None, date | None]]) -> pl.DataFrame:
    schema = {
        "area_code": pl.String,
        "level": pl.String,
        "name": pl.String,
        "parent_code": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _crosswalk(streets: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    """Codes of the same area in the three codings, one row an area, scheme and validity."""
    rows: list[tuple[str, str, str, str, date | None, date | None]] = []

    def add(area: str, scheme: str, code: str | None, name: str) -> None:
        if code:
            rows.append((area, scheme, code, name, None, None))

    for scheme in ("statistics", "civil", "unified"):
        add(DISTRICT, scheme, DISTRICT, "宝安区")
    for row in streets.iter_rows(named=True):
        for scheme, code in (
            ("statistics", row["statistics"]),
            ("civil", row["civil"]),
            ("unified", row["street_code"]),
        ):
            add(row["street_code"], scheme, code, row["street"])
    for row in communities.iter_rows(named=True):
        add(row["community_code"], "statistics", row["statistics"], row["community"])
        add(row["community_code"], "unified", row["community_code"], row["community"])
        if row["former_code"]:
            rows.append((row["community_code"], "unified", row["former_code"], row["community"], None, REDRAWN))
    rows += [(code, "unified", code, name, None, REDRAWN) for code, name in _gone(communities)]
    _crosswalk_elsewhere(add)
    schema = {
        "area_code": pl.String,
        "scheme": pl.String,
        "code": pl.String,
        "name": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _crosswalk_elsewhere(add: object) -> None:
    assert callable(add)
    unified = _unified().filter(pl.col("district_note").str.starts_with("龙华区") & (pl.col("level") != "district"))
    longhua = {name: code for code, name in unified.select("code", "name").iter_rows()}
    for code, name in (
        reference("nbs_areas")
        .filter((pl.col("cityCode") == SHENZHEN) & (pl.col("code") != DISTRICT))
        .select("code", "name")
        .iter_rows()
    ):
        add(code, "statistics", code, name)
        add(code, "civil", code, name)
    for code, name, district in (
        reference("nbs_streets")
        .filter((pl.col("cityCode") == SHENZHEN) & (pl.col("areaCode") != DISTRICT))
        .select("code", "name", "areaCode")
        .iter_rows()
    ):
        add(longhua[name] if district == LONGHUA else code, "statistics", code, name)
    statistics = {
        (district, name): code
        for code, name, district in reference("nbs_streets").select("code", "name", "areaCode").iter_rows()
    }
    for code, name, district in (
        reference("civil_codes_4403")
        .filter((pl.col("deep") == "3") & (pl.col("pid") != DISTRICT))
        .select("id", "ext_name", "pid")
        .iter_rows()
    ):
        area = longhua.get(name) if district == LONGHUA else statistics.get((district, name))
        if area:  # the civil list also names streets that are gone
            add(area, "civil", code, name)
    for name, code in longhua.items():
        add(code, "unified", code, name)
