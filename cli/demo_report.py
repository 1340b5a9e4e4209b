"""What the demo says at its end: totals by feed, the release, refusals, three questions, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.table import Table

from schemas.home import Home

if TYPE_CHECKING:
    from cli.demo import Ran

WIDTH = 116  # of the tables, on narrower screens too
PARTS = ("inserted", "updated", "unchanged", "duplicates", "ignored", "quarantined", "refused")
LEVELS = ("keyed_unit", "keyed_building", "keyed_estate", "keyed_grid", "keyed_community", "keyed_outside", "unkeyed")
TYPED_ADDRESS = """
    SELECT address, building_code FROM record.police__residents
    WHERE match_level = 'unit' AND match_method IN ('relaxed', 'fuzzy')
    ORDER BY match_method, length(address) DESC, address LIMIT 1
"""
PEOPLE_BY_STREET = """
    SELECT s.name AS 街道, s.residents AS 实有人口, count(b.building_code) AS 楼栋
    FROM block.street s LEFT JOIN block.building b USING (street_code)
    GROUP BY ALL ORDER BY 实有人口 DESC LIMIT 6
"""
REQUESTS_BY_DEPARTMENT = """
    SELECT responsible_department AS 承办部门, count(*) AS 诉求, count(closed_at) AS 已办结,
           count(*) FILTER (building_code IS NULL) AS 不在楼内
    FROM event.event WHERE feed_id = 'hotline__requests'
    GROUP BY ALL ORDER BY 诉求 DESC, 承办部门 LIMIT 6
"""


def report(home: Home, ran: Ran) -> int:
    """Print it all. 1 when a total does not reconcile."""
    from transforms.lake.store import Lake

    console = Console(highlight=False, width=max(Console().width, WIDTH))
    lake = Lake(home)
    batches = lake.batch_rows()
    counts = lake.read("quality.reconciliation").filter(pl.col("gate") == "load")
    _feeds(console, counts, batches)
    wrong = _reconcile(console, lake, counts, batches, ran)
    _runs(console, batches, ran)
    _refused(console, batches)
    _release(console, home)
    _questions(console, home)
    _next(console, home, ran)
    return 1 if wrong else 0


def _feeds(console: Console, counts: pl.DataFrame, batches: pl.DataFrame) -> None:
    table = Table(title="what came, feed by feed (rows)", title_justify="left", box=None, header_style="bold")
    table.add_column("feed", no_wrap=True)
    for head in ("received", "loaded", "unchanged", "quarantined", "refused", "unit", "building", "none"):
        table.add_column(head, justify="right")
    by_feed = {feed: part for (feed,), part in counts.group_by("feed_id")}
    for feed, part in sorted(by_feed.items(), key=lambda item: str(item[0])):
        table.add_row(str(feed), *_cells(part))
    table.add_row("all", *_cells(counts), style="bold")
    console.print(table)
    console.print(
        "unit, building, none: what the loaded rows' addresses were keyed to; the rest to an estate, a", style="dim"
    )
    console.print("grid, a community or another city\n", style="dim")


def _cells(part: pl.DataFrame) -> list[str]:
    columns = ("received", "loaded", "unchanged", "quarantined", "refused", "keyed_unit", "keyed_building", "unkeyed")
    return [f"{int(part[name].sum() or 0):,}" for name in columns]


def _reconcile(console: Console, lake: Any, counts: pl.DataFrame, batches: pl.DataFrame, ran: Ran) -> list[str]:
    """Four sums that must agree to the row: at the door, at keying, in the lake itself, and of the batches."""
    total = {name: int(counts[name].sum() or 0) for name in ("received", "loaded", "deleted", *PARTS, *LEVELS)}
    held = sum(
        lake.scan(f"record_history.{feed}").select(pl.len()).collect().item()
        for feed in counts["feed_id"].unique().sort()
        if lake.has(f"record_history.{feed}")
    )
    sums = [
        ("received = " + " + ".join(PARTS), total["received"], sum(total[name] for name in PARTS)),
        ("loaded = keyed at each level + unkeyed", total["loaded"], sum(total[name] for name in LEVELS)),
        ("loaded + deleted = changes in the history", total["loaded"] + total["deleted"], held),
        ("deliveries = batches that stand loaded or refused", ran.deliveries, batches.height),
    ]
    wrong = [says for says, left, right in sums if left != right]
    for says, left, right in sums:
        console.print(f"  {'✓' if left == right else '✗'} {says}: {left:,} = {right:,}")
    console.print()
    return wrong


def _runs(console: Console, batches: pl.DataFrame, ran: Ran) -> None:
    standing = set(batches.filter(pl.col("status").is_in(["loaded", "accepted"]))["batch_id"])
    new, refused = len(standing - ran.before), batches.filter(pl.col("status") == "refused").height
    again = ran.deliveries - new - refused
    runs = ", ".join(f"{count} {state}" for state, count in sorted(ran.states.items(), reverse=True))
    console.print(
        f"{ran.deliveries} deliveries: {new} loaded, {refused} refused, {again} loaded already · "
        f"{sum(ran.states.values())} runs of DAGs: {runs} (as a refusal makes it) · {ran.seconds:.0f} s"
    )
    if not new:
        console.print("[bold]nothing was loaded twice[/]: every delivery that is good stood in the lake already")
    console.print()


def _refused(console: Console, batches: pl.DataFrame) -> None:
    table = Table(title="refused; the last good batch serves", title_justify="left", box=None, header_style="bold")
    for head in ("feed", "day", "rule", "reason", "mend"):
        table.add_column(head, no_wrap=head in ("feed", "day", "rule"))
    for row in batches.filter(pl.col("status") == "refused").sort("delivered_on", "feed_id").iter_rows(named=True):
        table.add_row(row["feed_id"], str(row["delivered_on"]), row["rule"], row["reason"], row["mend"])
    console.print(table if table.row_count else "nothing was refused")
    console.print()


def _release(console: Console, home: Home) -> None:
    from serving.query import sql

    tables = sql('SELECT count(*) AS n, sum("rows") AS rows FROM release."table"', home)
    name = home.current_release.name if home.current_release else ""
    console.print(f"release [bold]{name}[/]: {tables['n'][0]} tables, {int(tables['rows'][0]):,} rows\n")


def _questions(console: Console, home: Home) -> None:
    from serving.lookup import lookup
    from serving.query import sql

    typed = sql(TYPED_ADDRESS, home, profile="person", purpose="demo: an address as somebody typed it")
    if typed.height:
        text = typed["address"][0]
        found = lookup(text, home)
        building = found.get("building") or {}
        console.print(f"[bold]1. where is “{text}”?[/]  blockdata lookup '{text}'")
        console.print(f"   {found['match']['code']}  {found['match']['level']} by {found['match']['method']}")
        place = (building.get(name) for name in ("estate", "estate_number", "name", "road", "road_number"))
        console.print("   " + " · ".join(str(part) for part in place if part) + "\n")
    console.print('[bold]2. people by street[/]  blockdata sql "SELECT name, residents FROM block.street"')
    _frame(console, sql(PEOPLE_BY_STREET, home))
    console.print("[bold]3. 12345 requests by department[/]  (person profile: a purpose is stated and logged)")
    _frame(console, sql(REQUESTS_BY_DEPARTMENT, home, profile="person", purpose="demo: requests by department"))


def _frame(console: Console, frame: pl.DataFrame) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 3))
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*["" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row])
    console.print(table)
    console.print()


def _next(console: Console, home: Home, ran: Ran) -> None:
    console.print("[bold]next[/]")
    for command, says in (
        ("make sql", "ask the release yourself"),
        (".venv/bin/blockdata status", "feeds, batches, the release"),
        (".venv/bin/blockdata verify list", "the doors worth knocking on"),
        ("make airflow", "the same DAGs under the real scheduler"),
        ("make demo", "again: nothing is loaded twice"),
    ):
        console.print(f"  {command:<34} {says}")
    console.print(f"data: {home.path} · what the rules observed: {home.path / 'docs' / 'index.html'}", style="dim")
