"""Identifiers hidden in text: phones, identity numbers, the row's own names, sole traders' names."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from schemas.contract import Column, Role
from transforms.cleaning.numbers_hidden import SCRUBBED, holds_identifier, scrubbed, scrubbed_texts
from transforms.cleaning.uscc import SOLE_TRADER
from transforms.cleaning.work import Work

__all__ = ["drop_sole_traders", "holds_identifier", "remove_names", "scrub_text", "scrubbed"]

# A name of two characters before one of these is part of a place: 安乐社区 is not the person 安乐.
_PLACE = (
    "(?:社区|新村|村|路|街|巷|道|花园|花苑|苑|大厦|广场|工业|园|小区|学校|幼儿园|医院|"
    "公司|市场|公寓|城|区|镇|坊|里|围|岭|山|河|湖)"
)
_VOUCHED_FOR = {
    Role.PERSON_NAME,
    Role.PHONE,
    Role.PERSON_ID,
    Role.EMBEDDED_PERSON_ID,
    Role.USCC,
    Role.UNIT_CODE,
    Role.GEOMETRY,
}
_LEGAL_ENTITY = (
    "(?:公司|厂|学校|幼儿园|小学|中学|大学|医院|卫生|中心|局|所$|院$|协会|学会|商会|基金会|银行|集团|合作社|委员会|居委会|"
    "图书馆|文化馆|博物馆|体育馆|美术馆|公园|工作站|街道办|政府|支队|大队|管理处|业委会|分行|支行|分店|研究|事务所)"
)


def scrub_text(work: Work) -> Work:
    """Phones and identity numbers in any text become ***."""
    before = [work.frame[column.name] for column in _texts(work)]
    after = [scrubbed_texts(texts) for texts in before]
    hidden = sum(int((left != texts).sum()) for left, texts in zip(after, before, strict=True) if left is not texts)
    return replace(work.put(*after), hidden=work.hidden + hidden)


def remove_names(work: Work) -> Work:
    """The row's own person names, and a sole trader's name, leave its other texts."""
    names = [column.name for column in work.with_role(Role.PERSON_NAME)]
    if "__trader_name" in work.frame.columns:
        names.append("__trader_name")
    for column in _texts(work):
        for name in names:
            work = _remove(work, column, name)
    return work


def drop_sole_traders(work: Work) -> Work:
    """A sole trader's name is personal data: dropped, and kept aside for `remove_names`.

    Told by the entity type, else by the code (92…); with neither, only what is plainly a legal entity keeps its name.
    """
    column = work.contract.column_of(Role.ORGANISATION_NAME)
    if column is None:
        return work
    kind, code = work.contract.column_of(Role.ENTITY_TYPE), work.contract.column_of(Role.USCC)
    personal = ~pl.col(column.name).str.contains(_LEGAL_ENTITY)
    if code is not None:
        known = pl.col(code.name)
        personal = pl.when(known.is_not_null()).then(known.str.starts_with(SOLE_TRADER)).otherwise(personal)
    if kind is not None:
        told = pl.col(kind.name)
        by_code = (
            (pl.col(code.name).str.starts_with(SOLE_TRADER)).fill_null(False) if code is not None else pl.lit(False)
        )
        personal = pl.when(told.is_not_null()).then((told == "sole_trader") | by_code).otherwise(personal)
    return work.put(
        pl.when(~personal).then(pl.col(column.name)).alias(column.name),
        pl.when(personal).then(pl.col(column.name)).alias("__trader_name"),
    )


def _remove(work: Work, column: Column, name: str) -> Work:
    text, person = pl.col(column.name), pl.col(name)
    hit = text.str.contains(person, literal=True) & (person.str.len_chars() >= 2)
    hits = work.frame.select(hit.fill_null(False)).to_series()
    if not hits.any():
        return work
    found = work.frame.filter(hits).select(column.name, name)
    if column.role in (Role.ADDRESS_TEXT, Role.AREA_NAME) and name != "__trader_name":
        of_place = pl.concat_str(person.str.escape_regex(), pl.lit(_PLACE))
        found = found.with_columns(keep=(person.str.len_chars() == 2) & text.str.contains(of_place))
    else:
        found = found.with_columns(keep=pl.lit(False))
    cleaned = found.select(pl.when("keep").then(text).otherwise(text.str.split(person).list.join(SCRUBBED))).to_series()
    return work.put(work.frame[column.name].clone().scatter(hits.arg_true(), cleaned).alias(column.name))


def _texts(work: Work) -> list[Column]:
    """Every text that stays, whatever its role: what a list, a checksum or a token vouches for is left out."""
    return work.columns(
        lambda column: (
            column.type == "string"
            and not column.is_dropped
            and not column.key  # `record_id.hide_keys`
            and column.role not in _VOUCHED_FOR
            and not column.meaning.code_list
        )
    )
