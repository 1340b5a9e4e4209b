"""Why an address was keyed as it was: what was read of it, and what spoke for and against each candidate building.

For people who look at a few addresses; keying itself never asks this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.parse import parse_addresses
from transforms.addressing.question import Texts, distinct_questions, read_texts
from transforms.addressing.resolve import names_of
from transforms.addressing.stages.asking import Asking
from transforms.addressing.stages.chain import TEXT_STAGES
from transforms.addressing.tabular import read_chunks
from transforms.addressing.tail import number_key
from transforms.addressing.thresholds import thresholds

SHOWN = 8  # candidates of one address


@dataclass(frozen=True)
class Candidate:
    """One building that was looked at. `evidence` is 0 to 1, before it is read as a probability."""

    building_code: str
    name: str
    stage: str
    evidence: float
    outcome: str  # won, tied, or why it lost
    speaks: list[str]  # what agrees and what does not


@dataclass(frozen=True)
class Explained:
    """One address: `components` as of `parse_addresses`, `answer` as of `key_addresses`."""

    text: str
    components: dict[str, str]
    answer: dict[str, object]
    candidates: list[Candidate]


def explain_addresses(texts: list[str], library: AddressLibrary) -> list[Explained]:
    """Each text with its components, its answer and its candidates, best first (SHOWN at most)."""
    return [_explain(text, library) for text in texts]


def first_texts(path: Path, column: str, rows: int) -> list[str]:
    """The first addresses of a file's column; what is no file is an address itself."""
    if not path.suffix and not path.exists():
        return [str(path)]
    texts: list[str] = []
    for frame in read_chunks(path, [column]):
        texts += frame[column].cast(pl.String).drop_nulls().head(rows - len(texts)).to_list()
        if len(texts) >= rows:
            break
    return texts


def _explain(text: str, library: AddressLibrary) -> Explained:
    records = pl.DataFrame({"row": [0], "address": [text]}, schema={"row": pl.UInt32, "address": pl.String})
    answer = key_addresses(records, library).drop("row").row(0, named=True)
    components = parse_addresses(records["address"]).row(0, named=True)
    read = read_texts(distinct_questions(records).asked, None, library.index)
    scored = _scored(read.phrases, library.index)
    return Explained(
        text,
        {name: value for name, value in components.items() if value},
        answer,
        _candidates(scored, read, answer, library),
    )


def _scored(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, building, score, stage, least: every candidate of every stage, each building at its best."""
    asking = Asking(phrases, index)
    parts = [
        stage(asking, index).select(
            "phrase", "building", "score", stage=pl.lit(stage.__name__), least=pl.lit(thresholds().least(method))
        )
        for method, stage in TEXT_STAGES
    ]
    every = pl.concat(parts).sort("score", descending=True, maintain_order=True)
    return every.unique("building", keep="first", maintain_order=True).head(SHOWN)


def _candidates(
    scored: pl.DataFrame, read: Texts, answer: dict[str, object], library: AddressLibrary
) -> list[Candidate]:
    index = library.index
    about = scored.join(index.facts, on="building").join(
        index.buildings.select("building", "building_code"), on="building"
    )
    names = names_of(about["building_code"].to_list(), library)
    areas = dict(library.area.select("area_code", "name").iter_rows())
    rooms = _rooms_said(read)
    told = []
    for row in about.sort("score", descending=True, maintain_order=True).iter_rows(named=True):
        said = read.phrases.row(row["phrase"], named=True)
        has_room = _has_room(row["building_code"], rooms, library)
        told.append(
            Candidate(
                row["building_code"],
                names.get(row["building_code"], ""),
                row["stage"],
                round(max(row["score"], 0.0), 3),
                _outcome(row, answer, has_room),
                _speaks(said, row, areas, index) + _room_speaks(rooms, has_room),
            )
        )
    return told


def _outcome(row: dict[str, object], answer: dict[str, object], has_room: bool | None) -> str:
    score, least = float(row["score"]), float(row["least"])  # type: ignore[arg-type]
    if row["building_code"] == answer["building_code"]:
        return "won"
    if score < least:
        return f"lost: {max(score, 0.0):.2f} is below the {least:.2f} that {row['stage']} needs"
    if row["building_code"] in (answer["candidates"] or []):  # type: ignore[operator]
        return "tied: another is as likely"
    if has_room is False:
        return "lost: it has no such room"
    return "lost: another agrees better, or came in an earlier stage"


def _speaks(
    said: dict[str, str | None], there: dict[str, str | None], areas: dict[str, str], index: Index
) -> list[str]:
    """Area, name, number and doorplate, one line each, where the address says them."""
    lines = [
        _agrees("street", said["street_stem"], areas.get(there["street_code"] or "", "")),
        _agrees("community", said["community_stem"], areas.get(there["community_code"] or "", "")),
        _agrees("name", said["estate_key"], there["estate_there"] or ""),
        _agrees("number", said["number"] or said["plate"], there["number_there"] or ""),
    ]
    plates = index.roads.filter(pl.col("building") == there["building"])
    if said["road_key"] and not plates.is_empty():
        own = ", ".join(
            f"{road}{plate or ''}" for road, plate in plates.select("road_key", "plate").head(3).iter_rows()
        )
        lines.append(_agrees("doorplate", f"{said['road_key']}{said['road_plate'] or ''}", own))
    return [line for line in lines if line]


def _agrees(what: str, said: str | None, there: str) -> str:
    if not said:
        return ""
    if not there:
        return f"{what} {said} is not known of it"
    return (
        f"same {what} {said}" if said in there.split(", ") or there.startswith(said) else f"{what} {said}, not {there}"
    )


def _rooms_said(read: Texts) -> list[str]:
    """The rooms the readings mean, likeliest first."""
    spoken = read.readings.sort("reading")["spoken"]
    return read.spoken["room_there"].gather(spoken).drop_nulls().unique(maintain_order=True).to_list()


def _has_room(building_code: str, rooms: list[str], library: AddressLibrary) -> bool | None:
    """Whether the building has one of these rooms; None where none is said."""
    if not rooms:
        return None
    own = library.unit.filter(pl.col("building_code") == building_code).select(
        number_key(pl.col("room").str.replace(r"(?:号?(?:室|房|户))$", ""))
    )
    return bool(own.to_series().is_in(rooms).any())


def _room_speaks(rooms: list[str], has_room: bool | None) -> list[str]:
    if has_room is None:
        return []
    return [f"room {' or '.join(rooms)} is in it" if has_room else f"no room {' or '.join(rooms)} in it"]
