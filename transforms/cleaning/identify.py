"""Identifiers to tokens: after this step no column holds one."""

from __future__ import annotations

import polars as pl

from schemas.contract import Role
from transforms.cleaning.person_id import id_column
from transforms.cleaning.record_id import dialled
from transforms.cleaning.tokens import token_expr
from transforms.cleaning.work import Work


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
                made[f"{column.name}_token"] = token_expr(dialled(pl.col(column.name)), work.keys)
    return work.put(**made)
