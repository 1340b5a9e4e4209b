"""Which deliveries the given paths are: a folder may hold several days of a feed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from schemas.contract import Contract


@dataclass(frozen=True)
class Delivery:
    """Files handed over together. `day` is None when only the files' names can tell it."""

    files: list[Path]
    day: date | None


def of(contract: Contract, paths: Sequence[Path], day: date | None) -> list[Delivery]:
    """The deliveries among `paths`, oldest day first.

    A file counts as given. In a folder (or its sub-folder named after the feed) only names the contract's pattern
    knows count, so flags and manifests beside them are left to be found by the receiver; when none fits and `day`
    is given, every plain file counts. Raises UsageError for a path that is not there or a folder without a delivery.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _in_folder(contract, path, day)
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError(f"no file or folder {path}", "give the path of the delivered file")
    if day is not None:
        return [Delivery(files, day)]
    by_day: dict[str, list[Path]] = {}
    for file in files:
        by_day.setdefault(_day_in_name(contract, file), []).append(file)
    return [Delivery(by_day[each], None) for each in sorted(by_day)]


def _in_folder(contract: Contract, folder: Path, day: date | None) -> list[Path]:
    inner = folder / contract.feed_id
    folder = inner if inner.is_dir() else folder
    plain = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    known = [path for path in plain if _day_in_name(contract, path)]
    if known or (day is not None and plain):
        return known or plain
    pattern = contract.delivery.file_pattern
    raise UsageError(f"no delivery of {contract.feed_id} in {folder}", f"names must match {pattern}, or give --day")


def _day_in_name(contract: Contract, file: Path) -> str:
    found = re.search(contract.delivery.file_pattern, file.name)
    return found["day"].replace("-", "") if found else ""
