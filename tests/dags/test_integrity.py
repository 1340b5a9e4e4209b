"""Every DAG of the folder: imported, owned, described, retried, small, and built of nothing heavy."""

from __future__ import annotations

import json

import pytest

from schemas.contract import load_contracts
from schemas.home import ROOT
from tests.dags.conftest import in_new_process

CONTRACTS = load_contracts()
DAG_IDS = [*CONTRACTS, "baseboard", "care", "extracts", "freshness", "pages"]
HEAVY_TASKS = [
    (next(iter(CONTRACTS)), "load"),
    ("baseboard", "publish"),
    ("extracts", "extract"),
    ("pages", "data_docs"),
    ("care", "care"),
]
HEAVY = ("pandas", "great_expectations", "deltalake", "duckdb", "geopandas", "transforms", "serving", "synth")
PARSE = """
import json, sys, time
from airflow.sdk import DAG, Asset, task, get_parsing_context, AssetAny, AssetOrTimeSchedule, AssetWatcher
import airflow.triggers.base, airflow.timetables.trigger
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.python import ShortCircuitOperator
DagBag("/nowhere")
known, spent = set(sys.modules), []
started = time.process_time()
bag = DagBag(sys.argv[1] if len(sys.argv) > 1 else {folder!r})
spent = time.process_time() - started
new = sorted({{name.split(".")[0] for name in set(sys.modules) - known}})
tags = {{dag_id: sorted(dag.tags) for dag_id, dag in bag.dags.items()}}
print(json.dumps({{"dags": tags, "errors": len(bag.import_errors), "new": new, "seconds": spent}}))
""".format(folder=str(ROOT / "dags"))


def test_no_import_errors_and_a_dag_for_each_contract(bag):
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(DAG_IDS)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_it_is_owned_described_and_retried(bag, dag_id):
    dag = bag.dags[dag_id]
    assert dag.owner not in ("", "airflow")
    assert dag.tags
    assert dag.description
    assert len(dag.doc_md) > 80
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.timezone.name == "Asia/Shanghai"
    assert all(task.retries >= 1 for task in dag.tasks)
    assert all(task.owner == dag.owner for task in dag.tasks)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_it_is_small_and_has_no_cycle(bag, dag_id):
    dag = bag.dags[dag_id]
    assert 1 <= len(dag.tasks) <= 3
    assert len(dag.topological_sort()) == len(dag.tasks)


@pytest.mark.parametrize("feed_id", CONTRACTS)
def test_a_feed_follows_its_contract(bag, feed_id):
    contract, dag = CONTRACTS[feed_id], bag.dags[feed_id]
    timetable = dag.timetable.timetable
    assert timetable.expression == contract.meaning.schedule.cron
    assert timetable.serialize()["working_days"] == contract.meaning.schedule.working_days
    assert {contract.department, contract.delivery.mode, *contract.tags} <= dag.tags
    assert dag.owner in {member.username for member in contract.team.members}
    assert contract.name in dag.doc_md
    assert [task.task_id for task in dag.topological_sort()] == ["load", "refused"]
    assert [asset.name for asset in dag.get_task("load").outlets] == [feed_id]
    [watched] = [watcher.trigger for asset in dag.timetable.asset_condition.objects for watcher in asset.watchers]
    assert watched.serialize() == ("dags.triggers.DeliveriesComplete", {"feed_id": feed_id})


def test_the_baseboard_waits_for_the_lake_or_the_night(bag):
    timetable = bag.dags["baseboard"].timetable
    [watched] = [watcher.trigger for asset in timetable.asset_condition.objects for watcher in asset.watchers]
    assert watched.serialize() == ("dags.triggers.LakeSettled", {})
    assert timetable.timetable.expression == "30 2 * * *"
    inlets = {asset.name for asset in bag.dags["baseboard"].get_task("publish").inlets}
    assert inlets == set(CONTRACTS)


def test_heavy_tasks_share_the_cores_and_a_release_goes_first(bag):
    from dags.pools import CORES, pools

    heavy = [bag.dags[dag_id].get_task(task_id) for dag_id, task_id in HEAVY_TASKS]
    assert {task.pool for task in heavy} == {CORES}
    assert set(pools()) == {CORES}
    weight = {task.task_id: task.priority_weight for task in heavy}
    assert weight["publish"] > weight["load"] > weight["extract"] == weight["data_docs"]


@pytest.mark.parametrize("feed_id", CONTRACTS)
def test_a_scheduler_reads_back_what_was_written(bag, feed_id):
    """A timetable of our own is known to Airflow by the plugin in dags/plugins alone."""
    from airflow.serialization.serialized_objects import DagSerialization

    written = json.loads(json.dumps(DagSerialization.serialize_dag(bag.dags[feed_id])))
    timetable = DagSerialization.deserialize_dag(written).timetable
    assert timetable.periodic  # so that a range of dates can be run again
    assert timetable.timetable.serialize() == bag.dags[feed_id].timetable.timetable.serialize()


def test_the_extracts_wait_for_the_release(bag):
    published = bag.dags["baseboard"].get_task("publish").outlets
    assert [asset.name for asset in bag.dags["extracts"].timetable.asset_condition.objects] == ["release"]
    assert [asset.name for asset in published] == ["release"]


def test_the_folder_is_parsed_fast_and_imports_nothing_heavy(tmp_path):
    found = [json.loads(in_new_process(PARSE, tmp_path)) for _ in range(2)]
    assert not set(HEAVY) & set(found[0]["new"])
    assert min(one["seconds"] for one in found) <= 1.0


def test_only_the_dag_asked_for_is_built(tmp_path):
    asked = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "water__accounts", "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "load"}
    found = json.loads(in_new_process(PARSE, tmp_path, **asked))
    feeds = [dag_id for dag_id, tags in found["dags"].items() if "feed" in tags]
    assert feeds == ["water__accounts"]


def test_a_contract_in_another_folder_is_a_dag_and_a_broken_one_stops_itself_alone(tmp_path):
    feeds = tmp_path / "feeds"
    (feeds / "water").mkdir(parents=True)
    sound = (ROOT / "schemas" / "feeds" / "water" / "accounts.yaml").read_text(encoding="utf-8")
    (feeds / "water" / "accounts.yaml").write_text(sound, encoding="utf-8")
    (feeds / "water" / "meters.yaml").write_text(
        sound.replace("id: water__accounts", "id: water__meters"), encoding="utf-8"
    )
    (feeds / "water" / "pumps.yaml").write_text("id: [", encoding="utf-8")
    found = json.loads(in_new_process(PARSE, tmp_path, BLOCKDATA_FEEDS=str(feeds)))
    assert found["errors"] == 0
    assert sorted(found["dags"]) == [
        "baseboard",
        "care",
        "extracts",
        "freshness",
        "pages",
        "water__accounts",
        "water__meters",
        "water__pumps",
    ]
    assert [dag_id for dag_id, tags in found["dags"].items() if "broken" in tags] == ["water__pumps"]


def test_a_release_asks_a_person_only_where_that_is_wanted(bag, tmp_path):
    assert [task.task_id for task in bag.dags["baseboard"].tasks] == ["publish"]
    code = PARSE.replace("tags = {", "bag.dags['baseboard'].tags |= set(bag.dags['baseboard'].task_ids); tags = {")
    found = json.loads(in_new_process(code, tmp_path, BLOCKDATA_APPROVAL="1"))
    assert found["errors"] == 0
    assert set(found["dags"]["baseboard"]) == {"release", "waiting", "approve", "publish"}
