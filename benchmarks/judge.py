"""Right and wrong of a contestant's answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Verdict:
    """Shares; None where nothing was asked."""

    precision: float | None  # of the rows given an entry, how many the right one
    recall: float | None  # of the rows that mean an entry of the list, how many given it
    absent_keyed: float | None  # of the rows that mean nothing in the list, how many given an entry


def judge(answers: pl.DataFrame, truth: pl.DataFrame) -> Verdict:
    """`answers`: row, id (null: no match), a row left out is no match; `truth`: row, id (null: nothing in the list).

    Raises ValueError for a row answered twice or never asked.
    """
    given = answers.select("row", given="id")
    if given["row"].n_unique() != given.height or given.join(truth, on="row", how="anti").height:
        raise ValueError("each row asked may be answered once")
    both = truth.join(given, on="row", how="left")
    right = int((both["given"] == both["id"]).sum())
    means, keyed = pl.col("id").is_not_null(), pl.col("given").is_not_null()
    absent = both.filter(~means)
    return Verdict(
        precision=_share(right, both.filter(keyed).height),
        recall=_share(right, both.filter(means).height),
        absent_keyed=_share(absent.filter(keyed).height, absent.height),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None
