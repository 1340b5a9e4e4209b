"""What lies in a landing folder or is named by a command: data, the files that say it is complete, their day.

Complete is what the contract says: a flag beside the file, a manifest beside it, or unchanged for some seconds.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schemas.contract import Contract, contract_of
from schemas.errors import BatchRefused, BlockdataError, UsageError
from schemas.home import Home
from transforms.file_names import shown_name
from transforms.lake.faults import storage_faults
from transforms.lake.release_files import sha256_of
from transforms.reading.source import SourceFile
from transforms.whole_set import lacking

COPYING = (".part", ".tmp", ".filepart", ".crdownload")


def find_deliveries(feed_id: str, home: Home, contract: Contract | None = None) -> list[list[Path]]:
    """Complete deliveries in landing/<feed id>, oldest day first; those of no readable day last.

    Files of one day are one delivery: while one of them is unfinished the whole day waits. Flags and manifests are
    found again beside the data and not listed. A return sheet is no delivery (see `transforms/replaying/dropped.py`).
    Who has read the contract already gives it.
    """
    contract = contract or contract_of(feed_id)
    folder = home.landing / feed_id
    if not folder.is_dir():
        return []
    present = sorted(path for path in folder.iterdir() if path.is_file())
    data, _ = split_sidecars([path for path in present if not is_being_copied(path.name)], contract)
    growing = {day_of(path.name, contract) for path in present if is_being_copied(path.name)}
    deliveries: dict[tuple[date, str], list[Path]] = defaultdict(list)
    for path in without_sheets(data, feed_id, home):
        day = day_of(path.name, contract)
        deliveries[(day or date.max, "" if day else path.stem)].append(path)
    return [
        files
        for (day, _), files in sorted(deliveries.items())
        if day not in growing
        and all(is_complete(path, contract) for path in files)
        and not lacking([path.name for path in files], contract, _manifests(files, contract))
    ]


def without_sheets(paths: Sequence[Path], feed_id: str, home: Home) -> list[Path]:
    """The files but for return sheets, which are workbooks: other files are not opened."""
    books = [path for path in paths if path.suffix.lower() == ".xlsx"]
    if not books:
        return list(paths)
    from transforms.replaying.dropped import sheets_among

    sheets = sheets_among(books, feed_id, home)
    return [path for path in paths if path not in sheets]


def is_being_copied(name: str) -> bool:
    """True for names that copying programs use until a file is whole."""
    return name.startswith(".") or name.lower().endswith(COPYING)


def is_complete(path: Path, contract: Contract) -> bool:
    """True when the delivery of this file has ended as the contract says."""
    complete = contract.delivery.complete
    if complete.stable_seconds is not None:
        return unchanged_for(path) >= complete.stable_seconds
    sidecar = sidecar_of(path, contract)
    return sidecar is not None and sidecar.is_file()


def unchanged_for(path: Path) -> float:
    """Seconds since a file was last written; -1 for one that another load has just taken.

    A file from the future was written before the clock was set back, by a share whose clock goes ahead, or keeps the
    time of the machine it came from. What is written now bears the time its disk has now: a nameless file tells that.
    """
    try:
        changed = path.stat().st_mtime
        age = time.time() - changed
        if age < 0:
            with tempfile.TemporaryFile(dir=path.parent) as written_now:
                age = os.fstat(written_now.fileno()).st_mtime - changed
            return age if age >= 0 else math.inf
    except OSError:  # gone, or the folder may not be written: it waits
        return -1
    return age


def waiting(feed_id: str, home: Home, *, draft: bool = False) -> list[tuple[str, str]]:
    """What lies in landing/<feed id> and is not taken yet, by the name it may be called, and what it waits for."""
    contract, folder = contract_of(feed_id), home.landing / feed_id
    present = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    data, _ = split_sidecars(present, contract)
    deliveries = set(without_sheets([path for path in data if not is_being_copied(path.name)], feed_id, home))
    told = []
    for number, path in enumerate(data, start=1):
        name, aside = shown_name(path.name, contract, None, number), sidecar_of(path, contract)
        if contract.is_draft and not draft:
            why = "its contract is a draft; to try it: --draft"
        elif is_being_copied(path.name):
            why = "by its name it is still being copied"
        elif path not in deliveries:
            why = "a return sheet: `blockdata return take` takes it back, or the feed's next run in Airflow"
        elif is_complete(path, contract):
            why = "other files of its day are not there, or not complete"
        elif aside is None:
            why = f"it must lie unchanged for {contract.delivery.complete.stable_seconds:g} seconds"
        else:
            why = f"{aside.name if name == path.name else 'its flag or manifest'} is not there"
        told.append((name, why))
    return told


def sidecar_of(path: Path, contract: Contract) -> Path | None:
    """The flag or manifest that belongs to a data file, whether it is there or not; None when the contract has none."""
    template = contract.delivery.complete.flag or contract.delivery.complete.manifest
    if template is None:
        return None
    day = day_of(path.name, contract) if "{day}" in template else None
    return path.with_name(template.format(stem=path.stem, name=path.name, day=f"{day:%Y%m%d}" if day else "no_day"))


def split_sidecars(paths: Sequence[Path], contract: Contract) -> tuple[list[Path], list[Path]]:
    """Data files, and flags or manifests among them."""
    aside = [path for path in paths if _is_sidecar(path.name, contract)]
    return [path for path in paths if path not in aside], aside


def split_originals(files: Sequence[SourceFile], contract: Contract) -> tuple[list[SourceFile], list[SourceFile]]:
    """The same for files in memory."""
    aside = [_is_sidecar(file.name, contract) for file in files]
    return (
        [file for file, is_aside in zip(files, aside, strict=True) if not is_aside],
        [file for file, is_aside in zip(files, aside, strict=True) if is_aside],
    )


def day_of(name: str, contract: Contract) -> date | None:
    """The delivery day a file name tells by the contract's pattern; None when it tells none that exists."""
    name = _finished_name(name)
    if contract.reading.format == "shp":
        name = Path(name).with_suffix(".shp").name  # a shapefile's parts are of its day
    found = re.search(contract.delivery.file_pattern, name)
    digits = re.sub(r"\D", "", found["day"]) if found and found["day"] else ""
    if len(digits) != 8:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def read_file(path: Path) -> tuple[SourceFile, BatchRefused | None]:
    """A file into memory, and incomplete_delivery when it changed meanwhile or by its name is still being copied.

    Raises BlockdataError for a file that cannot be read.
    """
    with _readable(path):
        before = path.stat()
        content = path.read_bytes()
        after = path.stat()
    file = SourceFile(path.name, content)
    if is_being_copied(path.name):
        return file, _incomplete("by its name a file is still being copied")
    if len(content) != after.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return file, _incomplete("a file changed while it was read")
    return file, None


def check_complete(data: Sequence[Path], contract: Contract) -> None:
    """Raises BatchRefused incomplete_delivery when the contract's way of completeness is not met."""
    for number, path in enumerate(sorted(data), start=1):
        if not is_complete(path, contract):
            name, aside = shown_name(path.name, contract, None, number), sidecar_of(path, contract)
            if aside is None:
                raise _incomplete(f"{name} was changed a moment ago")
            raise _incomplete(f"{aside.name if name == path.name else 'the flag or manifest of a file'} is not there")
    check_whole([path.name for path in data], contract, _manifests(data, contract))


def check_whole(names: Sequence[str], contract: Contract, manifests: Sequence[bytes]) -> None:
    """Raises BatchRefused incomplete_delivery for a set of files of which some are not there."""
    absent = lacking(names, contract, manifests)
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise _incomplete(f"{', '.join(absent[:5])}{more} is not there")


@dataclass(frozen=True)
class Manifest:
    """What a department says of its file: data rows and checksum, where it says them; of a pulled one how far its
    watermark column reaches."""

    rows: int | None
    sha256: str | None
    watermark: str | None = None


def manifest_of(data_name: str, sidecar: SourceFile) -> Manifest:
    """The lines of a manifest about one data file: at top level, or under `files` by `name` or `file`."""
    try:
        document: Any = json.loads(sidecar.content)
        entries = document.get("files", [document])
        entry = next(item for item in entries if item.get("name", item.get("file", data_name)) == data_name)
        rows, sha256, mark = entry.get("rows"), entry.get("sha256"), entry.get("watermark")
        return Manifest(
            None if rows is None else int(rows),
            None if sha256 is None else str(sha256).lower(),
            None if mark is None else str(mark),
        )
    except (ValueError, AttributeError, TypeError, OverflowError, RecursionError, StopIteration):
        raise BatchRefused(
            "manifest_mismatch", "the manifest does not tell rows and sha256 of its file", _SEND_AGAIN
        ) from None


def check_manifests(data: Sequence[SourceFile], sidecars: Sequence[SourceFile], contract: Contract) -> int | None:
    """Compares checksums with the manifests that are there; the rows they promise together, None when one is silent.

    Raises BatchRefused manifest_mismatch.
    """
    if contract.delivery.complete.manifest is None:
        return None
    by_name = {sidecar.name: sidecar for sidecar in sidecars}
    promised: list[int | None] = []
    for file in data:
        expected = sidecar_of(Path(file.name), contract)
        sidecar = by_name.get(expected.name) if expected else None
        if sidecar is None:
            promised.append(None)
            continue
        manifest = manifest_of(file.name, sidecar)
        found = file.sha256.hex()
        if manifest.sha256 is not None and manifest.sha256 != found:
            raise BatchRefused("manifest_mismatch", f"the checksum of {file.base_name} is another one", _SEND_AGAIN)
        promised.append(manifest.rows)
    known = [rows for rows in promised if rows is not None]
    return sum(known) if len(known) == len(promised) else None


def watermark_of(data: Sequence[SourceFile], sidecars: Sequence[SourceFile], contract: Contract) -> str | None:
    """How far a pulled delivery reaches by its manifest; None for one that was not pulled or reaches no further."""
    if contract.source is None or len(data) != 1:
        return None
    expected = sidecar_of(Path(data[0].name), contract)
    found = next((file for file in sidecars if expected is not None and file.name == expected.name), None)
    try:
        return manifest_of(data[0].name, found).watermark if found is not None else None
    except BatchRefused:
        return None


def check_rows(promised: int | None, received: int, ignored: int) -> None:
    """Compares the rows a manifest promised with those read; lines of titles and totals may be counted or not."""
    if promised is not None and promised not in (received, received - ignored):
        raise BatchRefused(
            "manifest_mismatch",
            f"the manifest says {promised} rows, the file has {received}",
            _SEND_AGAIN,
            received=received,
        )


def remove_originals(home: Home, contract: Contract, originals: Sequence[SourceFile]) -> None:
    """Removes from landing what is sealed and stands in quality.batch, with its flags; files elsewhere stay."""
    folder = home.landing / contract.feed_id
    if not folder.is_dir():
        return
    sealed = {(original.name, original.sha256.hex()) for original in originals}
    names = {original.name for original in originals}
    with storage_faults(folder):
        taken = [
            path
            for path in sorted(path for path in folder.iterdir() if path.name in names and path.is_file())
            if (path.name, sha256_of(path)) in sealed
        ]
        # Data first: of a killed removal no file must be left that still looks complete without its companions.
        for path in taken:
            path.unlink(missing_ok=True)
        for aside in {aside for path in taken if (aside := sidecar_of(path, contract)) is not None}:
            aside.unlink(missing_ok=True)


def existing(paths: Sequence[Path]) -> list[Path]:
    """The paths, each once, or UsageError for one that is no file."""
    if not paths:
        raise UsageError("no file given", "name the delivered files")
    for path in paths:
        with _readable(path):
            if not path.is_file():
                raise UsageError(f"no file {path}", "give the path of a delivered file")
    return sorted(set(paths))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What keeps a delivered file from being read, said to the person who can mend it."""
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"no file {path}", "give the path of a delivered file") from None
    except PermissionError:
        raise BlockdataError(
            f"{path} may not be read by this user", "give the user of this process read access, then run again"
        ) from None
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise BlockdataError(f"{path} cannot be read: {reason}", "look at the disk or share it lies on") from None


def no_day(names: Sequence[str], contract: Contract) -> BatchRefused:
    """The refusal of a delivery whose day nobody told. Only a name the contract foresees is said."""
    told = ", ".join(shown_name(name, contract, None, at) for at, name in enumerate(sorted(names), start=1))
    return BatchRefused(
        "no_day",
        f"neither --day nor the name tells the delivery day: {told}",
        f"give --day, or name the file like {contract.delivery.file_pattern}",
    )


def _manifests(data: Sequence[Path], contract: Contract) -> list[bytes]:
    """Contents of the manifests beside these files."""
    if contract.delivery.complete.manifest is None:
        return []
    found = []
    for aside in sorted({aside for path in data if (aside := sidecar_of(path, contract)) is not None}):
        with suppress(OSError):  # not there, or taken by another load a moment ago
            found.append(aside.read_bytes())
    return found


def _incomplete(reason: str) -> BatchRefused:
    return BatchRefused("incomplete_delivery", reason, "wait until the department has finished, then load again")


def _is_sidecar(name: str, contract: Contract) -> bool:
    template = contract.delivery.complete.flag or contract.delivery.complete.manifest
    if template is None or re.search(contract.delivery.file_pattern, name):
        return False
    pattern = re.escape(template).replace(r"\{stem\}", ".+").replace(r"\{name\}", ".+").replace(r"\{day\}", r"\d{8}")
    return re.fullmatch(pattern, name) is not None


def _finished_name(name: str) -> str:
    name = name.lstrip(".")
    return next((name[: -len(suffix)] for suffix in COPYING if name.lower().endswith(suffix)), name)


_SEND_AGAIN = "ask the department to send file and manifest again"
