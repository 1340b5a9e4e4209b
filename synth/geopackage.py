"""GeoPackage layers (OGC 12-128) written with SQLite alone, so that a file depends on nothing but its rows."""

from __future__ import annotations

import sqlite3
import struct
from datetime import date

import polars as pl

from schemas.contract import Column

APPLICATION_ID = 0x47504B47  # GPKG
VERSION = 10300
_SQL_TYPES = {"integer": "INTEGER", "number": "REAL"}
_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL PRIMARY KEY REFERENCES gpkg_contents(table_name),
  column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
  m TINYINT NOT NULL);
"""


def gpkg(rows: pl.DataFrame, columns: list[Column], layer: str, crs: str, day: date) -> bytes:
    """One polygon layer; `rows` holds `columns` as text and `geometry` as WKB in `crs` (EPSG:n)."""
    from pyproj import CRS

    srs = int(crs.removeprefix("EPSG:"))
    fields = [column for column in columns if column.name != "geometry"]
    with sqlite3.connect(":memory:") as base:
        base.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        base.execute(f"PRAGMA user_version = {VERSION}")
        base.executescript(_SCHEMA)
        base.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
            [
                ("Undefined cartesian", -1, "NONE", -1, "undefined", None),
                ("Undefined geographic", 0, "NONE", 0, "undefined", None),
                ("WGS 84", 4326, "EPSG", 4326, CRS.from_epsg(4326).to_wkt("WKT1_GDAL"), None),
                (CRS.from_epsg(srs).name, srs, "EPSG", srs, CRS.from_epsg(srs).to_wkt("WKT1_GDAL"), None),
            ],
        )
        named = "".join(f', "{column.header}" {_SQL_TYPES.get(column.type, "TEXT")}' for column in fields)
        base.execute(f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON{named})')
        stamp = f"{day.isoformat()}T00:00:00.000Z"
        base.execute(
            "INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', ?, NULL, NULL, NULL, NULL, ?)",
            (layer, layer, stamp, srs),
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)", (layer, srs))
        head = b"GP" + struct.pack("<BBi", 0, 1, srs)  # version 0, little endian, no envelope
        shapes = [None if shape is None else head + shape for shape in rows["geometry"].to_list()]
        typed = rows.select(
            pl.col(column.name).cast(pl.Int64 if column.type == "integer" else pl.Float64, strict=False)
            if column.type in _SQL_TYPES
            else pl.col(column.name)
            for column in fields
        )
        marks = ", ".join("?" * (len(fields) + 1))
        names = "".join(f', "{column.header}"' for column in fields)
        values = zip(shapes, *(typed[column.name].to_list() for column in fields), strict=True)
        base.executemany(f'INSERT INTO "{layer}" (geom{names}) VALUES ({marks})', values)
        base.commit()
        return base.serialize()
