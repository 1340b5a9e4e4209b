"""Persons whose data may only be stored (restricted) or may not be here any more (erased), and how a load meets them.

A person is given by identity number, read once and kept nowhere: subjects/<mark>.json is named by a keyed hash of the
person's token, under another key than the token's own. From the list alone nobody finds the person in a table.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import polars as pl

from schemas.contract import Contract, Role
from schemas.errors import UsageError
from schemas.home import Home
from transforms.cleaning.person_id import has_check_digit, normalised
from transforms.cleaning.tokens import Keys, marks, tokens
from transforms.lake.faults import storage_faults
from transforms.lake.keys import keys_of
from transforms.reading.quarantine import faults_of, without_faulty

State = Literal["restricted", "erased"]
RULES: dict[str, str] = {"restricted": "subject_restricted", "erased": "subject_erased"}
PERSON = "person_key"
_APART = r"[\s\-\u3000\u2010-\u2015－]{0,2}"  # what people write between digits


@dataclass(frozen=True)
class Subject:
    """One person. `numbers`: the identity number as it may be written, 18 positions and, where there is one, 15."""

    mark: str
    person_key: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)

    def pattern(self) -> re.Pattern[str]:
        """Finds the number in a text, also full-width or spaced."""
        return re.compile("|".join(_APART.join(_either(position) for position in number) for number in self.numbers))


@dataclass(frozen=True)
class Entry:
    """What the list says of one person. `step`: how far an erasure has come; `done` at its end."""

    mark: str
    state: State
    decision: str
    by: str
    on: str
    step: str = "done"


def subject_of(home: Home, number: str) -> Subject:
    """The person of an identity number. UsageError (which never repeats it) when it is none."""
    told = normalised(pl.Series([number.strip()], dtype=pl.String))
    if not has_check_digit(told).item():
        raise UsageError(
            "this is no identity number: 18 positions, the last a check digit", "read it from the document"
        )
    keys = keys_of(home)
    key = tokens(told, keys)
    whole = str(told.item())
    short = (whole[:6] + whole[8:17],) if whole[6:8] == "19" else ()
    return Subject(marks(key, keys).item(), str(key.item()), (whole, *short))


def entries(home: Home) -> dict[str, Entry]:
    """The list by mark."""
    found = {}
    for path in sorted(_folder(home).glob("*.json")):
        entry = Entry(**json.loads(path.read_text(encoding="utf-8")))
        found[entry.mark] = entry
    return found


def put(home: Home, entry: Entry) -> None:
    """Writes an entry, replacing an earlier one; whole or not at all."""
    with storage_faults(home.path):
        folder = _folder(home)
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{entry.mark}.{os.getpid()}"
        with aside.open("w", encoding="utf-8") as file:
            json.dump(entry.__dict__, file, ensure_ascii=False, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / f"{entry.mark}.json")


def drop(home: Home, mark: str) -> None:
    """Takes an entry off the list."""
    (_folder(home) / f"{mark}.json").unlink(missing_ok=True)


def set_aside(home: Home, cleaned: Any, contract: Contract, keys: Keys) -> Any:
    """What cleaning gave, the rows of listed persons among the quarantined: counted there, never keyed or released.

    `cleaned`: `rows` and `quarantined` as `transforms.cleaning.clean` returns them; the same type comes back.
    """
    listed = states(home)
    if not listed or PERSON not in cleaned.rows.columns or cleaned.rows.is_empty():
        return cleaned
    rules = marks(cleaned.rows[PERSON], keys).replace_strict(
        {mark: RULES[state] for mark, state in listed.items()}, default=None, return_dtype=pl.String
    )
    if rules.null_count() == rules.len():
        return cleaned
    column = next(one.name for one in contract.columns if one.role in (Role.PERSON_ID, Role.EMBEDDED_PERSON_ID))
    rows = cleaned.rows.with_columns(_rule=rules)
    lines = [
        faults_of(rows, pl.col("_rule") == rule, column, rule, pl.lit("")) for rule in sorted(set(rules.drop_nulls()))
    ]
    lines_of_all = pl.concat(lines)
    return type(cleaned)(
        without_faulty(cleaned.rows, lines_of_all),
        pl.concat([cleaned.quarantined, lines_of_all], how="vertical_relaxed"),
    )


def states(home: Home) -> Mapping[str, str]:
    """State by mark; one look at a folder where nobody is listed."""
    return {mark: entry.state for mark, entry in entries(home).items()} if _folder(home).is_dir() else {}


def today() -> str:
    """The day it is where the lake is."""
    from transforms.replaying.standing import today as day

    told: date = day()
    return told.isoformat()


def _folder(home: Home) -> Any:
    return home.path / "subjects"


def _either(position: str) -> str:
    """A position half-width or full-width, X in either case."""
    wide = chr(ord(position) + 0xFEE0)
    return "[XxＸｘ]" if position == "X" else f"[{position}{wide}]"
