from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli import console
from cli.main import app
from schemas.home import Home
from tests.serving.small_release import build_small


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release, built once."""
    home = Home(tmp_path_factory.mktemp("built"))
    build_small(home)
    return home.releases


@pytest.fixture
def released(home: Home, built: Path) -> Home:
    """A home whose only content is the small release."""
    shutil.copytree(built, home.releases, symlinks=True)
    return home


@pytest.fixture
def blockdata(home: Any, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process, on the home of the test."""

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        code = console.run(app, [str(argument) for argument in arguments])
        return Said(code, *capfd.readouterr())

    return run
