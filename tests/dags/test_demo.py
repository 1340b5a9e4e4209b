"""The whole way through the real DAGs, twice: the demo, on a district as small as they come."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest

from schemas.contract import load_contracts
from schemas.home import ROOT, Home
from transforms.lake.store import Lake

pytestmark = pytest.mark.slow
IDENTIFIER = re.compile(
    rb"(?<![0-9A-Za-z.])(?:[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])"
)
# one a delivery mode beside those made by hand; end_to_end/test_every_feed loads them all
RECIPES = ("power/occupancy.yaml", "medical_insurance/insured.yaml", "justice/mediations.yaml")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two demos in one home: the home and what each printed."""
    folder = tmp_path_factory.mktemp("demo")
    for name in RECIPES:
        (folder / "recipes" / name).parent.mkdir(parents=True)
        shutil.copyfile(ROOT / "synth" / "recipes" / name, folder / "recipes" / name)
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "BLOCKDATA_HOME": str(folder / "home"),
        "BLOCKDATA_KEYS": str(folder / "keys.json"),
        "BLOCKDATA_RECIPES": str(folder / "recipes"),
    }
    command = [sys.executable, "-m", "cli.demo", "--buildings", "50", "--days", "2"]
    said = []
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        said.append(done.stdout)
    return Home(folder / "home"), said


def test_every_feed_came_and_every_total_agrees(runs):
    home, (first, _) = runs
    assert "✗" not in first
    assert first.count("✓") == 4
    came = set(Lake(home).batch_rows()["feed_id"])
    assert came <= set(load_contracts())
    assert {name.replace("/", "__").removesuffix(".yaml") for name in RECIPES} <= came
    assert len(came) >= 15
    assert all(feed_id in first for feed_id in came)


def test_it_answers_three_questions_from_a_release(runs):
    home, (first, _) = runs
    assert home.current_release is not None
    assert f"release {home.current_release.name}" in first
    for asked in ("1. where is", "2. people by street", "3. 12345 requests by department"):
        assert asked in first


def test_a_second_demo_loads_nothing_twice_and_says_so(runs):
    _, (first, second) = runs
    assert "nothing was loaded twice" not in first
    assert "nothing was loaded twice" in second
    tables = [said[said.index("what came") : said.index("✓")] for said in (first, second)]
    assert tables[0] == tables[1]
    released = [re.search(r"release (\S+):", said).group(1) for said in (first, second)]
    assert released[0] == released[1]


def test_what_was_refused_says_why(runs):
    home, (first, _) = runs
    refused = [row for row in Lake(home).batch_rows().iter_rows(named=True) if row["status"] == "refused"]
    assert all(row["rule"] and row["reason"] and row["mend"] for row in refused)
    assert all(row["rule"] in first for row in refused)


def test_assets_carry_row_counts(runs):
    home, _ = runs
    with sqlite3.connect(home.path / "airflow" / "airflow.db") as con:
        query = "SELECT a.name, e.extra FROM asset_event e JOIN asset a ON a.id = e.asset_id"
        events = [(name, json.loads(extra)) for name, extra in con.execute(query)]
    loaded = Lake(home).listed().group_by("feed_id").agg(rows="loaded").sort("feed_id")
    told = dict.fromkeys(loaded["feed_id"], 0)
    for name, extra in events:
        if name != "release":
            told[name] += extra["loaded"]
    assert told == {name: sum(rows) for name, rows in loaded.iter_rows()}
    assert [extra["release"] for name, extra in events if name == "release"][-1] == home.current_release.name


def test_nothing_is_left_in_landing_and_airflow_knows_nobody(runs):
    home, _ = runs
    assert [path.name for path in home.landing.rglob("*") if path.is_file()] == []
    for path in (home.path / "airflow").rglob("*"):
        if path.is_file():
            assert IDENTIFIER.findall(path.read_bytes()) == [], path.name
