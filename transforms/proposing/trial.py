"""A contract tried on its own sample, in memory and under a key thrown away: what a first load would say."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from schemas.contract_shape import Contract
from transforms.addressing.library import AddressLibrary
from transforms.cleaning.clean import clean
from transforms.cleaning.tokens import Keys
from transforms.keying import addresses_of
from transforms.reading.read import read
from transforms.reading.source import SourceFile


@dataclass(frozen=True)
class Trial:
    """Rows `received` = `sound` + `quarantined` + `ignored`; `rules`: (column, rule) → rows; `levels`: share of the
    sound rows keyed at each level, empty without a library."""

    received: int
    sound: int
    ignored: int
    quarantined: int
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)

    @property
    def keyed(self) -> float:
        """Share of the sound rows keyed to a building or room."""
        return self.levels.get("unit", 0.0) + self.levels.get("building", 0.0)


def without_lists(document: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The contract without the code lists that are not written yet."""
    columns = [
        {
            **column,
            "customProperties": [item for item in column.get("customProperties", []) if item["value"] not in names],
        }
        for column in document["schema"][0]["properties"]
    ]
    return {**document, "schema": [{**document["schema"][0], "properties": columns}]}


def tried_out(files: Sequence[SourceFile], contract: Contract, day: date, library: AddressLibrary | None) -> Trial:
    """Read, clean and key the sample by `contract`. Raises BatchRefused as a load would."""
    whole = read(list(files), contract)
    keys = Keys(*(secrets.token_bytes(32) for _ in range(3)))  # tokens of a trial join with nothing
    cleaned = clean(whole.rows, contract, day, keys)
    faults = pl.concat([whole.quarantined, cleaned.quarantined], how="vertical_relaxed")
    counted = faults.unique(["file_name", "row_number", "column", "rule"]).group_by("column", "rule").len()
    levels: dict[str, float] = {}
    if library is not None and not library.is_empty and cleaned.rows.height:
        from transforms.addressing.key import key_addresses

        answers = key_addresses(addresses_of(cleaned.rows, contract), library)
        found = answers["match_level"].value_counts()
        levels = {level: times / answers.height for level, times in found.iter_rows()}
    return Trial(
        received=whole.received,
        sound=cleaned.rows.height,
        ignored=whole.ignored.height,
        quarantined=faults.select("file_name", "row_number").n_unique() if faults.height else 0,
        rules={(column, rule): rows for column, rule, rows in counted.sort("len", descending=True).iter_rows()},
        levels=levels,
    )
