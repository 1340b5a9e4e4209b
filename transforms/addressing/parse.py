"""Any Chinese address cut into its components, vectorised: every distinct head and every distinct tail is read once."""

from __future__ import annotations

import polars as pl

from transforms.addressing.divisions import find_divisions, gazetteer
from transforms.addressing.names import read_head
from transforms.addressing.normalise import normalise_series
from transforms.addressing.tail import parse_tail, split_tail

COMPONENTS = (
    "province", "city", "county", "street", "community", "road", "road_number",
    "estate", "building", "entrance", "floor", "room", "rest",
)  # fmt: skip


def read_heads(heads: pl.Series) -> pl.DataFrame:
    """Distinct heads with divisions (codes), street, community, road, road_number, estate, inner numbers: one row each."""
    texts = heads.unique().drop_nulls().to_frame("text")
    found = find_divisions(texts).with_columns(
        local=pl.col("text").cast(pl.Binary).bin.slice(pl.col("skip")).cast(pl.String)
    )
    local = read_head(found.select(pl.col("local").unique()))
    return found.join(local, on="local", how="left", maintain_order="left").rename({"text": "head"}).drop("skip")


def parse_addresses(addresses: pl.Series) -> pl.DataFrame:
    """The components of each address, in order (String, null where absent).

    province, city, county are official names; `room` and `building` keep their marker-free text, `rest` is what no
    component took.
    """
    text = normalise_series(addresses).to_frame("text")
    head, tail = split_tail(pl.col("text"))
    cut = text.with_columns(head=head, tail=tail)
    heads = read_heads(cut["head"])
    tails = parse_tail(cut.select(pl.col("tail").unique().drop_nulls()))
    names = gazetteer().names
    for level in ("province", "city", "county"):
        heads = heads.join(
            names.rename({"code": level, "name": f"{level}_name"}), on=level, how="left", maintain_order="left"
        )
    parsed = cut.join(heads, on="head", how="left", maintain_order="left").join(
        tails, on="tail", how="left", maintain_order="left"
    )
    on_road = pl.col("estate").is_null() & pl.col("road").is_not_null() & pl.col("road_number").is_null()
    plate_is_road = on_road & pl.col("plate").is_not_null()
    building = pl.concat_str(
        pl.coalesce(pl.col("building") + pl.col("mark"), pl.when(~plate_is_road).then(pl.col("plate") + "号")),
        pl.col("wing") + "座",
        ignore_nulls=True,
    )
    inner = pl.col("inner") + pl.col("inner_mark")
    return parsed.select(
        province="province_name",
        city="city_name",
        county="county_name",
        street="street",
        community="community",
        road="road",
        road_number=pl.coalesce(pl.col("road_number"), pl.when(plate_is_road).then(pl.col("plate"))) + "号",
        estate=pl.when(pl.col("inner").is_null()).then("estate").otherwise("inner_estate"),
        building=pl.when(building != "").then(building).otherwise(inner),
        entrance=pl.col("entrance"),
        floor=pl.col("floor"),
        room=pl.col("room"),
        rest=pl.when(pl.col("is_odd"))
        .then(pl.col("tail"))
        .otherwise(pl.when(pl.col("inner_name") != "").then("inner_name")),
    )
