"""Short lists: the existing one whose words the values are, else a draft of a new one.

A list is proposed where a new word is unlikely. By Good and Turing (1953) the chance that the next row brings an unseen
value is about the share of rows whose value stands once.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from schemas.codelist import Codelist
from transforms.proposing.facts import Facts, percent
from transforms.proposing.guess import Guess
from transforms.proposing.words import english_name, free_name

MOST_CODES = 30
ROWS_A_CODE = 4
UNSEEN = 0.01
CORE = 0.97
NEW = "?"  # code_list of a guess whose list is drafted: `propose` gives it a free name
HINTED = {"case_status": "status", "satisfaction": "satisfaction", "request_channel": "channel", "sex": "sex"}
NO_LIST = {
    "body",
    "address_text",
    "person_name",
    "organisation_name",
    "responsible_department",
    "area_name",
    "area_code",
}


def listed(facts: Facts, codelists: dict[str, Codelist], *, drafting: bool = True) -> Guess | None:
    """A guess with a code list, or None where the values are no short list. `drafting`: a new one is possible."""
    known = _known(facts, codelists)
    if known is not None:
        name, words, rest = known
        told = f"all {words} values are words of {codelists[name].title}"
        return Guess(facts.header, custom={"code_list": name}, why=told, doubt=_left_over(rest))
    core = _core(facts)
    if core is None or not drafting:
        return None
    if facts.boolean or len(core) < 2 or not _may_be_drafted(facts, core):
        return None
    codes: dict[str, str] = {}
    for value in core:
        codes[_code(value, codes)] = value
    share = sum(core.values()) / len(facts.values)
    why = f"{len(core)} values fill {percent(share)} of the cells: a new code list is drafted"
    return Guess(
        facts.header, custom={"code_list": NEW}, codes=tuple(codes.items()), why=why, doubt=_left_over(1 - share)
    )


def _left_over(rest: float) -> str:
    return f"{percent(rest)} hold another value and would be quarantined" if rest > 0.0005 else ""


def _core(facts: Facts) -> dict[str, int] | None:
    """The values that stand several times, most frequent first; None where they are no list."""
    counts, rows = facts.counts, len(facts.values)
    core = {value: times for value, times in counts.items() if times > max(1, rows * 0.003)}
    if not 1 <= len(core) <= MOST_CODES or rows < ROWS_A_CODE * len(core) or max(map(len, core)) > 20:
        return None
    once = sum(times == 1 for times in counts.values())
    if sum(core.values()) / rows < CORE or (once / rows > UNSEEN and len(counts) - len(core) > len(core)):
        return None
    return core


def _known(facts: Facts, codelists: dict[str, Codelist]) -> tuple[str, int, float] | None:
    """The list that knows the values, that they use most of, and whose title is nearest to the header; how many
    values, and what share of the cells it does not know."""
    found: list[tuple[float, str, float]] = []
    rows = len(facts.values)
    core = {value: times for value, times in facts.counts.items() if times > max(float(rows >= 50), rows * 0.003)}
    if not 1 <= len(core) <= MOST_CODES or facts.hidden:
        return None
    for name, told in codelists.items():
        rest = sum(times for value, times in facts.counts.items() if value not in told.translation) / rows
        if any(value not in told.translation for value in core) or rest > 1 - CORE:
            continue
        used = len({told.translation[value] for value in core}) / len(told.codes)
        near = max(_likeness(facts.header, told.title), float(HINTED.get(name, "") in facts.hints))
        digits = all(value.isascii() for value in core)  # 1 and 2 are words of many lists
        if near >= 0.3 or (used >= 0.4 and len(core) > 1 and not digits):
            found.append((used + near, name, rest))
    return (max(found)[1], len(core), max(found)[2]) if found else None


def _likeness(header: str, title: str) -> float:
    """Share of the header's pairs of characters that stand in the title."""
    pairs = {header[at : at + 2] for at in range(len(header) - 1)}
    return sum(pair in title for pair in pairs) / max(len(pairs), 1)


def _may_be_drafted(facts: Facts, core: dict[str, int]) -> bool:
    """Words of a kind; names of people, places, organisations and mere numbers make no list."""
    if facts.hints & NO_LIST and not facts.hints & {"category"}:
        return False
    if facts.organisation >= 0.5 or facts.hidden:
        return False
    numeric = facts.number >= 0.5
    if numeric and not (facts.hints & {"category"} and facts.is_whole and len(core) <= 12):
        return False
    return "number" not in facts.hints or (facts.han >= 0.9 and len(core) <= 12)


def _code(value: str, taken: Container[str]) -> str:
    name = english_name(value, "code")
    if not name or name == "code" or not name[0].isalpha():
        name = f"code_{''.join(sign for sign in value.lower() if sign.isalnum() and sign.isascii())}".rstrip("_")
    return free_name(name, taken, "other")


def with_list(guess: Guess, name: str) -> Guess:
    """The guess with the name its drafted list got."""
    return replace(guess, custom={**guess.custom, "code_list": name})
