"""Distinct heads read whole: divisions, then names; parts written apart (【】) and divisions said again are
followed.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.divisions import find_divisions, may_begin
from transforms.addressing.names import read_head
from transforms.addressing.normalise import BREAK
from transforms.addressing.seen import once

DIVISIONS = ("province", "city", "county")
LEAST_SAID = 12  # bytes: a lone county name of three characters (东区, 和平区) behind names is a name itself
_AGAIN = 2  # how often divisions may be said again behind names


def read_heads(heads: pl.Series) -> pl.DataFrame:
    """One row a distinct head: head, province, city, county (codes), unclear (a county name several bear), local, and
    the columns of `read_head`.

    Of parts written apart the last that names something is the address; what stood before it gives its divisions, its
    street and, as `outer`, where it lies.
    """
    texts = heads.unique().drop_nulls().to_frame("head")
    has_break = texts["head"].str.contains(BREAK, literal=True)
    alone = texts.with_columns(text="head", outer=pl.lit(None, pl.String))
    if not has_break.any():
        return _read(alone).with_columns(outer_road=pl.lit(None, pl.String))
    parts = pl.col("head").str.split(BREAK)
    named = parts.list.eval(pl.element().filter(pl.element().str.contains(r"\p{Han}{2}")))
    apart = texts.filter(has_break).with_columns(
        text=named.list.last().fill_null(""), outer=named.list.slice(0, named.list.len() - 1).list.join("")
    )
    before = apart.select(head=pl.col("outer").unique()).with_columns(text="head", outer=pl.lit(None, pl.String))
    # All are read at once: in a few heads what a reading costs is how often one begins.
    read = _read(
        pl.concat(
            frame.with_columns(kind=pl.lit(kind))
            for kind, frame in (("alone", alone.filter(~has_break)), ("apart", apart), ("before", before))
        )
    )
    whole, detail, outer = (read.filter(pl.col("kind") == kind).drop("kind") for kind in ("alone", "apart", "before"))
    outer = outer.select(
        outer="head",
        outer_unclear="unclear",
        **{f"outer_{name}": name for name in (*DIVISIONS, "street", "plain", "road")},
    )
    joined = detail.join(outer, on="outer", how="left", maintain_order="left")
    said = pl.col("county").is_not_null() | pl.col("city").is_not_null() | pl.col("province").is_not_null()
    joined = joined.with_columns(
        *[pl.when(said).then(name).otherwise(f"outer_{name}").alias(name) for name in DIVISIONS],
        unclear=pl.when(said).then("unclear").otherwise("outer_unclear"),
        street=pl.coalesce("street", "outer_street"),
        outer=pl.when(pl.col("outer_plain") != "").then("outer_plain"),
    )
    whole = whole.with_columns(outer_road=pl.lit(None, pl.String))
    return pl.concat([whole, joined.select(whole.columns)])


def _read(texts: pl.DataFrame) -> pl.DataFrame:
    """Divisions and names of `text`, kept beside its other columns. Divisions said again behind names win."""
    kept = [name for name in texts.columns if name != "text"]
    read = _with_names(_divided(texts))
    done = []
    for _ in range(_AGAIN):
        plains = read.select(text=pl.col("plain").unique()).filter(may_begin(pl.col("text")))
        if plains.is_empty():
            break
        again = find_divisions(plains).filter((pl.col("skip") >= LEAST_SAID) & pl.col("city").is_not_null())
        hit = read["plain"].is_in(again["text"].implode()).fill_null(False)
        if not hit.any():
            break
        second = read.filter(hit).select(*kept, "plain", street_before="street")
        second = _with_names(_cut(second.join(again.rename({"text": "plain"}), on="plain", how="left"), "plain"))
        second = second.with_columns(street=pl.coalesce("street", "street_before"))
        # Only what was read anew may say them once more.
        done.append(read.filter(~hit))
        read = second.select(read.columns)
    return pl.concat([*done, read]) if done else read


def _with_names(texts: pl.DataFrame) -> pl.DataFrame:
    """`texts` (with `local`) with the columns of `read_head`."""
    return texts.hstack(once(texts["local"], lambda new: read_head(new.alias("local").to_frame())).drop("local"))


def _divided(texts: pl.DataFrame) -> pl.DataFrame:
    """`texts` with the divisions of `text` and what stands behind them, `local`."""
    found = once(texts["text"], lambda new: find_divisions(new.alias("text").to_frame()))
    return _cut(texts.hstack(found.drop("text")), "text")


def _cut(texts: pl.DataFrame, name: str) -> pl.DataFrame:
    """`texts` with `local` in place of the text `name`, whose divisions take `skip` bytes."""
    local = pl.col(name).cast(pl.Binary).bin.slice(pl.col("skip")).cast(pl.String)
    return texts.with_columns(local=local).drop(name, "skip")
