"""README.md and README.zh-CN.md say the same: headings, commands and links, in the same order."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def told(name: str) -> dict[str, list[str]]:
    text = (ROOT / name).read_text(encoding="utf-8")
    fenced = [line for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    return {
        "headings": re.findall(r"^(#+) ", text, re.M),
        "commands": [line.split(" #")[0].strip() for line in fenced],
        "links": re.findall(r"\]\(([^)]+)\)", text)[1:],  # the first leads to the other language
    }


def test_both_languages_show_the_same_commands_and_lead_to_the_same_places() -> None:
    assert told("README.md") == told("README.zh-CN.md")


def test_every_link_leads_somewhere() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        assert [link for link in told(name)["links"] if not (ROOT / link).exists()] == []
