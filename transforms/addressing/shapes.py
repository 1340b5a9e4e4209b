"""Addresses that differ in their digits alone have one shape, and a shape is read once.

A file of a district says the same buildings again and again, with other rooms. What a number means follows from where
it stands and how long it is, never from its value: 3栋501 and 4栋602 are read alike. So one address stands for each
shape, its numbers told apart by their last digits (1栋902), and every address takes its own numbers into what was read
there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

_RUN = re.compile("(0+)")
_RUNS = 9  # numbers of one address, told apart by one digit
Asked = TypeVar("Asked", pl.DataFrame, pl.Series)
_CHUNK = 20_000  # texts that are worth a thread of their own
_SLOTS = 3  # numbers in one component
_WORTH = 2  # rows a shape at least, on average; fewer are read one by one
# Long numbers are telephones and post codes, which are read by their value.
_BY_VALUE = "00000"
_PIECES = "^([^0-9]*)" + "([0-9]+)?([^0-9]*)" * _SLOTS + "$"
# Digits of another width, and numerals beside digits.
_GLUED = re.compile("[０-９①-⑨]|0[一二三四五六七八九十零〇百廿卅]|[一二三四五六七八九十零〇百廿卅]0")
# What normalising spells as a digit: 二 in 二单元, not in 文二路.
_COUNTING = re.compile("([一二三四五六七八九])(?:号|栋|幢|座|单元|楼|层|室|房|梯|铺|档|#|门|户|院|之|\\W|$)")
_SPELT = {sign: value for value, sign in enumerate("一二三四五六七八九", 1)}


def read_by_shape(
    texts: pl.Series, read: Callable[[pl.Series], pl.DataFrame], same: Sequence[str] = ()
) -> pl.DataFrame:
    """What `read` gives for `texts` (String; null and empty allowed), one row each, in order.

    `read` gives one row a text, in order, all columns String, and treats all numbers of one length alike. Columns in
    `same` hold numbers that are not the text's (codes).
    """
    frame = texts.alias("text").to_frame()
    frame = in_threads(_with_shape, frame)
    shapes = frame["shape"].drop_nulls().unique(maintain_order=True)
    if len(shapes) * _WORTH > len(texts):
        return read(texts)
    standing = [_standing(shape) for shape in shapes]
    table = pl.DataFrame(
        {"shape": shapes, "standing": [text for text, _ in standing], "sizes": [sizes for _, sizes in standing]},
        schema={"shape": pl.String, "standing": pl.String, "sizes": pl.List(pl.Int64)},
    ).filter(pl.col("standing").is_not_null())
    if table.is_empty():
        return read(texts)
    table = table.with_columns(at=pl.int_range(pl.len()))
    places = table.select("shape", "at")
    at = in_threads(lambda part: part.join(places, on="shape", how="left", maintain_order="left"), frame)["at"]
    single = at.is_null()
    found = read(pl.concat([table["standing"].alias("text"), frame.filter(single)["text"]]))
    taken, good = _taken_apart(table["sizes"], found.head(table.height), same)
    # Shapes whose numbers could not be told apart in what was read.
    odd = ~single & ~good[at.fill_null(0)]
    whole = [found.slice(table.height)]
    if odd.any():
        whole.append(read(frame.filter(odd)["text"]))
    # What was read of one text alone has no numbers to fill in.
    pieces = pl.concat([taken, *(_in_one_piece(part, taken) for part in whole)])
    alone = pl.concat([single.arg_true(), odd.arg_true()])
    at = at.scatter(alone, pl.int_range(table.height, table.height + len(alone), eager=True))
    return in_threads(lambda part: _filled(part["text"], pieces[part["at"]]), frame.select("text", at=at))


def _with_shape(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(shape=pl.col("text").str.replace_all("[0-9]", "0"))
    return frame.with_columns(shape=pl.when(~pl.col("shape").str.contains(_BY_VALUE, literal=True)).then("shape"))


def in_threads(change: Callable[[Asked], pl.DataFrame], asked: Asked, least: int = _CHUNK) -> pl.DataFrame:
    """`change` of a frame or series, a slice a core, each of `least` rows or more. Polars runs most steps on one core,
    and lets go of the interpreter.
    """
    threads = min(os.cpu_count() or 1, len(asked) // least)
    if threads < 2:
        return change(asked)
    size = -(-len(asked) // threads)
    with ThreadPoolExecutor(threads) as pool:
        return pl.concat(pool.map(change, [asked.slice(start, size) for start in range(0, len(asked), size)]))


def _standing(shape: str) -> tuple[str | None, list[int]]:
    """The address that stands for `shape`, and how long its numbers are; None where they cannot be told apart."""
    pieces = _RUN.split(shape)  # words and runs in turn
    sizes = [len(run) for run in pieces[1::2]]
    for place, size in enumerate(sizes):
        pieces[2 * place + 1] = ("9" + "0" * size)[: size - 1] + str(place + 1)[-1]
    text = "".join(pieces)
    # 1栋二单元: the 2 of 二 must not be taken for a second number, nor 1一单元 for 11.
    spelt = {_SPELT[sign] for sign in _COUNTING.findall(shape)}
    clash = any(value <= len(sizes) and sizes[value - 1] == 1 for value in spelt) or bool(_GLUED.search(shape))
    return (None if clash or len(sizes) > _RUNS else text), sizes


def _taken_apart(sizes: pl.Series, found: pl.DataFrame, same: Sequence[str]) -> tuple[pl.DataFrame, pl.Series]:
    """`found` with a struct of pieces for every column that holds numbers; whether each row could be taken apart."""
    good = pl.repeat(True, found.height, eager=True)
    columns: dict[str, pl.Series] = {}
    for name in found.columns:
        if name in same or not found[name].str.contains("[0-9]").any():
            columns[name] = found[name]
            continue
        pieces = pl.DataFrame({"sizes": sizes, "text": found[name]})
        pieces = pieces.with_columns(groups=pl.col("text").str.extract_groups(_PIECES)).unnest("groups")
        # word0, then for every number its place in the address, or itself where the text spelt it, and the word behind.
        fields = [pl.col("1").alias("word0")]
        told = pl.col("text").is_null() | pl.col("1").is_not_null()
        for slot in range(_SLOTS):
            number = pl.col(str(2 * slot + 2))
            if not pieces.select(number.is_not_null().any()).item():
                break
            place = number.str.tail(1).cast(pl.Int64, strict=False) - 1
            length = number.str.len_chars()
            own = (
                (pl.col("sizes").list.get(place, null_on_oob=True) == length)
                & ((length == 1) | number.str.starts_with("9"))
                & (place >= 0)
            ).fill_null(False)
            told = told & (number.is_null() | own | (length < 3))
            fields += [
                pl.when(own).then(place).alias(f"place{slot}"),
                pl.when(~own).then(number).alias(f"spelt{slot}"),
                pl.col(str(2 * slot + 3)).alias(f"word{slot + 1}"),
            ]
        apart = pieces.select(fields)
        unused = apart.select(pl.all().cast(pl.String).fill_null("").eq("").all()).row(0, named=True)
        columns[name] = apart.drop([field for field in apart.columns[1:] if unused[field]]).to_struct(name)
        good = good & pieces.select(told.fill_null(True)).to_series()
    return pl.DataFrame(columns), good


def _in_one_piece(found: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """`found` in the form of `taken`: each text in the first piece of its column."""
    return found.select(
        pl.struct(
            pl.col(name).alias(field.name) if field.name == "word0" else pl.lit(None, field.dtype).alias(field.name)
            for field in dtype.fields  # type: ignore[attr-defined]
        ).alias(name)
        if dtype == pl.Struct
        else pl.col(name)
        for name, dtype in taken.schema.items()
    )


def _filled(texts: pl.Series, pieces: pl.DataFrame) -> pl.DataFrame:
    """The components of each text: its own numbers put into the pieces of its shape."""
    frame = pieces.with_columns(runs=texts.str.extract_all("[0-9]+"))
    return frame.select(
        _component(name, frame.schema[name].fields).alias(name)  # type: ignore[attr-defined]
        if frame.schema[name] == pl.Struct
        else pl.col(name)
        for name in pieces.columns
    )


def _component(name: str, fields: list[pl.Field]) -> pl.Expr:
    """word0, number, word1 … of `name` joined; null where it has no word0."""
    part = pl.col(name).struct
    values = [
        pl.col("runs").list.get(part.field(field.name), null_on_oob=True)
        if field.name.startswith("place")
        else part.field(field.name)
        for field in fields
    ]
    return pl.when(part.field("word0").is_not_null()).then(pl.concat_str(values, ignore_nulls=True))
