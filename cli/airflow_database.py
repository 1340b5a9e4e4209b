"""`python -m cli.airflow_database`: Airflow's database made or brought up to date, with the pools our DAGs ask for.

A process of its own, because Airflow settles where its home is at its first import.
"""

from __future__ import annotations

from dags.pools import pools


def main() -> None:
    """Migrate, then set the pools. Both may be repeated."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    for name, pool in pools().items():
        Pool.create_or_update_pool(name, **pool)


if __name__ == "__main__":
    main()
