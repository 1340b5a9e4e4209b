"""What was pulled, dropped into landing as a department would: JSON Lines and a manifest, whole or not at all.

Rows stream into a file whose name says that it is not whole yet. The manifest is put in place first, then the data by
one rename: from that instant the delivery is complete, before it there is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schemas.contract import Contract
from schemas.home import Home
from schemas.server import pulled_name
from transforms.lake.faults import storage_faults
from transforms.landing import sidecar_of

TOLD_EVERY = 10_000  # rows between two tellings of progress


@dataclass(frozen=True)
class Part:
    """A file that is written but does not count yet."""

    path: Path
    rows: int
    size: int  # bytes
    sha256: str


def write_part(
    home: Home, contract: Contract, day: date, rows: Iterable[dict[str, str | None]], tell: Callable[[str, int], Any]
) -> Part:
    """Writes rows as they come; never more than a page of them in memory. What fails leaves no file."""
    folder = home.landing / contract.feed_id
    with storage_faults(home.landing):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f".{pulled_name(contract.feed_id, day)}.{secrets.token_hex(4)}.part"
        digest, count, size = hashlib.sha256(), 0, 0
        try:
            with _created(path) as file:
                for row in rows:
                    line = _line(row)
                    file.write(line)
                    digest.update(line)
                    count, size = count + 1, size + len(line)
                    if count % TOLD_EVERY == 0:
                        tell("pull", count)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Part(path, count, size, digest.hexdigest())


def land(home: Home, contract: Contract, day: date, part: Part, told: dict[str, Any]) -> Path:
    """The part becomes the delivery of this day; `told` joins rows and sha256 in its manifest."""
    path = home.landing / contract.feed_id / pulled_name(contract.feed_id, day)
    aside = sidecar_of(path, contract)
    assert aside is not None, "contracts that pull have a manifest"
    manifest = {"file": path.name, "rows": part.rows, "sha256": part.sha256, **told}
    with storage_faults(home.landing):
        unfinished = aside.with_name(f".{aside.name}.{secrets.token_hex(4)}.part")
        try:
            with _created(unfinished) as file:
                file.write(json.dumps(manifest, ensure_ascii=False, indent=2).encode())
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(aside)
        finally:
            unfinished.unlink(missing_ok=True)
        part.path.replace(path)
    return path


def clear(home: Home, contract: Contract) -> None:
    """Removes what a killed pull left: unfinished files, and manifests whose data never came."""
    folder = home.landing / contract.feed_id
    stem = contract.feed_id.split("__", maxsplit=1)[1]
    with storage_faults(home.landing):
        for path in folder.glob(f".{stem}_*.part"):
            path.unlink(missing_ok=True)
        for path in folder.glob(f"{stem}_*"):
            data = _data_of(path, contract)
            if data is not None and not data.exists():
                path.unlink(missing_ok=True)


def _data_of(path: Path, contract: Contract) -> Path | None:
    """The pulled file a manifest would belong to, None for what is no manifest of one."""
    stem = contract.feed_id.split("__", maxsplit=1)[1]
    digits = path.name.removeprefix(f"{stem}_")[:8]
    if len(digits) != 8 or not digits.isdigit():
        return None
    data = path.with_name(f"{stem}_{digits}.jsonl")
    return data if sidecar_of(data, contract) == path else None


def _created(path: Path) -> Any:
    """For this user alone: it may hold identifiers until it is sealed."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _line(row: dict[str, str | None]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # half of a character: the reader quarantines the row by bad_encoding
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode() + b"\n"
