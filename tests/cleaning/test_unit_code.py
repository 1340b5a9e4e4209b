from __future__ import annotations

import pytest

from tests.cleaning.tidy import fates

BUILDING = "4403060100021300483"


@pytest.mark.parametrize(
    "text",
    [
        BUILDING,
        BUILDING + "000001",
        BUILDING + "000000",
        BUILDING + "******",
        BUILDING[:14] + "*" * 11,
        "44030600800448T0041",
    ],
)
def test_sound_codes(text: str) -> None:
    assert fates([text, f" {text[:9]} {text[9:]}", text.lower()], role="unit_code") == [text] * 3


@pytest.mark.parametrize(
    "text",
    [
        BUILDING[:-1],
        BUILDING + "00001",
        BUILDING + "*****1",
        "4403060080044T80041",
        "T" + BUILDING[1:],
        "44030601000213ABCDE",
    ],
)
def test_malformed_codes(text: str) -> None:
    assert fates([text], role="unit_code") == ["code_malformed"]
