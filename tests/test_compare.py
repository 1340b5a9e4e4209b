"""Comparing a delivery with what stands, on frames small enough to read."""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.compare import compare, conflicting, no_rows_known, restoring, same_after_cleaning, vanished
from transforms.standing import ROW, halves, places_of

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


def delivered(*hashes: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"file_name": "f", "row_number": range(2, 2 + len(hashes)), "row_hash": [one * 32 for one in hashes]},
        schema_overrides={"row_number": pl.UInt32},
    )


def standing(**hashes: str) -> pl.DataFrame:
    rows = pl.Series([one * 32 for one in hashes.values()], dtype=pl.String)
    return pl.DataFrame({"record_id": pl.Series(list(hashes), dtype=pl.String)}).with_columns(*halves(rows))


def test_rows_are_new_known_or_said_twice() -> None:
    found = compare(delivered("a", "n", "b", "n", "a"), standing(A="a", B="b", C="c"))
    assert found.changed["row_number"].to_list() == [3]
    assert found.unchanged.select("row_number", "at", "record_id").rows() == [(2, 0, "A"), (4, 1, "B")]
    assert found.duplicates == 2


def test_rows_recognised_before_they_were_read_are_not_said_again() -> None:
    """Line 9 was known as C, once more as such; row 3 says the same as C in another writing, and came first."""
    known = pl.DataFrame([("f", 9, 2)], schema=no_rows_known().schema, orient="row")
    found = compare(delivered("a", "c", "n"), standing(A="a", B="b", C="c"), known, again=1)
    assert found.changed["row_number"].to_list() == [4]
    assert found.unchanged.select("row_number", "record_id").rows() == [(2, "A"), (3, "C")]
    assert found.duplicates == 2


def test_an_empty_lake_knows_nothing() -> None:
    found = compare(delivered("a", "b"), standing())
    assert found.changed.height == 2 and found.unchanged.is_empty() and found.duplicates == 0


def test_vanished_is_what_nobody_mentions() -> None:
    stood = standing(A="a", B="b", C="c", D="d", E="e")
    gone = vanished(stood, pl.Series([0]), pl.Series(["X"]), pl.Series(["D"]), pl.Series([], dtype=pl.String))
    assert gone.to_list() == ["B", "C", "E"]


def test_a_key_said_twice_differently_conflicts_wherever_it_stands() -> None:
    cleaned = pl.DataFrame({"file_name": "f", "row_number": [2, 3, 4], "record_id": ["A", "A", "B"]})
    unchanged = pl.DataFrame({"file_name": "f", "row_number": [5, 6], "at": [0, 1], "record_id": ["B", "C"]})
    assert sorted(conflicting(cleaned, unchanged)["row_number"]) == [2, 3, 4, 5]


def test_rows_alike_but_for_their_place_are_one() -> None:
    cleaned = pl.DataFrame(
        {
            "file_name": "f",
            "row_number": [2, 3, 4],
            "row_hash": ["x", "y", "z"],
            "record_id": ["A", "A", "A"],
            "n": [1, 1, 2],
        }
    )
    assert same_after_cleaning(cleaned)["row_number"].to_list() == [2, 4]


def history(*changes: tuple[str, str, date, str | None]) -> pl.LazyFrame:
    return pl.LazyFrame(
        changes,
        schema={"record_id": pl.String, "operation": pl.String, "delivered_on": pl.Date, "row_hash": pl.String},
        orient="row",
    )


def test_what_a_late_day_changed_the_next_day_says_again_unless_it_spoke() -> None:
    """Late Tuesday touched A (as Monday until then), B (Wednesday spoke), C (unknown before), D (deleted Monday)."""
    changes = history(
        ("A", "insert", MONDAY, "a1"),
        ("B", "insert", MONDAY, "b1"),
        ("D", "delete", MONDAY, None),
        ("B", "update", WEDNESDAY, "b2"),
    )
    again = restoring(changes, pl.Series(["A", "B", "C", "D"]), WEDNESDAY).sort("record_id")
    assert again.select("record_id", "operation", "delivered_on", "row_hash").rows() == [
        ("A", "update", WEDNESDAY, "a1"),
        ("C", "delete", WEDNESDAY, None),
        ("D", "delete", WEDNESDAY, None),
    ]


def test_each_hash_has_one_place_however_many_are_asked_for() -> None:
    known = pl.DataFrame({"row_1": [5, 6, None, 7, 7], "row_2": [1, 2, 3, 4, 4]}, schema=dict.fromkeys(ROW, pl.UInt64))
    asked = pl.DataFrame(
        {"row_1": [6, 6, 5, None, 9, 7], "row_2": [2, 9, 1, 3, 1, 4]}, schema=dict.fromkeys(ROW, pl.UInt64)
    )
    *places, twice = places_of(asked, known, ROW).tolist()
    assert places == [1, -1, 0, -1, -1]
    assert twice in (3, 4), "two records with one hash: either, and only one"
    for place in range(5):
        assert places_of(asked[place : place + 1], known, ROW).tolist() == places[place : place + 1]
