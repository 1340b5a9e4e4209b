"""Who or what a column identifies. An identifier that is missed is the worst error: header and content may each tell
one alone, and in doubt a column is tokenised or kept out, and the doubt is told."""

from __future__ import annotations

import re
from collections import Counter

from schemas.contract_shape import Role
from transforms.proposing.facts import Facts, percent
from transforms.proposing.guess import Guess

HERE_AND_THERE = 0.02  # share of whole identity numbers that is no accident of digits


def identity(facts: Facts) -> Guess | None:
    """The guess for a column that is kept out, or names a person, an organisation or a place by number; else None."""
    for tell in (_excluded, _coded, _person_number, _embedded, _phone, _birth_or_sex, _person_name):
        guess = tell(facts)
        if guess is not None:
            return guess
    return None


def _excluded(facts: Facts) -> Guess | None:
    if facts.excluded is None:
        return None
    return Guess(
        facts.header,
        classification="excluded",
        why=f"{facts.excluded.replace('_', ' ')} is kept out of the baseboard; it is never read",
    )


def _coded(facts: Facts) -> Guess | None:
    """Unified address codes and credit codes: their own form and check tell them."""
    if facts.bank_card >= 0.5:
        return _kept_out(facts, f"{percent(facts.bank_card)} pass the check digit of payment cards")
    here = facts.share("^4403") if not facts.hints & {"unit_code", "address_text"} else 1.0
    if here >= 0.9 and (facts.unit_code >= 0.6 or (facts.unit_code >= 0.2 and "unit_code" in facts.hints)):
        rooms = facts.lengths.get(25, 0)
        return Guess(
            facts.header,
            role=Role.UNIT_CODE,
            why=f"{percent(facts.unit_code)} are unified address codes, "
            + (f"{percent(rooms)} of rooms (25 positions)" if rooms else "all of buildings (19 positions)"),
        )
    named = "uscc" in facts.hints
    if (facts.uscc >= 0.5 and facts.uscc > facts.person_id) or (named and facts.uscc >= 0.2):
        return Guess(facts.header, role=Role.USCC, why=f"{percent(facts.uscc)} pass the check of GB 32100")
    return None


def _person_number(facts: Facts) -> Guess | None:
    named = "person_id" in facts.hints
    found = facts.person_id
    if found >= 0.5 or (named and found >= 0.2):
        doubt = "" if found >= 0.9 else f"{percent(1 - found)} fail the check digit and would be quarantined"
        return Guess(
            facts.header,
            role=Role.PERSON_ID,
            classification="restricted",
            why=f"{percent(found)} pass the check digit of GB 11643: tokenised",
            doubt=doubt,
        )
    if found >= HERE_AND_THERE and facts.embedded[1] < 0.5:
        return _kept_out(facts, f"{percent(found)} are identity numbers, the others are not")
    if named and facts.embedded[1] < 0.5 and len(facts.values):
        if facts.masked_id >= 0.5:
            return _kept_out(facts, f"{percent(facts.masked_id)} are identity numbers with the middle masked")
        if facts.distinct > max(20, len(facts.values) * 0.2):
            return _kept_out(facts, "the header names a person's document, no known check digit tells which")
    if facts.masked_id >= 0.5:
        return _kept_out(facts, f"{percent(facts.masked_id)} look like masked identity numbers")
    return None


def _kept_out(facts: Facts, found: str) -> Guess:
    return Guess(
        facts.header,
        classification="excluded",
        why=f"{found}: kept out, as nothing can tokenise it",
        doubt="an identifier, perhaps: give it role person_id (restricted) if it is one, internal if it is none",
    )


def _embedded(facts: Facts) -> Guess | None:
    """An identity number inside a longer one: G + ID, ID + suffix."""
    at, share = facts.embedded
    if share < 0.3:
        if facts.hidden >= 0.5 and "number" in facts.hints and facts.mean_length >= 18:
            return _kept_out(facts, f"in {percent(facts.hidden)} an identity or telephone number is hidden")
        return None
    long = [text for text in facts.values.head(2000) if len(text) > 18]
    before, after = (_form_of([text[:at] for text in long]), _form_of([text[at + 18 :] for text in long]))
    return Guess(
        facts.header,
        role=Role.EMBEDDED_PERSON_ID,
        classification="restricted",
        custom={"affix": f"^{before}([0-9]{{17}}[0-9Xx]){after}$"},
        why=f"in {percent(share)} an identity number stands inside, from position {at + 1}: tokenised",
        doubt="" if share >= 0.9 else f"{percent(1 - share)} hold none and would be quarantined",
    )


def _form_of(parts: list[str]) -> str:
    """What stands around the number: the same letters as such, else classes of characters with their times."""
    told, times = Counter(parts).most_common(1)[0]
    if times >= len(parts) * 0.97:
        return re.escape(told)
    low, high = min(map(len, parts)), max(map(len, parts))
    return f".{{{low},{high}}}" if low != high else f".{{{low}}}"


def _phone(facts: Facts) -> Guess | None:
    named = "phone" in facts.hints
    if named and len(facts.values):
        return Guess(
            facts.header,
            role=Role.PHONE,
            classification="restricted",
            why=f"named so, {percent(facts.any_phone)} are telephone numbers: tokenised",
            doubt="" if facts.any_phone >= 0.5 else "few look like telephone numbers: look at the column",
        )
    if facts.phone >= 0.5 and not _is_counted_up(facts):
        return Guess(
            facts.header,
            role=Role.PHONE,
            classification="restricted",
            why=f"{percent(facts.phone)} are mobile numbers, whatever the header says: tokenised",
            doubt="take the role away if these are business numbers of eleven digits",
        )
    if facts.hidden >= 0.5 and facts.mean_length <= 24 and not facts.han and not _is_counted_up(facts):
        return _kept_out(facts, f"in {percent(facts.hidden)} an identity or telephone number is hidden")
    return None


def _is_counted_up(facts: Facts) -> bool:
    """Business numbers of eleven digits share their beginning; telephone numbers do not."""
    first = facts.values.str.slice(0, 5)
    return "number" in facts.hints and first.n_unique() <= 3 and len(first) >= 20


def _birth_or_sex(facts: Facts) -> Guess | None:
    if "birth_date" in facts.hints and max(facts.date, facts.masked_date) >= 0.5:
        return Guess(
            facts.header,
            type="date",
            role=Role.BIRTH_DATE,
            classification="restricted",
            custom={"masked": True} if facts.masked_date >= 0.02 else {},
            why=f"{percent(facts.date)} are days of birth: the year and the school cohort alone are kept",
        )
    if "birth_date" in facts.hints and facts.filled:
        return _kept_out(facts, "the header speaks of birth, the cells are no days")
    return None


def _person_name(facts: Facts) -> Guess | None:
    named = "person_name" in facts.hints
    found = facts.person_name
    many = facts.distinct >= max(12, 0.15 * len(facts.values))
    repeated = facts.distinct <= 12
    if named and (found >= 0.3 or (many and facts.han >= 0.5 and facts.mean_length <= 8) or not len(facts.values)):
        return Guess(
            facts.header,
            role=Role.PERSON_NAME,
            classification="restricted",
            why=f"named so, {percent(found)} look like names of people: tokenised",
            doubt="" if found >= 0.7 else "fewer than usual look like names: some may be organisations",
        )
    if found >= 0.75 and many and not repeated:
        return Guess(
            facts.header,
            role=Role.PERSON_NAME,
            classification="restricted",
            why=f"{percent(found)} look like names of people, whatever the header says: tokenised",
            doubt="take the role away if these are no people",
        )
    return None
