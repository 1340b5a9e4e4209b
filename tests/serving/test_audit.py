"""The audit log's chain: any change, drop, insertion or cut shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from serving.audit import append, entries, log_file, scrubbed, verify_audit
from transforms.lake.keys import load_keys


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


@pytest.mark.parametrize(
    "number",
    ["13800138000", "138 0013 8000", "138-001-38000", "１３８００１３８０００", "44030619850317001x",
     "440306 19850317 001X", "138.0013.8000", "138\u200b00138000"],
)  # fmt: skip
def test_numbers_long_enough_to_identify_are_masked(number: str) -> None:
    assert scrubbed(f"查询{number}，共12层") == "查询***，共12层"


def test_the_log_says_who_runs_it_whatever_the_environment_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    append(Home(tmp_path), "sql")
    (entry,) = entries(Home(tmp_path))
    assert entry["by"] != "somebody-else"


def test_a_lost_key_file_is_told_and_not_replaced(logged: Home, tmp_path: Path) -> None:
    (tmp_path / "keys.json").unlink()
    for touch in (lambda: append(logged, "sql"), lambda: verify_audit(logged)):
        with pytest.raises(UsageError, match="is not there") as refused:
            touch()
        assert "restore it" in refused.value.mend
    assert not (tmp_path / "keys.json").exists()


def test_under_other_keys_nothing_is_written(logged: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = log_file(logged).read_bytes()
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "others.json"))
    load_keys()
    for touch in (lambda: append(logged, "sql"), lambda: verify_audit(logged)):
        with pytest.raises(UsageError, match="others than this lake was made with"):
            touch()
    assert log_file(logged).read_bytes() == before


def test_a_log_that_came_without_its_lake_is_not_continued(
    logged: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = log_file(logged).read_bytes()
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "others.json"))
    load_keys()
    (logged.path / "keys.check").unlink()
    with pytest.raises(BlockdataError, match="other keys"):
        append(logged, "sql")
    assert log_file(logged).read_bytes() == before
    assert not verify_audit(logged).intact


def test_bytes_that_are_no_text_are_a_fault_not_a_crash(logged: Home) -> None:
    log_file(logged).write_bytes(log_file(logged).read_bytes().replace(b"lookup", b"\xff\xfe\xff", 1))
    assert verify_audit(logged).broken_at == 3
