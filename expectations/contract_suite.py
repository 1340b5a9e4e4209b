"""The suite over a feed's cleaned and keyed rows, derived from its contract.

Reading and cleaning have quarantined what breaks these, so here they prove that nothing slipped through, and that no
identifier did. What is about the batch as a whole stands in limit_suite.py.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from expectations.check import Check, between, exists, in_set, lengths, matches, not_null, unique
from expectations.lake_column import lake_column
from expectations.limit_suite import allowance
from schemas.contract import Column, Contract, Role

TOKEN = "^[a-p]{32}$"
CODE = r"^(?:[0-9]{14}[0-9T]{5}(?:[0-9]{6}|\*{6})?|[0-9]{14}\*{11})$"
MATCH_LEVELS = ["unit", "building", "estate", "grid", "community", "outside", "none"]
CHINA = {"lon": (73.0, 136.0), "lat": (3.0, 54.0)}  # nearer bounds are the cleaner's

# Roles whose cleaned values are no longer what the contract's pattern, length or code list speaks of.
_REWRITTEN = frozenset(
    {
        *(Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.PERSON_NAME, Role.PHONE, Role.SEX, Role.BIRTH_DATE, Role.USCC),
        *(Role.LONGITUDE, Role.LATITUDE, Role.GEOMETRY, Role.ADDRESS_TEXT, Role.UNIT_CODE),
    }
)


def row_checks(contract: Contract, day: date, rows: int) -> list[Check]:
    """What must be true of every cleaned and keyed row; a null is judged by `required` alone."""
    checks = [exists("record_id"), not_null("record_id"), unique("record_id")]
    for column in contract.columns:
        checks += _column_checks(column, day)
        checks += [
            not_null(name, mostly=1 - allowance(rule, rows, contract.limits), severity=rule.severity)
            for rule in column.quality
            if rule.metric == "nullValues" and rule.must_be_less_or_equal_to is not None
            if (name := lake_column(column)) is not None and not _is_text_gone(column)
        ]
    checks += [
        in_set("match_level", MATCH_LEVELS),
        between("match_score", 0, 1),
        matches("unit_code", CODE),
        matches("building_code", CODE),
    ]
    return list({(check.kind, check.column, check.severity, str(check.arguments)): check for check in checks}.values())


def _column_checks(column: Column, day: date) -> list[Check]:
    name = lake_column(column)
    if name is None:
        return []
    checks = [exists(name)]
    if column.required and not _is_text_gone(column):
        checks.append(not_null(name))
    if column.unique and column.role not in (Role.SEX, Role.BIRTH_DATE):
        checks.append(unique(name))
    return checks + _form_checks(column, name, day)


def _form_checks(column: Column, name: str, day: date) -> list[Check]:
    meaning, options = column.meaning, column.options
    if column.role in _REWRITTEN:
        return _rewritten_checks(column, name, day)
    if meaning.code_list is not None:
        return [in_set(name, _codes(meaning.code_list))]
    checks: list[Check] = []
    if column.type in ("integer", "number") and (options.minimum is not None or options.maximum is not None):
        checks.append(between(name, options.minimum, options.maximum))
    if column.type == "date" and not (meaning.masked or meaning.future or meaning.open_ended):
        checks.append(between(name, None, day))
    if column.type == "timestamp" and not (meaning.future or meaning.open_ended):
        checks.append(between(name, None, datetime.combine(day + timedelta(days=1), time())))
    if column.type == "string" and options.pattern is not None:
        checks.append(matches(name, options.pattern))
    if column.type == "string" and (options.min_length is not None or options.max_length is not None):
        checks.append(lengths(name, options.min_length, options.max_length))
    return checks


def _rewritten_checks(column: Column, name: str, day: date) -> list[Check]:
    match column.role:
        case Role.SEX:
            return [in_set(name, ["male", "female"])]
        case Role.LONGITUDE | Role.LATITUDE:
            return [between(name, *CHINA[name])]
        case Role.BIRTH_DATE:
            return [between(name, 1880, day.year)]
        case Role.UNIT_CODE:
            return [matches(name, CODE)]
        case Role.GEOMETRY | Role.ADDRESS_TEXT:
            return []
    return [matches(name, TOKEN)]


def _is_text_gone(column: Column) -> bool:
    """A sole trader's name is personal data: cleaning empties it even where the department must give it."""
    return column.role in (Role.ORGANISATION_NAME, Role.GEOMETRY)


def _codes(code_list: str) -> list[str]:
    from schemas.codelist import load_codelist

    return [code.code for code in load_codelist(code_list).codes]
