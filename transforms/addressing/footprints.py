"""Where buildings lie, prepared once a library: what is near a place is found without reading any other shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.addressing.keys import pair_of_numbers
from transforms.addressing.sorted_keys import SortedKeys

REACH_METRES = 150.0  # nothing farther away is looked for
METRES_PER_DEGREE = 110_574.0
_FAR = 1 << 20  # squares; no place on Earth is as many away from the first meridian or the equator
_PLACES = 2_000  # looked for at a time: some thousand buildings may lie around each


@dataclass(frozen=True)
class Footprints:
    """Footprints or points of live buildings in a plane of metres around the district."""

    buildings: pl.DataFrame  # building_code, grid_code, shape (WKB, metres)
    boxes: np.ndarray  # what is around each shape: least x and y, most x and y, one after the other
    cells: SortedKeys  # squares of REACH_METRES, each with the buildings within reach of any place in it
    east: float  # metres of a degree of longitude
    north: float  # metres of a degree of latitude

    @classmethod
    def of(cls, building: pl.DataFrame) -> Footprints | None:
        """From the table of buildings: geometry (WKB, EPSG:4490) where there is one, lon and lat otherwise; None when
        no building has a place.
        """
        import shapely

        live = pl.col("status").fill_null("active") != "cancelled"
        placed = building.filter(live & (pl.col("geometry").is_not_null() | pl.col("lon").is_not_null()))
        if placed.is_empty():
            return None
        shapes = shapely.from_wkb(placed["geometry"].to_list(), on_invalid="ignore")
        nowhere = float("nan")
        points = shapely.points(
            placed["lon"].fill_null(nowhere).to_numpy(), placed["lat"].fill_null(nowhere).to_numpy()
        )
        shapes = np.where(shapely.is_missing(shapes), points, shapes)
        scale = metres_per_degree(float(np.nanmedian(shapely.get_y(shapely.centroid(shapes)))))
        metres = shapely.transform(shapes, lambda pair: pair * np.array(scale))
        boxes = shapely.bounds(metres)
        buildings = placed.select(
            "building_code", "grid_code", shape=pl.Series(shapely.to_wkb(metres), dtype=pl.Binary)
        )
        return cls(buildings, np.ascontiguousarray(boxes.T).ravel(), _cells(boxes), *scale)

    def near(self, lon: np.ndarray, lat: np.ndarray) -> pl.DataFrame:
        """at (the place's number), building_code, grid_code, metres of all within reach of some places (degrees)."""
        x, y = lon * self.east, lat * self.north
        starts = range(0, len(x), _PLACES)
        some = [self._near(x[start : start + _PLACES], y[start : start + _PLACES], start) for start in starts]
        return pl.concat([self._told(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)), *some])

    def _near(self, x: np.ndarray, y: np.ndarray, start: int) -> pl.DataFrame:
        import shapely

        at, building = self.cells.pairs(_cell(np.floor(x / REACH_METRES), np.floor(y / REACH_METRES)))
        left, low, right, high = self.boxes.reshape(4, -1)[:, building]
        aside = np.maximum(np.maximum(left - x[at], x[at] - right), 0)
        above = np.maximum(np.maximum(low - y[at], y[at] - high), 0)
        close = np.flatnonzero(np.hypot(aside, above) <= REACH_METRES + 1)  # the shape itself decides
        at, building = at[close], building[close]
        read, of = np.unique(building, return_inverse=True)
        shapes = shapely.from_wkb(self.buildings["shape"].gather(read).to_list())
        metres = shapely.distance(shapely.points(x, y)[at], shapes[of])
        there = metres <= REACH_METRES
        return self._told(at[there] + start, building[there], metres[there])

    def _told(self, at: np.ndarray, building: np.ndarray, metres: np.ndarray) -> pl.DataFrame:
        codes = self.buildings.select("building_code", "grid_code")[building]
        return codes.select(pl.Series("at", at, dtype=pl.UInt32), pl.all(), pl.Series("metres", np.round(metres, 2)))


def _cells(boxes: np.ndarray) -> SortedKeys:
    """Every square some place of which is within reach of a box, with the numbers of those boxes."""
    known = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    wide = np.array([-REACH_METRES, -REACH_METRES, REACH_METRES, REACH_METRES])
    first_x, first_y, last_x, last_y = np.floor((boxes[known] + wide) / REACH_METRES).astype(np.int64).T
    across, up = last_x - first_x + 1, last_y - first_y + 1
    size = across * up
    of = np.repeat(np.arange(len(known)), size)
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    cells = _cell(first_x[of] + within % across[of], first_y[of] + within // across[of])
    return SortedKeys.of(cells, known[of])


def _cell(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number of a square."""
    return pair_of_numbers(x.astype(np.int64) + _FAR, y.astype(np.int64) + _FAR)


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of latitude: enough for a district, where distances are tens of metres."""
    return METRES_PER_DEGREE * 1.00674 * math.cos(math.radians(latitude)), METRES_PER_DEGREE
