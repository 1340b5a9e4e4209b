from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

from schemas.errors import BatchRefused
from tests.reading import layers
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


HYDRANT = [
    {"name": "number", "header": "编号", "key": True},
    {"name": "title", "header": "名称"},
    {"name": "pressure", "header": "压力", "type": "number"},
    {"name": "geometry", "header": "geom", "role": "geometry", "required": True},
]


@pytest.mark.parametrize(
    ("encoding", "code_page", "told"),
    [
        ("gbk", layers.GBK, "GBK"), ("gbk", 0, "936"), ("gbk", layers.GBK, None), ("gbk", 0, None),
        ("utf-8", 0, "UTF-8"), ("utf-8", 0, "65001"), ("utf-8", 0, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_upper", [False, True], ids=["layer.shp", "LAYER.SHP"])
def test_attributes_of_other_writers(encoding: str, code_page: int, told: str | None, is_upper: bool) -> None:
    parts = layers.hydrants(encoding, code_page) | ({".cpg": told.encode()} if told else {})
    files = [SourceFile(f"layer{suffix}".upper() if is_upper else f"layer{suffix}", parts[suffix]) for suffix in parts]
    rows = read(files, contract(HYDRANT, format="shp", crs="EPSG:4547")).rows
    assert rows.select("number", "title").row(39) == ("HY00039", "消防栓39号")
    assert [float(value) for value in rows["pressure"].head(3)] == [1.5, 2.5, 3.5]
    assert shapely.from_wkb(rows["geometry"][1]) == shapely.Point(487020, 2500010)


def test_what_a_mac_packs_beside_each_part_is_no_part() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix, content in layers.hydrants("gbk").items():
            archive.writestr(f"消防栓/layer{suffix}", content)
            archive.writestr(f"__MACOSX/消防栓/._layer{suffix}", b"\0\5\x16\7")
    source = SourceFile("layer.zip", packed.getvalue())
    assert read([source], contract(HYDRANT, format="shp", crs="EPSG:4547")).rows.height == 40
