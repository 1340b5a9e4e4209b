"""The committed dictionary: what a header hints at, and an English name for it (words.yaml)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "words.yaml"
LONGEST = 40  # letters of a column name


@dataclass(frozen=True)
class Excluded:
    """What is kept out: by a header, or by values that all say it."""

    header: re.Pattern[str]
    values: str | None


@dataclass(frozen=True)
class Words:
    """words.yaml, its patterns compiled."""

    hints: dict[str, re.Pattern[str]]
    excluded: dict[str, Excluded]
    crs: dict[str, re.Pattern[str]]
    units: dict[str, re.Pattern[str]]
    family_names: frozenset[str]
    english: dict[str, str] = field(repr=False)


@cache
def words() -> Words:
    """The dictionary, read once."""
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Words(
        hints={name: re.compile(text) for name, text in read["hints"].items()},
        excluded={
            name: Excluded(re.compile(told["header"]), told.get("values")) for name, told in read["excluded"].items()
        },
        crs={name: re.compile(text) for name, text in read["crs"].items()},
        units={name: re.compile(text) for name, text in read["units"].items()},
        family_names=frozenset("".join(read["family_names"].split())),
        english=read["english"],
    )


def folded(header: str) -> str:
    """A header as the dictionary reads it: half width, lower case, no spaces; camelCase parted."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", unicodedata.normalize("NFKC", header))
    return re.sub(r"[\s\-]+", "_" if plain.isascii() else "", plain.strip()).lower()


def hints_of(header: str) -> frozenset[str]:
    """What the header hints at: keys of `hints`."""
    text = folded(header)
    return frozenset(name for name, pattern in words().hints.items() if pattern.search(text))


def excluded_by(header: str) -> str | None:
    """What law or the house keeps out, told by the header alone."""
    text = folded(header)
    return next((name for name, told in words().excluded.items() if told.header.search(text)), None)


def unit_of(header: str) -> str | None:
    """The unit a header tells or implies."""
    text = folded(header)
    return next((name for name, pattern in words().units.items() if pattern.search(text)), None)


def english_name(text: str, fallback: str = "column") -> str:
    """snake_case English of a header: known words translated, what is left in pinyin."""
    text = re.sub(r"[（(][^（）()]*[)）]", "", folded(text))
    parts: list[str] = []
    for run in re.findall(r"[一-鿿]+|[a-z0-9]+", text):
        parts += [run] if run.isascii() else _translated(run)
    name = re.sub(r"_+", "_", "_".join(dict.fromkeys(parts))).strip("_")
    name = re.sub(r"^[0-9_]+", "", name) or fallback
    return name[:LONGEST].rstrip("_")


def free_name(name: str, taken: Container[str], suffix: str = "value") -> str:
    """`name`, or `name_<suffix>`, or with a number, whichever nobody bears yet."""
    tries = [name, f"{name}_{suffix}", *(f"{name}_{number}" for number in range(2, 100))]
    return next(told for told in tries if told not in taken)


def _translated(run: str) -> list[str]:
    """The longest known word first; unknown characters together in pinyin."""
    english = words().english
    parts: list[str] = []
    unknown = ""
    at = 0
    while at < len(run):
        length = next((n for n in range(min(8, len(run) - at), 0, -1) if run[at : at + n] in english), 0)
        if length:
            parts += [_pinyin(unknown)] if unknown else []
            parts.append(english[run[at : at + length]])
            unknown, at = "", at + length
        else:
            unknown, at = unknown + run[at], at + 1
    return [*parts, _pinyin(unknown)] if unknown else parts


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "_".join(re.sub("[^a-z]", "", syllable.replace("ü", "v")) for syllable in lazy_pinyin(text)).strip("_")
