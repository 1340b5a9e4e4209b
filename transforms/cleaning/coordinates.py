"""Coordinates to EPSG:4490 (CGCS2000).

GCJ-02 and BD-09 are inverted by iteration over whole arrays: pyproj knows neither, and the libraries that do work
point by point. Formulas as published with eviltransform; the inverse is good to a millimetre, the result is flagged
approximate all the same, for the obfuscation is a rounding of the truth.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from schemas.contract import Role
from transforms.cleaning.work import Work

# The city with its waters and a margin. “Far outside” is judged here, the exact place at keying.
WEST, EAST, SOUTH, NORTH = 113.65, 114.70, 22.35, 22.95
APPROXIMATE = {"GCJ-02", "BD-09"}
_AXIS, _FLATTENING = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as GCJ-02 uses it
_BD = np.pi * 3000.0 / 180.0
_ROUNDS = 12  # each gains three digits


def to_4490(x: np.ndarray, y: np.ndarray, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude in EPSG:4490 from `x` (longitude or easting) and `y` in a crs a contract may name."""
    if crs == "GCJ-02":
        return from_gcj02(x, y)
    if crs == "BD-09":
        return from_gcj02(*from_bd09(x, y))
    if crs in ("EPSG:4490", "EPSG:4326"):  # the two differ by centimetres
        return x, y
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(x, y)
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def to_gcj02(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """WGS 84 or CGCS2000 to GCJ-02."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    east += wave + (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    north += wave + (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1 - _FLATTENING * np.sin(phi) ** 2
    east = east * 180.0 / (_AXIS / np.sqrt(magic) * np.cos(phi) * np.pi)
    north = north * 180.0 / ((_AXIS * (1 - _FLATTENING)) / (magic * np.sqrt(magic)) * np.pi)
    return lon + east, lat + north


def from_gcj02(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """GCJ-02 to CGCS2000, by fixed-point iteration."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        there_x, there_y = to_gcj02(x, y)
        x, y = x + (lon - there_x), y + (lat - there_y)
    return x, y


def from_bd09(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """BD-09 to GCJ-02. The published inverse is short by up to a metre; iteration over the forward form closes it."""
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(_ROUNDS):
        there_x, there_y = to_bd09(x, y)
        x, y = x + (lon - there_x), y + (lat - there_y)
    return x, y


def to_bd09(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """GCJ-02 to BD-09."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def place_points(work: Work) -> Work:
    """Longitude and latitude to `lon`, `lat` (EPSG:4490, 7 decimals) and `is_approximate`.

    Rules coordinates_swapped, coordinates_outside (another crs, the sea, zero), missing_value for half a point.
    """
    longitude, latitude = (work.contract.column_of(role) for role in (Role.LONGITUDE, Role.LATITUDE))
    if longitude is None or latitude is None:
        return work
    for column, other in ((longitude, latitude), (latitude, longitude)):
        # a half that another step has already flagged is not reported again
        flagged = _already_flagged(work, column.name)
        half = pl.col(column.name).is_null() & pl.col(other.name).is_not_null()
        work = work.flag(work.frame.select(half).to_series() & ~flagged, column.name, "missing_value")
    crs = work.contract.reading.crs
    x, y = (work.frame[column.name].cast(pl.Float64).to_numpy() for column in (longitude, latitude))
    with np.errstate(all="ignore"):
        lon, lat = to_4490(x, y, crs)
        turned_lon, turned_lat = to_4490(y, x, crs)
    given = ~(np.isnan(x) | np.isnan(y))
    inside = _inside(lon, lat)
    swapped = given & ~inside & _inside(turned_lon, turned_lat)
    work = work.flag(pl.Series(swapped), longitude.name, "coordinates_swapped")
    work = work.flag(pl.Series(given & ~inside & ~swapped), longitude.name, "coordinates_outside")
    return work.put(
        pl.Series("lon", np.where(inside, lon, np.nan)).fill_nan(None).round(7),
        pl.Series("lat", np.where(inside, lat, np.nan)).fill_nan(None).round(7),
        pl.when(pl.Series(inside)).then(pl.lit(crs in APPROXIMATE)).alias("is_approximate"),
    )


def place_footprints(work: Work) -> Work:
    """Geometry to WKB in EPSG:4490. Rules wrong_type (no geometry in the bytes), coordinates_swapped, …_outside."""
    column = work.contract.column_of(Role.GEOMETRY)
    if column is None or "geometry" not in work.frame.columns:
        return work
    import shapely

    crs = work.contract.reading.crs
    shapes = shapely.from_wkb(work.frame["geometry"].to_numpy(), on_invalid="ignore")
    given = work.frame["geometry"].is_not_null().to_numpy()
    sound = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    work = work.flag(pl.Series(given & ~sound), "geometry", "wrong_type")
    shapes[~sound] = None
    middle = shapely.centroid(shapes)
    with np.errstate(all="ignore"):
        inside = _inside(*to_4490(shapely.get_x(middle), shapely.get_y(middle), crs))
        turned = _inside(*to_4490(shapely.get_y(middle), shapely.get_x(middle), crs))
    work = work.flag(pl.Series(sound & ~inside & turned), "geometry", "coordinates_swapped")
    work = work.flag(pl.Series(sound & ~inside & ~turned), "geometry", "coordinates_outside")
    shapes[~(sound & inside)] = None
    placed = shapely.transform(
        shapely.force_2d(shapes), lambda points: np.column_stack(to_4490(points[:, 0], points[:, 1], crs))
    )
    return work.put(pl.Series("geometry", shapely.to_wkb(placed).tolist(), dtype=pl.Binary))


def _inside(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)


def _already_flagged(work: Work, column: str) -> pl.Series:
    known = [faults.filter(pl.col("column") == column) for faults in work.faults]
    rows = pl.concat([part.select("file_name", "row_number") for part in known]) if known else None
    if rows is None or rows.is_empty():
        return pl.repeat(False, work.frame.height, eager=True)
    marked = work.frame.select("file_name", "row_number").join(
        rows.unique().with_columns(hit=pl.lit(True)), on=["file_name", "row_number"], how="left", maintain_order="left"
    )
    return marked["hit"].fill_null(False)
