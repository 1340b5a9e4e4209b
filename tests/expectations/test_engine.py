"""What a rule that could not be judged says: the kind of its fault, never the words of a library."""

from __future__ import annotations

import pytest

from expectations.engine import _exception

CELL = "欧阳青山"


@pytest.mark.parametrize(
    ("message", "trace", "kind"),
    [
        (f"ArrowInvalidError: cannot cast {CELL}", "", "ArrowInvalidError"),
        (f"cannot cast {CELL}", f"Traceback …\n  File\nbuiltins.ValueError: cannot cast {CELL}\n", "ValueError"),
        (CELL, "", "not judged"),
        (f"{CELL} Error", "", "not judged"),
    ],
)
def test_only_the_kind_of_a_fault_is_kept(message: str, trace: str, kind: str) -> None:
    info = {"raised_exception": True, "exception_message": message, "exception_traceback": trace}
    assert _exception(info) == _exception({"some metric": info}) == kind


def test_what_was_judged_says_nothing() -> None:
    assert _exception({"raised_exception": False, "exception_message": None}) == ""
