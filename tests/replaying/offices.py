"""Five feeds of one office and one of another, a format each; deliveries with one fault a row, and hands that mend."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import yaml

from schemas.home import Home
from tests.reading.spreadsheets import xlsx
from tests.reading.test_dbase import dbf
from tests.small import standins
from transforms.lake.fold import current_state
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.replaying.sheet import LINE
from transforms.replaying.sheet_secrets import decrypted, encrypted, password_of
from transforms.steps import Steps, the_steps

DAY = date(2026, 3, 2)
FORMATS = ("csv", "xlsx", "jsonl", "dbf", "gpkg")
OTHER = "village__csv"
HEADERS = ["编号", "姓名", "证件号", "性别", "地址", "面积", "日期", "备注"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def person_id(sequence: int) -> str:
    """A made resident ID number with its check digit (GB 11643)."""
    head = f"44030019900101{sequence:03}"
    return head + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=True)) % 11]


def wrong_id(sequence: int) -> str:
    """One whose last position does not fit."""
    right = person_id(sequence)
    return right[:-1] + ("1" if right[-1] != "1" else "2")


def row(number: int, **said: str) -> list[str]:
    """A sound row; `said` puts other texts in columns by their header."""
    sound = {
        "编号": f"N{number:03}",
        "姓名": f"客人{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "证件号": person_id(number),
        "性别": "男",
        "地址": f"和平里1栋{100 + number % 6 + 1}",
        "面积": f"{50 + number}.5",
        "日期": "2026-01-05",
        "备注": "无",
    }
    return [{**sound, **said}[header] for header in HEADERS]


SOUND = [row(number) for number in range(1, 6)]
FAULTS = {
    "N002": ("证件号", wrong_id(2)),
    "N003": ("性别", "未知数"),
    "N004": ("面积", "五十"),
    "N005": ("日期", "2026-02-30"),
}
RULES = {"N002": "person_id_check_digit", "N003": "not_in_code_list", "N004": "wrong_type", "N005": "impossible_date"}
BROKEN = [row(int(line[0][1:]), **dict([FAULTS[line[0]]])) if line[0] in FAULTS else line for line in SOUND]


def write_feeds(folder: Path) -> Path:
    """The contracts, as a folder for BLOCKDATA_FEEDS."""
    for department, form in [*(("town", form) for form in FORMATS), ("village", "csv")]:
        document = _contract(department, form)
        path = folder / department / f"{form}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


def _contract(department: str, form: str) -> dict[str, Any]:
    def column(name: str, header: str, role: str = "", **more: Any) -> dict[str, Any]:
        custom = [{"property": "role", "value": role}] if role else []
        custom += [{"property": "code_list", "value": more.pop("code_list")}] if "code_list" in more else []
        return {"name": name, "physicalName": header, "businessName": header, "customProperties": custom, **more}

    columns = [
        column("number", "编号", required=True, primaryKey=True, logicalTypeOptions={"pattern": "^N[0-9]{3}$"}),
        column("full_name", "姓名", "person_name", classification="restricted"),
        column("id_number", "证件号", "person_id", classification="restricted"),
        column("sex", "性别", "sex", code_list="sex"),
        column("address", "地址", "address_text", required=True),
        column("area", "面积", logicalType="number"),
        column("since", "日期", "valid_from", logicalType="date"),
        column("remark", "备注", classification="excluded"),
    ]
    if form == "gpkg":
        columns.append(column("shape", "geom", "geometry"))
    mode = "snapshot" if form in ("csv", "gpkg") else "incremental"
    pattern = rf"^{form}_(?P<day>\d{{8}})\.{form}$"
    complete = {"stable_seconds": 1}
    reading: dict[str, Any] = {"format": form}
    reading |= {"encoding": "gb18030"} if form in ("csv", "dbf") else {}
    reading |= {"crs": "EPSG:4547"} if form == "gpkg" else {}
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"{department}__{form}",
        "name": f"登记表{form}",
        "version": "1.0.0",
        "status": "active",
        "domain": department,
        "description": {"purpose": "测试"},
        "team": {"name": "小镇办公室"},
        "servers": [{"server": "landing", "type": "local", "path": f"landing/{department}__{form}", "format": form}],
        "schema": [{"name": form, "properties": columns}],
        "customProperties": [
            {"property": "delivery", "value": {"mode": mode, "complete": complete, "file_pattern": pattern}},
            {"property": "reading", "value": reading},
            {"property": "subject", "value": {"kind": "person", "claim": "residence"}},
            {"property": "legal_basis", "value": "测试"},
            {"property": "catalogue_number", "value": "T-1"},
            {"property": "sharing_type", "value": "none"},
        ],
    }  # fmt: skip


def content(form: str, rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as a department with this format sends them; a workbook with title and total lines."""
    match form:
        case "csv":
            return ("\n".join(",".join(line) for line in [HEADERS, *rows]) + "\n").encode("gb18030")
        case "xlsx":
            return xlsx([["人员登记表"], ["填报单位：小镇办公室"], HEADERS, *rows, ["合计", f"{len(rows)}人"]])
        case "jsonl":
            objects = [dict(zip(HEADERS, line, strict=True)) for line in rows]
            return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects).encode()
        case "dbf":
            return dbf([tuple(line) for line in rows], kinds=[(name, b"C", 40) for name in HEADERS])
    return _geopackage(rows)


def _geopackage(rows: Sequence[Sequence[str]]) -> bytes:
    import geopandas
    import shapely

    shapes = [shapely.box(487000 + 50 * at, 2500000, 487020 + 50 * at, 2500010) for at in range(len(rows))]
    columns = {header: [line[at] for line in rows] for at, header in enumerate(HEADERS)}
    buffer = io.BytesIO()
    geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547").to_file(buffer, driver="GPKG", layer="rows")
    return buffer.getvalue()


def real_steps() -> Steps:
    """The real neighbours, but for the gate and the keying of addresses, which are not the point here."""
    near = standins()
    return replace(the_steps(), open_library=near.open_library, key=near.key, judge=near.judge)


def load(home: Home, feed_id: str, rows: Sequence[Sequence[str]], day: date = DAY, *, raw: bytes = b"") -> LoadResult:
    """One delivery of these rows."""
    form = feed_id.split("__")[1]
    path = home.path.parent / home.path.name / "from" / f"{form}_{day:%Y%m%d}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw or content(form, rows))
    result = load_files(feed_id, [path], day, home, steps=real_steps())
    assert result.status == "loaded", (result.rule, result.reason)
    return result


def records(home: Home, feed_id: str) -> list[dict[str, Any]]:
    """What stands, without the words about how it came."""
    aside = ["batch_id", "known_from", "keyed_on", "is_late", "file_name", "row_number", "row_hash", "operation"]
    rows = current_state(Lake(home).scan(f"record_history.{feed_id}")).collect()
    return rows.drop(aside).sort("record_id").to_dicts()


Hand = Callable[[Any, dict[str, int]], None]


def by_hand(
    sealed: bytes, home: Home, mend: Mapping[str, Mapping[str, Any]], *, department: str = "town", seal: bool = False,
    touch: Callable[[Any], None] | None = None,
) -> bytes:  # fmt: skip
    """The workbook opened with the department's password, cells changed in a spreadsheet library, saved.

    `mend`: by 编号 as delivered, the cells by header. `touch` may do anything else to the book.
    """
    plain = decrypted(sealed, password_of(department, keys_of(home)))
    assert plain is not None
    book = openpyxl.load_workbook(io.BytesIO(plain))
    for sheet in book.worksheets:
        header = [cell.value for cell in sheet[1]]
        if LINE not in header:
            continue
        for line in sheet.iter_rows(min_row=2):
            changes = mend.get(str(line[header.index("编号")].value), {})
            for name, value in changes.items():
                line[header.index(name)].value = value
    if touch is not None:
        touch(book)
    saved = io.BytesIO()
    book.save(saved)
    return encrypted(saved.getvalue(), password_of(department, keys_of(home))) if seal else saved.getvalue()


MENDED = {
    number: {header: dict(zip(HEADERS, SOUND[int(number[1:]) - 1], strict=True))[header]}
    for number, (header, _) in FAULTS.items()
}


def open_rows(home: Home, feed_id: str | None = None) -> pl.DataFrame:
    """Lines of rows that are open, as quality.quarantine says and as the corrections say."""
    from transforms.replaying.standing import standing_lines

    lines = standing_lines(Lake(home), feed_id)
    assert lines["status"].to_list() == lines["state"].to_list()
    return lines.filter(pl.col("state") == "open")
