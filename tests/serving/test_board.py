"""The board: every state told, worst first, readable without a script, asking nothing of anybody."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from schemas.home import Home
from serving.board import HEIGHT, WIDTH, board, percent, refresh_board, sparkline, write_board
from serving.status import status
from tests import small
from tests.browser import asked_for, drawn
from transforms.load import load_files

NOW = datetime(2026, 3, 4, 9)
OUTSIDE = re.compile(r"https?:|//[a-z]|\bsrc=|<link|@import|url\(", re.IGNORECASE)


@pytest.fixture
def delivered(small_home: Home, tmp_path: Path) -> Home:
    """lodgers fine, visits refused, notices never."""
    for feed_id, lines in ((small.LODGERS, [small.lodger(1)]), (small.VISITS, [])):
        file = small.deliver(tmp_path, feed_id, NOW.date(), lines)
        load_files(feed_id, [file], NOW.date(), small_home, steps=small.standins())
    return small_home


class _Rows(HTMLParser):
    """Text by group and row, as somebody without a style sheet reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[str, list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag, attributes):
        if tag == "tbody":
            self.groups.append((dict(attributes)["class"], []))
        if tag == "tr" and self.groups:
            self.groups[-1][1].append("")
        self.inside = tag not in ("style", "script") and (self.inside or tag == "body")

    def handle_data(self, data):
        if self.groups and self.groups[-1][1] and self.inside:
            self.groups[-1][1][-1] += data.strip() + " "


def test_groups_come_worst_first_with_rule_and_mend(delivered: Home) -> None:
    reader = _Rows()
    reader.feed(board(status(delivered, NOW)))
    assert [group for group, _ in reader.groups] == ["vanished", "refused", "fine"]
    (_, vanished), (_, refused), (_, fine) = reader.groups
    assert small.NOTICES in vanished[1] and "从未交付" in vanished[1] and "never" in vanished[1]
    assert small.VISITS in refused[1] and "拒收" in refused[1] and "请部门重报" in refused[1]
    assert small.LODGERS in fine[1] and "通过" in fine[1] and "每个工作日 06:00" in fine[1]


def test_the_page_asks_nothing_of_anybody(delivered: Home) -> None:
    page = board(status(delivered, NOW))
    assert OUTSIDE.findall(page) == []
    assert "default-src 'none'" in page


def test_a_browser_draws_it_and_asks_no_network_for_anything(delivered: Home, tmp_path: Path) -> None:
    page = write_board(delivered, NOW)
    assert asked_for([page], tmp_path) == set()
    assert drawn(page, tmp_path).count('<tr class="group">') == 3


def test_a_page_of_many_feeds_is_small(delivered: Home) -> None:
    found = status(delivered, NOW)
    feeds = [dict(feed) for feed in found["feeds"] for _ in range(22)]  # 66
    trend = [{"day": NOW.date(), "share": 0.9 + place / 200} for place in range(12)]
    for feed in feeds:
        feed |= {"keyed_trend": trend, "keyed_share": 0.955, "keyed_change": -0.02}
    page = board({**found, "feeds": feeds})
    assert page.count("<svg") == 66
    assert len(page.encode()) < 300_000


def test_it_lies_in_its_place_and_is_replaced_whole(delivered: Home) -> None:
    path = write_board(delivered, NOW)
    assert path == delivered.path / "pages" / "board.html"
    assert "2026-03-04 09:00" in path.read_text(encoding="utf-8")
    write_board(delivered, datetime(2026, 3, 5, 9))
    assert "2026-03-05 09:00" in path.read_text(encoding="utf-8")
    assert [one.name for one in path.parent.iterdir()] == ["board.html"]


def test_a_page_that_cannot_be_written_stops_nothing(delivered: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr("serving.board.log.warning", lambda *words: told.append(words))
    delivered.board.parent.write_text("a file where the folder should be", encoding="utf-8")
    refresh_board(delivered)
    assert [words[1] for words in told] == ["FileExistsError"]


def test_what_departments_write_is_escaped(delivered: Home) -> None:
    found = status(delivered, NOW)
    found["feeds"][1]["gate"]["says"] = "<script>alert(1)</script>"
    assert "<script>alert" not in board(found)


def test_a_line_keeps_within_its_frame_and_noise_looks_small() -> None:
    points = sparkline([0.0, 1.0, 0.5])
    assert [(points[0][1] > points[2][1] > points[1][1])] == [True]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    steady = [y for _, y in sparkline([0.981, 0.983, 0.982])]
    assert max(steady) - min(steady) < HEIGHT / 20
    assert sparkline([0.9]) == []


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert [percent(share) for share in (None, 1.0, 0.99999, 0.5)] == ["—", "100%", "99.9%", "50.0%"]


def test_on_a_phone_a_fine_feed_takes_four_lines(delivered: Home, tmp_path: Path) -> None:
    """Name; delivery, due; rows, set aside, keyed; gate, what serves. What is to be mended has a line of its own."""
    page = tmp_path / "board.html"
    page.write_text(board(status(delivered, NOW)), encoding="utf-8")
    harness = tmp_path / "phone.html"
    measure = (
        "const tops = [...document.querySelector('iframe').contentDocument.querySelectorAll('tr:not(.group)')]"
        ".map(row => row.parentNode.className + new Set([...row.querySelectorAll('td')].map(td => td.offsetTop)).size);"
        "document.title = tops.join(' ')"
    )
    frame = f"<iframe src='{page.as_uri()}' style='width:390px;height:2000px'></iframe>"
    harness.write_text(f'<!DOCTYPE html><title></title><body onload="{measure}">{frame}</body>', encoding="utf-8")
    told = re.search("<title>(.*?)</title>", drawn(harness, tmp_path))
    assert told is not None
    lines = dict(re.findall(r"(\w+?)(\d)", told[1]))
    assert lines["fine"] == "4" and lines["refused"] == "5"
