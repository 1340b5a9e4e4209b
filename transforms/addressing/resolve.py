"""One text, one answer with its candidates: what a lookup asks."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.parse import parse_addresses


@dataclass(frozen=True)
class Resolved:
    """What a text means. `code` is a unit, building or area code; null where nothing is meant."""

    level: str
    code: str | None
    method: str
    score: float
    margin: float
    reason: str
    candidates: list[tuple[str, str]]  # code, name
    components: dict[str, str]


def resolve_text(text: str, library: AddressLibrary) -> Resolved:
    """Key one address text to `library`; candidates by name where it is a tie."""
    records = pl.DataFrame({"row": [0], "address": [text]}, schema={"row": pl.UInt32, "address": pl.String})
    found = key_addresses(records, library).row(0, named=True)
    components = parse_addresses(records["address"]).row(0, named=True)
    names = names_of(found["candidates"] or [], library)
    return Resolved(
        level=found["match_level"],
        code=found["unit_code"] or found["building_code"] or found["area_code"],
        method=found["match_method"],
        score=found["match_score"],
        margin=found["match_margin"],
        reason=found["reason"],
        candidates=[(code, names.get(code, "")) for code in found["candidates"] or []],
        components={name: value for name, value in components.items() if value},
    )


def names_of(codes: list[str], library: AddressLibrary) -> dict[str, str]:
    """What people call these units and buildings, by code; a code the library lacks is left out."""
    units = library.unit.filter(pl.col("unit_code").is_in(codes)).select(code="unit_code", name="standard_address")
    name = pl.concat_str("estate", pl.coalesce("estate_number", "name"), ignore_nulls=True)
    road = pl.concat_str("road", "road_number", ignore_nulls=True)
    buildings = library.building.filter(pl.col("building_code").is_in(codes)).select(
        code="building_code", name=pl.when(name != "").then(name).otherwise(road)
    )
    return {code: name or "" for code, name in pl.concat([units, buildings]).iter_rows()}
