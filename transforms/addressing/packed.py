"""Prepared keys as one file: frames, arrays and plain values of frozen dataclasses, read by mapping it into memory.

    magic "BDINDEX1" · sections, each at a multiple of 64 bytes · tree (JSON) · its length (8 bytes) · CRC-32 of
    everything before (4 bytes) · magic

A section is an array as it lies in memory or a frame as an Arrow stream. The tree says which class holds what. Reading
goes through every byte once, for the checksum, and copies none: frames and arrays lie in the mapped file, which
processes share and the system may drop from memory again.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl

MAGIC = b"BDINDEX1"
ALIGNED = 64
END = 8 + 4 + len(MAGIC)  # bytes behind the tree


class PackDamaged(Exception):
    """The file is cut, changed, or of another kind; one that is not there is an OSError."""


def write_packed(value: Any, file: IO[bytes]) -> None:
    """Writes frozen dataclasses of frames, series, arrays and plain values. Fields with a default of their own making
    (what is remembered while working) are left out.
    """
    file.write(MAGIC)
    tree = json.dumps(_written(value, file), ensure_ascii=False).encode()
    file.write(tree + len(tree).to_bytes(8, "little"))
    file.flush()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        check = zlib.crc32(content)
    file.write(check.to_bytes(4, "little") + MAGIC)
    file.flush()
    os.fsync(file.fileno())


def read_packed(path: Path, classes: Iterable[type]) -> Any:
    """What was written, of these classes; PackDamaged where the file is not whole, OSError where there is none."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < len(MAGIC) + END:
            raise PackDamaged(path.name)
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    whole = memoryview(content)
    length, check = (
        int.from_bytes(whole[-END : -END + 8], "little"),
        int.from_bytes(whole[-END + 8 : -END + 12], "little"),
    )
    is_whole = whole[: len(MAGIC)] == MAGIC and whole[-len(MAGIC) :] == MAGIC and zlib.crc32(whole[: -END + 8]) == check
    if not is_whole:
        raise PackDamaged(path.name)
    try:
        return _read(json.loads(bytes(whole[-END - length : -END])), whole, {each.__name__: each for each in classes})
    except (KeyError, TypeError, ValueError) as error:  # whole, but of another shape
        raise PackDamaged(path.name) from error


def _written(value: Any, file: IO[bytes]) -> dict[str, Any]:
    told: dict[str, Any]
    match value:
        case pl.DataFrame():
            told = {"frame": _section(value, file)}
        case pl.Series():
            told = {"series": _section(value.to_frame(), file)}
        case np.ndarray():
            at = _aligned(file)
            file.write(value.tobytes())
            told = {"array": [at, file.tell() - at], "of": value.dtype.str}
        case np.generic():
            told = {"number": value.item(), "of": value.dtype.str}
        case frozenset():
            told = {"set": sorted(value)}
        case str() | int() | float() | None | list():
            told = {"plain": value}
        case _ if is_dataclass(value):
            names = [field.name for field in fields(value) if field.default_factory is MISSING]
            held = {name: _written(getattr(value, name), file) for name in names}
            told = {"class": type(value).__name__, "fields": held}
        case _:
            raise TypeError(f"{type(value).__name__} is not packed")
    return told


def _section(frame: pl.DataFrame, file: IO[bytes]) -> list[int]:
    import pyarrow as pa

    at = _aligned(file)
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return [at, file.tell() - at]


def _aligned(file: IO[bytes]) -> int:
    file.write(b"\0" * (-file.tell() % ALIGNED))
    return file.tell()


def _read(node: dict[str, Any], whole: memoryview, classes: dict[str, type]) -> Any:
    value: Any
    match node:
        case {"frame": [at, size]}:
            value = _frame(whole[at : at + size])
        case {"series": [at, size]}:
            value = _frame(whole[at : at + size]).to_series()
        case {"array": [at, size], "of": dtype}:
            value = np.frombuffer(whole[at : at + size], dtype)
        case {"number": number, "of": dtype}:
            value = np.dtype(dtype).type(number)
        case {"set": members}:
            value = frozenset(members)
        case {"plain": value}:
            pass
        case {"class": name, "fields": told}:
            value = classes[name](**{field: _read(each, whole, classes) for field, each in told.items()})
        case _:
            raise ValueError("no such node")
    return value


def _frame(section: memoryview) -> pl.DataFrame:
    import pyarrow as pa

    return pl.DataFrame(pa.ipc.open_stream(pa.py_buffer(section)).read_all())
