"""A list of real addresses from all over the country, asked for in other words: each finds its own entry or none."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import polars as pl
import pytest

from benchmarks.real_lines import ADDRESSES
from transforms.addressing.key_file import key_column
from transforms.addressing.own_list import OwnList, own_list
from transforms.addressing.parse import COMPONENTS, parse_addresses

AREAS = ("province", "city", "county", "street")
NUMBERED = ("building", "entrance", "room")


@dataclass(frozen=True)
class Listed:
    """`rows`: id, text and the components of each entry; no two lie at one place."""

    rows: pl.DataFrame
    list: OwnList

    def found(self, asked: list[str | None]) -> pl.DataFrame:
        """id of each row, got: the id its question is keyed to."""
        answers = key_column(pl.Series(asked, dtype=pl.String), self.list.library, self.list)
        return self.rows.select("id").with_columns(got=answers["matched_id"])


@pytest.fixture(scope="module")
def listed() -> Listed:
    texts = pl.Series("text", ADDRESSES.read_text(encoding="utf-8").splitlines()).unique(maintain_order=True)
    rows = parse_addresses(texts).with_columns(texts).drop_nulls(["county", "estate", "room"])
    rows = rows.unique(["county", "estate", *NUMBERED], keep="none", maintain_order=True)
    rows = rows.with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    return Listed(rows, own_list(rows.select("id", name="text")))


def line(row: dict[str, str | None], without: tuple[str, ...] = ()) -> str:
    """The components of a row as one tidy line: 3栋2单元501室 for 3-2-501."""
    said = {name: row[name] or "" for name in COMPONENTS if name not in without} | dict.fromkeys(without, "")
    city = "" if said["city"] == said["province"] else said["city"]
    head = said["province"] + city + said["county"] + said["street"] + said["road"] + said["road_number"]
    building = said["building"] + ("栋" if re.search("[0-9A-Z]$", said["building"]) else "")
    entrance = said["entrance"] and said["entrance"] + "单元"
    floor = said["floor"] and said["floor"] + "层"
    return head + said["estate"] + building + entrance + floor + said["room"] + "室" * said["room"][-1:].isdigit()


def test_an_address_in_other_words_finds_its_entry(listed: Listed) -> None:
    for without in ((), ("province", "city"), ("street",), ("road", "road_number")):
        found = listed.found([line(row, without) for row in listed.rows.iter_rows(named=True)])
        keyed = found.drop_nulls("got")
        assert keyed.filter(pl.col("id") != pl.col("got")).is_empty()
        assert keyed.height > 0.95 * found.height, without


def test_one_digit_wrong_never_finds_the_entry(listed: Listed) -> None:
    chance = random.Random(1)
    asked = []
    for row in listed.rows.iter_rows(named=True):
        name = chance.choice([name for name in NUMBERED if re.search("[0-9]", row[name] or "")] or ["room"])
        places = [found.start() for found in re.finditer("[0-9]", row[name])]
        at = chance.choice(places) if places else None
        other = None if at is None else str((int(row[name][at]) + chance.randint(1, 9)) % 10)
        asked.append(other and line({**row, name: row[name][:at] + other + row[name][at + 1 :]}))
    found = listed.found(asked)
    assert sum(text is not None for text in asked) > 3_000
    assert found.filter(pl.col("id") == pl.col("got")).is_empty()
