"""Every write point of every piece of work, struck one by one: nothing half is seen, and the same command run again
ends where an undisturbed one does.

The points are recorded from an undisturbed run, so a new write is struck as soon as it is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests.faults import points, stories
from tests.faults.points import How, Outcome, struck
from tests.faults.report import Told
from tests.faults.stories import STORIES, Story

IDS = [story.name.replace(" ", "-") for story in STORIES]


class Ground:
    """The home a story starts from, the one it ends with undisturbed, and the points recorded on the way."""

    def __init__(self, story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLOCKDATA_FEEDS", str(stories.write_feeds(story.feeds, folder / "feeds")))
        self.story, self.folder = story, folder
        self.base = Home(folder / "base")
        self.went_well(struck(self.base, story.begin))
        undisturbed = self.fresh()
        done = self.went_well(struck(undisturbed, story.work))
        self.points = done.points
        self.expected = stories.everything(undisturbed)
        assert self.points, "it writes nothing"

    def fresh(self) -> Home:
        """A copy of the home it starts from, always at the same place: a release names where it lies."""
        home = Home(self.folder / "home")
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(self.base.path, home.path, symlinks=True)
        return home

    def went_well(self, outcome: Outcome) -> Outcome:
        assert (outcome.code, outcome.message) == (0, ""), outcome
        return outcome

    def mended(self, home: Home, after: str) -> None:
        """The same command again, and everything is as if nothing had happened."""
        stories.no_half(home)
        self.went_well(struck(home, self.story.work))
        found = stories.everything(home)
        different = [name for name in {*found, *self.expected} if found.get(name) != self.expected.get(name)]
        assert not different, f"after {after}: {different}"


@pytest.fixture
def ground(request: pytest.FixtureRequest, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(request.param, tmp_path / "ground", monkeypatch)


def of(*names: str) -> Any:
    """The test for these stories alone."""
    chosen = [story for story in STORIES if story.name in names]
    return pytest.mark.parametrize("ground", chosen, indirect=True, ids=[story.name for story in chosen])


def kinds(seen: Sequence[str]) -> str:
    """How many points of each kind, e.g. `3 delta, 1 rename`."""
    told = [point.split()[0] for point in seen]
    return ", ".join(f"{told.count(kind)} {kind}" for kind in dict.fromkeys(told))


PUBLISHES = ("the first publish", "the next publish")
ALONE = tuple(story.name for story in STORIES if story.name not in PUBLISHES)
NAMES_ALONE = {event.partition(".")[2] for event in (*points.MAKING, *points.TAKING)}  # no bytes are written
AGAIN = "nothing is said: the same command again ends it"


@pytest.mark.fault("kill -9 of the process group", "at each write point")
@pytest.mark.at_length
@of(*ALONE)
def test_killed_at_each_write_point(ground: Ground, told: Told) -> None:
    """Each from the same beginning, each run again to the end."""
    for at, point in enumerate(ground.points, start=1):
        home = ground.fresh()
        assert struck(home, ground.story.work, at, "killed").is_killed, point
        ground.mended(home, f"killed before point {at}, {point}")
    told(f"{ground.story.name}: {kinds(ground.points)}", len(ground.points), AGAIN)


@pytest.mark.fault("kill -9 of the process group", "at each write point")
@pytest.mark.at_length
@of(*PUBLISHES)
def test_a_publish_killed_at_one_write_point_after_the_other(ground: Ground, told: Told) -> None:
    """Run again after each kill, to be killed later: a publish takes too long to begin anew for each.

    The first is killed at every point. The next one, whose points are the same, at every fourth and at the last eight,
    where the release that serves changes.
    """
    home, met = ground.fresh(), len(ground.points)
    every = 1 if ground.story.name == PUBLISHES[0] else 4
    blows = 0
    for at in range(1, met + 1):
        if at % every and at < met - 8:
            continue
        if not struck(home, ground.story.work, at, "killed").is_killed:
            break  # what a run finds done it does not do again
        blows += 1
        stories.no_half(home)
    assert blows >= met * 3 // 4 // every
    ground.mended(home, f"{blows} kills")
    told(f"{ground.story.name}: {kinds(ground.points)}", blows, AGAIN)


@pytest.mark.fault("killed in the middle of a write", "half a file, or files without their log line")
@pytest.mark.at_length
@of(*ALONE)
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


@pytest.mark.fault("killed in the middle of a write", "half a file, or files without their log line")
@pytest.mark.at_length
@of(PUBLISHES[0])
def test_a_publish_torn_at_one_write_after_the_other(ground: Ground, told: Told) -> None:
    home, blows = ground.fresh(), 0
    for turn, (at, _, how) in enumerate(tears(ground.points)):
        if turn % 2:  # each delta write in one of its two ways
            continue
        blows += struck(home, ground.story.work, at, how).is_killed
        stories.no_half(home)
    assert blows > 10
    ground.mended(home, f"{blows} tears")
    told(f"{ground.story.name}: {kinds(ground.points)}", blows, AGAIN)


@pytest.mark.fault("no space left", "from each write point on")
@pytest.mark.at_length
@of(*(story.name for story in STORIES))
def test_no_space_from_each_write_point_on(ground: Ground, told: Told) -> None:
    """The process lives and says what to do; with space again, the same command ends it."""
    said, blows, last = set(), 0, {}
    for at, point in enumerate(ground.points, start=1):
        kind = point.split()[0]
        if ground.story.name in PUBLISHES and last.get(kind, 0) >= 2:  # twice each kind: it takes long
            continue
        last[kind] = last.get(kind, 0) + 1
        home = ground.fresh()
        outcome = struck(home, ground.story.work, at, "full")
        assert not outcome.unexpected, f"at point {at}, {point}: {outcome.message}"
        blows += 1
        if outcome.message:
            assert "no space left" in outcome.message and "free some space" in outcome.message, outcome.message
            said.add(outcome.message)
        ground.mended(home, f"a full disk from point {at} on, {point}")
    assert said
    told(f"{ground.story.name}: {kinds(ground.points)}", blows, min(said, key=len))


def tears(seen: Sequence[str]) -> list[tuple[int, str, How]]:
    """Number, point and way of everything that can be torn."""
    found: list[tuple[int, str, How]] = []
    for at, point in enumerate(seen, start=1):
        kind = point.split()[0]
        if kind not in NAMES_ALONE:
            found.append((at, point, "torn"))
        if kind == "delta":
            found.append((at, point, "uncommitted"))
    return found
