from __future__ import annotations

import hashlib

from transforms.lake.letters import as_letters, letters_of


def test_each_nibble_is_a_letter() -> None:
    assert as_letters(bytes([0x01, 0x9A, 0xF0]), 6) == "abjkpa"


def test_a_hash_has_its_length_and_no_digit() -> None:
    assert len(letters_of("x")) == 16 and len(letters_of("x", length=32)) == 32
    assert set(letters_of("x", length=32)) <= set("abcdefghijklmnop")
    assert letters_of("x", length=32)[:16] == letters_of("x")


def test_where_one_part_ends_matters() -> None:
    assert letters_of("ab", "c") != letters_of("a", "bc") != letters_of("abc")
    assert letters_of("a", b"b") == letters_of(b"a", "b")
    framed = (1).to_bytes(8, "big") + b"a"
    assert letters_of("a", length=32) == as_letters(hashlib.sha256(framed).digest(), 32)
