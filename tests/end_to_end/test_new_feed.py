"""Adding a feed is one YAML file: loaded, validated, documented and given a DAG, with no Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.contract import feeds_folder
from schemas.home import ROOT
from tests.end_to_end.conftest import BLOCKDATA, District, environment

# ruff: noqa: E501  (a contract as a person writes it)

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: parks__benches
name: 公园座椅台账
version: 1.0.0
status: active
domain: parks
description: {purpose: 掌握座椅位置与完好情况。}
team: {name: 城管局公园科, members: [{username: parks-desk, role: owner}]}
servers: [{server: landing, type: local, path: landing/parks__benches, format: csv}]
schema:
  - name: benches
    properties:
      - {name: bench_number, physicalName: 座椅编号, businessName: 座椅编号, required: true, primaryKey: true}
      - {name: address, physicalName: 位置, businessName: 位置, required: true, customProperties: [{property: role, value: address_text}]}
      - {name: seats, physicalName: 座位数, businessName: 座位数, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 20}}
      - {name: installed_on, physicalName: 安装日期, businessName: 安装日期, logicalType: date}
customProperties:
  - {property: delivery, value: {mode: snapshot, complete: {stable_seconds: 1}, file_pattern: '^benches_(?P<day>[0-9]{8})[.]csv$'}}
  - {property: reading, value: {format: csv, encoding: utf-8}}
  - {property: subject, value: {kind: unit, keys_at: building}}
  - {property: legal_basis, value: '《深圳经济特区城市公园条例》'}
  - {property: catalogue_number, value: SZBA-CG-0099}
  - {property: sharing_type, value: unconditional}
"""


@pytest.fixture(scope="module")
def parks(district: District, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """A copy of the district's lake and of the contracts, with one contract more."""
    folder = tmp_path_factory.mktemp("parks")
    shutil.copytree(district.home.path, folder / "home", symlinks=True)
    shutil.copytree(feeds_folder(), folder / "feeds")
    (folder / "feeds" / "parks").mkdir()
    (folder / "feeds" / "parks" / "benches.yaml").write_text(CONTRACT, encoding="utf-8")
    delivery = folder / "benches_20260305.csv"
    rows = [f"B{number:04d},宝安区,{number % 5 + 1},2026-03-0{number % 5 + 1}" for number in range(40)]
    rows[7] = "B0007,宝安区,200,2026-03-01"
    delivery.write_text("座椅编号,位置,座位数,安装日期\n" + "\n".join(rows) + "\n", encoding="utf-8")
    settings = {
        **environment(district.home),
        "BLOCKDATA_HOME": str(folder / "home"),
        "BLOCKDATA_FEEDS": str(folder / "feeds"),
        "AIRFLOW_HOME": str(folder / "airflow"),
    }
    return settings, delivery


def blockdata(settings: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*BLOCKDATA, *arguments], env=settings, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_it_is_loaded_validated_published_and_queried(parks: tuple[dict[str, str], Path]) -> None:
    settings, delivery = parks
    result = json.loads(blockdata(settings, "load", "parks__benches", str(delivery), "--json"))
    assert result["status"] == "loaded"
    assert result["counts"]["inserted"] == 39
    assert result["counts"]["quarantined"] == 1
    blockdata(settings, "publish")
    query = "SELECT count(*) AS n, sum(seats) AS seats FROM record.parks__benches"
    answer = json.loads(
        blockdata(settings, "sql", query, "--profile", "person", "--purpose", "test of a new feed", "--format", "json")
    )
    assert answer == [{"n": 39, "seats": sum(number % 5 + 1 for number in range(40) if number != 7)}]
    judged = "SELECT count(*) AS n FROM quality.validation WHERE feed_id = 'parks__benches'"
    assert json.loads(blockdata(settings, "sql", judged, "--format", "json"))[0]["n"] > 0


def test_it_is_listed_and_documented(parks: tuple[dict[str, str], Path], tmp_path: Path) -> None:
    settings, _ = parks
    assert "parks__benches" in blockdata(settings, "feeds")
    blockdata(settings, "feeds", "--docs", str(tmp_path))
    page = (tmp_path / "parks__benches.md").read_text(encoding="utf-8")
    assert "公园座椅台账" in page
    assert "座位数" in page


def test_it_has_a_dag(parks: tuple[dict[str, str], Path]) -> None:
    settings, _ = parks
    script = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        "from pathlib import Path\n"
        "bag = DagBag(str(Path('dags').resolve()))\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "print(bag.dags['parks__benches'].owner)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=settings, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-3000:]
