"""Footprints: axis-parallel rectangles as WKB polygons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa


def rectangles(x: np.ndarray, y: np.ndarray, width: np.ndarray, height: np.ndarray) -> pl.Series:
    """WKB polygons (little endian) around centres, in the unit of the centres."""
    left, right, low, high = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    return polygons(np.stack([left, low, right, low, right, high, left, high, left, low], axis=1))


def polygons(ring: np.ndarray) -> pl.Series:
    """WKB polygons from one closed ring each: an array (count, 2 × points) of x, y, x, y …"""
    count, values = ring.shape
    record = np.dtype(
        [("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("ring", "<f8", (values,))]
    )
    shapes = np.zeros(count, dtype=record)
    shapes["order"], shapes["kind"], shapes["rings"], shapes["points"] = 1, 3, 1, values // 2
    shapes["ring"] = ring
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(record.itemsize), count, [None, pa.py_buffer(shapes.tobytes())]
    )
    return pl.Series(fixed.cast(pa.binary()), dtype=pl.Binary)


def corners(shapes: pl.Series) -> np.ndarray:
    """The ring of every polygon made here: an array (count, 10) of x, y, x, y …"""
    record = np.dtype([("head", "u1", (13,)), ("ring", "<f8", (10,))])
    return np.frombuffer(b"".join(shapes.to_list()), dtype=record)["ring"].copy()
