"""The form of unified address codes; whether a code exists is known by the address library alone."""

from __future__ import annotations

import polars as pl

from schemas import code
from schemas.contract import Role
from transforms.cleaning.work import Work


def check_codes(work: Work) -> Work:
    """Spaces out, upper case. Rule code_malformed; T, masks and 19 positions are sound (SZDB/Z 281—2017)."""
    for column in work.with_role(Role.UNIT_CODE):
        work = work.put(pl.col(column.name).str.replace_all(r"[\s\-]", "").str.to_uppercase())
        broken = pl.col(column.name).is_not_null() & ~code.is_valid(pl.col(column.name))
        work = work.flag(broken, column.name, "code_malformed")
    return work
