"""The import law (DESIGN section 6): one stack, each floor sees only those below."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.home import ROOT

PACKAGES = ("schemas", "expectations", "transforms", "serving", "dags", "cli", "synth")
ALLOWED = {
    "schemas": {"schemas"},
    "expectations": {"expectations", "schemas"},
    "transforms": {"transforms", "expectations", "schemas"},
    "serving": {"serving", "transforms", "expectations", "schemas"},
    "dags": {"dags", "serving", "transforms", "expectations", "schemas"},
    "cli": {"cli", "synth", "dags", "serving", "transforms", "expectations", "schemas"},
    "synth": {"synth", "schemas"},
}
# Airflow is a matter of the top floor: everything below runs without it.
WITHOUT_AIRFLOW = ("schemas", "expectations", "transforms", "serving", "synth")
# Truth is written and read by the made district alone, and by tests.
KNOWS_TRUTH = ("synth",)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(source: str, package: str = "") -> Iterator[str]:
    """Every module a source imports, at any depth, by its absolute name; a relative import is of its own package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield package if node.level else (node.module or "")
        elif isinstance(node, ast.Call) and _is_dynamic(node.func):
            yield from (str(given.value) for given in node.args[:1] if isinstance(given, ast.Constant))


def _is_dynamic(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def of_the_house(source: str, package: str) -> set[str]:
    """The packages of this repository a source imports."""
    return {name.split(".")[0] for name in imported(source, package)} & {*PACKAGES, "tests"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_floor_sees_only_those_below(package: str) -> None:
    broken = {
        f"{path.relative_to(ROOT)} imports {', '.join(sorted(upward))}"
        for path in modules(package)
        if (upward := of_the_house(path.read_text(encoding="utf-8"), package) - ALLOWED[package])
    }
    assert not broken


@pytest.mark.parametrize("package", WITHOUT_AIRFLOW)
def test_below_the_top_floor_nobody_knows_airflow(package: str) -> None:
    broken = {
        str(path.relative_to(ROOT))
        for path in modules(package)
        if any(name.split(".")[0] == "airflow" for name in imported(path.read_text(encoding="utf-8")))
    }
    assert not broken


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in (*KNOWS_TRUTH, "cli")])
def test_nothing_that_serves_reads_the_truth(package: str) -> None:
    """No file of the made district's truth is named outside synth; `evaluate` is handed the folder by cli."""
    files = ("truth/", "defect.parquet", "premises.parquet", '"truth"', "'truth'")
    broken = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(package)
        for name in files
        if name in path.read_text(encoding="utf-8")
    }
    assert not broken


def test_every_package_says_what_lives_there() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import dags.feeds", {"dags"}),
        ("from serving.query import sql", {"serving"}),
        ("def later():\n    from cli import console", {"cli"}),
        ("if TYPE_CHECKING:\n    from synth.make import Summary", {"synth"}),
        ("import importlib\nimportlib.import_module('dags.feeds')", {"dags"}),
        ("from . import neighbour", {"transforms"}),
        ("import polars\nfrom pathlib import Path", set()),
    ],
)
def test_the_law_sees_every_way_of_importing(source: str, found: set[str]) -> None:
    assert of_the_house(source, "transforms") == found
