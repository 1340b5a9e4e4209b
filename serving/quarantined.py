"""The rows set aside, as a person looks at them: counted, or one by one, never with a value."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from schemas.home import Home


def found(
    home: Home, *, feed: str = "", rule: str = "", day: date | None = None, batch: str = "", state: str = ""
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines of deliveries in the lake with their `state` and `outcome`, and those of refused deliveries.

    Raises UsageError for a feed, rule or state there is not.
    """
    import polars as pl

    from schemas.contract import contract_of
    from schemas.rule import rule_of
    from transforms.lake.store import Lake
    from transforms.replaying.standing import STATES, refused_lines, standing_lines

    if feed:
        contract_of(feed)
    if rule:
        rule_of(rule)
    if state and state not in STATES:
        raise UsageError(f"no row is {state!r}", f"a row is {', '.join(STATES)}")
    wanted = [
        pl.col(name) == value for name, value in (("rule", rule), ("delivered_on", day), ("batch_id", batch)) if value
    ]
    lake = Lake(home)
    lines = standing_lines(lake, feed or None).filter(*wanted)
    return (lines.filter(pl.col("state") == state) if state else lines), refused_lines(lake, feed or None).filter(
        *wanted
    )


def counts(lines: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows by feed, day, batch and rule: `open`, `replayed`, `expired` (lines of refused deliveries: `rows`)."""
    import polars as pl

    from schemas.rule import load_rules

    by = ["feed_id", "delivered_on", "batch_id", "rule"]
    rows = lines.unique([*by, "file_name", "row_number"])
    if "state" in lines.columns:
        states = [(pl.col("state") == name).sum().alias(name) for name in ("open", "replayed", "expired")]
    else:
        states = [pl.len().alias("rows")]
    titles = {rule_id: rule.title for rule_id, rule in load_rules().items()}
    counted = rows.group_by(by).agg(states).sort(by)
    return counted.with_columns(
        title=pl.col("rule").replace_strict(titles, default="", return_dtype=pl.String)
    ).to_dicts()
