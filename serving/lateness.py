"""Deadlines told: which feeds became late, which came back; each once, whatever was killed in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from schemas.home import Home
from schemas.notify import Channels
from serving.notify import Notice, queue, send
from transforms.freshness import Freshness, freshness

LATE, BACK = "数据逾期 feed late", "数据恢复 feed back"


def tell(home: Home, channels: Channels, today: date) -> list[Notice]:
    """Tells what changed since the last call, and sends what an earlier one could not. Returns the new notices."""
    before, now = told(home), {one.feed_id: one for one in freshness(home, today)}
    late = {feed_id: one for feed_id, one in now.items() if one.is_late}
    missed = [missed_deadline(one) for feed_id, one in late.items() if feed_id not in before]
    back = [came_back(now[feed_id]) for feed_id in sorted(before) if feed_id in now and feed_id not in late]
    queue(home, channels, LATE, missed)
    queue(home, channels, BACK, back)
    remember(home, {feed_id: str(one.deadline) for feed_id, one in late.items()})
    send(home, channels)
    return [*missed, *back]


def missed_deadline(one: Freshness) -> Notice:
    """What is said of a feed that is late."""
    last = f"最近数据 {one.last_day}" if one.last_day else "尚无数据"
    return Notice(
        one.feed_id,
        one.department,
        f"{one.name}（{one.feed_id}）逾期：{last}，期限 {one.deadline} · late since {one.deadline}",
    )


def came_back(one: Freshness) -> Notice:
    """What is said of one that delivered again."""
    return Notice(
        one.feed_id,
        one.department,
        f"{one.name}（{one.feed_id}）恢复：最近数据 {one.last_day}，下次期限 {one.deadline} · back",
    )


def told(home: Home) -> Mapping[str, str]:
    """The feeds told late and not back yet, with the deadline they missed."""
    path = _path(home)
    found: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def remember(home: Home, late: Mapping[str, str]) -> None:
    """Keeps which feeds were told."""
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(late, sort_keys=True), encoding="utf-8")
    draft.replace(path)


def _path(home: Home) -> Path:
    return home.path / "notices" / "late.json"


__all__: Sequence[str] = ["BACK", "LATE", "came_back", "missed_deadline", "remember", "tell", "told"]
