"""Coordinates as departments hold them: GCJ-02 and BD-09 from EPSG:4490, and the projected EPSG:4547."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.shape import corners, polygons

Floats = np.ndarray
_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323


def gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """EPSG:4490 degrees shifted as map services in China do."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat += wave + (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon += wave + (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = lat / 180.0 * np.pi
    magic = 1 - _ECCENTRICITY * np.sin(radians) ** 2
    d_lat = d_lat * 180.0 / ((_AXIS * (1 - _ECCENTRICITY)) / (magic * np.sqrt(magic)) * np.pi)
    d_lon = d_lon * 180.0 / (_AXIS / np.sqrt(magic) * np.cos(radians) * np.pi)
    return lon + d_lon, lat + d_lat


def bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """EPSG:4490 degrees as Baidu's maps shift them once more."""
    x, y = gcj02(lon, lat)
    turn = np.pi * 3000.0 / 180.0
    z = np.sqrt(x * x + y * y) + 0.00002 * np.sin(y * turn)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * turn)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


def projected(geometry: pl.Series) -> pl.Series:
    """WKB rectangles of EPSG:4490 in EPSG:4547 (metres, central meridian 114°), to the millimetre."""
    from pyproj import Transformer

    ring = corners(geometry)
    transformer = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    x, y = transformer.transform(ring[:, 0::2].ravel(), ring[:, 1::2].ravel())
    flat = np.stack([np.round(x, 3), np.round(y, 3)], axis=1).reshape(len(ring), -1)
    return polygons(flat)


def points(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """EPSG:4490 degrees as eastings and northings of EPSG:4547."""
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(lon, lat)
    return x, y


def as_text(values: Floats) -> pl.Series:
    """Six decimals, about a tenth of a metre."""
    return pl.Series(values).round(6).cast(pl.String)
