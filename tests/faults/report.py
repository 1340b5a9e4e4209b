"""What `make faults` prints: every fault, where it was injected, how often, what became of it, what a person is told.

A plugin of pytest (`-p tests.faults.report`). A test says which fault it injects by its mark, `fault(name, where)`, and
more by the fixture `told`; without it the mark's words stand, injected once.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

KEY = "fault"
WIDTHS = (34, 58, 6, 7)
Told = Callable[..., None]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The mark's own line goes with the test's report, should it fail before it tells more."""
    for mark in item.iter_markers("fault"):
        name, where = (*mark.args, item.name)[:2]
        item.user_properties.append((KEY, json.dumps({"name": name, "where": where, "times": 1, "said": ""})))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The list, by fault, in the order of the tests' names."""
    reports = [
        report
        for status in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.stats.get(status, [])
        if getattr(report, "when", "") == "call" or status != "passed"
    ]
    lines = sorted(line for report in reports for line in lines_of(report))
    if not lines:
        return
    write = terminalreporter.write_line
    write("")
    write(row(("fault", "where", "times", "result"), "what a person is told"))
    write("─" * 118)
    before = ""
    for name, where, times, result, said in lines:
        write(row((name if name != before else "", where, str(times), result), said))
        before = name
    write("─" * 118)
    write("holds: nothing lost, nothing twice, nothing half to be seen; run again it ended as an undisturbed run does")
    broken = sum(result != "holds" for _, _, _, result, _ in lines)
    write(
        f"{len({line[0] for line in lines})} kinds of faults in {len(lines)} places, injected "
        f"{sum(line[2] for line in lines)} times: {f'{broken} places do not hold' if broken else 'all hold'}"
    )


def lines_of(report: Any) -> Iterator[tuple[str, str, int, str, str]]:
    """name, where, times, result, said. What the fixture told stands instead of the mark's own line."""
    found = [json.loads(value) for key, value in report.user_properties if key == KEY]
    result = {"passed": "holds", "skipped": "skipped"}.get(report.outcome, "BROKEN")
    crash = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")
    told = found[1:] or found
    for line in told:
        said = crash.splitlines()[0] if result == "BROKEN" and crash else line["said"]
        yield line["name"], line["where"], line["times"], result, said


def row(cells: Sequence[str], last: str) -> str:
    """One line; the last cell as long as it is."""
    return " ".join(padded(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)) + " " + last


def padded(text: str, width: int) -> str:
    """Filled with spaces to a width on the screen, where a Chinese character takes two."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return text + " " * max(0, width - len(text) - wide)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """`told(where, times, said)`: one line of the list, for the fault the test is marked with."""
    name = request.node.get_closest_marker("fault").args[0]

    def tell(where: str, times: int = 1, said: object = "") -> None:
        line = {"name": name, "where": where, "times": times, "said": one_line(said)}
        request.node.user_properties.append((KEY, json.dumps(line)))

    return tell


def one_line(said: object) -> str:
    """A message as the command line shows it, without folders of this test."""
    text = " → ".join(part.strip() for part in str(said).splitlines())
    return re.sub(r"/\S*/(ground/)?home\b", "data", text)
