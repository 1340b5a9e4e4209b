"""Estates, houses and rooms of each kind of housing, as a library of addresses would hold them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

from benchmarks.second_set.districts import District

NUMERALS = "零一二三四五六七八九十"
SUFFIXES = (
    "花园", "小区", "新村", "老村", "旧村", "家园", "公寓", "华庭", "豪庭", "广场", "大厦", "山庄", "新城", "雅居",
    "名居",
    "家属院", "工业园", "工业区", "科技园", "村",
)  # fmt: skip


@dataclass(frozen=True)
class Estate:
    """What several houses share: an estate, a village, a park. `former` and `other` are names it also goes by."""

    name: str
    housing: str
    street: str
    community: str
    former: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class Room:
    """A room as the library writes it; `floor` is null where nobody would say one."""

    text: str
    floor: int | None
    entrance: str | None = None


@dataclass(frozen=True)
class House:
    """One building. Either `estate` with `number`, or `road` with `plate`, or both; `plates` are further doorplates."""

    estate: Estate | None
    number: str | None
    road: str | None
    plate: str | None
    rooms: tuple[Room, ...]
    housing: str
    street: str
    community: str
    plates: tuple[tuple[str, str], ...] = ()
    is_temporary: bool = False


def estate_pool() -> list[str]:
    """Names of real estates, nationwide."""
    return files(__package__).joinpath("estate_names.txt").read_text(encoding="utf-8").split()


def chinese(number: int) -> str:
    """1 to 99 in Chinese: 21 is 二十一."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return head + (NUMERALS[ones] if ones else "")


class Builder:
    """Draws estates and roads of one district; names are unique in a street, and a few stand in two streets."""

    def __init__(self, district: District, rng: random.Random) -> None:
        self.district, self.rng = district, rng
        self.pool = estate_pool()
        rng.shuffle(self.pool)
        self.taken: set[tuple[str, str]] = set()
        self.plates: set[tuple[str, str]] = set()
        self.again: list[tuple[str, str]] = []

    def area(self) -> tuple[str, str]:
        """A street and one of its communities."""
        street = self.rng.choice(list(self.district.streets))
        return street, self.rng.choice(self.district.streets[street])

    def estate(self, housing: str, name: Callable[[], str]) -> Estate:
        """A new estate; one in forty repeats the name of one in another street."""
        rng = self.rng
        for _ in range(200):
            street, community = self.area()
            twins = [text for text, kind in self.again if kind == housing] if rng.random() < 0.05 else []
            text = rng.choice(twins) if twins else name()
            known = {estate for _, estate in self.taken}
            if (street, text) in self.taken or (text in known and not twins):
                continue
            self.taken.add((street, text))
            if not twins:
                self.again.append((text, housing))
            former = self.pool.pop() if rng.random() < 0.12 and self.pool else None
            other = self.pool.pop() if rng.random() < 0.08 and self.pool else None
            return Estate(text, housing, street, community, former, other)
        raise ValueError(f"no name left for {housing} in {self.district.county}")

    def pooled(self, *suffixes: str) -> Callable[[], str]:
        """Draws names with one of these endings; any, where none is left."""

        def draw() -> str:
            for position in range(len(self.pool) - 1, -1, -1):
                if not suffixes or self.pool[position].endswith(suffixes):
                    return self.pool.pop(position)
            return self.pool.pop()

        return draw

    def road(self) -> str:
        """A road of the district."""
        rng = self.rng
        stem = rng.choice(self.district.road_stems)
        if stem.endswith(("大道", "大街", "线", "环")):
            return stem
        return stem + rng.choice(["路", "路", "路", "一路", "二路", "东路", "西路", "街"])

    def plate(self, road: str, step: int = 400) -> str:
        """A plate nobody else has in that road, in whole district: roads cross streets."""
        prefixes = self.district.plate_prefixes or [""]
        while True:
            number = f"{self.rng.choice(prefixes)}{self.rng.randint(1, step)}"
            if self.rng.random() < 0.06:
                number += f"-{self.rng.randint(1, 9)}"
            if (road, number) not in self.plates:
                self.plates.add((road, number))
                return number + "号"


def plain_rooms(rng: random.Random, floors: int, each: int, *, letters: bool = False, first: int = 1) -> list[Room]:
    """101, 102 … or 1A, 1B …, floor by floor."""
    return [
        Room(f"{floor}{chr(64 + n)}" if letters else f"{floor}{n:02d}", floor)
        for floor in range(first, floors + 1)
        for n in range(1, each + 1)
    ]


def village_rooms(rng: random.Random) -> tuple[Room, ...]:
    """A villager's house: three to eight floors, shops at the bottom of some, shared flats in a few."""
    floors, each = rng.randint(3, 8), rng.choice([1, 2, 2, 3, 4, 5])
    rooms = plain_rooms(rng, floors, each, letters=rng.random() < 0.06)
    if rng.random() < 0.12:
        rooms += [Room(f"铺{n}", None) for n in range(1, rng.randint(2, 4))]
    if rng.random() < 0.05:
        shared = rng.choice(rooms[:each])
        rooms += [Room(f"{shared.text}{letter}", shared.floor) for letter in "AB" if shared.text.isdigit()]
    return tuple(rooms)


def village(build: Builder) -> Iterator[House]:
    """浪口一区66号: houses numbered through the village, with gaps."""
    rng = build.rng

    def name() -> str:
        stem = rng.choice(
            [*build.district.village_stems, rng.choice(rng.choice(list(build.district.streets.values())))]
        )
        stem = stem.removesuffix("社区")
        tail = rng.choice(
            ["一区", "二区", "三区", "新村", "新村", "老村", "村", "村", "东区", "西区", "一村", "二村", "东坊"]
        )
        return stem + tail

    estate = build.estate("village", name)
    road = build.road() if rng.random() < 0.27 else None
    for number in sorted(rng.sample(range(1, 260), rng.randint(12, 60))):
        text = f"{number}号" if rng.random() < 0.94 else f"{number}-{rng.randint(1, 3)}号"
        plate = build.plate(road) if road and rng.random() < 0.7 else None
        yield house(estate, text, road if plate else None, plate, village_rooms(rng))


def lane_village(build: Builder) -> Iterator[House]:
    """新围仔村八巷12号: numbers begin again in every lane; half the libraries hold the lane as a road."""
    rng = build.rng

    def name() -> str:
        stem = rng.choice(build.district.village_stems)
        return stem + rng.choice(["村", "村", "新村", "新围", "旧村", "北", "南"])

    estate = build.estate("lane_village", name)
    as_road = rng.random() < 0.5
    side = rng.choice(["", "", "", "东", "南"])
    for lane in range(1, rng.randint(4, 14)):
        text = f"{side}{chinese(lane)}巷"
        for number in sorted(rng.sample(range(1, 24), rng.randint(3, 8))):
            if as_road:
                yield house(estate, None, estate.name + text, f"{number}号", village_rooms(rng))
            else:
                yield house(estate, f"{text}{number}号", None, None, village_rooms(rng))


def estate(build: Builder) -> Iterator[House]:
    """Towers without entrances: 3栋1204; letters for some, phases for a few."""
    rng = build.rng
    place = build.estate("estate", build.pooled())
    marker, road = rng.choice(build.district.tower_markers), build.road() if rng.random() < 0.4 else None
    plate = build.plate(road) if road else None
    letters = marker in ("栋", "座") and rng.random() < 0.25
    phases = rng.random() < 0.08
    room_letters = rng.random() < 0.12
    for phase in (1, 2) if phases else (0,):
        for n in range(1, rng.randint(3, 12)):
            number = f"{chr(64 + n) if letters else n}{marker}"
            rooms = plain_rooms(rng, rng.choice([7, 11, 18, 25, 32]), rng.randint(2, 6), letters=room_letters)
            yield house(place, f"{phase}期{number}" if phase else number, road, plate, tuple(rooms))


def with_entrances(build: Builder, kind: str, name: Callable[[], str], floors: list[int]) -> Iterator[House]:
    """Slabs with entrances: 3栋2单元501."""
    rng = build.rng
    place = build.estate(kind, name)
    marker, road = rng.choice(build.district.tower_markers), build.road() if rng.random() < 0.4 else None
    plate = build.plate(road) if road else None
    through = rng.random() < 0.15
    for n in range(1, rng.randint(3, 16)):
        each, top, rooms = rng.choice([2, 2, 3]), rng.choice(floors), []
        for entrance in range(1, rng.randint(2, 6)):
            start = (entrance - 1) * each if through else 0
            rooms += [
                Room(f"{floor}{start + m:02d}", floor, f"{entrance}{build.district.entrance_marker}")
                for floor in range(1, top + 1)
                for m in range(1, each + 1)
            ]
        yield house(place, f"{n}{marker}", road, plate, tuple(rooms))


def entrance_estate(build: Builder) -> Iterator[House]:
    """An estate with entrances."""
    return with_entrances(build, "entrance_estate", build.pooled("花园", "小区", "新村", "家园"), [6, 7, 8, 11])


def li(build: Builder) -> Iterator[House]:
    """柳江里3号楼11门201: the northern neighbourhood."""
    return with_entrances(build, "li", build.pooled("里"), [5, 6, 6, 7])


def work_unit(build: Builder) -> Iterator[House]:
    """粮食局家属院2号楼3门402."""
    return with_entrances(build, "work_unit", build.pooled("家属院"), [4, 5, 6, 7])


def mountain_estate(build: Builder) -> Iterator[House]:
    """恒大名都23-11-2: the room is floor and door."""
    rng = build.rng
    place = build.estate("mountain_estate", build.pooled())
    marker = rng.choice(build.district.tower_markers)
    entrances = rng.random() < 0.3
    for n in range(1, rng.randint(3, 20)):
        rooms = [
            Room(f"{floor}-{m}", None, f"{entrance}单元" if entrances else None)
            for entrance in range(1, 3 if entrances else 2)
            for floor in range(1, rng.choice([8, 11, 18, 28]))
            for m in range(1, rng.randint(3, 8))
        ]
        yield house(place, f"{n}{marker}", None, None, tuple(dict.fromkeys(rooms)))


def tower(build: Builder) -> Iterator[House]:
    """One office or living tower, alone at its plate."""
    rng = build.rng
    place = build.estate("tower", build.pooled("大厦", "广场", "公寓", "国际", "阁", "轩"))
    road = build.road()
    wings = rng.choice([(), (), ("A", "B")])
    plate, rooms = build.plate(road), plain_rooms(rng, rng.randint(8, 30), rng.randint(3, 12))
    for wing in wings or (None,):
        yield house(place, f"{wing}座" if wing else None, road, plate, tuple(rooms))


def industrial(build: Builder) -> Iterator[House]:
    """A park with factories and dormitories."""
    rng = build.rng

    def name() -> str:
        stem = rng.choice(
            [*build.district.village_stems, "宏发", "鸿威", "中粮福安", "华美居", "立讯", "骏丰", "裕安", "凤凰"]
        )
        return stem + rng.choice(["第一工业区", "第二工业区", "第三工业区", "工业园", "科技园", "高新产业园"])

    place = build.estate("industrial", name)
    road = build.road() if rng.random() < 0.5 else None
    plate = build.plate(road) if road else None
    lettered = rng.random() < 0.5
    for n in range(1, rng.randint(3, 9)):
        number = f"{chr(64 + n)}栋" if lettered else f"厂房{n}栋"
        yield house(place, number, road, plate, tuple(plain_rooms(rng, rng.randint(2, 6), rng.choice([1, 2, 4]))))
    for n in range(1, rng.randint(2, 4)):
        rooms = plain_rooms(rng, rng.randint(4, 7), rng.randint(6, 14))
        yield house(place, f"宿舍{n}栋", road, plate, tuple(rooms))


def factory(build: Builder) -> Iterator[House]:
    """A company's works: 厂房 and 宿舍楼, one of each."""
    rng = build.rng

    def name() -> str:
        first = rng.choice("宏永鸿恒佳联德泰金盛精万祥裕创荣立新华兴")
        second = rng.choice("达发威辉源信丰利业昌胜隆通晖诚捷")
        return first + second + rng.choice(["电子厂", "五金厂", "塑胶厂", "制衣厂", "玩具厂", "科技园", "实业"])

    place = build.estate("factory", name)
    yield house(place, "厂房", None, None, tuple(plain_rooms(rng, rng.randint(2, 5), rng.choice([1, 2]))))
    rooms = plain_rooms(rng, rng.randint(4, 7), rng.randint(5, 12))
    yield house(place, "宿舍楼", None, None, tuple(rooms))


def road_house(build: Builder) -> Iterator[House]:
    """A house known by its plate alone; corner houses carry two."""
    rng = build.rng
    street, community = build.area()
    road = build.road()
    for _ in range(rng.randint(3, 14)):
        corner = rng.random() < 0.15
        side = build.road()
        more = ((side, build.plate(side)),) if corner and side != road else ()
        rooms = plain_rooms(rng, rng.randint(2, 8), rng.randint(1, 5))
        if rng.random() < 0.2:
            rooms += [Room(f"铺{n}", None) for n in range(1, rng.randint(2, 5))]
        yield House(None, None, road, build.plate(road), tuple(rooms), "road_house", street, community, more)


def hutong(build: Builder) -> Iterator[House]:
    """丰盛胡同甲12号: few rooms round a yard."""
    rng = build.rng
    street, community = build.area()
    first, second = rng.choice("丰永兴福同德庆吉祥安仁义"), rng.choice("盛和隆泰源顺寿善昌益")
    road = first + second + rng.choice(["胡同", "胡同", "大街", "里弄", "巷"])
    for _ in range(rng.randint(4, 16)):
        rooms = [Room(f"{n}", None) for n in range(1, rng.randint(3, 8))]
        yield House(None, None, road, build.plate(road, 90), tuple(rooms), "hutong", street, community)


def nong(build: Builder) -> Iterator[House]:
    """国丰街113弄9号508; the compound sometimes has a name too."""
    rng = build.rng
    named = rng.random() < 0.5
    road = f"{build.road()}{rng.randint(2, 1600)}弄"
    place = build.estate("nong", build.pooled("新村", "小区", "苑", "家园")) if named else None
    street, community = (place.street, place.community) if place else build.area()
    for number in sorted(rng.sample(range(1, 60), rng.randint(4, 20))):
        if (road, f"{number}") in build.plates:
            continue
        build.plates.add((road, f"{number}"))
        rooms = plain_rooms(rng, rng.choice([5, 6, 11]), rng.choice([2, 2, 3]))
        yield House(place, None, road, f"{number}号", tuple(rooms), "nong", street, community)


def rural(build: Builder) -> Iterator[House]:
    """方家河头村3组12号: a farmhouse has no rooms."""
    rng = build.rng
    place = build.estate("rural", lambda: rng.choice(build.district.village_stems) + rng.choice(["村", "自然村", ""]))
    for group in range(1, rng.randint(3, 7)):
        for number in sorted(rng.sample(range(1, 60), rng.randint(4, 10))):
            yield house(place, f"{group}组{number}号", None, None, ())


def temporary(build: Builder) -> Iterator[House]:
    """浪口村T0041栋: structures that are not meant to stay."""
    rng = build.rng
    place = build.estate(
        "temporary", lambda: rng.choice(build.district.village_stems) + rng.choice(["村", "老围", "新围"])
    )
    for number in sorted(rng.sample(range(1, 300), rng.randint(3, 10))):
        rooms = tuple(Room(f"{n:03d}", None) for n in range(101, 101 + rng.randint(1, 8)))
        yield replace(house(place, f"T{number:04d}栋", None, None, rooms), is_temporary=True)


def house(estate: Estate, number: str | None, road: str | None, plate: str | None, rooms: tuple[Room, ...]) -> House:
    """A house of an estate, where the estate lies."""
    return House(estate, number, road, plate, rooms, estate.housing, estate.street, estate.community)


KINDS: dict[str, Callable[[Builder], Iterator[House]]] = {
    "village": village, "lane_village": lane_village, "estate": estate, "entrance_estate": entrance_estate,
    "tower": tower, "industrial": industrial, "factory": factory, "road_house": road_house, "hutong": hutong,
    "nong": nong, "li": li, "work_unit": work_unit, "mountain_estate": mountain_estate, "rural": rural,
    "temporary": temporary,
}  # fmt: skip


def houses_of(district: District, buildings: int, rng: random.Random) -> list[House]:
    """About `buildings` houses in the district's mix of housing."""
    build = Builder(district, rng)
    wanted = {kind: share * buildings for kind, share in district.housing.items()}
    made: list[House] = []
    for kind, count in wanted.items():
        have = 0
        while have < count:
            try:
                new = list(KINDS[kind](build))
            except (ValueError, IndexError):  # the names of this kind are used up: fewer of it, and no repeats
                break
            made += new
            have += len(new)
    return made
