"""Pieces of work that write, each with the home it starts from: what is killed, and run again.

Each is a function of a home and nothing else, and may be repeated: a person who saw it killed gives the same command.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import ROOT, Home
from schemas.table import load_tables
from tests import small
from tests.connecting import sources
from tests.library import town as library_town
from tests.resolving import town
from tests.resolving.town import DAY2, DAY3, DOOR, POLICE, STUDENTS, TOWER, VILLAGE, at, change, key
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.lake.release_files import sha256_of

TOWN = (POLICE, STUDENTS, DOOR)  # few, because every table of a release is a write point or more
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


@dataclass(frozen=True)
class Story:
    """`begin` fills an empty home; `work` is what is struck; `feeds`: which contracts there are.

    `is_long`: its points are struck one run after the other instead of each from the beginning (see test_write_points).
    `ends` is told of the home after the work, beside everything else: what only this work should have done.
    """

    name: str
    begin: Callable[[Home], Any]
    work: Callable[[Home], Any]
    feeds: str = "small"
    is_long: bool = False
    ends: Callable[[Home], Any] | None = None


def write_feeds(kind: str, folder: Path) -> Path:
    """Contracts for BLOCKDATA_FEEDS: the small feeds, or of the project's own those the town's deliveries are of."""
    if kind in ("small", "pulled"):
        small.write_feeds(folder)
        if kind == "pulled":
            mark = {"column": "changed_at", "format": "%Y%m%d%H%M%S"}
            sources.pulled_feed(folder, sources.database_server("custom", watermark=mark))
        return folder
    for feed_id in TOWN:
        department, _, feed = feed_id.partition("__")
        (folder / department).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "schemas" / "feeds" / department / f"{feed}.yaml", folder / department / f"{feed}.yaml")
    return folder


def nothing_said(_frames: Any, _release: str, *_more: Any, **_named: Any) -> pl.DataFrame:
    """Stands in for Great Expectations over a release, whose import alone takes seconds."""
    return load_tables()["quality.validation"].empty()


def take_all(home: Home) -> None:
    """What the scheduler's task does: takes what lies complete in landing."""
    from transforms.taking import take

    for feed_id in (LODGERS, VISITS):
        take(feed_id, home, steps=standins())


def loaded_day(home: Home) -> None:
    """A library, and the first day of one feed."""
    small.import_library(home)
    deliver(home.landing / LODGERS, LODGERS, FIRST, [lodger(number) for number in range(1, 9)])
    take_all(home)


def before_load(home: Home) -> None:
    """A second day with changes, a deletion and a row to be quarantined lies in landing; so does another feed's."""
    loaded_day(home)
    changed = [lodger(number, colour="blue") for number in range(2, 9)]
    deliver(home.landing / LODGERS, LODGERS, SECOND, [*changed, lodger(9, colour="")])
    deliver(home.landing / VISITS, VISITS, SECOND, [lodger(1), lodger(2), lodger(3, colour="")])


def before_refusal(home: Home) -> None:
    """Far too few rows lie in landing."""
    loaded_day(home)
    deliver(home.landing / LODGERS, LODGERS, SECOND, [lodger(1)])


def before_replay(home: Home) -> None:
    """Two rows lie in quarantine."""
    small.import_library(home)
    lines = [lodger(1), lodger(2, room=2, colour=""), lodger(3, colour="")]
    deliver(home.landing / VISITS, VISITS, FIRST, lines)
    take_all(home)


USUAL = 20_000


def usual_size(home: Home) -> None:
    """A first delivery of USUAL rows, through the real steps but for the keying."""
    _real_load(home, FIRST, USUAL)


def ten_times(home: Home) -> None:
    """The next one, of ten times as many."""
    _real_load(home, SECOND, 10 * USUAL)


def _real_load(home: Home, day: date, count: int) -> None:
    from transforms.steps import the_steps
    from transforms.taking import take

    lines = [lodger(1).replace("L0001", f"L{number:07}") for number in range(count)]
    deliver(home.landing / LODGERS, LODGERS, day, lines)
    near = standins()
    take(LODGERS, home, steps=replace(the_steps(), open_library=near.open_library, key=near.key))


def replay_all(home: Home) -> None:
    """After the rule was mended."""
    from transforms.replaying.replay import replay

    def clean(rows: pl.DataFrame, *rest: Any) -> Any:
        return small._clean(rows.with_columns(pl.col("colour").fill_null("none")), *rest)

    replay(home, steps=replace(standins(), clean=clean))


def before_operation(home: Home) -> None:
    """A library of two villages."""
    library_town.settle_in(home)


def operate(home: Home) -> None:
    """A room is split; killed after it was done, the same command is refused as done."""
    from transforms.library.split import split

    try:
        split(home, library_town.unit(library_town.VILLAGE, 1), ["101A", "101B"], library_town.order())
    except UsageError as error:
        if "cancel" not in str(error):
            raise


def import_again(home: Home) -> None:
    """The whole library at once."""
    from transforms.addressing.library_import import import_library

    import_library(home.path / "given", home)


def before_import(home: Home) -> None:
    """A department's own library as files."""
    folder = home.path / "given"
    folder.mkdir(parents=True)
    for name, frame in small.library_frames().items():
        frame.write_parquet(folder / f"{name}.parquet")


def before_publish(home: Home) -> None:
    """Deliveries of some feeds, and a room that only the door has found."""
    town.fill_library(home)
    town.fill(home, **{feed_id: town.days()[feed_id] for feed_id in TOWN})
    town.fill(home, **{DOOR: [change("RH9", DAY2, outcome="room_exists", visited_on=DAY2, **at(VILLAGE, room="301"))]})


def before_second_publish(home: Home) -> None:
    """One release stands, one more delivery has come."""
    before_publish(home)
    publish_all(home)
    town.fill(home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})


def publish_all(home: Home) -> None:
    """The command, without Great Expectations."""
    from transforms import publish as publishing

    publishing.judge = nothing_said
    publishing.publish(home)


def before_checkout(home: Home) -> None:
    """One release."""
    before_publish(home)
    publish_all(home)


def check_out(home: Home) -> None:
    """An analyst's copy; killed after it was whole, the same command says that it is there."""
    from serving.checkout import checkout

    try:
        checkout("current", home.path / "copy", home, by="分析岗")
    except UsageError as error:
        if "not empty" not in str(error):
            raise


STORIES = [
    Story("a load", before_load, take_all),
    Story("a refused load", before_refusal, take_all),
    Story("a replay", before_replay, replay_all),
    Story("a library operation", before_operation, operate, feeds="town"),
    Story("an import of the library", before_import, import_again),
    Story("the first publish", before_publish, publish_all, feeds="town", is_long=True),
    Story("the next publish", before_second_publish, publish_all, feeds="town", is_long=True),
    Story("a checkout", before_checkout, check_out, feeds="town", is_long=True),
]


def landed(home: Home) -> list[str]:
    """What lies in landing, by name and content."""
    files = sorted(path for path in home.landing.rglob("*") if path.is_file())
    return [f"{path.relative_to(home.landing).as_posix()} {sha256_of(path)}" for path in files]


def everything(home: Home, *, copy: Path | None = None) -> dict[str, Any]:
    """All a home tells, without wall-clock, order and ids of operations: two homes are equal when this is.

    Every table of the lake, every table of the release that serves (and that it is whole), what is sealed, what waits.
    """
    from tests.faults.days import WALL_CLOCK
    from transforms.lake import archive
    from transforms.lake.journal import JOURNAL
    from transforms.lake.release import releases, verify_release
    from transforms.lake.store import BATCH, Lake
    from transforms.publish import Release  # noqa: F401  the import settles how tables are declared

    def rows(frame: pl.DataFrame) -> list[tuple[str, ...]]:
        return sorted(tuple(map(str, row)) for row in frame.drop(WALL_CLOCK, strict=False).iter_rows())

    lake = Lake(home)
    said: dict[str, Any] = {
        f"lake {name}": rows(lake.batch_rows() if name == BATCH else lake.read(name))
        for name in lake.tables()
        if name != JOURNAL
    }
    said["library operations"] = lake.standing().number
    said["sealed"] = sorted((seal.batch_id, seal.feed_id, str(seal.day)) for seal in archive.sealed(home))
    for batch_id, feed_id, _ in said["sealed"]:
        archive.unseal(home, batch_id, feed_id)
    said["landing"] = landed(home)
    said["releases"] = releases(home)
    said["current"] = home.current_release.name if home.current_release else None
    for folder in [home.releases / name for name in said["releases"]]:
        manifest = verify_release(folder)
        for name, entry in manifest.tables.items():
            if name != "release.table":  # it tells sizes of files
                files = [pl.read_parquet(folder / file.path, hive_partitioning=False) for file in entry.files]
                said[f"{manifest.release} {name}"] = rows(pl.concat(files, how="diagonal_relaxed"))
    left = [path.name for path in home.path.rglob("*") if ".part" in path.name or path.name.startswith(".building-")]
    said["left over"] = sorted(left)
    copied = copy or home.path / "copy"
    if copied.is_dir():
        said["copy"] = len(verify_release(copied).tables)
    return {name: value for name, value in said.items() if value != []}


def no_half(home: Home) -> None:
    """What a reader may see at any instant: the release that serves is whole, and every release there is."""
    from transforms.lake.release import releases, verify_release
    from transforms.lake.store import Lake

    for name in releases(home):
        verify_release(home.releases / name)
    assert home.current_release is None or home.current_release.name in releases(home)
    lake = Lake(home)
    for name in lake.tables():
        lake.read(name)
    if (home.path / "copy").is_dir():
        verify_release(home.path / "copy")
