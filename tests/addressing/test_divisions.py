from __future__ import annotations

import polars as pl
import pytest

from transforms.addressing.divisions import find_divisions


def found(text: str) -> tuple[str | None, str]:
    """County code, and what is left of the text."""
    row = find_divisions(pl.DataFrame({"text": [text]})).row(0, named=True)
    return row["county"], text.encode()[row["skip"] :].decode()


@pytest.mark.parametrize(
    ("text", "county", "rest"),
    [
        ("广东省深圳市宝安区新安街道", "440306", "新安街道"),
        ("广东深圳宝安区中国广东深圳宝安区福永镇", "440306", "福永镇"),
        ("宝安区新安街道", "440306", "新安街道"),
        ("深圳市宝安区", "440306", ""),
        ("深圳宝安西乡固戍", "440306", "西乡固戍"),
        ("深圳市宝安区全区沙井街道", "440306", "沙井街道"),
        ("广东深圳宝安区广东深圳市龙华新区大浪街道", "440309", "大浪街道"),
        ("宝安区龙华新区民治", "440309", "民治"),
        ("浙江杭州江干区上沙路", "330102", "上沙路"),
        ("河北石家庄藁城市", "130109", ""),
        ("山东济宁市中区太白楼路", "370811", "太白楼路"),
        ("内蒙古自治区赤峰市元宝山区平庄镇", "150403", "平庄镇"),
        ("内蒙赤峰元宝山区平庄镇", "150403", "平庄镇"),
        ("新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒市团结街道", "652801", "团结街道"),
        ("贵州黔东南苗族侗族自治州黎平县", "522631", ""),
        ("上海上海浦东新区三林路", "310115", "三林路"),
        ("重庆市重庆市渝北区", "500112", ""),
        ("湖北省仙桃市张沟镇", "429004", "张沟镇"),
        ("湖北仙桃仙桃市张沟镇", "429004", "张沟镇"),
        ("海南海口万宁市兴隆", "469006", "兴隆"),
        ("朝阳区中国北京北京朝阳区酒仙桥", "110105", "酒仙桥"),
        ("诸城市中国山东潍坊诸城市龙源街", "370782", "龙源街"),
        ("陕西宝鸡金台区金台区太平堡村", "610303", "太平堡村"),
    ],
)
def test_the_county_however_it_is_said(text: str, county: str, rest: str) -> None:
    assert found(text) == (county, rest)


@pytest.mark.parametrize(
    "name",
    [
        "南昌社区5号", "北京路12号", "上海花园3栋", "西安路5号", "深圳宝安大道12号", "嘉兴市场101", "固戍一村",
        "东方社区东塘工业区26号",
    ],
)  # fmt: skip
def test_names_that_begin_like_a_city_are_names(name: str) -> None:
    assert found(name) == (None, name)


def test_a_county_of_several_cities_is_named_not_guessed() -> None:
    row = find_divisions(pl.DataFrame({"text": ["朝阳区建国路88号"]})).row(0, named=True)
    assert (row["county"], row["unclear"]) == (None, "朝阳区")


def test_only_a_city_is_said() -> None:
    row = find_divisions(pl.DataFrame({"text": ["东莞市长安镇"]})).row(0, named=True)
    assert (row["province"], row["city"], row["county"]) == ("44", "4419", None)
