"""Six files of departments no contract knows: what is proposed of each, against what was written down when they were
made (tests/fixtures/samples/truth.yaml), and whether the proposal really loads its sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from schemas.codelist import load_codelist
from schemas.contract import contract_of, load_contract
from schemas.contract_shape import Contract
from schemas.home import Home
from tests.proposing.conftest import TRUTH, Proposed
from transforms.lake.store import Lake
from transforms.load import load_files
from transforms.proposing.writing import write

IDENTIFIERS = {"person_id", "person_name", "phone", "embedded_person_id"}
# What every delivery's rows become, each counted once (the conservation law).
BECOME = ("inserted", "updated", "unchanged", "duplicates", "ignored", "quarantined", "refused")


def written(proposed: Proposed, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """The contract as `new-feed` writes it, read back through the lint."""
    (folder / "feeds").mkdir(exist_ok=True)
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(folder / "feeds"))
    write(proposed.draft)
    return contract_of(proposed.proposal.feed_id)


def allowed(told: str | None) -> set[str | None]:
    """`a_or_b`, with `null` for no role."""
    return {None if part in ("null", "") else part for part in str(told if told is not None else "null").split("_or_")}


def lines_to_edit(contract: Contract, truth: dict[str, Any]) -> list[str]:
    """The lines of the contract a person would have to change, each once, with what is wrong in it."""
    wrong: list[str] = []
    reading = {name: value for name, value in truth["reading"].items() if getattr(contract.reading, name) != value}
    if reading:
        wrong.append(f"reading: {reading}")
    if contract.subject.kind not in allowed(truth["subject"]):
        wrong.append(f"subject: {contract.subject.kind}")
    columns = {column.header: column for column in contract.columns}
    for header, told in truth["columns"].items():
        column = columns.get(header)
        if column is None:
            wrong.append(f"{header}: not there")
            continue
        faults = []
        role = column.role.value if column.role else None
        listed = column.meaning.code_list
        if role not in allowed(told["role"]):
            faults.append(f"role {role}")
        kinds = allowed(told["type"])
        if column.type not in kinds and not ("codes" in kinds and listed):
            faults.append(f"type {column.type}")
        if told.get("future") and not (column.meaning.future or column.meaning.open_ended):
            faults.append("no future")
        if bool(told.get("dropped")) != column.is_dropped:
            faults.append(f"dropped {column.is_dropped}")
        if "codes" in told:
            words = [item.name for item in load_codelist(listed).codes] if listed else []
            if sorted(words) != sorted(told["codes"]):
                faults.append(f"codes {words}")
        if column.key != (header in truth["key"]):
            faults.append(f"key {column.key}")
        if role in IDENTIFIERS and column.classification != "restricted":
            faults.append("not restricted")
        if faults:
            wrong.append(f"{header}: {', '.join(faults)}")
    return wrong


def test_four_of_six_are_accepted_unedited_and_the_rest_need_three_lines(
    proposed: dict[str, Proposed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = {
        name: lines_to_edit(written(proposed[name], tmp_path, monkeypatch), truth) for name, truth in TRUTH.items()
    }
    assert len(edits) == 6
    assert sum(not lines for lines in edits.values()) >= 4, edits
    print(edits)
    assert all(len(lines) <= 3 for lines in edits.values()), edits


@pytest.mark.parametrize("name", TRUTH)
def test_no_identifier_is_missed(proposed: dict[str, Proposed], name: str) -> None:
    guesses = {guess.header: guess for guess in proposed[name].proposal.columns}
    for header, told in TRUTH[name]["columns"].items():
        if told["role"] in IDENTIFIERS:
            assert guesses[header].classification in ("restricted", "excluded")
            assert guesses[header].role is not None and guesses[header].role.value == told["role"]


@pytest.mark.parametrize("name", TRUTH)
def test_the_contract_loads_its_sample(
    proposed: dict[str, Proposed],
    tables: dict[str, pl.DataFrame],
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    contract = written(proposed[name], tmp_path, monkeypatch)
    lake = Lake(home)
    for table, frame in tables.items():
        lake.replace(table, frame)
    result = load_files(contract.feed_id, [proposed[name].path], None, home)
    counts = result.counts
    assert result.status == "loaded", result.reason
    assert result.day is not None and result.day.isoformat() == "2026-03-02"
    assert counts["received"] == sum(counts.get(what, 0) for what in BECOME)
    assert counts["received"] - counts.get("ignored", 0) == counts["inserted"] == proposed[name].proposal_rows
    rows = Lake(home).read(f"record_history.{contract.feed_id}")
    placed = rows["match_level"].is_in(["unit", "building"]).mean()
    assert placed is not None and placed >= 0.8
    assert not set(rows.columns) & {"id_number", "full_name", "mobile", "phone"}


def test_a_proposal_explains_each_guess_without_a_cell(proposed: dict[str, Proposed]) -> None:
    """Reasons stand in the contract file, which is public: no name, number or address of anybody in them."""
    for one in proposed.values():
        said = " ".join(f"{guess.why} {guess.doubt}" for guess in one.proposal.columns)
        for guess, facts in zip(one.proposal.columns, one.cells, strict=False):
            assert guess.why
            if guess.role is not None and guess.role.value in (*IDENTIFIERS, "address_text"):
                assert not any(len(cell) > 1 and cell in said for cell in facts)


def test_what_only_a_person_knows_is_marked_and_the_rest_is_a_draft(
    proposed: dict[str, Proposed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = proposed["dog_licences_20260302.csv"]
    contract = written(one, tmp_path, monkeypatch)
    assert contract.status == "draft"
    assert contract.meaning.legal_basis.startswith("TODO") and contract.description.purpose.startswith("TODO")
    path = tmp_path / "feeds" / "city_management" / "dog_licences.yaml"
    assert load_contract(path).fingerprint == contract.fingerprint
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["id"] == "city_management__dog_licences"
