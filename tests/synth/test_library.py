import polars as pl
from shapely import from_wkb

from schemas import code
from schemas.table import load_tables
from synth.draw import Draw
from synth.library import _cancelled
from synth.world import World

KEPT_BY_COMMANDS = {"address.operation", "address.change"}  # what was done to a library, not what it holds


def test_every_table_is_there_in_its_shape_with_its_grain(library: dict[str, pl.DataFrame]):
    assert set(library) == {name for name in load_tables() if name.startswith("address.")} - KEPT_BY_COMMANDS
    for name, frame in library.items():
        table = load_tables()[name]
        assert frame.schema == table.polars_schema(), name
        assert frame.height and not frame.select(table.grain).is_duplicated().any(), name


def test_every_code_is_well_formed_and_rooms_hang_on_their_building(library: dict[str, pl.DataFrame]):
    unit, building = library["address.unit"], library["address.building"]
    assert unit.select(code.is_valid(pl.col("unit_code")).all()).item()
    assert (unit["unit_code"].str.slice(0, 19) == unit["building_code"]).all()
    assert set(unit["building_code"]) <= set(building["building_code"])
    assert (unit.group_by("building_code").agg(pl.col("unit_code").str.slice(19).min())["unit_code"] >= "000001").all()


def test_codes_are_meaningless_some_disagree_with_todays_community(library: dict[str, pl.DataFrame]):
    active = library["address.building"].filter(pl.col("status") == "active")
    apart = (active["building_code"].str.slice(0, 12) != active["community_code"]).mean()
    assert 0.05 < apart < 0.3


def test_temporary_structures_carry_a_t(library: dict[str, pl.DataFrame]):
    active = library["address.building"].filter(pl.col("status") == "active")
    assert active["is_temporary"].any()
    assert (active["building_code"].str.contains("T", literal=True) == active["is_temporary"]).all()


def test_standard_addresses_name_one_room_each(library: dict[str, pl.DataFrame]):
    same = library["address.unit"]["standard_address"].is_duplicated().mean()
    assert same < 0.001  # an estate may share its name with one in another street, not its whole address


def test_all_seven_kinds_of_alias_and_all_kinds_of_history(library: dict[str, pl.DataFrame]):
    assert set(library["address.alias"]["kind"]) == {
        "full", "administrative", "geographic", "colloquial", "short", "alternative", "former",
    }  # fmt: skip
    assert {"renumber", "merge", "cancel"} <= set(library["address.lineage"]["kind"])
    assert "cancelled" in set(library["address.building"]["status"])
    assert library["address.doorplate"]["building_code"].is_duplicated().any()


def test_footprints_are_valid_do_not_overlap_and_lie_in_their_grid(library: dict[str, pl.DataFrame]):
    active = library["address.building"].filter(pl.col("status") == "active")
    shapes = from_wkb(active["geometry"].to_list())
    grids = dict(library["address.area"].filter(pl.col("level") == "grid").select("area_code", "geometry").iter_rows())
    assert all(shape.is_valid and shape.area > 0 for shape in shapes)
    held = [
        from_wkb(grids[grid]).distance(shape.centroid) < 1e-9
        for grid, shape in zip(active["grid_code"], shapes, strict=True)
    ]
    assert all(held)
    one = active["community_code"].mode().sort()[0]
    near = [shape for shape, community in zip(shapes, active["community_code"], strict=True) if community == one]
    assert not any(a.intersects(b) for place, a in enumerate(near) for b in near[place + 1 :])


def test_the_library_does_not_know_every_room(world: World, library: dict[str, pl.DataFrame]):
    unknown = 1 - library["address.unit"].height / world.unit.height
    assert 0.002 < unknown < 0.03


def test_what_a_code_became_is_a_building_of_the_library():
    building = pl.DataFrame(
        {
            "building_code": [f"440306001001{number:07d}" for number in range(1000)],
            "is_listed": [number % 2 == 0 for number in range(1000)],
        }
    )
    cancelled, lineage = _cancelled(building, Draw(1, "cancelled"))
    listed = set(building.filter("is_listed")["building_code"])
    assert lineage.height and set(lineage["successor"].drop_nulls()) <= listed
    assert cancelled["code"].to_list() == lineage["code"].to_list()
