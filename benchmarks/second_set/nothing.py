"""Addresses that mean no room of the library: the best right answer is a building, an area, outside, or none.

A kind gives the line and the level that is right; keyed to a unit, each of them is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files

from benchmarks.second_set.ordinary import Scene, everyday

Answer = tuple[str, str] | None


def missing_room(scene: Scene) -> Answer:
    """A room the house lacks."""
    said, rng = everyday(scene), scene.rng
    if not said.room or not re.fullmatch(r"\d+|\d+-\d+|\d+[A-Z]", said.room):
        return None
    known = {room.text for room in scene.house.rooms}
    changed = rng.choice([
        re.sub(r"\d$", lambda m: str((int(m[0]) + rng.randint(1, 8)) % 10), said.room),
        said.room[::-1] if said.room.isdigit() and said.room[-1] != "0" else "9" + said.room,
        re.sub(r"^\d", lambda m: str(int(m[0]) % 9 + 1), said.room),
    ])  # fmt: skip
    parts = {changed, changed.lstrip("0"), changed + "A", changed + "B"}
    if (
        parts & known
        or changed == said.room
        or any(changed in room or room in changed for room in known if len(room) > 1)
    ):
        return None
    return replace(said, room=changed).line(), "building"


def missing_house(scene: Scene) -> Answer:
    """A house number the estate or road lacks: a neighbour's, or one never built."""
    said, rng = everyday(scene), scene.rng
    part = "number" if said.number else "plate"
    number = getattr(said, part)
    if not number or not (digits := re.findall(r"\d+", number)) or not scene.means_it(said):
        return None
    if part == "plate" and said.estate:
        return None
    old = digits[-1]
    new = rng.choice(
        [str(int(old) + rng.choice([1, 2, 3, 10])), old[::-1], old + rng.choice("123456789"), old[:-1] or "999"]
    )
    if new.startswith("0") or new == old:
        return None
    changed = number[: number.rfind(old)] + new + number[number.rfind(old) + len(old) :]
    taken = scene.gazetteer
    same = {n for name in ([said.estate] if said.estate else []) for n in taken.numbers[name]}
    figures = {"".join(re.findall(r"\d+", n)[-1:]) for n in same}
    if (said.estate and new in figures) or (
        said.road and any((said.road, f"{new}{end}") in taken.by_plate for end in ("号", ""))
    ):
        return None
    if said.estate and said.road and said.plate:
        said = said.without("road", "plate")  # with its plate the house is told all the same
    return replace(said, **{part: changed}).line(), "estate"


def other_city(scene: Scene) -> Answer:
    """The same estate, in another place."""
    said = scene.said().without("province", "city", "county", "street", "community")
    return scene.rng.choice(scene.district.elsewhere) + said.line(), "outside"


def house_alone(scene: Scene) -> Answer:
    """A house of several rooms, and no room."""
    said = everyday(scene).without("room", "entrance", "floor")
    return (said.line(), "building") if len(scene.house.rooms) > 1 else None


def estate_alone(scene: Scene) -> Answer:
    """An estate and nothing in it."""
    said = everyday(scene).without("room", "entrance", "floor", "number")
    if not said.estate or ("", "") in {(said.number or "", scene.house.number or "")} or (said.road and said.plate):
        return None
    return said.line() + scene.rng.choice(["", "", "附近", "(电联)"]), "estate"


def areas_alone(scene: Scene) -> Answer:
    """Areas, a road, or an area and a bare number."""
    said = scene.said()
    choices = [
        (said.head(), "community"),
        (said.without("community").head(), "none"),
        (said.without("community").head() + (said.road or ""), "none"),
        ((said.county or "") + (said.street or "") + (scene.room.text if scene.room else ""), "none"),
    ]
    return scene.rng.choice(choices)


@cache
def real_neighbours() -> dict[str, list[str]]:
    """Names of real estates that differ from one of the pool in one character that neither sounds nor looks alike."""
    lines = files(__package__).joinpath("other_estates.txt").read_text(encoding="utf-8").splitlines()
    return {name: others for name, *others in (line.split() for line in lines)}


def other_estate(scene: Scene) -> Answer:
    """One character apart, and another estate: 碧湖花园 is not 碧海花园, nor 何屋村 曾屋村.

    The community is left out: with the right one, some would take it for a slip.
    """
    said, rng = everyday(scene).without("community"), scene.rng
    if not said.estate or said.road:
        return None
    if found := re.match("[麦邓曾简黄](?=屋)", said.estate):
        names = [said.estate.replace(found[0], other, 1) for other in "何潘梁钟袁"]
    else:
        names = real_neighbours().get(said.estate, [])
    names = [name for name in names if name not in scene.gazetteer.streets]
    return (replace(said, estate=rng.choice(names)).line(), "none") if names else None


def other_ordinal(scene: Scene) -> Answer:
    """浪口四区 where there are three; 固戍下村 for 固戍上村."""
    said, rng = everyday(scene), scene.rng
    name = said.estate or (said.road if scene.house.housing == "lane_village" else None)
    if not name or not (
        found := re.search(r"[一二三四五六七八]|[东西南北上下](?=[区坊村围排])|新(?=村)|老(?=村)", name)
    ):
        return None
    pool = (
        "一二三四五六七八九" if found[0] in "一二三四五六七八" else "东西南北" if found[0] in "东西南北" else "上下新老"
    )
    changed = name[: found.start()] + rng.choice([c for c in pool if c != found[0]]) + name[found.end() :]
    if (
        scene.gazetteer.streets.get(changed)
        or changed in {road for road, _ in scene.gazetteer.by_plate}
        or (said.estate and said.road)
    ):
        return None
    return replace(said, **{"estate" if said.estate else "road": changed}).line(), "none"


def tie(scene: Scene) -> Answer:
    """Two estates of one name, and no street said; or the entrance unsaid where each has such a room."""
    said = scene.said().without("province", "city", "county", "street", "community", "road", "plate")
    if not said.estate or (scene.house.road and not scene.house.number):
        return None
    if said.entrance and len(scene.gazetteer.units(said.without("entrance"))) > 1:
        return said.without("entrance").line(), "building"
    return (said.line(), "none") if len(scene.gazetteer.units(said)) > 1 else None


def two_rooms(scene: Scene) -> Answer:
    """501、502: two rooms are no room."""
    said, rooms = everyday(scene), scene.house.rooms
    others = [
        r.text for r in rooms if r.entrance == (scene.room.entrance if scene.room else None) and r.text != said.room
    ]
    if not others or not said.room or not said.room.isdigit():
        return None
    other = scene.rng.choice(others)
    return (
        (replace(said, mark="").line() + scene.rng.choice(["、", "/", "和", "，"]) + other, "building")
        if other.isdigit()
        else None
    )


def two_places(scene: Scene) -> Answer:
    """Two addresses in one cell."""
    said, houses, rng = everyday(scene), scene.gazetteer.houses, scene.rng
    other = rng.choice(
        [h for h in rng.sample(houses, 20) if h.estate and h.number and h.rooms and h.estate != scene.house.estate]
        or [None]
    )
    if not other or not other.estate or not said.estate:
        return None
    room, sign = rng.choice(other.rooms), rng.choice([" ", "；", "或"])
    second = f"{other.estate.name}{other.number}{room.entrance or ''}{room.text}"
    return said.line() + sign + second, "none"


def beside(scene: Scene) -> Answer:
    """Next to a house, not in it."""
    said = everyday(scene).without("room", "entrance", "floor")
    return said.line() + scene.rng.choice(
        ["旁边", "对面", "门口", "旁空地", "后面工地", "旁集装箱", "对面垃圾站"]
    ), "building"


def no_name(scene: Scene) -> Answer:
    """3栋501 of what?"""
    said = scene.said().without("province", "city", "estate", "road", "plate")
    said = said.without(*scene.rng.choice([("county", "street", "community"), ("street", "community"), ("community",)]))
    return (
        (said.line(), "none")
        if said.number and scene.house.housing != "tower" and not scene.house.is_temporary
        else None
    )


def nonsense(scene: Scene) -> Answer:
    """What stands in such columns when nobody knew."""
    rng = scene.rng
    letters = "的一是不了人我在有他这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能"
    text = rng.choice([
        "".join(rng.choice(letters) for _ in range(rng.randint(2, 20))),
        f"1{rng.randint(3000000000, 9999999999)}", "不详", "无", "null", "暂无地址", "同上", "无固定住所", "流动",
        "见身份证", "-",
        f"{rng.randint(1, 9999)}", "Room 501, Building 3, Bihai Garden, Shenzhen",
        f"{rng.randint(1, 30)}栋{rng.randint(101, 2909)}",
        "户籍地址", "本市", "外地", "网格员未填", f"租房 {rng.randint(101, 909)}", f"{rng.randint(1, 99)}号",
    ])  # fmt: skip
    return text, "none"


NOTHING: dict[str, Callable[[Scene], Answer]] = {
    "missing_room": missing_room, "missing_house": missing_house, "other_city": other_city,
    "house_alone": house_alone, "estate_alone": estate_alone, "areas_alone": areas_alone,
    "other_estate": other_estate, "other_ordinal": other_ordinal, "tie": tie, "two_rooms": two_rooms,
    "two_places": two_places, "beside": beside, "no_name": no_name, "nonsense": nonsense,
}  # fmt: skip
