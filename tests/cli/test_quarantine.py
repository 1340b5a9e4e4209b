"""The commands about rows set aside: what they say, in words and as JSON, and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests import small
from tests.replaying import offices
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.load import load_files
from transforms.replaying.sheet_secrets import decrypted

DAY = date(2026, 3, 2)


@pytest.fixture
def stopped(small_home: Home) -> str:
    """A delivery with one sound row, one without a colour; its batch."""
    path = deliver(small_home.path.parent / "drop", VISITS, DAY, [lodger(1), lodger(2, colour="")])
    return load_files(VISITS, [path], None, small_home, steps=standins()).batch_id


def test_nothing_in_quarantine_is_said_so(small_home: Home, blockdata: Callable[..., Any]) -> None:
    said = blockdata("quarantine", "list")
    assert (said.code, said.out.strip()) == (0, "no row stands in quarantine")
    assert blockdata("replay").out.strip() == "no open row"
    assert json.loads(blockdata("quarantine", "list", "--json").out) == {"quarantine": [], "refused_deliveries": []}


def test_rows_are_counted_by_feed_day_batch_and_rule(stopped: str, blockdata: Callable[..., Any]) -> None:
    (line,) = json.loads(blockdata("quarantine", "list", "--json").out)["quarantine"]
    assert line == {"feed_id": VISITS, "delivered_on": "2026-03-02", "batch_id": stopped, "rule": "missing_value",
                    "title": "必填为空", "open": 1, "replayed": 0, "expired": 0}  # fmt: skip
    assert "必填为空" in blockdata("quarantine", "list", "--feed", VISITS, "--day", "2026-03-02").out
    assert blockdata("quarantine", "list", "--feed", LODGERS).out.strip() == "no row stands in quarantine that fits"


def test_a_row_is_shown_by_its_place_never_by_its_value(stopped: str, blockdata: Callable[..., Any]) -> None:
    (row,) = json.loads(blockdata("quarantine", "show", "--batch", stopped, "--json").out)["rows"]
    assert (row["file_name"], row["row_number"], row["column_name"]) == ("visits_20260302.csv", 3, "colour")
    assert "客人" not in blockdata("quarantine", "show").out
    assert blockdata("quarantine", "show", "--state", "replayed").out.strip() == "no replayed row fits"


def test_replay_says_what_it_did_and_what_is_next(stopped: str, blockdata: Callable[..., Any]) -> None:
    """With the real neighbours a missing colour breaks no rule."""
    tried = blockdata("replay", VISITS, "--dry-run")
    assert tried.code == 0 and "1 would be let in, 0 still open" in tried.out
    done = json.loads(blockdata("replay", "--rule", "missing_value", "--json").out)["replayed"][0]
    assert (done["status"], done["corrects"], done["counts"]["inserted"]) == ("replayed", stopped, 1)
    (line,) = json.loads(blockdata("quarantine", "list", "--json").out)["quarantine"]
    assert (line["open"], line["replayed"]) == (0, 1)


@pytest.mark.parametrize(
    "given",
    [("replay", "town__nobody"), ("replay", "--batch", "a" * 16), ("quarantine", "list", "--rule", "no_such"),
     ("quarantine", "show", "--state", "lost")],
)  # fmt: skip
def test_what_there_is_not_is_wrong_usage(small_home: Home, given: tuple[str, ...], blockdata: Any) -> None:
    said = blockdata(*given)
    assert said.code == 2 and "mend:" in said.err


def test_return_sheets_are_made_listed_opened_and_taken_by_command(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blockdata: Callable[..., Any]
) -> None:
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(offices.write_feeds(tmp_path / "feeds")))
    small.import_library(home)
    assert blockdata("return", "make").out.strip() == "no open row to hand back"
    assert "no return sheet was made yet" in blockdata("return", "list").out
    offices.load(home, "town__csv", offices.BROKEN)
    (sheet,) = json.loads(blockdata("return", "make", "town", "--by", "数据科", "--json").out)["sheets"]
    assert (sheet["rows"], sheet["feeds"]) == (4, {"town__csv": 4})
    password = blockdata("return", "password", "town").out.strip()
    plain = decrypted(Path(sheet["path"]).read_bytes(), password)
    assert plain is not None
    untouched = tmp_path / "back.xlsx"
    untouched.write_bytes(plain)
    refused = blockdata("return", "take", untouched)
    assert refused.code == 1 and "no row of this return sheet was mended" in refused.err
    mended = {**offices.MENDED, "N005": {"日期": "2099-01-01"}}
    untouched.write_bytes(offices.by_hand(Path(sheet["path"]).read_bytes(), home, mended))
    monkeypatch.setattr("transforms.replaying.replay.the_steps", offices.real_steps)
    taken = blockdata("return", "take", untouched, "--day", "2026-03-06")
    assert taken.code == 1 and "town: 3 rows left quarantine, 1 are still open, 0 refused" in taken.out
    assert "登记表csv row 5: still broken: future_date" in taken.err
    (listed,) = json.loads(blockdata("return", "list", "--json").out)["sheets"]
    assert (listed["rows"], listed["let_in"]) == (4, 3)
    assert blockdata("return", "make", "nobody").code == 2
