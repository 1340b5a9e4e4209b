from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

from schemas.errors import BatchRefused
from tests.reading.small_feed import contract
from transforms.reading.read import Reading, SourceFile, read

COLUMNS = [
    {"name": "number", "header": "编号", "key": True},
    {"name": "floors", "header": "层数", "type": "integer"},
    {"name": "geometry", "header": "geom", "role": "geometry", "required": True},
]
SHAPES = [shapely.box(487000, 2500000, 487020, 2500010), shapely.box(487100, 2500000, 487120, 2500010)]
LAYER = geopandas.GeoDataFrame({"编号": ["N1", "N2"], "层数": [3, None]}, geometry=SHAPES, crs="EPSG:4547")


def geopackage(layer: geopandas.GeoDataFrame = LAYER) -> bytes:
    buffer = io.BytesIO()
    layer.to_file(buffer, driver="GPKG", layer="buildings")
    return buffer.getvalue()


def shapefile(folder: Path) -> dict[str, bytes]:
    LAYER.to_file(folder / "layer.shp", encoding="GB18030")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def reading_of(*files: SourceFile, form: str = "gpkg") -> Reading:
    return read(list(files), contract(COLUMNS, format=form, crs="EPSG:4547"))


def check(reading: Reading) -> None:
    assert reading.rows.select("row_number", "number").rows() == [(1, "N1"), (2, "N2")]
    assert float(reading.rows["floors"][0]) == 3
    assert reading.rows["floors"][1] is None
    assert [shapely.from_wkb(shape).equals(SHAPES[at]) for at, shape in enumerate(reading.rows["geometry"])] == [
        True,
        True,
    ]


def test_geopackage_from_memory() -> None:
    check(reading_of(SourceFile("layer.gpkg", geopackage())))


def test_shapefile_of_loose_parts(tmp_path: Path) -> None:
    check(reading_of(*(SourceFile(*part) for part in shapefile(tmp_path).items()), form="shp"))


def test_zipped_shapefile(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in shapefile(tmp_path).items():
            archive.writestr(name, content)
    check(reading_of(SourceFile("layer.zip", packed.getvalue()), form="shp"))


def test_missing_geometry_is_kept_for_cleaning() -> None:
    layer = LAYER.copy()
    layer.loc[1, "geometry"] = None
    assert reading_of(SourceFile("a.gpkg", geopackage(layer))).rows["geometry"].is_null().to_list() == [False, True]


def test_a_code_kept_in_a_numeric_field() -> None:
    layer = LAYER.assign(编号=[4403060100021300483, 1])
    reading = reading_of(SourceFile("a.gpkg", geopackage(layer)))
    assert reading.quarantined.select("row_number", "rule").rows() in ([(1, "precision_lost")], [])
    assert "4403060100021300483" in [*reading.rows["number"]] or reading.quarantined.height == 1


@pytest.mark.parametrize("content", [b"no layer", geopackage()[:5000]], ids=["text", "cut"])
def test_damaged(content: bytes) -> None:
    with pytest.raises(BatchRefused) as refusal:
        reading_of(SourceFile("a.gpkg", content))
    assert refusal.value.rule == "unreadable_file"


def test_shapefile_without_its_table(tmp_path: Path) -> None:
    parts = [SourceFile(name, content) for name, content in shapefile(tmp_path).items() if not name.endswith(".dbf")]
    with pytest.raises(BatchRefused) as refusal:
        reading_of(*parts, form="shp")
    assert refusal.value.rule == "unreadable_file"
