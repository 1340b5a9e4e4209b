"""The two tables of a feed, record.<feed id> and record_history.<feed id>, derived from its contract.

What cleaning makes of a contract column is said here once:

- excluded columns, free text and exact birth dates are gone;
- a person identifier, embedded or not, becomes `person_key` with `sex`, `birth_year` and `school_cohort`;
- a USCC becomes `organisation_key`; a person's name or phone becomes `<name>_token`;
- longitude and latitude become `lon`, `lat` (EPSG:4490) and `is_approximate`; a footprint becomes `geometry`;
- a masked date stays text of 8 positions under its name; where the row tells of a birth, its year alone is left;
- everything else keeps name and type.
"""

from __future__ import annotations

from schemas.contract_shape import Column, Contract, Role
from schemas.table_shape import ColumnType, Table, TableColumn

_TYPES: dict[str, ColumnType] = {
    "string": "string",
    "integer": "int64",
    "number": "float64",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
}


def _column(name: str, kind: ColumnType, chinese: str, unit: str | None = None, description: str = "") -> TableColumn:
    return TableColumn(name=name, type=kind, chinese=chinese, unit=unit, description=description)


_PERSON = [
    _column("person_key", "string", "人员键", description="keyed token, 32 letters"),
    _column("sex", "string", "性别", description="male, female"),
    _column("birth_year", "int32", "出生年份", "年"),
    _column("school_cohort", "int32", "学龄届别", "年", "year of birth counted 1 September to 31 August"),
]
_POINT = [
    _column("lon", "float64", "经度", "°", "EPSG:4490"),
    _column("lat", "float64", "纬度", "°", "EPSG:4490"),
    _column("is_approximate", "boolean", "坐标是否近似", description="converted from GCJ-02 or BD-09"),
]
_BECOMES: dict[Role | None, list[TableColumn]] = {
    Role.PERSON_ID: _PERSON,
    Role.EMBEDDED_PERSON_ID: _PERSON,
    Role.BIRTH_DATE: _PERSON[2:],
    Role.SEX: _PERSON[1:2],
    Role.USCC: [_column("organisation_key", "string", "组织键", description="keyed token")],
    Role.LONGITUDE: _POINT,
    Role.LATITUDE: _POINT,
    Role.GEOMETRY: [_column("geometry", "binary", "轮廓", description="WKB, EPSG:4490")],
}
_KEYED = [
    _column("unit_code", "string", "统一地址编码"),
    _column("building_code", "string", "建筑物编码"),
    _column("area_code", "string", "区划代码", description="where the address keyed no deeper"),
    _column("match_level", "string", "关联层级", description="unit, building, estate, grid, community, outside, none"),
    _column("match_method", "string", "关联方法"),
    _column("match_score", "float64", "关联得分", description="0 to 1"),
    _column("match_margin", "float64", "领先幅度", description="before the runner-up"),
    _column("proposed_room", "string", "拟增房号", description="a room the library lacks"),
]
_DELIVERED = [
    _column("delivered_on", "date", "交付日"),
    _column("known_from", "date", "获知日期"),
    _column("keyed_on", "date", "关联日期", description="later than known_from where the address library changed"),
    _column("batch_id", "string", "批次编号"),
    _column("file_name", "string", "文件名"),
    _column("row_number", "int64", "行号", description="as a person sees it in the file"),
    _column("row_hash", "string", "行摘要", description="keyed, over the raw cells and the contract"),
    _column("is_late", "boolean", "是否迟到"),
]

# Names the lake gives every record itself, and those cleaning gives in place of the contract's own.
LAKE_COLUMNS = frozenset({"record_id", "operation", *(column.name for column in [*_DELIVERED, *_KEYED])})
CLEANED_COLUMNS = frozenset(column.name for columns in _BECOMES.values() for column in columns)


def cleaned_columns(contract: Contract) -> list[TableColumn]:
    """What cleaning leaves of the contract's columns, in the order of the contract."""
    columns: dict[str, TableColumn] = {}
    for column in contract.columns:
        for cleaned in _cleaned(column):
            columns.setdefault(cleaned.name, cleaned)
    return list(columns.values())


def cleaned_name(column: Column) -> str | None:
    """The name a contract column carries after cleaning (the first, where it becomes several), None when dropped."""
    cleaned = _cleaned(column)
    return cleaned[0].name if cleaned else None


def record_table(contract: Contract) -> Table:
    """record.<feed id>: the current state, one row a record."""
    return Table(
        name=f"record.{contract.feed_id}",
        chinese=contract.name,
        description=f"current records of {contract.feed_id}, keyed to the address library",
        grain=["record_id"],
        profile="person",
        columns=[_column("record_id", "string", "记录标识"), *cleaned_columns(contract), *_KEYED, *_DELIVERED],
    )


def record_history_table(contract: Contract) -> Table:
    """record_history.<feed id>: every change, one row a record, batch and day.

    A late snapshot writes a record twice: its own day, and the next one as that day's silence meant it. A batch that
    keyed again (operation rekey) writes the row as delivered, of the same day, with the key a changed library gives.
    """
    return Table(
        name=f"record_history.{contract.feed_id}",
        chinese=f"{contract.name}（变更）",
        description=f"every change of a record of {contract.feed_id}, with the time it was known",
        grain=["record_id", "delivered_on", "batch_id"],
        profile="person",
        columns=[
            _column("record_id", "string", "记录标识"),
            _column(
                "operation", "string", "操作", description="insert, update, delete; rekey: as delivered, another key"
            ),
            *cleaned_columns(contract),
            *_KEYED,
            *_DELIVERED,
        ],
    )


def _cleaned(column: Column) -> list[TableColumn]:
    if column.is_dropped:
        return []
    if column.role in _BECOMES:
        return _BECOMES[column.role]
    if column.role in (Role.PERSON_NAME, Role.PHONE):
        return [_column(f"{column.name}_token", "string", f"{column.title}键", description="keyed token")]
    kind = "string" if column.meaning.masked else _TYPES[column.type]
    return [_column(column.name, kind, column.title, column.meaning.unit, column.description)]
