"""A delivery read no further than it must be: lines that are known as they are need no reading at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from schemas.errors import BatchRefused
from transforms.batch import Batch
from transforms.cleaning.tokens import Keys
from transforms.compare import no_rows_known
from transforms.in_order import places_in_order
from transforms.reading.known_lines import LINE, Lines, lines_of, renumbered, rest_of
from transforms.reading.source import Reading
from transforms.standing import Standing
from transforms.steps import Steps


@dataclass(frozen=True)
class Recognised:
    """`reading`: of the lines that are not known, numbered as in the whole file; `received` counts all.

    `known`: file_name, row_number, at (place in the standing records) of the known ones, each record once; `again`
    counts those that came a second time. `lines`: of the whole file, None where a line need not be one row.
    """

    reading: Reading
    known: pl.DataFrame
    again: int
    lines: Lines | None


def recognised(batch: Batch, standing: Standing, steps: Steps, keys: Keys) -> Recognised:
    """The delivery read. Raises BatchRefused as reading does, with its words for the whole file."""
    whole_snapshot = batch.contract.delivery.mode == "snapshot" and len(batch.files) == 1
    lines = lines_of(batch.files[0], batch.contract, keys.token) if whole_snapshot else None
    found = _rest_read(batch, standing, steps, lines) if lines is not None and lines.form == standing.form else None
    if found is not None:
        return found
    lines = lines.without_rows() if lines is not None else None
    return Recognised(steps.read(batch.files, batch.contract), no_rows_known(), 0, lines)


def _rest_read(batch: Batch, standing: Standing, steps: Steps, lines: Lines) -> Recognised | None:
    """None where nothing is known, or where what is not would be refused: then the whole file must speak."""
    source = batch.files[0]
    at = places_in_order(lines.hashes, standing.records, LINE)
    at[: lines.head] = -1
    known = at >= 0
    if not known.any():
        return None
    known[np.flatnonzero(known)[-1]] = False  # a file of headers alone is another thing: one line is read in any case
    rest, numbers = rest_of(source, batch.contract, lines, known)
    try:
        reading = steps.read([rest], batch.contract)
    except BatchRefused:
        return None
    place = np.flatnonzero(known)
    first = np.zeros(standing.records.height, np.int64)
    first[at[place[::-1]]] = place[::-1]  # of several lines that say the same, the first is written last
    place_once = place[first[at[place]] == place]
    frame = pl.DataFrame(
        {"file_name": source.base_name, "row_number": place_once + 1, "at": at[place_once]},
        schema=no_rows_known().schema,
    )
    whole = renumbered(reading, numbers, len(place))
    return Recognised(whole, frame, len(place) - len(place_once), lines.without_rows())
