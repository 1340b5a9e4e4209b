"""GeoPackage and Shapefile through GDAL, from memory: attributes as text, geometry as WKB."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.dbase import read_table
from transforms.reading.source import Sheet, SourceFile
from transforms.reading.workbook_guard import refuse_zip_bomb

SQLITE = b"SQLite format 3\0"


def read_geopackage(source: SourceFile, contract: Contract) -> Sheet:
    """The layer of a GeoPackage that `reading.sheet` names, else its first; row_number is the feature's ordinal.

    Raises BatchRefused: unreadable_file.
    """
    if not source.content.startswith(SQLITE):
        raise _damaged(source, "the file is no GeoPackage")
    table = _layer(source, source.content, layer=contract.reading.sheet)
    geometry = [name for name, kind in table.schema.items() if kind == pl.Binary]
    names = [name for name in table.columns if name not in geometry]
    body = table.select(
        *(pl.col(name).cast(pl.String).alias(str(position)) for position, name in enumerate(names)),
        _wkb(geometry),
    )
    numeric = pl.DataFrame(
        [
            pl.repeat(table.schema[name].is_numeric(), table.height, eager=True).alias(str(position))
            for position, name in enumerate(names)
        ]
    )
    return Sheet(names, body.with_row_index("row_number", 1).with_columns(pl.col("row_number")), numeric=numeric)


def read_shapefile(source: SourceFile, files: Sequence[SourceFile]) -> Sheet:
    """A zipped layer, or a .shp with its .shx and .dbf among `files`. Attributes are read by `dbase`, as text.

    Raises BatchRefused: archive_bomb, unreadable_file, truncated_file.
    """
    parts = _parts(source, files)
    attributes = read_table(parts[".dbf"], _encoding(parts))
    shapes = _layer(source, layer_content(source, files), columns=[])
    shapes = shapes.select(_wkb([name for name, kind in shapes.schema.items() if kind == pl.Binary]))
    shapes = shapes.with_row_index("row_number", 1)
    return Sheet(attributes.header, attributes.body.join(shapes, on="row_number", how="left", maintain_order="left"))


def _encoding(parts: dict[str, SourceFile]) -> str:
    """UTF-8 where the .cpg says so by name or as Windows' code page 65001; without one, where all attributes are it."""
    if ".cpg" in parts:
        told = parts[".cpg"].content.decode("ascii", "ignore").strip().lower()
        return "utf-8" if "utf" in told or told == "65001" else "gb18030"
    content = parts[".dbf"].content
    try:
        content[int.from_bytes(content[8:10], "little") :].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def layer_content(source: SourceFile, files: Sequence[SourceFile]) -> bytes:
    """A shapefile's shapes and coordinate system as one zip that GDAL opens from memory."""
    parts = _parts(source, files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix in (".shp", ".shx", ".prj"):
            if suffix in parts:
                archive.writestr(f"layer{suffix}", parts[suffix].content)
    return packed.getvalue()


def _parts(source: SourceFile, files: Sequence[SourceFile]) -> dict[str, SourceFile]:
    parts = (
        _parts_of_zip(source)
        if source.suffix == ".zip"
        else {item.suffix: item for item in files if item.stem == source.stem}
    )
    if not {".shp", ".shx", ".dbf"} <= set(parts):
        raise _damaged(source, "a layer needs its .shp, .shx and .dbf")
    return parts


def _parts_of_zip(source: SourceFile) -> dict[str, SourceFile]:
    refuse_zip_bomb(source)
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        # A Mac packs a shadow `._layer.shp` beside each part.
        names = [name for name in names if not name.rpartition("/")[2].startswith("._")]
        parts = [SourceFile(name, archive.read(name)) for name in names]
    return {part.suffix: part for part in parts}


def _layer(source: SourceFile, content: bytes, **options: Any) -> pl.DataFrame:
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL remarks on the missing file name of content in memory
            if options.get("layer") is None and "columns" not in options:
                options["layer"] = pyogrio.list_layers(content)[0][0]
            _, table = pyogrio.read_arrow(content, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, IndexError):
        raise _damaged(source, "the layer is damaged or missing") from None
    except (ValueError, RuntimeError):
        raise _damaged(source, "the layer cannot be read") from None
    return pl.DataFrame(table.replace_schema_metadata(None).cast(_plain(table.schema)))


def _plain(schema: Any) -> Any:
    """The schema without GeoArrow's extension marks: geometry is plain WKB bytes."""
    import pyarrow as pa

    return pa.schema([pa.field(item.name, item.type, item.nullable) for item in schema])


def _wkb(geometry: list[str]) -> pl.Expr:
    return (pl.col(geometry[0]) if geometry else pl.lit(None, pl.Binary)).alias("geometry")


def _damaged(source: SourceFile, message: str) -> BatchRefused:
    return BatchRefused("unreadable_file", message, "have it exported again", file=source.base_name)
