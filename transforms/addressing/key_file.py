"""Key a column of any file, to the current library or to a list of one's own, in pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.own_list import OwnList, own_list, to_ids
from transforms.addressing.parse import parse_addresses
from transforms.addressing.shapes import in_threads
from transforms.addressing.tabular import Progress, read_chunks, write_beside

# Reasons speak of a library; who gave a list has entries.
OF_A_LIST = {
    "the library lacks this room": "the list has no entry for this room",
    "no building of this name and number": "no entry of this name and number",
    "a tie between several buildings": "a tie between several entries",
    "several units bear this room number": "several entries bear this room number",
    "the estate is known, the building is not": "the list knows the estate, not this building",
}
WRITTEN_CODE = r"^([0-9]{14}[0-9T*]{5}(?:[0-9*]{6})?)$"
ADDED = (
    "match_level", "unit_code", "building_code", "area_code", "match_method", "match_score", "match_margin",
    "proposed_room", "candidates", "reason",
)  # fmt: skip


def key_file(
    path: Path,
    column: str,
    out: Path,
    *,
    home: Home | None = None,
    against: Path | None = None,
    id: str = "id",
    name: str = "name",
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> dict[str, int]:
    """Key `column` of `path` and write `out` with the input columns and what was found; rows by match_level.

    Without `against`, to the current library of `home` (adds ADDED); with it, to the table `against` by its columns
    `id` and `name` (adds matched_id, match_level, match_method, match_score, match_margin, candidates, reason).
    `note` hears of entries of that table without id or name, which nothing can be keyed to. Raises UsageError for a
    missing column, library or file, BlockdataError for repeated ids.
    """
    listed = None
    if against is not None:
        entries = read_list(against, id, name)
        unnamed = entries.filter(pl.any_horizontal(pl.col("id", "name").str.strip_chars().fill_null("") == "")).height
        if unnamed and note is not None:
            note(
                f"{against.name}: {unnamed:,} of {entries.height:,} entries have no {id} or no {name}: "
                "nothing finds them"
            )
        listed = own_list(entries)
    library = listed.library if listed is not None else current_library(home or Home.from_environment())
    _ = library.index  # made once, before the threads need it
    levels: Counter[str] = Counter()

    def keyed(frame: pl.DataFrame) -> pl.DataFrame:
        return key_column(frame[column], library, listed, threads=1)

    for found in write_beside(path, [column], out, keyed, progress):
        levels.update(dict(found["match_level"].value_counts().iter_rows()))
    return dict(sorted(levels.items()))


def key_column(
    texts: pl.Series, library: AddressLibrary, listed: OwnList | None = None, threads: int | None = None
) -> pl.DataFrame:
    """The answers for a column of address texts, in order, without `row`."""
    texts = texts.cast(pl.String)
    records = pl.DataFrame({"address": texts}).with_row_index("row")
    if listed is None:  # among addresses people also write codes
        records = records.with_columns(pl.col("address").str.strip_chars().str.extract(WRITTEN_CODE, 1).alias("code"))
    answers = key_addresses(records, library, threads)
    if listed is None:
        return answers.select(ADDED)
    found = to_ids(answers, listed) if threads == 1 else in_threads(lambda part: to_ids(part, listed), answers)
    return found.drop("row").with_columns(pl.col("reason").replace(OF_A_LIST))


def parse_file(path: Path, column: str, out: Path, *, progress: Progress | None = None) -> int:
    """Write `out` with the input columns and the components of `column` (see `parse_addresses`); rows done."""

    def parsed(frame: pl.DataFrame) -> pl.DataFrame:
        return parse_addresses(frame[column].cast(pl.String))

    return sum(found.height for found in write_beside(path, [column], out, parsed, progress))


def read_list(path: Path, id: str, name: str) -> pl.DataFrame:
    """The table keyed against: id, name as text."""
    frames = [frame.select(id=pl.col(id).cast(pl.String), name=pl.col(name).cast(pl.String))
              for frame in read_chunks(path, [id, name])]  # fmt: skip
    return pl.concat(frames)


def current_library(home: Home) -> AddressLibrary:
    """The library of a lake. Raises UsageError where there is none yet."""
    library = AddressLibrary.open(home)
    if library.is_empty:
        raise UsageError(
            "there is no address library yet", "import one: blockdata library import DIR, or give --against TABLE"
        )
    return library
