from __future__ import annotations

import polars as pl
import pytest
from stdnum.cn import ric

from tests.cleaning.tidy import KEYS, cleaned, fates, feed_of
from transforms.cleaning.person_id import has_check_digit, normalised
from transforms.cleaning.tokens import tokens


def number(first_seventeen: str) -> str:
    return first_seventeen + ric.calc_check_digit(first_seventeen + "0")


SOUND = number("44030619900307123")


def keys_of(*texts: str) -> list[str]:
    return tokens(pl.Series(texts), KEYS).to_list()


def test_resident_number_however_written() -> None:
    written = [SOUND, f" {SOUND[:6]} {SOUND[6:14]} {SOUND[14:]}", "".join(chr(ord(c) + 0xFEE0) for c in SOUND)]
    assert fates([*written], role="person_id") == [None] * 3  # the number itself is gone
    result = cleaned(feed_of({"name": "id_number", "role": "person_id"}), {"id_number": written})
    assert result.rows["person_key"].to_list() == keys_of(SOUND) * 3


def test_lower_case_x() -> None:
    with_x = next(n for n in (number(f"440306199003071{s:02}") for s in range(99)) if n.endswith("X"))
    result = cleaned(feed_of({"name": "id_number", "role": "person_id"}), {"id_number": [with_x.lower(), with_x]})
    assert result.rows["person_key"].n_unique() == 1


def test_fifteen_digits_are_the_same_person() -> None:
    old = SOUND[:6] + SOUND[8:17]
    assert normalised(pl.Series([old, SOUND, None, "x"])).to_list() == [SOUND, SOUND, None, "X"]


@pytest.mark.parametrize(
    "first", ["810000199003071", "820000199003071", "830000199003071", "911156198503071", "110226196501011"]
)
def test_permits_foreigners_and_districts_that_moved_are_sound(first: str) -> None:
    feed = feed_of({"name": "id_number", "role": "person_id"})
    assert cleaned(feed, {"id_number": [number(first + "23")]}).rows.height == 1


def test_check_digit_agrees_with_the_oracle() -> None:
    candidates = [f"{SOUND[:17]}{last}" for last in "0123456789X"]
    assert has_check_digit(pl.Series(candidates)).to_list() == [ric.calc_check_digit(c) == c[-1] for c in candidates]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (SOUND[:17] + ("0" if SOUND[17] != "0" else "1"), "person_id_check_digit"),
        (number("44030619900230123"), "person_id_malformed"),  # 30 February
        (number("44030620270101123"), "person_id_malformed"),  # born after the delivery
        (number("04030619900307123"), "person_id_malformed"),
        ("E12345678", "person_id_malformed"),  # a passport
        ("12345", "person_id_malformed"),
        (SOUND + "1", "person_id_malformed"),
        ("440306901301123", "person_id_malformed"),  # 15 digits, month 13
        (SOUND[:17] + "Y", "person_id_malformed"),
    ],
)
def test_broken_numbers(text: str, rule: str) -> None:
    assert fates([text, None], role="person_id") == [rule, None]


def test_embedded_numbers_give_the_same_key() -> None:
    feeds = {
        "^G(.{18})$": f"G{SOUND}",
        "^([0-9]{17}[0-9Xx])[A-Z][0-9]$": f"{SOUND}B2",
    }
    for affix, text in feeds.items():
        feed = feed_of({"name": "permit", "role": "embedded_person_id", "affix": affix})
        result = cleaned(feed, {"permit": [text, text.lower(), "Z9"]})
        assert set(result.rows["person_key"]) == set(keys_of(SOUND))
        assert result.quarantined.select("row_number", "rule").rows()[-1] == (4, "person_id_malformed")


def test_embedded_number_with_wrong_check_digit() -> None:
    broken = SOUND[:17] + ("0" if SOUND[17] != "0" else "1")
    assert fates([f"G{broken}"], role="embedded_person_id", affix="^G(.{18})$") == ["person_id_check_digit"]


def test_masked_value_never_shows_the_number() -> None:
    result = cleaned(feed_of({"name": "id_number", "role": "person_id"}), {"id_number": ["440306199002300000"]})
    assert result.quarantined["masked_value"].to_list() == ["#" * 18]


def test_empty_and_all_broken_columns() -> None:
    assert fates(["x", None], role="person_id") == ["person_id_malformed", None]
    assert fates([None, None], role="person_id") == [None, None]


def test_making_eighteen_of_fifteen_leaves_the_callers_column_alone() -> None:
    given = pl.Series("number", ["440306900307123", SOUND])
    assert normalised(given).str.len_chars().to_list() == [18, 18]
    assert given.to_list() == ["440306900307123", SOUND]
