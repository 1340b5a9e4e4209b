"""What the judge is asked about a release, and what is counted for it while the release is still packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import BlockdataError
from transforms.releasing.draft import Draft
from transforms.releasing.layered import contents_of, layered_of

if TYPE_CHECKING:
    from expectations.remembered import Remembered

JUDGED = "judged"  # state: what the judge was told to be sound


class ReleaseRefused(BlockdataError):
    """A judge found an error in what would be released; the last release keeps serving."""


@contextmanager
def counting_ahead(
    made: Draft, library: Mapping[str, pl.DataFrame], contents: Mapping[str, str], sound: pl.DataFrame | None
) -> Iterator[Future[Remembered]]:
    """Counts what the judge will ask of the tables put in so far while the block makes others: packing leaves half of
    the machine idle. The result remembers that, and the answers the release before kept (`sound`).
    """
    from expectations.release import count_ahead
    from expectations.remembered import Remembered

    frames: dict[str, pl.DataFrame | pl.LazyFrame] = {**library}
    frames |= {table: made.scan(table) for table in made.tables}
    known, layered = {**contents, **contents_of(made.tables)}, layered_of(made)

    def count() -> Remembered:
        ahead = Remembered.of(sound)
        count_ahead(frames, sample=made.sample, remembered=ahead, contents=known, layered=layered)
        return Remembered.of(sound).with_known(ahead)

    with ThreadPoolExecutor(1, thread_name_prefix="judge") as beside:
        yield beside.submit(count)


def judge(
    frames: Mapping[str, pl.DataFrame | pl.LazyFrame],
    release: str,
    made: Draft,
    remembered: Remembered,
    contents: Mapping[str, str],
) -> pl.DataFrame:
    """What Great Expectations says of the release, as rows of quality.validation; ReleaseRefused on an error.

    What is `remembered` is not asked again, and answers are kept in the draft; `contents` tells by table what it holds.
    """
    from expectations.release import judge_release

    verdict = judge_release(
        frames,
        release=release,
        sample=made.sample,
        remembered=remembered,
        contents=contents,
        layered=layered_of(made),
    )
    if not verdict.passed:
        raise ReleaseRefused(f"release {release} is kept back: {verdict.rule}: {verdict.reason}", verdict.mend)
    made.keep(JUDGED, remembered.sound)
    return verdict.results
