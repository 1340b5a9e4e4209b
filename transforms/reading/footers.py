"""Lines that are no records: titles, totals, signatures, remarks, repeated headers. They are counted, not loaded."""

from __future__ import annotations

import polars as pl

from schemas.contract import Contract
from transforms.reading.headers import file_columns, fold

_TOTAL = r"(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|本页合计|本页小计|本月合计|本月小计)"
_SIGNATURE = (
    r"(?:填\s*表\s*人|填\s*报\s*人|制\s*表\s*人?|审\s*核\s*人?|复\s*核\s*人?|审\s*批\s*人?|经\s*办\s*人|负\s*责\s*人|单位负责人|"
    r"填报单位|报送单位|制表单位|单位（?\(?盖章|填表日期|填报日期|制表日期|打印日期|导出时间|备\s*注|说\s*明|注)"
)
TOTAL = rf"^[\s　]*{_TOTAL}\s*(?:[:：（(]|$|\d|[一-龥]{{0,6}}$)"
SIGNATURE = rf"^[\s　]*{_SIGNATURE}[\s　]*(?:[:：]|$)"
FOOTER_LINE = rf'^[\s　",;|\t]*(?:{_TOTAL}|{_SIGNATURE}[\s　]*[:：])'

REASON_TOTAL = "total line"
REASON_SIGNATURE = "signature or remark line"
REASON_HEADER = "repeated header line"


def ignored_reasons(rows: pl.DataFrame, contract: Contract, columns: list[str]) -> pl.Series:
    """Why each row (contract columns as text) is no record, or null.

    A footer is told from a record by its first filled cell and by lacking the key: a person named 合计 with a
    registration number stays a record. A signature leaves most cells empty, or says in several what is signed there.
    """
    told = rows.select(*_told(contract, columns))
    doubtful = told["is_signed"] & told["reason"].is_null()
    if not doubtful.any():  # cells are looked at one by one where there is cause alone: it takes long
        return told["reason"]
    signed = pl.sum_horizontal(pl.col(column).str.contains(SIGNATURE).cast(pl.Int32) for column in columns) > 1
    several = rows.filter(doubtful).select(signed.fill_null(value=False)).to_series()
    found = pl.Series(doubtful.arg_true().filter(several), dtype=pl.UInt32)
    return told["reason"].scatter(found, REASON_SIGNATURE) if found.len() else told["reason"]


def _told(contract: Contract, columns: list[str]) -> list[pl.Expr]:
    """`reason`, and `is_signed`: the row begins like a signature and lacks the key."""
    present = [column for column in file_columns(contract) if column.name in columns]
    first = pl.coalesce(pl.col(column.name) for column in present)
    keys = [pl.col(column.name) for column in contract.key_columns if column.name in columns]
    keyless = pl.all_horizontal(key.is_null() | (key == first) for key in keys)
    sparse = pl.sum_horizontal(pl.col(column.name).is_not_null() for column in present) * 2 <= len(present)
    repeated = pl.all_horizontal(
        pl.col(column.name).str.replace_all(r"\s", "").str.to_lowercase() == fold(column.header)
        for column in present[:3]
    )
    is_signed = (first.str.contains(SIGNATURE) & keyless).fill_null(value=False)
    reason = (
        pl.when(first.str.contains(TOTAL) & keyless)
        .then(pl.lit(REASON_TOTAL))
        .when(is_signed & sparse)
        .then(pl.lit(REASON_SIGNATURE))
        .when(repeated)
        .then(pl.lit(REASON_HEADER))
    )
    return [reason.alias("reason"), is_signed.alias("is_signed")]
