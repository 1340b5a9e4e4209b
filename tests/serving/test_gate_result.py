"""What the gate said of a delivery, in the words of its rules."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.contract import contract_of
from serving.gate_result import gate_result

CONTRACT = contract_of("police__residents")
LAST = {"status": "loaded", "rule": None, "reason": None, "mend": None, "accepted_by": None, "accept_reason": None}


def line(suite: str, expectation: str, column: str, expected: str = "", severity: str = "warning") -> dict[str, Any]:
    return {
        "suite": suite,
        "expectation": expectation,
        "column_name": column,
        "expected": expected,
        "severity": severity,
        "observed": "头一行里的人名",
    }


def test_no_delivery_and_a_passed_one() -> None:
    assert gate_result(CONTRACT, None, [])["result"] == "none"
    assert gate_result(CONTRACT, LAST, [])["result"] == "passed"


def test_refused_tells_the_title_and_both_mends() -> None:
    told = gate_result(CONTRACT, {**LAST, "status": "refused", "rule": "row_drop", "reason": "44 %"}, [])
    assert (told["result"], told["title"], told["says"]) == ("refused", "行数骤降", "44 %")
    assert "放行" in told["mend_chinese"] and "accept it with a reason" in told["mend"]


def test_an_overruled_one_tells_who_and_why() -> None:
    last = {**LAST, "status": "accepted", "rule": "row_drop", "accepted_by": "人口科", "accept_reason": "集中注销"}
    told = gate_result(
        CONTRACT, last, [line("limits", "expect_column_max_to_be_between", "row_ratio", severity="error")]
    )
    assert (told["result"], told["says"], told["warnings"]) == ("overruled", "人口科: 集中注销", [])


@pytest.mark.parametrize(
    ("failed", "rule", "about"),
    [
        (line("delivery", "extra_column", "新列"), "extra_column", ""),
        (line("delivery", "renamed_column", "address"), "renamed_column", "现住地址"),
        (
            line("limits", "expect_column_max_to_be_between", "usual_ratio", 'rows are odd {"max_value": 3}'),
            "unusual_rows",
            "rows are odd",
        ),
        (
            line("quality", "expect_column_max_to_be_between", "empty_share__residence_kind", "nullValues of 居住方式"),
            "suite_error",
            "nullValues of 居住方式",
        ),
    ],
)
def test_a_warning_names_its_rule_and_never_what_was_delivered(failed: dict[str, Any], rule: str, about: str) -> None:
    told = gate_result(CONTRACT, LAST, [failed])
    assert (told["result"], told["rule"], told["says"]) == ("warned", rule, about)
    assert "人名" not in str(told)
