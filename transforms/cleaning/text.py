"""Spaces, widths, and the words people write for nothing."""

from __future__ import annotations

import polars as pl

from schemas.codelist import load_codelist
from schemas.contract import Column, Role
from transforms.cleaning.work import Work

_WIDE = {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(0x5E) if chr(0x21 + offset).isalnum()}
_WIDE_ANY = "[０-９Ａ-Ｚａ-ｚ]"
_SPACES = r"[\s　\u00a0\u200b\ufeff]+"
_NOTHING = r"^(?i:null|none|n/a|#n/a|nan|\\n|[-—/]+|无|不详|未知|空|暂无)$"
_PROSE = {
    Role.ADDRESS_TEXT,
    Role.AREA_NAME,
    Role.ORGANISATION_NAME,
    Role.RESPONSIBLE_DEPARTMENT,
    Role.FREE_TEXT,
    Role.EVENT_KIND,
}


def is_prose(column: Column) -> bool:
    """True for text meant for people: addresses, names of organisations, remarks."""
    if column.type != "string" or column.meaning.code_list or column.meaning.masked:
        return False
    return column.role in _PROSE or (column.role is None and not column.key and column.options.pattern is None)


def fold_text(work: Work) -> Work:
    """Trim; full-width letters and digits to half; line breaks and runs of spaces to one space.

    What machines read (numbers, dates, codes, identifiers) is folded to NFKC besides.
    """
    folded = []
    for column in work.columns(lambda column: column.role is not Role.GEOMETRY):
        values = work.frame[column.name].str.strip_chars()
        if is_prose(column):
            if values.str.contains(_WIDE_ANY).any():
                values = values.str.replace_many(_WIDE)
            if values.str.contains(r"[\t\r\n　\u00a0\u200b\ufeff]|  ").any():
                values = values.str.replace_all(_SPACES, " ").str.strip_chars()
        elif values.str.contains(r"[^\x20-\x7e一-龥]").any():
            values = values.str.normalize("NFKC").str.replace_all(_SPACES, " ").str.strip_chars()
        if column.role is Role.PERSON_NAME:
            values = values.str.replace_all(" ", "", literal=True)
        folded.append(values)
    return work.put(*folded)


def drop_nothings(work: Work) -> Work:
    """NULL, N/A, -, 无, 不详 and the like are empty cells, unless the column's code list knows the word."""
    emptied = []
    for column in work.columns(lambda column: column.type != "boolean" and column.role is not Role.GEOMETRY):
        nothing = pl.col(column.name).str.contains(_NOTHING) | (pl.col(column.name) == "")
        if column.meaning.code_list:
            nothing = nothing & ~pl.col(column.name).is_in(list(load_codelist(column.meaning.code_list).translation))
        emptied.append(pl.when(~nothing).then(pl.col(column.name)).alias(column.name))
    return work.put(*emptied)


def require_values(work: Work) -> Work:
    """Rule missing_value: a required or key cell is empty."""
    for column in work.columns(lambda column: column.required or column.key):
        work = work.flag(pl.col(column.name).is_null(), column.name, "missing_value")
    return work


def check_patterns(work: Work) -> Work:
    """Rule bad_pattern: text without the form or length of the contract (logicalTypeOptions)."""
    for column in work.columns(lambda column: column.type == "string" and column.role is not Role.GEOMETRY):
        text, options = pl.col(column.name), column.options
        if options.pattern is not None:
            work = work.flag(~text.str.contains(options.pattern), column.name, "bad_pattern")
        if options.min_length is not None:
            work = work.flag(text.str.len_chars() < options.min_length, column.name, "bad_pattern")
        if options.max_length is not None:
            work = work.flag(text.str.len_chars() > options.max_length, column.name, "bad_pattern")
    return work


def translate_code_lists(work: Work) -> Work:
    """Codes, names and aliases of a code list to its code. Rule not_in_code_list for anything else."""
    for column in work.columns(lambda column: column.meaning.code_list is not None):
        translation = load_codelist(str(column.meaning.code_list)).translation
        codes = work.frame[column.name].replace_strict(translation, default=None, return_dtype=pl.String)
        work = work.flag(codes.is_null() & work.frame[column.name].is_not_null(), column.name, "not_in_code_list")
        work = work.put(codes.alias(column.name))
    return work
