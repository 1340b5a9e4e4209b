"""Erasing from the command line: what is said, and never the number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

NUMBER = "110101" + "19900307" + "001X"  # made for this test
PROOF = SimpleNamespace(files={"lake": 3}, findings=[], unread=[])


@pytest.mark.parametrize(("rows", "is_said"), [({}, True), ({"record.x": 1}, False)])
def test_a_number_nobody_bears_is_not_passed_over(
    tmp_path: Path, blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, rows: dict[str, int], is_said: bool
) -> None:
    one = SimpleNamespace(mark="a" * 32, rows=rows, archive_rows=0, archive_files=2, withdrawn=[], release="r")
    vars(one).update(proof=PROOF, dropped_files=[], told=[], holds=True)
    monkeypatch.setattr("serving.caring.erase", lambda *_, **__: one)
    (tmp_path / "claims.txt").write_text(NUMBER)
    said = blockdata("erase", str(tmp_path / "claims.txt"), "--decision", "X1", "--by", "Y")
    assert said.code == 0 and ("compare the number" in said.err) is is_said
    assert NUMBER not in said.out + said.err
