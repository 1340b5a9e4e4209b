"""What waits for a release, in words for the person who approves it."""

from __future__ import annotations

from schemas.home import Home


def describe(home: Home) -> str:
    """Markdown: a line a feed with the days and rows let in since the last release; empty when nothing waits."""
    import polars as pl

    from schemas.contract import load_contracts
    from transforms.lake.store import Lake
    from transforms.watching import unpublished

    waiting = unpublished(home)
    rows = Lake(home).batch_rows().filter(pl.col("batch_id").is_in(list(waiting)))
    if rows.is_empty():
        return ""
    names = {feed_id: contract.name for feed_id, contract in load_contracts().items()}
    feeds = rows.group_by("feed_id").agg(
        pl.len().alias("batches"),
        pl.col("delivered_on").min().alias("first"),
        pl.col("delivered_on").max().alias("last"),
        pl.col("loaded").sum().alias("rows"),
    )
    lines = ["| 数据源 | 批次 | 交付日 | 行 |", "|---|---|---|---|"]
    for feed_id, batches, first, last, loaded in feeds.sort("feed_id").iter_rows():
        days = str(first) if first == last else f"{first} — {last}"
        lines.append(f"| {names.get(feed_id, '')} {feed_id} | {batches} | {days} | {loaded:,} |")
    return "\n".join(lines)
