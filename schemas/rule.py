"""The rules by which a delivery or a row is kept out, and what to do about each: schemas/rules.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from schemas.declaration import Strict, read_mapping, validate
from schemas.errors import UsageError

RULES_FILE = Path(__file__).parent / "rules.yaml"


class Rule(Strict):
    """One rule. `scope` row: the row is quarantined; batch: the delivery is judged; both: row, above a share batch.

    `mend_chinese`: what a department reads beside its row in a return sheet, and everybody on the board.
    """

    id: str
    scope: Literal["row", "batch", "both"]
    severity: Literal["error", "warning"]
    title: str
    meaning: str
    mend: str
    mend_chinese: str = ""


def load_rules(path: Path | None = None) -> dict[str, Rule]:
    """Every rule by id, or ContractError naming file, key and mend."""
    return _all_rules() if path is None else _read(path)


def rule_of(rule_id: str) -> Rule:
    """One rule, or UsageError naming it."""
    rules = load_rules()
    if rule_id not in rules:
        raise UsageError(f"there is no rule {rule_id!r}", f"use an id of {RULES_FILE.name}")
    return rules[rule_id]


@cache
def _all_rules() -> dict[str, Rule]:
    return _read(RULES_FILE)


def _read(path: Path) -> dict[str, Rule]:
    document = read_mapping(path)
    return {
        rule_id: validate(path, Rule, {"id": rule_id, **body} if isinstance(body, dict) else body, rule_id)
        for rule_id, body in document.items()
    }
