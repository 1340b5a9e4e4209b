"""Which column of the file is which column of the contract."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.contract import Column, Contract, Role
from schemas.errors import BatchRefused
from transforms.reading.quarantine import shape_mask
from transforms.reading.source import Warning_


@dataclass(frozen=True)
class Matched:
    """`positions`: lake name → position in the file. `warnings`: extra, reordered, renamed columns."""

    positions: dict[str, int]
    warnings: list[Warning_]


def fold(header: str) -> str:
    """A header without what typists vary: width, spaces, line breaks, case."""
    return "".join(unicodedata.normalize("NFKC", header).split()).strip("﻿*").casefold()


def file_columns(contract: Contract) -> list[Column]:
    """The columns a header may name: all but the geometry, which formats carry apart."""
    return [column for column in contract.columns if column.role is not Role.GEOMETRY]


def known_headers(contract: Contract) -> dict[str, tuple[str, bool]]:
    """Folded header → (lake name, is an alias)."""
    known: dict[str, tuple[str, bool]] = {}
    for column in file_columns(contract):
        for alias in column.meaning.aliases:
            known[fold(alias)] = (column.name, True)
    for column in file_columns(contract):
        known[fold(column.header)] = (column.name, False)
    return known


def count_known(header: Sequence[str | None], contract: Contract) -> int:
    """How many columns of the contract this line names."""
    known = known_headers(contract)
    return len({known[fold(cell)][0] for cell in header if cell and fold(cell) in known})


def match_header(header: Sequence[str], contract: Contract, file: str, *, sparse: bool = False) -> Matched:
    """The position of every contract column in `header`.

    `sparse` (JSON Lines): columns that are not required may be absent. Raises BatchRefused: duplicate_column,
    missing_column.
    """
    known = known_headers(contract)
    positions: dict[str, int] = {}
    warnings: list[Warning_] = []
    seen: dict[str, int] = {}
    for position, cell in enumerate(header):
        folded = fold(cell)
        if not folded:
            continue
        name, is_alias = known.get(folded, ("", False))
        if folded in seen or name in positions:
            raise BatchRefused(
                "duplicate_column",
                "two columns carry this header",
                "have one of them renamed",
                file=file,
                column=cell.strip() if name else _place(position, cell),
            )
        seen[folded] = position
        if not name:
            warnings.append(Warning_("extra_column", "not in the contract, left out", file, _place(position, cell)))
            continue
        positions[name] = position
        if is_alias:
            warnings.append(Warning_("renamed_column", f"came as {cell.strip()}", file, name))
    missing = [c for c in file_columns(contract) if c.name not in positions and (c.required or not sparse)]
    if missing:
        raise BatchRefused(
            "missing_column",
            f"{len(missing)} of {len(file_columns(contract))} columns are not in the file: "
            + ", ".join(column.header for column in missing),
            "have them added, or name their new headers under aliases in the contract",
            file=file,
            column=missing[0].header,
        )
    order = [positions[column.name] for column in file_columns(contract) if column.name in positions]
    if not sparse and order != sorted(order):
        warnings.append(Warning_("reordered_column", "the columns come in another order than in the contract", file))
    return Matched(positions, warnings)


def _place(position: int, header: str) -> str:
    """What a header the contract does not know is called: without a header line it is somebody's data."""
    shape = pl.select(shape_mask(pl.lit(header.strip()))).item()
    return f"column {position + 1} ({shape})"
