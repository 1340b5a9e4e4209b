"""The rows of a return sheet: which of a feed's open rows go into it, in its own columns, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from schemas.contract import Contract
    from schemas.home import Home
    from serving.return_workbook import FeedSheet
    from transforms.replaying.delivered import Grid

ROWS_LIMIT = 20_000  # rows of one feed in a sheet; a person mends no more
NAMES_LIMIT = 12  # names of a code list a reason spells out


def rows_to_return(lake: Any, contract: Contract) -> pl.DataFrame:
    """Open lines a department can do something about; none about persons who are restricted or erased."""
    import polars as pl

    from transforms.caring.subject import RULES
    from transforms.lake.store import DELIVERED
    from transforms.replaying.standing import OPEN, standing_lines

    lines = standing_lines(lake, contract.feed_id).filter(pl.col("state") == OPEN)
    place = ["batch_id", "file_name", "row_number"]
    listed = lines.filter(pl.col("rule").is_in(list(RULES.values())))
    lines = lines.join(listed.select(place).unique(), on=place, how="anti", maintain_order="left")
    if contract.delivery.mode != "snapshot" or lines.is_empty():
        return lines
    deliveries = lake.listed(contract.feed_id).filter(pl.col("status").is_in(DELIVERED))
    newest = deliveries.sort("delivered_on", "committed_at")["batch_id"].last()
    return lines.filter(pl.col("batch_id") == newest)


def feed_sheet(home: Home, contract: Contract, lines: pl.DataFrame) -> FeedSheet:
    """The rows in the columns of the newest file; a column an older one had besides stands behind them."""
    import polars as pl

    from schemas.errors import BatchRefused
    from serving.return_workbook import FeedSheet, SheetRow
    from transforms.batch import unsealed
    from transforms.lake.keys import keys_of
    from transforms.replaying.delivered import grids, own_rows
    from transforms.replaying.sheet import Header, headers_of
    from transforms.replaying.sheet_secrets import line_ids

    columns: dict[Header, str] = {}
    rows: list[tuple[dict[Header, str], SheetRow, set[Header]]] = []
    places = lines.select("batch_id", "file_name", "row_number").unique(maintain_order=True)
    left_out = max(0, places.height - ROWS_LIMIT)
    places = places.tail(ROWS_LIMIT).with_columns(line_ids(places.tail(ROWS_LIMIT), keys_of(home)))
    newest_first = places["batch_id"].unique(maintain_order=True).reverse().to_list()
    for batch_id in newest_first:
        batch = unsealed(home, batch_id, contract)
        try:
            opened = grids(batch)
        except BatchRefused:  # the contract cannot read it any more: `blockdata replay` says so
            left_out += places.filter(pl.col("batch_id") == batch_id).height
            continue
        mine = places.filter(pl.col("batch_id") == batch_id)
        for (name,), part in mine.group_by("file_name", maintain_order=True):
            grid = opened.get(str(name))
            if grid is None:
                continue
            headers = headers_of(grid.header)
            for header, text in zip(headers, grid.header, strict=True):
                columns.setdefault(header, text)
            originals = own_rows(grid, contract, part["row_number"].to_list())
            faults = lines.filter((pl.col("batch_id") == batch_id) & (pl.col("file_name") == name))
            at_fault = _at_fault(grid, contract, faults, str(name))
            for number, line_id in part.select("row_number", "line_id").iter_rows():
                if number not in originals:
                    continue
                original, (reason, bad) = originals[number], at_fault[number]
                row = SheetRow(reason, (), frozenset(), original.torn, str(name), number, line_id)
                cells = dict(zip(headers, original.cells, strict=True))
                rows.append((cells, row, {headers[at] for at in bad}))
    order = list(columns)
    made = [
        SheetRow(
            row.reason,
            [cells.get(header, "") for header in order],
            frozenset(order.index(header) for header in bad),
            row.torn,
            row.file_name,
            row.row_number,
            row.line_id,
        )
        for cells, row, bad in rows
    ]
    return FeedSheet(contract.name, [columns[header] for header in order], made, left_out)


def _at_fault(
    grid: Grid, contract: Contract, faults: pl.DataFrame, file_name: str
) -> Mapping[int, tuple[str, set[int]]]:
    """By row number: the reason in Chinese, and the positions of the cells it is about."""
    from schemas.rule import load_rules
    from transforms.reading.headers import match_header

    rules = load_rules()
    positions = match_header(grid.header, contract, file_name, sparse=True).positions
    columns = {column.name: column for column in contract.columns}
    told: dict[int, tuple[list[str], set[int]]] = {}
    for line in faults.iter_rows(named=True):
        reasons, bad = told.setdefault(line["row_number"], ([], set()))
        rule, column = rules.get(line["rule"]), columns.get(line["column_name"] or "")
        title, advice = (rule.title, rule.mend_chinese) if rule else (line["rule"], "")
        at = positions.get(column.name) if column else None
        header = grid.header[at].strip() if at is not None else (column.title if column else "")
        if at is not None:
            bad.add(at)
        said = f"{title}：" + (f"“{header}”列，" if header else "") + advice
        if column is not None and line["rule"] == "not_in_code_list":
            said += _names_of(column)
        reasons.append(said)
    return {
        number: ("\n".join(reasons) if len(reasons) == 1 else "\n".join(
            f"{at}. {reason}" for at, reason in enumerate(reasons, start=1)), bad)
        for number, (reasons, bad) in told.items()
    }  # fmt: skip


def _names_of(column: Any) -> str:
    """The names of a short code list, spelled out."""
    from schemas.codelist import load_codelist

    if not column.meaning.code_list:
        return ""
    names = list(load_codelist(column.meaning.code_list).names.values())
    return f"（{'、'.join(names)}）" if len(names) <= NAMES_LIMIT else ""
