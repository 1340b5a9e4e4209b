"""Pieces of work that look after the house: pull, backup, restore, compact, vacuum, the nightly care. As stories.

What lies beside the home (a store of backups, a department's database) lies in the same folder, and is struck as it is.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from tests.connecting.sources import FEED, FIRST, visit
from tests.faults.stories import SECOND, Story, before_checkout, before_load, loaded_day, publish_all, take_all
from tests.small import LODGERS, VISITS, deliver, library_frames, lodger
from transforms.lake.store import ABOUT_BATCHES, BATCH, Lake

LATER = date(2036, 1, 1)  # every retention has ended


def source_of(home: Home) -> Path:
    """The department's exchange database."""
    return home.path.parent / "exchange.db"


def store_of(home: Home) -> Path:
    """Where backups are written to."""
    return home.path.parent / "store"


def before_pull(home: Home) -> None:
    """Three visits stand in the exchange database, nothing of them in the lake."""
    Lake(home).replace("address.building", library_frames()["address.building"])
    columns = ("no", "name", "place", "since", "colour", "changed_at")
    with closing(sqlite3.connect(source_of(home))) as source, source:
        source.execute(f"CREATE TABLE town ({', '.join(columns)})")
        rows = [visit(number, changed=f"2020030108{number:02}00") for number in (1, 2, 5)]
        source.executemany("INSERT INTO town VALUES (?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in rows])


def pull_it(home: Home) -> None:
    """The command; killed after it had landed, the next says that a delivery waits."""
    from transforms.connecting import pull

    os.environ["BLOCKDATA_SECRET_TOWN"] = f"sqlite:///{source_of(home)}"
    pull(FEED, FIRST, home)


def before_backup(home: Home) -> None:
    """A release, and since it another day: histories, a quarantined row, originals, an old backup."""
    loaded_day(home)
    whole = pl.concat_str(pl.lit("深圳市青石区和平街道和平里1栋"), "room")
    Lake(home).replace("address.unit", library_frames()["address.unit"].with_columns(standard_address=whole))
    publish_all(home)
    back_up(home)
    deliver(home.landing / LODGERS, LODGERS, SECOND, [lodger(number, colour="blue") for number in range(2, 9)])
    deliver(home.landing / VISITS, VISITS, SECOND, [lodger(1), lodger(2), lodger(3, colour="")])
    take_all(home)


def back_up(home: Home) -> None:
    """The command, reading everything."""
    from transforms.caring.backup import backup

    backup(home, store_of(home))


def last_backup(home: Home) -> dict[str, Any]:
    """What the last backup in the store would give back, and that the store has all of it as it was saved."""
    from transforms.caring.backup import _content, _read, backups
    from transforms.lake.release_files import sha256_of

    store = store_of(home)
    for name in backups(store):
        _, files = _read(store, name)
        assert all(one.link or sha256_of(_content(store, one.sha256)) == one.sha256 for one in files)
    _, files = _read(store, None)
    return {one.path: one.sha256 or one.link for one in files}


def before_restore(home: Home) -> None:
    """The home is lost, its backup is there."""
    before_backup(home)
    back_up(home)
    shutil.rmtree(home.path)


def restore_it(home: Home) -> None:
    """The command; killed after the home stood there, the same command says that it does."""
    from transforms.caring.backup import restore

    try:
        restore(home, store_of(home))
    except UsageError as error:
        if "not empty" not in str(error):
            raise


def names_its_folder(home: Home) -> list[str]:
    """Releases whose scripts name another folder than the one they lie in."""
    from transforms.caring.moved import named_elsewhere

    return named_elsewhere(home)


def name_its_folder(home: Home) -> None:
    """The part of the nightly care that a moved home needs."""
    from transforms.caring.moved import scripts_name_this_folder

    scripts_name_this_folder(home)


def lies_in_releases(home: Home) -> list[str]:
    """What stands there, whatever begins with a dot with it, and whose scripts name another folder."""
    return [*sorted(path.name for path in home.releases.iterdir()), *names_its_folder(home)]


def before_compact(home: Home) -> None:
    """Four batches, a file of each in every table about batches."""
    before_load(home)
    take_all(home)
    deliver(home.landing / LODGERS, LODGERS, date(2026, 3, 4), [lodger(number) for number in range(1, 9)])
    take_all(home)


def merge(home: Home) -> None:
    """The command, which a few files are enough for."""
    from transforms.caring.compact import compact
    from transforms.lake import store

    store.MERGED_FROM = 2
    compact(home)


def counts(home: Home) -> dict[str, int]:
    """Active files of each table that is merged."""
    return {table: Lake(home).file_count(table) for table in sorted({BATCH, *ABOUT_BATCHES})}


def before_vacuum(home: Home) -> None:
    """What was merged lies there still, as do two older tables of rooms, and what a killed load left."""
    before_compact(home)
    merge(home)
    for _ in range(2):
        Lake(home).replace("address.unit", library_frames()["address.unit"])
    lost = Lake(home).path("quality.batch") / "part-00000-left-by-a-killed-load.parquet"
    Lake(home).batch_rows().write_parquet(lost)


def sweep(home: Home) -> None:
    """The command, without a grace period."""
    from transforms.caring.vacuum import vacuum

    vacuum(home, grace_hours=0)


def lies_there(home: Home) -> dict[str, int]:
    """Parquet files of each table, needed or not."""
    return {table: len(list(Lake(home).path(table).rglob("*.parquet"))) for table in Lake(home).tables()}


def before_care(home: Home) -> None:
    """Two releases, originals that may go, a quarantined row of one of them."""
    before_backup(home)
    publish_all(home)


def look_after(home: Home) -> None:
    """The nightly command, ten years later, when one release is to be kept."""
    from schemas.care import load_care
    from transforms.caring.retention import care
    from transforms.lake import store

    store.MERGED_FROM = 2
    rules = load_care().model_copy(update={"releases_kept": 1, "grace_hours": 0})
    care(home, on=LATER, rules=rules)


def cared_for(home: Home) -> dict[str, Any]:
    """How quarantined rows are said to stand, and what lies there."""
    stands = Lake(home).read("quality.quarantine").select("status").to_series().to_list()
    return {"quarantined": sorted(map(str, stands)), **lies_there(home)}


HOUSE = [
    Story("a pull", before_pull, pull_it, feeds="pulled"),
    Story("a backup", before_backup, back_up, is_long=True, ends=last_backup),
    Story("a restore", before_restore, restore_it, is_long=True, ends=names_its_folder),
    # Every story's home is a copy, so its releases name the folder of the first.
    Story("the scripts of a moved home", before_checkout, name_its_folder, feeds="town", ends=lies_in_releases),
    Story("a compact", before_compact, merge, ends=counts),
    Story("a vacuum", before_vacuum, sweep, ends=lies_there),
    Story("the nightly care", before_care, look_after, is_long=True, ends=cared_for),
]
