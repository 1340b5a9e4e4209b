"""Chinese numerals as digits: 二十一栋 → 21栋, 廿三 → 23, 三零二室 → 302室. All as dictionaries, for
`replacing`.
"""

from __future__ import annotations

from functools import cache

DIGITS = "零一二三四五六七八九"
# What may follow a number of a house, building, entrance, floor or room.
# Not 门, 户, 组: 三门峡 and 八户村 are names.
MARKERS = ("号", "栋", "幢", "座", "单元", "楼", "层", "室", "房", "梯", "铺", "档", "#")

HOUSES = ("号", "栋", "幢", "座", "楼", "院", "#")


@cache
def spellings(number: int) -> tuple[str, ...]:
    """Every way 1 to 999 is written in words: 21 → 二十一, 廿一."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    one = DIGITS[ones] if ones else ""
    if not hundreds:
        if not tens:
            return (one,)
        words = [(DIGITS[tens] if tens > 1 else "") + "十" + one]
        if tens == 1:
            words.append("一十" + one)
        if tens == 2:
            words.append("廿" + one)
        if tens == 3:
            words.append("卅" + one)
        return tuple(words)
    head = DIGITS[hundreds] + "百"
    if not rest:
        return (head,)
    if not tens:
        return (head + "零" + one,)
    return (head + DIGITS[tens] + "十" + one,)


@cache
def counted(limit: int = 399) -> dict[str, str]:
    """Numeral + marker → digits + marker: what `normalise` replaces."""
    return {word + marker: f"{n}{marker}" for n in range(1, limit + 1) for word in spellings(n) for marker in MARKERS}


@cache
def anywhere(limit: int = 99) -> dict[str, str]:
    """Numeral → digits wherever it stands, longest first: for keys of names only (三区 and 3区 are one name)."""
    table = {word: str(n) for n in range(1, limit + 1) for word in spellings(n)} | {"〇": "0", "零": "0"}
    return dict(sorted(table.items(), key=lambda item: -len(item[0])))


@cache
def doors(limit: int = 30) -> dict[str, str]:
    """Marker + numeral + 门, as 4楼一门: behind a house its number counts doors, elsewhere (三门峡) it is a name."""
    return {
        f"{marker}{word}门": f"{marker}{n}门" for n in range(1, limit + 1) for word in spellings(n) for marker in HOUSES
    }
