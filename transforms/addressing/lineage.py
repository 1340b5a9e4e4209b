"""Where codes that were split, merged, renumbered or cancelled lead today."""

from __future__ import annotations

import polars as pl

HOPS = 8  # successors of successors that are followed
_CHANGES = ["split", "merge", "renumber", "cancel"]


def successors(lineage: pl.DataFrame) -> pl.DataFrame:
    """code, finals, final: where each changed code leads. `finals` are the codes at the ends of its changes; `final`
    the one it became, null where it became several or (in part) none.

    What a code became before it was reinstated is over.
    """
    if "date" not in lineage.columns:
        lineage = lineage.with_columns(date=pl.lit(None, pl.Date))
    stands_since = (
        lineage.filter((pl.col("kind") == "reinstate") & pl.col("date").is_not_null())
        .group_by("code")
        .agg(stands_since=pl.col("date").max())
    )
    changes = lineage.filter(pl.col("kind").is_in(_CHANGES)).join(stands_since, on="code", how="left")
    is_over = (pl.col("date") <= pl.col("stands_since")).fill_null(False)
    step = changes.filter(~is_over).select("code", "successor").drop_nulls("code").unique()
    onward = step.rename({"code": "final", "successor": "next"}).with_columns(is_left=pl.lit(True))
    reach = step.rename({"successor": "final"})
    for _ in range(HOPS):
        on = reach.join(onward, on="final", how="left")
        if on["is_left"].null_count() == on.height:
            break
        # A code that was cancelled without successor ends in null.
        reach = on.select("code", final=pl.when("is_left").then("next").otherwise("final")).unique()
    ends = reach.group_by("code").agg(
        finals=pl.col("final").drop_nulls().unique().sort(), is_one=pl.col("final").n_unique() == 1
    )
    return ends.select("code", "finals", final=pl.when("is_one").then(pl.col("finals").list.first()))
