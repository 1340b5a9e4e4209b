"""Any list of addresses as a library: what its entries become, and what they answer."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks.second_set.districts import DISTRICTS
from benchmarks.second_set.make import second_set
from schemas.errors import BlockdataError
from transforms.addressing.key_file import key_column
from transforms.addressing.own_list import own_list


def keyed(names: list[str], asked: list[str]) -> list[str | None]:
    """The ids (the places in `names`) that `asked` are keyed to."""
    listed = own_list(pl.DataFrame({"id": [str(at) for at in range(len(names))], "name": names}))
    found = key_column(pl.Series(asked), listed.library, listed)
    return found["matched_id"].to_list()


def check(names: list[str], asked: dict[str, str | None]) -> None:
    """Every text asked for finds the id beside it."""
    assert dict(zip(asked, keyed(names, list(asked)), strict=True)) == asked


def test_a_road_without_a_number_names_the_buildings_on_it() -> None:
    names = ["西安市雁塔区丈八沟街道绣线巷4幢2单元201室", "济南市历下区甸柳街道劳动南路1栋102室"]
    asked = ["雁塔区绣线巷4幢2单元201", "历下区劳动南路1栋102", "历下区劳动南路1栋103", "历下区劳动北路1栋102"]
    assert keyed(names, asked) == ["0", "1", None, None]


def test_an_estate_called_after_its_road_keeps_the_whole_name() -> None:
    names = ["成都市武侯区桂溪街道马溪大道小区4幢703室", "武汉市洪山区关山街道金杨新村三街坊1号103室"]
    asked = ["武侯区马溪大道小区4栋703", "武侯区桂溪街道西七道巷小区4栋703", "洪山区金杨新村三街坊1号103",
             "洪山区关山街道金杨新村四街坊1号103"]  # fmt: skip
    assert keyed(names, asked) == ["0", None, "1", None]


def test_a_doorplate_with_a_tower_needs_no_estate() -> None:
    names = [f"苏州市虎丘区通安镇年平路312号鼎盛大厦{tower}栋2703室" for tower in (3, 4)]
    asked = ["虎丘区年平路312号4栋2703", "虎丘区年平路312号5栋2703", "虎丘区年平路314号4栋2703"]
    assert keyed(names, asked) == ["1", None, None]


def test_a_room_counted_by_its_floor_is_told_with_it() -> None:
    names = ["新都区新都镇芙蓉名城3栋1单元10楼50号", "新都区新都镇芙蓉名城3栋1单元9楼50号", "金牛区城北玉苑6-4-3-1"]
    asked = ["新都区芙蓉名城3栋1单元10层50室", "新都区芙蓉名城3栋1单元950", "新都区芙蓉名城3栋1单元8楼50号",
             "金牛区城北玉苑6号楼4单元301室", "金牛区城北玉苑6号楼4单元3楼2室"]  # fmt: skip
    assert keyed(names, asked) == ["0", "1", None, "2", None]


def test_an_estate_in_a_lane_is_found_with_and_without_its_lane() -> None:
    names = ["上海市松江区广富林路1188弄宝力西子湾109号903", "上海闵行区天山西路【4178弄爱博五村21-502】"]
    asked = {
        "松江区广富林路1188弄宝力西子湾109号楼903室": "0",
        "松江区宝力西子湾109号903": "0",
        "松江区广富林路1189弄宝力西子湾109号903": None,
        "闵行区天山西路4178弄爱博五村21号楼502室": "1",
        "闵行区爱博五村21号502室": "1",
        "闵行区爱博五村22号502室": None,
    }
    check(names, asked)


def test_a_list_of_several_cities_may_have_a_county_of_one_name_in_each() -> None:
    names = [
        "北京北京朝阳区绣菊园11号3单元901",
        "吉林长春朝阳区富豪花园2栋1单元402",
        "海南海口乐东黎族自治县九所镇如意楼902房",
    ]
    asked = {
        "朝阳区绣菊园11号3单元901室": "0",
        "朝阳区富豪花园2栋1单元402室": "1",
        "长春市朝阳区绣菊园11号3单元901室": None,
        "鼓楼区绣菊园11号3单元901室": None,
        "香港特别行政区绣菊园11号3单元901室": None,
        "海南省乐东黎族自治县九所镇如意楼902室": "2",
    }
    check(names, asked)


def test_a_numbered_zone_before_a_road_is_no_part_of_its_name() -> None:
    names = ["宝安区新安街道宝民一路215号宝通大厦1006室", "宝安区新安街道24区宝民一路217号宝通大厦B座1006室"]
    asked = {
        "宝安区新安街道24区宝民一路215号宝通大厦1006": "0",
        "宝安区新安街道宝民一路217号宝通大厦B座1006": "1",
        "宝安区新安街道24区宝民一路219号宝通大厦1006": None,
    }
    check(names, asked)


def test_another_doorplate_than_the_estates_own_is_another_house() -> None:
    names = ["济南市历城区东晨大街100号上海花园47号楼4单元401室", "济南市历城区东晨大街300号"]
    asked = {
        "历城区东晨大街100号上海花园47号楼4单元401室": "0",
        "历城区上海花园47号楼4单元401室": "0",
        "历城区东晨大街108号上海花园47号楼4单元401室": None,
    }
    check(names, asked)


def test_two_entries_of_one_place_are_a_tie() -> None:
    assert keyed(["武侯区玉林街道十二新村3栋101室", "武侯区玉林街道十二新村3幢101"], ["武侯区十二新村3栋101"]) == [None]


def test_a_list_without_names_and_repeated_ids_are_refused() -> None:
    with pytest.raises(BlockdataError, match="holds no names"):
        own_list(pl.DataFrame({"id": ["1"], "name": [None]}, schema={"id": pl.String, "name": pl.String}))
    with pytest.raises(BlockdataError, match="more than once"):
        own_list(pl.DataFrame({"id": ["1", "1"], "name": ["文三路1号", "文三路2号"]}))


def test_communities_may_be_said_left_out_or_bare() -> None:
    names = ["深圳市宝安区石岩街道应人石社区同富一村50号301", "深圳市宝安区石岩街道浪心社区下角山西区208号102"]
    asked = ["宝安区应人石同富一村50号301", "宝安区石岩街道同富一村50号301", "石岩浪心下角山西区208号102",
             "宝安区石岩街道浪心社区同富一村50号301"]  # fmt: skip
    assert keyed(names, asked) == ["0", "0", "1", None]


def test_what_several_names_of_a_street_begin_with_is_a_village() -> None:
    names = [
        "宁波市慈溪市观海卫镇城隍庙村翠盈家园5号楼1单元201", "宁波市慈溪市观海卫镇城隍庙村祥峰家园1幢1单元502",
        "宁波市慈溪市观海卫镇城隍庙村解放街9号301",
    ]  # fmt: skip
    asked = ["观海卫镇翠盈家园5-1-201", "慈溪市祥峰家园1幢1单元502", "慈溪市观海卫镇解放街9号301",
             "慈溪市观海卫镇城隍庙村翠盈家园5号楼1单元201"]  # fmt: skip
    assert keyed(names, asked) == ["0", "1", "2", "0"]


def test_the_lanes_of_a_village_are_no_names_of_their_own() -> None:
    names = [f"武侯区玉林街道十二新村{lane}巷1号101室" for lane in "一二三四"]
    assert keyed(names, ["武侯区十二新村三巷1号101", "武侯区玉林街道三巷1号101"]) == ["2", None]


def test_a_village_or_community_may_be_all_the_name_there_is() -> None:
    names = ["成都市武侯区簇锦街道梨树社区A座1单元101室", "深圳市宝安区松岗街道经建村7号401室"]
    asked = ["武侯区梨树社区A座1单元101", "武侯区梨树社区B座1单元101", "经建村7号401", "宝安区经建村17号401"]
    assert keyed(names, asked) == ["0", None, "1", None]


def test_a_community_called_after_a_road_is_no_part_of_the_estate() -> None:
    names = ["重庆市渝北区两路街道紫园路社区香醍湾1号楼5-1", "重庆市渝北区双凤桥街道长翔社区香醍湾1号楼5-1"]
    asked = ["渝北区两路街道香醍湾1号楼5-1", "渝北区双凤桥街道香醍湾1栋5-1", "渝北区香醍湾1号楼5-1"]
    assert keyed(names, asked) == ["0", "1", None]


def test_a_plate_with_a_sign_is_another_house() -> None:
    names = [
        "天津市河西区下瓦房街道福建路社区永顺大街增26号3", "天津市河西区下瓦房街道福建路社区永顺大街26号3",
        "天津市河西区马场街道富源里社区洞庭路增267号水碓子西里1号楼1门101",
    ]  # fmt: skip
    asked = ["河西区永顺大街增26号3室", "河西区永顺大街26号3室", "河西区永顺大街甲26号3室",
             "河西区水碓子西里1号楼1门101", "河西区洞庭路增267号水碓子西里1号楼1门101"]  # fmt: skip
    assert keyed(names, asked) == ["0", "1", None, "2", "2"]


def test_a_road_without_a_roads_word_has_doorplates() -> None:
    names = [
        "深圳市宝安区福海街道桥头社区北环217号景德花园4栋1单元602", "慈溪市周巷镇海莫村中横线740弄6号101",
        "慈溪市横河镇龙泉村三北大街37弄2号401", "慈溪市坎墩街道坎西社区前应东路1083弄3号任店新村101",
    ]  # fmt: skip
    asked = ["宝安区景德花园4栋1单元602", "宝安区北环217号景德花园4栋1单元602",
             "慈溪市中横线740弄6号101", "慈溪市横河镇三北大街37弄2号401", "慈溪市前应东路1083弄3号101",
             "慈溪市前应东路1083弄5号101"]  # fmt: skip
    assert keyed(names, asked) == ["0", "0", "1", "2", "3", None]


def test_rooms_tell_whether_a_floor_is_a_building() -> None:
    names = [f"天津市河西区马场街道德才里社区圣得花园{tower}楼{room}" for tower in (3, 5) for room in (402, 1402)]
    asked = ["河西区圣得花园5楼1402", "河西区圣得花园5号楼1402", "河西区圣得花园3号楼402", "河西区圣得花园4号楼402"]
    assert keyed(names, asked) == ["3", "3", "0", None]


def test_parts_of_an_estate_number_its_buildings() -> None:
    names = [
        "深圳市宝安区松岗街道潭头社区料坑工业园宿舍1栋101", "深圳市宝安区松岗街道潭头社区料坑工业园厂房1栋101",
        "深圳市宝安区沙井街道衙边社区邓屋旧村东三巷5号101", "深圳市宝安区新桥街道万丰社区海宇嘉园1期1栋101",
    ]  # fmt: skip
    asked = ["宝安区料坑工业园宿舍1栋101", "宝安区料坑工业园厂房1栋101", "宝安区邓屋旧村东三巷5号101",
             "宝安区海宇嘉园1期1栋101", "宝安区海宇嘉园2期1栋101"]  # fmt: skip
    assert keyed(names, asked) == ["0", "1", "2", "3", None]


def test_rooms_with_a_dash_may_follow_a_dash() -> None:
    names = ["重庆市渝北区木耳镇石坪村湖景华庭3幢12-3", "重庆市渝北区木耳镇石坪村祥兴花园2栋1单元6-5"]
    asked = ["渝北区湖景华庭3-12-3", "渝北区祥兴花园2-1-6-5", "渝北区湖景华庭12-3-3"]
    assert keyed(names, asked) == ["0", "1", None]


def test_a_community_behind_a_doorplate_is_an_estate() -> None:
    names = ["四川省成都市武侯区桂溪街道学朝西路380号沈空社区3栋1单元802室"]
    asked = ["武侯区桂溪街道沈空社区3栋1单元802室", "武侯区桂溪街道沈空社区4栋1单元802室"]
    assert keyed(names, asked) == ["0", None]


def test_a_number_in_a_name_is_no_buildings() -> None:
    names = ["西安市雁塔区电子城街道长胜路285号首府一号1栋1702室", "西安市雁塔区电子城街道长胜路285号首府一号2栋1702室"]
    assert keyed(names, ["雁塔区电子城街道长胜路285号首府一号5-1702", "雁塔区首府一号5栋1702"]) == [None, None]


def test_the_doorplate_proves_a_side_written_in_a_name() -> None:
    names = ["深圳市宝安区燕罗街道柏工路234号国信大厦1栋2103室", "深圳市宝安区福永街道鸿禧山庄28号402室"]
    asked = ["宝安区柏工路234号国北大厦1栋2103", "宝安区国北大厦1栋2103", "宝安区柏工路236号国北大厦1栋2103",
             "宝安区福永街道小禧山庄28号402"]  # fmt: skip
    assert keyed(names, asked) == ["0", None, None, None]


def test_a_guess_is_not_believed_against_a_doorplate() -> None:
    names = ["武汉市洪山区清谭湖街道文进路364号桃花园1幢1单元503室"]
    asked = ["洪山区沁花园1栋1单元503室", "洪山区滨金路244号沁花园1栋1单元503室"]
    assert keyed(names, asked) == ["0", None]


def test_a_guess_must_find_the_entrance_that_is_said() -> None:
    names = ["武汉市洪山区和平街道三保里5栋203室"]
    assert keyed(names, ["洪山区三隆里5号楼203室", "洪山区三隆里5号楼1单元203室"]) == ["0", None]


def test_a_gap_is_no_entrance_where_the_building_has_none() -> None:
    names = ["深圳市宝安区新桥街道新平路223号师古桥1栋503室", "深圳市宝安区新桥街道新平路223号师古桥2栋1单元503室"]
    asked = ["宝安区新平路223号师古桥1栋1 503室", "宝安区新平路223号师古桥2栋1 503室"]
    assert keyed(names, asked) == [None, "1"]


def test_a_name_of_two_characters_may_be_one_of_three() -> None:
    names = [
        "成都市武侯区桂溪街道鑫领寓3号楼2401室",
        "成都市武侯区玉林街道如意坊3栋101室",
        "成都市武侯区玉林街道称意坊3栋101室",
    ]
    assert keyed(names, ["武侯区桂溪街道鑫寓3号楼2401室", "武侯区玉林街道意坊3栋101室", "武侯区鑫寓3号楼2402室"]) == [
        "0", None, None,
    ]  # fmt: skip


def test_rooms_are_numbered_within_their_place() -> None:
    names = [f"武侯区玉林街道十二新村{house}栋{room}室" for house in (1, 2) for room in (101, 102)]
    codes = own_list(pl.DataFrame({"id": names, "name": names})).library.unit["unit_code"]
    assert codes.str.tail(6).to_list() == ["000001", "000002", "000001", "000002"]
    assert codes.n_unique() == len(names)


def test_every_entry_is_found_by_its_own_text_or_is_a_tie() -> None:
    entries = [
        made.library.frames["unit"].select(id="unit_code", name="standard_address")
        for made in (second_set(name, seed=5, rows=200, buildings=250) for name in DISTRICTS)
    ]
    for list_of in entries:
        listed = own_list(list_of)
        found = key_column(list_of["name"], listed.library, listed)["matched_id"]
        twin = list_of["name"].is_duplicated()
        assert ((found == list_of["id"]).fill_null(False) | (twin & found.is_null())).all()
        called = key_column(list_of["name"] + "室", listed.library, listed)["matched_id"]  # the rest is read, not known
        assert (called.is_null() | (called == list_of["id"])).all()
        assert (called == list_of["id"]).fill_null(False).mean() >= 0.97
