"""What kind of value a column holds, once it identifies nobody: day, number, truth value, listed word, text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.codelist import Codelist
from schemas.contract_shape import Role
from transforms.proposing.code_lists import listed
from transforms.proposing.facts import COMPACT_TIME, Facts, percent
from transforms.proposing.guess import Guess
from transforms.proposing.words import unit_of

MOST = 0.97  # share that must fit before a type or a form is asked for
MONTHS = (
    (r"^(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])$", "2026-03"),
    (r"^(?:19|20)[0-9]{2}年(?:0?[1-9]|1[0-2])月$", "2026年3月"),
    (r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])$", "202603"),
    (r"^(?:19|20)[0-9]{2}[/.](?:0?[1-9]|1[0-2])$", "2026/3"),
)


def value_of(facts: Facts, codelists: dict[str, Codelist], day: date) -> Guess:
    """The guess for a column that identifies nobody. Never None: what nothing tells is text."""
    tells: tuple[Callable[[], Guess | None], ...] = (
        lambda: _empty(facts),
        lambda: listed(facts, codelists, drafting=False) if "free_text" not in facts.hints else None,
        lambda: _free_text(facts),
        lambda: _month(facts),
        lambda: _day(facts, day),
        lambda: listed(facts, codelists),
        lambda: _truth(facts),
        lambda: _number(facts),
    )
    for tell in tells:
        guess = tell()
        if guess is not None:
            return guess
    return _text(facts)


def _empty(facts: Facts) -> Guess | None:
    if len(facts.values) or facts.boolean:
        return None
    if facts.hints & {"free_text", "maybe_free_text"}:
        why = "empty in the sample, and by its header a text that may say anything: read and dropped"
        return Guess(facts.header, role=Role.FREE_TEXT, classification="restricted", why=why)
    return Guess(facts.header, why="empty in the sample: kept as text", doubt="look at its type once it is filled")


def _free_text(facts: Facts) -> Guess | None:
    named = bool(facts.hints & {"free_text", "maybe_free_text"})
    told = Guess(facts.header, role=Role.FREE_TEXT, classification="restricted")
    if named and facts.han >= 0.3 and not facts.hints & {"number", "date", "boolean"}:
        why = "a text that may say anything about anybody: read and dropped, it never passes cleaning"
        return replace(told, why=why)
    wordy = facts.prose >= 0.3 and facts.distinct > len(facts.values) * 0.3 and facts.mean_length >= 10
    if wordy and not facts.hints & {"address_text", "organisation_name", "body"} and facts.address < 0.8:
        why = f"{percent(facts.prose)} are sentences: dropped, for a sentence may say anything about anybody"
        return replace(told, why=why, doubt="take the role away if it never speaks of people")
    return None


def _month(facts: Facts) -> Guess | None:
    for pattern, shown in MONTHS:
        share = facts.share(pattern)
        if share >= MOST and (facts.hints & {"month", "date", "year"} or not re.match(r"^\d{6}$", shown)):
            return Guess(facts.header, options={"pattern": pattern}, why=f"{percent(share)} are months like {shown}")
    return None


def _day(facts: Facts, day: date) -> Guess | None:
    """A day or a moment. Bare digits are one only where the header speaks of time or the digits of no other thing."""
    if facts.masked_date >= 0.02 and facts.masked_date + facts.date >= 0.9:
        why = f"{percent(facts.masked_date)} are days known in part, their tail masked"
        first = facts.values.str.replace_all("[^0-9*]", "").str.replace_all("*", "0", literal=True)
        ahead = (first > f"{day:%Y%m%d}").mean()
        some = {"future": True} if isinstance(ahead, float) and ahead > 0.01 else {}
        return Guess(facts.header, type="date", custom={"masked": True} | some, why=why)
    named = bool(facts.hints & {"date", "valid_from", "valid_to"})
    eight = facts.share(rf"^(?:19|20)[0-9]{{6}}$|{COMPACT_TIME}")
    sure = facts.printed_date >= 0.9 or (eight >= 0.9 and (named or not facts.hints & {"number"}))
    if facts.date < 0.9 or not (sure or (named and facts.date >= 0.95)):
        return None
    custom: dict[str, Any] = {}
    ahead = float((facts.dates > day).sum() or 0) / max(len(facts.values), 1)
    if facts.share("长期|永久|无固定|9999") > 0:
        custom["open_ended"] = True
    elif ahead > 0.01:
        custom["future"] = True
    kind = "timestamp" if facts.timed >= 0.2 else "date"
    told = "days with a time" if kind == "timestamp" else "days"
    why = f"{percent(facts.date)} are {told}" + (", some ahead of the delivery" if custom else "")
    return Guess(facts.header, type=kind, custom=custom, why=why)


def _truth(facts: Facts) -> Guess | None:
    if not facts.boolean or (len(set(facts.whole.unique())) < 2 and "boolean" not in facts.hints):
        return None
    if set(facts.whole.unique()) <= {"0", "1"} and "quantity" in facts.hints and "boolean" not in facts.hints:
        return None
    return Guess(facts.header, type="boolean", why="every cell says yes or no")


def _number(facts: Facts) -> Guess | None:
    if facts.number < MOST or facts.leading_zero > 0.01 or ("number" in facts.hints and facts.is_whole):
        return None
    if max(facts.lengths) > 15 and facts.is_whole:
        return None
    numbers = facts.numbers.drop_nulls()
    unit = unit_of(facts.header)
    counted = facts.hints & {"quantity"} or unit
    is_year = "year" in facts.hints and facts.share(r"^(?:19|20)[0-9]{2}(?:\.0)?$") >= 0.9
    guess = Guess(
        facts.header,
        type="integer" if facts.is_whole and "money" not in facts.hints and unit != "m2" else "number",
        role=Role.QUANTITY if counted and not is_year else None,
        custom={"unit": unit} if unit and not is_year else {},
        why=f"{percent(facts.number)} are {'whole ' if facts.is_whole else ''}numbers"
        + (", of a year" if is_year else f", in {unit}" if unit else ""),
    )
    if is_year:
        return replace(guess, type="integer", options={"minimum": 1900, "maximum": 2100})
    low, high = float(numbers.quantile(0.001) or 0), float(numbers.max() or 0)  # type: ignore[arg-type]
    options = {"minimum": 0 if low >= 0 else -_above(-low * 3), "maximum": _above(max(high * 3, 10))}
    return replace(guess, options=options)


def _above(value: float) -> int:
    """The next round number: 1, 2 or 5 with zeros."""
    scale = 10 ** math.floor(math.log10(max(value, 1)))
    return int(next(step * scale for step in (1, 2, 5, 10) if step * scale >= value))


def _text(facts: Facts) -> Guess:
    pattern, share = form_of(facts) if facts.hints & {"number", "unit_code", "area_code"} else (None, 0.0)
    if pattern is None:
        if facts.share(r"^\s*[\[{].*[\]}]\s*$") >= 0.5:
            why = "lists or objects within a cell, which may name anybody: read and dropped, it never passes cleaning"
            doubt = "have the department deliver each value as a field of its own"
            return Guess(facts.header, role=Role.FREE_TEXT, classification="restricted", why=why, doubt=doubt)
        hidden = f"; numbers of people stand in {percent(facts.hidden)} and are starred out" if facts.hidden else ""
        return Guess(facts.header, why=f"text of {facts.mean_length:.0f} characters{hidden}")
    return Guess(facts.header, options={"pattern": pattern}, why=f"{percent(share)} are formed {pattern}")


def form_of(facts: Facts) -> tuple[str | None, float]:
    """The form of numbers a department gives: letters as they are, digits by their count. None where fewer than
    97 in 100 share it; lengths may differ."""
    texts = facts.values.head(5000).to_list()
    if not texts or facts.share(r"\s") > 0.01:
        return None, 0.0
    shapes = Counter(tuple(_runs(text)) for text in texts)
    kinds = Counter(tuple(kind for kind, _ in shape) for shape in shapes.elements())
    kind, times = kinds.most_common(1)[0]
    if times < len(texts) * MOST or len(kind) > 9:
        return None, 0.0
    fitting = [shape for shape in shapes.elements() if tuple(part for part, _ in shape) == kind]
    pattern = "^" + "".join(_run_form(name, [shape[at][1] for shape in fitting]) for at, name in enumerate(kind)) + "$"
    share = facts.share(pattern)
    return (pattern, share) if share >= MOST else (None, 0.0)


def _runs(text: str) -> list[tuple[str, str]]:
    found = re.finditer(r"([0-9]+)|([A-Z]+)|([a-z]+)|([一-鿿]+)|(.)", text)
    return [("0Aa字."[one.lastindex - 1] if one.lastindex else ".", one.group()) for one in found]


def _run_form(kind: str, parts: list[str]) -> str:
    told, times = Counter(parts).most_common(1)[0]
    few = len(set(parts))
    if kind == "." or (kind in "Aa字" and times == len(parts)):
        return re.escape(told).replace(r"\-", "-") if few == 1 else ".{1,3}"
    if kind in "Aa字" and few <= 6 and len(parts) >= 50 * few:
        return "(?:" + "|".join(sorted(map(re.escape, set(parts)))) + ")"
    low, high = min(map(len, parts)), max(map(len, parts))
    letter = {"0": "[0-9]", "A": "[A-Z]", "a": "[a-z]", "字": r"[一-龥]"}[kind]
    return f"{letter}{{{low}}}" if low == high else f"{letter}{{{max(1, low - 1)},{high + 2}}}"
