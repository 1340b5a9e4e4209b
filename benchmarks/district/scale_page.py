"""docs/scale.md: what a city's records need, reckoned from what the district took. No figure of it is typed by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

RECORDS = 23_000_000_000  # what the model district's platform says it holds
FILE_BYTES = 512 * 2**20  # a Parquet file that is neither many nor large
NIGHT_HOURS = 6
DISK_BYTES = 2 * 2**40  # of one machine, half of it free


def write_scale_page(page: Path, results: Path) -> None:
    """Write `page` from `results`/district.json; nothing when the district has not been measured."""
    path = results / "district.json"
    if path.exists():
        page.write_text(text(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")


def text(result: dict[str, Any]) -> str:
    """The page."""
    told = reckoned(result)
    rows = "\n".join(f"| {name} | {value} |" for name, value in told["need"])
    on = result["machine"]
    return f"""# Scale

Written by `make bench SCALE=district` from `benchmarks/results/district.json`; do not edit.

The district: {result["made"]["buildings"]:,} buildings, {result["made"]["people"]:,} people,
{len(result["tables"]["feeds"])} feeds, {told["rows"]:,} rows on the first day. Measured on {result["measured_on"]}:
{on["processor"]}, {on["cores"]} cores, {on["memory_gb"]} GB.

## What a record takes

| | |
| --- | ---: |
| delivered | {told["delivered"]:.0f} bytes |
| in the sealed archive | {told["archive"]:.0f} bytes |
| in the lake (history and what is derived) | {told["lake"]:.0f} bytes |
| more for a release (its files are the lake's, linked) | {told["release"]:.0f} bytes |
| load, first time | {told["load_us"]:.1f} µs of CPU |
| resolve, pack and publish | {told["publish_us"]:.1f} µs of CPU |

## What 23 billion records need

Reckoned in proportion, as if each were received, keyed and placed like those measured: in lakes as large as this one,
for keying, resolving and packing work by district, and districts share nothing but their borders. Most of so many are
history, which takes its bytes and is not read again by a day of changes{told["history"]}.

| | |
| --- | ---: |
{rows}

## Where one machine stops

- **Memory** stops it first: the largest process took {told["peak_gb"]:.1f} GB for {told["largest"]:,} rows of its
  largest feed. With {on["memory_gb"]} GB a feed of some {told["largest_feed"]:,} rows still loads in one piece; beyond
  that the department delivers by street, or the machine has more memory.
- **Time** next: in a night of {NIGHT_HOURS} hours, {on["cores"]} cores load and publish {told["night_rows"]:,} records
  for the first time; of a snapshot that changes by one in a hundred, {told["day_rows"]:,}.
- **Disk** last: {DISK_BYTES / 2**40:.0f} TB, half of them free, hold {told["disk_rows"]:,} records with their archive.

So one machine carries a district and not a city. A city is a lake a district, each on a machine of its own, read
together as feeds of one lake above them; what crosses a border (a person who moved) meets there by the same token.
"""


def reckoned(result: dict[str, Any]) -> dict[str, Any]:
    """The page's figures. Per record: of the rows received on the first day."""
    feeds, stages = result["tables"]["feeds"], {one["stage"]: one for one in result["tables"]["stages"]}
    rows = sum(feed["received"] for feed in feeds)
    size = result["bytes"]
    delivered = sum(feed["bytes"] for feed in feeds) / rows
    archive, lake = size["archive_bytes"] / rows, size["lake_bytes"] / rows
    cores = result["machine"]["cores"]
    memory = result["machine"]["memory_gb"]
    load, publish = stages["first day: load"], stages["first day: publish"]
    wall = load["seconds"] + publish["seconds"]
    changes = stages["day of changes: load"]["seconds"] + stages["day of changes: publish"]["seconds"]
    release = max(0.0, _all_bytes(result) - size["lake_bytes"]) / rows
    largest = max(feed["received"] for feed in feeds)
    peak = max(load["peak_gb"], publish["peak_gb"])
    per_record = archive + lake + release
    machines = math.ceil(RECORDS / (rows * NIGHT_HOURS * 3600 / changes))
    partitions, files = math.ceil(RECORDS / rows) * len(feeds), math.ceil(lake * RECORDS / FILE_BYTES)
    need = [
        ("records", f"{RECORDS:,}"),
        ("lakes of this size", f"{math.ceil(RECORDS / rows):,}"),
        ("archive", _terabytes(archive * RECORDS)),
        ("lake", _terabytes(lake * RECORDS)),
        ("releases, one kept", _terabytes(release * RECORDS)),
        ("partitions (a feed of a lake)", f"{partitions:,}"),
        (f"Parquet files, none above {FILE_BYTES >> 20} MB", f"{max(partitions, files):,}"),
        (f"hours of {cores} cores for the first load", f"{wall / 3600 * RECORDS / rows:,.0f}"),
        (f"hours of {cores} cores for a day of changes", f"{changes / 3600 * RECORDS / rows:,.0f}"),
        (f"machines of {cores} cores, each night within {NIGHT_HOURS} hours", f"{machines:,}"),
    ]
    times = [line["measured"] for line in result.get("lines", []) if "times the history" in line["bar"]]
    return {
        "history": f" (on ten times the history the same day took {times[0]:.2f} × the CPU)" if any(times) else "",
        "rows": rows,
        "delivered": delivered,
        "archive": archive,
        "lake": lake,
        "release": release,
        "load_us": load["cpu_s"] / rows * 1e6,
        "publish_us": publish["cpu_s"] / rows * 1e6,
        "peak_gb": peak,
        "largest": largest,
        "largest_feed": _rounded(largest * memory * 0.8 / peak, 5 if largest > 1e6 else 3),
        "night_rows": _rounded(rows * NIGHT_HOURS * 3600 / wall, 6),
        "day_rows": _rounded(rows * NIGHT_HOURS * 3600 / changes, 6),
        "disk_rows": _rounded(DISK_BYTES / 2 / per_record, 6),
        "need": need,
    }


def _all_bytes(result: dict[str, Any]) -> float:
    """Lake and release together, files that both hold counted once."""
    size = result["bytes"]
    return float(size.get("lake_and_release_bytes", size["lake_bytes"] + size["release_bytes"]))


def _rounded(number: float, zeros: int) -> int:
    return int(round(number, -zeros))


def _terabytes(size: float) -> str:
    return f"{size / 1e12:,.1f} TB"
