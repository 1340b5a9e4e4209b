"""The small feed of tests/fixtures/deliveries, and others made of given columns."""

from __future__ import annotations

from typing import Any

from schemas.contract import Contract

COLUMNS: list[dict[str, Any]] = [
    {"name": "number", "header": "编号", "key": True, "required": True, "pattern": "^N[0-9]{3}$"},
    {"name": "full_name", "header": "姓名", "role": "person_name"},
    {"name": "address", "header": "地址", "role": "address_text", "required": True, "aliases": ["住址"]},
    {"name": "noted_on", "header": "日期", "type": "date"},
]


def contract(columns: list[dict[str, Any]] | None = None, **reading: Any) -> Contract:
    """A contract of these columns; `reading` as in a contract's reading."""
    return Contract.model_validate(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "office__small",
            "name": "小表",
            "version": "1.0.0",
            "status": "active",
            "domain": "office",
            "description": {"purpose": "测试"},
            "team": {"name": "测试组"},
            "servers": [{"server": "landing", "path": "landing", "format": "csv"}],
            "schema": [{"name": "small", "properties": [_column(**column) for column in columns or COLUMNS]}],
            "customProperties": [
                {
                    "property": "delivery",
                    "value": {"mode": "snapshot", "complete": {"stable_seconds": 1}, "file_pattern": "(?P<day>.*)"},
                },
                {"property": "reading", "value": {"format": "csv", **reading}},
                {"property": "subject", "value": {"kind": "person"}},
                {"property": "legal_basis", "value": "测试"},
                {"property": "catalogue_number", "value": "T"},
                {"property": "sharing_type", "value": "none"},
            ],
        }
    )


def _column(
    name: str,
    header: str = "",
    type: str = "string",
    key: bool = False,
    required: bool = False,
    classification: str = "internal",
    options: dict[str, Any] | None = None,
    pattern: str | None = None,
    **meaning: Any,
) -> dict[str, Any]:
    return {
        "name": name,
        "physicalName": header or name,
        "businessName": header or name,
        "logicalType": type,
        "primaryKey": key,
        "required": required,
        "classification": classification,
        "logicalTypeOptions": {**(options or {}), **({"pattern": pattern} if pattern else {})},
        "customProperties": [{"property": word, "value": value} for word, value in meaning.items()],
    }
