"""What is near a place is what comparing it with every building says."""

from __future__ import annotations

import numpy as np
import polars as pl
import shapely

from transforms.addressing.footprints import REACH_METRES, Footprints, metres_per_degree

LON, LAT = 113.85, 22.60
EAST, NORTH = metres_per_degree(LAT)


def test_near_is_what_comparing_with_every_building_says() -> None:
    chance = np.random.default_rng(4)
    east, north = chance.uniform(-700, 700, (2, 300))
    size = chance.uniform(1, 90, (2, 300))
    boxes = shapely.box(
        LON + (east - size[0]) / EAST,
        LAT + (north - size[1]) / NORTH,
        LON + (east + size[0]) / EAST,
        LAT + north / NORTH,
    )
    points = shapely.points(LON + east / EAST, LAT + north / NORTH)
    is_point = np.arange(300) % 3 == 0
    building = pl.DataFrame(
        {
            "building_code": [f"{number:019d}" for number in range(300)],
            "grid_code": [f"{number % 7}" for number in range(300)],
            "geometry": [None if point else shapely.to_wkb(box) for point, box in zip(is_point, boxes, strict=True)],
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "status": ["cancelled" if number % 11 == 0 else "active" for number in range(300)],
        }
    )
    footprints = Footprints.of(building)
    assert footprints is not None
    lon, lat = LON + chance.uniform(-900, 900, 2_500) / EAST, LAT + chance.uniform(-900, 900, 2_500) / NORTH
    found = {(at, code): metres for at, code, _, metres in footprints.near(lon, lat).iter_rows()}

    scale = np.array([footprints.east, footprints.north])
    shapes = [
        shapely.transform(point if alone else box, lambda pair: pair * scale)
        for alone, point, box in zip(is_point, points, boxes, strict=True)
    ]
    alive = np.flatnonzero(np.arange(300) % 11 != 0)
    metres = shapely.distance(shapely.points(lon * scale[0], lat * scale[1])[:, None], np.array(shapes)[alive][None, :])
    at, of = np.nonzero(metres <= REACH_METRES)
    expected = {
        (int(place), f"{alive[number]:019d}"): round(float(metres[place, number]), 2)
        for place, number in zip(at, of, strict=True)
    }
    assert len(expected) > 1_000
    assert found.keys() == expected.keys()
    assert all(abs(found[pair] - expected[pair]) < 0.011 for pair in expected)


def test_a_library_without_places_has_none() -> None:
    building = {
        "building_code": ["1"],
        "grid_code": ["2"],
        "geometry": [None],
        "lon": [None],
        "lat": [None],
        "status": [None],
    }
    schema = {"geometry": pl.Binary, "lon": pl.Float64, "lat": pl.Float64, "status": pl.String}
    assert Footprints.of(pl.DataFrame(building, schema_overrides=schema)) is None
