"""Ordinary noise: other forms of what is right. Each kind is a function of a scene, giving a line or None."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.second_set.decide import Gazetteer
from benchmarks.second_set.districts import District
from benchmarks.second_set.housing import NUMERALS, House, Room, chinese
from benchmarks.second_set.said import Said, everything
from benchmarks.second_set.slips import full_width, traditional


@dataclass(frozen=True)
class Scene:
    """One room to be written of, where it stands, and the dice."""

    district: District
    gazetteer: Gazetteer
    house: House
    room: Room | None
    target: tuple[int, int | None]
    rng: random.Random
    base: Said | None = None  # what is said already, where one slip is laid upon another

    def said(self) -> Said:
        """All that can be said of it."""
        return everything(self.district, self.house, self.room, self.rng)

    def means_it(self, said: Said) -> bool:
        """Does it mean this room and no other?"""
        if self.room is None:
            return self.gazetteer.places(said) == {self.target[0]}
        return self.gazetteer.units(said) == [self.target]


Kind = Callable[[Scene], str | None]


def everyday(scene: Scene) -> Said:
    """What people say mostly: some of the areas, the road seldom, always enough to decide."""
    if scene.base:
        return scene.base
    rng, said = scene.rng, scene.said()
    drops = [
        ("province",), ("province", "city"), ("province", "city", "county"), ("province", "community"),
        ("province", "city", "community"), ("province", "city", "county", "community"),
        ("province", "city", "county", "street"), ("province", "city", "county", "street", "community"), (),
    ]  # fmt: skip
    if said.estate and rng.random() < 0.7:
        said = said.without("road", "plate")
    short = said.without(*rng.choice(drops))
    return short if scene.means_it(short) else said


def full(scene: Scene) -> str:
    """Everything."""
    return scene.said().line()


def short(scene: Scene) -> str | None:
    """Estate, house and room, where that is enough."""
    said = scene.said()
    said = said.without(
        "province", "city", "county", "street", "community", *(("road", "plate") if said.estate else ())
    )
    return said.line() if scene.means_it(said) else None


def administrative(scene: Scene) -> str | None:
    """Without road and doorplate."""
    said = scene.said()
    return said.without("road", "plate").line() if said.estate else None


def geographic(scene: Scene) -> str | None:
    """Without street and community."""
    said = scene.said().without("street", "community")
    return said.line() if scene.means_it(said) else None


def no_head(scene: Scene) -> str:
    """Without province, city and county."""
    return scene.said().without("province", "city", "county").line()


def bare_areas(scene: Scene) -> str:
    """深圳宝安西乡固戍…: areas without 市, 区, 街道, 社区."""
    said = scene.said()
    county = said.county if len(said.county or "") < 3 else (said.county or "")[:-1]
    return replace(
        said,
        province=(said.province or "").removesuffix("省"),
        city=(said.city or "").removesuffix("市"),
        county=county,
        street=re.sub("(街道|镇)$", "", said.street or ""),
        community=re.sub("社区$", "", said.community or "") if scene.rng.random() < 0.3 else None,
    ).line()


def former_rank(scene: Scene) -> str | None:
    """西乡镇, 西乡街道办."""
    said = everyday(scene)
    if not said.street or not said.street.endswith("街道"):
        return None
    name = said.street.removesuffix("街道")
    return replace(said, street=name + scene.rng.choice(["镇", "街道办", "街道办事处", "街办"])).line()


def committee(scene: Scene) -> str | None:
    """固戍社区居委会."""
    said = scene.said().without("province", "city")
    if not (said.community or "").endswith("社区"):
        return None
    return replace(said, community=(said.community or "") + scene.rng.choice(["居委会", "居民委员会"])).line()


def width(scene: Scene) -> str:
    """Full-width figures and letters."""
    return full_width(everyday(scene).line())


def spaces(scene: Scene) -> str:
    """Spaces of all kinds, between parts and inside them."""
    line = everyday(scene).line(" ") if scene.rng.random() < 0.5 else everyday(scene).line()
    for _ in range(scene.rng.randint(1, 3)):
        place = scene.rng.choice([n for n in range(len(line) + 1) if not line[max(n - 1, 0) : n + 1].isascii()] or [0])
        line = line[:place] + scene.rng.choice([" ", "  ", "\u3000", "\t", "\u00a0"]) + line[place:]
    return line


def punctuation(scene: Scene) -> str:
    """Signs between the parts and at the end."""
    line = everyday(scene).line(scene.rng.choice(["，", ",", "、", "·", "/", "；", "。", "."]))
    return line + scene.rng.choice(["", "。", ".", "，", "；"])


def old_characters(scene: Scene) -> str | None:
    """Traditional characters."""
    line = everyday(scene).line()
    return traditional(line) if traditional(line) != line else None


def numerals(scene: Scene) -> str | None:
    """六十六号五零一室: numbers of house, entrance and room spelt."""
    said = everyday(scene)

    def spelt(match: re.Match[str]) -> str:
        value = int(match[0])
        return (
            chinese(value)
            if 0 < value < 100 and not match[0].startswith("0")
            else "".join(NUMERALS[int(d)] for d in match[0])
        )

    parts = {part: re.sub(r"\d+", spelt, text) for part in ("number", "entrance") if (text := getattr(said, part))}
    if (said.number and ("-" in said.number or scene.house.is_temporary)) or (said.room and not said.room.isdigit()):
        return None
    room = "".join(NUMERALS[int(digit)] for digit in said.room or "")
    changed = replace(said, **parts, room=room or None, mark="室" if room else "")
    return changed.line() if changed != said else None


def arabic(scene: Scene) -> str | None:
    """浪口1区, 8巷: what the library spells, in figures."""
    line = everyday(scene).tail()
    changed = re.sub(r"([一二三四五六七八九])(?=[区村巷期坊])", lambda m: str(NUMERALS.index(m[1])), line)
    changed = re.sub(
        r"十([一二三四五六七八九]?)(?=[区村巷])", lambda m: str(10 + NUMERALS.index(m[1] or "零")), changed
    )
    return everyday_head(scene) + changed if changed != line else None


def everyday_head(scene: Scene) -> str:
    """The areas, more or less of them."""
    said = scene.said()
    return said.without(*scene.rng.choice([("province",), ("province", "city"), ("province", "city", "county")])).head()


def marker(scene: Scene) -> str | None:
    """栋, 座, 幢, 号楼, # for one another."""
    said = everyday(scene)
    if not said.number or not (found := re.fullmatch(r"(.*?)(\d+|[A-Z])(栋|座|幢|号楼|楼|号)", said.number)):
        return None
    before, digits, was = found.groups()
    choices = (
        ["栋", "幢", "号楼"]
        + (["#", "座"] if not before else [])
        + (["#楼"] if digits.isdigit() and not before else [])
    )
    if was == "号" and "巷" in before:
        choices = ["栋", "#"]
    new = scene.rng.choice([other for other in choices if other != was])
    return replace(said, number=before + digits + new).line()


def dashes(scene: Scene) -> str | None:
    """3-2-501, A-1203."""
    said = everyday(scene)
    number = re.fullmatch(r"((?:.*巷)?)([A-Z]|\d+)(?:栋|座|幢|号楼|楼|号)", said.number or "")
    if not said.estate or not number or not said.room or "铺" in said.room:
        return None
    parts = [
        number[2],
        (said.entrance or "")[:-2] if (said.entrance or "").endswith("单元") else (said.entrance or "")[:-1],
        said.room,
    ]
    joined = scene.rng.choice(["-", "-", "-", "—", "－"]).join(part for part in parts if part)
    return replace(said, number=number[1] + joined, entrance=None, room=None).line()


def brackets(scene: Scene) -> str | None:
    """广东深圳宝安区中国广东深圳宝安区宝源路【碧海花园3-501】 (碧海花园附近), as shops' order forms write it."""
    said, rng = scene.said(), scene.rng
    bare = replace(said, province=(said.province or "").removesuffix("省"), city=(said.city or "").removesuffix("市"))
    start = (bare.province or bare.city or "") + (bare.city or "") + (bare.county or "")
    near = scene.house.estate.name if scene.house.estate else (said.community or "").removesuffix("社区")
    where = rng.choice([said.road if said.estate else None, said.street, said.street]) or said.street
    gap = rng.choice(["", " "])
    remark = rng.choice(["", f"{gap}({near}附近)", f"{gap}({near}附近)"])
    first = rng.choice([start, said.county or ""])
    return f"{first}中国{start}{where}【{rng.choice(['', said.community or ''])}{said.tail()}{gap}】{remark}"


def repeated(scene: Scene) -> str:
    """The areas said twice over."""
    said, rng = scene.said(), scene.rng
    bare = (said.province or "").removesuffix("省") + (said.city or "").removesuffix("市") + (said.county or "")
    again = rng.choice(
        [
            said.head(),
            (said.city or "") + (said.county or "") + "全区" + (said.street or ""),
            bare + (said.street or "") * 2,
        ]
    )
    rest = said.tail() if said.estate else said.without("province", "city", "county", "street", "community").line()
    return bare + again + rest


def floor_said(scene: Scene) -> str | None:
    """5楼501."""
    said = everyday(scene)
    if not scene.room or scene.room.floor is None:
        return None
    n = scene.room.floor
    return replace(said, floor=scene.rng.choice([f"{n}楼", f"{n}层", f"{chinese(n)}楼"])).line()


def lower_case(scene: Scene) -> str | None:
    """a座1203, 12b."""
    line = everyday(scene).line()
    return line.lower() if line.lower() != line else None


def entrance_word(scene: Scene) -> str | None:
    """2门, 2梯, 二单元, 2单元 for one another."""
    said = everyday(scene)
    if not said.entrance:
        return None
    n = int(re.sub(r"\D", "", said.entrance))
    forms = [f"{n}单元", f"{n}门", f"{chinese(n)}单元", f"{n}梯"]
    return replace(said, entrance=scene.rng.choice([form for form in forms if form != said.entrance])).line()


ORDINARY: dict[str, Kind] = {
    "full": full, "short": short, "administrative": administrative, "geographic": geographic, "no_head": no_head,
    "bare_areas": bare_areas, "former_rank": former_rank, "committee": committee, "full_width": width,
    "spaces": spaces, "punctuation": punctuation, "traditional": old_characters, "numerals": numerals,
    "arabic": arabic, "marker": marker, "dashes": dashes, "brackets": brackets, "repeated": repeated,
    "floor_said": floor_said, "lower_case": lower_case, "entrance_word": entrance_word,
}  # fmt: skip
