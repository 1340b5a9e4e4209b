"""Keying again after a change of the address library, on a lake of a million records.

    python -m benchmarks.rekey [--rows 1000000] [--units 600000] [--changes 100] [--quick] [--json OUT]

The lake holds one feed, made and keyed beforehand; then a library with CHANGES changed units and buildings stands in
its place. Measured is `transforms.rekey.rekey`; judged, that what it left equals keying every record to the new
library, column for column.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.district_at_scale import make_addresses, make_library
from benchmarks.library_changes import changed

FEED, DAY, BATCH_ID = "water__accounts", date(2026, 3, 2), "a" * 16


def run(rows: int, units: int, changes: int, seed: int = 1) -> dict[str, Any]:
    """records, units, buildings, changes, touched, touched_share, changed, seconds and cpu_s of keying again; whole_s,
    whole_cpu_s of keying all; missed (records that differ from keying all) and equals_full.
    """
    from schemas.home import Home

    with tempfile.TemporaryDirectory() as folder:
        os.environ["BLOCKDATA_KEYS"] = str(Path(folder) / "keys.json")
        home = Home(Path(folder) / "home")
        return _measured(home, rows, units, changes, seed)


def _measured(home: Any, rows: int, units: int, changes: int, seed: int) -> dict[str, Any]:
    from schemas.contract import contract_of
    from transforms.addressing.key import key_addresses
    from transforms.addressing.library import COLUMNS, AddressLibrary
    from transforms.keying import KEYED, addresses_of
    from transforms.lake.fold import current_state
    from transforms.lake.store import Lake
    from transforms.rekey import rekey
    from transforms.steps import open_library

    lake, contract = Lake(home), contract_of(FEED)
    made = AddressLibrary.from_frames(make_library(units, seed))
    frames = {name: getattr(made, name) for name in COLUMNS}
    put(lake, frames)
    library = open_library(home)
    written = make_addresses({f"address.{name}": frame for name, frame in frames.items()}, rows, nothing=0.1)
    fill(lake, written.rows["address"], library)
    new = changed({name: getattr(library, name) for name in COLUMNS}, changes, seed)
    put(lake, new)
    start, cpu = time.perf_counter(), time.process_time()
    (done,) = rekey(home)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    current = current_state(lake.scan(f"record_history.{FEED}")).collect()
    fresh = open_library(home)
    _ = fresh.index
    start, whole_cpu = time.perf_counter(), time.process_time()
    whole = key_addresses(addresses_of(current, contract), fresh)
    whole_s, whole_cpu = time.perf_counter() - start, time.process_time() - whole_cpu
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_whole")) for name in KEYED)
    both = current.select(*KEYED).hstack(whole.select(pl.col(name).alias(f"{name}_whole") for name in KEYED))
    missed = both.filter(differs).height
    return {
        "records": rows, "units": library.unit.height, "buildings": library.building.height, "changes": changes,
        "touched": done.touched, "touched_share": round(done.touched / done.records, 5), "changed": done.changed,
        "seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "whole_s": round(whole_s, 2),
        "whole_cpu_s": round(whole_cpu, 2), "missed": missed, "equals_full": missed == 0,
    }  # fmt: skip


def put(lake: Any, frames: dict[str, pl.DataFrame]) -> None:
    """Makes these tables (by bare name) the lake's library."""
    from schemas.table import load_tables

    tables = {f"address.{name}": frame for name, frame in frames.items()}
    declared = load_tables()
    lake.replace_library(
        {
            name: frame.select(pl.col(*(set(frame.columns) & set(declared[name].column_names))))
            for name, frame in tables.items()
        }
    )


def fill(lake: Any, addresses: pl.Series, library: Any) -> None:
    """One batch of the feed with these addresses, keyed to `library`, as a load would leave it."""
    from schemas.contract import contract_of
    from schemas.contract_shape import Role
    from schemas.table import load_tables
    from transforms.addressing.key import key_addresses
    from transforms.keying import addresses_of, with_codes

    contract = contract_of(FEED)
    column = next(column.name for column in contract.columns if column.role is Role.ADDRESS_TEXT)
    number = pl.int_range(pl.len()).cast(pl.String).str.zfill(9)
    cleaned = addresses.alias(column).to_frame().with_columns(
        record_id="RK" + number, operation=pl.lit("insert"), delivered_on=pl.lit(DAY), known_from=pl.lit(DAY),
        keyed_on=pl.lit(DAY), file_name=pl.lit("made"), row_number=pl.int_range(pl.len()), row_hash=number,
        is_late=pl.lit(False),
    )  # fmt: skip
    rows = with_codes(cleaned, key_addresses(addresses_of(cleaned, contract), library))
    lake.write_batch(f"record_history.{FEED}", rows, FEED, BATCH_ID)
    empty = dict.fromkeys(load_tables()["quality.batch"].column_names)
    lake.commit(
        {
            **empty, "batch_id": BATCH_ID, "feed_id": FEED, "delivered_on": DAY, "known_on": DAY, "status": "loaded",
            "library_version": library.version, "committed_at": datetime(2026, 3, 2, 9), "received": rows.height,
            "loaded": rows.height,
        }
    )  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=600_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    rows, units, changes = (20_000, 12_000, 5) if given.quick else (given.rows, given.units, given.changes)
    told = json.dumps(run(rows, units, changes, given.seed), indent=2)
    print(told)
    if given.json:
        given.json.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
