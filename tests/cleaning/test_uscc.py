from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from tests.cleaning.tidy import cleaned, fates, feed_of
from transforms.cleaning.uscc import ALPHABET, has_check_digit

SOUND = "91110000600037341L"  # the example of python-stdnum


@given(st.text(alphabet=ALPHABET.decode(), min_size=9, max_size=9))
def test_check_character_agrees_with_the_oracle(subject: str) -> None:
    seventeen = "91440306" + subject
    candidates = [seventeen + last for last in ALPHABET.decode()]
    right = has_check_digit(pl.Series(candidates)).to_list()
    assert [c for c, is_right in zip(candidates, right, strict=True) if is_right] == [
        seventeen + oracle.calc_check_digit(seventeen)
    ]


@pytest.mark.parametrize("text", [SOUND, SOUND.lower(), f" {SOUND[:8]} {SOUND[8:]} "])
def test_sound_codes_become_one_key(text: str) -> None:
    result = cleaned(feed_of({"name": "code", "role": "uscc"}), {"code": [text, SOUND]})
    assert result.rows["organisation_key"].n_unique() == 1
    assert "code" not in result.rows.columns


def test_broken_codes() -> None:
    assert fates(
        ["91110000600037342L", "9111000060003734L", "91110000600037341I", "440306123456789", None], role="uscc"
    ) == ["uscc_check_digit", "uscc_malformed", "uscc_malformed", "uscc_malformed", None]
