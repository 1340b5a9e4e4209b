"""The files themselves, read back with readers that know nothing of the makers."""

import csv
import hashlib
import json
import zipfile
from pathlib import Path

import fastexcel
import polars as pl
import pyogrio
import pytest

from schemas.contract import Role, contract_of, load_contracts
from schemas.rule import load_rules
from synth.make import Summary, feeds_made, make_district
from synth.workbook import head_rows, sheet_of

FIRST = "2026-03-02"


def _texts(path: Path, feed_id: str) -> list[dict[str, object]]:
    """Every data row of a sound file as header to cell."""
    contract = contract_of(feed_id)
    reading = contract.reading
    if reading.format == "csv":
        text = path.read_bytes().decode(reading.encoding, "replace")
        rows = list(csv.reader(text.split("\n"), delimiter=reading.delimiter))
        return [dict(zip(rows[0], row, strict=False)) for row in rows[1:] if row]
    if reading.format == "jsonl":
        return [json.loads(line) for line in path.read_bytes().decode("utf-8", "replace").splitlines()]
    if reading.format == "xlsx":
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
        rows = [list(row) for row in sheet.rows()]
        head = head_rows(contract)
        return [dict(zip(rows[head - 1], row, strict=True)) for row in rows[head:]]
    frame = pyogrio.read_dataframe(path, read_geometry=False, encoding="GB18030" if reading.format == "dbf" else None)
    return frame.to_dict("records")


def test_every_contract_has_its_feed():
    assert set(feeds_made()) == set(load_contracts())


@pytest.mark.filterwarnings("ignore:Could not decode")  # GDAL on a word where a number should stand, as planted
@pytest.mark.parametrize("feed_id", sorted(feeds_made()))
def test_truth_agrees_with_the_file(feed_id: str, district: Path, truth: dict[str, pl.DataFrame]):
    contract = contract_of(feed_id)
    rows = truth["record"].filter((pl.col("feed_id") == feed_id) & (pl.col("day").cast(pl.String) == FIRST))
    path = district / "deliveries" / FIRST / feed_id / rows["file"][0]
    texts = _texts(path, feed_id)
    first = (
        2 if contract.reading.format == "csv" else head_rows(contract) + 1 if contract.reading.format == "xlsx" else 1
    )
    key = contract.key_columns[0].header
    found = [texts[row - first][key] for row in rows["row"]]
    assert found == rows["record_id"].to_list()
    assert len(texts) - rows.height == len(sheet_of(contract).foot)  # total and signatures


@pytest.mark.parametrize("feed_id", sorted(feeds_made()))
def test_the_name_gives_the_day_and_the_delivery_is_complete(feed_id: str, district: Path):
    import re

    contract = contract_of(feed_id)
    ends = contract.delivery.complete
    for folder in sorted((district / "deliveries").glob(f"*/{feed_id}")):
        files = sorted(path.name for path in folder.iterdir())
        own = [name for name in files if re.match(contract.delivery.file_pattern, name)]
        assert len(own) == 1
        day = re.match(contract.delivery.file_pattern, own[0])
        assert day and day["day"].replace("-", "") == folder.parent.name.replace("-", "")
        assert len(files) == (1 if ends.stable_seconds else 2)


def test_a_manifest_tells_rows_and_checksum(district: Path):
    folder = district / "deliveries" / FIRST / "human_resources__contributions"
    manifest = json.loads(next(folder.glob("*.manifest.json")).read_text("utf-8"))
    content = (folder / manifest["file"]).read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["rows"] == content.count(b"\n") - 1


def test_footprints_are_projected_over_the_district(district: Path):
    path = next((district / "deliveries" / FIRST / "natural_resources__buildings").iterdir())
    info = pyogrio.read_info(path)
    assert info["crs"] == "EPSG:4547"
    west, south, east, north = (
        pyogrio.read_bounds(path)[1].min(axis=1)[[0, 1]].tolist()
        + pyogrio.read_bounds(path)[1].max(axis=1)[[2, 3]].tolist()
    )
    # 113.75–113.95 E lies 5 to 26 km west of the meridian 114 E, whose easting is 500,000 m
    assert 470_000 < west < east < 496_000
    assert 2_490_000 < south < north < 2_530_000


def test_spreadsheet_dates_are_numbers_with_a_date_format(district: Path, truth: dict[str, pl.DataFrame]):
    path = next((district / "deliveries" / FIRST / "fire__inspections").iterdir())
    sheet = fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()
    times = sheet["检查时间"].str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    assert times.null_count() <= 3  # but for planted faults
    assert times.dt.year().drop_nulls().is_in([2026, 2027]).all()
    xml = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert xml.count('" s="2"><v>4') == sheet.height - times.null_count()


def test_every_row_rule_is_planted_and_only_known_rules(truth: dict[str, pl.DataFrame]):
    rules = load_rules()
    planted = truth["defect"].filter(pl.col("row").is_not_null())
    of_persons = {"subject_restricted", "subject_erased"}  # a person's claim makes these, no department's fault
    of_rows = {name for name, rule in rules.items() if rule.scope in ("row", "both")}
    assert of_rows - of_persons <= set(planted["rule"])
    assert set(truth["defect"]["rule"]) <= set(rules)


def test_whole_deliveries_break_from_the_second_day_on_and_recover(truth: dict[str, pl.DataFrame]):
    whole = truth["defect"].filter(pl.col("row").is_null())
    assert whole.height >= 6
    assert whole["day"].cast(pl.String).min() > FIRST
    assert whole.group_by("day").len()["len"].max() <= 2
    days = sorted(truth["record"]["day"].unique())
    broken = {(row["feed_id"], days.index(row["day"])) for row in whole.iter_rows(named=True) if row["day"] in days}
    assert not any((feed, position + 1) in broken for feed, position in broken)


def test_what_a_refused_delivery_held_comes_the_next_day(truth: dict[str, pl.DataFrame]):
    record = truth["record"].filter(pl.col("feed_id") == "housing__leases")
    refused, next_day = "2026-03-04", "2026-03-05"  # the plan's wrong encoding
    held = record.filter(pl.col("day").cast(pl.String) == refused)["record_id"]
    again = record.filter(pl.col("day").cast(pl.String) == next_day)["record_id"]
    assert held.len() and set(held) <= set(again)


def test_defective_rows_stand_in_the_file_as_said(district: Path, truth: dict[str, pl.DataFrame]):
    path = district / "deliveries" / FIRST / "police__residents" / "residents_20260302.csv"
    lines = path.read_bytes().split(b"\r\n")
    planted = truth["defect"].filter(
        (pl.col("feed_id") == "police__residents") & (pl.col("day").cast(pl.String) == FIRST)
    )
    by_rule = {rule[0]: rows["row"].to_list() for rule, rows in planted.group_by("rule")}
    width = lines[0].count(b",")
    assert all(lines[row - 1].count(b",") < width for row in by_rule["row_width"])
    assert all(b"\x00" in lines[row - 1] for row in by_rule["control_character"])
    assert all(b"\xff\xff" in lines[row - 1] for row in by_rule["bad_encoding"])
    assert sum(b"\x00" in line for line in lines) == len(by_rule["control_character"])


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path):
    def digests(name: str, seed: int) -> dict[str, str]:
        make_district(60, seed, 2, tmp_path / name)
        folder = tmp_path / name
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    first, again, other = digests("a", 5), digests("b", 5), digests("c", 6)
    assert first == again
    assert first != other


def test_fifty_buildings_and_one_day_are_enough(summary: Summary):
    assert summary.buildings == 50
    assert summary.files == len(feeds_made())
    assert min(summary.rows.values()) > 0


def test_progress_is_told(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    make_district(50, 1, 1, tmp_path, progress=lambda what, done, steps: told.append((what, done, steps)))
    assert told[-1][1] == told[-1][2]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_no_identifier_stands_in_the_library_or_in_record_truth(
    library: dict[str, pl.DataFrame], truth: dict[str, pl.DataFrame]
):
    numbers = set(truth["person"]["id_number"])
    for frame in [*library.values(), truth["record"], truth["defect"]]:
        for name, kind in frame.schema.items():
            if kind == pl.String:
                assert not numbers & set(frame[name]), name


def test_embedded_identity_numbers_fit_their_affix(district: Path, truth: dict[str, pl.DataFrame]):
    import re

    for feed_id in ("education__students", "civil_affairs__elderly_subsidies"):
        contract = contract_of(feed_id)
        column = contract.column_of(Role.EMBEDDED_PERSON_ID)
        assert column is not None
        folder = district / "deliveries" / FIRST / feed_id
        texts = _texts(next(folder.iterdir()), feed_id)
        fitting = [re.match(str(column.meaning.affix), str(row.get(column.header) or "")) for row in texts]
        known = set(truth["person"]["id_number"])
        assert sum(bool(match and match[1] in known) for match in fitting) / len(texts) > 0.97


def test_no_delivery_holds_two_versions_of_a_record_but_for_planted_conflicts(truth: dict[str, pl.DataFrame]):
    place = ["feed_id", "day", "file", "row"]
    in_rows = pl.col("row").is_not_null()
    sound = truth["record"].join(truth["defect"].filter(in_rows), on=place, how="anti")
    sound = sound.join(truth["defect"].filter(~in_rows), on=["feed_id", "day"], how="anti")
    assert not sound.select("feed_id", "day", "record_id").is_duplicated().any()
