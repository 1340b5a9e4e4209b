"""Every write point of every piece of work, struck one by one: nothing half is seen, and the same command run again
ends where an undisturbed one does.

The points are recorded from an undisturbed run, so a new write is struck as soon as it is written; a file that changed
without a point is an error.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests.faults import points, stories
from tests.faults.house import HOUSE
from tests.faults.points import How, Outcome, struck
from tests.faults.report import Told
from tests.faults.stories import STORIES, Story

ALL = [*STORIES, *HOUSE]
MENDED_EVERY = 15  # blows upon a long piece of work between two of its full ends
LAST = 4  # where the release that serves changes
File = tuple[str, tuple[int, int, int]]


class Ground:
    """The home a story starts from, the one it ends with undisturbed, and the points recorded on the way."""

    def __init__(self, story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLOCKDATA_FEEDS", str(stories.write_feeds(story.feeds, folder / "feeds")))
        self.story, self.folder = story, folder
        self.base = Home(folder / "base" / "home")
        self.base.path.mkdir(parents=True)
        self.went_well(struck(self.base, story.begin))
        undisturbed = self.fresh()
        before = dict(files(undisturbed))
        self.points = self.went_well(struck(undisturbed, story.work)).points
        assert self.points, "it writes nothing"
        assert not (unrecorded := sorted(self.unrecorded(undisturbed, before))), unrecorded
        self.expected = self.all_of(undisturbed)

    def fresh(self) -> Home:
        """A copy of the home it starts from and of what lies beside it, always at the same place: a release names
        where it lies.
        """
        home = Home(self.folder / "now" / "home")
        shutil.rmtree(home.path.parent, ignore_errors=True)
        shutil.copytree(self.base.path.parent, home.path.parent, symlinks=True)
        return home

    def went_well(self, outcome: Outcome) -> Outcome:
        assert (outcome.code, outcome.message) == (0, ""), outcome
        return outcome

    def all_of(self, home: Home) -> dict[str, Any]:
        """Everything the home tells, and what this work should have done."""
        ends = {"ends": self.story.ends(home)} if self.story.ends else {}
        return {**stories.everything(home), **ends}

    def unrecorded(self, home: Home, before: dict[str, tuple[int, int, int]]) -> Iterator[str]:
        """Files that are new or other than before, while no point told of them or of a folder they lie in."""
        roots = (str(home.path), str(home.path.parent))
        now = dict(files(home))
        told = {point.split(" ", 1)[1] for point in self.points}
        for name in now:
            if now[name] != before.get(name) and not points.ASIDE.search(name):
                path = points.plain(name, roots)
                if not any(path == one or path.startswith(f"{one}/") or one in ("", "home") for one in told):
                    yield path

    def mended(self, home: Home, after: str) -> None:
        """The same command again, and everything is as if nothing had happened."""
        stories.no_half(home)
        self.went_well(struck(home, self.story.work))
        found = self.all_of(home)
        different = [name for name in {*found, *self.expected} if found.get(name) != self.expected.get(name)]
        assert not different, f"after {after}: {different}"


def files(home: Home) -> Iterator[File]:
    """Every file in the home and beside it: length, time and node."""
    for path in home.path.parent.rglob("*"):
        if path.is_file() and not path.is_symlink():
            about = path.stat()
            yield str(path), (about.st_size, about.st_mtime_ns, about.st_ino)


@pytest.fixture
def ground(request: pytest.FixtureRequest, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(request.param, tmp_path / "ground", monkeypatch)


def of(chosen: Sequence[Story]) -> Any:
    """The test for these stories alone."""
    return pytest.mark.parametrize("ground", chosen, indirect=True, ids=[story.name for story in chosen])


def kinds(seen: Sequence[str]) -> str:
    """How many points of each kind, e.g. `3 delta, 1 rename`."""
    told = [point.split()[0] for point in seen]
    return ", ".join(f"{told.count(kind)} {kind}" for kind in dict.fromkeys(told))


LONG = [story for story in ALL if story.is_long]
SHORT = [story for story in ALL if not story.is_long]
NAMES_ALONE = {event.partition(".")[2] for event in (*points.MAKING, *points.TAKING)}  # no bytes are written
AGAIN = "nothing is said: the same command again ends it"
FREE = "free some space"


@pytest.mark.fault("kill -9 of the process group", "at each write point")
@pytest.mark.at_length
@of(SHORT)
def test_killed_at_each_write_point(ground: Ground, told: Told) -> None:
    """Each from the same beginning, each run again to the end."""
    for at, point in enumerate(ground.points, start=1):
        home = ground.fresh()
        assert struck(home, ground.story.work, at, "killed").is_killed, point
        ground.mended(home, f"killed before point {at}, {point}")
    told(f"{ground.story.name}: {kinds(ground.points)}", len(ground.points), AGAIN)


@pytest.mark.fault("killed in the middle of a write", "half a file, or files without their log line")
@pytest.mark.at_length
@of(SHORT)
def test_torn(ground: Ground, told: Told) -> None:
    """A file cut off by the system while it grows; a Delta write between its files and its log."""
    blows = 0
    for at, point, how in tears(ground.points):
        home = ground.fresh()
        if struck(home, ground.story.work, at, how).is_killed:  # an empty flag cannot be torn
            blows += 1
            ground.mended(home, f"{how} at point {at}, {point}")
    assert blows
    told(f"{ground.story.name}: {kinds(ground.points)}", blows, AGAIN)


@pytest.mark.fault("no space left", "from each write point on")
@pytest.mark.at_length
@of(SHORT)
def test_no_space_from_each_write_point_on(ground: Ground, told: Told) -> None:
    """The process lives and says what to do; with space again, the same command ends it."""
    said = set()
    for at, point in enumerate(ground.points, start=1):
        home = ground.fresh()
        said |= spoken(struck(home, ground.story.work, at, "full"), point)
        ground.mended(home, f"a full disk from point {at} on, {point}")
    assert said
    told(f"{ground.story.name}: {kinds(ground.points)}", len(ground.points), min(said, key=len))


@pytest.mark.fault("kill -9 of the process group", "at each write point")
@pytest.mark.at_length
@of(LONG)
def test_long_work_killed_at_each_write_point(ground: Ground, told: Told) -> None:
    blows = in_turn(ground, [(at, point, "killed") for at, point in enumerate(ground.points, start=1)])
    told(f"{ground.story.name}: {kinds(ground.points)}", len(blows), AGAIN)


@pytest.mark.fault("killed in the middle of a write", "half a file, or files without their log line")
@pytest.mark.at_length
@of(LONG)
def test_long_work_torn(ground: Ground, told: Told) -> None:
    blows = in_turn(ground, tears(ground.points))
    told(f"{ground.story.name}: {kinds(ground.points)}", len(blows), AGAIN)


@pytest.mark.fault("no space left", "from each write point on")
@pytest.mark.at_length
@of(LONG)
def test_long_work_without_space_from_each_write_point_on(ground: Ground, told: Told) -> None:
    blows = in_turn(ground, [(at, point, "full") for at, point in enumerate(ground.points, start=1)])
    said = {message for outcome, point in blows for message in spoken(outcome, point)}
    assert said
    told(f"{ground.story.name}: {kinds(ground.points)}", len(blows), min(said, key=len))


def spoken(outcome: Outcome, point: str) -> set[str]:
    """What a process said that met a full disk; nothing where it needed no more space."""
    assert not outcome.unexpected, f"at {point}: {outcome.message}"
    assert not outcome.message or ("no space left" in outcome.message and FREE in outcome.message), outcome.message
    return {outcome.message} - {""}


def in_turn(ground: Ground, blows: Sequence[tuple[int, str, How]]) -> list[tuple[Outcome, str]]:
    """Every blow, upon a run that goes on from what the blow before left: to begin anew for each takes too long.

    A run that no longer meets the point, because an earlier one was through with it, is done again from the beginning;
    now and then, and always near the end, a blow is followed by a run in peace that must end as an undisturbed one.
    """
    home, is_fresh, met = ground.fresh(), True, []
    for turn, (at, point, how) in enumerate(blows, start=1):
        nth = ground.points[:at].count(point)
        outcome = struck(home, ground.story.work, nth, how, named=point)
        if not is_fresh and outcome.code == 0 and not outcome.message:
            home = ground.fresh()
            outcome = struck(home, ground.story.work, at, how)
        is_fresh = False
        if not (outcome.is_killed or how == "full"):
            assert how == "torn", f"{point} is not met"  # an empty file cannot be torn
            continue
        met.append((outcome, point))
        stories.no_half(home)
        if turn % MENDED_EVERY == 0 or at > len(ground.points) - LAST:
            ground.mended(home, f"{how} at point {at}, {point}, and {turn - 1} blows before")
            home, is_fresh = ground.fresh(), True
    ground.mended(home, f"{len(met)} blows")
    return met


def tears(seen: Sequence[str]) -> list[tuple[int, str, How]]:
    """Number, point and way of everything that can be torn."""
    found: list[tuple[int, str, How]] = []
    for at, point in enumerate(seen, start=1):
        kind = point.split()[0]
        if kind not in (*NAMES_ALONE, "vacuum"):
            found.append((at, point, "torn"))
        if kind in ("delta", "vacuum"):
            found.append((at, point, "uncommitted"))
    return found
