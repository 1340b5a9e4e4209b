from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.addressing.compare import compare_addresses, compare_file
from transforms.addressing.compare_evidence import LEVELS, gather
from transforms.addressing.compare_weights import PATH, RELATIONS, decisive

LABELLED = Path(__file__).parent / "labelled"
PAIRS = pl.concat([pl.read_csv(LABELLED / name) for name in ("pairs.csv", "pairs_more.csv")])


def relation(left: str, right: str) -> str | None:
    return compare_addresses(pl.Series([left]), pl.Series([right]))["relation"][0]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("西湖区文三路12号", "杭州市西湖区文三路１２号", "same"),
        ("翠苑一区5幢2单元301", "杭州西湖区翠苑1区5栋2-301", "same"),
        ("翠苑一区5幢2单元301", "翠苑一区5幢", "part"),
        ("翠苑一区", "翠苑一区5幢2单元301", "part"),
        ("文三路12号华星大厦", "文三路12号华星大厦3楼", "part"),
        ("固戍一村66号", "固戍一村67号", "different"),
        ("固戍一村66号501", "固戍一村66号510", "different"),
        ("深圳市南山区桃源村3栋501", "深圳市宝安区桃源村3栋501", "different"),
        ("碧海花园3栋", "碧海3栋", "same"),
        ("宝民一路12号", "宝民二路12号", "different"),
        # what stands behind a name is finer, what stands before it coarser
        ("湖塘村", "常州市武进区湖塘村府前路15号", "part"),
        # a letter's house goes on in its number; 3 does not go on in 31
        ("滨江花园B座", "滨江花园31栋", "different"),
        # one number or side tells two names apart, however alike
        ("锦江花园一期3栋501", "锦江花园二期3栋501", "different"),
        ("柳林东路18号", "柳林西路18号", "different"),
        # a road in brackets is a road; a landmark in brackets is none
        ("宁波市鄞州区天童南路", "南苑环球酒店(天童南路639号)", "part"),
        ("宁波市鄞州区惠风路", "南苑环球酒店(天童南路附近)", "different"),
        # nothing in common
        ("南昌市西湖区孺子路9号", "孺子亭公园", "different"),
    ],
)
def test_relations(left: str, right: str, expected: str) -> None:
    assert relation(left, right) == expected
    assert relation(right, left) == expected


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        "  ",
        None,
        "，",
        "13800138000",
        "😀🏠",
        "No. 12 Main Street",
        "Wensan Lu 12 Hao",
        "\x00\x07",
        "12",
        "（附近）",
    ],
)
def test_with_nothing_there_is_no_relation(nothing: str | None) -> None:
    for left, right in ((nothing, "固戍一村66号"), ("固戍一村66号", nothing)):
        found = compare_addresses(pl.Series([left], dtype=pl.String), pl.Series([right], dtype=pl.String))
        row = found.row(0, named=True)
        assert row["relation"] is None
        assert row["score"] == 0.0
        assert row["reason"] == "an address says nothing that can be compared"


def test_empty_on_both_sides_says_nothing_but_one_text_twice_is_the_same() -> None:
    found = compare_addresses(pl.Series(["", None, "😀", "abc"]), pl.Series(["", None, "😀", "abc"]))
    assert found["relation"].to_list() == [None, None, "same", "same"]


def test_no_pairs() -> None:
    found = compare_addresses(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String))
    assert found.schema == {"relation": pl.String, "score": pl.Float64, "reason": pl.String}
    assert found.height == 0


def test_a_long_text_is_compared_by_its_beginning() -> None:
    long = "杭州市西湖区文三路12号" + "很长的备注" * 400
    assert relation(long, long) == "same"
    assert relation(long, "杭州市西湖区文三路13号") == "different"


def test_every_address_is_the_same_as_itself() -> None:
    texts = pl.concat([PAIRS["left"], PAIRS["right"]])
    found = compare_addresses(texts, texts)
    assert set(found["relation"]) == {"same"}
    assert found["score"].min() == 1.0


def test_the_sides_may_be_turned() -> None:
    there = compare_addresses(PAIRS["left"], PAIRS["right"])
    back = compare_addresses(PAIRS["right"], PAIRS["left"])
    assert there["relation"].to_list() == back["relation"].to_list()
    assert np.allclose(there["score"], back["score"], atol=1e-9)


TEXT = st.text(st.sampled_from("杭州市西湖区文三路花园村一二东12号栋AB-单元室（）附近 "), max_size=20)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30))
def test_the_sides_of_any_text_may_be_turned(pairs: list[tuple[str, str]]) -> None:
    left, right = (pl.Series([pair[at] for pair in pairs], dtype=pl.String) for at in (0, 1))
    there, back = compare_addresses(left, right), compare_addresses(right, left)
    assert there["relation"].to_list() == back["relation"].to_list()
    assert there["score"].is_between(0, 1).all()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 999), st.integers(1, 999)), min_size=1, max_size=40))
def test_two_numbers_are_never_one_place(numbers: list[tuple[int, int]]) -> None:
    apart = [(a, b) for a, b in numbers if a != b]
    for shape in ("西湖区文三路{}号", "西湖区文三路12号{}幢", "西湖区翠苑一区{}幢301室", "西湖区翠苑一区5幢{}室"):
        left, right = (pl.Series([shape.format(pair[at]) for pair in apart], dtype=pl.String) for at in (0, 1))
        assert set(compare_addresses(left, right)["relation"]) <= {"different"}


def test_the_reason_tells_what_decided() -> None:
    left = ["文三路12号", "翠苑一区5幢", "翠苑一区5幢301", "翠苑一区", "宁波市文三路12号"]
    right = ["西湖区文三路12号", "翠苑一区6幢", "翠苑一区5幢", "翠苑一区5幢", "杭州市文三路12号"]
    found = compare_addresses(pl.Series(left), pl.Series(right))["reason"].to_list()
    assert found == [
        "same road and number",
        "another building",
        "same name, the left says more",
        "same name, the right says more",
        "another city",
    ]


def test_the_labelled_pairs_keep_what_was_measured() -> None:
    found = compare_addresses(PAIRS["left"], PAIRS["right"])["relation"]
    scored = PAIRS.select("relation").with_columns(found=found.fill_null(""))
    for kind in RELATIONS:
        right = scored.filter((pl.col("relation") == kind) & (pl.col("found") == kind)).height
        said = (scored["relation"] == kind).sum() + (scored["found"] == kind).sum()
        assert 2 * right / said > 0.9, kind


def test_the_weights_are_those_of_the_evidence() -> None:
    table = pl.read_csv(PATH)
    assert table.select("evidence", "level").rows() == [(name, lv) for name, levels in LEVELS.items() for lv in levels]
    assert table.select(RELATIONS).to_numpy().sum() == pytest.approx(0, abs=0.5)


def test_a_contradiction_outweighs_all_likeness() -> None:
    evidence = gather(pl.Series(["翠苑一区5幢301", "翠苑一区5幢301"]), pl.Series(["翠苑一区5幢302", "翠苑1区5幢301"]))
    found = decisive(np.array([[0.98, 0.01, 0.01], [0.98, 0.01, 0.01]]), evidence)
    assert RELATIONS[found[0].argmax()] == "different"
    assert found[1].tolist() == pytest.approx([0.98, 0.01, 0.01])
    assert found.sum(axis=1).tolist() == pytest.approx([1, 1])


def test_twenty_thousand_pairs_take_seconds() -> None:
    left = pl.Series([f"杭州市西湖区文三路{n}号华星大厦{n % 30}楼{n % 97}室" for n in range(20_000)])
    right = pl.Series([f"西湖区华星大厦{n % 30}楼{n % 89}室" for n in range(20_000)])
    compare_addresses(left[:50], right[:50])
    start = time.process_time()
    compare_addresses(left, right)
    assert time.process_time() - start < 6  # half a second to two on one core; a loop over rows takes minutes


def test_a_file_of_pairs(tmp_path: Path) -> None:
    path, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pl.DataFrame({"a": ["固戍一村66号", "固戍一村66号"], "b": ["固戍1村66号", "固戍一村67号"]}).write_csv(path)
    assert compare_file(path, "a", "b", out) == {"different": 1, "same": 1}
    assert pl.read_csv(out).columns == ["a", "b", "relation", "score", "reason"]
