"""What a contract must be beyond its form: patterns compile, code lists exist, the parts of a feed fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from schemas.codelist import CODELISTS_FOLDER, load_codelist
from schemas.contract_shape import Column, Contract, Quality, Role
from schemas.errors import ContractError, UsageError
from schemas.record_table import CLEANED_COLUMNS, LAKE_COLUMNS
from schemas.server_check import server_problems

DBF_NAME_BYTES = 10
PERSON_ROLES = (Role.PERSON_ID, Role.EMBEDDED_PERSON_ID)
SINGLE_ROLES = [
    role
    for role in Role
    if role not in (Role.PERSON_NAME, Role.PHONE, Role.FREE_TEXT, Role.QUANTITY, Role.ADDRESS_TEXT)
]
# Names that a column may carry only when it means just that.
OWNED = {"sex": Role.SEX, "geometry": Role.GEOMETRY}
# Names the lake gives itself; a contract column of that name would hide one of them.
RESERVED = (LAKE_COLUMNS | CLEANED_COLUMNS) - OWNED.keys()

Problem = tuple[str, str, str]  # key, what is wrong, mend


def check(contract: Contract, path: Path) -> None:
    """Raises ContractError for the first thing that does not fit."""
    for key, message, mend in _problems(contract):
        raise ContractError(str(path), key, message, mend)


def _problems(contract: Contract) -> Iterator[Problem]:
    yield from _whole_problems(contract)
    for column in contract.columns:
        key = f"schema.0.properties.{column.name}"
        for part, message, mend in _column_problems(column):
            yield f"{key}.{part}", message, mend
        for rule in column.quality:
            for message, mend in _rule_problems(
                rule, rule.metric == "rowCount", "stands under schema, not on a column"
            ):
                yield f"{key}.quality", message, mend
    for rule in contract.quality:
        for message, mend in _rule_problems(rule, rule.metric != "rowCount", "stands on a column, not under schema"):
            yield "schema.0.quality", message, mend
    yield from _reading_problems(contract)
    yield from _subject_problems(contract)
    yield from _feed_problems(contract)
    yield from server_problems(contract)


def _whole_problems(contract: Contract) -> Iterator[Problem]:
    department = contract.feed_id.split("__")[0]
    if contract.domain != department:
        yield "domain", f"{contract.domain} is not the department of the id", f"write {department}"
    for key, seen in (
        ("name", [column.name for column in contract.columns]),
        ("physicalName", [column.header for column in contract.columns]),
    ):
        for twice in sorted({value for value in seen if seen.count(value) > 1}):
            yield f"schema.0.properties.{twice}.{key}", f"{twice} given twice", "rename or remove one of them"
    if not contract.key_columns:
        yield "schema.0.properties", "no column has primaryKey: true", "mark the column that tells records apart"
    for role in SINGLE_ROLES:
        names = [column.name for column in contract.columns if column.role is role]
        if len(names) > 1:
            key = f"schema.0.properties.{names[1]}.customProperties.role"
            yield key, f"role {role.value} stands on two columns", f"keep it on one of {', '.join(names)}"


def _column_problems(column: Column) -> Iterator[Problem]:
    meaning = column.meaning
    if column.name in RESERVED or OWNED.get(column.name, column.role) is not column.role:
        yield "name", f"{column.name} is a name the lake gives itself", "choose another, e.g. address_code for a code"
    if column.role is Role.AREA_CODE and meaning.scheme is None:
        yield "customProperties.scheme", "an area_code needs a scheme", "add scheme: statistics, civil or unified"
    if column.role is Role.EMBEDDED_PERSON_ID and meaning.affix is None:
        yield "customProperties.affix", "an embedded_person_id needs an affix", "add affix, e.g. ^G(.{18})$"
    if meaning.code_list is not None and not _code_list_exists(meaning.code_list):
        yield (
            "customProperties.code_list",
            f"there is no code list {meaning.code_list!r}",
            f"write {CODELISTS_FOLDER.name}/{meaning.code_list}.yaml, or use one that is there",
        )
    if column.options.pattern is not None and _groups(column.options.pattern) is None:
        yield "logicalTypeOptions.pattern", "is not a regular expression", "correct the pattern"
    if meaning.affix is not None and _groups(meaning.affix) != 1:
        yield "customProperties.affix", "needs exactly one group, the one that holds the ID", "write e.g. ^G(.{18})$"
    low, high = column.options.minimum, column.options.maximum
    if low is not None and high is not None and low > high:
        yield "logicalTypeOptions.minimum", "is above the maximum", "exchange or correct them"
    if meaning.masked and column.type != "date":
        yield "customProperties.masked", "a masked tail is known of dates alone", "set logicalType: date"
    if column.is_dropped and (column.key or column.quality):
        yield "classification", "what never passes cleaning can be neither key nor judged", "take those keys away"
    if column.role in PERSON_ROLES and column.classification != "restricted":
        yield "classification", "a person's identifier must be restricted", "set classification: restricted"


def _rule_problems(rule: Quality, is_misplaced: bool, where: str) -> Iterator[tuple[str, str]]:
    if is_misplaced:
        yield f"{rule.metric} {where}", "move the rule"
    if rule.must_be_less_or_equal_to is None and rule.must_be_greater_or_equal_to is None:
        yield f"{rule.metric} has no bound", "add mustBeLessOrEqualTo or mustBeGreaterOrEqualTo"


def _reading_problems(contract: Contract) -> Iterator[Problem]:
    reading = contract.reading
    if reading.format == "dbf":
        for column in contract.columns:
            if len(column.header.encode("gb18030")) > DBF_NAME_BYTES:
                key = f"schema.0.properties.{column.name}.physicalName"
                yield (
                    key,
                    f"a DBF field name has at most {DBF_NAME_BYTES} bytes",
                    "use five Chinese characters or fewer",
                )
    if reading.format == "csv" and len(reading.delimiter) != 1:
        yield "customProperties.reading.delimiter", "must be one character", "write e.g. ',' or '|'"
    if reading.format in ("gpkg", "shp") and contract.column_of(Role.GEOMETRY) is None:
        yield "schema.0.properties", "a spatial file needs a column with role geometry", "add it"
    if not 0 <= reading.precision_lost_share <= 1:
        yield "customProperties.reading.precision_lost_share", "must lie between 0 and 1", "write 1 % as 0.01"


def _subject_problems(contract: Contract) -> Iterator[Problem]:
    roles = {column.role for column in contract.columns}
    subject, key = contract.subject, "customProperties.subject"
    if subject.claim and not roles & set(PERSON_ROLES):
        yield f"{key}.claim", "a claim is about a person, and no column identifies one", "add a person_id or drop claim"
    if Role.VITAL_EVENT in roles:
        for column in contract.columns:
            if column.role in (Role.EVENT_TIME, Role.VALID_FROM) and not column.meaning.masked:
                yield (
                    f"schema.0.properties.{column.name}.customProperties.masked",
                    "the day of a birth is an exact birth date, of which the year alone is kept",
                    "set logicalType: date and masked: true",
                )
    if subject.kind == "organisation" and Role.USCC not in roles:
        yield f"{key}.kind", "organisations are known by a column with role uscc", "add it or correct the kind"
    if subject.kind == "event" and not roles & {Role.EVENT_TIME, Role.ACCEPTED_TIME}:
        yield f"{key}.kind", "an event needs a column with role event_time or accepted_time", "add the role"
    if subject.kind == "outcome" and Role.OUTCOME not in roles:
        yield f"{key}.kind", "an outcome needs a column with role outcome", "add the role"
    if (Role.LONGITUDE in roles) != (Role.LATITUDE in roles):
        yield "schema.0.properties", "longitude and latitude come together", "add the other one"
    if not roles & {Role.ADDRESS_TEXT, Role.UNIT_CODE, Role.LONGITUDE, Role.GEOMETRY, Role.AREA_CODE}:
        yield (
            "schema.0.properties",
            "nothing says where: no address, code, area or coordinates",
            "give a column such a role",
        )


def _feed_problems(contract: Contract) -> Iterator[Problem]:
    meaning, limits = contract.meaning, contract.limits
    if not contract.description.purpose.strip():
        yield "description.purpose", "is empty", "say what the data is for (PIPL art. 6)"
    if not meaning.legal_basis.strip():
        yield "customProperties.legal_basis", "is empty", "name law and article (PIPL art. 13)"
    if meaning.retention_days < 1:
        yield "customProperties.retention_days", "must be at least one day", "write the days the original is kept"
    if len(meaning.schedule.cron.split()) != 5:
        yield "customProperties.schedule.cron", "needs five fields", "write e.g. '0 6 * * 1-5'"
    for name in ("quarantined_share", "row_drop", "null_jump", "match_drop"):
        if not 0 <= getattr(limits, name) <= 1:
            yield f"customProperties.limits.{name}", "must lie between 0 and 1", "write 5 % as 0.05"


def _code_list_exists(name: str) -> bool:
    try:
        load_codelist(name)
    except UsageError:
        return False
    return True


def _groups(pattern: str) -> int | None:
    try:
        return re.compile(pattern).groups
    except re.error:
        return None
