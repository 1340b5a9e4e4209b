"""What the district benchmark makes of its measurements."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from benchmarks.district.bars import bars
from benchmarks.district.bench import _scale
from benchmarks.district.parts import DISTRICT_PARTS
from benchmarks.district.stages import Clock, bytes_under
from benchmarks.page import write_page


def stage(name: str, seconds: float, peak_gb: float = 1.0) -> dict:
    return {"stage": name, "seconds": seconds, "cpu_s": seconds, "peak_gb": peak_gb}


def test_bars_count_the_first_day_over_the_floor_and_the_changes_over_the_first_day() -> None:
    stages = [
        stage("district made", 500, 12),  # neither its time nor its memory is ours
        stage("first day: load", 70),
        stage("first day: publish", 30, 8.5),
        stage("first day: sizes", 99),
        stage("day of changes: load", 4),
        stage("day of changes: publish", 3),
    ]
    lines = bars(stages, {"seconds": 4}, {"history": None, "roll_ups": 4.9, "p50_ms": 5.0})
    assert [line["measured"] for line in lines] == [25, 8.5, 0.07, None, 5.0, 4.9]
    assert [line["is_met"] for line in lines] == [True, True, False, None, True, False]


def test_a_scale_is_a_share_of_the_district() -> None:
    assert (_scale("district"), _scale("0.05")) == (1, 0.05)
    for wrong in ("0", "2"):
        with pytest.raises(ArgumentTypeError):
            _scale(wrong)


def test_one_result_makes_several_tables(tmp_path: Path) -> None:
    result = {
        "measured_on": "2026-03-02",
        "machine": {
            "processor": "P",
            "cores": 2,
            "memory_gb": 8,
            "system": "L",
            "python": "3",
            "polars": "2",
            "duckdb": "2",
        },
        "lines": bars([stage("first day: load", 70), stage("day of changes: load", 3)], {"seconds": 10}),
        "tables": {
            "stages": [stage("first day: load", 70)],
            "sizes": [{"table": "address.unit", "rows": 12, "files": 1, "bytes": 99}],
        },
    }
    (tmp_path / "district.json").write_text(json.dumps(result), encoding="utf-8")
    write_page(tmp_path / "page.md", DISTRICT_PARTS, tmp_path)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page.count("## ") == len(DISTRICT_PARTS)
    assert "| address.unit |" in page and "| first day: load |" in page and "| yes |" in page


def test_a_clock_gives_every_step_its_seconds() -> None:
    clock = Clock()
    clock.told("read", 5)
    clock.step("gate")
    told = clock.stopped()
    assert list(told["steps"]) == ["receive", "read", "gate"] and told["seconds"] >= 0


def test_bytes_of_a_folder_count_a_linked_file_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert bytes_under(tmp_path) == 5


def test_the_page_on_scale_is_reckoned_from_the_result() -> None:
    """A thousand rows, 100 kB of lake: 23 billion records need 2.3 TB; 4 s a day are 5,400 such days in six hours."""
    from benchmarks.district.scale_page import reckoned, text

    feed = {"feed": "town__lodgers", "received": 1000, "bytes": 50_000, "seconds": 9}
    stages = [
        stage("first day: load", 9, 2),
        stage("first day: publish", 1, 4),
        stage("day of changes: load", 3),
        stage("day of changes: publish", 1),
    ]
    result = {
        "made": {"buildings": 9, "people": 80},
        "measured_on": "2026-03-02",
        "machine": {"processor": "P", "cores": 2, "memory_gb": 8},
        "tables": {"feeds": [feed], "stages": stages},
        "bytes": {
            "lake_bytes": 100_000,
            "archive_bytes": 51_000,
            "release_bytes": 90_000,
            "lake_and_release_bytes": 110_000,
        },
    }
    told = reckoned(result)
    need = dict(told["need"])
    assert (told["delivered"], told["archive"], told["lake"], told["release"]) == (50, 51, 100, 10)
    assert (told["load_us"], told["publish_us"]) == (9000, 1000)
    assert need["partitions (a feed of a lake)"] == "23,000,000"  # one feed
    assert told["largest_feed"] == 2000  # 8 GB, a fifth left free, at 4 GB for a thousand
    assert need["lake"] == "2.3 TB" and need["lakes of this size"] == "23,000,000"
    assert need["machines of 2 cores, each night within 6 hours"] == f"{-(-23_000_000_000 // 5_400_000):,}"
    assert "5,000,000" in text(result)
    assert ".0 rows" not in text(result) and "history the same day" not in text(result)
    page = text(result | {"lines": [{"bar": "the same day on 10 times the history, CPU", "measured": 0.9}]})
    assert "on ten times the history the same day took 0.90 × the CPU" in page
