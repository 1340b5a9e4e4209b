"""What the gate said of a feed's last delivery: passed, with warnings, overruled, or refused and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.contract import Contract

# Metrics whose bounds belong to the rule of an unusual number of rows (expectations/limit_suite.py).
_ROWS = ("row_growth", "usual_ratio")
DELIVERY, CONTRACT_RULE, UNUSUAL = "delivery", "suite_error", "unusual_rows"


def gate_result(contract: Contract, last: dict[str, Any] | None, failed: list[dict[str, Any]]) -> dict[str, Any]:
    """`{"result", "rule", "title", "says", "mend", "mend_chinese", "warnings"}` of the delivery `last`.

    `failed`: its lines of quality.validation that did not hold. `result` is none, refused, overruled, warned or passed;
    a warning tells rule, title and what it is about. No delivered value is in any of it.
    """
    warnings = [_warning(contract, line) for line in failed if line["severity"] == "warning"]
    if last is None:
        return {**_told(""), "result": "none", "says": "", "warnings": []}
    rule = last["rule"] or ""
    if last["status"] == "refused":
        told = {**_told(rule), "mend": last["mend"] or _told(rule)["mend"]}
        return {**told, "result": "refused", "says": last["reason"] or "", "warnings": warnings}
    if last["status"] == "accepted":
        says = f"{last['accepted_by'] or ''}: {last['accept_reason'] or ''}"
        return {**_told(rule), "result": "overruled", "says": says, "warnings": warnings}
    if warnings:
        first = warnings[0]
        return {**_told(first["rule"]), "result": "warned", "says": first["about"], "warnings": warnings}
    return {**_told(""), "result": "passed", "says": "", "warnings": []}


def _told(rule_id: str) -> dict[str, str]:
    """A rule's words; empty where there is none."""
    from schemas.rule import load_rules

    rule = load_rules().get(rule_id)
    if rule is None:
        return {"rule": rule_id, "title": "", "mend": "", "mend_chinese": ""}
    return {"rule": rule_id, "title": rule.title, "mend": rule.mend, "mend_chinese": rule.mend_chinese}


def _warning(contract: Contract, line: dict[str, Any]) -> dict[str, str]:
    """`about`: the column by its title, or what had to be true. A header the contract does not know is not repeated."""
    from schemas.rule import load_rules

    titles = {column.name: column.title for column in contract.columns}
    column = titles.get(line["column_name"] or "", "")
    if line["suite"] == DELIVERY:
        rule, about = line["expectation"], column
    elif line["column_name"] in _ROWS:
        rule, about = UNUSUAL, _sentence(line)
    else:
        rule, about = CONTRACT_RULE, _sentence(line)
    known = load_rules().get(rule)
    return {"rule": rule, "title": known.title if known else rule, "about": about}


def _sentence(line: dict[str, Any]) -> str:
    return (line["expected"] or "").partition(' {"')[0]  # Check.expected: the sentence, then what was given as JSON
