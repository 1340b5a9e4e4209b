"""Which record a row tells of, said once: its key columns, the same however a department writes them.

`clean` names its rows by this, and a load names by it whose rows were kept out: one record, one id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce

import polars as pl

from schemas.contract import Column, Contract, Role
from transforms.cleaning.dates import read_dates, read_times
from transforms.cleaning.numbers import read_booleans, read_numbers
from transforms.cleaning.person_id import check_person_ids, extract_embedded, id_column, normalised
from transforms.cleaning.scrub import holds_identifier
from transforms.cleaning.text import check_patterns, drop_nothings, fold_text, require_values, translate_code_lists
from transforms.cleaning.tokens import Keys, tokens
from transforms.cleaning.unit_code import check_codes
from transforms.cleaning.uscc import check_usccs
from transforms.cleaning.work import Work, without

# From text to typed values: what a key is told by, and how `clean` begins.
READ_VALUES: list[Callable[[Work], Work]] = [
    fold_text,
    drop_nothings,
    require_values,
    check_patterns,
    translate_code_lists,
    read_numbers,
    read_booleans,
    read_dates,
    read_times,
    extract_embedded,
    check_person_ids,
    check_usccs,
    check_codes,
]


def record_ids(rows: pl.DataFrame, contract: Contract, day: date, keys: Keys) -> pl.Series:
    """`record_id` of each raw row, null where a key cell is missing, empty or breaks a rule.

    The key columns joined by |, an identifying one (or one that hides an identifier) as its token. `rows` needs
    file_name, row_number and the key columns as text.
    """
    names = [column.name for column in contract.key_columns]
    if rows.is_empty() or not set(names) <= set(rows.columns):
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True).alias("record_id")
    # embedded numbers are cut out of the text as delivered, which a fault of the number would have emptied
    whole = [pl.col(name).alias(f"__{name}_whole") for name in names]
    given = rows.select("file_name", "row_number", *names)
    folded = reduce(lambda work, step: step(work), READ_VALUES[:2], Work(given, contract, day, keys))
    read = reduce(lambda work, step: step(work), READ_VALUES[2:], folded.put(*whole))
    parts = [_part(read, column).alias(column.name) for column in contract.key_columns]
    return pl.DataFrame(parts).select(pl.concat_str(names, separator="|").alias("record_id")).to_series()


def hide_keys(work: Work) -> Work:
    """A key column that hides an identifier keeps its token in place of the text."""
    return work.put(
        *(
            _hidden(work.frame[column.name], work.keys)
            for column in work.contract.key_columns
            if column.role not in _IDENTIFYING and column.type == "string" and column.name in work.frame.columns
        )
    )


_IDENTIFYING = {Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.PERSON_NAME, Role.PHONE, Role.USCC}


def _part(work: Work, column: Column) -> pl.Series:
    text = work.frame[column.name]
    match column.role:
        case Role.PERSON_ID:
            return tokens(without(text.is_null(), work.frame[id_column(column)]), work.keys)
        case Role.EMBEDDED_PERSON_ID:
            return tokens(without(text.is_null(), _embedding(work, column)), work.keys)
        case Role.PHONE:
            return tokens(text.to_frame("text").select(dialled(pl.col("text"))).to_series(), work.keys)
        case Role.PERSON_NAME | Role.USCC:
            return tokens(text, work.keys)
    return _hidden(text.cast(pl.String), work.keys)


def _embedding(work: Work, column: Column) -> pl.Series:
    """The number around an identity number, with that one in its 18 positions."""
    whole = pl.col(f"__{column.name}_whole").str.replace_all(r"\s", "").str.to_uppercase()
    inner = whole.str.extract(str(column.meaning.affix), 1)
    return work.frame.select(whole.str.split(inner).list.join(pl.col(id_column(column)))).to_series()


def _hidden(text: pl.Series, keys: Keys) -> pl.Series:
    """Business numbers as they are; one that holds an identity number or a phone as its token."""
    holds = text.to_frame("text").select(holds_identifier(pl.col("text")).fill_null(False)).to_series()
    if not holds.any():
        return text
    return text.clone().scatter(holds.arg_true(), tokens(normalised(text.filter(holds)), keys))


def dialled(phone: pl.Expr) -> pl.Expr:
    """The digits of a number, without +86; no digits at all is no phone."""
    digits = phone.str.replace_all(r"[^0-9]", "").str.replace(r"^(?:0086|86)(1[3-9][0-9]{9})$", "$1")
    return pl.when(digits != "").then(digits)
