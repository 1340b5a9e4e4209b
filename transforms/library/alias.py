"""Further names of a place, of the seven kinds of SZDB/Z 281—2017: added and ended, never forgotten."""

from __future__ import annotations

from typing import Any

import polars as pl

from schemas.codelist import load_codelist
from schemas.home import Home
from transforms.library.book import TABLE_OF_LENGTH
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.operation import PERSON, Done, perform

LONGEST = 200


def kinds() -> tuple[str, ...]:
    """full, administrative, geographic, colloquial, short, alternative, former."""
    return tuple(code.code for code in load_codelist("alias_kind").codes)


def add_alias(home: Home, code: str, kind: str, text: str, order: Order, *, dry_run: bool = False) -> Done:
    """From its day on `text` is a name of a unit, building or area, and addresses written so find it.

    LibraryRefusal when another place bears the name: a name of two places finds neither.
    """

    def work(draft: Draft) -> None:
        name = _checked(draft, code, kind, text)
        if any(row["kind"] == kind and row["text"] == name and row["valid_to"] is None for row in draft.aliases(code)):
            raise LibraryRefusal(f"{code} bears that name already", "nothing needs to be done")
        _refuse_borne(draft, code, name)
        draft.add("alias", code=code, kind=kind, text=name, valid_from=draft.order.date, valid_to=None)
        draft.tell(code, "alias", f"alias:{kind}", None, name)

    return perform(home, "alias", {"code": code, "kind": kind, "text": text}, order, work, dry_run=dry_run)


def end_alias(home: Home, code: str, kind: str, text: str, order: Order, *, dry_run: bool = False) -> Done:
    """From its day on `text` is no name of the place any more, and addresses written so no longer find it; by a former
    name they still do.
    """

    def work(draft: Draft) -> None:
        name = _checked(draft, code, kind, text)
        ended = [
            row for row in draft.aliases(code) if (row["kind"], row["text"], row["valid_to"]) == (kind, name, None)
        ]
        if not ended:
            raise LibraryRefusal(
                f"{code} bears no such {kind} name", f"see its names: blockdata library history {code}"
            )
        for row in ended:
            if row["valid_from"] is not None and row["valid_from"] > draft.order.date:
                raise LibraryRefusal(
                    f"the name is valid from {row['valid_from']} on", "give --date of that day or later"
                )
            draft.add("alias", **{**row, "valid_to": draft.order.date})
        draft.tell(code, "alias", f"alias:{kind}", name, None)

    return perform(home, "alias", {"code": code, "kind": kind, "end": text}, order, work, dry_run=dry_run)


def _checked(draft: Draft, code: str, kind: str, text: str) -> str:
    if kind not in kinds():
        raise LibraryRefusal(f"{kind} is no kind of name", f"give one of {', '.join(kinds())}")
    name = text.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise LibraryRefusal("that is no name", f"give a text of 1 to {LONGEST} characters")
    if PERSON.search(name):
        raise LibraryRefusal("that is a person's number, no name of a place", "give the name people call the place by")
    if TABLE_OF_LENGTH.get(len(code)) == "area":
        if draft.area_row(code) is None:
            raise LibraryRefusal(f"{code} is no area valid on {draft.order.date}", "see address.area")
    else:
        standing_row(draft, code)
    return name


def _refuse_borne(draft: Draft, code: str, name: str) -> None:
    same = draft.book.find("alias", "text", [name]).filter(pl.col("valid_to").is_null() & (pl.col("code") != code))
    same = same.filter(pl.col("code").str.len_chars() == len(code))
    for other in same["code"].unique().sort():
        row: Any = draft.area_row(other) if TABLE_OF_LENGTH.get(len(other)) == "area" else draft.get(other)
        if row is not None and row.get("status") != "cancelled":
            raise LibraryRefusal(
                f"{other} bears that name: it would find neither", "end it there first, or tell them apart"
            )
