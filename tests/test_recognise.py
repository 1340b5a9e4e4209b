"""Lines known from before are not read again, and nothing else about a load is different for it.

Every case is loaded twice: into a lake that keeps what stands, and into one that forgets it before every delivery and
so reads, hashes and compares every row with the history.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.contract import contract_of
from schemas.home import Home
from tests.small import HEADER, LODGERS, deliver, lodger, standins
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.standing import standing_of

FIRST = date(2026, 3, 2)
WALL_CLOCK = ("committed_at", "received_at")


@pytest.fixture
def forgetful(small_home: Home, tmp_path: Path) -> Home:
    """A second home like the first."""
    shutil.copytree(small_home.path, tmp_path / "forgetful", dirs_exist_ok=True)
    return Home(tmp_path / "forgetful")


def days(keeping: Home, forgetting: Home, *contents: bytes | list[str]) -> list[LoadResult]:
    """Loads a day of each content into both homes, and proves that both hold the same."""
    results = []
    for number, content in enumerate(contents):
        day = FIRST + timedelta(number)
        for home in (keeping, forgetting):
            folder = home.path.parent / f"drop{home.path.name}"
            path = deliver(folder, LODGERS, day, content if isinstance(content, list) else [])
            if isinstance(content, bytes):
                path.write_bytes(content)
            if home is forgetting:
                shutil.rmtree(home.lake / "standing", ignore_errors=True)
            results.append(load_files(LODGERS, [path], None, home, steps=standins()))
        assert results[-1] == results[-2]
    for table in (f"record_history.{LODGERS}", "quality.quarantine", "quality.reconciliation", "quality.validation"):
        kept, made = (Lake(home).read(table).drop(WALL_CLOCK, strict=False) for home in (keeping, forgetting))
        order = [name for name in kept.columns if kept.schema[name] != pl.List]
        assert kept.sort(order).equals(made.sort(order)), table
    return results[::2]


def text(*lines: str) -> bytes:
    return ("\n".join([HEADER, *lines]) + "\n").encode()


TEN = [lodger(number, room=number % 6 + 1) for number in range(1, 11)]


def test_only_unknown_lines_are_read(small_home: Home, forgetful: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    days(small_home, forgetful, TEN)
    steps, seen = standins(), []
    path = deliver(
        small_home.path.parent / "next", LODGERS, date(2026, 3, 9), [*TEN[:6], lodger(7, colour="blue"), *TEN[7:]]
    )

    def read(files, contract):
        seen.append(files[0].content.decode())
        return steps.read(files, contract)

    from dataclasses import replace

    result = load_files(LODGERS, [path], None, small_home, steps=replace(steps, read=read))
    assert {name: result.counts[name] for name in ("received", "unchanged", "updated", "deleted")} == {
        "received": 10, "unchanged": 9, "updated": 1, "deleted": 0,
    }  # fmt: skip
    (content,) = seen
    assert content.split() == [HEADER, lodger(7, colour="blue"), TEN[9]]  # one known line is read in any case
    row = Lake(small_home).read(f"record_history.{LODGERS}").filter(pl.col("operation") == "update")
    assert row["row_number"].to_list() == [8]


@pytest.mark.parametrize(
    "second",
    [
        text(*TEN),
        text(*TEN, *TEN[:3]),
        text(TEN[3], *TEN),
        text(*TEN[:5], TEN[5] + ",more", *TEN[6:]),
        text(*TEN[:5], TEN[5] + ",more", TEN[6] + ",more", *TEN[7:]),
        text(*TEN[:4], lodger(5, colour=""), lodger(6, colour="blue"), lodger(6, colour="green"), *TEN[6:]),
        text(*TEN[:4], '"L0005","客人己",和平里1栋106,2026-01-05,red', *TEN[5:]),
        text(*TEN[:4], '"L0005","客\n人",和平里1栋106,2026-01-05,red', *TEN[5:]),
        text(*TEN[:4], 'L0005,客"人,和平里1栋106,2026-01-05,red', *TEN[5:]),
        text(*TEN[:4], "", "  ", *TEN[4:], "合计,,,,10"),
        text(*TEN)[:-1],
        text(*TEN)[:-9],
        text(*TEN, lodger(11))[:-30],
        text(*TEN).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + text(*TEN),
        text(*TEN).replace("客人".encode(), b"\xff\xfe"),
        text(*TEN[:9], lodger(10, colour="r\ufffdd")),
        text(*TEN[:9], lodger(10, colour="一")).replace("一".encode(), "红".encode("gb18030")),
        "一览表\n".encode() + text(*TEN),
        text(*TEN).replace(b"no,name,place,since,colour", b"no,place,name,since,colour"),
        text(*TEN).replace(b"colour\n", b"colour,extra\n"),
        text(*TEN[1:], lodger(11), lodger(12, room=None)),
        text(),
        b"",
    ],
    ids=lambda content: str(len(content)),
)  # fmt: skip
def test_a_day_comes_out_the_same_however_it_is_written(small_home: Home, forgetful: Home, second: bytes) -> None:
    days(small_home, forgetful, TEN, second, text(*TEN, lodger(12)))


LINES = st.lists(
    st.one_of(
        st.sampled_from(TEN),
        st.sampled_from([*TEN[:4], 'L0001,"a",和平里1栋102,2026-01-05,red', 'L0002,"x,和平里', "", "合计,,,,9"]),
        st.builds(lodger, st.integers(1, 6), colour=st.sampled_from(["red", "blue", ""])),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(LINES, min_size=2, max_size=4))
def test_any_days_come_out_the_same(small_home: Home, forgetful: Home, contents: list[list[str]]) -> None:
    for home in (small_home, forgetful):
        for folder in ("archive", "lake/record_history", "lake/quality", "lake/standing"):
            shutil.rmtree(home.path / folder, ignore_errors=True)
    days(small_home, forgetful, *(TEN + lines if at % 2 else lines for at, lines in enumerate(contents)))


def test_what_stands_is_made_again_when_its_file_is_gone_damaged_or_behind(small_home: Home, forgetful: Home) -> None:
    days(small_home, forgetful, TEN, TEN[2:])
    path = small_home.lake / "standing" / f"{LODGERS}.arrow"
    behind = path.read_bytes()
    days_two = [*TEN[2:5], lodger(6, colour="blue"), *TEN[6:9]]
    load_files(
        LODGERS, [deliver(small_home.path, LODGERS, date(2026, 3, 5), days_two)], None, small_home, steps=standins()
    )
    lake, contract = Lake(small_home), contract_of(LODGERS)

    def told() -> list[tuple]:
        found = standing_of(lake, contract, date(2026, 3, 9))
        assert found.covers == tuple(lake.listed(LODGERS)["batch_id"])
        return found.records.drop("line_1", "line_2").sort("record_id").rows()

    kept = told()
    assert [row[0] for row in kept] == [f"L{number:04}" for number in range(3, 10)]
    for content in (behind, behind[:200], b"", None):
        path.unlink() if content is None else path.write_bytes(content)
        assert told() == kept


def test_lines_are_known_no_more_once_they_are_read_otherwise(
    small_home: Home, forgetful: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transforms import standing

    days(small_home, forgetful, TEN)
    lake, contract = Lake(small_home), contract_of(LODGERS)
    assert standing_of(lake, contract, date(2026, 3, 9)).records["line_1"].null_count() == 0
    monkeypatch.setattr(standing, "READING", "another")
    assert standing_of(lake, contract, date(2026, 3, 9)).records["line_1"].count() == 0


def test_a_day_past_is_compared_with_what_stood_then(small_home: Home, forgetful: Home) -> None:
    days(small_home, forgetful, TEN, TEN[:9])
    for home in (small_home, forgetful):
        late = deliver(home.path, LODGERS, date(2026, 3, 1), TEN[:2])
        load_files(LODGERS, [late], None, home, steps=standins())
    days(small_home, forgetful, TEN, TEN[:9], TEN[:8])


def test_known_lines_are_of_this_key_alone(small_home: Home) -> None:
    from transforms.reading.known_lines import lines_of
    from transforms.reading.source import SourceFile

    source, contract = SourceFile("f.csv", text(*TEN)), contract_of(LODGERS)
    mine, theirs = (lines_of(source, contract, secret) for secret in (b"a" * 32, b"b" * 32))
    assert mine is not None and theirs is not None
    assert not mine.hashes["line_1"].is_in(theirs.hashes["line_1"].implode()).any()
    assert mine.hashes["line_1"].n_unique() == 11
