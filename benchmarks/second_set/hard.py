"""Hard noise: names shortened, misspelt, former or wrong, doorplates for estates, remarks, two defects at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from benchmarks.second_set.decide import stem
from benchmarks.second_set.ordinary import (
    ORDINARY,
    Kind,
    Scene,
    arabic,
    bare_areas,
    dashes,
    entrance_word,
    everyday,
    floor_said,
    lower_case,
    marker,
    numerals,
    old_characters,
    punctuation,
    repeated,
    spaces,
    width,
)
from benchmarks.second_set.said import Said
from benchmarks.second_set.slips import SIGHT, SOUND, is_slip, slip

VILLAGES = ("village", "lane_village", "temporary", "rural")
REMARKS = [
    "（有电梯）", "(到付)", "，放门口", "，请联系房东", "（电联）", "到了联系", "(派件前电话)", "，放菜鸟驿站",
    "（无电梯）", "(上门换新)",
    "，门禁密码请打电话", "（租客）", "，房东自住", "（已出租）", "，晚上在家", " 送货上楼", "（停用）",
    "，楼下有便利店", "（靠近地铁口）",
    "(凭证领取)", "转交门卫", "（原户主）", "（装修中）", "，白天没人", "（后门进）",
]  # fmt: skip
TENANTS = [
    "美家便利店", "鑫旺五金店", "沙县小吃", "顺丰速运营业点", "老乡鸡饭店", "宏图电子有限公司", "康民大药房",
    "阿平理发店",
    "盛达物流有限公司", "小太阳幼儿园", "美宜佳", "华艺广告部", "湘味木桶饭",
]  # fmt: skip
JUNK_BEFORE = [
    "地址：",
    "现住址:",
    "收货地址 ",
    "住址：",
    "【现居】",
    "联系地址:",
    "\ufeff",
    "家庭住址：",
    "1、",
    "常住地址：",
    "*",
]
JUNK_AFTER = [
    " 13800000000",
    "🏠",
    "\u200b",
    " null",
    "///",
    "？？",
    "(备注：无)",
    " 收",
    "\r\n",
    "--",
    " 518100",
    "。。。",
]
BETWEEN = (width, spaces, punctuation, old_characters, numerals, marker, dashes, floor_said, lower_case, entrance_word)


def estate_said(scene: Scene) -> Said | None:
    """An everyday line that names its estate and is clear so far."""
    said = everyday(scene)
    return said if said.estate and scene.means_it(said) else None


def reached(scene: Scene, name: str, said: Said) -> bool:
    """Does `name` as said come near the estate meant and no other of the library, in the street if one is said?"""
    near = scene.gazetteer.near(name)
    if said.street:
        near = {other for other in near if said.street in scene.gazetteer.streets[other]}
    return near == {said.estate}


def no_suffix(scene: Scene) -> Said | None:
    """碧海3栋 for 碧海花园3栋."""
    said = estate_said(scene)
    if not said or not said.estate or stem(said.estate) == said.estate or scene.house.number is None:
        return None
    name = stem(said.estate)
    areas = {area.removesuffix("社区") for street in scene.district.streets.values() for area in street}
    if name in areas or name in scene.district.road_stems or not reached(scene, name, said):
        return None
    return replace(said, estate=name)


def misspelt(scene: Scene, table: dict[str, str]) -> Said | None:
    said = estate_said(scene)
    name = slip(said.estate, scene.rng, table) if said and said.estate else None
    if not said or not name or len(name) < 3 or not reached(scene, name, said):
        return None
    return replace(said, estate=name)


def wrong_sight(scene: Scene) -> Said | None:
    """碧诲花园."""
    return misspelt(scene, SIGHT)


def wrong_sound(scene: Scene) -> Said | None:
    """碧海华园."""
    return misspelt(scene, SOUND)


def renamed(scene: Scene, name: str | None) -> Said | None:
    said = scene.said()
    lane = scene.house.road if said.estate is None else None
    estate = scene.house.estate
    if not estate or not name:
        return None
    tail = (lane or "").removeprefix(estate.name) + (scene.house.plate or "") if lane else said.number
    said = replace(said, estate=name, number=tail, road=None, plate=None).without(
        *scene.rng.choice([("province", "city"), ("province", "city", "county"), ("province", "community")])
    )
    return said if scene.means_it(said) else None


def former_name(scene: Scene) -> Said | None:
    """The name before the last one; 原 before it at times."""
    said = renamed(scene, scene.house.estate.former if scene.house.estate else None)
    return replace(said, estate="原" + (said.estate or "")) if said and scene.rng.random() < 0.25 else said


def other_name(scene: Scene) -> Said | None:
    """What people call it."""
    return renamed(scene, scene.house.estate.other if scene.house.estate else None)


def former_street(scene: Scene) -> Said | None:
    """福永镇塘尾社区 for what is 福海街道 today."""
    said = estate_said(scene) if scene.house.estate else everyday(scene)
    olds = [old for old, now in scene.district.former.items() if scene.house.street in now]
    if not said or not olds or not scene.means_it(said.without("street")):
        return None
    return replace(said, street=scene.rng.choice(olds))


def wrong_street(scene: Scene) -> Said | None:
    """A street the estate does not lie in, where its name is unlike any other's."""
    said = estate_said(scene)
    if not said or not said.estate or scene.house.housing in VILLAGES:
        return None
    said = said.without("community", "street")
    if not scene.means_it(said) or scene.gazetteer.near(said.estate or "") != {said.estate}:
        return None
    others = [street for street in scene.district.streets if street != scene.house.street]
    return replace(said, street=scene.rng.choice(others))


def community_for_street(scene: Scene) -> Said | None:
    """宝安区固戍浪口一区66号, 固戍街道浪口一区66号."""
    said = scene.said()
    said = said.without("province", "road", "plate") if said.estate else said.without("province")
    if not scene.means_it(said) or not scene.house.community.endswith("社区"):
        return None
    bare = scene.house.community.removesuffix("社区")
    return replace(said, street=None, community=scene.rng.choice([bare, bare, f"{bare}街道", f"{bare}村"]))


def doorplate(scene: Scene) -> Said | None:
    """宝源路12号501 for 碧海花园3栋501."""
    said = scene.said()
    if not said.estate or not said.plate:
        return None
    said = said.without(
        "estate", *scene.rng.choice([("province",), ("province", "city", "county"), ("province", "community")])
    )
    for form in (said.without("number"), said):
        if scene.means_it(form):
            return form
    return None


def second_plate(scene: Scene) -> Said | None:
    """The other plate of a corner house."""
    if not scene.house.plates:
        return None
    road, plate = scene.rng.choice(scene.house.plates)
    said = replace(scene.said(), road=road, plate=plate).without("province", "city")
    return said if scene.means_it(said) else None


SAID: dict[str, Callable[[Scene], Said | None]] = {
    "no_suffix": no_suffix, "wrong_sight": wrong_sight, "wrong_sound": wrong_sound, "former_name": former_name,
    "other_name": other_name, "former_street": former_street, "wrong_street": wrong_street,
    "community_for_street": community_for_street, "doorplate": doorplate, "second_plate": second_plate,
}  # fmt: skip


def remark(scene: Scene) -> str | None:
    """Remarks behind the room."""
    said = everyday(scene)
    return said.line() + scene.rng.choice(REMARKS) if said.room else None


def tenant(scene: Scene) -> str | None:
    """A shop or company behind the room."""
    said = everyday(scene)
    return said.line() + scene.rng.choice(["", "", " ", "（"]) + scene.rng.choice(TENANTS) if said.room else None


def junk(scene: Scene) -> str:
    line = everyday(scene).line()
    return scene.rng.choice(JUNK_BEFORE) + line if scene.rng.random() < 0.5 else line + scene.rng.choice(JUNK_AFTER)


def landmark(scene: Scene) -> str | None:
    """沃尔玛旁碧海花园3栋501: a landmark before the place."""
    said = everyday(scene)
    if not said.estate:
        return None
    mark = scene.rng.choice(
        ["沃尔玛旁", "地铁站A出口", "中心小学对面", "人民医院后面", "农商银行楼上", "菜市场旁边", "公交总站斜对面"]
    )
    return said.head() + mark + said.tail()


def two_defects(scene: Scene) -> str | None:
    """A name said wrongly, and the line written carelessly besides."""
    first = scene.rng.choice(
        [no_suffix, wrong_sight, wrong_sound, former_name, community_for_street, doorplate, former_street]
    )
    said = first(scene)
    if not said:
        return None
    return scene.rng.choice([*BETWEEN, remark, junk])(replace(scene, base=said))


def village(scene: Scene) -> str | None:
    """A villager's house, written short and carelessly."""
    if scene.house.housing not in VILLAGES or not scene.room:
        return None
    said = everyday(scene)
    if scene.rng.random() < 0.6:
        short = scene.said().without(
            "province", "city", "county", "street", "community", "road" if said.estate else "province"
        )
        said = short.without("plate") if short.estate else short
        said = said if scene.means_it(said) else everyday(scene)
    line = scene.rng.choice([dashes, marker, numerals, floor_said, arabic, old_characters, width])(
        replace(scene, base=said)
    )
    return line if line is None or scene.rng.random() < 0.6 else line + scene.rng.choice(REMARKS)


def lane_dash(scene: Scene) -> str | None:
    """新围仔八巷12-301: lane, house and room with the least of signs."""
    if scene.house.housing != "lane_village" or not scene.room or not scene.house.estate:
        return None
    said = everyday(scene)
    plain = said.tail() if said.estate else (said.road or "") + (said.plate or "") + (said.room or "")
    head = said.head()
    line = re.sub(r"号(?=\d+[室房]?$)", scene.rng.choice(["-", "-", "栋", "号楼", "#"]), plain)
    line = (
        re.sub(
            r"([一二三四五六七八九])巷",
            lambda m: scene.rng.choice([m[0], f"{'零一二三四五六七八九'.index(m[1])}巷"]),
            line,
        )
        if "十" not in line
        else line
    )
    return head + line if line != plain else None


def said_kind(noise: Callable[[Scene], Said | None]) -> Kind:
    def line(scene: Scene) -> str | None:
        said = noise(scene)
        return said.line() if said else None

    return line


HARD: dict[str, Kind] = {
    **{name: said_kind(noise) for name, noise in SAID.items()},
    "remark": remark, "tenant": tenant, "junk": junk, "landmark": landmark, "two_defects": two_defects,
    "village": village, "lane_dash": lane_dash,
}  # fmt: skip
__all__ = ["HARD", "ORDINARY", "SAID", "bare_areas", "is_slip", "repeated"]
