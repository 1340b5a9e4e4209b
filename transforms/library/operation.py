"""One operation from the wish to the commit: under the lake's lock, on a pinned library, all of it or nothing.

Asked again as it was (a command killed after its commit, a script run twice), an operation is found done and not done
twice; asked again after the codes were changed otherwise, it is a new wish.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import load_tables
from transforms.lake.letters import letters_of
from transforms.lake.lock import lake_lock
from transforms.lake.store import Lake
from transforms.library.book import Book
from transforms.library.draft import Draft, LibraryRefusal, Line, Order

SHANGHAI = ZoneInfo("Asia/Shanghai")
PERSON = re.compile(
    r"[1-9][0-9]{5}(18|19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx]|(?<![0-9])1[3-9][0-9]{9}(?![0-9])"
)


@dataclass(frozen=True)
class CodeChange:
    """What happened to one code; `successors` are where a split, merge or renumbering leads."""

    code: str
    kind: str
    successors: list[str]


@dataclass(frozen=True)
class Done:
    """An operation's answer. `status`: done, repeated (it had been done before), tried (a dry run)."""

    operation: int
    kind: str
    date: date
    status: str
    codes: list[CodeChange]

    def of_kind(self, kind: str) -> list[str]:
        """Codes something happened to, in the order it was decided."""
        return [change.code for change in self.codes if change.kind == kind]


def today() -> date:
    """Today where the district is."""
    return datetime.now(SHANGHAI).date()


def perform(
    home: Home,
    kind: str,
    request: Mapping[str, Any],
    order: Order,
    work: Callable[[Draft], None],
    *,
    dry_run: bool = False,
) -> Done:
    """Do `work` as one operation. `request` is what was asked, as JSON can hold it.

    Raises LibraryRefusal with nothing changed, UsageError without a library.
    """
    _refuse_order(order)
    operation_id = letters_of(kind, json.dumps(request, sort_keys=True, ensure_ascii=False, default=str), str(order))
    with lake_lock(home):
        lake = Lake(home).pinned()
        if not lake.has("address.building"):
            raise UsageError("the lake has no address library", "import one first: blockdata library import DIR")
        if (before := _done_before(lake, operation_id)) is not None:
            return before
        draft = Draft(Book(lake), order, kind)
        work(draft)
        number = lake.standing().number + 1
        lines = draft.lines()
        if not lines:
            raise LibraryRefusal("nothing would change", "the library says so already")
        if not dry_run:
            lake.change_library({**draft.changed_rows(), **log_rows(number, operation_id, kind, order, lines)})
        return Done(number, kind, order.date, "tried" if dry_run else "done", _codes(lines))


def log_rows(number: int, operation_id: str, kind: str, order: Order, lines: list[Line]) -> dict[str, pl.DataFrame]:
    """The rows of address.operation and address.change."""
    operation = {
        "number": number, "operation_id": operation_id, "kind": kind, "date": order.date, "by": order.by,
        "reason": order.reason,
    }  # fmt: skip
    tables = load_tables()
    names = ["code", "kind", "attribute", "before", "after"]
    change = pl.DataFrame(lines, schema=dict.fromkeys(names, pl.String), orient="row").with_columns(
        operation=pl.lit(number, pl.Int64), line=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), date=pl.lit(order.date)
    )
    return {
        "address.operation": tables["address.operation"].conform(pl.DataFrame([operation])),
        "address.change": tables["address.change"].conform(change),
    }


def _done_before(lake: Lake, operation_id: str) -> Done | None:
    """The same operation, when nothing was done to its codes since."""
    same = lake.scan("address.operation").filter(pl.col("operation_id") == operation_id).collect().sort("number")
    if same.is_empty():
        return None
    last = same.row(-1, named=True)
    since = (
        lake.scan("address.change").filter(pl.col("operation") >= last["number"]).collect().sort("operation", "line")
    )
    own = since.filter(pl.col("operation") == last["number"])
    touched = since.filter((pl.col("operation") > last["number"]) & pl.col("code").is_in(own["code"].implode()))
    if touched.height:
        return None
    lines = own.select("code", "kind", "attribute", "before", "after").rows()
    return Done(last["number"], last["kind"], last["date"], "repeated", _codes(lines))


def _codes(lines: list[Line]) -> list[CodeChange]:
    found: dict[tuple[str, str], list[str]] = {}
    for code, kind, attribute, _, after in lines:
        successors = found.setdefault((code, kind), [])
        if attribute == "successor" and after is not None:
            successors.append(after)
    return [CodeChange(code, kind, successors) for (code, kind), successors in found.items()]


def _refuse_order(order: Order) -> None:
    if not order.by.strip() or not order.reason.strip():
        raise UsageError("who orders it and why must be told", "give --by POST and --reason TEXT")
    if PERSON.search(order.by) or PERSON.search(order.reason):
        raise UsageError(
            "--by or --reason holds an identifier of a person", "name a post and a reason, nobody's number"
        )
    if order.date > today():
        raise LibraryRefusal(f"{order.date} is still to come", "a change is entered on its day or after")
