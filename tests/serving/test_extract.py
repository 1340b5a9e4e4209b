"""Extracts: exactly what an agreement grants, masked; everything beyond it refused."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
import yaml

from schemas.errors import BlockdataError
from schemas.home import Home
from serving import audit
from serving.extract import list_agreements, run_agreement
from tests.serving.small_release import OTHER_STREET, STREET, VILLAGE, build_small, person_key

TODAY = date(2026, 3, 3)
WHOLE: dict[str, Any] = {
    "id": "housing_people",
    "department": "housing",
    "title": "租住人口",
    "purpose": "按楼栋核对租住人口数量",
    "legal_basis": "《住房租赁条例》第十条（测试）",
    "approved_by": "数据资源科科长",
    "approved_on": "2026-01-01",
    "expires_on": "2026-12-31",
    "format": "csv",
    "minimum_cell": 3,
    "area": ["all"],
    "source_table": "population.residence",
    "columns": [{"name": "building_code"}, {"name": "person_key", "masking": "drop"}],
    "group_by": ["building_code"],
    "measures": [{"name": "people", "function": "count", "title": "人数"}],
}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(**changes: Any) -> Path:
        document = {**WHOLE, **changes}
        path = tmp_path / f"{document['id']}.yaml"
        given = {name: value for name, value in document.items() if value is not None}
        path.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        return path

    return written


def table(home: Home, path: Path) -> pl.DataFrame:
    result = run_agreement(path, home, TODAY)
    file = result.folder / result.file
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    return pl.read_csv(file, infer_schema=False)


def test_small_groups_are_withheld_and_say_so(home: Home, write: Any) -> None:
    found = table(home, write())
    assert found.columns == ["建筑物编码", "人数", "因数量过小不予提供"]
    # Three people in one building, one in the other: withheld, and with it the first, or the total would tell.
    assert found["人数"].to_list() == [None, None]


def test_manifest_says_what_why_and_under_which_law(home: Home, write: Any) -> None:
    result = run_agreement(write(), home, TODAY)
    assert result.folder == home.outbox / "housing" / "housing_people" / "2026-03-02.01"
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["purpose"], manifest["legal_basis"]) == (WHOLE["purpose"], WHOLE["legal_basis"])
    (file,) = manifest["files"]
    content = (result.folder / file["name"]).read_bytes()
    assert (file["rows"], file["sha256"]) == (2, hashlib.sha256(content).hexdigest())
    assert manifest["suppressed_cells"] == 2
    assert sorted(path.name for path in result.folder.iterdir()) == sorted([file["name"], "manifest.json"])


def test_the_same_release_gives_the_same_bytes(home: Home, write: Any) -> None:
    for form in ("csv", "xlsx", "parquet"):
        first, second = (run_agreement(write(format=form), home, TODAY) for _ in range(2))
        assert first.sha256 == second.sha256


def test_person_keys_are_the_agreements_own(home: Home, write: Any) -> None:
    rows = {"columns": [{"name": "building_code"}, {"name": "person_key", "masking": "rekey"}]}
    rows |= {"group_by": None, "measures": None, "format": "parquet"}
    one = table(home, write(**rows))
    other = table(home, write(**rows, id="another"))
    assert set(one["building_code"]) == {VILLAGE}  # the building with one person is held back
    mine, theirs = set(one["person_key"]), set(other["person_key"])
    house = {person_key(number) for number in range(4)}
    assert len(mine) == 3 and not mine & theirs and not (mine | theirs) & house


def test_rows_lie_within_the_granted_streets(home: Home, write: Any) -> None:
    rows = {"columns": [{"name": "building_code"}, {"name": "name"}], "group_by": None, "measures": None}
    found = table(home, write(**rows, source_table="address.building", area=[OTHER_STREET], format="parquet"))
    assert found["name"].to_list() == ["海旺花园3栋"]


def test_conditions_narrow_further(home: Home, write: Any) -> None:
    rows = {"columns": [{"name": "building_code"}, {"name": "usage", "masking": "drop"}]}
    rows |= {"group_by": None, "measures": None, "conditions": [{"column": "usage", "values": ["village_house"]}]}
    found = table(home, write(**rows, source_table="address.building", format="parquet"))
    assert found.to_dicts() == [{"building_code": VILLAGE}]


def test_codes_stay_text_in_a_workbook(home: Home, write: Any) -> None:
    result = run_agreement(write(format="xlsx"), home, TODAY)
    sheet = fastexcel.read_excel((result.folder / result.file).read_bytes()).load_sheet(0)
    assert sheet.to_polars()["建筑物编码"].to_list() == sorted([VILLAGE, "44030600800448T0041"])


def test_small_numbers_of_a_block_table_are_withheld(home: Home, write: Any) -> None:
    streets = [
        {"street_code": f"44030600{n}", "name": f"街道{n}", "district_code": "440306", "residents": count}
        for n, count in enumerate([2, 8, 300, 0])
    ]
    build_small(home, "2026-03-03.01", {"block.street": pl.DataFrame(streets)})
    rows = {"columns": [{"name": "name"}, {"name": "residents"}], "group_by": None, "measures": None}
    found = table(home, write(**rows, source_table="block.street", format="parquet", minimum_cell=5))
    assert dict(found.iter_rows()) == {"街道0": None, "街道1": None, "街道2": 300, "街道3": 0}


def test_dates_and_numbers_are_masked(home: Home, write: Any) -> None:
    people = pl.DataFrame(
        {"person_key": [person_key(n) for n in range(3)], "birth_year": [1981, 1984, 1989]},
        schema={"person_key": pl.String, "birth_year": pl.Int32},
    ).with_columns(status_date=pl.lit(date(2026, 2, 3)))
    build_small(home, "2026-03-03.01", {"population.person": people})
    columns = [{"name": "birth_year", "masking": "round", "to": 10}, {"name": "status_date", "masking": "year"}]
    rows = {"columns": columns, "group_by": None, "measures": None, "source_table": "population.person"}
    found = table(home, write(**rows, format="parquet"))
    assert found.rows() == [(1980, 2026), (1980, 2026), (1990, 2026)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires_on": "2026-03-02"}, "expired"),
        ({"approved_on": "2026-03-04"}, "not approved"),
        ({"approved_on": None}, "not approved"),
        ({"approved_by": " "}, "not approved"),
        ({"source_table": "population.nothing"}, "does not hold"),
        ({"area": ["440305001"]}, "outside the district"),
        ({"columns": [{"name": "building_code"}, {"name": "salary"}]}, "does not have"),
        ({"columns": [{"name": "building_code"}, {"name": "doubt_id"}]}, None),
    ],
)
def test_what_may_not_run_is_refused_with_a_mend(changes: dict, said: str | None, home: Home, write: Any) -> None:
    path = write(**changes)
    if said is None:
        assert run_agreement(path, home, TODAY).rows == 2
        return
    with pytest.raises(BlockdataError, match=said) as refused:
        run_agreement(path, home, TODAY)
    assert refused.value.mend
    assert not home.outbox.exists()
    assert [entry["action"] for entry in audit.entries(home)] == ["extract refused"]


@pytest.mark.parametrize("column", ["id_number", "full_name", "mobile", "full_name_token"])
def test_direct_identifiers_never_leave(column: str, home: Home, write: Any) -> None:
    rows = {"columns": [{"name": "building_code"}, {"name": column}], "group_by": None, "measures": None}
    with pytest.raises(BlockdataError):
        run_agreement(write(**rows, source_table="record.police__residents"), home, TODAY)
    assert not home.outbox.exists()


@pytest.mark.parametrize("form", ["{}", "BA123|{}", "{}|BA123"])
def test_a_token_of_the_house_never_leaves_under_another_name(form: str, home: Home, write: Any) -> None:
    claims = pl.DataFrame(
        [
            {"person_key": person_key(n), "kind": form.format(person_key(n)), "building_code": VILLAGE,
             "feed_id": "x__y", "record_id": str(n), "batch_id": "a" * 16}
            for n in range(3)
        ]
    )  # fmt: skip
    build_small(home, "2026-03-03.01", {"population.claim": claims})
    rows = {"columns": [{"name": "building_code"}, {"name": "kind"}], "group_by": None, "measures": None}
    with pytest.raises(BlockdataError, match="tokens under the house's own key"):
        run_agreement(write(**rows, source_table="population.claim"), home, TODAY)


@pytest.mark.parametrize("column", ["record_id", "registration_number", "row_hash", "row_number"])
def test_no_business_number_of_a_person_leaves(column: str, home: Home, write: Any) -> None:
    """Two recipients would join their rows by it, whatever became of the person key."""
    rows = {"columns": [{"name": "building_code"}, {"name": column}], "group_by": None, "measures": None}
    with pytest.raises(BlockdataError, match="names one record") as refused:
        run_agreement(write(**rows, source_table="record.police__residents"), home, TODAY)
    assert refused.value.mend
    assert not home.outbox.exists()


def test_a_record_number_leaves_re_keyed(home: Home, write: Any) -> None:
    columns = [{"name": "building_code"}, {"name": "record_id", "masking": "rekey"}]
    rows = {"columns": columns, "group_by": None, "measures": None, "format": "parquet"}
    found = table(home, write(**rows, source_table="record.police__residents"))
    assert found.height == 3 and found["record_id"].str.contains("^[a-p]{32}$").all()


def _births(home: Home, years: list[int | None]) -> None:
    people = [{"person_key": person_key(n), "birth_year": year} for n, year in enumerate(years)]
    lived = [{"person_key": person_key(n), "building_code": VILLAGE} for n in range(len(years))]
    frames = {"population.person": pl.DataFrame(people, infer_schema_length=None)}
    build_small(home, "2026-03-03.01", frames | {"population.residence": pl.DataFrame(lived)})


def test_children_are_in_numbers_and_never_in_rows(home: Home, write: Any) -> None:
    """Who turns 14 in the year of the release may still be 13; who was born nobody knows when may be a child."""
    _births(home, [1950, 1990, 2011, 2012, 2020, None])
    columns = [{"name": "building_code"}, {"name": "person_key", "masking": "rekey"}]
    rows = {"columns": columns, "group_by": None, "measures": None}
    for source in ("population.residence", "population.person"):
        shown = columns if source == "population.residence" else [{"name": "birth_year"}, columns[1]]
        result = run_agreement(write(**{**rows, "columns": shown}, source_table=source), home, TODAY)
        assert (result.rows, result.suppressed_cells) == (3, 3)
    assert table(home, write())["人数"].to_list() == ["6"]


def test_two_adults_and_a_child_are_a_group_of_two(home: Home, write: Any) -> None:
    _births(home, [1950, 1990, 2020])
    columns = [{"name": "building_code"}, {"name": "person_key", "masking": "rekey"}]
    assert run_agreement(write(columns=columns, group_by=None, measures=None), home, TODAY).rows == 0


def test_rows_of_nobody_known_do_not_fill_a_group(home: Home, write: Any) -> None:
    leases = [{"record_id": f"HT{n}", "person_key": person_key(n) if n < 2 else None, "building_code": VILLAGE}
              for n in range(9)]  # fmt: skip
    build_small(home, "2026-03-03.01", {"record.housing__leases": pl.DataFrame(leases, infer_schema_length=None)})
    assert table(home, write(source_table="record.housing__leases"))["人数"].to_list() == [None]


def test_a_text_that_a_spreadsheet_would_run_stays_a_text(home: Home, write: Any) -> None:
    evil = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "海旺花园"]
    named = [{"building_code": f"{VILLAGE[:-1]}{n}", "name": name, "lon": -1.5} for n, name in enumerate(evil)]
    build_small(home, "2026-03-03.01", {"address.building": pl.DataFrame(named)})
    columns = [{"name": "building_code"}, {"name": "name"}, {"name": "lon"}]
    rows = {"columns": columns, "group_by": None, "measures": None, "source_table": "address.building"}
    found = table(home, write(**rows))
    assert found[found.columns[1]].to_list() == [*(f"'{one}" for one in evil[:-1]), "海旺花园"]
    assert set(found[found.columns[2]]) == {"-1.5"}
    result = run_agreement(write(**rows, format="xlsx"), home, TODAY)
    with zipfile.ZipFile(result.folder / result.file) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def _block(home: Home, rows: list[dict[str, Any]]) -> None:
    streets = [{"street_code": f"44030600{n}", "name": f"街道{n}", "district_code": "440306", **row}
               for n, row in enumerate(rows)]  # fmt: skip
    build_small(home, "2026-03-03.01", {"block.street": pl.DataFrame(streets)})


def test_the_rent_of_one_lease_is_withheld_with_the_lease(home: Home, write: Any) -> None:
    _block(home, [
        {"leases_current": 1, "rent_monthly_yuan": 3500.0},
        {"leases_current": 9, "rent_monthly_yuan": 30000.0},
        {"leases_current": 80, "rent_monthly_yuan": 200000.0},
        {"leases_current": 0, "rent_monthly_yuan": 0.0},
    ])  # fmt: skip
    for columns in (["name", "rent_monthly_yuan"], ["name", "leases_current", "rent_monthly_yuan"]):
        rows = {"columns": [{"name": name} for name in columns], "group_by": None, "measures": None}
        found = table(home, write(**rows, source_table="block.street", format="parquet", minimum_cell=5))
        assert found["rent_monthly_yuan"].to_list() == [None, None, 200000.0, 0.0]


def test_a_part_is_withheld_where_the_rest_is_few(home: Home, write: Any) -> None:
    """299 women of 300 residents would show one man."""
    _block(home, [
        {"residents": 300, "residents_female": 299},
        {"residents": 200, "residents_female": 90},
        {"residents": 400, "residents_female": 210},
    ])  # fmt: skip
    columns = [{"name": name} for name in ("name", "residents", "residents_female")]
    rows = {"columns": columns, "group_by": None, "measures": None, "source_table": "block.street"}
    found = table(home, write(**rows, format="parquet", minimum_cell=5))
    assert found["residents"].to_list() == [300, 200, 400]
    assert found["residents_female"][0] is None and found["residents_female"].null_count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"measures": [{"name": "youngest", "function": "max", "column": "confidence"}],
             "columns": [{"name": "building_code"}, {"name": "confidence", "masking": "drop"}]},
            "value of one record",
        ),
        (
            {"source_table": "block.street", "group_by": None, "measures": None,
             "columns": [{"name": "name"}, {"name": "elderly_alone", "masking": "drop"}],
             "conditions": [{"column": "elderly_alone", "minimum": 1, "maximum": 1}]},
            "tells numbers that are withheld",
        ),
        ({"columns": [{"name": "building_code"}, {"name": "residence_kind", "masking": "year"}]}, "is no date"),
        (
            {"columns": [{"name": "building_code"}, {"name": "residence_kind", "masking": "round", "to": 5}]},
            "is no number",
        ),
        (
            {"columns": [{"name": "building_code"}, {"name": "residence_kind", "masking": "drop"}],
             "conditions": [{"column": "residence_kind", "minimum": 3}]},
            "is no number",
        ),
    ],
)  # fmt: skip
def test_what_would_tell_one_person_is_refused(changes: dict, said: str, home: Home, write: Any) -> None:
    with pytest.raises(BlockdataError, match=said) as refused:
        run_agreement(write(**changes), home, TODAY)
    assert refused.value.mend
    assert not home.outbox.exists()


def test_nothing_leaves_when_the_keys_of_the_lake_are_lost(home: Home, write: Any, tmp_path: Path) -> None:
    run_agreement(write(), home, TODAY)
    (tmp_path / "keys.json").unlink()
    with pytest.raises(BlockdataError, match="is not there"):
        run_agreement(write(id="another"), home, TODAY)


def test_the_log_tells_the_version_of_the_terms(home: Home, write: Any) -> None:
    for changes in ({}, {}, {"minimum_cell": 4}):
        run_agreement(write(**changes), home, TODAY)
    first, same, other = (entry["terms"] for entry in audit.entries(home))
    assert first == same != other


def test_every_extract_leaves_an_entry(home: Home, write: Any) -> None:
    run_agreement(write(area=[STREET]), home, TODAY, by="交换平台")
    (entry,) = audit.entries(home)
    assert (entry["action"], entry["by"], entry["department"]) == ("extract", "交换平台", "housing")
    assert audit.verify_audit(home).intact


def test_the_agreements_of_the_house_run(home: Home) -> None:
    assert {one["state"] for one in list_agreements(TODAY)} == {"runs"}
    for one in list_agreements(TODAY):
        assert run_agreement(one["id"], home, TODAY).folder.is_dir()
