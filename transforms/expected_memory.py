"""How much memory loading a delivery takes at most, guessed from its files: rows are known only once they are read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from schemas.contract import Contract

# Bytes of memory a byte of the file (unpacked, where it is packed) at a first delivery, when every row is new. Measured
# on the made district: 2.4 kB a row, whose cells a JSON line names and a DBF pads, and a sheet wraps in tags.
A_BYTE = {"csv": 16, "dbf": 12, "jsonl": 8, "xlsx": 5}
OTHERWISE = 16
LEAST = 200_000_000  # bytes, of whatever delivery


def memory_of(files: Iterable[Path], contract: Contract) -> int:
    """Bytes that loading the files of one delivery needs beside what the process holds anyway (the library's index
    above all). A later snapshot, most of it known, needs a third of that: what is known shows only when it is read.
    """
    return LEAST + A_BYTE.get(contract.reading.format, OTHERWISE) * sum(map(_unpacked, files))


def _unpacked(path: Path) -> int:
    """Bytes of a file, of what is packed in it where it is a workbook or an archive; 0 where it has gone meanwhile."""
    if path.suffix.lower() in (".xlsx", ".zip"):
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as packed:
            return sum(part.file_size for part in packed.infolist())
    with suppress(OSError):
        return path.stat().st_size
    return 0
