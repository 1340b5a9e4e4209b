"""What a task does is guarded: its files are for its user alone, and no library's message reaches the log."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException

from schemas.errors import BlockdataError

Given = ParamSpec("Given")
Result = TypeVar("Result")


def guarded(body: Callable[Given, Result]) -> Callable[Given, Result]:
    """The body of a task with umask 077; an unexpected error becomes a BlockdataError of its kind and place.

    The error's own text may quote a delivered cell. BLOCKDATA_DEBUG=1 lets it through with its trace.
    """

    @wraps(body)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        before = os.umask(0o077)
        try:
            return body(*args, **kwargs)
        except AirflowException:
            raise
        except BaseException as error:  # a fault in Polars' Rust is no Exception
            if os.environ.get("BLOCKDATA_DEBUG") or not _is_a_fault(error):
                raise
            told = error if isinstance(error, BlockdataError) else unexpected(error)
        finally:
            os.umask(before)
        told.__cause__ = told.__context__ = None
        raise told  # outside of `except`, so that no context hangs on it for the log to print

    return run


def unexpected(error: BaseException) -> BlockdataError:
    """Kind and place of an error, without its text."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return BlockdataError(
        f"unexpected {type(error).__name__} in {Path(where.filename).name}:{where.lineno}",
        "report this line; BLOCKDATA_DEBUG=1 shows the trace",
    )


def _is_a_fault(error: BaseException) -> bool:
    """False for what stops a process on purpose."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
