"""What a source tells beside its rows, and which of its columns are the contract's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from schemas.contract import Column, Contract
from schemas.server import ApiServer, DatabaseServer
from transforms.connecting.fault import PullFault
from transforms.connecting.mark import Highest, Mark
from transforms.reading.headers import file_columns, fold, known_headers

Source = TypeVar("Source", DatabaseServer, ApiServer)


@dataclass(frozen=True)
class Ask(Generic[Source]):
    """What a source is asked for: a feed's rows of a day, from `begin` on where the feed has a watermark."""

    contract: Contract
    source: Source
    begin: Mark | None
    day: date


@dataclass
class Telling:
    """`highest`: the watermark of the rows, where the feed has one.

    `doubt`: why rows may be missing or double, so that only a second, equal answer settles it. `contradiction`: the
    source disagrees with itself and no second answer helps. `unknown`: columns the contract does not know, not taken.
    """

    highest: Highest | None = None
    requests: int = 0
    doubt: str = ""
    contradiction: str = ""
    unknown: set[str] = field(default_factory=set)

    def remarks(self) -> list[str]:
        """What a person should know of it."""
        names = ", ".join(sorted(name[:40] for name in self.unknown)[:10])
        told = [f"{len(self.unknown)} columns are not in the contract and were not taken: {names}"] if names else []
        return told + (self.highest.remarks() if self.highest is not None else [])


def taken_columns(contract: Contract) -> list[Column]:
    """What is asked of a source: not what never passes cleaning, unless a row is no row without it."""
    return [column for column in file_columns(contract) if column.required or not column.is_dropped]


def chosen(names: Sequence[str], contract: Contract, telling: Telling) -> dict[str, str]:
    """Lake name → the source's name of the column; its header goes before its aliases."""
    known, taken = known_headers(contract), {column.name for column in taken_columns(contract)}
    found: dict[str, tuple[bool, str]] = {}
    for name in names:
        lake_name, is_alias = known.get(fold(name), ("", False))
        if not lake_name:
            telling.unknown.add(name)
        elif lake_name in taken and (lake_name not in found or found[lake_name][0] > is_alias):
            found[lake_name] = (is_alias, name)
    return {lake_name: name for lake_name, (_, name) in found.items()}


def missing(found: Iterable[str], contract: Contract, *, required_only: bool) -> list[str]:
    """Headers of columns the source has not, by their lake names `found`."""
    there = set(found)
    columns = [column for column in taken_columns(contract) if column.required or column.key or not required_only]
    return [column.header for column in columns if column.name not in there]


def refuse_missing(headers: Sequence[str], contract: Contract, telling: Telling) -> None:
    """PullFault when columns are missing: the source's schema has changed."""
    if headers:
        unknown = ", ".join(sorted(name[:40] for name in telling.unknown)[:10])
        raise PullFault(
            contract,
            f"the source has no column {', '.join(headers)}" + (f"; it has, unknown to us: {unknown}" * bool(unknown)),
            "have it back, or name its new header under aliases in the contract",
        )
