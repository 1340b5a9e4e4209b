from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from transforms.addressing.parse import COMPONENTS, parse_addresses


def parts(text: str) -> dict[str, str]:
    row = parse_addresses(pl.Series([text], dtype=pl.String)).row(0, named=True)
    return {name: value for name, value in row.items() if value is not None and name not in ("province", "city")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "广东省深圳市宝安区新安街道上川社区宝民一路123号富源大厦3栋2单元501",
            {"county": "宝安区", "street": "新安街道", "community": "上川社区",
             "road": "宝民一路", "road_number": "123号",

             "estate": "富源大厦", "building": "3栋", "entrance": "2", "room": "501"},
        ),
        (
            "广东深圳宝安区中国广东深圳宝安区沿河路【龙华新区大浪街道上岭工业区5栋304】 (上岭社区附近)",
            {"county": "龙华区", "street": "大浪街道", "road": "沿河路", "estate": "上岭工业区", "building": "5栋",
             "room": "304"},
        ),
        (
            "重庆重庆江北区中国重庆重庆江北区洋河西路【洋河二村 73号2-7-7 】(和平药房附近)",
            {"county": "江北区", "road": "洋河西路", "estate": "洋河二村", "building": "73号",
             "entrance": "2", "room": "7-7"},
        ),
        ("浙江杭州上城区南班巷7-1-601",
         {"county": "上城区", "road": "南班巷", "road_number": "7号", "building": "1", "room": "601"}),
        ("山东淄博张店区山东淄博市张店区马尚镇恒星花园28号楼1单元202室",
         {"county": "张店区", "street": "马尚镇", "estate": "恒星花园", "building": "28号楼",
             "entrance": "1", "room": "202"}),
        ("宝安大道4018号华丰大厦", {"road": "宝安大道", "road_number": "4018号", "estate": "华丰大厦"}),
        ("民治大道183潜龙花园B区1栋4单元7B",
         {"road": "民治大道", "road_number": "183号", "estate": "潜龙花园B区",
             "building": "1栋", "entrance": "4", "room": "7B"}),
        ("新安街道43区13巷9栋302",
         {"street": "新安街道", "road": "13巷", "estate": "43区", "building": "9栋", "room": "302"}),
        ("建材市场负一楼011-032", {"estate": "建材市场", "floor": "负1", "room": "011-032"}),
        ("丽新花园A座1203（有电梯）", {"estate": "丽新花园", "building": "A座", "room": "1203"}),
        ("百花四路百花四路长乐花园a座27c",
         {"road": "百花四路", "estate": "长乐花园", "building": "A座", "room": "27C"}),
        ("公园对面君子嘉园606房", {"estate": "君子嘉园", "room": "606", "rest": "公园对面"}),
        ("第三工业区A5地块4栋泰格电子", {"estate": "第三工业区A5地块", "building": "4栋", "rest": "泰格电子"}),
        ("塘尾村", {"community": "塘尾村"}),
        ("铁路生活小区3栋", {"estate": "铁路生活小区", "building": "3栋"}),
    ],
)  # fmt: skip
def test_components(text: str, expected: dict[str, str]) -> None:
    assert parts(text) == expected


def whole(text: str) -> dict[str, str]:
    row = parse_addresses(pl.Series([text], dtype=pl.String)).row(0, named=True)
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浙江省杭州市余杭区五常街道文一西路969号西溪首座B座3单元1201室",
         {"street": "五常街道", "road": "文一西路", "road_number": "969号", "estate": "西溪首座", "building": "B座",
          "entrance": "3", "room": "1201"}),
        ("萧山区宁围镇振宁路228号", {"city": "杭州市", "street": "宁围镇", "road": "振宁路", "road_number": "228号"}),
        ("义乌市北苑街道丹溪北路18号3楼", {"county": "义乌市", "road_number": "18号", "floor": "3"}),
        ("路桥区路北街道金水路155号", {"county": "路桥区", "street": "路北街道", "road": "金水路"}),
        ("杭州经济技术开发区下沙街道2号大街600号", {"street": "下沙街道", "road": "2号大街", "road_number": "600号"}),
        ("苏州昆山花桥镇绿地大道", {"county": "昆山市", "street": "花桥镇", "road": "绿地大道"}),
        ("乐清柳市镇柳青路", {"city": "温州市", "county": "乐清市", "street": "柳市镇"}),
        ("江苏省苏州市工业园区星湖街328号", {"county": "苏州工业园区", "road": "星湖街"}),
        ("浙江省杭州市江干区四季青街道杭海路31号", {"county": "上城区", "street": "四季青街道"}),
        ("桐乡市梧桐街道凤鸣路与振兴路交叉口", {"road": "凤鸣路"}),
        ("桐庐县横村镇柳岩村白云源路12号", {"community": "柳岩村", "road": "白云源路", "road_number": "12号"}),
        ("温岭市大溪镇沈岙村三组88号", {"community": "沈岙村", "estate": "三组", "building": "88号"}),
        ("上海市闵行区莘庄镇莘松路1288弄56号602室",
         {"road_number": "1288弄", "building": "56号", "room": "602"}),
        ("北京市西城区西交民巷甲12号院3号楼2门401",
         {"road": "西交民巷", "road_number": "甲12号院", "building": "3号楼", "entrance": "2", "room": "401"}),
        ("北京市海淀区中关村南大街甲12号寰太大厦1203室",
         {"road": "中关村南大街", "road_number": "甲12号", "estate": "寰太大厦", "room": "1203"}),
        ("天津市河西区友谊路街道平山道16号恩德里3门401",
         {"street": "友谊路街道", "road": "平山道", "road_number": "16号", "estate": "恩德里", "entrance": "3"}),
        ("厦门市思明区莲前街道前埔南里25号102", {"road": "前埔南里", "road_number": "25号", "room": "102"}),
        ("重庆市渝北区红石路198号3幢12-8", {"road_number": "198号", "building": "3幢", "room": "12-8"}),
        ("清凉门大街291-2-5-502",
         {"road": "清凉门大街", "road_number": "291号", "building": "2", "entrance": "5", "room": "502"}),
        ("东城首府16/2/1002", {"building": "16", "entrance": "2", "room": "1002"}),
        ("海淀区清河小营桥西海淀区田村路街道田村路甲4号院58号楼2单元502",
         {"street": "田村路街道", "road": "田村路", "road_number": "甲4号院", "building": "58号楼", "room": "502"}),
        ("科海街68号（高新园区 中海御观邸10号楼1-101）",
         {"road": "科海街", "road_number": "68号", "building": "10号楼", "entrance": "1", "room": "101"}),
        ("任丘市Ｇ１０６【关王小区】", {"road": "G106", "estate": "关王小区"}),
        ("关王小区5-4-5楼西户", {"building": "5", "entrance": "4", "floor": "5", "room": "西户"}),
        ("关王小区35-东2804", {"building": "35", "entrance": "东", "room": "2804"}),
        ("惠丰小区矿前街15号", {"estate": "惠丰小区", "road": "矿前街", "road_number": "15号"}),
        ("杭州下沙经济技术开发区2号大街515号智慧谷大厦8楼",
         {"city": "杭州市", "road": "2号大街", "road_number": "515号", "estate": "智慧谷大厦", "floor": "8"}),
        ("杭州五常街道文一西路969号",
         {"city": "杭州市", "county": "余杭区", "street": "五常街道", "road": "文一西路", "road_number": "969号"}),
        ("台州横街镇四甲村四区12号",
         {"county": "路桥区", "street": "横街镇", "estate": "四甲村四区", "building": "12号"}),
        ("临安市锦城街道苕溪南街1125号锦天城小区9-2-1101",
         {"county": "临安区", "street": "锦城街道", "road": "苕溪南街", "building": "9", "entrance": "2",
          "room": "1101"}),
        ("吉林市船营区珲春街88-2号",
         {"province": "吉林省", "city": "吉林市", "county": "船营区", "road": "珲春街", "road_number": "88-2号"}),
        ("新疆昌吉州昌吉市延安北路118号",
         {"city": "昌吉回族自治州", "county": "昌吉市", "road": "延安北路", "road_number": "118号"}),
        ("无锡市新区旺庄街道春潮路春潮花园二区56号302室",
         {"street": "旺庄街道", "road": "春潮路", "estate": "春潮花园二区", "building": "56号", "room": "302"}),
        ("临沂市兰山区通达路银雀山街道金雀山路10号",
         {"street": "银雀山街道", "road": "金雀山路", "road_number": "10号"}),
        ("瑞安市塘下镇塘川街北路178弄8幢502",
         {"street": "塘下镇", "road": "塘川街北路", "road_number": "178弄", "building": "8幢", "room": "502"}),
        ("海宁市许村镇许巷老街53号二楼",
         {"road": "许巷老街", "road_number": "53号", "floor": "2"}),
        ("慈溪市观海卫镇工业园区东区海卫路128号",
         {"road": "海卫路", "road_number": "128号", "estate": "工业园区东区"}),
        ("湛江市霞山区人民大道南45号国贸大厦A座18楼",
         {"road": "人民大道南", "road_number": "45号", "estate": "国贸大厦", "building": "A座", "floor": "18"}),
        ("佛山市顺德区容桂街道容奇大道中38号2座1702",
         {"road": "容奇大道中", "road_number": "38号", "building": "2座", "room": "1702"}),
        ("重庆市江北区观音桥步行街2号融恒时代广场23-8",
         {"road": "观音桥步行街", "road_number": "2号", "estate": "融恒时代广场", "room": "23-8"}),
        ("北京市通州区台湖镇光机电一体化产业基地嘉创二路8号",
         {"road": "嘉创二路", "road_number": "8号", "estate": "光机电一体化产业基地"}),
        ("西安市未央区未央路街道凤城五路赛高国际街区2号楼1901",
         {"street": "未央路街道", "road": "凤城五路", "estate": "赛高国际街区", "building": "2号楼"}),
        ("呼和浩特市赛罕区大学东路街道丰州路桥华世纪村竹园12号楼3单元5楼西户",
         {"street": "大学东路街道", "road": "丰州路", "building": "12号楼", "entrance": "3", "floor": "5",
          "room": "西户"}),
        ("萧山区宁围镇市心北路与建设二路交叉口东南角绿都世贸广场1幢1单元1502",
         {"road": "市心北路", "estate": "绿都世贸广场", "building": "1幢"}),
        ("郑州市金水区经三路与纬五路交叉口向北50米路西鑫苑名家2号楼1单元5层西户",
         {"road": "经三路", "estate": "鑫苑名家", "building": "2号楼", "floor": "5"}),
        ("上海市闵行区莘松路958弄38支弄52号",
         {"road": "莘松路", "road_number": "958弄38支弄", "building": "52号"}),
        ("厦门市思明区莲前西路895号之203",
         {"road": "莲前西路", "road_number": "895号", "room": "203"}),
        ("沈阳市和平区南五马路3甲4号",
         {"road": "南五马路", "road_number": "3甲4号"}),
        ("青岛市市北区徐州北路138号丁3号楼2单元702户",
         {"road": "徐州北路", "road_number": "138号", "building": "丁3号楼", "entrance": "2", "room": "702"}),
        ("张家港市杨舍镇乘航东街12幢乙单元302",
         {"road": "乘航东街", "building": "12幢", "entrance": "乙", "room": "302"}),
        ("北京市海淀区上地信息路甲28号科实大厦B座11层D单元",
         {"road_number": "甲28号", "estate": "科实大厦", "building": "B座", "floor": "11", "room": "D"}),
        ("珠海市香洲区景山路228号中电大厦8楼801-803单元",
         {"estate": "中电大厦", "floor": "8", "room": "801-803"}),
        ("深圳市龙华区民治街道1970科技小镇6栋B座301-A",
         {"building": "6栋B座", "room": "301-A"}),
        ("遵义市红花岗区中山路66号4单元附3号",
         {"road_number": "66号", "entrance": "4", "room": "3"}),
        ("深圳市宝安区新安街道海旺社区N26区海秀路2021号荣超滨海大厦A座2111-2113",
         {"community": "海旺社区", "road": "海秀路", "road_number": "2021号", "building": "A座", "room": "2111-2113"}),
        ("新安街道灵芝园社区24区宝民一路215号宝通大厦1006-1007",
         {"community": "灵芝园社区", "road": "宝民一路", "road_number": "215号", "estate": "宝通大厦",
          "room": "1006-1007"}),
        ("深圳市宝安区石岩街道罗租社区罗租大道北4巷8号302房",
         {"road": "罗租大道北4巷", "road_number": "8号", "room": "302"}),
        ("宝安区福永街道怀德社区怀德翠湖工业园18栋1层-3层",
         {"community": "怀德社区", "estate": "怀德翠湖工业园", "building": "18栋", "floor": "1"}),
        ("香港特别行政区九龙弥敦道100号", {"province": "香港特别行政区"}),
        ("台湾省台北市大安区信义路四段1号", {"province": "台湾省", "road": "信义路四段"}),
        ("青岛市市南区香港中路100号", {"province": "山东省", "county": "市南区", "road": "香港中路"}),
        ("香港路100号", {"road": "香港路", "road_number": "100号"}),
    ],
)  # fmt: skip
def test_forms_from_all_over_the_country(text: str, expected: dict[str, str]) -> None:
    found = whole(text)
    assert {name: found.get(name) for name in expected} == expected


def test_a_county_no_longer_there_is_told_by_its_name() -> None:
    assert whole("宁波市江东区百丈东路")["county"] == "鄞州区"


def test_the_town_tells_the_county_where_only_one_has_such_a_town() -> None:
    assert whole("杭州市宁围街道振宁路")["county"] == "萧山区"
    assert "county" not in whole("城关镇人民路")


def test_official_names_of_divisions() -> None:
    row = parse_addresses(pl.Series(["广东深圳宝安区新安街道"])).row(0, named=True)
    assert (row["province"], row["city"], row["county"]) == ("广东省", "深圳市", "宝安区")


def test_one_row_each_in_order_nulls_included() -> None:
    parsed = parse_addresses(pl.Series(["固戍一村", None, "", "碧海花园3栋", "固戍一村"]))
    assert parsed.columns == list(COMPONENTS)
    assert parsed["estate"].to_list() == ["固戍一村", None, None, "碧海花园", "固戍一村"]


# Made in the shapes people type; no door behind them is meant.
SHAPES = """
江苏无锡宜兴市江苏无锡市宜兴市徐舍镇宜兴市徐舍镇胥藏村塍头村11号
湖南岳阳岳阳楼区中国湖南岳阳岳阳楼区站前路【铁路生活（Ａ）小区 10-503】(铁路生活（Ａ）小区附近)
郑州管城回族区紫荆山路
青岛李沧区中国山东青岛李沧区兴义支路【兴华苑4-4单元】(兴华苑附近)
六安霍邱县户胡镇中心校三里村
营口盖州市城区长征路77号附4号
上海上海松江区上海松江区新浜镇登科公司-新浜工业园区浩海路169号
海南三亚吉阳区海南三亚市吉阳镇吉阳区和泓假日阳光11号楼907室
1236 中山路7号
？？道龙门西路620号盛隆建材市场竹子区D区5
工行中山南一路247弄22-402
广东 , 深圳 , 宝安区 , 新安一路泰华苑C212
7-2-802
3#107 附属医院
21号楼2门102室（放前台）
西里48号144室
一号楼一单元502
城区地明街北山名苑小区19号楼2单元1301
三环到四环之间武圣西里16号楼2门401
正基.首席4栋3单元1006号
东1-6-402
Ｇ１８１１【电联 】 (霸威龙服装附近)
和悦家园5-1-7，电话13800000000
家属院东区6号楼西单元402
1期10栋12a
石鸿花园 18b
上早村A26-3楼
五和大道和成世纪2A1704
B2栋1
南六巷1号
6号楼5028室（七天酒店旁）
【】
（）
((((
】】】】
、、、
----
号栋楼层室
之一
一一一一一一一一
12345678901234567890123456789012345678901234567890
Room 1203, Tower A, Haiwen Road
shenzhen baoan xixiang
😀😀😀
\u0001\u0002\u0003
""".strip().splitlines()


REAL = Path(__file__).parents[2] / "benchmarks" / "real_addresses.txt"


def test_every_real_address_is_parsed() -> None:
    lines = REAL.read_text(encoding="utf-8").split("\n")
    parsed = parse_addresses(pl.Series(lines))
    assert parsed.height == len(lines) > 9_900
    assert parsed["county"].is_not_null().mean() > 0.95  # type: ignore[operator]


def test_two_addresses_in_one_text_are_one_row() -> None:
    assert whole("杭州市西湖区文三路478号 / 宁波市海曙区中山东路1号")["province"] == "浙江省"


def test_whatever_people_type_is_parsed() -> None:
    texts = [*SHAPES, "村" * 2000, "3-" * 500, "（" * 300, "一" * 300, "\ud7ff", "a\x00b"]
    assert parse_addresses(pl.Series(texts)).height == len(texts)
