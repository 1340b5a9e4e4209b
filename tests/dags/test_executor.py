"""What the workers are forked with: the heavy libraries, and no thread that a fork would lose."""

from __future__ import annotations

import json

from tests.dags.conftest import in_new_process

START = """
import json, sys
from airflow.executors.local_executor import LocalExecutor
from dags.executor import WARM, WarmExecutor
forked_with = []
LocalExecutor.start = lambda self: forked_with.append(set(sys.modules))
WarmExecutor(parallelism=2).start()
[known] = forked_with
missing = sorted({"great_expectations", *WARM} - known)
print(json.dumps({"missing": missing, "polars": "polars" in known}))
"""


def test_workers_are_forked_with_the_heavy_libraries_but_without_polars(tmp_path):
    assert json.loads(in_new_process(START, tmp_path)) == {"missing": [], "polars": False}
