"""The conservation law: received = inserted + updated + unchanged + duplicates + ignored + quarantined + refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

PARTS = ("inserted", "updated", "unchanged", "duplicates", "ignored", "quarantined", "refused")
LEVELS = ("unit", "building", "estate", "grid", "community", "outside")


@dataclass(frozen=True)
class Counts:
    """Rows of one batch, at the gate `load`. `deleted` counts records a snapshot no longer holds: nobody sent them."""

    received: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    ignored: int = 0
    quarantined: int = 0
    refused: int = 0
    deleted: int = 0
    keyed_unit: int = 0
    keyed_building: int = 0
    keyed_estate: int = 0
    keyed_grid: int = 0
    keyed_community: int = 0
    keyed_outside: int = 0
    unkeyed: int = 0

    @property
    def loaded(self) -> int:
        """Rows that became a change of the history."""
        return self.inserted + self.updated

    @property
    def is_balanced(self) -> bool:
        """True when no row was lost or counted twice, at the door and at keying."""
        kept = sum(getattr(self, part) for part in PARTS)
        keyed = sum(getattr(self, f"keyed_{level}") for level in LEVELS) + self.unkeyed
        return self.received == kept and self.loaded == keyed

    def as_dict(self) -> dict[str, int]:
        """Every count by name, `loaded` too."""
        return {**asdict(self), "loaded": self.loaded}

    def as_row(self, gate: str = "load") -> pl.DataFrame:
        """The line of quality.reconciliation."""
        return pl.DataFrame([{"gate": gate, **self.as_dict(), "is_balanced": self.is_balanced}])


def keyed_levels(match_level: pl.Series) -> dict[str, int]:
    """Rows by level as fields of Counts; a level nobody declares counts as unkeyed, so that the sum still holds."""
    found: Mapping[str, int] = dict(match_level.fill_null("none").value_counts().iter_rows())
    counts = {f"keyed_{level}": found.get(level, 0) for level in LEVELS}
    return {**counts, "unkeyed": len(match_level) - sum(counts.values())}
