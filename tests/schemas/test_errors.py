"""A refusal says where, by which rule, and what to do; it tells the exit code."""

from __future__ import annotations

from schemas.errors import BatchRefused, ContractError, UsageError


def test_a_refused_batch_names_file_row_column_rule_and_mend() -> None:
    refused = BatchRefused(
        "truncated_file", "ends in a row", "send again", file="a.csv", row=7, column="地址", received=6
    )
    assert str(refused) == "a.csv row 7 column 地址: truncated_file: ends in a row\n  mend: send again"
    assert (refused.rule, refused.received, refused.exit_code) == ("truncated_file", 6, 1)
    assert str(BatchRefused("no_day", "none given", "")) == "no_day: none given"


def test_wrong_usage_and_wrong_declarations_exit_with_two() -> None:
    assert UsageError("no such feed", "use another").exit_code == 2
    wrong = ContractError("a.yaml", "id", "is missing", "add it")
    assert str(wrong) == "a.yaml: id: is missing\n  mend: add it"
    assert wrong.exit_code == 2
