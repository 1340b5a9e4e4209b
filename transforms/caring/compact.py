"""compact: the small files of tables about batches are merged. A load writes a file into each of them, so that after a
year of sixty-six feeds every load would open tens of thousands.

Only files of batches that stand in quality.batch are merged, so that what a killed load left stays apart; the rows are
the same before and after. Histories stay a file a batch: a reader opens one feed's alone, releases gather them, and
their order by batch is what folding rests on. Vacuum takes the files that were merged away.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.home import Home
from transforms.lake.lock import care_lock, lake_lock
from transforms.lake.store import ABOUT_BATCHES, BATCH, Lake


@dataclass(frozen=True)
class Compacted:
    """A table, and the files it had before and has now."""

    table: str
    before: int
    after: int


def compact(home: Home) -> list[Compacted]:
    """Merges where there is enough to merge; one entry a table that changed. Run again it finds nothing."""
    done = []
    with care_lock(home), lake_lock(home):
        lake = Lake(home)
        for table in sorted({BATCH, *ABOUT_BATCHES}):
            before = lake.file_count(table)
            if lake.merge_batches(table):
                done.append(Compacted(table, before, lake.file_count(table)))
    return done
