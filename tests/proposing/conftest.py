"""The district the samples were made over, and the contract proposed for each: once for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from schemas.codelist import load_codelists
from synth.library import library_tables
from synth.world import make_world
from transforms.addressing.library import AddressLibrary
from transforms.proposing.ground import Ground
from transforms.proposing.propose import Proposal, propose
from transforms.proposing.sample import open_sample
from transforms.proposing.writing import Draft, draft
from transforms.reading.source import SourceFile

SAMPLES = Path(__file__).parent.parent / "fixtures" / "samples"
TRUTH: dict[str, dict[str, Any]] = yaml.safe_load((SAMPLES / "truth.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Proposed:
    """A sample, what was proposed of it, and what would be written."""

    path: Path
    proposal: Proposal
    draft: Draft
    cells: list[list[str]]  # distinct values of each column

    @property
    def proposal_rows(self) -> int:
        """Rows that are records."""
        assert self.draft.trial is not None
        return self.draft.trial.sound


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    """The address tables of the district the samples lie in: 400 buildings, seed 41."""
    world = make_world(400, 41, 1, date(2026, 3, 2))
    return library_tables(world.areas, world.building, world.unit, 41)


@pytest.fixture(scope="session")
def library(tables: dict[str, pl.DataFrame]) -> AddressLibrary:
    return AddressLibrary.from_frames(tables)


@pytest.fixture(scope="session")
def proposed(library: AddressLibrary) -> dict[str, Proposed]:
    """By file name."""
    return {name: propose_file(SAMPLES / name, told["department"], library) for name, told in TRUTH.items()}


def propose_file(path: Path, department: str, library: AddressLibrary | None) -> Proposed:
    files = [SourceFile(path.name, path.read_bytes())]
    sample = open_sample(files)
    proposal = propose(
        sample,
        department,
        ground=Ground(library),
        codelists=load_codelists(),
        today=date(2026, 3, 3),
    )
    cells = [sample.rows[f"c{place}"].drop_nulls().unique().to_list() for place in range(len(sample.header))]
    return Proposed(path, proposal, draft(proposal, {}, files, library), cells)
