"""Airflow's LocalExecutor, warmed: what every task imports is imported once, before the workers are forked from it.

Great Expectations alone takes more than a second, which every load would pay. Only what starts no thread of its own is
warmed: Polars keeps a cleaning thread that a fork loses, so it and what stands on it (our own steps) are imported by
each task.
"""

from __future__ import annotations

import logging
from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

from expectations.gx_import import great_expectations

WARM = (
    "airflow.providers.standard.decorators.python",
    "deltalake",
    "duckdb",
    "pypinyin",
    "sqlglot",
)


class WarmExecutor(LocalExecutor):
    """LocalExecutor whose workers, and the tasks they fork, have the heavy libraries loaded."""

    def start(self) -> None:
        """Warm up, then fork the workers."""
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        great_expectations()
        for library in WARM:
            import_module(library)
        super().start()
