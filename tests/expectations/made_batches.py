"""Sound batches made from a contract alone, and ways to break one."""

from __future__ import annotations

import random
import re._constants as sre
import re._parser as sre_parser  # type: ignore[import-not-found]
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from expectations.lake_column import lake_column
from expectations.metrics import batch_metrics, no_history
from schemas.codelist import load_codelist
from schemas.contract import Column, Contract, Role
from schemas.record_table import record_history_table

DAY = date(2026, 3, 3)
BATCH = "abcdefghijklmnop"
QUARANTINE = {
    "file_name": pl.String,
    "row_number": pl.UInt32,
    "column": pl.String,
    "rule": pl.String,
    "masked_value": pl.String,
}
LETTERS = "abcdefghijklmnop"


def sound_rows(contract: Contract, height: int) -> pl.DataFrame:
    """Cleaned and keyed rows that break nothing, every cell filled."""
    table, draw = record_history_table(contract), random.Random(7)
    made: dict[str, Any] = {
        "record_id": [f"R{place:06d}" for place in range(height)],
        "operation": ["insert"] * height,
        "unit_code": ["4403060010010100001000001"] * height,
        "building_code": ["4403060010010100001"] * height,
        "match_level": ["unit" if place % 10 else "building" for place in range(height)],
        "match_score": [0.97] * height,
        "delivered_on": [DAY] * height,
        "geometry": [b"\x01"] * height,
        "sex": ["male", "female"] * (height // 2) + ["male"] * (height % 2),
        "birth_year": [1980] * height,
        "school_cohort": [1980] * height,
        "lon": [113.9] * height,
        "lat": [22.6] * height,
        "person_key": [_token(place) for place in range(height)],
        "organisation_key": [_token(place) for place in range(height)],
    }
    for column in contract.columns:
        name = lake_column(column)
        if name is not None and name not in made:
            made[name] = [_value(column, draw, place) for place in range(height)]
    schema = table.polars_schema()
    return table.conform(
        pl.DataFrame({name: pl.Series(values, dtype=schema[name]) for name, values in made.items() if name in schema})
    )


def quarantine(rows: int, column: str = "address", rule: str = "bad_pattern", first: int = 2) -> pl.DataFrame:
    """A QUARANTINE frame of so many rows."""
    return pl.DataFrame(
        {
            "file_name": ["made.csv"] * rows,
            "row_number": list(range(first, first + rows)),
            "column": [column] * rows,
            "rule": [rule] * rows,
            "masked_value": ["#"] * rows,
        },
        schema=QUARANTINE,
    )


def measured(
    rows: pl.DataFrame, broken: pl.DataFrame | None = None, history: pl.DataFrame | None = None, **counts: int
) -> pl.DataFrame:
    """The metrics of a batch of these rows."""
    broken = quarantine(0) if broken is None else broken
    received = rows.height + broken["row_number"].n_unique() if broken.height else rows.height
    return batch_metrics(
        rows, broken, {"received": received} | counts, rows, no_history() if history is None else history
    )


def history_of(*metrics: pl.DataFrame, start: date = DAY) -> pl.DataFrame:
    """Earlier batches, one a day before `start`, in the shape `metrics.earlier` gives."""
    return pl.concat(
        frame.unpivot(variable_name="metric", value_name="value").select(
            batch_id=pl.lit(f"batch{place:02d}"),
            delivered_on=pl.lit(start - timedelta(days=len(metrics) - place)),
            metric="metric",
            value="value",
        )
        for place, frame in enumerate(metrics)
    ).drop_nulls("value")


def _token(place: int) -> str:
    return "".join(random.Random(place).choices(LETTERS, k=32))


def _value(column: Column, draw: random.Random, place: int) -> Any:
    meaning, options = column.meaning, column.options
    if column.role in (Role.PERSON_NAME, Role.PHONE):
        return _token(place)
    if column.role is Role.UNIT_CODE:
        return "4403060010010100001"
    if meaning.code_list is not None:
        return draw.choice(load_codelist(meaning.code_list).codes).code
    match column.type:
        case "integer" | "number":
            low = options.minimum if options.minimum is not None else 1
            return int(low) if column.type == "integer" else float(low)
        case "date":
            return "2019****" if meaning.masked else DAY - timedelta(days=30)
        case "timestamp":
            return datetime(2026, 3, 1, 9)
        case "boolean":
            return True
    return matching(options.pattern, place) if options.pattern else f"文字{place}".ljust(options.min_length or 0, "字")


def matching(pattern: str, place: int) -> str:
    """A text the pattern accepts; the digits and letters it leaves free count up with `place`."""
    draw = random.Random(place)
    return "".join(_spell(sre_parser.parse(pattern), draw))


def _spell(tree: Any, draw: random.Random) -> list[str]:
    out: list[str] = []
    for kind, body in tree:
        if kind is sre.LITERAL:
            out.append(chr(body))
        elif kind is sre.IN:
            out.append(draw.choice(_members(body)))
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, _most, part = body
            for _ in range(least):
                out += _spell(part, draw)
        elif kind is sre.SUBPATTERN:
            out += _spell(body[3], draw)
        elif kind is sre.BRANCH:
            out += _spell(draw.choice(body[1]), draw)
        elif kind is not sre.AT:
            raise ValueError(f"teach this maker the pattern element {kind}")
    return out


def _members(parts: Any) -> str:
    text = ""
    for kind, body in parts:
        if kind is sre.LITERAL:
            text += chr(body)
        elif kind is sre.RANGE:
            text += "".join(map(chr, range(body[0], body[1] + 1)))
        elif kind is sre.CATEGORY and body is sre.CATEGORY_DIGIT:
            text += "0123456789"
        else:
            raise ValueError(f"teach this maker the class {kind}")
    return text
