"""Extracts: what an agreement grants, masked, as files of its own in the recipient's folder, with a manifest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.errors import BlockdataError
from serving import audit
from serving.granting import READ_BESIDE, granted
from serving.reaching import check_may_run, state
from serving.released import Released, current
from serving.suppress import WITHHELD
from transforms.lake.keys import keys_of
from transforms.lake.release_manifest import verify_tables

if TYPE_CHECKING:
    import polars as pl

    from schemas.agreement import Agreement
    from schemas.home import Home

SHANGHAI = ZoneInfo("Asia/Shanghai")
EXCEL_ROWS = 1_048_575
WITHHELD_TITLE = "因数量过小不予提供"
# A spreadsheet takes a cell that begins so for a formula; a text of ours begins so only if somebody wrote it into one.
FORMULA = r"^[=+\-@\t\r]"


@dataclass(frozen=True)
class Extracted:
    """What was written: `folder` holds the data file and manifest.json."""

    agreement: str
    department: str
    release: str
    folder: Path
    file: str
    rows: int
    suppressed_cells: int
    sha256: str


def list_agreements(today: date | None = None) -> list[dict[str, Any]]:
    """Every agreement in a few words; `state` is runs, expired or not approved."""
    from schemas.agreement import load_agreements

    day = today or datetime.now(SHANGHAI).date()
    return [
        {
            "id": one.id,
            "department": one.department,
            "title": one.title,
            "purpose": one.purpose,
            "source_table": one.source_table,
            "format": one.format,
            "expires_on": one.expires_on,
            "state": state(one, day),
        }
        for one in load_agreements().values()
    ]


def run_agreement(agreement: str | Path, home: Home, today: date | None = None, *, by: str = "") -> Extracted:
    """Write what an agreement (its id, or a YAML file) grants from the current release.

    It goes to outbox/<department>/<agreement>/<release>/, replacing an earlier run on the same release as a whole.
    `today` is the day validity is judged on (default: today in Shanghai). Raises BlockdataError for an agreement that
    is expired, not approved, or reaches for more than there is to grant; the refusal is logged too.
    """
    found = _agreement(agreement)
    keys_of(home)  # under other keys every re-keyed column would be another than last time
    day = today or datetime.now(SHANGHAI).date()
    released = current(home)
    about = {
        "agreement": found.id,
        "terms": _terms(found),
        "department": found.department,
        "purpose": found.purpose,
        "legal_basis": found.legal_basis,
        "release": released.name,
    }
    try:
        # What leaves, and what is asked of it, is read from files that are as they were published.
        verify_tables(released.path, released.manifest, {found.source_table, *READ_BESIDE})
        check_may_run(found, released, day)
        grant = granted(found, released)
    except BlockdataError as refused:
        audit.append(home, "extract refused", by=by, **about, reason=refused.message)
        raise
    name = f"{found.id}_{released.name}.{found.format}"
    content = _content(grant.frame, found, released)
    # Logged before it lies in the outbox: nothing leaves without an entry.
    audit.append(home, "extract", by=by, **about, rows=grant.frame.height, suppressed_cells=grant.suppressed)
    folder = home.outbox / found.department / found.id / released.name
    result = Extracted(
        found.id,
        found.department,
        released.name,
        folder,
        name,
        grant.frame.height,
        grant.suppressed,
        hashlib.sha256(content).hexdigest(),
    )
    manifest = _manifest(result, found, grant.frame, len(content))
    _place(folder, {name: content, "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=2).encode()})
    return result


def _agreement(agreement: str | Path) -> Agreement:
    """By id, or by the path of a YAML file."""
    from schemas.agreement import agreement_of, load_agreement

    path = Path(agreement)
    if path.suffix in (".yaml", ".yml"):
        return load_agreement(path)
    return agreement_of(str(agreement))


def _terms(agreement: Agreement) -> str:
    """Checksum of what was agreed, so that the log tells under which version of the file something left."""
    return hashlib.sha256(agreement.model_dump_json().encode()).hexdigest()


def _titles(frame: pl.DataFrame, agreement: Agreement, released: Released) -> dict[str, str]:
    """Chinese headers: the agreement's, else the table's own term, else the lake's name. No two alike."""
    from schemas.table import load_tables

    table = load_tables().get(agreement.source_table)
    titles = {column.name: column.chinese for column in table.columns} if table else _contract_titles(agreement)
    titles |= {column.name: column.title for column in agreement.columns if column.title}
    titles |= {measure.name: measure.title for measure in agreement.measures if measure.title}
    titles |= {WITHHELD: WITHHELD_TITLE}
    named = {name: titles.get(name) or name for name in frame.columns}
    seen = list(named.values())
    return {name: title if seen.count(title) == 1 else f"{title}（{name}）" for name, title in named.items()}


def _contract_titles(agreement: Agreement) -> dict[str, str]:
    from schemas.contract import load_contracts

    contract = load_contracts().get(agreement.source_table.partition(".")[2])
    return {column.name: column.title for column in contract.columns} if contract else {}


def _content(frame: pl.DataFrame, agreement: Agreement, released: Released) -> bytes:
    """The data file. CSV and XLSX bear Chinese headers, Parquet the lake's names; a code stays text in XLSX."""
    from serving.rendering import rendered

    if agreement.format == "parquet":
        return rendered(frame, "parquet")
    titled = frame.rename(_titles(frame, agreement, released))
    if agreement.format == "csv":
        return b"\xef\xbb\xbf" + rendered(_inert(titled), "csv")
    return _workbook(titled, agreement)


def _inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts a spreadsheet would run as a formula, led by an apostrophe."""
    import polars as pl

    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA)).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )


def _workbook(frame: pl.DataFrame, agreement: Agreement) -> bytes:
    import xlsxwriter

    if frame.height > EXCEL_ROWS:
        raise BlockdataError(f"{frame.height:,} rows do not fit an Excel sheet", "agree on format csv or parquet")
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1), "title": agreement.title})  # same rows, same bytes
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, frame.width - 1), 22)
        sheet.write_row(0, 0, frame.columns, bold)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for position, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_boolean(number, position, value)
                elif isinstance(value, int | float):
                    sheet.write_number(number, position, value)
                elif value is not None:
                    sheet.write_string(number, position, str(value), text)
    return buffer.getvalue()


def _manifest(result: Extracted, agreement: Agreement, frame: pl.DataFrame, size: int) -> dict[str, Any]:
    masking = {column.name: column.masking for column in agreement.columns}
    return {
        "agreement": agreement.id,
        "terms": _terms(agreement),
        "title": agreement.title,
        "department": agreement.department,
        "purpose": agreement.purpose,
        "legal_basis": agreement.legal_basis,
        "approved_by": agreement.approved_by,
        "expires_on": agreement.expires_on.isoformat(),
        "release": result.release,
        "source_table": agreement.source_table,
        "area": agreement.area,
        "minimum_cell": agreement.minimum_cell,
        "suppressed_cells": result.suppressed_cells,
        "columns": [
            {"name": name, "type": str(kind), "masking": masking.get(name, "none")}
            for name, kind in frame.schema.items()
        ],
        "files": [{"name": result.file, "rows": result.rows, "bytes": size, "sha256": result.sha256}],
    }


def _place(folder: Path, files: dict[str, bytes]) -> None:
    """The folder appears whole or not at all; an earlier one of the same release is replaced."""
    made = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    shutil.rmtree(made, ignore_errors=True)  # what a killed run left
    made.mkdir(parents=True)
    for name, content in files.items():
        (made / name).write_bytes(content)
    before = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(before)
    made.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
