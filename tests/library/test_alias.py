from __future__ import annotations

import pytest

from schemas.home import Home
from tests.library import town
from tests.library.test_operations import found, key, sound
from tests.library.town import DAY2, DAY3, NEXT, VILLAGE, order, unit
from transforms.lake.store import Lake
from transforms.library.alias import add_alias, end_alias, kinds
from transforms.library.cancel import cancel
from transforms.library.draft import LibraryRefusal
from transforms.library.history import History

# The standard's own example: one place under seven kinds of names.
NAMES = {
    "full": "广东省深圳市宝安区西乡街道固戍社区宝源路1006号创新中心大厦",
    "administrative": "深圳市宝安区西乡街道固戍社区创新中心大楼",
    "geographic": "深圳市宝安区创新中心南座",
    "colloquial": "老区委大院",
    "short": "创新中心",
    "alternative": "国际创新中心",
    "former": "西乡供销社",
}


def test_there_are_the_seven_kinds_of_the_standard() -> None:
    assert set(kinds()) == set(NAMES)


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_of_every_kind_finds_the_place_from_its_day_until_it_ends(lake: Lake, kind: str) -> None:
    text = NAMES[kind]
    assert found(lake, address=text)[1] != VILLAGE
    add_alias(lake.home, VILLAGE, kind, text, order(DAY2))
    answer = key(lake, address=text)
    assert (answer["match_level"], answer["building_code"], answer["match_method"]) == ("building", VILLAGE, "exact")
    assert sound(lake)
    end_alias(lake.home, VILLAGE, kind, text, order(DAY3))
    # a former name has ended by its nature, and is written all the same
    assert (found(lake, address=text)[1] == VILLAGE) == (kind == "former")
    history = History.open(lake.home)
    assert [[name["text"] for name in history.of(VILLAGE, day).names] for day in (town.DAY1, DAY2, DAY3)] == [
        [],
        [text],
        [],
    ]
    assert [name["valid_to"] for name in history.of(VILLAGE).names] == [DAY3]


def test_a_room_may_have_a_name_too(lake: Lake) -> None:
    add_alias(lake.home, unit(VILLAGE, 1), "colloquial", "阿婆士多店", order())
    assert found(lake, address="深圳市宝安区阿婆士多店") == ("unit", unit(VILLAGE, 1))
    assert found(lake, address="阿婆士多店") == ("unit", unit(VILLAGE, 1))


def test_a_street_is_known_by_its_other_name(lake: Lake) -> None:
    add_alias(lake.home, town.STREET, "former", "西乡镇", order())
    assert History.open(lake.home).of(town.STREET).names[0]["text"] == "西乡镇"
    assert found(lake, address="西乡镇固戍一村66号101") == ("unit", unit(VILLAGE, 1))


@pytest.mark.parametrize(
    ("code", "kind", "text", "said"),
    [
        (VILLAGE, "nickname", "老楼", "no kind"),
        (VILLAGE, "short", "  ", "no name"),
        (VILLAGE, "short", "楼" * 201, "no name"),
        (VILLAGE, "short", "老\n楼", "no name"),
        (NEXT, "short", "老楼", "bears that name"),
        ("440306999", "short", "老街", "no area"),
        (f"{town.GRID}09999", "short", "老街", "not in the library"),
    ],
)
def test_refusals(lake: Lake, code: str, kind: str, text: str, said: str) -> None:
    add_alias(lake.home, VILLAGE, "short", "老楼", order())
    with pytest.raises(LibraryRefusal, match=said):
        add_alias(lake.home, code, kind, text, order())
    assert lake.standing().number == 1


def test_a_name_is_borne_once_and_ended_once(lake: Lake) -> None:
    add_alias(lake.home, VILLAGE, "short", "老楼", order())
    with pytest.raises(LibraryRefusal, match="already"):
        add_alias(lake.home, VILLAGE, "short", "老楼", order(DAY3))
    end_alias(lake.home, VILLAGE, "short", "老楼", order(DAY3))
    with pytest.raises(LibraryRefusal, match="no such short name"):
        end_alias(lake.home, VILLAGE, "short", "老楼", order(town.DAY4))


def test_a_name_of_a_cancelled_place_is_free(home: Home, lake: Lake) -> None:
    add_alias(home, VILLAGE, "short", "老楼", order())
    cancel(home, VILLAGE, order(), with_units=True)
    add_alias(home, NEXT, "short", "老楼", order(DAY3))
    assert found(lake, address="老楼101") == ("unit", unit(NEXT, 1))


def test_a_persons_number_is_no_name(lake: Lake) -> None:
    with pytest.raises(LibraryRefusal, match="a person's number"):
        add_alias(lake.home, VILLAGE, "colloquial", "1380000" + "0000", order())
