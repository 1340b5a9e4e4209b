"""A task's log tells the kind and place of a fault, never a library's words."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from dags.guard import guarded
from schemas.errors import BlockdataError

CELL = "某人的名字"


@guarded
def quoting() -> None:
    try:
        raise KeyError(CELL)
    except KeyError as error:
        raise ValueError(f"cannot read {CELL}") from error


@guarded
def refusing() -> None:
    try:
        raise KeyError(CELL)
    except KeyError:
        raise BlockdataError("the disk is full", "make room")  # noqa: B904


@pytest.mark.parametrize(
    ("task", "told"), [(quoting, r"unexpected ValueError in test_guard.py:\d+"), (refusing, "the disk is full")]
)
def test_no_cell_reaches_the_log(task, told, monkeypatch):
    monkeypatch.delenv("BLOCKDATA_DEBUG", raising=False)
    with pytest.raises(BlockdataError, match=told) as raised:
        task()
    assert CELL not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__context__ is None and raised.value.__cause__ is None


def test_who_debugs_sees_the_trace(monkeypatch):
    monkeypatch.setenv("BLOCKDATA_DEBUG", "1")
    with pytest.raises(ValueError, match=CELL):
        quoting()


def test_airflows_own_signals_pass():
    @guarded
    def skipping() -> None:
        raise AirflowSkipException("nothing came")

    with pytest.raises(AirflowSkipException):
        skipping()


def test_what_a_task_writes_is_for_its_user_alone(tmp_path: Path):
    @guarded
    def writing(path: Path) -> str:
        path.write_text("x", encoding="utf-8")
        return "done"

    before = os.umask(0o022)
    try:
        assert writing(tmp_path / "kept") == "done"
        (tmp_path / "after").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert (tmp_path / "after").stat().st_mode & 0o077 == 0o044


def test_a_guarded_task_keeps_its_name_and_parameters(bag):
    assert [task.task_id for task in bag.dags["police__residents"].topological_sort()] == ["load", "refused"]
