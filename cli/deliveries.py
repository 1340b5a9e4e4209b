"""Which deliveries the given paths are: a folder may hold several days of a feed."""

from __future__ import annotations

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
    """The deliveries among `paths`, oldest day first: files of one day are one delivery.

    A file counts as given, a shapefile's .shp with the parts beside it. In a folder (or its sub-folder named after the
    feed) names the contract's pattern knows count, or every file when it knows none; flags and manifests beside them
    are found by the receiver. Raises UsageError for a path that is not there or an empty folder.
    """
    from transforms.landing import day_of, split_sidecars

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _in_folder(contract, path)
        elif path.is_file():
            files += _with_parts(contract, path)
        else:
            raise UsageError(f"no file or folder {path}", "give the path of the delivered file")
    data, sidecars = split_sidecars(list(dict.fromkeys(files)), contract)
    by_day: dict[date, list[Path]] = {}
    for file in data:
        by_day.setdefault(day or day_of(file.name, contract) or date.min, []).append(file)
    if len(by_day) <= 1:
        return [Delivery([*data, *sidecars], day)]
    return [Delivery(by_day[each], day) for each in sorted(by_day)]


def _with_parts(contract: Contract, path: Path) -> list[Path]:
    """A layer is one delivery whichever of its files is named."""
    return sorted([path, *parts_beside(path)]) if contract.reading.format == "shp" else [path]


def parts_beside(path: Path) -> list[Path]:
    """The other files of the layer a .shp is the shapes of; of any other file none."""
    if path.suffix.lower() != ".shp":
        return []
    return sorted(one for one in path.parent.iterdir() if one.is_file() and one.stem == path.stem and one != path)


def _in_folder(contract: Contract, folder: Path) -> list[Path]:
    from transforms.landing import day_of, split_sidecars

    inner = folder / contract.feed_id
    folder = inner if inner.is_dir() else folder
    plain = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    data, _ = split_sidecars(plain, contract)
    if not data:
        raise UsageError(f"no delivery of {contract.feed_id} in {folder}", "give the folder its files lie in")
    return [path for path in data if day_of(path.name, contract)] or data
