"""Any Chinese address cut into its components, vectorised: every distinct head and every distinct tail is read once."""

from __future__ import annotations

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.heads import read_heads
from transforms.addressing.normalise import normalise_series
from transforms.addressing.tail import parse_tail, split_tail

COMPONENTS = (
    "province", "city", "county", "street", "community", "road", "road_number",
    "estate", "building", "entrance", "floor", "room", "rest",
)  # fmt: skip


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
    names = division_names().names
    heads = heads.with_columns(
        pl.col(level).replace_strict(names, default=None, return_dtype=pl.String).alias(f"{level}_name")
        for level in ("province", "city", "county")
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
