"""What the district must reach on two cores, beside what it reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FLOOR_TIMES, FLOOR_AIM = 50, 15
PEAK_GB = 10
DAY_SHARE = 0.05
HISTORY_TIMES = 1.3
ANSWERED = (
    ("history", "the same day on 10 times the history, CPU", HISTORY_TIMES, False),
    ("gate_share", "judging the largest batch over loading it", 0.25, False),
    ("p50_ms", "the block of a building, p50 ms", 5, False),
    ("p99_ms", "the block of a building, p99 ms", 15, False),
    ("cold_p99_ms", "the same cold, p99 ms", 60, False),
    ("roll_ups", "roll-ups, times faster than PostgreSQL (the slowest)", 5, True),
)
Line = dict[str, Any]


def bars(
    stages: Sequence[Mapping[str, Any]], floor: Mapping[str, Any], more: Mapping[str, float | None] | None = None
) -> list[Line]:
    """One line a bar: bar, bound, measured, is_met (None where it was not measured)."""
    wall = {stage["stage"]: stage["seconds"] for stage in stages}
    first = sum(wall[name] for name in wall if name.startswith("first day: ") and name != "first day: sizes")
    changes = sum(
        wall[name] for name in wall if name.startswith("day of changes: ") and name != "day of changes: sizes"
    )
    ours = [stage for stage in stages if stage["stage"].startswith(("first day", "day of changes", "address"))]
    peak = max(stage["peak_gb"] for stage in ours)
    times = first / floor["seconds"] if floor["seconds"] else None
    measured = [
        _bar(f"first load, resolve, pack and publish over the floor (aim {FLOOR_AIM})", FLOOR_TIMES, times),
        _bar("peak memory of a process, GB", PEAK_GB, peak),
        _bar("the day of changes over the first", DAY_SHARE, changes / first if first else None),
    ]
    more = more or {}
    for name, title, bound, at_least in ANSWERED:
        if name in more:
            measured.append(_bar(title, bound, more[name], at_least=at_least))
    return measured


def _bar(title: str, bound: float, value: float | None, *, at_least: bool = False) -> Line:
    met = None if value is None else (value >= bound if at_least else value <= bound)
    return {"bar": title, "bound": bound, "measured": None if value is None else round(value, 3), "is_met": met}
