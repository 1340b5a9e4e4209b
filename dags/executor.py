"""Airflow's LocalExecutor, warmed: Great Expectations is imported once, before the workers are forked from it.

Its import takes four seconds, which every load would pay. Only what starts no thread at import is warmed: Polars keeps
a cleaning thread that a fork loses, and costs 0.2 s.
"""

from __future__ import annotations

import logging
import os

from airflow.executors.local_executor import LocalExecutor


class WarmExecutor(LocalExecutor):
    """LocalExecutor whose workers, and the tasks they fork, have Great Expectations loaded."""

    def start(self) -> None:
        """Warm up, then fork the workers."""
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        import great_expectations  # noqa: F401

        super().start()
