"""What stands in an address and is not the address: landmarks (…对面) before it, shop names and remarks behind it."""

from __future__ import annotations

import polars as pl

from transforms.addressing.normalise import BESIDE, BREAK

_LANDMARK = rf"^(.*?[^|]){BESIDE}(.*)$"
# A number that is bound to what follows it is part of a name: 3期, 5区, 8号路, 1号线.
_BOUND = "期区村组队巷街路道社段弄里坊米年中小厂仓井个线院门栋幢座号单层楼室房梯户铺档地"
_ENDS = (
    r"(?:[0-9A-Z](?:栋|幢|座|号楼|单元|楼|层)|[0-9]号|[^0-9][0-9]{3,4}[A-Z]?|[0-9]-[0-9]{1,2}"
    r"|(?:栋|座|幢|楼|单元|层|号|-)[0-9]{1,2}[A-Z])"
)
_SMALL = "小[^学区巷街路组队院]"  # 401小太阳幼儿园, but 2小学
# Behind a room that is called one (501室) any word is another's; behind a bare number only what is not bound to it.
_BEHIND = (
    rf"^(.*(?:[0-9A-Z]号?(?:室|房|户)|铺[0-9]+))-?([^0-9A-Z\-|、][^|]{{0,30}})$"
    rf"|^(.*{_ENDS})-?((?:[^0-9A-Z\-|{_BOUND}]|{_SMALL})[^|]{{0,30}})$"
)


def settle_landmarks(texts: pl.DataFrame) -> pl.DataFrame:
    """`texts` (with `text`) with landmarks settled, and `is_beside`.

    新田公园对面君子嘉园A606 means what stands behind 对面 (what was before stays as its surroundings); 3栋旁边 is only
    near what stands before: `is_beside` is true, and no unit is meant.
    """
    hit = texts["text"].str.contains(BESIDE).fill_null(False)
    plain = texts.with_columns(is_beside=pl.lit(False))
    if not hit.any():
        return plain
    marked = plain.filter(hit)
    groups = pl.col("text").str.extract_groups(_LANDMARK)
    before, after = groups.struct.field("1"), groups.struct.field("2")
    goes_on = after.str.contains("[0-9]") & after.str.contains(r"^\p{Han}{2}") & ~after.str.contains("^(?:村|社区|路)")
    name = after.str.contains("^(?:村|社区|路)")
    landed = marked.with_columns(
        text=pl.when(before.is_null() | name)
        .then("text")
        .when(goes_on)
        .then(before + BREAK + after)
        .otherwise(before.str.strip_chars_end("-、|在与和")),
        is_beside=(before.is_not_null() & ~name & ~goes_on).fill_null(False),
    )
    return pl.concat([plain.filter(~hit), landed])


def without_remark(texts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `texts` that end in words behind a number (3栋501新疆美食店), cut to that number, with `remark`.

    The words may as well be the building's name: the caller tries both.
    """
    groups = pl.col("text").str.extract_groups(_BEHIND)
    cut = texts.with_columns(
        text=pl.coalesce(groups.struct.field("1"), groups.struct.field("3")),
        remark=pl.coalesce(groups.struct.field("2"), groups.struct.field("4")),
    )
    return cut.filter(pl.col("text").is_not_null())
