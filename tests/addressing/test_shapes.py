from __future__ import annotations

import random
import re

import polars as pl
import pytest

from transforms.addressing.parse import parse_addresses, parse_each
from transforms.addressing.shapes import read_by_shape

CODES = ("county_code",)
SHAPES = (
    "浙江省杭州市余杭区五常街道文一西路969号西溪首座3座2单元1201室",
    "江苏南京玄武区【太平新村１号3栋603】(太平新村１号附近)",
    "重庆江北区洋河西路【洋河二村 73号2-7-7 】(和平药房附近)",
    "吉林丰满区三亚路光明新村28号楼1一单元501",
    "石家庄裕华区星河御城15…2…2201",
    "莱阳市宏盛现代城12-西501",
    "郑州金水区经三路68号附12号",
    "宝安区43区13巷9栋A302",
    "青羊区3期5区6栋7单元8楼902",
    "碧海花园3栋，电话13800000000",
    "G212国道3公里",
    "新疆阿克苏地区柯坪县Ｓ３０８【和谐小区7-4-213】 (柯坪县政府附近)",
    "河北邯郸曲周县Ｓ２３４国道５０３号【晋翔园9-2-624】",
    "湖南邵阳大祥区西外街光明园7一6-179",
    "南京雨花台区西善万兴园4-1一640",
    "东莞市长安镇建安路23一5一640 8楼",
    "城固县37950部队58分队",
    "仙桃市仙桃春天79-10447",
    "杭州江干区上沙锦湖家园2幢869(801053)",
    "宁波海曙区ａ3栋b12-501",
    "遵化市港陆花园９２２-7-769",
    "南昌县诚义路188号保集半岛二期８７栋８单元９２１室",
    "哈尔滨道外区东直路【永平小区 017-2-９３１】(永平小区附近)",
    "固戍一村",
    "",
)


def mutated(count: int) -> list[str]:
    draw = random.Random(5)
    return [
        re.sub("[1-9]", lambda _: draw.choice("123456789"), shape) for shape in SHAPES for _ in range(count)
    ]  # fmt: skip


def test_an_address_is_read_alike_alone_and_by_its_shape() -> None:
    texts = pl.Series([*mutated(20), None, None], dtype=pl.String)
    assert read_by_shape(texts, parse_each, CODES).equals(parse_each(texts))


def test_every_address_keeps_its_own_numbers() -> None:
    texts = [f"杭州市西湖区文三路{n}号{n % 7 + 1}幢{n % 3 + 1}单元{n + 100}室" for n in range(100, 400)]
    found = parse_addresses(pl.Series(texts))
    assert found["road_number"].to_list() == [f"{n}号" for n in range(100, 400)]
    assert found["room"].to_list() == [str(n + 100) for n in range(100, 400)]
    assert found["building"].to_list() == [f"{n % 7 + 1}幢" for n in range(100, 400)]


def test_one_of_a_shape_is_read_and_not_each() -> None:
    seen: list[int] = []

    def read(texts: pl.Series) -> pl.DataFrame:
        seen.append(len(texts))
        return texts.alias("text").to_frame()

    texts = pl.Series([f"甲路{n}号" for n in range(10, 99)])
    assert read_by_shape(texts, read)["text"].to_list() == texts.to_list()
    assert seen == [1]


@pytest.mark.parametrize("texts", [[], [None], [""], ["甲路1号"]])
def test_few(texts: list[str | None]) -> None:
    assert parse_addresses(pl.Series(texts, dtype=pl.String)).height == len(texts)
