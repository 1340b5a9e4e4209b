"""How the department hands over, as far as one file tells: the day in its name, mode, when it is complete."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from schemas.contract_shape import Role
from transforms.cleaning.numbers_hidden import scrubbed_text
from transforms.proposing.facts import Facts
from transforms.proposing.guess import Guess, Remark
from transforms.proposing.subject import PERSON
from transforms.proposing.words import english_name

_DAY = r"(?<![0-9])((?:19|20)[0-9]{2})(-?)([01][0-9])\2([0-3][0-9])(?![0-9])"
WHOLE = "台账|名册|名录|花名册|全量|清单|register|full|snapshot"
CHANGED = "增量|变更|变动|delta|incr|change"


@dataclass(frozen=True)
class Named:
    """What a file's name tells: the pattern of the contract, the day, and what is left as a name for the feed."""

    pattern: str
    day: date | None
    stem: str
    remark: Remark


def named(name: str) -> Named:
    """The file pattern of a contract, from one name. Without a day in it, the pattern asks for one."""
    path = PurePath(name)
    suffix = path.suffix
    ending = rf"\.(?i:{re.escape(suffix[1:])})" if suffix else ""
    found = re.search(_DAY, path.stem)
    stem = re.sub(r"[\s_\-.]+$|^[\s_\-.]+", "", re.sub(_DAY, "", path.stem))
    if scrubbed_text(stem) != stem:
        stem = "sample"
    if found is None:
        pattern = rf"^{re.escape(stem)}_(?P<day>\d{{8}}){ending}$"
        remark = Remark(pattern, "the name tells no day: have one written into it, or load with --day")
        return Named(pattern, None, stem, remark)
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        day = None
    form = r"\d{4}-\d{2}-\d{2}" if found[2] else r"\d{8}"
    before, after = (re.sub(r"\\([-_ ])", r"\1", re.escape(part)) for part in re.split(_DAY, path.stem)[::5])
    pattern = f"^{before}(?P<day>{form}){after}{ending}$"
    return Named(pattern, day, stem, Remark(pattern, "the day in the sample's name"))


def feed_name(stem: str) -> str:
    """A feed's name of a file's stem: dog_licences; Chinese by the dictionary."""
    return english_name(stem, "records")


def mode_of(name: str, title: str, columns: Sequence[Facts], guesses: dict[str, Guess], is_event: bool) -> Remark:
    """snapshot, incremental or events. A snapshot deletes what it lacks, so it needs a word or a long span of days."""
    happened = any(guess.role is Role.EVENT_TIME for guess in guesses.values())
    if is_event or (happened and any(guess.role in PERSON for guess in guesses.values())):
        return Remark("events", "rows tell what happened")
    text = f"{name} {title}".lower()
    if re.search(CHANGED, text):
        return Remark("incremental", "the name speaks of changes")
    if re.search(WHOLE, text):
        return Remark("snapshot", "the name speaks of a whole register")
    for facts in columns:
        if guesses[facts.name].type in ("date", "timestamp") and len(facts.values) >= 20:
            low, high = facts.day_at(0.1), facts.day_at(0.9)
            if low is not None and high is not None and (high - low).days > 180:
                return Remark("snapshot", "its days span more than half a year, so it looks like a whole register")
    return Remark("incremental", "nothing says that it is whole, and what an incremental file lacks is not deleted")


def complete_of(siblings: Sequence[str], name: str) -> tuple[dict[str, Any], str]:
    """When a delivery is whole: by a flag or manifest beside the sample, else when it grows no more."""
    stem = PurePath(name).stem
    for ending in (".ok", ".done", ".flag", ".fin"):
        if stem + ending in siblings:
            return {"flag": "{stem}" + ending}, "a flag lies beside the sample"
    for ending in (".manifest.json", ".json"):
        if stem + ending in siblings and not name.endswith(ending):
            return {"manifest": "{stem}" + ending}, "a manifest lies beside the sample"
    return {"stable_seconds": 60}, "no flag or manifest beside the sample: complete when it has not grown for a minute"
