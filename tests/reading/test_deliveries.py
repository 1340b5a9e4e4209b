"""Every broken delivery of tests/fixtures/deliveries ends as it says there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.errors import BatchRefused
from schemas.rule import load_rules
from tests.reading.small_feed import contract
from transforms.reading.quarantine import distinct_rows
from transforms.reading.read import SourceFile, read

CASES = yaml.safe_load((Path(__file__).parent.parent / "fixtures/deliveries/cases.yaml").read_text(encoding="utf-8"))


def content_of(case: dict[str, Any]) -> bytes:
    content = case["text"].encode(case.get("written") or case.get("encoding", "utf-8"))
    if "then" in case:
        content += case["then"]["text"].encode(case["then"]["written"])
    return content


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_delivery_ends_as_written(case: dict[str, Any]) -> None:
    feed = contract(encoding=case.get("encoding", "utf-8"), delimiter=case.get("delimiter", ","))
    source = SourceFile("some/where/small_20260302.csv", content_of(case))
    if "refused" in case:
        with pytest.raises(BatchRefused) as refusal:
            read([source], feed)
        assert refusal.value.rule == case["refused"]
        assert refusal.value.rule in load_rules()
        assert refusal.value.mend
        if "at" in case:
            assert refusal.value.row == case["at"]
        return
    reading = read([source], feed)
    assert reading.rows["row_number"].to_list() == case["loaded"]
    assert dict(reading.quarantined.select("row_number", "rule").iter_rows()) == case.get("quarantined", {})
    assert reading.ignored["row_number"].to_list() == case.get("ignored", [])
    assert [warning.rule for warning in reading.warnings] == case.get("warnings", [])
    assert reading.received == reading.rows.height + reading.ignored.height + distinct_rows(reading.quarantined)
    assert set(reading.rows["file_name"]) <= {"small_20260302.csv"}
