"""Texts inside SQL, where a statement takes no parameters: paths to attach, comments, settings."""

from __future__ import annotations


def sql_text(value: object) -> str:
    """`value` as a text of SQL, in its quotes: O'Hara is 'O''Hara'."""
    return "'" + str(value).replace("'", "''") + "'"
