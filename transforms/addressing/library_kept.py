"""The address library of a lake as every process opens it: its tables are read when they are asked for, its index is
prepared once a version and kept on the disk.

index/<key>.index under the home holds what `build_index` makes of the address tables, the codes of units and
buildings, where these lie, the library's version and the key, and nothing else. It is derived: deleted, damaged, of
other tables or another engine, it is made again. The key is a hash of which versions of the tables it was made of and
of what made it, so a file is never wrong, only superseded; who writes one takes the others away.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.metadata import version as version_of_package
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from schemas.errors import BlockdataError
from schemas.home import REFERENCE, Home
from transforms.addressing.footprints import Footprints
from transforms.addressing.index import Index
from transforms.addressing.index_areas import AreaKeys
from transforms.addressing.index_borne import Borne, Names
from transforms.addressing.index_units import Rooms, WholeTexts
from transforms.addressing.library import COLUMNS, AddressLibrary, Coded, shaped
from transforms.addressing.packed import PackDamaged, read_packed, write_packed
from transforms.addressing.similar_names import Deletions
from transforms.addressing.sorted_keys import SortedKeys
from transforms.lake import edition
from transforms.lake.lock import index_lock
from transforms.lake.store import Lake

ENDING = ".index"


@dataclass(frozen=True)
class Kept:
    """What a file holds, and the key it was kept under: a file laid under another's name is not that other's. The texts
    of `index.exact` that repeat the units' codes are left out of it."""

    key: str
    version: str
    unit_codes: Coded
    building_codes: Coded
    footprints: Footprints | None
    index: Index


_PREPARED = ("unit_codes", "building_codes", "footprints")  # of `Kept`, beside the index
_CLASSES = (Kept, Coded, Footprints, Index, AreaKeys, Borne, Names, Deletions, Rooms, WholeTexts, SortedKeys)


def open_kept(home: Home) -> AddressLibrary:
    """The current library of a lake, whole as of now."""
    key, lake = index_key(home), Lake(home).pinned()  # no operation between two tables
    if index_key(home) != key:  # nor between the key and the tables: of a library that changes just now none is kept
        key = None
    library = _OfLake(lake, key)
    kept = read_index(home, key) if key is not None else None
    if kept is not None:
        library.take(kept)
    return library


def read_index(home: Home, key: str) -> Kept | None:
    """What is kept under a key, None where it is not there or not whole."""
    try:
        kept = read_packed(_path(home, key), _CLASSES)
    except (OSError, PackDamaged):
        return None
    if not isinstance(kept, Kept) or kept.key != key:
        return None
    codes = kept.unit_codes.rows
    whole = replace(kept.index.exact, codes=codes["unit_code"], buildings=codes["building_code"])
    from transforms.addressing.alike import load as load_characters

    load_characters()
    return replace(kept, index=replace(kept.index, exact=whole))


def keep_index(home: Home, key: str, library: AddressLibrary) -> None:
    """Writes the prepared keys of the current library, and takes away what is kept of any other. Says nothing where
    the disk does not let it: the next process prepares them again.
    """
    none = pl.Series([], dtype=pl.String)
    index = replace(library.index, exact=replace(library.index.exact, codes=none, buildings=none))
    prepared = {name: getattr(library, name) for name in _PREPARED}
    kept = Kept(key, library.version, index=index, **prepared)
    path = _path(home, key)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("w+b") as file:
                write_packed(kept, file)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        forget_indexes(home, key)


def forget_indexes(home: Home, current: str | None) -> None:
    """Takes away every kept index but the current one, and what killed processes left half. The caller holds the lock
    of the index. Who has one of them open goes on reading it.
    """
    for path in sorted(home.index.glob(f"*{ENDING}*")) + sorted(home.index.glob(f".*{ENDING}.*")):
        if current is None or path.name != f"{current}{ENDING}":
            path.unlink(missing_ok=True)


def index_key(home: Home) -> str | None:
    """What the index of the current library is called; None while there is no library."""
    written = edition.written_now(Lake(home))
    if not written:
        return None
    told = json.dumps([_engine(), written])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@cache
def _engine() -> str:
    """What an index depends on beside the library: this package, the reference it reads, how Polars hashes here."""
    digest = hashlib.sha256()
    for path in [*sorted(Path(__file__).parent.rglob("*.py")), *sorted(REFERENCE.glob("*.csv"))]:
        digest.update(path.read_bytes())
    hashes = pl.Series(["", "3栋", "统一地址编码 440304001001010000100001"]).hash(7).to_list()
    digest.update(f"{pl.__version__} {version_of_package('opencc-python-reimplemented')} {hashes}".encode())
    return digest.hexdigest()


def _path(home: Home, key: str) -> Path:
    return home.index / f"{key}{ENDING}"


class _OfLake(AddressLibrary):
    """A library whose tables stay in the lake until somebody asks for them."""

    def __init__(self, lake: Lake, key: str | None) -> None:
        self.__dict__.update(_lake=lake, _key=key, _reading=Lock())

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS:
            raise AttributeError(name)
        with self.__dict__["_reading"]:
            if name not in self.__dict__:
                self.__dict__[name] = shaped(self.__dict__["_lake"].read(f"address.{name}"), COLUMNS[name])
        return self.__dict__[name]

    def take(self, kept: Kept) -> None:
        """What is kept need not be prepared."""
        self.__dict__.update({name: getattr(kept, name) for name in ("version", *_PREPARED, "index")})

    @cached_property
    def index(self) -> Index:
        """The keys of every stage: those kept, else prepared now and kept."""
        home, key = self.__dict__["_lake"].home, self.__dict__["_key"]
        if key is None:
            return self._whole().index
        with ExitStack() as held:  # one process prepares them, the others wait; where none may lock, each its own
            with suppress(BlockdataError, OSError):
                held.enter_context(index_lock(home))
            kept = read_index(home, key)  # another process may have prepared them meanwhile
            if kept is not None:
                self.take(kept)
                return kept.index
            whole = self._whole()
            self.__dict__.update({name: getattr(whole, name) for name in _PREPARED})
            prepared = whole.index
            if index_key(home) == key:
                keep_index(home, key, whole)
            return prepared

    def _whole(self) -> AddressLibrary:
        whole = AddressLibrary.from_frames({name: getattr(self, name) for name in COLUMNS})
        whole.__dict__["version"] = self.version
        return whole
