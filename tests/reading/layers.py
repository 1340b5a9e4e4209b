"""A shapefile of points as writers other than GDAL make it: by the byte, attributes of any encoding."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

Field = tuple[str, str, int, int]  # name, type, width, decimals
GBK = 0x4D  # the code page an old writer notes in the DBF
PRJ = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


def dbase(fields: Sequence[Field], rows: Sequence[Sequence[object]], encoding: str, code_page: int = 0) -> bytes:
    """Numbers to the right, text to the left of its field."""
    width = 1 + sum(length for _, _, length, _ in fields)
    content = struct.pack("<BBBBIHH", 3, 126, 3, 2, len(rows), 33 + 32 * len(fields), width)
    content += bytes(17) + bytes([code_page]) + bytes(2)
    for name, kind, length, decimals in fields:
        content += name.encode(encoding)[:10].ljust(11, b"\0") + kind.encode() + bytes(4)
        content += bytes([length, decimals]) + bytes(14)
    content += b"\r"
    for row in rows:
        cells = [str(cell).encode(encoding) for cell in row]
        content += b" " + b"".join(
            cell.rjust(length) if kind == "N" else cell.ljust(length)
            for cell, (_, kind, length, _) in zip(cells, fields, strict=True)
        )
    return content + b"\x1a"


def points(places: Sequence[tuple[float, float]]) -> tuple[bytes, bytes]:
    """The .shp and the .shx."""
    shapes, index, at = b"", b"", 50
    for number, place in enumerate(places, start=1):
        shape = struct.pack("<idd", 1, *place)
        shapes += struct.pack(">ii", number, len(shape) // 2) + shape
        index += struct.pack(">ii", at, len(shape) // 2)
        at += 4 + len(shape) // 2
    east, north = zip(*places, strict=True)
    box = (min(east), min(north), max(east), max(north), 0, 0, 0, 0)

    def head(body: bytes) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2) + struct.pack("<ii8d", 1000, 1, *box)

    return head(shapes) + shapes, head(index) + index


def hydrants(encoding: str, code_page: int = 0, *, count: int = 40) -> dict[str, bytes]:
    """Content by suffix, without a .cpg."""
    fields = [
        ("编号", "C", 10, 0),
        ("名称", "C", 30, 0),
        ("地址", "C", 60, 0),
        ("压力", "N", 8, 2),
        ("日期", "D", 8, 0),
    ]
    rows = [
        (f"HY{n:05}", f"消防栓{n}号", f"青石区和平街道和平里{n + 1}栋", 1.5 + n % 3, "20260301") for n in range(count)
    ]
    shapes, index = points([(487000 + n * 20, 2500000 + n * 10) for n in range(count)])
    return {".shp": shapes, ".shx": index, ".dbf": dbase(fields, rows, encoding, code_page), ".prj": PRJ.encode()}


def write(folder: Path, stem: str, parts: dict[str, bytes]) -> Path:
    """The parts as files; the .shp."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in parts.items():
        (folder / f"{stem}{suffix}").write_bytes(content)
    return folder / f"{stem}.shp"
