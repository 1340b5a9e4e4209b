"""No space left met inside a step that writes no file of ours: a library's own file aside, a spill, a temporary one."""

from __future__ import annotations

import errno
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests.faults.report import Told
from tests.small import LODGERS, deliver, lodger, standins
from transforms.lake import archive
from transforms.lake.faults import StorageFault
from transforms.lake.store import Lake
from transforms.load import load_files

STAGES = {"read": "read", "compare": "row_hash", "clean": "clean", "key": "key", "measure": "measure", "gate": "judge"}


def full(*_given: Any, **_named: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device", "/tmp/aside")


@pytest.mark.fault("no space left", "inside a step of a load")
@pytest.mark.parametrize("stage", STAGES)
def test_no_space_inside_a_step(small_home: Home, tmp_path: Path, told: Told, stage: str) -> None:
    path = deliver(tmp_path / "drop", LODGERS, date(2026, 3, 2), [lodger(number) for number in range(1, 9)])
    with pytest.raises(StorageFault, match="no space left") as fault:
        load_files(LODGERS, [path], None, small_home, steps=replace(standins(), **{STAGES[stage]: full}))
    assert "free some space" in fault.value.mend
    assert Lake(small_home).batch_rows().is_empty() and len(archive.sealed(small_home)) == 1
    assert load_files(LODGERS, [path], None, small_home, steps=standins()).counts["inserted"] == 8
    told(f"while a load is at: {stage}", 1, fault.value)
