from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleaning.tidy import cleaned, fates, feed_of


def test_prose_is_trimmed_and_narrowed() -> None:
    assert fates(["　某路１２号\nＡ栋 ", "某路  5号", "（旧）某路"], role="address_text") == [
        "某路12号 A栋",
        "某路 5号",
        "（旧）某路",
    ]


def test_code_lists_by_code_name_and_alias() -> None:
    assert fates(["男", "female", "1", "女性", "２", "未知性别", None], code_list="sex") == [
        "male", "female", "male", "female", "female", "not_in_code_list", None,
    ]  # fmt: skip


def test_required_cells() -> None:
    assert fates(["某", "", "  ", None, "无", "-"], required=True) == ["某", *["missing_value"] * 5]


def test_patterns_and_lengths() -> None:
    assert fates(["RK1", "rk1", "ＲＫ１", "RK"], pattern="^RK[0-9]$") == ["RK1", "bad_pattern", "RK1", "bad_pattern"]
    assert fates(["ab", "a", "abcd"], options={"minLength": 2, "maxLength": 3}) == ["ab", "bad_pattern", "bad_pattern"]


def test_a_row_with_several_faults_gives_several_lines() -> None:
    feed = feed_of(
        {"name": "kind", "code_list": "sex"}, {"name": "since", "type": "date"}, {"name": "rent", "type": "number"}
    )
    result = cleaned(feed, {"kind": ["男", "狗"], "since": ["2026-03-01", "x"], "rent": ["1", "y"]})
    assert result.quarantined.select("row_number", "column", "rule").rows() == [
        (3, "kind", "not_in_code_list"),
        (3, "rent", "wrong_type"),
        (3, "since", "impossible_date"),
    ]
    assert result.rows["row_number"].to_list() == [2]


def test_an_empty_key_is_missing_though_not_required() -> None:
    feed = feed_of({"name": "value"})
    rows = cleaned(feed, {"number": [None, "N1"], "value": ["a", "b"]})
    assert rows.quarantined.select("row_number", "column", "rule").rows() == [(2, "number", "missing_value")]


def test_a_list_with_full_width_brackets_knows_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codelists").mkdir()
    (tmp_path / "feeds").mkdir()
    text = "title: 房\ncodes: [{code: rent, name: 公租房（含廉租）}, {code: first, name: Ⅰ级}]\n"
    (tmp_path / "codelists" / "flat.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(tmp_path / "feeds"))
    given = ["公租房（含廉租）", "公租房(含廉租)", "Ⅰ级", "I级", "公租房"]
    assert fates(given, code_list="flat") == ["rent", "rent", "first", "first", "not_in_code_list"]
