from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from transforms.addressing.compare import compare_addresses, compare_file


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
    ],
)
def test_relations(left: str, right: str, expected: str) -> None:
    assert relation(left, right) == expected
    assert relation(right, left) == expected


@pytest.mark.parametrize("nothing", ["", None, "，"])
def test_with_nothing_there_is_no_relation(nothing: str | None) -> None:
    found = compare_addresses(pl.Series([nothing], dtype=pl.String), pl.Series(["固戍一村66号"])).row(0, named=True)
    assert found["relation"] is None
    assert found["reason"]


def test_every_address_is_the_same_as_itself() -> None:
    texts = pl.Series(["固戍一村66号501", "宝民一路12号", "碧海花园3栋", "西乡街道固戍社区", "宝安区"])
    found = compare_addresses(texts, texts)
    assert set(found["relation"]) == {"same"}
    assert found["score"].min() >= 0


def test_a_file_of_pairs(tmp_path: Path) -> None:
    path, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pl.DataFrame({"a": ["固戍一村66号", "固戍一村66号"], "b": ["固戍1村66号", "固戍一村67号"]}).write_csv(path)
    assert compare_file(path, "a", "b", out) == {"different": 1, "same": 1}
    assert pl.read_csv(out).columns == ["a", "b", "relation", "score", "reason"]
