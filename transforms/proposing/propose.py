"""`propose`: the visible list of steps from a sample to a contract, with the reason for each guess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl

from schemas.codelist import Codelist
from schemas.contract_check import RESERVED
from schemas.contract_shape import Role
from transforms.proposing.code_lists import NEW, with_list
from transforms.proposing.facts import Facts, facts_of, percent
from transforms.proposing.ground import Ground
from transforms.proposing.guess import Guess, Remark
from transforms.proposing.handing_over import Named, complete_of, feed_name, mode_of, named
from transforms.proposing.identity import identity
from transforms.proposing.places import Tried, addresses, areas, coordinate_columns, system_of
from transforms.proposing.sample import Sample, clean_title
from transforms.proposing.subject import PERSON, meant
from transforms.proposing.values import form_of, value_of
from transforms.proposing.words import english_name, free_name

ROLE_NAMES = {
    Role.PERSON_ID: "id_number",
    Role.UNIT_CODE: "address_code",
    Role.LONGITUDE: "longitude",
    Role.LATITUDE: "latitude",
    Role.SEX: "sex",
    Role.GEOMETRY: "geometry",
}
UNIQUE = 0.985  # share of rows a key tells apart: deliveries repeat a row now and then
NEVER_KEY = {Role.ADDRESS_TEXT, Role.FREE_TEXT, Role.LONGITUDE, Role.LATITUDE, Role.QUANTITY, Role.PHONE, Role.SEX}
NEVER_KEY |= {Role.PERSON_NAME, Role.BIRTH_DATE, Role.ORGANISATION_NAME, Role.AREA_NAME, Role.AREA_CODE}
ALWAYS = {Role.ADDRESS_TEXT, *PERSON}


@dataclass(frozen=True)
class Proposal:
    """A whole contract's guesses. `remarks`: about the file, what and why, by part of the contract."""

    department: str
    feed: str
    title: str
    day: date
    columns: list[Guess]
    reading: dict[str, Any]
    subject: dict[str, Any]
    delivery: dict[str, Any]
    remarks: dict[str, Remark]
    doubts: list[str] = field(default_factory=list)
    tried: Tried | None = None

    @property
    def feed_id(self) -> str:
        """`<department>__<feed>`."""
        return f"{self.department}__{self.feed}"

    @property
    def drafted(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Code lists to be written beside the contract: name → (code, word)."""
        return {guess.custom["code_list"]: guess.codes for guess in self.columns if guess.codes}


def propose(
    sample: Sample,
    department: str,
    *,
    feed: str = "",
    ground: Ground,
    codelists: dict[str, Codelist],
    today: date,
    siblings: Sequence[str] = (),
) -> Proposal:
    """The contract of a sample. `codelists`: those there are; `siblings`: names of the files beside the sample."""
    told = named(sample.name)
    feed = feed or feed_name(told.stem)
    day = told.day or today
    columns = facts_of(sample.rows, sample.header)
    guesses = {facts.name: identity(facts) or value_of(facts, codelists, day) for facts in columns}
    guesses |= areas(columns, guesses, ground)
    guesses, system = _coordinates(sample, columns, guesses, ground)
    found, result = addresses(columns, guesses, ground)
    guesses |= found
    if system is None:
        guesses, system = _coordinates(sample, columns, guesses, ground, found=found, place=True)
    guesses, subject, about = meant(columns, guesses, dict(result.rates) if result else {}, day)
    guesses, key = _keyed(columns, guesses)
    guesses = {facts.name: _headroom(facts, guesses[facts.name]) for facts in columns}
    guesses = _named(columns, guesses, codelists, feed)
    listed = [guesses[facts.name] for facts in columns]
    reading = dict(sample.reading)
    remarks = {"file": Remark(reading["format"], "; ".join(sample.notes)), "subject": about, "key": key}
    if system is not None:
        reading["crs"] = system.what
        remarks["crs"] = system
    if "geometry" in sample.rows.columns:
        listed.append(_shape(listed))
    mode = mode_of(sample.name, sample.title, columns, guesses, subject["kind"] == "event")
    complete, whole = complete_of(siblings, sample.name)
    remarks |= {"mode": mode, "complete": Remark(next(iter(complete)), whole), "file_pattern": told.remark}
    return Proposal(
        department=department,
        feed=feed,
        title=_title(sample, told),
        day=day,
        columns=listed,
        reading=reading,
        subject=subject,
        delivery={"mode": mode.what, "complete": complete, "file_pattern": told.pattern},
        remarks=remarks,
        doubts=_doubts(sample, listed),
        tried=result,
    )


def _title(sample: Sample, told: Named) -> str:
    return clean_title(sample.title) or told.stem


def _doubts(sample: Sample, columns: Sequence[Guess]) -> list[str]:
    doubts = []
    if sample.total < 100:
        doubts.append(f"the sample has {sample.total} rows: shares of so few may mislead")
    if sample.broken:
        doubts.append(f"{sample.broken} lines could not be read and would be quarantined")
    if sample.apart:
        lines = "line" if sample.apart == 1 else f"{sample.apart} lines"
        doubts.append(
            f"the last {lines} of the sample lack most of what every record fills: taken for remarks below the table "
            "and left out; a delivery's would be quarantined"
        )
    roles = {guess.role for guess in columns}
    if not roles & {Role.ADDRESS_TEXT, Role.UNIT_CODE, Role.LONGITUDE, Role.GEOMETRY, Role.AREA_CODE}:
        doubts.append("no column says where: give one the role address_text, unit_code or area_code")
    if len([guess for guess in columns if guess.role is Role.PERSON_ID]) > 1:
        doubts.append("two columns identify persons: the records are about one of them, the other is kept out")
    return doubts


def _coordinates(
    sample: Sample,
    columns: Sequence[Facts],
    guesses: dict[str, Guess],
    ground: Ground,
    *,
    found: dict[str, Guess] | None = None,
    place: bool = False,
) -> tuple[dict[str, Guess], Remark | None]:
    """First which columns are a point, then (`place`, the address being known) in which system."""
    pair = coordinate_columns(columns, guesses)
    if not place:
        if pair is not None:
            for facts, role in zip(pair, (Role.LONGITUDE, Role.LATITUDE), strict=True):
                why = f"{percent(facts.number)} are numbers where this district's {role.value} lies"
                guesses = guesses | {facts.name: Guess(facts.header, type="number", role=role, why=why)}
        return guesses, None
    placed = {guess.role: facts for facts in columns if (guess := guesses[facts.name]).role}
    if Role.LONGITUDE in placed:
        x, y = placed[Role.LONGITUDE], placed[Role.LATITUDE]
        numbers = sample.rows.select(pl.col(one.name).cast(pl.Float64, strict=False) for one in (x, y))
        points, headers = (numbers[x.name], numbers[y.name]), [x.header, y.header]
    elif "geometry" in sample.rows.columns:
        points, headers = _centres(sample.rows["geometry"]), []
    else:
        return guesses, None
    address = next((facts for facts in columns if guesses[facts.name].role is Role.ADDRESS_TEXT), None)
    system = system_of(sample, points, headers, address, ground)
    return guesses, Remark(system.crs, system.why + (f" ({system.doubt})" if system.doubt else ""))


def _centres(shapes: pl.Series) -> tuple[pl.Series, pl.Series]:
    import shapely

    middle = shapely.centroid(shapely.from_wkb(shapes.to_numpy(), on_invalid="ignore"))
    return pl.Series(shapely.get_x(middle)), pl.Series(shapely.get_y(middle))


def _shape(columns: Sequence[Guess]) -> Guess:
    return Guess(
        "geom", name="geometry", role=Role.GEOMETRY, title="位置图形", required=True, why="the layer's own shapes"
    )


def _keyed(columns: Sequence[Facts], guesses: dict[str, Guess]) -> tuple[dict[str, Guess], Remark]:
    """The column that tells records apart, a business number before anything that identifies a person; else two."""
    fit = [facts for facts in columns if _may_be_key(facts, guesses[facts.name])]
    alone = [facts for facts in fit if facts.unique >= UNIQUE]
    if alone:
        best = max(alone, key=lambda facts: _rank(facts, guesses[facts.name]))
        once = percent(best.distinct / max(len(best.values), 1))
        why = f"{once} of its values stand once, {percent(best.filled)} filled"
        return _as_key(guesses, [best], why), Remark(best.header, why)
    for size in (2, 3):
        pairs = [
            (math.prod(1 + _rank(facts, guesses[facts.name])[0] for facts in pair), -at, pair)
            for at, pair in enumerate(combinations(fit[:8], size))
            if _unique_together(pair) >= UNIQUE
        ]
        if pairs:
            both = max(pairs, key=lambda item: item[:2])[2]
            why = "no column alone tells rows apart, these together do"
            return _as_key(guesses, both, why), Remark(" + ".join(facts.header for facts in both), why)
    best = max(fit or list(columns), key=lambda facts: (facts.unique, _rank(facts, guesses[facts.name])))
    why = f"nothing tells rows apart for sure; this one does in {percent(best.unique)}: ask the department for a number"
    return _as_key(guesses, [best], why), Remark(best.header, why)


def _may_be_key(facts: Facts, guess: Guess) -> bool:
    if guess.is_dropped or guess.role in NEVER_KEY or guess.type in ("number", "boolean"):
        return False
    return facts.filled >= UNIQUE and facts.prose < 0.2


def _rank(facts: Facts, guess: Guess) -> tuple[float, float, int]:
    """A number before a name; the department's own before a person's; the first before the last."""
    is_line = facts.header.strip() in ("序号", "行号", "xh", "XH", "no", "No", "NO", "id", "ID") and facts.is_whole
    score = 3.0 * ("number" in facts.hints and guess.role is None) + 1.0 * (guess.role is None)
    score -= 2.0 * (guess.role in PERSON) + 2.5 * is_line + 1.0 * (guess.type in ("date", "timestamp"))
    score += 1.0 * (guess.role is None and facts.han < 0.1 and facts.share("[0-9]{3}") > 0.9)
    return max(score, 0.0), facts.unique, -facts.place


def _unique_together(columns: Sequence[Facts]) -> float:
    frame = pl.DataFrame([facts.raw.alias(facts.name) for facts in columns])
    return frame.n_unique() / max(frame.height, 1)


def _as_key(guesses: dict[str, Guess], columns: Sequence[Facts], why: str) -> dict[str, Guess]:
    told = dict(guesses)
    for facts in columns:
        guess = told[facts.name]
        options = guess.options
        if guess.role is None and guess.type in ("string", "integer"):
            pattern, share = form_of(facts)
            guess = replace(guess, type="string", custom={}, codes=(), role=None)
            options = {"pattern": pattern} if pattern else {}
            why_form = f"; {percent(share)} are formed {pattern}" if pattern else ""
        else:
            why_form = f"; {guess.why}"
        told[facts.name] = replace(guess, key=True, required=True, options=options, why=f"the key: {why}{why_form}")
    return told


def _headroom(facts: Facts, guess: Guess) -> Guess:
    """What must be filled, and how much more emptiness than the sample's is worth a warning."""
    if guess.key or guess.is_dropped:
        return guess
    if guess.role in ALWAYS and facts.filled >= 0.995:
        return replace(guess, required=True)
    if guess.role is None and not guess.custom.get("code_list"):
        return guess
    empty = (1 - facts.filled) * 100
    if empty > 90:
        return guess
    most = min(100, 5 * math.ceil((empty * 1.5 + 5) / 5))
    rule = {"metric": "nullValues", "mustBeLessOrEqualTo": most, "severity": "warning"}
    return replace(guess, quality=[{**rule, "description": f"样本空值{empty:.0f}%"}])


def _named(
    columns: Sequence[Facts], guesses: dict[str, Guess], codelists: dict[str, Codelist], feed: str
) -> dict[str, Guess]:
    """Names of columns and of drafted lists, none taken twice."""
    told: dict[str, Guess] = {}
    names: set[str] = set()
    lists = set(codelists)
    seen_person = False
    for facts in columns:
        guess = guesses[facts.name]
        if guess.role is Role.PERSON_ID:  # a second one cannot be tokenised as the person the record is about
            if seen_person:
                why = f"{guess.why.split(':')[0]}; another column identifies the person the record is about: kept out"
                guess = Guess(facts.header, classification="excluded", why=why, doubt="which of the two is meant?")
            seen_person = True
        fixed = ROLE_NAMES.get(guess.role) if guess.role else None
        taken = names | (RESERVED if fixed not in ("sex", "geometry") else set()) | ({"sex", "geometry"} - {fixed})
        if guess.role in (Role.SEX, Role.LONGITUDE, Role.LATITUDE, Role.UNIT_CODE) and fixed not in taken:
            name = str(fixed)
        else:
            name = free_name(english_name(facts.header, f"column_{facts.place + 1}"), taken)
        names.add(name)
        if guess.custom.get("code_list") == NEW:
            listed = free_name(name if name not in ("status", "kind", "level") else f"{feed}_{name}", lists, "list")
            if listed in lists or listed != name:
                listed = free_name(f"{feed}_{name}", lists, "list")
            lists.add(listed)
            guess = with_list(guess, listed)
        told[facts.name] = replace(guess, name=name, title=_shown(facts.header))
    return told


def _shown(header: str) -> str:
    return " ".join(header.split())
