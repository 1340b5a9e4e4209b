"""What the DAGs of the house have in common; a feed's DAG follows its contract instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum


def house(*, retries: int, minutes: int) -> dict[str, Any]:
    """Arguments of a DAG: one run at a time, no missed run made up for, the data office answers for it.

    A task that failed is tried again so often, after so many minutes.
    """
    return {
        "start_date": pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
        "catchup": False,
        "max_active_runs": 1,
        "default_args": {"owner": "data-office", "retries": retries, "retry_delay": timedelta(minutes=minutes)},
    }
