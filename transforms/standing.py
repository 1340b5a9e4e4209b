"""What stands of a feed, compact: the hashes a delivery is compared with, and the numbers the gate needs of the rows
that did not change. Kept beside the lake, so that a load reads neither the feed's history nor its unchanged rows.

lake/standing/<feed id>.arrow is derived: deleted, damaged or out of date, it is made again from the history (without
the hashes of lines, which the next delivery brings). It names the batches it covers; later ones are added when read.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from expectations.metrics import value_hash
from schemas.contract import Contract
from schemas.home import Home
from schemas.record_table import cleaned_columns
from transforms.counts import LEVELS
from transforms.lake.fold import current_state, latest_changes
from transforms.lake.store import Lake
from transforms.reading.known_lines import LINE, Lines

ROW = ("row_1", "row_2")  # the two halves of row_hash
READING = "1"  # raised when the same line or cell would be read otherwise: what is known of lines then counts no more
WORD = 64  # columns whose nulls one integer tells
FEW = 4  # that many times fewer are looked for among those alone that may be meant
_LEVEL = {level: number for number, level in enumerate((*LEVELS, "none"))}
_NO_LEVEL = 255


@dataclass(frozen=True)
class Standing:
    """The records of a feed at the end of a day.

    `records`: record_id; ROW and LINE (UInt64; LINE null where no line is known); nulls_0 … (a bit a column of
    `columns`, set where it is null); level (UInt8, place in LEVELS and none); value__<column> (UInt64, a hash) of
    `valued`. `form`: of the file the lines came in. `covers`: the batches it is made of, in the order they were let in;
    None when it is of a day past.
    """

    records: pl.DataFrame
    columns: tuple[str, ...]
    valued: tuple[str, ...]
    form: str = ""
    covers: tuple[str, ...] | None = None

    def nulls(self, chosen: pl.DataFrame) -> dict[str, int]:
        """How many of `chosen` records are null in each column."""
        bits = [
            (pl.col(f"nulls_{place // WORD}") & _bit(place) != 0).sum().alias(name)
            for place, name in enumerate(self.columns)
        ]
        return {name: int(count or 0) for name, count in chosen.select(bits).row(0, named=True).items()}

    def levels(self, chosen: pl.DataFrame) -> dict[str, int]:
        """How many of `chosen` records are keyed at each level."""
        names = dict(enumerate(_LEVEL))
        return {names.get(number, "none"): count for number, count in chosen["level"].value_counts().iter_rows()}


def standing_of(lake: Lake, contract: Contract, day: date, valued: Sequence[str] = ()) -> Standing:
    """What stands at the end of `day`; from the file kept of it where that serves. `valued`: columns whose distinct
    values somebody counts."""
    table, listed = f"record_history.{contract.feed_id}", lake.listed(contract.feed_id)
    empty = Standing(pl.DataFrame(), tuple(column.name for column in cleaned_columns(contract)), tuple(valued))
    if listed.filter(pl.col("delivered_on") > day).height:
        return replace(empty, records=_records(empty, current_state(lake.scan(table), day)))
    batches = tuple(listed["batch_id"])
    kept = _kept(_path(lake, contract), contract, empty)
    missing = batches[len(kept.covers or ()) :] if kept is not None else ()
    if kept is None or kept.covers != batches[: len(kept.covers or ())] or _is_of_the_past(listed, missing):
        records = _records(empty, current_state(lake.scan(table)))
        return replace(empty, records=records, covers=batches)
    for batch_id in missing:
        one = replace(lake, batches=listed.filter(pl.col("batch_id") == batch_id))
        changes = latest_changes(one.scan(table)).collect()
        gone = changes.filter(pl.col("operation") == "delete")["record_id"]
        kept = changed(kept, changes.filter(pl.col("operation") != "delete"), gone)
    return replace(kept, covers=batches)


def changed(
    standing: Standing, rows: pl.DataFrame, gone: pl.Series, lines: Mapping[str, pl.Series] | None = None
) -> Standing:
    """With `rows` of the history (inserts and updates) in place of what stood, and without `gone`.

    `lines`: LINE of each row, where it is known. A row that says what it said keeps its line.
    """
    records = standing.records
    touched = records["record_id"].is_in(pl.concat([rows["record_id"], gone]).implode())
    new = _records(standing, rows.lazy())
    if lines is not None:
        new = new.with_columns(**lines)
    elif touched.any():
        before = records.filter(touched).select("record_id", *ROW, *LINE)
        new = new.drop(LINE).join(before, on=["record_id", *ROW], how="left", maintain_order="left")
    return replace(standing, records=pl.concat([records.filter(~touched), new.select(records.columns)]))


def with_lines(standing: Standing, lines: Lines, at: np.ndarray, numbers: np.ndarray) -> Standing:
    """With the lines of row `numbers` as those of the records at places `at`."""
    if not len(at):
        return replace(standing, form=lines.form)
    told = {}
    for name in LINE:
        values = standing.records[name].fill_null(0).to_numpy().copy()
        missing = standing.records[name].is_null().to_numpy().copy()
        values[at], missing[at] = lines.hashes[name].to_numpy()[numbers - 1], False
        told[name] = pl.select(pl.when(~pl.Series(missing)).then(pl.Series(values))).to_series()
    return replace(standing, records=standing.records.with_columns(**told), form=lines.form)


def without_lines(standing: Standing) -> Standing:
    """With no line known."""
    nothing = [pl.lit(None, pl.UInt64).alias(name) for name in LINE]
    return replace(standing, records=standing.records.with_columns(nothing), form="")


def places_of(asked: pl.DataFrame, known: pl.DataFrame, by: tuple[str, str]) -> np.ndarray:
    """For each row of `asked` the place in `known` of the record with both its hashes, -1 without one."""
    first, second = by
    index = known.select(first, second).with_row_index("at").filter(pl.col(first).is_not_null())
    if asked.height * FEW < index.height:
        index = index.filter(pl.col(first).is_in(asked[first].implode()))
    found = _joined(asked, index, by)
    if found.len() > asked.height:  # two records with one hash, which a join says twice
        found = _joined(asked, index.unique(first, keep="any"), by)
    return found.to_numpy().copy()


def _joined(asked: pl.DataFrame, index: pl.DataFrame, by: tuple[str, str]) -> pl.Series:
    first, second = by
    same = pl.col(second) == pl.col(f"{second}_right")
    return (
        asked.select(first, second)
        .join(index, on=first, how="left", maintain_order="left")
        .select(pl.when(same).then(pl.col("at").cast(pl.Int64)).fill_null(-1))
        .to_series()
    )


def halves(hashes: pl.Series) -> list[pl.Series]:
    """Hashes of 32 letters a–p as two integers each."""
    letters = hashes.fill_null("a" * 32).str.join("").item() if hashes.len() else ""
    nibbles = np.frombuffer((letters or "").encode(), np.uint8).reshape(-1, 32) - ord("a")
    whole = np.ascontiguousarray(nibbles[:, ::2] << 4 | nibbles[:, 1::2]).view(np.uint64)
    frame = pl.DataFrame({name: whole[:, place] for place, name in enumerate(ROW)})
    known = hashes.is_not_null()
    return frame.select(pl.when(known).then(pl.col(name)).alias(name) for name in ROW).get_columns()


@dataclass(frozen=True)
class Lately:
    """Lines known when the file was kept: their `form`, and `hashes`, the columns LINE."""

    form: str
    hashes: pl.DataFrame


def lines_lately(home: Home, contract: Contract) -> Lately | None:
    """Lines that were known lately, whatever was let in since; None where no file tells of them. It costs little."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(_path(Lake(home), contract))) as file:
            table = pa.ipc.open_file(file).read_all()
        meta: dict[str, Any] = json.loads(table.schema.metadata[b"standing"])
        if meta["polars"] != pl.__version__ or meta["contract"] != contract.fingerprint:
            return None
        return Lately(str(meta["form"]), pl.DataFrame(table.select(LINE).replace_schema_metadata(None)))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def save(lake: Lake, contract: Contract, standing: Standing) -> None:
    """Keeps it for the next load. A disk that is full costs the next load some time and this one nothing."""
    import pyarrow as pa

    path = _path(lake, contract)
    meta = json.dumps(_meta(contract, standing)).encode()
    table = standing.records.to_arrow(compat_level=pl.CompatLevel.oldest()).replace_schema_metadata({b"standing": meta})
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with pa.OSFile(str(aside), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def _kept(path: Path, contract: Contract, wanted: Standing) -> Standing | None:
    """The file, when it is whole and speaks of the same contract, columns and version of Polars."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        meta: dict[str, Any] = json.loads(table.schema.metadata[b"standing"])
        same = _meta(contract, wanted)
        if any(meta[name] != same[name] for name in ("polars", "reading", "contract", "columns", "valued")):
            return None
        frame = pl.DataFrame(table.replace_schema_metadata(None))
        return replace(wanted, records=frame, form=str(meta["form"]), covers=tuple(meta["covers"]))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def _meta(contract: Contract, standing: Standing) -> dict[str, Any]:
    return {
        "polars": pl.__version__,
        "reading": READING,
        "contract": contract.fingerprint,
        "columns": list(standing.columns),
        "valued": list(standing.valued),
        "form": standing.form,
        "covers": list(standing.covers or ()),
    }


def _is_of_the_past(listed: pl.DataFrame, missing: Sequence[str]) -> bool:
    """True when one of the missing batches tells of an earlier day than one before it."""
    days = listed["delivered_on"]
    late = (days < days.cum_max()).tail(len(missing)) if missing else pl.Series([], dtype=pl.Boolean)
    return bool(late.any())


def _records(standing: Standing, rows: pl.LazyFrame) -> pl.DataFrame:
    """Rows of a history as `Standing.records`, no line known."""
    names = rows.collect_schema().names()
    words = range(-(-len(standing.columns) // WORD))
    empty = [pl.col(name).is_null() if name in names else pl.lit(True) for name in standing.columns]
    nulls = [
        pl.sum_horizontal(
            pl.lit(0, pl.UInt64),
            *(each.cast(pl.UInt64) * _bit(place) for place, each in enumerate(empty[word * WORD : (word + 1) * WORD])),
        ).alias(f"nulls_{word}")
        for word in words
    ]
    level = pl.col("match_level") if "match_level" in names else pl.lit(None, pl.String)
    frame = rows.select(
        "record_id",
        "row_hash",
        *nulls,
        level.replace_strict(_LEVEL, default=_NO_LEVEL, return_dtype=pl.UInt8).alias("level"),
        *(value_hash(pl.col(name)).alias(f"value__{name}") for name in standing.valued),
    ).collect()
    lines = [pl.lit(None, pl.UInt64).alias(name) for name in LINE]
    return frame.drop("row_hash").with_columns(*halves(frame["row_hash"]), *lines)


def _bit(place: int) -> pl.Expr:
    return pl.lit(1 << place % WORD, pl.UInt64)


def _path(lake: Lake, contract: Contract) -> Path:
    return lake.home.lake / "standing" / f"{contract.feed_id}.arrow"
