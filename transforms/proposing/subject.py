"""What a row is about, and what its days, states and organisations mean to it: roles that need the whole table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from schemas.contract_shape import Role
from transforms.proposing.facts import Facts, percent
from transforms.proposing.guess import Guess, Remark

PERSON = (Role.PERSON_ID, Role.EMBEDDED_PERSON_ID)
LISTED_ROLES = {
    "sex": Role.SEX,
    "entity_type": Role.ENTITY_TYPE,
    "industry": Role.INDUSTRY,
    "vital_event": Role.VITAL_EVENT,
    "request_channel": Role.CHANNEL,
    "satisfaction": Role.SATISFACTION,
}
OF_EVENTS = {Role.CHANNEL, Role.SATISFACTION}
RECENT = timedelta(days=92)


def meant(
    columns: Sequence[Facts], guesses: dict[str, Guess], levels: dict[str, float], day: date
) -> tuple[dict[str, Guess], dict[str, Any], Remark]:
    """The guesses with the roles that hang together, the contract's `subject`, and why.

    `levels`: shares of the address column at each level of keying.
    """
    told = dict(guesses)
    roles = {guess.role for guess in told.values()}
    is_event = _is_event(columns, told, day)
    has_person = bool(roles & set(PERSON))
    for facts in columns:
        told[facts.name] = _listed_role(facts, told[facts.name], is_event)
    _organisation(columns, told)
    _days(columns, told, is_event and not has_person, has_person)
    roles = {guess.role for guess in told.values()}
    if is_event and not has_person:
        _event_roles(columns, told)
        roles = {guess.role for guess in told.values()}
        if roles & {Role.EVENT_TIME, Role.ACCEPTED_TIME}:
            subject: dict[str, Any] = {"kind": "event", "keys_at": "any" if levels.get("unit", 0) < 0.3 else "unit"}
            if Role.USCC in roles:
                subject["premises"] = "operating"
            return told, subject, Remark("event", "rows tell when something came in, was due or was closed")
    subject, about = _subject(columns, told, has_person, levels)
    _status(columns, told, subject["kind"])
    return told, subject, about


def _status(columns: Sequence[Facts], told: dict[str, Guess], kind: str) -> None:
    """The state of a record; that of an organisation in the words of its register alone."""
    for facts in columns:
        guess = told[facts.name]
        listed = guess.custom.get("code_list")
        fits = kind != "organisation" or listed == "organisation_status"
        if "status" in facts.hints and listed and guess.role is None and fits:
            told[facts.name] = replace(guess, role=Role.STATUS)
            return


def _subject(
    columns: Sequence[Facts], told: dict[str, Guess], has_person: bool, levels: dict[str, float]
) -> tuple[dict[str, Any], Remark]:
    roles = {guess.role for guess in told.values()}
    address = [facts for facts in columns if told[facts.name].role is Role.ADDRESS_TEXT]
    hints = frozenset(hint for facts in address for hint in facts.hints)
    keys_at = "unit" if levels.get("unit", 1.0) >= 0.4 else "building"
    if has_person:
        subject: dict[str, Any] = {"kind": "person", "keys_at": keys_at}
        claim = next(
            (name for name in ("household_register", "school", "workplace", "residence") if name in hints), None
        )
        if claim:
            subject["claim"] = claim
        if claim == "workplace" and Role.USCC in roles:
            subject["premises"] = "operating"
        why = "a column identifies a person" + (
            f", whose {claim.replace('_', ' ')} the address is, by its header"
            if claim
            else "; no claim is made of where"
        )
        return subject, Remark("person", why)
    if Role.USCC in roles:
        premises = "registered" if "registered" in hints else "operating"
        why = f"a credit code says which organisation; the address is taken for its {premises} premises"
        return {"kind": "organisation", "premises": premises, "keys_at": keys_at}, Remark("organisation", why)
    codes = [facts for facts in columns if told[facts.name].role is Role.UNIT_CODE]
    rooms = codes[0].lengths.get(25, 0.0) if codes else levels.get("unit", 0.0)
    kind = "unit" if rooms >= 0.4 else "building"
    return {"kind": kind, "keys_at": kind}, Remark(kind, f"nobody is named, and {percent(rooms)} are at a room")


def _is_event(columns: Sequence[Facts], told: dict[str, Guess], day: date) -> bool:
    times = [facts for facts in columns if told[facts.name].type in ("date", "timestamp") and not told[facts.name].role]
    handled = [facts for facts in times if facts.hints & {"due_time", "closed_time"}]
    began = [
        facts for facts in times if facts.hints & {"event_time", "accepted_time"} and not facts.hints & {"valid_to"}
    ]
    if handled and began:
        return True
    clocked = [facts for facts in began if told[facts.name].type == "timestamp"]
    recent = [facts for facts in clocked if _first(facts) and _first(facts) >= day - RECENT]  # type: ignore[operator]
    return bool(recent)


def _first(facts: Facts) -> date | None:
    return facts.day_at(0.05)


def _listed_role(facts: Facts, guess: Guess, is_event: bool) -> Guess:
    """A list that means one thing everywhere gives its role."""
    role = LISTED_ROLES.get(str(guess.custom.get("code_list")))
    if role is None or guess.role is not None or (role in OF_EVENTS and not is_event):
        return guess
    return replace(guess, role=role)


def _organisation(columns: Sequence[Facts], told: dict[str, Guess]) -> None:
    """The name beside the credit code; without a code, a column of many names, some of which may be sole traders'."""
    uscc = next((facts for facts in columns if told[facts.name].role is Role.USCC), None)
    found: list[tuple[float, Facts]] = []
    for facts in columns:
        guess = told[facts.name]
        if guess.role or guess.is_dropped or guess.type != "string" or guess.custom.get("code_list"):
            continue
        if facts.hints & {"responsible_department", "number"} or facts.han < 0.5:
            continue
        named = "organisation_name" in facts.hints
        if not (named or facts.organisation >= 0.6) or (
            uscc is None and ("trader_name" not in facts.hints or facts.distinct < 30)
        ):
            continue
        shared = len(set(facts.header) & set(uscc.header)) / max(len(facts.header), 1) if uscc else 0.0
        found.append(
            (facts.organisation + 0.5 * named + shared - 0.05 * abs(facts.place - (uscc or facts).place), facts)
        )
    if not found:
        return
    best = max(found, key=lambda item: item[0])[1]
    why = f"{percent(best.organisation)} are named like organisations; a sole trader's name is dropped"
    told[best.name] = replace(told[best.name], role=Role.ORGANISATION_NAME, options={}, why=why)


def _days(columns: Sequence[Facts], told: dict[str, Guess], is_event: bool, has_person: bool) -> None:
    """Since when and until when a record holds; of a visit, the day."""
    days = [facts for facts in columns if told[facts.name].type in ("date", "timestamp") and not told[facts.name].role]
    if is_event:
        return
    until = [facts for facts in days if "valid_to" in facts.hints and "other_expiry" not in facts.hints]
    since = [facts for facts in days if "valid_from" in facts.hints and "valid_to" not in facts.hints]
    for role, found in ((Role.VALID_TO, until[:1]), (Role.VALID_FROM, since[:1])):
        for facts in found:
            guess = told[facts.name]
            custom = {"open_ended": True, "future": True} if role is Role.VALID_TO else dict(guess.custom)
            meaning = "until" if role is Role.VALID_TO else "since"
            told[facts.name] = replace(
                guess,
                role=role,
                custom=custom,
                type="date",
                why=f"{guess.why}: {meaning} when the record holds, by the header",
            )
    if not since:
        for facts in [facts for facts in days if "event_time" in facts.hints and facts not in until][:1]:
            told[facts.name] = replace(told[facts.name], role=Role.EVENT_TIME)
    if any(guess.role is Role.VITAL_EVENT for guess in told.values()):
        for name, guess in told.items():
            if guess.role in (Role.EVENT_TIME, Role.VALID_FROM):
                told[name] = replace(guess, type="date", custom={"masked": True})


def _event_roles(columns: Sequence[Facts], told: dict[str, Guess]) -> None:
    def first(role: Role, hint: str, fits: Any) -> None:
        if any(guess.role is role for guess in told.values()):
            return
        for facts in columns:
            guess = told[facts.name]
            if hint in facts.hints and guess.role is None and not guess.is_dropped and fits(guess):
                custom = {**guess.custom, "future": True} if role is Role.DUE_TIME else guess.custom
                told[facts.name] = replace(guess, role=role, custom=custom)
                return

    def moment(guess: Guess) -> bool:
        return guess.type in ("date", "timestamp")

    first(Role.DUE_TIME, "due_time", moment)
    first(Role.CLOSED_TIME, "closed_time", moment)
    first(Role.ACCEPTED_TIME, "accepted_time", moment)
    first(Role.EVENT_TIME, "event_time", moment)
    first(Role.STATUS, "status", lambda guess: guess.custom.get("code_list") == "case_status")
    first(Role.EVENT_KIND, "event_kind", lambda guess: "code_list" in guess.custom)
    first(Role.RESPONSIBLE_DEPARTMENT, "responsible_department", lambda guess: guess.type == "string")
