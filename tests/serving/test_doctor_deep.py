"""A flipped bit is found by its checksum: by the doctor, and before a copy is handed out."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

import schemas
from schemas.home import Home
from serving.checkout import checkout
from serving.doctor import Check, examine
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest

FEEDS = Path(schemas.__file__).parent / "feeds"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def found(home: Home, name: str) -> Check:
    return next(check for check in examine(home, deep=True) if check.name == name)


def test_a_flipped_bit_is_found_before_it_is_served(home: Home, tmp_path: Path) -> None:
    serves = home.current_release
    assert serves is not None
    older = home.releases / "2026-03-01.01"
    shutil.copytree(serves, older)
    part = read_manifest(serves).tables["block.building"].files[0].path
    assert found(home, "every release").state == "good"
    flip(older / part)
    assert found(home, "release").state == "good", "what serves is sound"
    assert found(home, "every release").state == "bad"
    assert part in found(home, "every release").what
    assert "backup" in found(home, "every release").mend
    flip(serves / part)
    with pytest.raises(ReleaseDamaged, match="not as published"):
        checkout("current", tmp_path / "copy", home)
    assert not (tmp_path / "copy").exists()
    assert not list(tmp_path.glob(".building-*"))


def test_no_extract_is_made_of_a_damaged_file(home: Home) -> None:
    from schemas.agreement import load_agreements
    from serving.extract import run_agreement

    serves = home.current_release
    assert serves is not None
    manifest = read_manifest(serves)
    agreement = next(one for one in load_agreements().values() if one.source_table in manifest.tables)
    flip(serves / manifest.tables[agreement.source_table].files[0].path)
    with pytest.raises(ReleaseDamaged, match="not as published"):
        run_agreement(agreement.id, home, agreement.approved_on or date(2026, 3, 2))
    assert not list(home.outbox.glob("*/*/*"))


def test_a_year_whose_holidays_nobody_declared_is_a_warning(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def calendar() -> Check:
        return next(check for check in examine(small_home) if check.name == "calendar")

    monkeypatch.setenv("BLOCKDATA_FEEDS", str(FEEDS))
    monkeypatch.setattr("schemas.working_days.is_foreseen", lambda year: True)
    assert calendar().state == "good"
    monkeypatch.setattr("schemas.working_days.is_foreseen", lambda year: False)
    assert calendar().state == "warning"
    assert "Monday to Friday" in calendar().what and "whole_years" in calendar().mend
