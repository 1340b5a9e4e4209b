"""Airflow for the tests: a home of its own, settled before anything imports Airflow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from schemas.home import ROOT

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="blockdata-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__CORE__PLUGINS_FOLDER", str(ROOT / "dags" / "plugins"))
os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")


@pytest.fixture(scope="session")
def bag():
    """Every DAG of the folder, parsed once."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))


def in_new_process(code: str, home: Path, **environment: str) -> str:
    """What a piece of Python prints in a process of its own."""
    settings = {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]
