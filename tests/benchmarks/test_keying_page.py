"""The page's tables, from figures small enough to read."""

from __future__ import annotations

from benchmarks.keying_page import BEGIN, END, PAGE, figures, put

LINE = {"rows": 4, "meant": 4, "keyed": 4, "right": 3, "precision": 0.75, "recall": 0.75, "wrong_share": 0.25}
NOTHING = {**LINE, "meant": 0, "right": 0, "precision": 0.0, "recall": None, "wrong_share": 0.5}
WAY = {
    "classes": {"ordinary": LINE, "hard": LINE, "nothing": NOTHING},
    "kinds": [{"class": "nothing", "kind": "tie", **NOTHING}, {"class": "ordinary", "kind": "full", **LINE}],
    "housing": [{"housing": "li", **LINE}],
    "curve_score": [{"at_least": 0.8, "keyed": 4, "precision": 0.75, "recall": 0.75}],
    "calibration": {"brier": 0.1, "ece": 0.2, "bins": [{"from": 0.9, "rows": 4, "score": 0.95, "right": 0.75}]},
}
KEYED = {"seed": 7, "rows": 12, "library": WAY, "list": WAY}
LOADED = {
    "seed": 7, "buildings": 10, "records": 4,
    "feeds": [{"feed_id": "water__accounts", **LINE}], "streets": [{"street": "西乡街道", **LINE}],
    "housing": [{"usage": "shop", **LINE}],
}  # fmt: skip


def test_the_figures_stand_between_their_marks_however_often_they_are_written() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    once = put(page, figures(KEYED, LOADED))
    assert once.startswith(f"above\n{BEGIN}\n\nSeed 7, 12 rows.") and once.endswith(f"{END}\nbelow\n")
    assert "old" not in once
    assert put(once, figures(KEYED, LOADED)) == once


def test_what_means_nothing_has_a_share_and_no_precision() -> None:
    lines = figures(KEYED, LOADED).splitlines()
    assert "| ordinary | full | 4 | 75.00% | 75.00% |  |" in lines
    assert "| nothing | tie | 4 |  |  | 50.00% |" in lines
    assert lines.index("| ordinary | full | 4 | 75.00% | 75.00% |  |") < lines.index(
        "| nothing | tie | 4 |  |  | 50.00% |"
    )
    assert "| water__accounts | 4 | 100.00% | 75.00% | 75.00% |" in lines


def test_the_committed_page_has_the_marks() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1 and text.index(BEGIN) < text.index(END)
