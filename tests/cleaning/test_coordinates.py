from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from pyproj import Transformer

from tests.cleaning.tidy import cleaned, feed_of
from transforms.cleaning.clean import Cleaned
from transforms.cleaning.coordinates import from_bd09, from_gcj02, to_bd09, to_gcj02

# The test points published with eviltransform.
GCJ = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
]
BD = [
    (120.019809, 29.199786, 120.00877901149691, 29.196131605295484),
]
# What eviltransform 0.1.1 makes of six points of the city: here, GCJ-02, BD-09. Its earth is 108 m smaller, which is
# a centimetre here. The package is a source archive that nothing locked can build, so its answers stand instead.
CITY = [
    (113.7512345, 22.4087654, 113.756387875, 22.405899152, 113.762802683, 22.412230559),
    (113.8837, 22.555, 113.888586292, 22.551954502, 113.895017337, 22.558260629),
    (113.9300001, 22.7812345, 113.934879553, 22.778249158, 113.941427636, 22.783916004),
    (114.0579, 22.5431, 114.063014085, 22.540382768, 114.069564074, 22.546041513),
    (114.2689, 22.729, 114.273730534, 22.726175404, 114.280256758, 22.73211145),
    (114.5031, 22.5987, 114.507797938, 22.595832707, 114.514308853, 22.60187592),
]
CENTIMETRE = 1e-7
METRE = 1e-5  # degrees, roughly


@pytest.mark.parametrize(("lon", "lat", "gcj_lon", "gcj_lat"), GCJ)
def test_gcj02_against_the_oracle(lon: float, lat: float, gcj_lon: float, gcj_lat: float) -> None:
    assert np.allclose(to_gcj02(np.array([lon]), np.array([lat])), [[gcj_lon], [gcj_lat]], atol=1e-7)
    assert np.allclose(from_gcj02(np.array([gcj_lon]), np.array([gcj_lat])), [[lon], [lat]], atol=1e-7)


@pytest.mark.parametrize(("bd_lon", "bd_lat", "lon", "lat"), BD)
def test_bd09_against_the_oracle(bd_lon: float, bd_lat: float, lon: float, lat: float) -> None:
    assert np.allclose(from_gcj02(*from_bd09(np.array([bd_lon]), np.array([bd_lat]))), [[lon], [lat]], atol=METRE)


def test_points_of_the_city_against_the_oracle() -> None:
    lon, lat, gcj_lon, gcj_lat, bd_lon, bd_lat = np.array(CITY).T
    assert np.allclose(to_gcj02(lon, lat), [gcj_lon, gcj_lat], rtol=0, atol=CENTIMETRE)
    assert np.allclose(from_gcj02(gcj_lon, gcj_lat), [lon, lat], rtol=0, atol=CENTIMETRE)
    assert np.allclose(from_gcj02(*from_bd09(bd_lon, bd_lat)), [lon, lat], rtol=0, atol=CENTIMETRE)


def test_there_and_back_over_the_whole_city() -> None:
    lon, lat = (grid.ravel() for grid in np.meshgrid(np.linspace(113.7, 114.6, 40), np.linspace(22.4, 22.9, 40)))
    back = from_gcj02(*from_bd09(*to_bd09(*to_gcj02(lon, lat))))
    assert np.abs(np.array(back) - [lon, lat]).max() < 1e-9


def points(rows: list[tuple[str | None, str | None]], crs: str) -> Cleaned:
    feed = feed_of(
        {"name": "x", "type": "number", "role": "longitude"},
        {"name": "y", "type": "number", "role": "latitude"},
        crs=crs,
    )
    return cleaned(feed, {"x": [row[0] for row in rows], "y": [row[1] for row in rows]})


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09", "EPSG:4547"])
def test_every_coordinate_system_comes_out_in_epsg_4490(crs: str) -> None:
    lon, lat = np.array([113.88]), np.array([22.65])
    if crs == "GCJ-02":
        x, y = to_gcj02(lon, lat)
    elif crs == "BD-09":
        x, y = to_bd09(*to_gcj02(lon, lat))
    else:
        x, y = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(lon, lat)
    result = points([(repr(float(x[0])), repr(float(y[0])))], crs).rows
    assert result.select("lon", "lat").rows()[0] == pytest.approx((113.88, 22.65), abs=2e-7)
    assert result["is_approximate"].to_list() == [crs in ("GCJ-02", "BD-09")]
    assert not {"x", "y"} & set(result.columns)


@pytest.mark.parametrize(
    ("row", "crs", "rules"),
    [
        (("22.65", "113.88"), "EPSG:4490", ["coordinates_swapped"]),
        (("22.65", "113.88"), "BD-09", ["coordinates_swapped"]),
        (("2504000", "488000"), "EPSG:4547", ["coordinates_swapped"]),
        (("488000", "2504000"), "EPSG:4490", ["coordinates_outside"]),  # another system
        (("113.88", "22.65"), "EPSG:4547", ["coordinates_outside"]),
        (("113.2", "21.5"), "EPSG:4490", ["coordinates_outside"]),  # in the sea
        (("0", "0"), "GCJ-02", ["coordinates_outside"]),
        (("116.4", "39.9"), "EPSG:4490", ["coordinates_outside"]),
        (("113.88", None), "EPSG:4490", ["missing_value"]),
        (("东经113", "22.65"), "EPSG:4490", ["wrong_type"]),
    ],
)
def test_broken_points(row: tuple[str | None, str | None], crs: str, rules: list[str]) -> None:
    result = points([row, (None, None)], crs)
    assert result.quarantined["rule"].to_list() == rules
    assert result.rows.select("row_number", "lon", "lat", "is_approximate").rows() == [(3, None, None, None)]


SHAPE = shapely.box(487000, 2504000, 487020, 2504010)


def shapes(*geometries: bytes | None) -> Cleaned:
    feed = feed_of({"name": "geometry", "role": "geometry", "required": True}, crs="EPSG:4547")
    return cleaned(feed, {"geometry": list(geometries)})


def test_footprints_are_reprojected() -> None:
    placed = shapely.from_wkb(shapes(shapely.to_wkb(SHAPE)).rows["geometry"][0])
    back = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(*placed.exterior.xy)
    assert np.allclose(np.column_stack(back), shapely.get_coordinates(SHAPE), atol=0.001)
    assert placed.centroid.x == pytest.approx(113.873, abs=0.01)


def test_broken_footprints() -> None:
    swapped = shapely.transform(SHAPE, lambda points: points[:, ::-1])
    degrees = shapely.box(113.88, 22.65, 113.881, 22.651)
    geometries = [swapped, degrees, shapely.Polygon()]
    result = shapes(*(shapely.to_wkb(item) for item in geometries), None, b"\x01\x02", shapely.to_wkb(SHAPE))
    assert dict(result.quarantined.select("row_number", "rule").iter_rows()) == {
        2: "coordinates_swapped", 3: "coordinates_outside", 4: "wrong_type", 5: "missing_value", 6: "wrong_type",
    }  # fmt: skip
    assert result.rows["row_number"].to_list() == [7]
    assert result.rows.schema["geometry"] == pl.Binary
