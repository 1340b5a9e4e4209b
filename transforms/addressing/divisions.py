"""The national divisions at the head of an address: province, city, county, however often and however short.

`find_divisions` reads them in one Aho-Corasick pass over all their written combinations, so 广东深圳宝安区中国广东深圳宝安区
is four words and no loop. Source: data/reference (statistics bureau divisions, 2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from schemas.home import REFERENCE

_PROVINCE_TAIL = r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$"
_PEOPLES = (
    "土家族|苗族|侗族|布依族|彝族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|藏族|羌族|回族|蒙古族|蒙古|哈萨克|柯尔克孜|朝鲜族|满族|"
    "瑶族|黎族|畲族|仡佬族|水族|各族|拉祜族|佤族|布朗族|独龙族|怒族|普米族|纳西族|仫佬族|毛南族|土族|撒拉族|东乡族|保安族|裕固族|"
    "达斡尔族|达斡尔|鄂温克族|鄂伦春|锡伯|塔吉克"
)
_CITY_TAIL = rf"(?:(?:{_PEOPLES})*自治州|市|地区|盟)$"
_COUNTY_TAIL = rf"(?:(?:{_PEOPLES})*自治县|(?:{_PEOPLES})*自治旗|新区|区|县|市|旗)$"
_FILLER = ("中国", "中华人民共和国", "全区", "全境", "城区", "-")
# Functional districts and abolished counties people still write, and the county they are in today.
_FORMER_COUNTIES = {
    "440309": ("龙华新区",),
    "440311": ("光明新区",),
    "440310": ("坪山新区",),
    "440307": ("大鹏新区",),
    "320104": ("白下区",),
    "320106": ("下关区",),
    "320213": ("崇安区", "南长区", "北塘区"),
    "320508": ("沧浪区", "平江区", "金阊区"),
    "330102": ("江干区",),
    "330105": ("下城区",),
    "330212": ("江东区",),
    "310101": ("卢湾区",),
    "310106": ("闸北区",),
    "310115": ("南汇区",),
    "110101": ("崇文区",),
    "110102": ("宣武区",),
    "120116": ("塘沽区", "汉沽区", "大港区"),
    "120119": ("蓟县",),
    "370116": ("莱城区",),
    "370117": ("钢城区",),
    "370614": ("长岛县",),
    "370203": ("四方区",),
    "370211": ("胶南市",),
    "370811": ("市中区",),
    "360112": ("湾里区",),
    "420304": ("郧县",),
    "410203": ("南关区",),
    "411003": ("许昌县",),
    "440112": ("萝岗区",),
    "440104": ("东山区",),
    "510117": ("郫县",),
    "520304": ("遵义县",),
    "140213": ("南郊区",),
}


def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(REFERENCE / f"nbs_{name}.csv", infer_schema=False)


@cache
def official_characters() -> frozenset[str]:
    """Every character of an official division name down to the street."""
    names = [name for table in ("provinces", "cities", "areas", "streets") for name in _read(table)["name"]]
    return frozenset("".join(names))


@dataclass(frozen=True)
class Gazetteer:
    """Written forms of divisions: `forms` has text, province, city, county (codes; null where not said)."""

    forms: pl.DataFrame
    names: pl.DataFrame  # code, name: for showing
    counties: pl.DataFrame  # form, in_city, county_there: what a bare county name means within a city

    @property
    def patterns(self) -> list[str]:
        return self.forms["text"].to_list()


@cache
def gazetteer() -> Gazetteer:
    """All forms, longest first. A form that means several counties keeps a null county (it is still one of them)."""
    provinces = _read("provinces").select(
        province="code", p_full="name", p_short=pl.col("name").str.replace(_PROVINCE_TAIL, "")
    )
    inner = provinces.filter(pl.col("province") == "15").with_columns(p_full=pl.lit("内蒙"), p_short=pl.lit("内蒙"))
    provinces = pl.concat([provinces, inner])
    cities = _read("cities").select(city="code", c_full="name", province="provinceCode")
    places = cities.filter(~pl.col("c_full").is_in(["市辖区", "县"]) & ~pl.col("c_full").str.contains("直辖"))
    places = places.with_columns(c_short=pl.col("c_full").str.replace(_CITY_TAIL, "")).join(provinces, on="province")
    # A municipality is its own city: 北京北京朝阳区, 重庆市重庆市.
    own = (
        cities.filter(pl.col("c_full") == "市辖区")
        .join(provinces, on="province")
        .with_columns(c_full="p_full", c_short="p_short")
    )
    places = pl.concat([places, own.select(places.columns)])
    counties = (
        _read("areas")
        .select(county="code", a_full="name", city="cityCode", province="provinceCode")
        .with_columns(a_short=pl.col("a_full").str.replace(_COUNTY_TAIL, ""))
    )
    former = pl.DataFrame(
        [(code, name) for code, names in _FORMER_COUNTIES.items() for name in names],
        schema=["county", "a_full"],
        orient="row",
    ).join(counties.select("county", "city", "province", "a_short"), on="county")
    # A county that became a district, or the other way, keeps its stem: 藁城市 and 藁城区 are one.
    restyled = pl.concat(
        [
            counties.filter(pl.col("a_short").str.len_chars() >= 2).with_columns(a_full=pl.col("a_short") + tail)
            for tail in ("区", "县", "市")
        ]
    ).join(counties.select("a_full", "city"), on=["a_full", "city"], how="anti")
    municipal = pl.col("province").is_in(["11", "12", "31", "50"])
    written = pl.concat([part.select(counties.columns) for part in (counties, former, restyled)])
    upper = (
        pl.concat(
            [
                places.select(
                    "city", "province", c_text=pl.col(name), p_text=pl.lit(""), weak=pl.lit(name == "c_short")
                )
                for name in ("c_full", "c_short")
            ]
            + [
                places.select("city", "province", c_text=pl.col(name), p_text=pl.col(prefix), weak=pl.lit(False))
                for name in ("c_full", "c_short")
                for prefix in ("p_full", "p_short")
            ]
            + [
                provinces.select(
                    city=pl.lit(None, pl.String),
                    province="province",
                    c_text=pl.lit(""),
                    p_text=pl.col(prefix),
                    weak=pl.lit(prefix == "p_short"),
                )
                for prefix in ("p_full", "p_short")
            ]
        )
        .with_columns(u_text=pl.col("p_text") + pl.col("c_text"))
        .unique(["city", "province", "u_text"], keep="last")
    )
    by_city = written.join(upper.filter(pl.col("city").is_not_null()), on=["city", "province"])
    by_province = written.join(
        upper.filter(pl.col("city").is_null() | municipal).select("province", "u_text").unique(), on="province"
    )
    forms = pl.concat(
        [
            by_city.select(text=pl.col("u_text") + pl.col("a_full"), province="province", city="city", county="county"),
            by_province.select(
                text=pl.col("u_text") + pl.col("a_full"), province="province", city="city", county="county"
            ),
            written.select(text="a_full", province="province", city="city", county="county"),
            upper.filter(~pl.col("weak")).select(
                text="u_text", province="province", city="city", county=pl.lit(None, pl.String)
            ),
        ]
    ).unique()
    official = counties.select(text="a_full").to_series()
    forms = forms.group_by("text").agg(
        *[
            pl.when(pl.col(level).n_unique() == 1).then(pl.col(level).first()).alias(level)
            for level in ("province", "city", "county")
        ],
        is_county=pl.col("county").is_not_null().all(),
    )
    # A restyled bare county (never an official name) is too weak alone: 南山市, 和平县.
    bare = forms["text"].is_in(restyled["a_full"].implode()) & ~forms["text"].is_in(official.implode())
    forms = forms.filter(~bare | (pl.col("text").str.len_chars() >= 3) & pl.col("county").is_not_null())
    filler = pl.DataFrame({"text": list(_FILLER)}).with_columns(
        *[pl.lit(None, pl.String).alias(level) for level in ("province", "city", "county")], is_county=pl.lit(False)
    )
    forms = pl.concat([filler.select(forms.columns), forms]).unique("text", keep="first")
    forms = forms.with_columns(is_bare=pl.col("text").is_in(written["a_full"].implode()) & pl.col("is_county"))
    forms = forms.sort(pl.col("text").str.len_chars(), "text", descending=[True, False])
    names = pl.concat(
        [
            provinces.select(code="province", name="p_full"),
            places.select(code="city", name="c_full"),
            counties.select(code="county", name="a_full"),
        ]
    )
    written = written.select(form="a_full", in_city="city", county_there="county").unique(["form", "in_city"])
    return Gazetteer(forms.with_row_index("form"), names.unique("code", keep="first"), written)


def find_divisions(texts: pl.DataFrame) -> pl.DataFrame:
    """For each `text` (unique) of `texts`: the divisions at its head.

    Returns text, province, city, county (codes, null where not said or not one), has_county (a county was said, even
    if several bear that name), skip (bytes of the head that are divisions). Of repeated heads the last wins.
    """
    table = gazetteer()
    found = (
        texts.select("text")
        .with_columns(
            at=pl.col("text").str.find_many(table.patterns, leftmost=True),
            form=pl.col("text").str.extract_many(table.patterns, leftmost=True),
        )
        .filter(pl.col("at").list.first() == 0)
        .explode("at", "form")
    )
    found = found.with_columns(end=pl.col("at") + pl.col("form").str.len_bytes())
    unbroken = (pl.col("at") == pl.col("end").shift(1).fill_null(0)).cast(pl.UInt8).cum_min().over("text") == 1
    found = found.filter(unbroken).join(table.forms, left_on="form", right_on="text", how="left", maintain_order="left")
    # A bare county name is read within the city said before it; one of another city is no division but a name.
    found = found.with_columns(in_city=pl.col("city").forward_fill().shift(1).over("text"))
    found = found.join(table.counties, on=["form", "in_city"], how="left", maintain_order="left")
    bare = pl.col("is_bare") & pl.col("in_city").is_not_null()
    stands = (~bare | pl.col("county_there").is_not_null()).fill_null(True).cast(pl.UInt8).cum_min().over("text") == 1
    found = found.with_columns(county=pl.when(bare).then("county_there").otherwise("county")).filter(stands)
    last = found.group_by("text", maintain_order=True).agg(
        pl.col("end").max().alias("skip"),
        *[pl.col(level).drop_nulls().last().alias(level) for level in ("province", "city", "county")],
        has_county=pl.col("is_county").any(),
    )
    result = texts.select("text").join(last, on="text", how="left", maintain_order="left")
    county = pl.col("county")
    return result.with_columns(
        province=pl.when(county.is_not_null()).then(county.str.slice(0, 2)).otherwise(pl.col("province")),
        city=pl.when(county.is_not_null()).then(county.str.slice(0, 4)).otherwise(pl.col("city")),
        skip=pl.col("skip").fill_null(0).cast(pl.Int64),
        has_county=pl.col("has_county").fill_null(False),
    )
