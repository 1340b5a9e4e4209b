"""Great Expectations imported without what judging never asks: its import is the dearest thing a small load does.

Of 2.5 s (CPU, 1.24.1, pandas apart) 0.6 s are SciPy's statistics and Altair, which expectations about distributions and
the chart of one import at their head; another 0.5 s is the garbage collector walking through what was just made. Both
packages are put off until somebody asks them for something, and the collector rests meanwhile: 1.3 s.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PUT_OFF = ("altair", "scipy.stats")


@cache
def great_expectations() -> Any:
    """The package, its statistics of use (which would call outside) switched off."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    if "great_expectations" in sys.modules:
        return sys.modules["great_expectations"]
    with _put_off(PUT_OFF), _no_collector():
        return import_module("great_expectations")


class PutOff(ModuleType):
    """Stands for a module until an attribute of it is wanted."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


@contextmanager
def _put_off(names: Sequence[str]) -> Iterator[None]:
    """Whoever imports these modules meanwhile gets a stand-in; whoever does so afterwards gets them."""
    stands_in = {name: PutOff(name) for name in names if name not in sys.modules and find_spec(name) is not None}
    for name, module in stands_in.items():
        module.__spec__ = find_spec(name)
        sys.modules[name] = module
    try:
        yield
    finally:
        for name, module in stands_in.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


@contextmanager
def _no_collector() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
