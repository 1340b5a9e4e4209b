from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta

import pytest

from schemas.care import load_care
from schemas.errors import UsageError
from schemas.home import Home
from tests.caring.conftest import SEALED
from tests.resolving.town import DAY3, POLICE
from transforms.caring.erase import WITHDRAWN
from transforms.caring.retention import care, expired_originals, old_releases, pin
from transforms.lake import archive
from transforms.lake.release import releases

RULES = load_care()


def more_releases(home: Home) -> list[str]:
    """Three older ones beside the one that serves."""
    serves = home.current_release
    assert serves is not None
    for day in ("01", "02", "03"):
        shutil.copytree(serves, home.releases / f"2026-01-{day}.01", copy_function=os.link)
    return releases(home)


def everything_under(home: Home) -> dict[str, tuple[int, int, int]]:
    """Every file and folder but the locks."""
    there = {path: path.lstat() for path in home.path.rglob("*") if ".locks" not in path.parts}
    return {str(path): (at.st_ino, at.st_size if path.is_file() else 0, at.st_mtime_ns) for path, at in there.items()}


def test_a_night_of_care_says_what_went_and_the_next_finds_nothing(town_home: Home) -> None:
    names = more_releases(town_home)
    log = town_home.path / "airflow" / "logs" / "dag" / "run.log"
    log.parent.mkdir(parents=True)
    log.write_text("old")
    long_ago = time.time() - (RULES.log_days + 1) * 86400
    os.utime(log, (long_ago, long_ago))
    audited = (town_home.path / "audit" / "log.jsonl").read_bytes()
    rules = RULES.model_copy(update={"releases_kept": 2})
    after = DAY3 + timedelta(days=401)
    left = town_home.releases / f"{WITHDRAWN}2026-01-00.01"  # a care was killed while it removed one
    (left / "address").mkdir(parents=True)
    before = everything_under(town_home)
    told = care(town_home, dry_run=True, on=after, rules=rules)
    assert everything_under(town_home) == before, "a dry run changes nothing"
    assert {one.what: one.removed for one in told} == {
        "sealed originals": 1, "releases": 2, "logs": 1, "small files merged": 0, "files of the lake": 0,
        "scripts that named another folder": 4,
    }  # fmt: skip
    done = care(town_home, on=after, rules=rules)
    assert [one.removed for one in done][:3] == [1, 2, 1]
    assert releases(town_home) == names[-2:]
    assert not archive.sealed(town_home) and not left.exists()
    assert not log.parent.exists()
    assert (town_home.path / "audit" / "log.jsonl").read_bytes() == audited
    assert [one.removed for one in care(town_home, on=after, rules=rules)] == [0, 0, 0, 0, 0, 0]


def test_an_original_stays_to_the_last_day_of_its_retention(town_home: Home) -> None:
    last = DAY3 + timedelta(days=400)
    assert expired_originals(town_home, last).removed == 0
    assert archive.unseal(town_home, SEALED)
    assert expired_originals(town_home, last + timedelta(days=1)).removed == 1
    assert not list(town_home.archive.glob(f"{POLICE}/*/*.sealed"))


def test_what_serves_what_is_pinned_and_what_an_agreement_goes_on_from_stay(town_home: Home) -> None:
    from schemas.agreement import load_agreements

    names = more_releases(town_home)
    agreement = next(one for one in load_agreements().values() if not one.is_expired(DAY3))
    served = town_home.outbox / agreement.department / agreement.id / names[1]
    served.mkdir(parents=True)
    (served / "manifest.json").write_text("{}")
    pin(town_home, names[0], "年报口径")
    assert old_releases(town_home, 1, DAY3).removed == 1
    assert releases(town_home) == [names[0], names[1], names[3]]
    pin(town_home, names[0], "", lift=True)
    assert old_releases(town_home, 1, agreement.expires_on + timedelta(days=1)).removed == 2
    assert releases(town_home) == [names[3]]
    with pytest.raises(UsageError, match="no such release"):
        pin(town_home, "2020-01-01.01", "x")
