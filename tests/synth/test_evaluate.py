"""`evaluate` on a release and a truth small enough to count by hand."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from synth.evaluate import evaluate

FEED, DAY, NEXT = "police__residents", date(2026, 3, 2), date(2026, 3, 3)
BUILDING = "4403060010010100001"
ONE, TWO, THREE = (f"{BUILDING}{number:06d}" for number in (1, 2, 3))


def _truth(folder: Path) -> Path:
    folder.mkdir()
    record = [
        # feed, day, file, row, record, unit, building, level
        (FEED, DAY, "a.csv", 2, "R1", ONE, BUILDING, "unit"),  # keyed right
        (FEED, DAY, "a.csv", 3, "R2", TWO, BUILDING, "unit"),  # keyed to another room
        (FEED, DAY, "a.csv", 4, "R3", THREE, BUILDING, "unit"),  # keyed to its building alone
        (FEED, DAY, "a.csv", 5, "R4", None, None, "outside"),  # sound, and quarantined all the same
        (FEED, DAY, "a.csv", 6, "R5", ONE, BUILDING, "unit"),  # planted fault, found
        (FEED, DAY, "a.csv", 7, "R6", ONE, BUILDING, "unit"),  # planted fault, missed
        (FEED, NEXT, "b.csv", 2, "R1", TWO, BUILDING, "unit"),  # moved; right again as of its day
        (FEED, date(2026, 3, 4), "c.csv", 2, "R1", THREE, BUILDING, "unit"),  # in a delivery refused on purpose
    ]
    names = ["feed_id", "day", "file", "row", "record_id", "unit_code", "building_code", "level"]
    pl.DataFrame(record, schema=names, orient="row").with_columns(pl.col("row").cast(pl.UInt32)).write_parquet(
        folder / "record.parquet"
    )
    defect = [
        (FEED, DAY, "a.csv", 6, "bad_pattern"),
        (FEED, DAY, "a.csv", 7, "wrong_type"),
        (FEED, date(2026, 3, 4), "c.csv", None, "row_drop"),
    ]
    kinds = {"feed_id": pl.String, "day": pl.Date, "file": pl.String, "row": pl.UInt32, "rule": pl.String}
    pl.DataFrame(defect, schema=kinds, orient="row").write_parquet(folder / "defect.parquet")
    lives = [("x", DAY, None, ONE), ("y", DAY, None, ONE), ("z", DAY, NEXT, TWO)]
    kinds = {"id_number": pl.String, "valid_from": pl.Date, "valid_to": pl.Date, "unit_code": pl.String}
    pl.DataFrame(lives, schema=kinds, orient="row").write_parquet(folder / "residence.parquet")
    pl.DataFrame({"uscc": ["u"]}).write_parquet(folder / "premises.parquet")
    return folder


def _home(folder: Path) -> Home:
    release = folder / "releases" / "r1"
    release.mkdir(parents=True)
    (folder / "releases" / "current").symlink_to("r1")
    (release / "baseboard-person.sql").write_text(
        f"""
        CREATE SCHEMA record_history; CREATE SCHEMA quality; CREATE SCHEMA population;
        CREATE VIEW record_history."{FEED}" AS
        SELECT * FROM (VALUES
            ('b1', 'R1', DATE '2026-03-02', 'insert', '{ONE}', '{BUILDING}', 'unit'),
            ('b3', 'R1', DATE '2026-03-03', 'rekey', '{TWO}', '{BUILDING}', 'unit'), -- stands, whatever the order
            ('b2', 'R1', DATE '2026-03-03', 'update', '{THREE}', '{BUILDING}', 'unit'),
            ('b1', 'R2', DATE '2026-03-02', 'insert', '{THREE}', '{BUILDING}', 'unit'),
            ('b1', 'R3', DATE '2026-03-02', 'insert', NULL, '{BUILDING}', 'building')
        ) t(batch_id, record_id, delivered_on, operation, unit_code, building_code, match_level);
        CREATE VIEW quality.quarantine AS
        SELECT * FROM (VALUES
            ('{FEED}', DATE '2026-03-02', 'a.csv', 5, 'missing_value', 'address'),
            ('{FEED}', DATE '2026-03-02', 'a.csv', 6, 'bad_pattern', 'month'),
            ('{FEED}', DATE '2026-03-02', 'a.csv', 7, 'out_of_range', 'month')
        ) t(feed_id, delivered_on, file_name, row_number, rule, column_name);
        CREATE VIEW quality.batch AS
        SELECT * FROM (VALUES
            ('b1', '{FEED}', DATE '2026-03-02', 'loaded', NULL, TIMESTAMP '2026-03-02 09:00:00'),
            ('b2', '{FEED}', DATE '2026-03-03', 'loaded', NULL, TIMESTAMP '2026-03-03 09:00:00'),
            ('b3', '{FEED}', DATE '2026-03-03', 'rekeyed', NULL, TIMESTAMP '2026-03-03 10:00:00'),
            ('b4', '{FEED}', DATE '2026-03-04', 'refused', 'row_drop', TIMESTAMP '2026-03-04 09:00:00')
        ) t(batch_id, feed_id, delivered_on, status, rule, committed_at);
        CREATE VIEW population.residence AS
        SELECT * FROM (VALUES ('k1', '{ONE}'), ('k2', '{THREE}')) t(person_key, unit_code);
        """,
        encoding="utf-8",
    )
    return Home(folder)


def test_counts_by_hand(tmp_path: Path):
    found = evaluate(_truth(tmp_path / "truth"), _home(tmp_path / "home"))
    keying = found["keying"]
    # four sound rows mean a room: R1 twice, R2, R3; three were keyed to one, two of them rightly
    assert (keying["rows_that_mean_a_unit"], keying["rows_keyed_to_a_unit"], keying["right_unit"]) == (4, 3, 2)
    assert keying["precision"] == pytest.approx(2 / 3, abs=1e-6)
    assert keying["recall"] == pytest.approx(2 / 4)
    assert keying["building_recall"] == 1.0
    assert keying["by_feed"][FEED]["rows"] == 5
    defects = found["defects"]
    # the row fault under another rule is not found; the refused delivery is
    assert (defects["planted"], defects["planted_found"]) == (3, 2)
    assert defects["by_rule"]["row_drop (delivery)"] == {"planted": 1, "found": 1}
    assert (defects["sound_rows"], defects["sound_rows_quarantined"]) == (5, 1)
    assert defects["false"] == pytest.approx(1 / 5)
    assert defects["false_by_rule"] == {f"{FEED} missing_value address": 1}
    assert defects["false_refusals"] == []
    residence = found["residence"]
    assert (residence["people"], residence["people_said"], residence["people_in_their_unit"]) == (2, 2, 1)


def test_without_truth_or_release_the_user_is_told_what_to_do(tmp_path: Path):
    with pytest.raises(UsageError, match=r"record\.parquet"):
        evaluate(tmp_path, Home(tmp_path / "home"))
    with pytest.raises(UsageError, match="no release"):
        evaluate(_truth(tmp_path / "truth"), Home(tmp_path / "home"))
