"""The board: one page that tells at a glance how all feeds stand. It needs no script, no network and no other file.

What it says is `serving.status`; here it is put into words and lines. Chinese first, English one click away.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

    from schemas.home import Home

log = logging.getLogger(__name__)
TEMPLATES = Path(__file__).parent / "pages"
WIDTH, HEIGHT = 76, 22  # of a sparkline, px
# Groups of the board, worst first: states, Chinese, English.
GROUPS = (
    (("never", "late"), "vanished", "未到", "Vanished"),
    (("refused",), "refused", "拒收", "Refused"),
    (("warned",), "warned", "有提示", "Warnings"),
    (("fine",), "fine", "正常", "Fine"),
    (("idle",), "idle", "未启用", "Not in force"),
)
MODES = {"snapshot": ("全量", "snapshot"), "incremental": ("增量", "changes"), "events": ("事件", "events")}


def write_board(home: Home, now: datetime | None = None, out: Path | None = None) -> Path:
    """Write the page to `out`, by default BLOCKDATA_HOME/pages/board.html; by one rename, so nobody reads a half."""
    from serving.status import status

    target = out or home.board
    target.parent.mkdir(parents=True, exist_ok=True)
    docs = home.path / "docs" / "index.html"
    page = board(status(home, now), docs="../docs/index.html" if out is None and docs.is_file() else "")
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(page, encoding="utf-8")
    draft.replace(target)
    return target


def refresh_board(home: Home) -> None:
    """Write the page; what goes wrong with it is logged and stops nothing."""
    try:
        write_board(home)
    except Exception as error:  # a page never fails a release
        log.warning("the board was not written: %s", type(error).__name__)


def board(found: dict[str, Any], *, docs: str = "") -> str:
    """The page of what `status` found. `docs`: where the pages of what the rules observed are, if beside it."""
    from schemas.contract import load_contracts
    from schemas.due import in_words

    contracts = load_contracts()
    groups = []
    for states, key, chinese, english in GROUPS:
        feeds = [feed for feed in found["feeds"] if feed["state"] in states]
        for feed in feeds:
            feed["words"] = in_words(contracts[feed["feed_id"]].meaning.schedule)
            feed["mode_words"] = MODES[feed["mode"]]
            feed["line"] = sparkline([point["share"] for point in feed["keyed_trend"]])
        groups.append({"key": key, "chinese": chinese, "english": english, "feeds": feeds})
    return _template().render(groups=groups, docs=docs, width=WIDTH, height=HEIGHT, **found)


def sparkline(shares: list[float]) -> list[tuple[float, float]]:
    """Points of a line over the shares, oldest first; at least ten percentage points high: noise looks small."""
    if len(shares) < 2:
        return []
    spare = max(0.0, 0.1 - (max(shares) - min(shares))) / 2
    high = min(1.0, max(shares) + spare)
    low = min(*shares, high - 0.1)
    step = (WIDTH - 6) / (len(shares) - 1)
    return [
        (round(3 + place * step, 1), round(3 + (HEIGHT - 6) * (high - share) / (high - low), 1))
        for place, share in enumerate(shares)
    ]


def percent(share: float | None) -> str:
    """98.4%, and never 100.0% of what is not all."""
    if share is None:
        return "—"
    return "100%" if share == 1 else f"{min(share * 100, 99.9):.1f}%"


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "number": lambda value: "—" if value is None else f"{value:,}",
        "clock": lambda moment: "" if moment is None else f"{moment:%m-%d %H:%M}",
    }
    return environment.get_template("board.html")
