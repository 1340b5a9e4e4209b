"""One contract file is the whole feed: schemas/feeds/<department>/<feed>.yaml, read and checked.

What a contract may say stands in schemas/contract_shape.py, what must fit together in schemas/contract_check.py.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from schemas.contract_check import check
from schemas.contract_shape import (
    DIRECT_IDENTIFIERS,
    Column,
    ColumnMeaning,
    Complete,
    Contract,
    Delivery,
    Description,
    FeedMeaning,
    Limits,
    Member,
    Quality,
    Reading,
    Role,
    Schedule,
    SchemaObject,
    Subject,
    Team,
    TypeOptions,
)
from schemas.custom_property import CustomProperty
from schemas.declaration import declare
from schemas.errors import ContractError, UsageError
from schemas.server import Server

__all__ = [
    "DIRECT_IDENTIFIERS",
    "Column",
    "ColumnMeaning",
    "Complete",
    "Contract",
    "CustomProperty",
    "Delivery",
    "Description",
    "FeedMeaning",
    "Limits",
    "Member",
    "Quality",
    "Reading",
    "Role",
    "Schedule",
    "SchemaObject",
    "Server",
    "Subject",
    "Team",
    "TypeOptions",
    "contract_of",
    "contract_path",
    "feed_ids",
    "feeds_folder",
    "load_contract",
    "load_contracts",
]


def load_contract(path: Path) -> Contract:
    """One contract file, or ContractError naming file, key and mend.

    Read once while it stays as it is: a load asks four times for the contract of its feed.
    """
    try:
        told = path.stat()
    except OSError:
        return _read(path)
    return _standing(path, os.environ.get("BLOCKDATA_FEEDS"), told.st_mtime_ns, told.st_size, told.st_ino)


@lru_cache(maxsize=256)
def _standing(path: Path, feeds: str | None, *version: int) -> Contract:
    """A contract as it stands: the file, and the folder whose code lists it may name."""
    return _read(path)


def _read(path: Path) -> Contract:
    contract = declare(path, Contract)
    check(contract, path)
    if path.parent.name != contract.department or path.stem != contract.feed_id.split("__")[1]:
        raise ContractError(
            str(path), "id", f"{contract.id} does not stand in feeds/<department>/<feed>.yaml", "move or rename"
        )
    return contract


def load_contracts(folder: Path | None = None) -> dict[str, Contract]:
    """Every contract under `folder` (default: BLOCKDATA_FEEDS or schemas/feeds), by feed id, sorted."""
    contracts = [load_contract(path) for path in sorted(feeds_folder(folder).glob("*/*.yaml"))]
    return {contract.feed_id: contract for contract in contracts}


def contract_path(feed_id: str, folder: Path | None = None) -> Path:
    """Where the contract of a feed stands or would stand."""
    department, _, feed = feed_id.partition("__")
    return feeds_folder(folder) / department / f"{feed}.yaml"


def contract_of(feed_id: str, folder: Path | None = None) -> Contract:
    """The contract of one feed, or UsageError saying which feeds there are."""
    path = contract_path(feed_id, folder)
    if not path.is_file():
        known = ", ".join(f"{item.parent.name}__{item.stem}" for item in sorted(feeds_folder(folder).glob("*/*.yaml")))
        raise UsageError(f"feed {feed_id!r} has no contract", f"write {path}, or use one of: {known}")
    return load_contract(path)


def feed_ids(folder: Path | None = None) -> list[str]:
    """The feeds there are, by the names of their contract files, which are not read."""
    return [f"{path.parent.name}__{path.stem}" for path in sorted(feeds_folder(folder).glob("*/*.yaml"))]


def feeds_folder(folder: Path | None = None) -> Path:
    """`folder`, else BLOCKDATA_FEEDS, else the contracts of this package. UsageError if it is not there."""
    found = Path(folder or os.environ.get("BLOCKDATA_FEEDS") or Path(__file__).parent / "feeds")
    if not found.is_dir():
        raise UsageError(f"there is no folder of contracts {found}", "mend BLOCKDATA_FEEDS, or unset it")
    return found
