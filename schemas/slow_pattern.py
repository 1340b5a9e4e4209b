"""Regular expressions that could take for ever over some text: Python's engine goes back and tries every other way.

Told from the pattern alone, before any name is matched: a match that goes on cannot be stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")  # the one way to a parsed pattern (3.11 to 3.13)
code: Any = import_module("re._constants")
LONGEST = 255  # signs of a file name
MOST_IN_A_ROW = 3  # repeats that may share what they match: a name of 255 signs has 3 million ways to be parted in four
MOST_WAYS = 2 * LONGEST**MOST_IN_A_ROW  # one sign between them may lack
OPEN = 20  # and more signs at most: as good as any number
_REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT)
_NEVER_BACK = (code.POSSESSIVE_REPEAT, code.ATOMIC_GROUP)
_SIGNS = [*map(chr, range(32, 127)), "座", "·", "－", "é"]  # what sets of signs are told apart by

Parsed = Sequence[tuple[Any, Any]]


def why_slow(pattern: str) -> str:
    """What in a pattern could take for ever, "" for one that cannot. Raises re.error for what is no pattern."""
    flags = re.compile(pattern).flags
    parsed: Parsed = list(_parser.parse(pattern))
    for inner, many in _repeated(parsed):
        if many and (why := _ambiguous(inner)):
            return why
    is_anchored = _is_anchored(parsed)
    runs = [*(() if is_anchored else (_Run(_every(), LONGEST),)), *_runs(parsed, flags)]
    if _most_ways(runs) > MOST_WAYS:
        where = "" if is_anchored else ", and it may begin anywhere: begin it with ^"
        return f"more than {MOST_IN_A_ROW} repeats in a row may match the same signs{where}"
    return ""


@dataclass(frozen=True)
class _Run:
    """Signs a part of the pattern matches, and in how many lengths; 0 for one sign that must be there."""

    signs: frozenset[str]
    ways: int


def _repeated(parsed: Parsed) -> Iterator[tuple[Parsed, bool]]:
    """Every repeat's body, and whether it comes more than once; those within others too."""
    for kind, about in parsed:
        if kind in _REPEATS:
            _, high, inner = about
            yield list(inner), high > 1
        if kind not in _NEVER_BACK:
            for part in _parts(kind, about):
                yield from _repeated(part)


def _ambiguous(body: Parsed) -> str:
    """Why a text of many of these can be parted in many ways: each way is tried before the engine gives up."""
    for kind, about in body:
        if kind in _REPEATS and about[0] != about[1]:
            return "a repeat stands within a repeat"
        if kind is code.BRANCH and not _is_told_at_once(about[1]):
            return "a repeat holds a choice whose parts may begin alike"
        if kind not in (*_REPEATS, *_NEVER_BACK, code.BRANCH):
            for part in _parts(kind, about):
                if why := _ambiguous(part):
                    return why
    return ""


def _is_told_at_once(choices: Sequence[Any]) -> bool:
    """The first sign says which of the choices it is, as each begins with another literal."""
    firsts = [choice[0] if len(choice) else (None, None) for choice in choices]
    return all(kind is code.LITERAL for kind, _ in firsts) and len({sign for _, sign in firsts}) == len(firsts)


def _parts(kind: Any, about: Any) -> list[Parsed]:
    """The patterns within a part of a pattern."""
    if kind in (*_REPEATS, code.POSSESSIVE_REPEAT):
        return [list(about[2])]
    if kind is code.SUBPATTERN:
        return [list(about[3])]
    if kind is code.BRANCH:
        return [list(choice) for choice in about[1]]
    if kind in (code.ASSERT, code.ASSERT_NOT):
        return [list(about[1])]
    if kind is code.GROUPREF_EXISTS:
        return [list(choice) for choice in about[1:] if choice is not None]
    return [list(about)] if kind is code.ATOMIC_GROUP else []


def _is_anchored(parsed: Parsed) -> bool:
    return bool(parsed) and parsed[0][0] is code.AT and parsed[0][1] in (code.AT_BEGINNING, code.AT_BEGINNING_STRING)


def _runs(parsed: Parsed, flags: int) -> Iterator[_Run]:
    """The repeats of a pattern and the signs that must stand between them, in order."""
    for kind, about in parsed:
        if kind in _REPEATS and about[0] != about[1] and about[1] >= OPEN:
            yield _Run(_matched(list(about[2]), flags), LONGEST)
        elif kind in _REPEATS and about[0] != about[1] and not any(run.ways for run in _runs(list(about[2]), flags)):
            yield _Run(_matched(list(about[2]), flags), about[1] - about[0] + 1)
        elif kind in (code.LITERAL, code.NOT_LITERAL, code.IN, code.ANY):
            yield _Run(_matched([(kind, about)], flags), 0)
        elif kind in _REPEATS or kind in (code.BRANCH, code.GROUPREF_EXISTS):  # what may lack parts nothing
            for part in _parts(kind, about):
                must = kind in _REPEATS and about[0] > 0
                yield from (run for run in _runs(part, flags) if run.ways or must)
        elif kind is code.SUBPATTERN:
            yield from _runs(list(about[3]), flags)


def _most_ways(runs: Sequence[_Run]) -> int:
    """In how many ways repeats share what they match that come one after the other with no sign between them that the
    one before cannot match."""
    most, now, last = 1, 1, _every()
    for run in runs:
        if run.ways and run.ways < LONGEST:  # it may be empty: what stands before it meets what follows
            now, last = now * run.ways, last | run.signs
        elif run.ways:
            now = now * run.ways if run.signs & last else run.ways
            last = run.signs
        elif not run.signs & last:
            now = 1
        most = max(most, now)
    return most


def _matched(parsed: Parsed, flags: int) -> frozenset[str]:
    """The signs of _SIGNS that occur in what a part matches."""
    found: set[str] = set()
    for kind, about in parsed:
        if kind in (code.ANY, code.GROUPREF):
            found |= _every()
        elif kind is code.LITERAL:
            found.add(chr(about))
        elif kind is code.NOT_LITERAL:
            found |= _every() - {chr(about)}
        elif kind is code.IN:
            found |= _in_set(about)
        else:
            for part in _parts(kind, about):
                found |= _matched(part, flags)
    if flags & re.IGNORECASE:
        found |= {sign.swapcase() for sign in found}
    return frozenset(found)


def _in_set(members: Parsed) -> set[str]:
    found: set[str] = set()
    is_negated = False
    for kind, about in members:
        if kind is code.NEGATE:
            is_negated = True
        elif kind is code.LITERAL:
            found.add(chr(about))
        elif kind is code.RANGE:
            found |= {sign for sign in _SIGNS if about[0] <= ord(sign) <= about[1]} | {chr(about[0])}
        elif kind is code.CATEGORY:
            name = str(about).rsplit("_", 1)[-1].lower()[0]  # CATEGORY_NOT_DIGIT: no d
            wanted = re.compile("\\" + (name.upper() if "_NOT_" in str(about) else name))
            found |= {sign for sign in _SIGNS if wanted.match(sign)}
    return set(_SIGNS) - found if is_negated else found


def _every() -> frozenset[str]:
    return frozenset(_SIGNS)
