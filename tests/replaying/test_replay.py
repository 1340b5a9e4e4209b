"""Rows in quarantine judged anew, with stand-ins for the neighbours: what enters the lake, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from tests import small
from tests.faults.days import told
from tests.small import LODGERS, NOTICES, ROOMS, TOWER, VISITS, deliver, lodger, standins
from transforms.counts import PARTS
from transforms.lake import archive, store
from transforms.lake.fold import current_state
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.replaying.replay import Replayed, replay
from transforms.replaying.standing import standing_lines
from transforms.steps import Steps

FIRST, SECOND, THIRD = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


def mended() -> Steps:
    """The neighbours after the contract was mended: a row without a colour is no fault any more."""

    def clean(rows: pl.DataFrame, *rest: Any) -> Any:
        return small._clean(rows.with_columns(pl.col("colour").fill_null("none")), *rest)

    return replace(standins(), clean=clean)


def load(home: Home, day: date, lines: list[str], feed_id: str = LODGERS, steps: Steps | None = None) -> LoadResult:
    path = deliver(home.path.parent / f"drop{len(list(home.path.parent.glob('drop*')))}", feed_id, day, lines)
    result = load_files(feed_id, [path], None, home, steps=steps or standins())
    assert result.status == "loaded", result.reason
    return result


def state(home: Home, day: date | None = None, feed_id: str = LODGERS) -> dict[str, str]:
    rows = current_state(Lake(home).scan(f"record_history.{feed_id}"), day).collect()
    return dict(rows.sort("record_id").select("number", "colour").iter_rows())


def states(home: Home) -> dict[tuple[str, int], str]:
    """How the rows stand, by batch and row number, as the table and as the corrections say: both must agree."""
    lines = standing_lines(Lake(home))
    assert lines["status"].to_list() == lines["state"].to_list()
    return {(row["batch_id"], row["row_number"]): row["state"] for row in lines.iter_rows(named=True)}


def conserved(home: Home, batch_id: str) -> dict[str, int]:
    """The law over a delivery and its corrections: every part, and what is open still; asserts that it adds up."""
    lake = Lake(home)
    corrections = lake.batch_rows().filter(pl.col("corrects") == batch_id)["batch_id"]
    lines = lake.read("quality.reconciliation")
    load_line = lines.filter(pl.col("batch_id") == batch_id, pl.col("gate") == "load").row(0, named=True)
    correcting = lines.filter(pl.col("batch_id").is_in(corrections.implode()), pl.col("gate") == "replay")
    assert correcting.height == corrections.len() and lines["is_balanced"].all()
    left = standing_lines(lake).filter(pl.col("batch_id") == batch_id, pl.col("state") != "replayed")
    still = left.select("file_name", "row_number").n_unique()
    assert load_line["quarantined"] - correcting["received"].sum() == still
    total = {name: load_line[name] + int(correcting[name].sum()) for name in PARTS if name != "quarantined"}
    assert load_line["received"] == sum(total.values()) + still
    return {**{name: rows for name, rows in total.items() if rows}, "open": still}


def outcomes(home: Home) -> list[tuple[int, str]]:
    return Lake(home).read("quality.replay").select("row_number", "outcome").sort("row_number").rows()


def test_a_row_that_is_sound_now_enters_with_its_own_day_file_and_row(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, room=2, colour="")], VISITS)
    (done,) = replay(small_home, steps=mended())
    assert (done.status, done.corrects, done.taken_up, done.open_rows) == ("replayed", first.batch_id, 1, 0)
    lake = Lake(small_home)
    row = lake.read(f"record_history.{VISITS}").filter(pl.col("record_id") == "L0002").row(0, named=True)
    assert (row["file_name"], row["row_number"], row["delivered_on"]) == ("visits_20260302.csv", 3, FIRST)
    assert (row["batch_id"], row["operation"], row["known_from"]) == (done.batch_id, "insert", FIRST)
    assert (row["unit_code"], row["is_late"]) == (f"{TOWER}000002", False)
    batch = lake.batch_row(done.batch_id) or {}
    assert (batch["status"], batch["mode"], batch["corrects"]) == ("replayed", "replay", first.batch_id)
    assert states(small_home) == {(first.batch_id, 3): "replayed"}
    assert conserved(small_home, first.batch_id) == {"inserted": 2, "open": 0}
    assert ROOMS[row["unit_code"]] == "102"


def test_a_row_still_broken_stays_open_and_writes_no_batch(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    before = told(small_home)
    (done,) = replay(small_home, steps=standins())
    assert (done.status, done.open_rows, done.batch_id) == ("open", 1, "")
    assert told(small_home) == before and states(small_home) == {(first.batch_id, 3): "open"}


def test_a_second_replay_takes_nothing_up(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    replay(small_home, steps=mended())
    before = told(small_home)
    assert replay(small_home, steps=mended()) == []
    assert told(small_home) == before


def test_a_dry_run_says_the_same_and_writes_nothing(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    before = told(small_home)
    tried = replay(small_home, steps=mended(), dry_run=True)
    assert told(small_home) == before
    assert replay(small_home, steps=mended()) == tried


def test_only_what_is_asked_for_is_taken_up(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    second = load(small_home, SECOND, [lodger(3), lodger(4, colour="")], VISITS)
    third = load(small_home, THIRD, [lodger(5), lodger(6, colour="")], NOTICES)
    assert replay(small_home, rule="wrong_type", steps=mended()) == []
    assert [item.corrects for item in replay(small_home, day=SECOND, steps=mended())] == [second.batch_id]
    assert [item.corrects for item in replay(small_home, NOTICES, steps=mended())] == [third.batch_id]
    asked = replay(small_home, batch=first.batch_id, rule="missing_value", steps=mended())
    assert [item.corrects for item in asked] == [first.batch_id]


def test_rows_of_a_refused_delivery_are_for_load_and_accept(small_home: Home) -> None:
    path = deliver(small_home.path.parent / "drop", VISITS, FIRST, [lodger(n, colour="") for n in range(1, 13)])
    refused = load_files(VISITS, [path], None, small_home, steps=standins())
    assert refused.status == "refused" and replay(small_home, steps=mended()) == []
    with pytest.raises(UsageError, match="refused as a whole"):
        replay(small_home, batch=refused.batch_id, steps=mended())
    with pytest.raises(UsageError, match="there is no batch"):
        replay(small_home, batch="a" * 16, steps=mended())


def test_an_old_row_never_wins_over_a_later_day(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1, colour="red"), lodger(2, colour="")], VISITS)
    load(small_home, SECOND, [lodger(2, colour="green")], VISITS)
    (done,) = replay(small_home, steps=mended())
    assert done.counts["inserted"] == 1 and done.open_rows == 0
    assert state(small_home, FIRST, VISITS)["L0002"] == "none"  # what was so on the first day is told now
    assert state(small_home, feed_id=VISITS)["L0002"] == "green"


def test_the_mended_file_of_the_same_day_is_the_later_word(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    load(small_home, FIRST, [lodger(1), lodger(2, colour="green")], VISITS)
    (done,) = replay(small_home, steps=mended())
    assert outcomes(small_home) == [(3, "superseded")] and done.counts["ignored"] == 1
    assert state(small_home, feed_id=VISITS)["L0002"] == "green"
    assert conserved(small_home, first.batch_id) == {"inserted": 1, "ignored": 1, "open": 0}


def test_a_broken_row_told_again_later_is_settled_too(small_home: Home) -> None:
    """The department mended it at the source: nobody need look at the old line any more."""
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    load(small_home, SECOND, [lodger(2, colour="green")], VISITS)
    replay(small_home, steps=standins())
    assert outcomes(small_home) == [(3, "superseded")]
    assert state(small_home, feed_id=VISITS)["L0002"] == "green"


def test_a_record_a_later_snapshot_no_longer_holds_does_not_come_back(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    load(small_home, SECOND, [lodger(1), lodger(3)])
    replay(small_home, steps=mended())
    assert state(small_home, FIRST) == {"L0001": "red", "L0002": "none"}
    assert state(small_home) == {"L0001": "red", "L0003": "red"}


def test_a_later_snapshot_that_holds_it_in_quarantine_said_nothing_of_it(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    second = load(small_home, SECOND, [lodger(1), lodger(3), lodger(2, colour="")])
    done = replay(small_home, day=FIRST, steps=mended())
    assert [item.corrects for item in done] == [first.batch_id]
    assert state(small_home) == {"L0001": "red", "L0002": "none", "L0003": "red"}
    (later,) = replay(small_home, steps=mended())
    assert (later.corrects, later.counts["unchanged"]) == (second.batch_id, 1)
    assert conserved(small_home, second.batch_id) == {"inserted": 1, "unchanged": 2, "open": 0}


def test_a_snapshot_between_which_lacked_it_keeps_its_day(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    load(small_home, SECOND, [lodger(1), lodger(3)])
    load(small_home, THIRD, [lodger(1), lodger(3), lodger(2, colour="blue")])
    replay(small_home, steps=mended())
    assert state(small_home, SECOND) == {"L0001": "red", "L0003": "red"}
    assert state(small_home)["L0002"] == "blue"


def test_two_rows_of_one_key_stay_until_one_of_them_is_mended(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="red"), lodger(2, colour="blue")], VISITS)
    assert first.counts["quarantined"] == 2
    (done,) = replay(small_home, steps=standins())
    assert done.status == "open" and state(small_home, feed_id=VISITS) == {"L0001": "red"}


def test_a_correction_never_clashes_in_silence_with_a_row_that_stands(small_home: Home) -> None:
    """Another key reading makes the broken row's key that of a sound one: both cannot hold."""
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)

    def clean(rows: pl.DataFrame, *rest: Any) -> Any:
        named = rows.with_columns(pl.lit("L0001").alias("number"), pl.col("colour").fill_null("none"))
        return small._clean(named, *rest)

    (done,) = replay(small_home, steps=replace(standins(), clean=clean))
    assert done.status == "open" and done.open_rows == 1
    (line,) = Lake(small_home).read("quality.quarantine").select("rule", "status").rows()
    assert line == ("conflicting_key", "open")  # the reason is that of the last judgement
    assert state(small_home, feed_id=VISITS) == {"L0001": "red"}


def test_deletes_held_back_for_an_unreadable_key_follow(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3)])
    unread = ["L0001,客人甲,和平里1栋101,2026-01-05,red", ",客人丙,和平里1栋101,2026-01-05,"]

    def ids(rows: pl.DataFrame, *rest: Any) -> pl.Series:
        return rows["number"].alias("record_id")

    second = load(small_home, SECOND, [*unread, lodger(2)], steps=replace(standins(), record_ids=ids))
    assert second.counts["deleted"] == 0 and set(state(small_home)) == {"L0001", "L0002", "L0003"}

    def clean(rows: pl.DataFrame, *rest: Any) -> Any:
        return small._clean(
            rows.with_columns(pl.col("number").fill_null("L0009"), pl.col("colour").fill_null("none")), *rest
        )

    def named(rows: pl.DataFrame, *rest: Any) -> pl.Series:
        return rows["number"].fill_null("L0009").alias("record_id")

    (done,) = replay(small_home, steps=replace(standins(), clean=clean, record_ids=named))
    assert done.counts["deleted"] == 1
    assert set(state(small_home)) == {"L0001", "L0002", "L0009"}


def test_a_gate_that_does_not_hold_keeps_the_rows_open(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)

    def judge(*given: Any) -> Any:
        return replace(standins().judge(*given), passed=False, rule="match_drop", reason="far fewer", mend="look")

    before = told(small_home)
    (done,) = replay(small_home, steps=replace(mended(), judge=judge))
    assert (done.status, done.rule, done.open_rows) == ("refused", "match_drop", 1)
    assert told(small_home) == before and states(small_home) == {(first.batch_id, 3): "open"}


def test_what_the_gate_judges_is_the_delivery_as_it_would_stand(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3, colour="")])
    seen: list[list[str]] = []

    def judge(rows: pl.DataFrame, *given: Any) -> Any:
        seen.append(sorted(rows["record_id"]))
        return standins().judge(rows, *given)

    replay(small_home, steps=replace(mended(), judge=judge))
    assert seen == [["L0001", "L0002", "L0003"]]


def test_rows_whose_original_is_gone_are_expired(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    archive.find(small_home, first.batch_id).path.unlink()
    (done,) = replay(small_home, steps=mended())
    assert (done.status, done.mend) == ("expired", "have the rows delivered again")
    assert states(small_home) == {(first.batch_id, 3): "expired"}
    assert conserved(small_home, first.batch_id) == {"inserted": 1, "open": 1}


def test_a_contract_may_state_a_shorter_limit(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    assert set(standing_lines(Lake(small_home), on=date(2029, 3, 1))["state"]) == {"open"}  # 1095 days
    assert set(standing_lines(Lake(small_home), on=date(2029, 3, 2))["state"]) == {"expired"}
    feeds = small_home.path.parent / "feeds" / "town" / "visits.yaml"
    text = feeds.read_text(encoding="utf-8")
    feeds.write_text(
        text.replace("- property: sharing_type", "- property: quarantine_days\n  value: 30\n- property: sharing_type"),
        encoding="utf-8",
    )
    lines = standing_lines(Lake(small_home), on=date(2026, 4, 2))
    assert set(lines["state"]) == {"expired"} and set(lines["batch_id"]) == {first.batch_id}


def test_a_code_the_library_learns_later_lets_the_row_in(small_home: Home) -> None:
    """What only keying can tell is judged anew as well."""

    def strict(records: pl.DataFrame, library: Any) -> pl.DataFrame:
        keyed = small._key(records, library)
        return keyed.with_columns(
            broken_rule=pl.when(pl.col("match_level") == "none").then(pl.lit("code_unknown")).otherwise(None)
        )

    steps = replace(standins(), key=strict)
    first = load(small_home, FIRST, [lodger(1), lodger(2, room=9)], VISITS, steps=steps)
    assert states(small_home) == {(first.batch_id, 3): "open"}
    assert replay(small_home, steps=steps)[0].status == "open"
    grown = replace(
        steps, open_library=lambda home: {**small.open_library_quick(home), "和平里1栋109": f"{TOWER}000009"}
    )
    (done,) = replay(small_home, steps=grown)
    assert done.counts["keyed_unit"] == 1 and states(small_home) == {(first.batch_id, 3): "replayed"}


def test_a_replay_on_another_feed_leaves_the_rest_alone(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    other = load(small_home, FIRST, [lodger(1), lodger(2, colour="")], VISITS)
    replay(small_home, LODGERS, steps=mended())
    assert [key for key, how in states(small_home).items() if how == "open"] == [(other.batch_id, 3)]


def test_replayed_equals_mended_at_the_source_and_sent_again(small_home: Home, tmp_path: Path) -> None:
    """Three days of a snapshot and of changes, one bad row in each, against the same days without a fault."""
    sound = Home(tmp_path / "sound")
    small.import_library(sound)
    for feed in (LODGERS, VISITS):
        for day, at in ((FIRST, 2), (SECOND, 3), (THIRD, 4)):
            lines = [lodger(1), lodger(5, colour=f"c{at}"), lodger(at, room=at, colour="")]
            load(small_home, day, lines, feed)
            load(sound, day, lines, feed, steps=mended())
    replay(small_home, steps=mended())
    for feed in (LODGERS, VISITS):
        for day in (FIRST, SECOND, THIRD):
            kept = ["record_id", "place", "colour", "since", "unit_code", "match_level", "delivered_on", "row_number"]
            told_by = [
                current_state(Lake(home).scan(f"record_history.{feed}"), day).select(kept).collect().sort("record_id")
                for home in (small_home, sound)
            ]
            assert told_by[0].equals(told_by[1]), (feed, day)


def test_the_next_delivery_finds_the_record_as_the_correction_left_it(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2, colour="")])
    replay(small_home, steps=mended())
    later = load(small_home, SECOND, [lodger(1), lodger(2, colour="")], steps=mended())
    assert later.counts["unchanged"] == 2
    assert state(small_home) == {"L0001": "red", "L0002": "none"}


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


def _days(home: Home) -> None:
    load(home, FIRST, [lodger(1), lodger(2, colour="")])
    load(home, SECOND, [lodger(1), lodger(3), lodger(2, colour=""), lodger(4, colour="")])
    load(home, FIRST, [lodger(5), lodger(6, colour="")], VISITS)


def test_stopped_before_any_write_and_run_again_it_ends_the_same(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def runs(home: Home, work: Callable[[], list[Replayed]]) -> None:
        _days(home)
        work()

    other = Home(tmp_path / "other")
    small.import_library(other)
    runs(small_home, lambda: replay(small_home, steps=mended()))
    _days(other)
    allowed, deaths, spent = 0, 0, 0
    write = store._write

    def dying(*arguments: Any) -> None:
        nonlocal spent
        if spent == allowed:
            raise Killed
        spent += 1
        write(*arguments)

    with monkeypatch.context() as killing:
        killing.setattr(store, "_write", dying)
        while True:
            spent = 0
            try:
                replay(other, steps=mended())
                break
            except Killed:
                deaths, allowed = deaths + 1, allowed + 1 if deaths < 40 else 1000
    assert deaths >= 5
    assert told(other) == told(small_home)
    assert set(states(other).values()) == {"replayed"}
