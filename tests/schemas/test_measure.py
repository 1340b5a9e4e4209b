"""Every measure runs over the declared tables and gives the number a person counts by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.contract import load_contracts
from schemas.errors import ContractError
from schemas.measure import MEASURES_FOLDER, Measure, load_measures
from schemas.table import Table, load_tables, record_table

MEASURES = load_measures()
A, B, GRID = "4403060110010100001", "4403060110010100002", "44030601100102"

# Six people in building A as of 2026-03-04, born so that each age rule has one just inside and one just outside.
PEOPLE = [
    # person, sex, birth year, school cohort, unit, doubt
    ("old", "female", 1946, 1945, A + "000001", None),  # 80, alone in her room
    ("elder", "male", 1966, 1965, A + "000002", None),  # 60
    ("adult", "female", 1967, 1966, A + "000002", "d1"),  # 59
    ("starter", "male", 2019, 2019, A + "000003", None),  # 7, due in autumn 2026
    ("next", "female", 2020, 2020, None, None),  # 6, due in autumn 2027, known to the building only
    ("pupil", "male", 2011, 2010, A + "000003", None),  # 15, in the ninth cohort
]

EXPECTED = {
    "residents": {A: 6},
    "residents_female": {A: 3},
    "residents_working_age": {A: 1},
    "residents_living_apart": {A: 1},
    "residents_renting": {A: 1},
    "residents_at_building_only": {A: 1},
    "residents_in_doubt": {A: 1},
    "occupied_units": {A: 3},
    "elderly_60": {A: 2},
    "elderly_80": {A: 1},
    "elderly_alone": {A: 1},
    "children_0_5": {},
    "school_starters_upcoming": {A: 1},
    "school_starters_next": {A: 1},
    "school_age_children": {A: 1},
    "insured_residents": {A: 1},
    "insured_workers": {B: 1},
    "organisations_registered": {A: 2},
    "organisations_operating": {B: 1},
    "sole_traders": {A: 1},
    "taxable_entities": {A: 2},
    "taxable_manufacturers": {A: 1},
    "buildings": {A: 1, B: 1},
    "buildings_urban_village": {A: 1},
    "factory_buildings": {B: 1},
    "school_buildings": {},
    "public_buildings": {},
    "units": {A: 2},
    "units_area_m2": {A: 90.5},
    "leases_current": {A: 2},
    "leased_units": {A: 1},
    "rent_monthly_yuan": {A: 3000.0},
    "water_accounts": {A: 2},
    "power_accounts_vacant": {A: 1},
    "water_accounts_unused": {A: 1},
    "students": {A: 1},
    "births_12_months": {A: 1},
    "deaths_12_months": {B: 1},
    "fire_inspections": {B: 2},
    "fire_inspections_open": {B: 1},
    "fire_findings": {GRID: 1},
    "work_safety_findings": {B: 1},
    "city_management_findings": {},
    "requests": {A: 2, GRID: 1},
    "requests_open": {A: 1},
    "requests_closed_late": {GRID: 1},
    "requests_noise": {A: 2},
    "waste_requests": {GRID: 1},
    "doubts_open": {A: 2},
    "units_proposed": {A: 1},
    "risk_points_major": {B: 2},
    "construction_sites_active": {A: 1, B: 1},
    "construction_site_workers": {A: 30},
    "taxpayers_general": {A: 1},
    "manufacturers_above_scale": {B: 2},
    "drainage_misconnected": {A: 1},
    "pollution_permits": {B: 1},
    "sanitation_facilities": {A: 2},
    "self_built_unsafe": {A: 2},
    "state_property_vacant_m2": {B: 120.5},
}


def _rows(name: str, **columns: list) -> tuple[str, pl.DataFrame]:
    return name, _tables()[name].conform(pl.DataFrame(columns, strict=False))


def _tables() -> dict[str, Table]:
    return load_tables() | {table.name: table for table in map(record_table, load_contracts().values())}


@pytest.fixture(scope="module")
def lake() -> duckdb.DuckDBPyConnection:
    closed = datetime(2026, 3, 3, 12)
    given = dict(
        [
            _rows(
                "quality.batch",
                batch_id=["x", "y"],
                status=["loaded", "refused"],
                delivered_on=[date(2026, 3, 4), date(2030, 1, 1)],
            ),
            _rows(
                "population.residence",
                person_key=[p[0] for p in PEOPLE],
                unit_code=[p[4] for p in PEOPLE],
                doubt_id=[p[5] for p in PEOPLE],
                building_code=[A] * 6,
                residence_kind=["owned", "rented", "owned", None, None, None],
                sex=[p[1] for p in PEOPLE],
                birth_year=[p[2] for p in PEOPLE],
                school_cohort=[p[3] for p in PEOPLE],
            ),
            _rows(
                "population.claim",
                person_key=["old", "elder", "adult", "adult", "elder"],
                kind=["household_register", "household_register", "workplace", "residence", "workplace"],
                building_code=[A, B, B, B, B],
                known_to=[None, None, None, None, date(2026, 3, 1)],
            ),
            _rows(
                "entity.premises",
                organisation_key=["maker", "stall", "gone", "maker"],
                kind=["registered", "registered", "registered", "operating"],
                building_code=[A, A, A, B],
                entity_type=["company", "sole_trader", "company", "company"],
                industry=["manufacturing", None, "manufacturing", "manufacturing"],
                status=["active", "active", "cancelled", "active"],
            ),
            _rows(
                "address.building",
                building_code=[A, B, "gone"],
                usage=["urban_village", "factory", "school"],
                status=["active", "active", "cancelled"],
            ),
            _rows(
                "address.unit",
                unit_code=["1", "2", "3"],
                building_code=[A, A, A],
                area_m2=[90.5, None, 50.0],
                status=["active", "active", "cancelled"],
            ),
            _rows(
                "record.housing__leases",
                building_code=[A, A, A, None],
                unit_code=[A + "000001", None, A + "000002", None],
                starts_on=[date(2025, 1, 1), date(2026, 3, 4), date(2026, 3, 5), date(2025, 1, 1)],
                ends_on=[date(2026, 3, 4), None, None, None],
                rent_yuan=[3000.0, None, 4000.0, 5000.0],
            ),
            _rows(
                "record.water__accounts",
                building_code=[A, A],
                is_unused=[True, False],
                water_kind=["household", "household"],
            ),
            _rows("record.power__occupancy", building_code=[A, A, None], is_vacant=[True, None, True]),
            _rows("record.education__students", building_code=[A, A], person_key=["pupil", "pupil"]),
            _rows(
                "record.health__births_deaths",
                building_code=[A, A, A, B, B, B],
                event_kind=["birth", "birth", "birth", "death", "death", "death"],
                happened_on=["2025****", "2024****", "2026****", "20250305", "20250304", "202503**"],
                delivered_on=[date(2026, 3, 4), date(2026, 3, 4), date(2025, 3, 4)] + [date(2026, 3, 4)] * 3,
            ),
            _rows(
                "record.fire__inspections",
                building_code=[B, B],
                result=["to_mend", "passed"],
                status=["in_progress", "open"],
            ),
            _rows(
                "record.emergency_management__risk_points",
                building_code=[B, B, B, None],
                level=["red", "orange", "yellow", "red"],
            ),
            _rows(
                "record.construction__sites",
                building_code=[A, A, B, None],
                site_state=["building", "paused", "building", "building"],
                workers=[30, 12, None, 9],
            ),
            _rows(
                "record.taxation__taxpayers",
                building_code=[A, A, A, A],
                organisation_key=["one", "one", "small", "gone"],
                taxpayer_kind=["general", "general", "small_scale", "general"],
                taxpayer_status=["active", "active", "active", "cancelled"],
            ),
            _rows(
                "record.industry_information__scale_manufacturers",
                building_code=[B, B, None],
                organisation_key=["one", "two", "three"],
            ),
            _rows(
                "record.water_affairs__drainage_users",
                building_code=[A, A, B],
                connection=["misconnected", "separate", None],
            ),
            _rows(
                "record.ecology_environment__pollution_permits",
                building_code=[B, B],
                organisation_key=["one", "two"],
                permit_class=["key", "registration"],
            ),
            _rows(
                "record.urban_management__sanitation_facilities",
                building_code=[A, A, A],
                state=["in_use", None, "stopped"],
            ),
            _rows(
                "record.shajing_street__self_built_houses", building_code=[A, A, B, None], grade=["c", "d", "a", "d"]
            ),
            _rows(
                "record.state_assets__properties",
                building_code=[B, B, B],
                use_state=["vacant", "vacant", "let"],
                gross_area_m2=[120.5, None, 80.0],
            ),
            _rows(
                "event.event",
                feed_id=["hotline__requests"] * 4 + ["fire__inspections"] * 2 + ["grid_office__findings"] * 2,
                kind=["noise", "noise", "waste", "other", "routine", "routine", "gas_hazard", "production_safety"],
                building_code=[A, A, None, None, B, B, None, B],
                area_code=["g", "g", GRID, None, "g", "g", GRID, "g"],
                closed_at=[None, closed, closed, closed, None, None, None, None],
                due_at=[None, closed, datetime(2026, 3, 3, 11), None, None, None, None, None],
                status=["open", "closed", "closed", "closed", None, None, None, None],
            ),
            _rows(
                "quality.doubt",
                building_code=[A, A, A],
                kind=["proposed_unit", "conflicting_residence", "proposed_unit"],
                room=["705", None, "706"],
                status=["open", "open", "closed"],
            ),
        ]
    )
    con = duckdb.connect()
    for name, table in _tables().items():
        schema, _, short = name.partition(".")
        con.register("given", given.get(name, table.empty()))
        con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        con.execute(f'CREATE TABLE "{schema}"."{short}" AS SELECT * FROM given')
    return con


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_a_measure_counts_what_its_scope_note_says(measure: Measure, lake: duckdb.DuckDBPyConnection) -> None:
    query = lake.sql(measure.sql)
    assert query.columns == ["building_code", "area_code", "value"]
    rows = query.fetchall()
    assert {building or area: value for building, area, value in rows} == EXPECTED[measure.id]
    assert all((building is None) != (area is None) for building, area, _ in rows)


def test_there_are_sixteen_themes_each_with_a_measure() -> None:
    assert len({measure.theme for measure in MEASURES.values()}) == 16
    assert len(MEASURES) >= 25


def test_a_measure_knows_the_tables_it_reads() -> None:
    assert MEASURES["insured_residents"].reads == ["population.claim", "population.residence"]
    assert {table for measure in MEASURES.values() for table in measure.reads} <= set(_tables())


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("unit: 人\n", ""), "unit"),
        (("theme: population", "theme: people"), "theme"),
        (("id: residents\n", "id: residents\nowner: me\n"), "owner"),
        (("id: residents\n", "id: dwellers\n"), "id"),
    ],
)
def test_a_bad_measure_is_refused_with_file_and_key(change: tuple[str, str], key: str, tmp_path: Path) -> None:
    sound = (MEASURES_FOLDER / "population" / "residents.yaml").read_text(encoding="utf-8")
    path = tmp_path / "population" / "residents.yaml"
    path.parent.mkdir()
    path.write_text(sound.replace(*change), encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        load_measures(tmp_path)
    assert refusal.value.file == str(path)
    assert refusal.value.key == key
    assert refusal.value.mend
