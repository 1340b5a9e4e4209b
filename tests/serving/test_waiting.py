"""What a person reads before a release is approved."""

from __future__ import annotations

from datetime import date

from serving.waiting import describe
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.load import load_files


def test_a_line_a_feed_with_days_and_rows(small_home, tmp_path):
    assert describe(small_home) == ""
    for feed_id, day, people in ((LODGERS, 2, 3), (LODGERS, 4, 3), (VISITS, 3, 1)):
        path = deliver(tmp_path, feed_id, date(2026, 3, day), [lodger(number) for number in range(people)])
        load_files(feed_id, [path], None, small_home, steps=standins())
    lines = describe(small_home).splitlines()[2:]
    assert lines[0].startswith(f"| 小镇lodgers {LODGERS} | 2 | 2026-03-02 — 2026-03-04 |")
    assert lines[1] == f"| 小镇visits {VISITS} | 1 | 2026-03-03 | 1 |"
