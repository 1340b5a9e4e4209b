"""Building footprints of a release as GeoParquet in EPSG:4490, for maps and GIS; the tables themselves hold WKB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

GEOMETRY = "geometry/address.building.parquet"
COLUMNS = ["building_code", "name", "street_code", "community_code", "grid_code", "usage", "floors", "is_temporary"]


def write_geometry(buildings: Sequence[Path], path: Path) -> int:
    """Writes the footprints of active buildings (a point where there is no footprint); returns the number of rows."""
    import geopandas
    import shapely

    rows = pl.concat([pl.read_parquet(file) for file in buildings])
    rows = rows.filter((pl.col("status") != "cancelled").fill_null(True)).sort("building_code")
    shapes = shapely.from_wkb(rows["geometry"].to_numpy())
    points = shapely.points(
        rows["lon"].fill_null(float("nan")).to_numpy(), rows["lat"].fill_null(float("nan")).to_numpy()
    )
    has_point = (rows["lon"].is_not_null() & rows["lat"].is_not_null()).to_numpy()
    missing = shapely.is_missing(shapes)
    shapes[missing & has_point] = points[missing & has_point]
    frame = geopandas.GeoDataFrame(rows.select(COLUMNS).to_pandas(), geometry=shapes, crs="EPSG:4490")
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path)
    return rows.height
