"""What operations did outlives the import of a library that does not know of it: the later word on a code holds."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from schemas.table import load_tables
from transforms.library.book import CODE_COLUMN

BESIDE = {"alias": ["code"], "doorplate": ["building_code"], "lineage": ["code", "successor"]}


def with_operations(
    standing: Mapping[str, pl.DataFrame],
    new: Mapping[str, pl.DataFrame],
    change: pl.DataFrame,
    operation: pl.DataFrame,
) -> tuple[dict[str, pl.DataFrame], pl.Series]:
    """`new` (short table name → frame in its declared shape) with what operations made of codes, and those codes.

    A building, unit or area an operation changed keeps the standing rows unless the new library tells of a later
    change; names, plates and lineage of such codes stay with it. Frames are in the shape of their declarations. Rooms
    the door alone found are no wish of anybody's: `succession` follows them.
    """
    ours = operation.filter((pl.col("kind") != "import") & pl.col("operation_id").is_not_null())
    told = change.filter(pl.col("operation").is_in(ours["number"].implode()))
    touched = pl.concat([told["code"], told.filter(pl.col("attribute") == "successor")["after"]]).drop_nulls().unique()
    frames = dict(new)
    kept = [
        _later(table, standing[table], new[table], touched) for table in ("building", "unit", "area") if touched.len()
    ]
    codes = pl.concat(kept) if kept else pl.Series("code", [], pl.String)
    for table in ("building", "unit", "area"):
        column, wanted = CODE_COLUMN[table], codes.implode()
        ours_now = standing[table].filter(pl.col(column).is_in(wanted))
        frames[table] = pl.concat([new[table].filter(~pl.col(column).is_in(wanted)), ours_now])
    for table, columns in BESIDE.items():
        grain = load_tables()[f"address.{table}"].grain
        about = pl.any_horizontal(pl.col(column).is_in(codes.implode()) for column in columns).fill_null(False)
        ours_now = standing[table].filter(about)
        frames[table] = pl.concat([new[table].join(ours_now, on=grain, how="anti", nulls_equal=True), ours_now])
    return frames, codes


def _later(table: str, standing: pl.DataFrame, new: pl.DataFrame, touched: pl.Series) -> pl.Series:
    """Touched codes of which the new library tells no later change than the standing one."""
    column = CODE_COLUMN[table]
    day = pl.max_horizontal("valid_from", "valid_to") if table == "area" else pl.col("last_changed")
    ours = standing.filter(pl.col(column).is_in(touched.implode())).group_by(code=column).agg(here=day.max())
    theirs = new.group_by(code=column).agg(there=day.max())
    both = ours.join(theirs, on="code", how="left")
    return both.filter((pl.col("there") <= pl.col("here")).fill_null(True))["code"]
