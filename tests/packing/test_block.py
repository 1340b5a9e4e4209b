from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.measure import Measure
from schemas.table import Table, TableColumn
from tests.resolving import town
from tests.resolving.town import DAY3, MOVED, SHED, TOWER, VILLAGE
from transforms.packing.beside import put_together, side_by_side
from transforms.packing.block import pack
from transforms.packing.kept import keeping, known, marks_of, those_kept
from transforms.packing.measured import MeasureFault, measured

LEVELS = ("building", "grid", "community", "street", "district")


def measure(name: str, sql: str, **cells) -> Measure:
    words = {"theme": "population", "title": "数", "english": "number", "unit": "个", "scope_note": "测试"}
    return Measure(id=name, sql=sql, **{**words, **cells})


def declared(*measures: Measure) -> dict[str, Table]:
    def column(name: str, kind: str = "string") -> TableColumn:
        return TableColumn(name=name, type=kind, chinese="列")

    return {
        f"block.{level}": Table(
            name=f"block.{level}",
            chinese="块",
            description="made",
            grain=[f"{level}_code"],
            profile="place",
            columns=[
                column(f"{level}_code"),
                column("name"),
                *[column(item.id, item.type) for item in measures if level in item.levels],
            ],
        )
        for level in LEVELS
    }


HOMES = pl.DataFrame({"person_key": list("abcde"), "building_code": [TOWER, TOWER, VILLAGE, MOVED, SHED]})
RESIDENTS = measure(
    "residents", "SELECT building_code, NULL AS area_code, count(*) AS value FROM population.residence GROUP BY ALL"
)
EVENTS = measure("events", "SELECT building_code, area_code, 1 AS value FROM event.event")


def packed(*measures: Measure, **frames: pl.DataFrame) -> dict[str, pl.DataFrame]:
    tables = {**town.library(), "population.residence": HOMES, **frames}
    return pack(tables, measures, declared(*measures), DAY3)


def numbers(block: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(block.select(block.columns[0], column).rows())


def test_one_row_a_place_whatever_the_measures_found_there() -> None:
    empty = packed(RESIDENTS, **{"population.residence": HOMES.clear()})
    assert numbers(empty["block.building"], "residents") == {TOWER: 0, VILLAGE: 0, SHED: 0, MOVED: 0}
    assert {name: frame.height for name, frame in empty.items()} == {
        "block.building": 4, "block.grid": 2, "block.community": 2, "block.street": 2, "block.district": 1,
    }  # fmt: skip


def test_places_sum_their_buildings_by_the_areas_of_today() -> None:
    """The building MOVED has the southern street in its code and stands in the northern."""
    blocks = packed(RESIDENTS)
    assert numbers(blocks["block.building"], "residents")[TOWER] == 2
    assert numbers(blocks["block.street"], "residents") == {town.SOUTH: 3, town.NORTH: 2}
    assert numbers(blocks["block.district"], "residents") == {town.DISTRICT: 5}


def test_what_lies_outside_buildings_counts_by_its_grid() -> None:
    found = pl.DataFrame({"building_code": [None, TOWER, None], "area_code": [town.GRID_NORTH, None, None]})
    blocks = packed(EVENTS, **{"event.event": found.cast(pl.String)})
    assert numbers(blocks["block.grid"], "events") == {town.GRID_NORTH: 1, town.GRID_SOUTH: 1}
    assert numbers(blocks["block.street"], "events") == {town.NORTH: 1, town.SOUTH: 1}
    assert sum(numbers(blocks["block.building"], "events").values()) == 1


def test_what_is_known_to_a_community_or_street_alone_counts_there_and_above() -> None:
    areas = ["440306008004", town.NORTH, town.GRID_NORTH, "441900"]
    found = pl.DataFrame({"building_code": [None] * 4, "area_code": areas}).cast(pl.String)
    blocks = packed(EVENTS, **{"event.event": found})
    assert sum(numbers(blocks["block.grid"], "events").values()) == 1
    assert numbers(blocks["block.community"], "events") == {"440306008004": 2, "440306014003": 0}
    assert numbers(blocks["block.street"], "events") == {town.NORTH: 3, town.SOUTH: 0}
    assert numbers(blocks["block.district"], "events") == {town.DISTRICT: 3}


def test_a_building_decides_over_the_grid_given_with_it() -> None:
    found = pl.DataFrame({"building_code": [TOWER], "area_code": [town.GRID_NORTH]})
    blocks = packed(EVENTS, **{"event.event": found})
    assert numbers(blocks["block.grid"], "events") == {town.GRID_NORTH: 0, town.GRID_SOUTH: 1}


def test_a_cancelled_building_has_no_row_but_its_people_count_above() -> None:
    library = town.library()
    cancelled = pl.when(pl.col("building_code") == SHED).then(pl.lit("cancelled")).otherwise("status").alias("status")
    blocks = packed(RESIDENTS, **{"address.building": library["address.building"].with_columns(cancelled)})
    assert SHED not in numbers(blocks["block.building"], "residents")
    assert numbers(blocks["block.district"], "residents") == {town.DISTRICT: 5}


def test_a_measure_stands_only_at_its_levels_and_in_its_type() -> None:
    rent = measure("rent", "SELECT building_code, NULL AS area_code, 0.5 AS value FROM population.residence",
                   type="float64", levels=["street"])  # fmt: skip
    blocks = packed(RESIDENTS, rent)
    assert "rent" not in blocks["block.building"].columns
    assert numbers(blocks["block.street"], "rent") == {town.SOUTH: 1.5, town.NORTH: 1.0}
    assert blocks["block.street"].schema["residents"] == pl.Int64


def test_a_measure_that_does_not_run_is_named() -> None:
    broken = measure("broken", "SELECT nothing FROM population.residence")
    with pytest.raises(MeasureFault, match="broken"):
        measured({"population.residence": HOMES}, [broken])


def test_a_measure_over_a_feed_that_is_not_there_counts_nothing() -> None:
    other = measure("other", "SELECT building_code, NULL AS area_code, 1 AS value FROM record.town__lodgers")
    assert set(numbers(packed(other)["block.building"], "other").values()) == {0}


def test_what_was_counted_of_the_same_tables_is_not_counted_again() -> None:
    both = [RESIDENTS, EVENTS]
    outside = pl.DataFrame({"building_code": [TOWER, None], "area_code": [None, "440306001001"]})
    values = measured({"population.residence": HOMES, "event.event": outside}, both)
    contents = {"population.residence": "as it is", "event.event": "of yesterday"}
    kept = keeping(side_by_side(values), marks_of(both, contents, DAY3))
    same = known(kept, marks_of(both, contents, DAY3))
    assert_frame_equal(same, side_by_side(values))
    assert those_kept(kept, marks_of(both, {**contents, "event.event": "of today"}, DAY3)).keys() == {"residents"}
    other = RESIDENTS.model_copy(update={"sql": RESIDENTS.sql.replace("count(*)", "2 * count(*)")})
    assert those_kept(kept, marks_of([other, EVENTS], contents, DAY3)).keys() == {"events"}
    assert marks_of(both, {"event.event": "of today"}, DAY3).keys() == {"events"}, "nobody tells what residences hold"


def test_a_measure_that_counted_nothing_is_known_too() -> None:
    marks = marks_of([RESIDENTS], {"population.residence": "empty"}, DAY3)
    kept = keeping(side_by_side(measured({"population.residence": HOMES.clear()}, [RESIDENTS])), marks)
    assert those_kept(kept, marks) == marks and known(kept, marks).is_empty()


def test_values_put_together_are_summed_and_nothing_is_no_value() -> None:
    def beside(**measures: list[tuple[str | None, str | None, float]]) -> pl.DataFrame:
        schema = ["building_code", "area_code", "value"]
        return side_by_side(
            {name: pl.DataFrame(rows, {**dict.fromkeys(schema[:2], pl.String), "value": pl.Float64}, orient="row")
             for name, rows in measures.items()}
        )  # fmt: skip

    stood = beside(residents=[("A", None, 5), ("B", None, 2)], requests=[(None, "G", 1)])
    more = beside(residents=[("A", None, -1), ("B", None, -2), ("C", None, 1)], units=[("A", None, 9)])
    assert put_together(stood, more).rows() == [
        ("A", None, 4, None, 9), ("C", None, 1, None, None), (None, "G", None, 1, None)
    ]  # fmt: skip
