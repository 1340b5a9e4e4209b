"""What a column of a contract is called once cleaned (schemas/record_table.py says why)."""

from __future__ import annotations

from schemas.contract import Column, Role

_RENAMED = {
    Role.PERSON_ID: "person_key",
    Role.EMBEDDED_PERSON_ID: "person_key",
    Role.USCC: "organisation_key",
    Role.SEX: "sex",
    Role.BIRTH_DATE: "birth_year",
    Role.LONGITUDE: "lon",
    Role.LATITUDE: "lat",
    Role.GEOMETRY: "geometry",
}


def lake_column(column: Column) -> str | None:
    """The cleaned name, or None for what never passes cleaning."""
    if column.is_dropped:
        return None
    if column.role in (Role.PERSON_NAME, Role.PHONE):
        return f"{column.name}_token"
    return _RENAMED.get(column.role, column.name) if column.role else column.name
