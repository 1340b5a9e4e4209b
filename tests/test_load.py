"""Loading, with stand-ins for the neighbours: what lands in the lake, and that every row is counted once."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from tests.loading import FIRST, SECOND, THIRD, history, load, parts, state
from tests.small import LODGERS, NOTICES, ROOMS, TOWER, VISITS, deliver, lodger, standins
from transforms.lake.keys import load_keys
from transforms.lake.store import Lake
from transforms.load import accept, load_batch, load_files
from transforms.publish import publish


def test_a_first_snapshot_is_inserted(small_home: Home) -> None:
    result = load(small_home, FIRST, [lodger(1), lodger(2, room=2), lodger(3, room=None)])
    assert (result.status, result.day) == ("loaded", FIRST)
    assert parts(result) == {"inserted": 3}
    assert result.counts["keyed_unit"] == 2 and result.counts["unkeyed"] == 1
    assert state(small_home) == {"L0001": "red", "L0002": "red", "L0003": "red"}


def test_a_history_row_tells_where_it_came_from_and_where_it_lives(small_home: Home) -> None:
    result = load(small_home, FIRST, [lodger(1, room=3)])
    row = history(small_home).row(0, named=True)
    assert (row["file_name"], row["row_number"]) == ("lodgers_20260302.csv", 2)
    assert (row["batch_id"], row["delivered_on"], row["known_from"]) == (result.batch_id, FIRST, FIRST)
    assert (row["operation"], row["is_late"], row["since"]) == ("insert", False, date(2026, 1, 5))
    assert (row["unit_code"], row["building_code"]) == (f"{TOWER}000003", TOWER)
    assert ROOMS[row["unit_code"]] == "103"
    assert "full_name" not in row


def test_the_next_snapshot_writes_only_what_changed(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3)])
    result = load(small_home, SECOND, [lodger(1), lodger(2, colour="blue"), lodger(4), lodger(4)])
    assert parts(result) == {"inserted": 1, "updated": 1, "unchanged": 1, "duplicates": 1}
    assert result.counts["received"] == 4 and result.counts["deleted"] == 1
    written = history(small_home).filter(pl.col("delivered_on") == SECOND).sort("record_id")
    assert written.select("record_id", "operation").rows() == [
        ("L0002", "update"),
        ("L0003", "delete"),
        ("L0004", "insert"),
    ]
    assert state(small_home) == {"L0001": "red", "L0002": "blue", "L0004": "red"}


def test_an_increment_deletes_nothing(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)], VISITS)
    result = load(small_home, SECOND, [lodger(2, colour="blue"), lodger(1)], VISITS)
    assert parts(result) == {"updated": 1, "unchanged": 1}
    assert state(small_home, feed_id=VISITS) == {"L0001": "red", "L0002": "blue"}


def test_rows_that_share_a_key_and_differ_are_all_kept_out(small_home: Home) -> None:
    result = load(small_home, FIRST, [lodger(1), lodger(1, colour="blue"), lodger(2)])
    assert parts(result) == {"inserted": 1, "quarantined": 2}
    lines = Lake(small_home).read("quality.quarantine")
    assert lines.select("row_number", "rule", "status").rows() == [
        (2, "conflicting_key", "open"),
        (3, "conflicting_key", "open"),
    ]
    assert set(lines["masked_value"]) == {"A####"}


def test_a_row_conflicting_with_an_unchanged_one_keeps_the_last_good_version(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)])
    result = load(small_home, SECOND, [lodger(1), lodger(1, colour="blue"), lodger(2)])
    assert parts(result) == {"unchanged": 1, "quarantined": 2} and result.counts["deleted"] == 0
    assert state(small_home) == {"L0001": "red", "L0002": "red"}


def test_rows_that_differ_in_a_space_alone_are_duplicates(small_home: Home) -> None:
    result = load(small_home, FIRST, [lodger(1), lodger(1) + " "])
    assert parts(result) == {"inserted": 1, "duplicates": 1}


def test_a_quarantined_row_has_not_vanished(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)])
    result = load(small_home, SECOND, [lodger(1), lodger(2, colour="")])
    assert parts(result) == {"unchanged": 1, "quarantined": 1} and result.counts["deleted"] == 0
    assert state(small_home) == {"L0001": "red", "L0002": "red"}


def test_a_row_kept_out_at_reading_has_not_vanished(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(number) for number in range(1, 5)])
    torn, cut = f"{lodger(2)},more", lodger(3).replace("red", "r\x00d")
    result = load(small_home, SECOND, [lodger(1), torn, cut])
    assert parts(result) == {"unchanged": 1, "quarantined": 2} and result.counts["deleted"] == 1
    assert state(small_home) == dict.fromkeys(["L0001", "L0002", "L0003"], "red")


def test_while_a_key_cannot_be_read_nothing_vanishes(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3)])
    result = load(small_home, SECOND, [lodger(1), lodger(2).replace("L0002", "L\x000002")])
    assert parts(result) == {"unchanged": 1, "quarantined": 1} and result.counts["deleted"] == 0
    assert "deletes_held_back" in result.reason
    told = Lake(small_home).read("quality.validation").filter(pl.col("expectation") == "deletes_held_back")
    assert told["severity"].to_list() == ["warning"]
    result = load(small_home, THIRD, [lodger(1), lodger(2)])
    assert result.counts["deleted"] == 1 and "deletes_held_back" not in result.reason
    assert state(small_home) == {"L0001": "red", "L0002": "red"}


def test_an_unreadable_key_holds_nothing_back_where_nothing_is_missing(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)])
    result = load(small_home, SECOND, [lodger(1), lodger(2), lodger(3).replace("L0003", "L\x000003")])
    assert result.status == "loaded" and "deletes_held_back" not in result.reason


def test_a_row_that_was_quarantined_is_taken_once_it_is_mended(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    result = load(small_home, SECOND, [lodger(1), lodger(2, colour="green")])
    assert parts(result) == {"inserted": 1, "unchanged": 1}


def test_half_the_usual_rows_are_refused_and_the_last_good_ones_serve(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(number) for number in range(1, 11)])
    result = load(small_home, SECOND, [lodger(number) for number in range(1, 6)])
    assert (result.status, result.rule) == ("refused", "row_drop") and result.mend
    assert parts(result) == {"refused": 5}
    assert len(state(small_home)) == 10
    row = Lake(small_home).batch_row(result.batch_id)
    assert row is not None and row["status"] == "refused" and row["reason"] == result.reason


def test_rows_of_a_refused_batch_still_tell_why(small_home: Home) -> None:
    bad = [lodger(number, colour="") for number in range(1, 13)]
    result = load(small_home, FIRST, [*bad, lodger(20)])
    assert (result.status, result.rule) == ("refused", "quarantined_share")
    assert parts(result) == {"refused": 13}
    lines = Lake(small_home).read("quality.quarantine")
    assert lines.height == 12 and set(lines["batch_id"]) == {result.batch_id}
    assert history(small_home).is_empty()


def test_a_person_may_overrule_the_gate(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(number) for number in range(1, 11)])
    refused = load(small_home, SECOND, [lodger(1), lodger(2)])
    result = accept(refused.batch_id, "the street cleared the block", "duty desk", small_home, steps=standins())
    assert result.status == "accepted" and parts(result) == {"unchanged": 2} and result.counts["deleted"] == 8
    assert len(state(small_home)) == 2
    row = Lake(small_home).batch_row(refused.batch_id)
    assert row is not None and (row["accepted_by"], row["accept_reason"], row["rule"]) == (
        "duty desk",
        "the street cleared the block",
        "row_drop",
    )
    assert accept(refused.batch_id, "again", "duty desk", small_home, steps=standins()).status == "already_loaded"


def test_what_is_not_the_gates_is_not_overruled(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1)], VISITS)
    refused = load(small_home, SECOND, [lodger(1)], VISITS)
    with pytest.raises(BlockdataError, match="repeated_content"):
        accept(refused.batch_id, "because", "duty desk", small_home, steps=standins())
    with pytest.raises(UsageError, match="reason"):
        accept(refused.batch_id, " ", "duty desk", small_home, steps=standins())
    with pytest.raises(UsageError, match="not been judged"):
        accept("a" * 16, "because", "duty desk", small_home, steps=standins())


def test_a_refused_batch_is_judged_anew_after_the_contract_is_mended(small_home: Home, tmp_path: Path) -> None:
    load(small_home, FIRST, [lodger(number) for number in range(1, 11)])
    refused = load(small_home, SECOND, [lodger(number) for number in range(1, 6)])
    contract = tmp_path / "feeds" / "town" / "lodgers.yaml"
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    document["customProperties"].append({"property": "limits", "value": {"row_drop": 0.2}})
    contract.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    again = load(small_home, SECOND, [lodger(number) for number in range(1, 6)], folder="again")
    assert (again.status, again.batch_id) == ("loaded", refused.batch_id)
    assert len(state(small_home)) == 5


def test_refusing_the_same_again_days_later_changes_nothing(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(number) for number in range(1, 11)])
    refused = load(small_home, SECOND, [lodger(1)])
    load(small_home, THIRD, [lodger(number) for number in range(2, 11)])
    lake = Lake(small_home)
    tables = ("quality.batch", "quality.validation", "quality.reconciliation", "quality.quarantine")
    before = [lake.read(table).drop("received_at", "committed_at", strict=False).sort(pl.all()) for table in tables]
    assert load(small_home, SECOND, [lodger(1)], folder="again") == refused
    after = [lake.read(table).drop("received_at", "committed_at", strict=False).sort(pl.all()) for table in tables]
    assert all(left.equals(right) for left, right in zip(before, after, strict=True))


def test_a_correction_on_day_20_for_day_3(small_home: Home) -> None:
    """Valid time is the record's, known time the delivery's; what was known before stays as it was."""
    for day in range(2, 20):
        load(small_home, date(2026, 3, day), [lodger(day, since=f"2026-03-{day:02}")], VISITS)
    correction = [lodger(3, room=5, colour="blue", since="2026-03-03")]
    result = load(small_home, date(2026, 3, 20), correction, VISITS)
    assert parts(result) == {"updated": 1}
    assert state(small_home, feed_id=VISITS)["L0003"] == "blue"
    assert state(small_home, date(2026, 3, 19), VISITS)["L0003"] == "red"
    versions = history(small_home, VISITS).filter(pl.col("record_id") == "L0003")
    assert versions.select("since", "known_from", "operation").rows() == [
        (date(2026, 3, 3), date(2026, 3, 3), "insert"),
        (date(2026, 3, 3), date(2026, 3, 20), "update"),
    ]
    assert Lake(small_home).read("quality.reconciliation")["is_balanced"].all()


def test_a_late_increment_does_not_undo_later_days(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)], VISITS)
    load(small_home, THIRD, [lodger(1, colour="green")], VISITS)
    result = load(small_home, SECOND, [lodger(1, colour="blue"), lodger(2, colour="blue")], VISITS)
    assert parts(result) == {"updated": 2}
    assert state(small_home, feed_id=VISITS) == {"L0001": "green", "L0002": "blue"}
    assert state(small_home, SECOND, VISITS) == {"L0001": "blue", "L0002": "blue"}
    late = history(small_home, VISITS).filter(pl.col("batch_id") == result.batch_id)
    assert set(late.select("delivered_on", "known_from", "is_late").rows()) == {(SECOND, THIRD, True)}


def test_a_late_snapshot_changes_its_day_and_no_later_one(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3)])
    load(small_home, THIRD, [lodger(1), lodger(2, colour="green"), lodger(4)])
    after = state(small_home)
    result = load(small_home, SECOND, [lodger(1, colour="blue"), lodger(2, colour="blue"), lodger(5)])
    assert parts(result) == {"updated": 2, "inserted": 1} and result.counts["deleted"] == 1
    assert state(small_home, FIRST) == {"L0001": "red", "L0002": "red", "L0003": "red"}
    assert state(small_home, SECOND) == {"L0001": "blue", "L0002": "blue", "L0005": "red"}
    assert state(small_home) == after == {"L0001": "red", "L0002": "green", "L0004": "red"}
    late = history(small_home).filter(pl.col("batch_id") == result.batch_id, pl.col("record_id") == "L0001")
    said = late.sort("delivered_on").select("delivered_on", "colour", "known_from").rows()
    assert said == [(SECOND, "blue", THIRD), (THIRD, "red", FIRST)], "what it says again was known before"


def test_a_second_delivery_of_a_day_follows_the_first(small_home: Home) -> None:
    """Whatever the hashes of the two batches are: both orders are tried."""
    for number, (earlier, later) in enumerate((("blue", "green"), ("green", "blue"))):
        day = date(2026, 4, 1 + number)
        load(small_home, day, [lodger(1, colour=earlier)])
        load(small_home, day, [lodger(1, colour=later)])
        assert state(small_home) == {"L0001": later}


def test_a_manifest_of_other_content_refuses(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path / "drop", VISITS, FIRST, [lodger(1), lodger(2)])
    manifest = path.with_name("visits_20260302.manifest.json")
    sound = manifest.read_text(encoding="utf-8")
    manifest.write_text(json.dumps({"rows": 2, "sha256": "0" * 64}), encoding="utf-8")
    by_sum = load_files(VISITS, [path], None, small_home, steps=standins())
    assert (by_sum.status, by_sum.rule, parts(by_sum)) == ("refused", "manifest_mismatch", {"refused": 2})
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps({"rows": 3, "sha256": checksum}), encoding="utf-8")
    by_rows = load_files(VISITS, [path, manifest], None, small_home, steps=standins())
    assert (by_rows.status, by_rows.rule, parts(by_rows)) == ("refused", "manifest_mismatch", {"refused": 2})
    manifest.write_text("no json", encoding="utf-8")
    assert load_files(VISITS, [path], None, small_home, steps=standins()).rule == "manifest_mismatch"
    manifest.write_text(sound, encoding="utf-8")
    assert load_files(VISITS, [path], None, small_home, steps=standins()).status == "loaded"


def test_an_unreadable_file_is_refused_and_the_way_stays_open(small_home: Home) -> None:
    path = deliver(small_home.path.parent / "drop", NOTICES, FIRST, [lodger(1)])
    path.write_bytes(b"")
    result = load_files(NOTICES, [path], None, small_home, steps=standins())
    assert (result.status, result.rule, result.counts["received"]) == ("refused", "empty_file", 0)
    assert load(small_home, SECOND, [lodger(1)], NOTICES).status == "loaded"


def test_rows_of_text_in_another_encoding_are_counted_by_line(small_home: Home) -> None:
    path = deliver(small_home.path.parent / "drop", NOTICES, FIRST, [lodger(1), lodger(2)])
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    result = load_files(NOTICES, [path], None, small_home, steps=standins())
    assert (result.rule, parts(result)) == ("wrong_encoding", {"refused": 2})


def test_without_a_library_nothing_is_sealed_or_judged(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.small import write_feeds

    monkeypatch.setenv("BLOCKDATA_FEEDS", str(write_feeds(tmp_path / "feeds")))
    path = deliver(tmp_path / "drop", LODGERS, FIRST, [lodger(1)])
    with pytest.raises(UsageError, match="blockdata library import"):
        load_files(LODGERS, [path], None, home, steps=standins())
    assert not home.archive.exists() and Lake(home).batch_rows().is_empty()


def test_a_feed_without_a_contract_is_wrong_usage(small_home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no contract"):
        load_files("town__nobody", [tmp_path / "x.csv"], None, small_home, steps=standins())


def test_progress_names_the_steps(small_home: Home, tmp_path: Path) -> None:
    told: list[str] = []
    path = deliver(tmp_path / "drop", LODGERS, FIRST, [lodger(1)])
    load_files(LODGERS, [path], None, small_home, steps=standins(), progress=lambda step, rows: told.append(step))
    assert told == ["read", "compare", "clean", "key", "gate", "write"]


def test_other_keys_load_publish_and_unseal_nothing(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(small_home, FIRST, [lodger(1)])
    before = sorted(small_home.archive.rglob("*"))
    other = tmp_path / "other.json"
    monkeypatch.setenv("BLOCKDATA_KEYS", str(other))
    for there in (False, True):
        if there:
            load_keys(other)
        for attempt in (
            lambda: load(small_home, SECOND, [lodger(1), lodger(2)]),
            lambda: load_batch(first.batch_id, LODGERS, small_home, steps=standins()),
            lambda: publish(small_home),
        ):
            with pytest.raises(UsageError) as refused:
                attempt()
            assert "BLOCKDATA_KEYS" in refused.value.mend
        assert other.exists() == there
    assert sorted(small_home.archive.rglob("*")) == before
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "keys.json"))
    assert load(small_home, SECOND, [lodger(1), lodger(2)]).status == "loaded"


def test_a_load_in_small_parts_is_the_same_load(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doubles, rows alike but for a space, clashes and faults lie in parts apart."""
    import transforms.parts

    lines = [lodger(number, room=number % 6 + 1) for number in range(1, 12)]
    lines += [lines[0], lines[1].replace("red", "red "), lodger(3, colour="blue"), lodger(12, colour=""), lodger(13)]
    shutil.copytree(small_home.path, tmp_path / "other")
    whole = load(small_home, FIRST, lines)
    monkeypatch.setattr(transforms.parts, "PART", 3)
    other = Home(tmp_path / "other")
    assert load(other, FIRST, lines, folder="drop2") == whole
    assert parts(whole) == {"inserted": 11, "duplicates": 2, "quarantined": 3}
    for table in (f"record_history.{LODGERS}", "quality.quarantine"):
        one, two = (Lake(home).read(table).sort("row_number") for home in (small_home, other))
        assert one.equals(two)


def test_a_batch_is_compared_with_the_last_good_ones_alone() -> None:
    """Of the days up to its own the last six deliveries, and the rekeying between them."""
    from types import SimpleNamespace

    from transforms.load import _last_good

    days = [date(2026, 3, day) for day in range(1, 10)]
    status = ["loaded"] * 9
    status[6] = "rekeyed"
    listed = pl.DataFrame({"batch_id": list("abcdefghi"), "delivered_on": days, "status": status})
    lake = SimpleNamespace(listed=lambda feed_id: listed)
    assert _last_good(lake, LODGERS, days[7])["batch_id"].to_list() == ["b", "c", "d", "e", "f", "g", "h"]


def test_how_many_texts_held_a_number_is_said_and_no_more(small_home: Home, tmp_path: Path) -> None:
    from dataclasses import replace

    near = standins()

    def clean(*given: Any) -> Any:
        cleaned = near.clean(*given)
        cleaned.hidden = 3
        return cleaned

    path = deliver(tmp_path, LODGERS, date(2026, 3, 2), [lodger(1), lodger(2)])
    told = load_files(LODGERS, [path], None, small_home, steps=replace(near, clean=clean))
    assert told.reason == "numbers_hidden: 3 texts held a phone or an identity number, now ***"
    assert Lake(small_home).read("quality.validation").filter(suite="delivery").is_empty()
    path = deliver(tmp_path, LODGERS, date(2026, 3, 3), [lodger(1), lodger(2, colour="blue")])
    assert load_files(LODGERS, [path], None, small_home, steps=near).reason == ""
