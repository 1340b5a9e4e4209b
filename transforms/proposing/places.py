"""Where the rows are: the address column (found by keying it), area codes and their scheme, coordinates and theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from schemas.contract_shape import Role
from transforms.cleaning.coordinates import EAST, NORTH, SOUTH, WEST, to_4490
from transforms.proposing.facts import Facts, percent
from transforms.proposing.ground import Ground
from transforms.proposing.guess import Guess
from transforms.proposing.sample import CRS, Sample
from transforms.proposing.words import folded, words

SYSTEMS = ("EPSG:4490", "GCJ-02", "BD-09", "EPSG:4547")
ENOUGH = 6  # keyed buildings whose places judge a coordinate system
NEAR = 1.6  # a system must be so many times nearer than what is told
FAR = 500.0  # metres: the systems differ by 400 to 1,200, so what lies further off is told by none of them
KEYED = ("unit", "building")


@dataclass(frozen=True)
class Tried:
    """A column keyed to the library: share at each level of its distinct texts, and the answers."""

    rates: Mapping[str, float]
    answers: pl.DataFrame

    @property
    def rate(self) -> float:
        """Share keyed to a building or better."""
        return sum(self.rates.get(level, 0.0) for level in KEYED)


def tried(facts: Facts, ground: Ground) -> Tried:
    """Key a column."""
    answers = ground.keyed(facts.values)
    counted = answers["match_level"].value_counts()
    return Tried({level: times / answers.height for level, times in counted.iter_rows()}, answers)


def addresses(
    columns: Sequence[Facts], guesses: dict[str, Guess], ground: Ground
) -> tuple[dict[str, Guess], Tried | None]:
    """The address column among those that are text so far, and what keying it gave.

    Without one whole address, columns that each hold a part (estate, building, room) are one text together.
    """
    open_ = [facts for facts in columns if _may_be_address(facts, guesses[facts.name])]
    found: list[tuple[float, Facts, Tried]] = []
    for facts in open_:
        result = tried(facts, ground)
        score = result.rate + 0.5 * ("address_text" in facts.hints) + 0.2 * facts.address
        score += 0.15 * ("residence" in facts.hints) - 0.15 * ("household_register" in facts.hints)
        if "address_text" in facts.hints or (result.rate >= 0.4 and facts.address >= 0.3):
            found.append((score, facts, result))
    if not found:
        return _parts(columns, guesses), None
    _, best, result = max(found, key=lambda item: item[0])
    others = [facts for _, facts, _ in found if facts is not best]
    told = {best.name: replace(guesses[best.name], role=Role.ADDRESS_TEXT, why=_told(result), options={}, doubt="")}
    told[best.name] = replace(told[best.name], doubt=_doubted(result, ground))
    for facts in others:
        why = "another address: kept as text, the one above keys the row"
        told[facts.name] = replace(guesses[facts.name], why=why, options={})
    return told, result


def _may_be_address(facts: Facts, guess: Guess) -> bool:
    is_text = guess.role is None and guess.classification == "internal" and guess.type == "string"
    if guess.role is Role.FREE_TEXT and "address_text" in facts.hints:
        is_text = True
    if not is_text or facts.han < 0.3 or guess.custom.get("code_list"):
        return False
    return "address_text" in facts.hints or (facts.mean_length >= 5 and facts.address >= 0.3)


def _told(result: Tried) -> str:
    if not result.answers.height:
        return "named so and written like addresses; there is no address library to key it to"
    shown = ", ".join(f"{percent(share)} {level}" for level, share in sorted(result.rates.items(), key=lambda i: -i[1]))
    return f"keyed to the library: {percent(result.rate)} to a building or room ({shown})"


def _doubted(result: Tried, ground: Ground) -> str:
    if ground.is_known and result.rate < 0.5:
        return "fewer than half find their building: is it the address the rows are about?"
    return "" if ground.is_known else "import a library and run again to see how much of it keys"


def _parts(columns: Sequence[Facts], guesses: dict[str, Guess]) -> dict[str, Guess]:
    parts = [
        facts
        for facts in columns
        if "address_part" in facts.hints
        and guesses[facts.name].role is None
        and not guesses[facts.name].is_dropped
        and "area_code" not in facts.hints
    ]
    if len(parts) < 2:
        return {}
    why = "one part of the address: the parts are keyed as one text, in this order"
    return {
        facts.name: replace(
            guesses[facts.name], type="string", role=Role.ADDRESS_TEXT, custom={}, codes=(), options={}, why=why
        )
        for facts in parts
    }


def areas(columns: Sequence[Facts], guesses: dict[str, Guess], ground: Ground) -> dict[str, Guess]:
    """Codes of streets or communities with their scheme, and the names beside them."""
    told: dict[str, Guess] = {}
    names = [facts for facts in columns if _is_area_name(facts, guesses[facts.name], ground)]
    codes = [
        facts
        for facts in columns
        if guesses[facts.name].role is None
        and not guesses[facts.name].is_dropped
        and facts.share(r"^[0-9]{6}(?:[0-9]{3}){0,2}$") >= 0.9
        and ("area_code" in facts.hints or _in_scheme(facts, ground)[1] >= 0.9)
    ]
    for facts in codes[:1]:
        scheme, share, why = _scheme(facts, names[0] if names else None, ground)
        if share < 0.5 and ground.is_known:
            continue
        doubt = "" if share >= 0.9 else "the library could not confirm the scheme: statistics, civil or unified?"
        told[facts.name] = Guess(facts.header, role=Role.AREA_CODE, custom={"scheme": scheme}, why=why, doubt=doubt)
    for facts in names[:1]:
        why = "names of streets or communities" + (", which must agree with the code" if codes else "")
        told[facts.name] = Guess(facts.header, role=Role.AREA_NAME, why=why)
    return told


def _is_area_name(facts: Facts, guess: Guess, ground: Ground) -> bool:
    if guess.role is not None or guess.is_dropped or facts.han < 0.8 or "number" in facts.hints:
        return False
    known = sum(times for value, times in facts.counts.items() if value in ground.area_names)
    share = known / max(len(facts.values), 1)
    return share >= 0.6 or ("area_name" in facts.hints and facts.share("(?:街道|社区|镇)$") >= 0.6)


def _in_scheme(facts: Facts, ground: Ground) -> tuple[str, float]:
    rows = max(len(facts.values), 1)
    shares = {
        scheme: sum(times for value, times in facts.counts.items() if value in codes) / rows
        for scheme, codes in ground.area_codes.items()
    }
    return max(shares.items(), key=lambda item: item[1], default=("statistics", 0.0))


def _scheme(facts: Facts, names: Facts | None, ground: Ground) -> tuple[str, float, str]:
    """Codes of the three schemes collide, so the name beside a code decides where there is one."""
    best, share = _in_scheme(facts, ground)
    why = f"{percent(share)} are area codes of the {best} scheme"
    if names is None:
        return best, share, why
    pairs = pl.DataFrame({"code": facts.raw, "name": names.raw}).drop_nulls()
    agree: dict[str, float] = {}
    for scheme, codes in ground.area_codes.items():
        right = [_bare(codes[code]) == _bare(name) for code, name in pairs.iter_rows() if code in codes]
        agree[scheme] = sum(right) / max(pairs.height, 1)
    if agree and max(agree.values()) >= 0.5:
        best = max(agree, key=lambda scheme: agree[scheme])
        return best, max(agree[best], share), f"code and name agree in {percent(agree[best])} by the {best} scheme"
    return best, share, why


def _bare(name: str) -> str:
    return name.strip().removesuffix("街道").removesuffix("社区").removesuffix("办事处")


@dataclass(frozen=True)
class System:
    """A coordinate system, why, and what is in doubt; `distance` is the median to the keyed buildings, in metres."""

    crs: str
    why: str
    doubt: str = ""
    distance: float | None = None


def coordinate_columns(columns: Sequence[Facts], guesses: dict[str, Guess]) -> tuple[Facts, Facts] | None:
    """Longitude (or easting) and latitude (or northing) by where the numbers lie: an X may well be a northing."""
    numeric = [
        facts
        for facts in columns
        if facts.number >= 0.9
        and not guesses[facts.name].is_dropped
        and guesses[facts.name].role in (None, Role.QUANTITY)
    ]
    east = [facts for facts in numeric if _lies(facts, "longitude")]
    north = [facts for facts in numeric if _lies(facts, "latitude")]
    if not east or not north:
        return None
    first = max(east, key=lambda facts: ("longitude" in facts.hints, -facts.place))
    second = max(north, key=lambda facts: ("latitude" in facts.hints, -abs(facts.place - first.place)))
    named = first.hints & {"longitude", "latitude"} and second.hints & {"longitude", "latitude"}
    fractions = first.share(r"\.[0-9]{3,}") > 0.8 and second.share(r"\.[0-9]{3,}") > 0.8
    return (first, second) if named or fractions else None


def _lies(facts: Facts, axis: str) -> bool:
    middle = facts.numbers.median()
    if not isinstance(middle, float):
        return False
    degrees = 113 < middle < 115 if axis == "longitude" else 22 < middle < 23.5
    metres = 3e5 < middle < 7e5 if axis == "longitude" else 2.3e6 < middle < 2.7e6
    return degrees or metres


def system_of(
    sample: Sample, points: tuple[pl.Series, pl.Series], headers: Sequence[str], address: Facts | None, ground: Ground
) -> System:
    """The coordinate system of `points` (x, y as Float64, one a row of the sample).

    Told by the layer or by words of a header; checked, or else decided, by which system lays the points nearest to the
    buildings that the rows' own addresses key to.
    """
    said, by = _said(sample, headers)
    x, y = (axis.cast(pl.Float64).fill_null(float("nan")).to_numpy() for axis in points)
    given = ~(np.isnan(x) | np.isnan(y))
    inside = {crs: _share_inside(x[given], y[given], crs) for crs in SYSTEMS}
    possible = [crs for crs in SYSTEMS if inside[crs] >= 0.5]
    if not possible:
        doubt = "no known system lays the points into the city: are the columns exchanged, or another system meant?"
        return System(said or "EPSG:4490", by or "assumed", doubt)
    texts = sample.rows[address.name].str.strip_chars() if address else pl.Series([], dtype=pl.String)
    far = _distances(texts, (x, y), possible, ground) if address and ground.is_known else {}
    same = {"EPSG:4326": "EPSG:4490"}
    if not far:
        crs = said if said and same.get(said, said) in possible else possible[0]
        doubt = "" if said else "nothing tells GCJ-02 or BD-09 from EPSG:4490: ask the department"
        return System(crs, by if said == crs else f"{percent(inside[same.get(crs, crs)])} lie in the city", doubt)
    best = min(far, key=lambda crs: far[crs])
    told = f"{far[best]:,.0f} m from the buildings the addresses key to, in the middle"
    if said and same.get(said, said) in far and far[same.get(said, said)] <= far[best] * NEAR + 30:
        return System(said, f"{by}; {told}", "", far[best])
    doubt = (
        f"{by}, but so the points lie {far[same.get(said, said)]:,.0f} m off"
        if said and same.get(said, said) in far
        else ""
    )
    if not doubt and far[best] > FAR:
        doubt = "none lays the points near their addresses: ask the department which system it is"
    others = ", ".join(f"{crs} {metres:,.0f} m" for crs, metres in far.items() if crs != best)
    return System(best, told + (f" (else {others})" if others else ""), doubt, far[best])


def _said(sample: Sample, headers: Sequence[str]) -> tuple[str | None, str]:
    for crs, pattern in words().crs.items():
        if any(pattern.search(folded(text)) for text in (*headers, sample.title)):
            return crs, "named by a header or the title"
    if sample.layer_crs in CRS:
        return sample.layer_crs, "the layer says so"
    return None, ""


def _share_inside(x: np.ndarray, y: np.ndarray, crs: str) -> float:
    with np.errstate(all="ignore"):
        lon, lat = to_4490(x, y, crs)
    return float(np.mean((lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH))) if len(x) else 0.0


def _distances(
    texts: pl.Series, points: tuple[np.ndarray, np.ndarray], systems: Sequence[str], ground: Ground
) -> dict[str, float]:
    """System → median metres between the points and the buildings their addresses key to; empty where too few key."""
    x, y = points
    keyed = ground.keyed(texts).filter(pl.col("match_level").is_in(KEYED)).join(ground.points, on="building_code")
    rows = pl.DataFrame({"text": texts, "x": x, "y": y}).join(keyed, on="text").filter(pl.col("x").is_not_nan())
    if rows.height < ENOUGH:
        return {}
    found: dict[str, float] = {}
    for crs in systems:
        with np.errstate(all="ignore"):
            lon, lat = to_4490(rows["x"].to_numpy(), rows["y"].to_numpy(), crs)
        east = (lon - rows["lon"].to_numpy()) * 102_700  # metres of a degree at 22.6 N
        north = (lat - rows["lat"].to_numpy()) * 110_750
        metres = float(np.nanmedian(np.hypot(east, north)))
        if np.isfinite(metres):
            found[crs] = metres
    return found
