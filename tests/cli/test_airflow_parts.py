"""Airflow's programs: one Airflow a home, a port of its own, what dies is started again but not for ever."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from cli import airflow_parts
from cli.airflow_parts import is_healthy, parts_of, serve
from cli.processes import Part, family, stop
from schemas.errors import BlockdataError, UsageError


def test_the_api_comes_first_and_no_other_server_listens(tmp_path):
    parts = parts_of(tmp_path, {})
    assert [part.name for part in parts] == ["api-server", "scheduler", "dag-processor", "triggerer"]
    assert {part.name for part in parts if "--skip-serve-logs" in part.command} == {"scheduler", "triggerer"}


def test_a_second_airflow_on_one_home_is_refused(tmp_path):
    with airflow_parts._alone(tmp_path), pytest.raises(UsageError, match="runs on"):
        serve(tmp_path, {"AIRFLOW__API__PORT": "1"}, print)


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            serve(tmp_path, {"AIRFLOW__API__PORT": str(port)}, print)


def test_what_ends_is_started_again_until_it_ends_too_often(tmp_path, monkeypatch):
    monkeypatch.setattr(airflow_parts, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr("cli.processes.STOP_SECONDS", 1)
    ending = Part("scheduler", [sys.executable, "-S", "-c", "raise SystemExit(3)"], tmp_path / "log", os.environ)
    lasting = Part("triggerer", ["sleep", "60"], tmp_path / "other", os.environ)
    said: list[str] = []
    try:
        for part in (ending, lasting):
            part.start()
        first = lasting.process.pid
        with pytest.raises(BlockdataError, match=r"scheduler ended 5 times"):
            airflow_parts._watch([ending, lasting], said.append)
        assert len(said) == 5 and set(said) == {"Airflow's scheduler ended with 3; starting it again"}
        assert lasting.process.pid == first
    finally:
        stop([ending, lasting])
    assert family([first]) == set()


@pytest.mark.parametrize("silent", ["scheduler", "triggerer", "dag_processor", "metadatabase"])
def test_ready_means_every_part_reports(silent):
    names = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    told = {name: {"status": "healthy"} for name in names}
    assert is_healthy(told)
    assert not is_healthy(told | {silent: {"status": None}})
    assert not is_healthy(None)
