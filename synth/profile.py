"""What a made district is like, measured on its files: the rates reached beside the rates real libraries have."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas.contract import Contract, Role, contract_of

# one regular expression and an equality join, what a keyer has to be better than: 省市区, street and community off,
# punctuation off, 室 and 房 off
PLAIN_NOISE = (
    r"[\s,，。、（）()【】\[\]#-]|^(中国)?(广东省?深圳市?宝安区)*|\p{Han}{2,3}街道办?|\p{Han}{2,5}社区(居委会)?|[室房]$"
)


@dataclass(frozen=True)
class Rate:
    """One measured share; `aim` is what it should be, `reached` what it is, `holds` whether that is near enough."""

    name: str
    reached: float
    aim: str
    holds: bool


def profile(out: Path) -> dict[str, Any]:
    """{"rates": [{name, reached, aim, holds}, …]} of the district in `out`, computed from its files and its truth."""
    rates = [*_library_rates(out / "library"), *_people_rates(out), *_address_rates(out), *_defect_rates(out / "truth")]
    return {"rates": [{**asdict(rate), "reached": round(rate.reached, 4)} for rate in rates]}


def _near(name: str, reached: float, aim: float, within: float) -> Rate:
    return Rate(name, reached, f"{aim:.0%} ± {within:.0%}", abs(reached - aim) <= within)


def _at_most(name: str, reached: float, limit: float) -> Rate:
    return Rate(name, reached, f"≤ {limit:.0%}", reached <= limit)


def _library_rates(library: Path) -> list[Rate]:
    """Section 3 of the design, over buildings and over rooms."""
    building = pl.read_parquet(library / "address.building.parquet").filter(pl.col("status") == "active")
    unit = pl.read_parquet(library / "address.unit.parquet", columns=["building_code"])
    rooms = unit.join(building, on="building_code", how="left", maintain_order="left")
    within = max(0.05, 2 / max(building.height, 1) ** 0.5)  # a small district is ruled by chance
    rates = []
    for over, frame in (("buildings", building), ("rooms", rooms)):
        for column, aim in (("road", 0.27), ("road_number", 0.22), ("estate", 0.86), ("name", 0.75)):
            rates.append(_near(f"{over} with {column}", _share(frame[column].is_not_null()), aim, within))
        names = frame["name"].drop_nulls()
        rates.append(_near(f"{over}: bare N号 among names", _share(names.str.contains(r"^\d+号$")), 0.5, within))
        rates.append(_near(f"{over}: …栋 among names", _share(names.str.ends_with("栋")), 0.33, within))
    rates.append(
        Rate(
            "rooms a building",
            unit.height / max(building.height, 1),
            "about 20",
            15 <= unit.height / max(building.height, 1) <= 25,
        )
    )
    return rates


def _people_rates(out: Path) -> list[Rate]:
    building = pl.read_parquet(out / "library" / "address.building.parquet", columns=["status"])
    count = building.filter(pl.col("status") == "active").height
    people = pl.read_parquet(out / "truth" / "person.parquet", columns=["is_registered_here"])
    here = people.height / max(count, 1)
    return [
        Rate("people a building", here, "about 32", 24 <= here <= 40),
        _near("living apart from the household register", 1 - _share(people["is_registered_here"]), 0.6, 0.05),
    ]


def _address_rates(out: Path) -> list[Rate]:
    """How many delivered addresses are the standard address, and how far plain equality comes."""
    unit = pl.read_parquet(out / "library" / "address.unit.parquet", columns=["unit_code", "standard_address"])
    truth = pl.read_parquet(out / "truth" / "record.parquet").filter(pl.col("unit_code").is_not_null())
    written = pl.concat([_addresses(path, truth) for path in sorted((out / "deliveries").glob("*/*"))])
    told = written.join(unit, on="unit_code", how="left", maintain_order="left")
    plain = pl.col("standard_address").str.replace_all(PLAIN_NOISE, "")
    once = unit.select(plain=plain, found="unit_code").unique("plain", keep="none", maintain_order=True)
    keyed = told.with_columns(plain=pl.col("address").str.replace_all(PLAIN_NOISE, "")).join(
        once, on="plain", how="left"
    )
    return [
        _at_most("addresses equal to the standard address", _share(told["address"] == told["standard_address"]), 0.15),
        Rate(
            "recall of one regular expression and equality",
            _share((keyed["found"] == keyed["unit_code"]).fill_null(False)),
            "< 70%",
            _share((keyed["found"] == keyed["unit_code"]).fill_null(False)) < 0.7,
        ),
    ]


def _addresses(folder: Path, truth: pl.DataFrame) -> pl.DataFrame:
    """address, unit_code of the rows of one delivery that name a room; text formats only (they hold most rows)."""
    contract = contract_of(folder.name)
    column = contract.column_of(Role.ADDRESS_TEXT)
    nothing = pl.DataFrame(schema={"address": pl.String, "unit_code": pl.String})
    if column is None or contract.reading.format not in ("csv", "jsonl"):
        return nothing
    rows = truth.filter((pl.col("feed_id") == folder.name) & (pl.col("day").cast(pl.String) == folder.parent.name))
    for path in sorted(folder.iterdir()):
        known = rows.filter(pl.col("file") == path.name)
        if known.height and path.stat().st_size:
            texts = _column(path, contract, column.header)
            first = 2 if contract.reading.format == "csv" else 1
            found = pl.DataFrame({"address": texts}).with_row_index("row", offset=first)
            return known.join(found, on="row", how="inner").select("address", "unit_code")
    return nothing


def _column(path: Path, contract: Contract, header: str) -> list[str | None]:
    """The cells of one column of a text file; nothing where the file was broken on purpose."""
    reading = contract.reading
    text = path.read_bytes().decode("gb18030" if reading.encoding == "gb18030" else "utf-8-sig", "replace")
    lines = text.splitlines() if "\x1c" not in text else text.split("\n")
    if reading.format == "jsonl":
        try:
            return [json.loads(line).get(header) for line in lines]
        except ValueError:
            return []
    import csv

    rows = csv.reader(lines, delimiter=reading.delimiter)
    names = next(rows, [])
    if header not in names:
        return []
    at = names.index(header)
    return [row[at] if len(row) > at else None for row in rows]


def _defect_rates(truth: Path) -> list[Rate]:
    rows = pl.scan_parquet(truth / "record.parquet").select(pl.len()).collect().item()
    broken = pl.read_parquet(truth / "defect.parquet").filter(pl.col("row").is_not_null()).height
    share = broken / max(rows, 1)
    return [Rate("rows with a planted fault", share, "about 1%", 0.005 <= share <= 0.03)]


def _share(values: pl.Series) -> float:
    mean = values.cast(pl.Float64).mean()
    return float(mean) if isinstance(mean, int | float) else 0.0
