"""Airflow over this lake: its home under BLOCKDATA_HOME, its DAG list, and the real scheduler until it is stopped.

`python -m cli.scheduler list` and `run`; `make dags` and `make airflow` call them. `env` prints what a shell needs to
call `airflow` itself: eval "$(.venv/bin/python -m cli.scheduler env)".
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from dags.pools import cores
from schemas.contract import feed_ids
from schemas.errors import BlockdataError, UsageError
from schemas.home import ROOT, Home

DAGS = ROOT / "dags"


def environment(home: Home) -> dict[str, str]:
    """What Airflow reads: everything under home/airflow, this repository's DAGs, nobody called outside.

    BLOCKDATA_DATABASE (postgresql://user:password@host/name) keeps Airflow's own records in PostgreSQL instead of a
    file. A variable of Airflow's that is set already stays, but for those that say where things are.
    """
    fixed = {
        "AIRFLOW_HOME": str(home.path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(DAGS / "plugins"),
        "BLOCKDATA_HOME": str(home.path),
        # Airflow starts its parts by the name `airflow`, which stands beside this Python.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        **database(os.environ.get("BLOCKDATA_DATABASE", "")),
    }
    wanted = {
        "AIRFLOW__CORE__EXECUTOR": "dags.executor.WarmExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__PARALLELISM": str(cores() + 1),  # the pool bounds the heavy ones; light ones need not wait
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "16",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # Sixty-six deliveries at once keep both cores busy: what waits for its turn then is not dead.
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "180",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": (port := os.environ.get("AIRFLOW__API__PORT", "8080")),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }
    return {**{name: value for name, value in wanted.items() if name not in os.environ}, **fixed}


def database(url: str) -> dict[str, str]:
    """Airflow's two addresses of one PostgreSQL database; nothing for the default, SQLite in Airflow's home."""
    if not url:
        return {}
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not rest:
        raise UsageError(
            "BLOCKDATA_DATABASE is no address of a PostgreSQL database", "postgresql://user:password@host/name"
        )
    address = f"postgresql+psycopg://{rest}"  # psycopg 3 serves Airflow's plain and its asynchronous engine
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": address}


def prepare(home: Home) -> None:
    """Make this process one that Airflow runs in, quietly. Before Airflow's first import."""
    os.environ.update(environment(home))
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    (home.path / "airflow").mkdir(parents=True, exist_ok=True)


def migrate(home: Home) -> None:
    """Bring Airflow's database and its pools up to date; what that says goes to a log beside it."""
    folder = home.path / "airflow"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrate.log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "cli.airflow_database"]
        done = subprocess.run(
            command, env={**os.environ, **environment(home)}, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise BlockdataError(
            f"Airflow's database in {folder} could not be brought up to date", f"read {folder / 'migrate.log'}"
        )


def parsed(home: Home) -> Any:
    """The DagBag of this repository's DAG folder, parsed in this process."""
    prepare(home)
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS), collect_dags=True)


def show(home: Home) -> int:
    """Print every DAG, and what stops one from being imported or read. 1 when something does."""
    from rich.console import Console
    from rich.table import Table

    bag = parsed(home)
    table = Table("DAG", "title", "owner", "schedule", "tasks", box=None, header_style="bold")
    for column in table.columns:
        column.no_wrap = True
    for dag_id, dag in sorted(bag.dags.items()):
        title = dag.dag_display_name.removesuffix(dag_id).strip()
        table.add_row(dag_id, title, dag.owner, schedule_text(dag), str(len(dag.tasks)))
    console = Console(width=max(Console().width, 130))
    console.print(table)
    broken = {dag_id: dag.doc_md for dag_id, dag in bag.dags.items() if "broken" in dag.tags}
    for place, problem in {**bag.import_errors, **broken}.items():
        console.print(f"\n[red]{place}[/]\n{problem}", highlight=False)
    console.print(f"\n{len(bag.dags)} DAGs, import errors: {len(bag.import_errors) + len(broken) or 'none'}")
    return 1 if bag.import_errors or broken else 0


def schedule_text(dag: Any) -> str:
    """When it runs, in a few words."""
    timetable = dag.timetable
    timed = getattr(timetable, "timetable", timetable)
    cron = str(getattr(timed, "summary", "") or getattr(timed, "expression", ""))
    assets = getattr(getattr(timetable, "asset_condition", None), "objects", None)
    if not assets:  # a timetable alone has a condition too, of no asset
        return cron or "by hand"
    told = ", ".join("on arrival" if asset.name.startswith("landing.") else asset.name for asset in assets)
    return f"{told}, {cron}" if cron else told


def run(home: Home) -> int:
    """The real scheduler and its pages, until ctrl-C or SIGTERM; then everything it started is stopped too."""
    from cli.airflow_parts import serve

    migrate(home)
    for feed_id in feed_ids():
        (home.landing / feed_id).mkdir(parents=True, exist_ok=True)
    surroundings = {**os.environ, **environment(home)}
    folder = home.path / "airflow"
    where = "PostgreSQL" if os.environ.get("BLOCKDATA_DATABASE") else f"SQLite in {folder}"
    print(
        "Airflow starts; it says ready in about a minute\n"
        f"address    http://localhost:{surroundings['AIRFLOW__API__PORT']}\n"
        f"log in     user admin, password in {folder / 'simple_auth_manager_passwords.json.generated'}\n"
        f"deliver    into {home.landing}/<feed id>/ (see blockdata feeds); load and release follow by themselves\n"
        f"database   {where}; logs in {folder / 'logs'}\n"
        "stop       ctrl-C",
        flush=True,
    )
    if not (home.lake / "address" / "building").is_dir():
        print("library    none yet, and nothing can be loaded without one: blockdata library import DIR", flush=True)
    return serve(folder, surroundings, lambda line: print(line, flush=True))


def show_environment(home: Home) -> int:
    """Print `export` lines for a shell."""
    for name, value in sorted(environment(home).items()):
        print(f"export {name}={shlex.quote(value)}")
    return 0


def main(arguments: list[str]) -> int:
    """`list`, `run` or `env`."""
    home = Home.from_environment()
    actions = {"list": show, "run": run, "env": show_environment}
    if len(arguments) != 1 or arguments[0] not in actions:
        print("usage: python -m cli.scheduler list|run|env", file=sys.stderr)
        return 2
    try:
        return actions[arguments[0]](home)
    except BlockdataError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
