"""Identifiers to tokens: after this step no column holds one."""

from __future__ import annotations

import polars as pl

from schemas.contract import Column, Role
from transforms.cleaning.person_id import id_column
from transforms.cleaning.scrub import holds_identifier
from transforms.cleaning.tokens import token_expr
from transforms.cleaning.work import Work

_IDENTIFYING = {Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.PERSON_NAME, Role.PHONE, Role.USCC}


def name_records(work: Work) -> Work:
    """`record_id`: the key columns joined by |, an identifying one (or one that hides an identifier) as its token."""
    parts = [_key_part(work, column) for column in work.contract.key_columns]
    plain = [
        _key_part(work, column).alias(column.name)
        for column in work.contract.key_columns
        if column.role not in _IDENTIFYING and column.type == "string"
    ]
    return work.put(pl.concat_str(parts, separator="|").alias("record_id"), *plain)


def tokenise(work: Work) -> Work:
    """`person_key`, `organisation_key` and `<name>_token` of persons' names and phones.

    An identity number gives the same `person_key` in every feed, embedded or not.
    """
    made: dict[str, pl.Expr] = {}
    for column in work.columns():
        match column.role:
            case Role.PERSON_ID | Role.EMBEDDED_PERSON_ID:
                if "person_key" not in made or column.role is Role.PERSON_ID:
                    made["person_key"] = token_expr(pl.col(id_column(column)), work.keys)
            case Role.USCC:
                made["organisation_key"] = token_expr(pl.col(column.name), work.keys)
            case Role.PERSON_NAME:
                made[f"{column.name}_token"] = token_expr(pl.col(column.name), work.keys)
            case Role.PHONE:
                made[f"{column.name}_token"] = token_expr(_dialled(pl.col(column.name)), work.keys)
    return work.put(**made)


def _key_part(work: Work, column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.role is Role.PERSON_ID:
        return token_expr(pl.col(id_column(column)), work.keys)
    if column.role in _IDENTIFYING:
        return token_expr(text, work.keys)
    text = text.cast(pl.String)
    if work.frame.select(holds_identifier(text).any()).item():
        return pl.when(holds_identifier(text)).then(token_expr(text, work.keys)).otherwise(text)
    return text


def _dialled(phone: pl.Expr) -> pl.Expr:
    """The digits of a number, without +86; no digits at all is no phone."""
    digits = phone.str.replace_all(r"[^0-9]", "").str.replace(r"^(?:0086|86)(1[3-9][0-9]{9})$", "$1")
    return pl.when(digits != "").then(digits)
