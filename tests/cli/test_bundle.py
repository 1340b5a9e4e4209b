"""The bundle for machines without a network. That it installs there is shown by `make bundle CHECK=1`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cli import bundle
from schemas.errors import BlockdataError
from schemas.home import ROOT


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "fetched"
    folder.mkdir()
    (folder / "tiny-1.0-py3-none-any.whl").write_bytes(b"a wheel")
    (folder / bundle.MADE_FOR).write_text(json.dumps(bundle.made_for(["3.11"])))
    return folder


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed, where the tests run from an unpacked bundle and no clone."""
    monkeypatch.setattr(bundle, "sources", lambda: ["Makefile", "requirements.lock", "cli/bundle.py"])


@pytest.mark.usefixtures("committed")
def test_a_bundle_holds_the_repository_and_the_wheels_and_says_its_checksum(wheels: Path, tmp_path: Path) -> None:
    target = tmp_path / "dist" / "blockdata.tar"
    checksum = bundle.pack(target, wheels, "blockdata-1")
    with tarfile.open(target) as tar:
        names = set(tar.getnames())
        assert {entry.mtime for entry in tar} == {0}
    assert {"blockdata-1/Makefile", "blockdata-1/wheels/tiny-1.0-py3-none-any.whl"} < names
    assert Path(f"{target}.sha256").read_text() == f"{checksum}  blockdata.tar\n"
    assert not target.with_suffix(".partial").exists()


@pytest.mark.usefixtures("committed")
def test_the_same_sources_and_wheels_give_the_same_bundle(wheels: Path, tmp_path: Path) -> None:
    first = bundle.pack(tmp_path / "a.tar", wheels, "blockdata-1")
    os.utime(wheels / "tiny-1.0-py3-none-any.whl", (1, 1))
    assert bundle.pack(tmp_path / "b.tar", wheels, "blockdata-1") == first


def test_what_git_ignores_is_in_no_bundle() -> None:
    if not (ROOT / ".git").exists():
        with pytest.raises(BlockdataError, match="clone"):
            bundle.sources()
        return
    held = bundle.sources()
    assert "Makefile" in held
    assert [name for name in held if name.startswith((".venv/", "data/lake/", "wheels/", "dist/"))] == []


def install(place: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "install", "OFFLINE=1", f"PYTHON={sys.executable}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=place, env=clean, capture_output=True, text=True, check=False)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    place = tmp_path / "unpacked"
    place.mkdir()
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, place / name)
    return place


def test_installing_offline_without_the_wheels_says_where_they_come_from(unpacked: Path) -> None:
    done = install(unpacked)
    assert done.returncode != 0
    assert "make bundle" in done.stdout
    assert not (unpacked / ".venv").exists()


def test_a_bundle_for_another_python_is_refused_before_anything_is_made(unpacked: Path) -> None:
    (unpacked / "wheels").mkdir()
    (unpacked / "wheels" / bundle.MADE_FOR).write_text(json.dumps(bundle.made_for(["3.99"])))
    done = install(unpacked)
    assert done.returncode != 0
    assert "this bundle is for Python 3.99" in done.stdout
    assert "PYTHON=python3.99" in done.stdout
    assert not (unpacked / ".venv").exists()


def test_offline_nothing_is_looked_for_outside_the_folder(unpacked: Path) -> None:
    """An empty folder of wheels fails at once, naming what is missing: no index is asked."""
    (unpacked / "wheels").mkdir()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    (unpacked / "wheels" / bundle.MADE_FOR).write_text(json.dumps(bundle.made_for([here])))
    (unpacked / "requirements.lock").write_text("tiny==1.0 --hash=sha256:" + "0" * 64 + "\n")
    done = install(unpacked)
    assert done.returncode != 0
    assert "tiny==1.0" in done.stderr
    assert "http" not in done.stderr
