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
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

_RUN = re.compile("(0+)")
_RUNS = 9  # numbers of one address, told apart by one digit
Asked = TypeVar("Asked", pl.DataFrame, pl.Series)
_CHUNK = 20_000  # texts that are worth a thread of their own
_SLOTS = 3  # numbers in one component
_WORTH = 2  # rows a shape at least, on average; fewer are read one by one
# Long numbers are telephones and post codes, which are read by their value.
_BY_VALUE = "000000"
_PIECES = "^([^0-9]*)" + "([0-9]+)?([^0-9]*)" * _SLOTS + "$"
# Digits of another form, and numerals beside digits; but 3一501 is 3-501 whatever the numbers.
_GLUED = re.compile(
    "[①-⑨]|[0０-９][一二三四五六七八九十零〇百廿卅]|[一二三四五六七八九十零〇百廿卅][0０-９]|0[０-９]|[０-９]0"
)
_DASH = ("0一0", "0-0")
_WIDE = re.compile("[０-９]+")  # they are the same in all addresses of a shape
_NARROW = {ord(wide): narrow for wide, narrow in zip("０１２３４５６７８９", "0123456789", strict=True)}
# What normalising spells as a digit: 二 in 二单元, not in 文二路.
_COUNTING = re.compile("([一二三四五六七八九])(?:号|栋|幢|座|单元|楼|层|室|房|梯|铺|档|#|门|户|院|之|\\W|$)")
_SPELT = {sign: value for value, sign in enumerate("一二三四五六七八九", 1)}


class _Standing(NamedTuple):
    """The address that stands for a shape."""

    text: str | None  # None where its numbers cannot be told apart
    sizes: list[int]  # how long they are
    starts: list[int]  # where they begin (bytes)
    said: list[str]  # numbers in full-width digits, which are the shape's own


@dataclass(frozen=True)
class _Pieces:
    """What was read of some addresses, for others of their shape to take their numbers into."""

    columns: pl.DataFrame  # each column where it holds no number, else null
    # Of columns with numbers that stand in the address as it is written: where they begin (-1: they do not), and how
    # long they are (bytes).
    written: dict[str, tuple[np.ndarray, np.ndarray]]
    composed: dict[str, pl.Series]  # the rest, by column: structs of words, places and spelt numbers


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
    numbers, words = pl.List(pl.Int64), pl.List(pl.String)
    schema: dict[str, pl.DataType] = {"text": pl.String(), "sizes": numbers, "starts": numbers, "said": words}
    table = pl.DataFrame(standing, schema=schema, orient="row").with_columns(shape=shapes)
    table = table.filter(pl.col("text").is_not_null())
    if table.is_empty():
        return read(texts)
    table = table.with_columns(at=pl.int_range(pl.len()))
    places = table.select("shape", "at")
    at = in_threads(lambda part: part.join(places, on="shape", how="left", maintain_order="left"), frame)["at"]
    single = at.is_null()
    found = read(pl.concat([table["text"], frame.filter(single)["text"]]))
    taken, good = _taken_apart(table, found.head(table.height), same)
    # Shapes whose numbers could not be told apart in what was read.
    odd = ~single & ~good[at.fill_null(0)]
    whole = [found.slice(table.height)]
    if odd.any():
        whole.append(read(frame.filter(odd)["text"]))
    # What was read of one text alone has no numbers to fill in.
    pieces = replace(taken, columns=pl.concat([taken.columns, *whole]))
    alone = pl.concat([single.arg_true(), odd.arg_true()])
    at = at.scatter(alone, pl.int_range(table.height, table.height + len(alone), eager=True))
    return in_threads(lambda part: _filled(part["text"], part["at"], pieces), frame.select("text", at=at))


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


def _standing(shape: str) -> _Standing:
    pieces = _RUN.split(shape)  # words and runs in turn
    sizes = [len(run) for run in pieces[1::2]]
    starts: list[int] = []
    at = 0
    for place, size in enumerate(sizes):
        at += len(pieces[2 * place].encode())
        starts.append(at)
        at += size
        pieces[2 * place + 1] = ("9" + "0" * size)[: size - 1] + str(place + 1)[-1]
    said = [run.translate(_NARROW) for run in _WIDE.findall(shape)]
    # 1栋二单元: the 2 of 二 must not be taken for a second number, nor 1一单元 for 11.
    spelt = {str(_SPELT[sign]) for sign in _COUNTING.findall(shape)}
    clash = not spelt.union(said).isdisjoint(pieces[1::2]) or bool(_GLUED.search(shape.replace(*_DASH)))
    return _Standing(None if clash or len(sizes) > _RUNS else "".join(pieces), sizes, starts, said)


def _taken_apart(table: pl.DataFrame, found: pl.DataFrame, same: Sequence[str]) -> tuple[_Pieces, pl.Series]:
    """`found`, read of the standing addresses of `table`, as pieces; whether each row could be taken apart."""
    good = np.ones(found.height, dtype=bool)
    columns: dict[str, pl.Series] = {}
    written: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    composed: dict[str, pl.Series] = {}
    for name in found.columns:
        holds = found[name].str.contains("[0-9]").fill_null(False)
        if name in same or not holds.any():
            columns[name] = found[name]
            continue
        rows = holds.arg_true()
        pieces = table.select("sizes", "starts", "said", standing="text")[rows].with_columns(
            text=found[name].gather(rows), groups=found[name].gather(rows).str.extract_groups(_PIECES)
        ).unnest("groups")  # fmt: skip
        # word0, then for every number its place in the address, or itself where the text spelt it, and the word behind.
        fields = [pl.col("1").alias("word0")]
        told = pl.col("1").is_not_null()
        is_own = pl.lit(True)
        for slot in range(_SLOTS):
            number = pl.col(str(2 * slot + 2))
            if not pieces.select(number.is_not_null().any()).item():
                break
            place = number.str.tail(1).cast(pl.Int64, strict=False) - 1
            length = number.str.len_chars()
            # 901 and no other number that ends in 1: those in full-width digits may be any.
            own = (
                (pl.col("sizes").list.get(place, null_on_oob=True) == length) & number.str.contains("^(?:90*)?[1-9]$")
            ).fill_null(False)
            told = told & (number.is_null() | own | (length < 3) | pl.col("said").list.contains(number))
            is_own = is_own & (number.is_null() | own)
            fields += [
                pl.when(own).then(place).alias(f"place{slot}"),
                pl.when(~own).then(number).alias(f"spelt{slot}"),
                pl.col(str(2 * slot + 3)).alias(f"word{slot + 1}"),
            ]
        apart = pieces.select("standing", "starts", "text", *fields, told=told, is_own=is_own)
        start = pl.col("starts").list.get("place0", null_on_oob=True) - pl.col("word0").str.len_bytes().cast(pl.Int64)
        size = pl.col("text").str.len_bytes().cast(pl.Int64)
        there = pl.col("standing").cast(pl.Binary).bin.slice(pl.max_horizontal(start, 0), size)
        is_written = (pl.col("is_own") & (start >= 0) & (there == pl.col("text").cast(pl.Binary))).fill_null(False)
        apart = apart.with_columns(start=pl.when(is_written).then(start).otherwise(-1), size=size)
        good[rows.to_numpy()] &= apart["told"].fill_null(False).to_numpy()
        columns[name] = found[name].set(holds, None)
        begins, sizes = np.full(found.height, -1), np.zeros(found.height, dtype=np.int64)
        begins[rows.to_numpy()], sizes[rows.to_numpy()] = apart["start"].to_numpy(), apart["size"].to_numpy()
        written[name] = begins, sizes
        by_piece = apart.filter((pl.col("start") < 0) & pl.col("told")).select(apart.columns[3:-4])
        if by_piece.height:
            at = np.full(found.height, -1)
            at[rows.filter((apart["start"] < 0) & apart["told"]).to_numpy()] = np.arange(by_piece.height)
            composed[name] = by_piece.to_struct(name).gather(pl.Series(at).replace(-1, None))
    return _Pieces(pl.DataFrame(columns), written, composed), pl.Series(good)


def _filled(texts: pl.Series, at: pl.Series, pieces: _Pieces) -> pl.DataFrame:
    """The components of each text: its own numbers put into the pieces (row `at`) of its shape."""
    filled = {column.name: column for column in pieces.columns[at].iter_columns()}
    binary, rows = texts.cast(pl.Binary).alias("text"), at.to_numpy()
    for name, (begins, sizes) in pieces.written.items():
        where = _taken_from(begins >= 0, rows)
        there = pl.DataFrame({"begin": begins[rows[where]], "size": sizes[rows[where]]})
        cut = binary.gather(where).to_frame().hstack(there).select(pl.col("text").bin.slice("begin", "size"))
        filled[name].scatter(where, cut.to_series().cast(pl.String))
    for name, structs in pieces.composed.items():
        where = _taken_from(structs.struct.field("word0").is_not_null().to_numpy(), rows)
        part = structs.gather(rows[where]).struct.unnest()
        part = part.with_columns(runs=texts.gather(where).str.extract_all("[0-9]+"))
        filled[name].scatter(where, part.select(_composed(structs)).to_series())
    return pl.DataFrame(filled)


def _taken_from(some: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Where `rows` are those of `some` shapes; what lies beyond was read alone."""
    return np.flatnonzero(np.append(some, False)[np.minimum(rows, len(some))])


def _composed(structs: pl.Series) -> pl.Expr:
    """word0, number, word1 … joined."""
    fields = structs.struct.fields
    return pl.concat_str(
        [
            pl.col("runs").list.get(pl.col(field), null_on_oob=True) if field.startswith("place") else pl.col(field)
            for field in fields
        ],
        ignore_nulls=True,
    )
