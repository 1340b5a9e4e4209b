"""population.claim: what each record said of where a person lives, works or learns, and for how long it said so.

Valid time (valid_from, valid_to) is the record's own; known time (known_from, known_to) is the lake's: a change or a
vanished record closes the claim before it. Nothing is thrown away.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.roles import beginning, has_persons, named, value

PLACE = {
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "area_code": pl.String(),
    "match_level": pl.String(),
    "match_method": pl.String(),
    "match_score": pl.Float64(),
}
CLAIM: dict[str, pl.DataType] = {
    "person_key": pl.String(),
    "kind": pl.String(),
    **PLACE,
    "feed_id": pl.String(),
    "record_id": pl.String(),
    "batch_id": pl.String(),
    "delivered_on": pl.Date(),
    "precedence": pl.Int32(),
    "residence_kind": pl.String(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "known_from": pl.Date(),
    "known_to": pl.Date(),
    "told_on": pl.Date(),
    "is_withdrawn": pl.Boolean(),
}
TOLD_ON, IS_WITHDRAWN = "told_on", "is_withdrawn"


def with_known_to(history: pl.LazyFrame) -> pl.LazyFrame:
    """The history, by record, with `known_to`: the day a later change of the record was known, null if it stands; and
    `is_withdrawn`: that change took the record away.

    `history` comes in the order its batches were let in. A change that arrived after a later delivery day had already
    told of the record was never what the lake believed: its known_to is its known_from. What a late snapshot writes
    again under the following day (compare.restoring) tells nothing: those rows are left out, unless they delete.
    """
    # Most records are told of once: nothing overtook or ended what they say, and putting them in order is dear.
    told_once = pl.col("record_id").is_unique()
    once = history.filter(told_once).with_columns(
        pl.lit(None, history.collect_schema()["known_from"]).alias("known_to"), pl.lit(False).alias(IS_WITHDRAWN)
    )
    history = history.filter(~told_once)
    day = pl.col("delivered_on")
    first, last = (end.over("record_id", "batch_id") for end in (day.min(), day.max()))
    ordered = history.sort("record_id", maintain_order=True)
    overtaken = (day < day.cum_max().over("record_id")) | (day < last)
    is_again = (day > first) & (pl.col("operation") != "delete")
    marked = ordered.with_columns(overtaken.alias("is_overtaken"), is_again.alias("is_again")).filter(
        ~pl.col("is_again")
    )
    has_next = pl.col("record_id") == pl.col("record_id").shift(-1)
    believed = marked.filter(~pl.col("is_overtaken")).with_columns(
        pl.when(has_next).then(pl.col("known_from").shift(-1)).alias("known_to"),
        (has_next & (pl.col("operation").shift(-1) == "delete")).fill_null(False).alias(IS_WITHDRAWN),
    )
    never = marked.filter("is_overtaken").with_columns(
        pl.col("known_from").alias("known_to"), pl.lit(False).alias(IS_WITHDRAWN)
    )
    return pl.concat([once, *(rows.drop("is_overtaken", "is_again") for rows in (believed, never))])


def registers_residents(contract: Contract) -> bool:
    """True when the feed is a register of residents, so that leaving it means leaving: it tells how each one lives
    there, or is the household register. A roster of pupils or of subsidies drops people who stay where they live."""
    tells_how = any(column.name == "residence_kind" for column in contract.columns)
    return contract.subject.claim == "household_register" or (contract.subject.claim == "residence" and tells_how)


def claims_of(history: pl.LazyFrame, contract: Contract, first_known: date | None = None) -> pl.LazyFrame:
    """The claims of one feed, with the columns of CLAIM; empty unless its subject claims something of a person.

    `first_known` is the day the feed's first delivery was known (None: the earliest of `history`).

    `told_on` is how recent the claim is: its own date, else the day it was known; null when neither says anything, for
    the first delivery of a feed tells old news and new alike. `is_withdrawn`: a register of residents
    took the record away, it did not change it.
    """
    kind = contract.subject.claim
    if kind is None or not has_persons(contract):
        return pl.LazyFrame(schema=CLAIM)
    is_news = pl.col("known_from") > beginning(first_known)
    news = pl.when(is_news).then("known_from").alias(TOLD_ON)
    told = history.with_columns(news.cast(pl.Date))
    # Another key of what was told before is no news, but the lake knows of the place from then on only.
    rows = with_known_to(told.with_columns(known_from=pl.coalesce(named(told, "keyed_on", pl.Date()), "known_from")))
    return (
        rows.filter((pl.col("operation") != "delete") & pl.col("person_key").is_not_null())
        .select(
            "person_key",
            pl.lit(kind).alias("kind"),
            *[named(rows, name, dtype).alias(name) for name, dtype in PLACE.items()],
            pl.lit(contract.feed_id).alias("feed_id"),
            "record_id",
            "batch_id",
            "delivered_on",
            pl.lit(contract.subject.precedence, pl.Int32).alias("precedence"),
            named(rows, "residence_kind", pl.String()).alias("residence_kind"),
            value(rows, contract, Role.VALID_FROM, pl.Date()).alias("valid_from"),
            value(rows, contract, Role.VALID_TO, pl.Date()).alias("valid_to"),
            pl.col("known_from").cast(pl.Date),
            pl.col("known_to").cast(pl.Date),
            TOLD_ON,
            pl.col(IS_WITHDRAWN) & pl.lit(registers_residents(contract)),
        )
        .with_columns(pl.coalesce("valid_from", TOLD_ON).alias(TOLD_ON))
        .select(*CLAIM)
    )
