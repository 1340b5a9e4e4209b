"""Where codes that were split, merged, renumbered or cancelled lead today."""

from __future__ import annotations

import polars as pl

HOPS = 8  # successors of successors that are followed
_CHANGES = ["split", "merge", "renumber", "cancel"]


def successors(lineage: pl.DataFrame) -> pl.DataFrame:
    """code, finals, final: where each changed code leads; `final` is null where that is several places or none."""
    step = lineage.filter(pl.col("kind").is_in(_CHANGES)).select("code", "successor").drop_nulls("code").unique()
    reach = step.rename({"successor": "final"})
    for _ in range(HOPS):
        on = reach.join(step.rename({"code": "final", "successor": "next"}), on="final", how="left")
        if on["next"].null_count() == on.height:
            break
        reach = on.select("code", final=pl.coalesce("next", "final")).unique()
    ends = reach.group_by("code").agg(finals=pl.col("final").drop_nulls().unique().sort())
    return ends.with_columns(final=pl.when(pl.col("finals").list.len() == 1).then(pl.col("finals").list.first()))
