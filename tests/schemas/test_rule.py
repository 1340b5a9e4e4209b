"""schemas/rules.yaml: ids everybody uses, each with scope, severity and a mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import ContractError, UsageError
from schemas.rule import load_rules, rule_of

IDS = {
    "batch": """no_day incomplete_delivery manifest_mismatch repeated_content empty_file no_rows wrong_encoding
        mixed_encoding wrong_delimiter missing_column duplicate_column truncated_file line_too_long unreadable_file
        encrypted_file archive_bomb quarantined_share row_drop null_jump match_drop column_vanished suite_error
        extra_column reordered_column renamed_column repeated_snapshot unusual_rows deletes_held_back""",
    "row": """row_width control_character bad_encoding missing_value wrong_type not_in_code_list out_of_range
        bad_pattern impossible_date future_date person_id_malformed person_id_check_digit uscc_malformed
        uscc_check_digit coordinates_swapped coordinates_outside code_malformed code_unknown area_unknown
        area_mismatch conflicting_key subject_restricted subject_erased""",
    "both": "precision_lost",
}
WARNINGS = {"extra_column", "reordered_column", "renamed_column", "repeated_snapshot", "unusual_rows"} | {
    "deletes_held_back"
}


@pytest.mark.parametrize("scope", IDS)
def test_each_scope_holds_its_rules(scope: str) -> None:
    assert {rule.id for rule in load_rules().values() if rule.scope == scope} == set(IDS[scope].split())


def test_warnings_let_a_batch_in_and_all_else_keeps_something_out() -> None:
    assert {rule.id for rule in load_rules().values() if rule.severity == "warning"} == WARNINGS


def test_every_rule_tells_what_to_do() -> None:
    assert [rule.id for rule in load_rules().values() if not (rule.title and rule.meaning and rule.mend)] == []


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(UsageError, match="no_such_rule"):
        rule_of("no_such_rule")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("late: {scope: week, severity: error, title: 迟, meaning: m, mend: n}", "late.scope"),
        ("late: {scope: row, severity: error, title: 迟, meaning: m}", "late.mend"),
        ("late: row", "late"),
        ("late: {scope: row\n", "(file)"),
        ("a: {scope: row, severity: error, title: 迟, meaning: m, mend: n}\n" * 2, "(file)"),
    ],
)
def test_a_bad_rules_file_is_refused_with_file_and_key(text: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        load_rules(path)
    assert (refusal.value.file, refusal.value.key) == (str(path), key)
    assert refusal.value.mend


def test_a_department_reads_in_chinese_what_to_mend_in_a_row() -> None:
    of_rows = [rule for rule in load_rules().values() if rule.scope != "batch"]
    assert [
        rule.id for rule in of_rows if not any("\u4e00" <= letter <= "\u9fff" for letter in rule.mend_chinese)
    ] == []
