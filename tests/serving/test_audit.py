"""The audit log's chain: any change, drop, insertion or cut shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.home import Home
from serving.audit import append, entries, log_file, scrubbed, verify_audit


@pytest.fixture
def logged(tmp_path: Path) -> Home:
    home = Home(tmp_path / "lake")
    for action in ("sql", "extract", "lookup"):
        append(home, action, by="desk", purpose="test")
    return home


def test_an_untouched_log_holds(logged: Home) -> None:
    report = verify_audit(logged)
    assert (report.entries, report.intact) == (3, True)
    assert [entry["action"] for entry in entries(logged)] == ["sql", "extract", "lookup"]


def test_an_empty_log_holds(tmp_path: Path) -> None:
    assert verify_audit(Home(tmp_path)).intact


def _lines(home: Home) -> list[str]:
    return log_file(home).read_text(encoding="utf-8").splitlines(keepends=True)


def test_a_changed_entry_is_found(logged: Home) -> None:
    lines = _lines(logged)
    log_file(logged).write_text("".join([lines[0], lines[1].replace('"test"', '"else"'), lines[2]]), encoding="utf-8")
    report = verify_audit(logged)
    assert (report.intact, report.broken_at, report.reason) == (False, 2, "the line was changed")


@pytest.mark.parametrize(("kept", "broken_at"), [([1, 2], 1), ([0, 2], 2), ([0, 2, 1], 2), ([0, 0, 1, 2], 2)])
def test_dropped_moved_and_repeated_entries_are_found(kept: list[int], broken_at: int, logged: Home) -> None:
    lines = _lines(logged)
    log_file(logged).write_text("".join(lines[i] for i in kept), encoding="utf-8")
    report = verify_audit(logged)
    assert (report.intact, report.broken_at) == (False, broken_at)


def test_a_cut_tail_is_found_even_when_the_head_is_rewritten(logged: Home) -> None:
    lines = _lines(logged)
    log_file(logged).write_text(lines[0], encoding="utf-8")
    assert not verify_audit(logged).intact
    head = log_file(logged).with_name("head.json")
    forged = json.loads(head.read_text()) | {"number": 1, "hash": json.loads(lines[0])["hash"]}
    head.write_text(json.dumps(forged))
    assert verify_audit(logged).reason == "the head was changed"


def test_a_removed_log_is_found(logged: Home) -> None:
    log_file(logged).unlink()
    assert not verify_audit(logged).intact


def test_a_kill_before_the_head_is_written_heals(logged: Home) -> None:
    head = log_file(logged).with_name("head.json")
    before = head.read_text()
    append(logged, "sql", by="desk")
    head.write_text(before)
    assert verify_audit(logged).intact
    append(logged, "sql", by="desk")
    assert (verify_audit(logged).entries, verify_audit(logged).intact) == (5, True)


def test_a_line_torn_by_a_kill_is_cut_at_the_next_entry(logged: Home) -> None:
    with log_file(logged).open("a", encoding="utf-8") as log:
        log.write('{"number": 4, "at": "20')
    append(logged, "sql", by="desk")
    assert (verify_audit(logged).entries, verify_audit(logged).intact) == (4, True)


def test_entries_written_at_once_form_one_chain(tmp_path: Path) -> None:
    home = Home(tmp_path / "lake")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: append(home, "sql", by=f"desk {n}"), range(12)))
    report = verify_audit(home)
    assert (report.entries, report.intact) == (12, True)


def test_numbers_long_enough_to_identify_are_masked() -> None:
    assert scrubbed("WHERE phone = '13800138000' AND floor = 12") == "WHERE phone = '***' AND floor = 12"
