"""The documentation page of a feed, made from its contract alone: docs/feeds/<feed id>.md, Chinese first."""

from __future__ import annotations

from pathlib import Path

from schemas.contract import Column, Complete, Contract, Quality, load_contracts
from schemas.home import ROOT
from schemas.record_table import cleaned_columns

_MODES = {"snapshot": "全量", "incremental": "增量", "events": "事件"}
_SHARING = {"unconditional": "无条件共享", "conditional": "有条件共享", "none": "不予共享"}
_CLASSES = {"public": "公开", "internal": "内部", "restricted": "受限", "excluded": "不进入数据湖"}
_TYPES = {
    "string": "文本",
    "integer": "整数",
    "number": "数值",
    "date": "日期",
    "timestamp": "日期时间",
    "boolean": "是否",
}
_METRICS = {
    "nullValues": "空值",
    "duplicateValues": "重复值",
    "invalidValues": "无效值",
    "rowCount": "行数",
}
NOTICE = "<!-- Made from the contract by schemas/feed_page.py; mend the contract, not this page. -->"


def page(contract: Contract) -> str:
    """The page of one feed as Markdown."""
    return "\n\n".join([*_head(contract), *_delivery(contract), *_columns(contract), *_quality(contract)]) + "\n"


def write_pages(folder: Path, feeds: Path | None = None) -> list[Path]:
    """Writes the page of every contract and their list README.md; removes pages of feeds that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    contracts = load_contracts(feeds)
    pages = {f"{feed_id}.md": page(contract) for feed_id, contract in contracts.items()}
    pages["README.md"] = _list(list(contracts.values()))
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def _list(contracts: list[Contract]) -> str:
    rows = [
        [
            f"[{contract.feed_id}]({contract.feed_id}.md)",
            contract.name,
            contract.team.name,
            _MODES[contract.delivery.mode],
            contract.reading.format,
            contract.meaning.catalogue_number,
        ]
        for contract in contracts
    ]
    head = ["feed", "名称", "责任单位", "交付", "格式", "资源代码"]
    return (
        "\n\n".join(
            [
                NOTICE,
                "# 数据源 · Feeds",
                "One page a feed, made from `schemas/feeds/<department>/<feed>.yaml`.",
                _table(head, rows),
            ]
        )
        + "\n"
    )


def _head(contract: Contract) -> list[str]:
    told = contract.description
    facts = [
        ["责任单位 · owner", contract.team.name],
        ["资源代码 · catalogue number", contract.meaning.catalogue_number],
        ["共享类型 · sharing", _SHARING[contract.meaning.sharing_type]],
        ["法律依据 · legal basis", contract.meaning.legal_basis],
        ["保存期限 · retention", f"{contract.meaning.retention_days} 天"],
        ["契约版本 · version", contract.version],
    ]
    lines = [f"**用途** {told.purpose}", f"**说明** {told.usage}", f"**局限** {told.limitations}"]
    return [
        NOTICE,
        f"# {contract.name} · {contract.feed_id}",
        *(line for line in lines if line.split("** ")[1]),
        _table(["", ""], facts),
    ]


def _delivery(contract: Contract) -> list[str]:
    reading, delivery, schedule = contract.reading, contract.delivery, contract.meaning.schedule
    written = [reading.format.upper()]
    if reading.format in ("csv", "jsonl", "dbf"):
        written.append(reading.encoding.upper())
    if reading.format == "csv":
        written.append(f"分隔符 `{_cell(reading.delimiter)}`")
    has_place = any(c.role and c.role.value in ("longitude", "geometry") for c in contract.columns)
    if has_place:
        written.append(f"坐标系 {reading.crs}")
    facts = [
        ["方式 · mode", _MODES[delivery.mode]],
        ["文件名 · file", f"`{_cell(delivery.file_pattern)}`"],
        ["完成标志 · complete when", _complete(delivery.complete)],
        ["写法 · written as", "，".join(written)],
        ["时间 · schedule", f"`{schedule.cron}`（{'工作日' if schedule.working_days else '每日'}，北京时间）"],
        [
            "时效 · freshness",
            f"{schedule.freshness_days} 个工作日" if schedule.working_days else f"{schedule.freshness_days} 天",
        ],
    ]
    return ["## 交付 · Delivery", _table(["", ""], facts)]


def _columns(contract: Contract) -> list[str]:
    rows = [
        [
            column.header,
            column.name,
            _TYPES[column.type],
            "是" if column.required else "",
            _CLASSES[column.classification],
            column.role.value if column.role else "",
            _conditions(column),
        ]
        for column in contract.columns
    ]
    head = ["列名", "column", "类型", "必填", "分级", "role", "要求"]
    kept = [[column.name, column.type, column.comment] for column in cleaned_columns(contract)]
    keys = "、".join(column.header for column in contract.key_columns)
    return [
        "## 列 · Columns",
        f"主键：{keys}。",
        _table(head, rows),
        f"### 入湖之后 · `record.{contract.feed_id}`",
        "Direct identifiers become keyed tokens; excluded columns and free text are gone. Keying adds the code.",
        _table(["column", "type", ""], kept),
    ]


def _quality(contract: Contract) -> list[str]:
    limits = contract.limits
    rows = [[column.header, *_rule(rule)] for column in contract.columns for rule in column.quality]
    rows += [["（批次）", *_rule(rule)] for rule in contract.quality]
    refused = [
        ["隔离行占比", f"≤ {limits.quarantined_share:.0%}"],
        ["全量行数不低于上一批的", f"{limits.row_drop:.0%}"],
        ["单列空值占比上升", f"≤ {limits.null_jump:.0%}"],
        ["关联率下降", f"≤ {limits.match_drop:.0%}"],
    ]
    parts = ["## 质量 · Quality"]
    if rows:
        parts.append(_table(["列", "规则", "限值", "级别", "说明"], rows))
    return [*parts, "超过以下限值的批次不入湖（refused beyond these）：", _table(["限值", ""], refused)]


def _rule(rule: Quality) -> list[str]:
    sign = "%" if rule.unit == "percent" else " 行"
    bounds = []
    if rule.must_be_less_or_equal_to is not None:
        bounds.append(f"≤ {rule.must_be_less_or_equal_to:g}{sign}")
    if rule.must_be_greater_or_equal_to is not None:
        bounds.append(f"≥ {rule.must_be_greater_or_equal_to:g}{sign}")
    severity = {"error": "拒收 error", "warning": "提示 warning"}[rule.severity]
    return [_METRICS[rule.metric], "，".join(bounds), severity, rule.description]


def _complete(complete: Complete) -> str:
    if complete.flag:
        return f"标志文件 `{complete.flag}`"
    if complete.manifest:
        return f"清单 `{complete.manifest}`（行数与 SHA-256）"
    return f"文件 {complete.stable_seconds:g} 秒未变"


def _conditions(column: Column) -> str:
    meaning, options = column.meaning, column.options
    parts = [f"主键 {column.key_position}"] if column.key else []
    if options.pattern:
        parts.append(f"`{_cell(options.pattern)}`")
    if options.minimum is not None:
        parts.append(f"≥ {options.minimum:g}")
    if options.maximum is not None:
        parts.append(f"≤ {options.maximum:g}")
    if options.max_length is not None:
        parts.append(f"至多 {options.max_length} 字")
    if meaning.unit:
        parts.append(f"单位 {meaning.unit}")
    if meaning.scheme:
        parts.append(f"区划体系 {meaning.scheme}")
    if meaning.code_list:
        parts.append(f"代码表 {meaning.code_list}")
    if meaning.masked:
        parts.append("未知部分以 \\* 代替")
    if meaning.open_ended:
        parts.append("可为长期或将来")
    if meaning.future:
        parts.append("可为将来")
    if meaning.aliases:
        parts.append(f"曾用列名 {'、'.join(meaning.aliases)}")
    return "；".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    write_pages(ROOT / "docs" / "feeds")
