"""One spelling for what is written in many: the first step of every address text.

Full-width and traditional characters, Chinese numerals before a marker, dashes, spaces, control characters, emoji,
brackets and remarks. Numbers are never changed, only their spelling.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import ascii_lowercase

import polars as pl

from transforms.addressing.division_names import official_characters
from transforms.addressing.numerals import DIGITS, MARKERS, counted, doors
from transforms.addressing.replacing import FEW, Words

LONGEST = 300  # characters; what lies behind is never an address
BREAK = "|"  # stands between two parts written apart: 沿河路【大浪街道5栋304】 is 沿河路|大浪街道5栋304
# Said of a landmark: the door is behind these words, or near what stands before them.
BESIDE = (
    "(?:斜对面|正对面|对面|斜对过|对过|隔壁|旁边|附近|周边|旁|交汇处|交界处|交叉口|交叉处|十字路口|路口|门口|"
    "后面|前面|侧面|[东西南北]侧|[东西南北]边|[东西南北]面|楼下$|楼顶$|楼上|"
    "地铁站?[A-Z]?[0-9]{0,2}出?口|站[A-Z][0-9]?口)"
)
_SPELT = rf"([{DIGITS}〇]{{2,}})(?:室|房|号|栋|单元|楼|层|$)"
_NUMERAL = rf"[{DIGITS}〇十百廿卅](?:{'|'.join(MARKERS)})"  # the end of every number in words that is replaced
_RUNS = 3  # numbers said digit by digit in one address, at most
# What a form puts around an address: 现住址：… before it, a post code, null or nothing behind it.
_LABELLED = r"^\s*[\p{Han}]{0,6}(?:地址|住址|住所|户址)\s*[:：\s]\s*"
_FORM_END = r"(?i)(?:[\s,，;；]+(?:邮编[:：]?\s*)?[1-8][0-9]{5}|[\s,，;；]*(?:null|none|nan|n/a))\s*$"
# 501室，房东自住: words without a number behind a comma are a remark.
_SAID_BEHIND = r"([0-9A-Z](?:号|室|房|户|栋|幢|座|单元|楼|层)?) ?[,，;；。!！][^0-9A-Z|(（【]*$"
# 406放门口, 602【到付】: what is asked of who brings something, behind a number.
_REQUEST = (
    r"([0-9A-Z](?:号|室|房|户|栋|楼)?)(?:请|麻烦|先)?放(?:在|到|至)?(?:自?家?门口|门卫|前台|保安|快递柜|驿站|丰巢|菜鸟|物业)"
    r"[^0-9A-Z]*$"
)
_REQUEST_APART = (
    r"\|[^0-9A-Z|]{0,6}(?:到付|货到付款|送货上门|送上门|代收|自提|勿扰|请联系|请致电|放门口)[^0-9A-Z|]{0,6}\|?$"
)
_ORDINAL = r"^\s*[0-9]{1,3}[、.．)）]\s*(\p{Han})"  # 1、深圳市…: a line's place in its list
# 202/204, 46号3，4: two rooms with a comma or slash between them.
_TWO_ROOMS = (
    r"([0-9]{3,4}[A-Z]?(?:室|房)?) ?[,，/;；] ?([0-9]{3,4}[A-Z]?)|(号[0-9]{1,2}) ?[,，/] ?([0-9]{1,2}(?:室|房)?$)"
)
_LISTED = r"([0-9](?:室|房|户)?) ?(?:和|或|及|与|、|&) ?([0-9])"  # 501和502: neither is meant alone
# 、 stands in a list of likes (501、502; 1号、2号); between unlikes (3栋、501室) it is but a comma.
_LIKE = r"([0-9A-Z](?:室|房|户)?)、([0-9A-Z])"
_PHONE = r"(?:\+?86-?)?1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}"
_PLAIN = "[0-9A-Z\\-一二三四五六七八九十东西南北甲乙丙丁]{1,6}(?:栋|座|号楼|号|单元|期|区|层|楼)?"


@cache
def characters() -> dict[str, str]:
    """Character → its one spelling: full-width, traditional, dashes, brackets.

    A character that stands in the official name of a mainland division (乾安县, 坣岗) is not a traditional one.
    """
    import opencc

    table = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    dictionary = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    official = official_characters()
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        old, _, new = line.partition("\t")
        first = new.split(" ")[0]
        if len(old) == 1 and old not in official and len(first) == 1:
            table[old] = first
    table |= dict.fromkeys("—–―─～〜", "-") | {"~": "-", "〔": "(", "〕": ")", "﹝": "(", "﹞": ")", "\u3000": " "}
    table |= dict.fromkeys("【】[]『』「」", BREAK)
    table |= dict(zip("①②③④⑤⑥⑦⑧⑨", "123456789", strict=True))
    return {old: new for old, new in table.items() if old != new}


@cache
def _unusual() -> str:
    return "[" + "".join(f"\\x{{{ord(old):X}}}" for old in characters()) + "]"


def normalise(expr: pl.Expr) -> pl.Expr:
    """Normalised text (String); null where nothing is left.

    Safe to apply twice: a normalised text stays as it is.
    """
    return expr.map_batches(normalise_series, return_dtype=pl.String, is_elementwise=True)


def normalise_series(texts: pl.Series) -> pl.Series:
    """`normalise` for a Series. Costly steps touch only the rows that need them; most need none."""
    text = texts.cast(pl.String).alias("text").str.slice(0, LONGEST)
    where = text.str.contains(_uncommon()).fill_null(False).arg_true()
    return text.scatter(where, _respelt(text.gather(where))) if len(where) else text


@cache
def _uncommon() -> str:
    """What some step of `_respelt` looks for: an address without any of it stays as it is. Single dashes within it are
    as they are meant.
    """
    return (
        rf"^$|[^\p{{Han}}0-9A-Z\-]|^-|-$|--|{_unusual()}|{_NUMERAL}|[{DIGITS}〇]{{2}}$|[{DIGITS}十廿卅]门|"
        r"[0-9A-Z][一丨][0-9]|[之附]|[0-9]{8}|[0-9室房户][和或及与][0-9]|第[0-9]|NULL|NONE|NAN|放[在到至自家门前保快驿丰菜物]"
    )


def _respelt(text: pl.Series) -> pl.Series:
    there = _there(text)
    # The last sign of 地址 is looked for first: that is far cheaper than six characters of any name before it.
    text = _where(text, "址|所", lambda e: e.str.replace(_LABELLED, ""), there, "址所")
    text = _where(text, _FORM_END, lambda e: e.str.replace(_FORM_END, ""))
    text = _with(text, _unusual(), _one_spelling())
    there = _there(text)
    text = _where(text, "[a-z]", lambda e: e.str.to_uppercase(), there, ascii_lowercase)
    text = _where(text, r"\*|[0-9]{8}", lambda e: e.str.replace_all(_PHONE, "").str.replace_all(r"\*{2,}", ""))
    text = _where(text, _ORDINAL, lambda e: e.str.replace(_ORDINAL, "$1"), there, "、.．)）")
    # What is looked for first begins with a sign: that is found sooner than a number before a sign.
    text = _where(text, "[,，/;；] ?[0-9]", lambda e: e.str.replace_all(_TWO_ROOMS, "$1$3、$2$4"), there, ",，/;；")
    listing = "和或及与、&" + ",，/;；"  # the last have just become 、
    text = _where(text, "[和或及与、&] ?[0-9]", lambda e: e.str.replace_all(_LISTED, "$1、$2"), there, listing)
    text = _where(text, r"[^\p{Han}0-9A-Z\-]|^-|-$|--", _punctuation)
    text = _where(text, _REQUEST_APART, lambda e: e.str.replace(_REQUEST_APART, ""), there, BREAK)
    text = _where(text, _REQUEST, lambda e: e.str.replace(_REQUEST, "$1"), there, "放")
    dashed = r"([0-9A-Z])[一丨]([0-9])"
    text = _where(text, r"[0-9A-Z][一丨][0-9]", lambda e: e.str.replace_all(dashed, "$1-$2"), there, "一丨")
    if there is None or not there.isdisjoint(f"{DIGITS}〇十百廿卅"):
        text = _said_digit_by_digit(text, _RUNS)
        text = _with(text, _NUMERAL, _counted())
        text = _with(text, f"[{DIGITS}十廿卅]门", _doors())
    text = _where(text, "[之附]", _appended, there, "之附")
    ordinal = "第([0-9]+(?:栋|幢|座|号|单元|楼|层|室|房))"
    text = _where(text, "第[0-9]", lambda e: e.str.replace_all(ordinal, "$1"), there, "第")
    return text.to_frame().select(pl.when(pl.col("text") != "").then(pl.col("text")))["text"]


def _said_digit_by_digit(text: pl.Series, runs: int) -> pl.Series:
    """The first `runs` numbers said digit by digit; a text without one is not looked at again."""
    where = text.str.contains(_SPELT).fill_null(False).arg_true()
    if not len(where):
        return text
    spelt = text.gather(where).to_frame("text").select(_digit_by_digit(pl.col("text")))["text"]
    return text.scatter(where, _said_digit_by_digit(spelt, runs - 1) if runs > 1 else spelt)


def _punctuation(expr: pl.Expr) -> pl.Expr:
    """Spaces, signs and brackets. A gap between two numbers stays one: 12 501 is not 12501."""
    return (
        expr.str.replace_all(r"\s+", " ")
        .str.replace(_SAID_BEHIND, "$1")
        .str.replace_all(r"([0-9A-Z]) ?[ ,.;:_/\\·=…+]+ ?([0-9A-Z])", "$1-$2")
        # Once more: of 16/2/1002 the first pass takes 6/2 and leaves 2/1 unseen.
        .str.replace_all(r"([0-9A-Z]) ?[ ,.;:_/\\·=…+]+ ?([0-9A-Z])", "$1-$2")
        .str.replace_all(r"[^\p{Han}0-9A-Z\-#()、|]+", "")
        .str.replace_all(r"\([^()]*(?:\([^()]*\)[^()]*)?" + BESIDE + r"[^()]*\)", "")
        .str.replace_all(r"\((" + _PLAIN + r")\)", "$1")
        .str.replace_all(r"\([^()]*\)", "")
        .str.replace(r"\([^()0-9]*$", "")
        .str.replace_all(r"[()]", "")
        .str.replace_all(r"-{2,}", "-")
        .str.replace_all(_LIKE, "$1&$2")
        .str.replace_all("、", "")
        .str.replace_all("&", "、")
        .str.replace_all(r"-?([、|])[-、|]*", "$1")
        .str.strip_chars("-、|")
    )


def _appended(expr: pl.Expr) -> pl.Expr:
    """501之一, 77号附4号: a number behind a number."""
    ones = {f"之{DIGITS[n]}": f"之{n}号" for n in range(1, 10)}
    return (
        expr.str.replace_many(list(ones), list(ones.values()))
        .str.replace_all(r"([0-9])号之([0-9]{3,})", "$1号$2")  # 895号之203: the room behind the doorplate
        .str.replace_all(r"([0-9])号之([0-9])号?", "$1-$2号")
        .str.replace_all(r"([0-9A-Z])之([0-9])", "$1-$2")
        .str.replace_all(r"([0-9])号附([0-9]+)号", "$1-$2号")
        .str.replace_all(r"单元附([0-9]+)号", "单元$1号")
    )


def _digit_by_digit(expr: pl.Expr) -> pl.Expr:
    """The first number said digit by digit, before a marker or at the end: 三零二室."""
    run = expr.str.extract(_SPELT, 1)
    plain = run.str.replace_many([*DIGITS, "〇"], [*"0123456789", "0"])
    cut = expr.str.find(run, literal=True, strict=False)
    before = expr.cast(pl.Binary).bin.slice(0, cut).cast(pl.String)
    after = expr.cast(pl.Binary).bin.slice(cut + run.str.len_bytes()).cast(pl.String)
    return pl.when(run.is_null()).then(expr).otherwise(before + plain + after)


@cache
def _one_spelling() -> Words:
    return Words(characters())


@cache
def _counted() -> Words:
    """二十一栋."""
    return Words(counted())


@cache
def _doors() -> Words:
    """4楼一门."""
    return Words(doors())


def _with(text: pl.Series, pattern: str, words: Words) -> pl.Series:
    """`text` with these words replaced; all that hold one contain `pattern`."""
    if len(text) <= FEW:
        return words.replaced(text)
    where = text.str.contains(pattern).fill_null(False).arg_true()
    return text.scatter(where, words.replaced(text.gather(where))) if len(where) else text


def _there(text: pl.Series) -> frozenset[str] | None:
    """The characters of a few texts: most steps look for one that is not among them. None of many: not worth it."""
    return frozenset().union(*text.drop_nulls().to_list()) if len(text) <= FEW else None


def _where(  # type: ignore[no-untyped-def]
    text: pl.Series, pattern: str, change, there: frozenset[str] | None = None, needs: str = ""
) -> pl.Series:
    """Apply `change` to the rows that contain `pattern`, and leave the rest untouched. Whatever `pattern` finds holds
    one of the characters it `needs`; these are `there`, if told.
    """
    if there is not None and needs and there.isdisjoint(needs):
        return text
    hit = text.str.contains(pattern).fill_null(False)
    if not hit.any():
        return text
    if hit.all():
        return text.to_frame("text").select(change(pl.col("text")))["text"]
    where = hit.arg_true()
    return text.scatter(where, text.gather(where).to_frame("text").select(change(pl.col("text")))["text"])
