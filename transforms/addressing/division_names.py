"""Names of the national divisions and what they mean where: dictionaries made from data/reference once.

Source: divisions of the statistics bureau, 2023, and abolished ones people still write.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from schemas import reference

_PEOPLES = (
    "土家族|苗族|侗族|布依族|彝族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|藏族|羌族|回族|蒙古族|蒙古|哈萨克|柯尔克孜|朝鲜族|满族|"
    "瑶族|黎族|畲族|仡佬族|水族|各族|拉祜族|佤族|布朗族|独龙族|怒族|普米族|纳西族|仫佬族|毛南族|土族|撒拉族|东乡族|保安族|裕固族|"
    "达斡尔族|达斡尔|鄂温克族|鄂伦春|锡伯|塔吉克"
)
_PROVINCE_TAIL = re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")
_CITY_TAIL = re.compile(rf"(?:(?:{_PEOPLES})*自治州|市|地区|盟)$")
_COUNTY_TAIL = re.compile(rf"(?:(?:{_PEOPLES})*自治县|(?:{_PEOPLES})*自治旗|新区|林区|区|县|市|旗)$")
_TOWN_TAIL = re.compile(r"(?:街道办事处|街道|地区|镇|乡|苏木)$")
_FORMER_RANKS = ("市", "县", "区")
_RANKS = ("街道", "镇", "乡")
_FILLER = ("中国", "中华人民共和国", "全区", "全境", "城区", "市辖区", "省直辖市县", "省直辖县", "市区", "-", "|")
_FILLERS = re.compile(f"(?:{'|'.join(map(re.escape, _FILLER))})*")
_BEYOND = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))  # GB/T 2260; no statistics of theirs
_SHORT_PROVINCES = {"内蒙": "15"}
_FORMER_CITIES = {"莱芜": "3701", "襄樊": "4206", "思茅": "5308", "毕节地区": "5205", "铜仁地区": "5206"}


@dataclass(frozen=True)
class DivisionNames:
    """What a division name means, by where it stands. Codes of the statistics bureau."""

    provinces: dict[str, str]
    full_provinces: frozenset[str]
    cities: dict[str | None, dict[str, str]]  # province (None = anywhere, names of one city only) → name → code
    full_cities: frozenset[str]
    counties: dict[str | None, dict[str, str]]  # city, province or None → full name → code, or "" when several
    short_counties: dict[str, dict[str, str]]  # city → short name → code
    lone: dict[str, str]  # short names that one county bears and nothing else → code
    towns: dict[str, frozenset[str]]  # county → stems of its streets and towns
    city_towns: dict[str, frozenset[str]]  # city → the same of all its counties
    alone: dict[str, str]  # city codes that stand for one county-level city: 仙桃
    names: dict[str, str]  # code → official name
    words: frozenset[str]
    lengths: dict[str, tuple[int, ...]]  # first two characters of a name → how long such names are, longest first

    def filler(self, text: str, at: int) -> int:
        """Where the words that say nothing (中国, 全区) end."""
        return _FILLERS.match(text, at).end()  # type: ignore[union-attr]

    def province(self, text: str, at: int) -> tuple[int, str | None, bool]:
        """End, code and whether the name was whole."""
        end, code = self._longest(text, at, self.provinces)
        return end, code, text[at:end] in self.full_provinces

    def city(self, text: str, at: int, province: str | None) -> tuple[int, str | None, bool]:
        """End, code and whether the name was whole; within `province` if one was said."""
        end, code = self._longest(text, at, self.cities.get(province, {}))
        return end, code, text[at:end] in self.full_cities

    def shorter_city(self, text: str, at: int, province: str | None, end: int) -> tuple[int, str] | None:
        """The same place read as a shorter city name: 济宁 where 济宁市 was read."""
        table = self.cities.get(province, {})
        for stop in range(end - 1, at + 1, -1):
            if text[at:stop] in table:
                return stop, table[text[at:stop]]
        return None

    def county(self, text: str, at: int, city: str | None, province: str | None) -> tuple[int, str | None]:
        """End and code of a whole county name: in the city, else (redrawn since) the one of that name in the province.

        With neither said, anywhere: the code is "" where several counties bear the name.
        """
        scopes = [city, province or city[:2]] if city else [province]
        for scope in scopes:
            end, code = self._longest(text, at, self.counties.get(scope, {}))
            if code is not None and (code or scope is None):
                return end, code
        return at, None

    def short_county(self, text: str, at: int, city: str | None) -> tuple[int, str | None]:
        """End and code of a county name without 区 or 县, within its city."""
        return self._longest(text, at, self.short_counties.get(city or "", {}))

    def lone_county(self, text: str, at: int, province: str | None) -> tuple[int, str | None]:
        """End and code of a county's short name that no other bears: within `province`, or before a town of its own.

        Before its town it may bear a rank it no longer has: 临安市|锦城街道.
        """
        end, code = self._longest(text, at, self.lone)
        if code is None or (province is not None and code[:2] != province):
            return at, None
        towns = self.towns.get(code, frozenset())
        for begin in (end, end + 1)[: 1 + text.startswith(_FORMER_RANKS, end)]:
            if any(text[begin:stop] in towns for stop in range(begin + 2, min(len(text), begin + 5) + 1)):
                return begin, code
        return (end, code) if province is not None and end < len(text) else (at, None)

    def town_follows(self, text: str, at: int, city: str) -> bool:
        """Whether a street or town of `city` stands there with its rank: 杭州|五常街道."""
        stems = self.city_towns.get(city, frozenset())
        ends = (stop for stop in range(at + 2, min(len(text), at + 6)) if text.startswith(_RANKS, stop))
        return any(text[at:stop] in stems for stop in ends)

    def _longest(self, text: str, at: int, table: dict[str, str]) -> tuple[int, str | None]:
        size = len(text) - at
        for length in self.lengths.get(text[at : at + 2], ()):
            if length <= size and text[at : at + length] in table:
                return at + length, table[text[at : at + length]]
        return at, None


@cache
def official_characters() -> frozenset[str]:
    """Every character of an official division name down to the street."""
    frames = (reference.provinces(), reference.cities(), reference.counties(), reference.streets())
    return frozenset("".join(name for frame in frames for name in frame["name"]))


@cache
def division_names() -> DivisionNames:
    """The dictionaries, made once."""
    provinces = dict(_SHORT_PROVINCES)
    official: dict[str, str] = {}
    for code, name in (*reference.provinces().select("code", "name").iter_rows(), *_BEYOND):
        provinces |= {name: code, _PROVINCE_TAIL.sub("", name): code}
        official[code] = name
    cities: dict[str | None, dict[str, str]] = defaultdict(dict)
    full_cities: set[str] = set()
    everywhere: dict[str, set[str]] = defaultdict(set)

    def add_city(code: str, *names: str) -> None:
        for name in names:
            cities[code[:2]][name] = code
            everywhere[name].add(code)

    direct = set()
    for code, name in reference.cities().select("code", "name").iter_rows():
        if name in ("市辖区", "县"):
            # A municipality is its own city: 北京北京朝阳区.
            if name == "市辖区":
                add_city(code, official[code[:2]], _PROVINCE_TAIL.sub("", official[code[:2]]))
                full_cities.add(official[code[:2]])
                official[code] = official[code[:2]]
        elif "直辖" in name:
            direct.add(code)
        else:
            stem = _CITY_TAIL.sub("", name)
            also = stem + ("州" if name.endswith("自治州") else "地区")  # 恩施州, 喀什地区
            add_city(code, name, stem, also)
            full_cities |= {name, also}
            official[code] = name
    for name, code in _FORMER_CITIES.items():
        add_city(code, name, name + "市")
    counties, short, alone = _counties(direct, add_city, full_cities, official)
    cities[None] = {name: next(iter(codes)) for name, codes in everywhere.items() if len(codes) == 1}
    words = {*provinces, *everywhere, *(name for table in counties.values() for name in table), *_FILLER}
    words = {word for word in words if len(word) > 1 or word in _FILLER} - {"|"} | {r"\|"}
    stems: dict[str, set[str]] = defaultdict(set)
    for table in short.values():
        for stem, code in table.items():
            stems[stem].add(code)
    taken = {*provinces, *everywhere}
    towns: dict[str, set[str]] = defaultdict(set)
    for name, code in reference.streets().select("name", "county_code").iter_rows():
        stem = _TOWN_TAIL.sub("", name)
        towns[code].add(stem if len(stem) > 1 else name)
    of_cities: dict[str, set[str]] = defaultdict(set)
    for code, stems_there in towns.items():
        of_cities[code[:4]] |= stems_there
    return DivisionNames(
        lone={stem: next(iter(codes)) for stem, codes in stems.items() if len(codes) == 1 and stem not in taken},
        towns={code: frozenset(names) for code, names in towns.items()},
        city_towns={code: frozenset(names) for code, names in of_cities.items()},
        provinces=provinces,
        full_provinces=frozenset(official[code] for code in official if len(code) == 2),
        cities=dict(cities),
        full_cities=frozenset(full_cities),
        counties=counties,
        short_counties=short,
        alone=alone,
        names=official,
        words=frozenset(words),
        lengths=_lengths([provinces, *cities.values(), *counties.values(), *short.values(), stems]),
    )


def _lengths(tables: Iterable[Iterable[str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for table in tables:
        for name in table:
            if len(name) > 1:
                found[name[:2]].add(len(name))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _counties(direct, add_city, full_cities, official):  # type: ignore[no-untyped-def]
    """Counties by scope, short counties by city, and county-level cities that answer to their province alone."""
    found: dict[str | None, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    short: dict[str, dict[str, str]] = defaultdict(dict)
    alone: dict[str, str] = {}
    rows = list(reference.counties().select("code", "name", "city_code").iter_rows())
    by_code = {code: city for code, _, city in rows}
    written = [(code, name, city, True) for code, name, city in rows]
    for code, name, city in rows:
        official[code] = name
        stem = _COUNTY_TAIL.sub("", name)
        if city in direct:
            # 仙桃 is city and county in one: as a city it gets a code of its own kind, its county's.
            add_city(code, name, stem)
            full_cities.add(name)
            alone[code] = code
            found[code][name].add(code)
        if len(stem) >= 2:
            short[city][stem] = code
            # A county that became a district, or the other way, keeps its stem: 藁城市 and 藁城区 are one.
            written += [
                (code, stem + tail, city, False)
                for tail in ("区", "县", "市", "新区")
                if stem + tail not in full_cities  # 新乡市 is the city of 新乡县
            ]
    for code, name, city, is_official in written:
        found[city][name].add(code)
        if is_official:
            found[city[:2]][name].add(code)
            if name not in _FILLER:
                found[None][name].add(code)
    # An abolished county yields to one that exists, in its city, its province and the country.
    gone: dict[str | None, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for code, name in reference.former_counties().select("code", "former_name").iter_rows():
        for scope in (by_code[code], by_code[code][:2], None):
            gone[scope][name].add(code)
    for scope, table in gone.items():
        for name, codes in table.items():
            if name not in found[scope]:
                found[scope][name] = codes
    one = {
        scope: {name: next(iter(codes)) if len(codes) == 1 else "" for name, codes in table.items()}
        for scope, table in found.items()
    }
    return one, dict(short), alone
