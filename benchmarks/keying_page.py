"""Writes the figures of docs/keying.md from runs of `accuracy` and `match_rates`.

python -m benchmarks.keying_page [--seed 7] [--rows 40000] [--buildings 1500]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import accuracy, match_rates
from benchmarks.page import written
from benchmarks.parts import Column

PAGE = Path(__file__).parents[1] / "docs" / "keying.md"
BEGIN, END = "<!-- figures: python -m benchmarks.keying_page -->", "<!-- end of figures -->"
NAMES = {
    "entrance_estate": "estate with entrances",
    "lane_village": "village with lanes",
    "road_house": "house on a road",
    "li": "里",
    "nong": "弄",
    "hutong": "胡同",
    "work_unit": "家属院",
    "mountain_estate": "estate, floor-and-door rooms",
    "temporary": "T-coded structure",
    "factory": "works (厂房, 宿舍楼)",
    "industrial": "industrial park",
}
BARS = {"ordinary": "99.9 % at 98 %", "hard": "99 % at 90 %", "nothing": "at most 0.1 % keyed"}
ROWS, PRECISION = Column("rows", "rows", "count"), Column("precision", "precision", "share")
RECALL, KEYED = Column("recall", "recall", "share"), Column("keyed_share", "keyed to a room", "share")


def markdown(rows: Iterable[dict[str, Any]], *columns: Column) -> str:
    """A table."""
    lines = ["| " + " | ".join(column.title for column in columns) + " |"]
    lines.append("|" + "|".join("---" if column.form == "text" else "--:" for column in columns) + "|")
    for row in rows:
        lines.append("| " + " | ".join(written(row.get(column.figure), column) for column in columns) + " |")
    return "\n".join(lines)


def rated(line: dict[str, Any]) -> dict[str, Any]:
    """Precision and recall where a room is meant, the share keyed to a room where none is."""
    if line["meant"]:
        return line
    return {**line, "precision": None, "keyed_share": line["wrong_share"]}


def classes(result: dict[str, Any]) -> str:
    """The three classes, to the library and to a list, beside their bars."""
    rows = [
        {**rated(result[way]["classes"][group]), "way": way, "bar": bar}
        for way in ("library", "list")
        for group, bar in BARS.items()
    ]
    columns = Column("way", "keyed to"), Column("class", "class"), ROWS, PRECISION, RECALL, KEYED, Column("bar", "bar")
    return markdown(rows, *columns)


def kinds(result: dict[str, Any]) -> str:
    """Every kind of noise, worst recall first within its class."""
    order = list(BARS)
    rows = sorted(
        result["library"]["kinds"], key=lambda row: (order.index(row["class"]), row["recall"] or 0, row["kind"])
    )
    columns = Column("class", "class"), Column("kind", "kind of noise"), ROWS, PRECISION, RECALL, KEYED
    return markdown([rated(row) for row in rows], *columns)


def curve(result: dict[str, Any]) -> str:
    """Precision against recall as the score asked for rises."""
    columns = Column("at_least", "score at least"), Column("keyed", "keyed", "count"), PRECISION, RECALL
    return markdown(result["library"]["curve_score"], *columns)


def calibration(result: dict[str, Any]) -> str:
    """What the score promised, and what was found."""
    told = result["library"]["calibration"]
    columns = (
        Column("from", "score from"),
        ROWS,
        Column("score", "mean score", "share"),
        Column("right", "found right", "share"),
    )
    below = f"Brier score {told['brier']}, expected calibration error {told['ece']}."
    return f"{markdown(told['bins'], *columns)}\n\n{below}"


def housing(result: dict[str, Any]) -> str:
    """Rows that mean a room, by kind of housing."""
    rows = [{**row, "name": NAMES.get(row["housing"], row["housing"])} for row in result["library"]["housing"]]
    return markdown(rows, Column("name", "housing"), ROWS, PRECISION, RECALL)


def lake(result: dict[str, Any]) -> str:
    """Feeds, streets and kinds of housing of a made lake."""
    parts = []
    for part, column, title in (
        ("feeds", "feed_id", "feed"),
        ("streets", "street", "street"),
        ("housing", "usage", "use"),
    ):
        rows = [{**row, "keyed_share": row["keyed"] / row["rows"]} for row in result[part]]
        records = Column("rows", "records", "count")
        parts.append(markdown(rows, Column(column, title), records, KEYED, PRECISION, RECALL))
    return "\n\n".join(parts)


def figures(keyed: dict[str, Any], loaded: dict[str, Any]) -> str:
    """All the tables, with what they are."""
    return f"""Seed {keyed["seed"]}, {keyed["rows"]:,} rows. `list` is the same rows against nothing but the standard
addresses of the rooms (`blockdata key --against`), without aliases, doorplates or areas.

{classes(keyed)}

### By kind of noise

{kinds(keyed)}

### By kind of housing

{housing(keyed)}

### Precision and recall

{curve(keyed)}

### Calibration

{calibration(keyed)}

### A made lake

`synth`, {loaded["buildings"]:,} buildings, seed {loaded["seed"]}, its first day: {loaded["records"]:,} records.
Feeds that report buildings or places in the open key to no room; what is missing elsewhere means none (a room the
library lacks, another city).

{lake(loaded)}"""


def put(page: str, text: str) -> str:
    """The page with `text` between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--buildings", type=int, default=1500)
    given = parser.parse_args()
    keyed = accuracy.run(seed=given.seed, rows=given.rows)
    loaded = match_rates.run(seed=given.seed, buildings=given.buildings)
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), figures(keyed, loaded)), encoding="utf-8")
    print(accuracy.table(keyed), match_rates.table(loaded), sep="\n", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
