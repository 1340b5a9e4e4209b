"""Any Chinese address cut into its components, vectorised: every distinct head and every distinct tail is read once."""

from __future__ import annotations

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.heads import read_heads
from transforms.addressing.normalise import normalise_series
from transforms.addressing.remarks import settle_landmarks, without_remark
from transforms.addressing.tail import parse_tail, split_tail, tail_readings

COMPONENTS = (
    "province", "city", "county", "street", "community", "road", "road_number",
    "estate", "building", "entrance", "floor", "room", "rest",
)  # fmt: skip


def parse_addresses(addresses: pl.Series) -> pl.DataFrame:
    """The components of each address, in order: COMPONENTS (String, null where absent).

    province, city, county are official names; a building keeps its marker (3栋), a road number its 号, entrance,
    floor and room are bare; `rest` is what no component took.
    """
    return parse_with_codes(addresses).select(COMPONENTS)


def parse_with_codes(addresses: pl.Series) -> pl.DataFrame:
    """COMPONENTS, and county_code (6 digits)."""
    text = normalise_series(addresses).to_frame("text").with_row_index("row")
    settled = settle_landmarks(text.filter(pl.col("text").is_not_null())).with_columns(remark=pl.lit(None, pl.String))
    head, tail = split_tail(pl.col("text"))
    cut = settled.with_columns(head=head, tail=tail)
    shorter = without_remark(cut.filter(pl.col("tail") == "").drop("head", "tail"))
    shorter = shorter.with_columns(head=head, tail=tail).select(cut.columns)
    cut = pl.concat([shorter, cut.join(shorter.select("row"), on="row", how="anti")])
    cut = text.select("row").join(cut, on="row", how="left", maintain_order="left")
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
    split = tail_readings(tails.select("tail")).filter((pl.col("reading") == 0) & pl.col("tail").str.contains("-"))
    split = split.select("tail", s_number="number", s_entrance="entrance", s_room="room")
    parsed = parsed.join(split.unique("tail"), on="tail", how="left", maintain_order="left")
    # A room's number was cut at its dashes if the reading found a building or an entrance in it.
    dashed = pl.col("room").str.contains("-") & pl.coalesce("s_number", "s_entrance").is_not_null()
    on_road = pl.col("estate").is_null() & pl.col("road").is_not_null() & pl.col("road_number").is_null()
    plate_is_road = on_road & pl.col("plate").is_not_null()
    # 宝安大道4018号华丰大厦: on a road the words behind the number name the place; elsewhere they are a remark.
    named = plate_is_road & pl.col("remark").is_not_null()
    building = pl.concat_str(
        pl.coalesce(
            pl.col("building") + pl.col("mark"),
            pl.when(~plate_is_road).then(
                pl.col("plate") + "号" + pl.when(dashed).then("s_number").otherwise(None).fill_null("")
            ),
            pl.when(dashed).then("s_number"),
        ),
        pl.col("wing") + "座",
        ignore_nulls=True,
    )
    inner = pl.col("inner") + pl.col("inner_mark")
    return parsed.select(
        province="province_name",
        city="city_name",
        county="county_name",
        county_code="county",
        street="street",
        community="community",
        road=pl.coalesce("road", "outer_road"),
        road_number=pl.coalesce(pl.col("road_number"), pl.when(plate_is_road).then(pl.col("plate"))) + "号",
        estate=pl.when(named).then("remark").when(pl.col("inner").is_null()).then("estate").otherwise("inner_estate"),
        building=pl.when(building != "").then(building).otherwise(inner),
        entrance=pl.when(dashed).then("s_entrance").otherwise("entrance"),
        floor=pl.col("floor"),
        room=pl.when(dashed).then(pl.col("room").str.split("-").list.last()).otherwise("room"),
        rest=pl.when(pl.col("is_odd"))
        .then(pl.col("tail"))
        .otherwise(pl.coalesce(pl.when(~named).then("remark"), pl.when(pl.col("inner_name") != "").then("inner_name"))),
    )
