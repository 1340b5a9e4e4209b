"""The shape of a contract: the Open Data Contract Standard 3.1, read strictly.

What the standard has no word for stands in its `customProperties`, whose allowed names are the fields of
`ColumnMeaning` (per column) and `FeedMeaning` (per contract). Unknown keys are refused with file, key and mend.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from schemas.custom_property import CustomProperty, meaning_of
from schemas.declaration import Strict
from schemas.server import RemoteServer, Server
from schemas.slow_pattern import why_slow


class Role(StrEnum):
    """What a column means to the lake, whatever the department calls it."""

    ADDRESS_TEXT = "address_text"
    UNIT_CODE = "unit_code"  # unified address code, 19 or 25 positions, T and masks allowed
    AREA_CODE = "area_code"  # with `scheme`
    AREA_NAME = "area_name"  # the name that must agree with the area code
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    GEOMETRY = "geometry"
    PERSON_ID = "person_id"  # resident ID number, residence permit, foreigner's number
    EMBEDDED_PERSON_ID = "embedded_person_id"  # `affix`: a regular expression with one group holding the ID
    PERSON_NAME = "person_name"
    PHONE = "phone"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    VITAL_EVENT = "vital_event"  # birth, death
    USCC = "uscc"
    ORGANISATION_NAME = "organisation_name"
    ENTITY_TYPE = "entity_type"
    INDUSTRY = "industry"
    EVENT_KIND = "event_kind"
    CHANNEL = "channel"
    EVENT_TIME = "event_time"
    ACCEPTED_TIME = "accepted_time"
    DUE_TIME = "due_time"
    CLOSED_TIME = "closed_time"
    REOPENED_COUNT = "reopened_count"
    STATUS = "status"
    RESPONSIBLE_DEPARTMENT = "responsible_department"
    SATISFACTION = "satisfaction"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    TASK_ID = "task_id"  # the verification task an outcome answers
    OUTCOME = "outcome"
    QUANTITY = "quantity"
    FREE_TEXT = "free_text"  # read and dropped: never past cleaning


DIRECT_IDENTIFIERS = frozenset({Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.PERSON_NAME, Role.PHONE})


class Quality(Strict):
    """A batch rule of the standard's library kind: a metric over one column or the batch, with a severity."""

    type: Literal["library"] = "library"
    metric: Literal["nullValues", "duplicateValues", "invalidValues", "rowCount"]
    description: str = ""
    severity: Literal["error", "warning"] = "error"
    unit: Literal["rows", "percent"] = "percent"
    must_be_less_or_equal_to: float | None = Field(None, alias="mustBeLessOrEqualTo")
    must_be_greater_or_equal_to: float | None = Field(None, alias="mustBeGreaterOrEqualTo")


class TypeOptions(Strict):
    """What a value must be beyond its type."""

    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = Field(default=None, alias="minLength")
    max_length: int | None = Field(default=None, alias="maxLength")
    format: str | None = None


class ColumnMeaning(Strict):
    """Allowed customProperties of a column."""

    role: Role | None = None
    scheme: Literal["statistics", "civil", "unified"] | None = None
    code_list: str | None = None  # a file of schemas/codelists: the delivered value is translated to its code
    affix: str | None = None  # for embedded_person_id
    masked: bool = False  # a date whose unknown tail is masked with *
    open_ended: bool = False  # an expiry: future dates and 长期 are valid
    future: bool = False  # a date that may lie after the delivery day
    unit: str | None = None  # unit of a quantity: m2, yuan, m3 ...
    aliases: list[str] = Field(default_factory=list)  # other headers this department has used for the column


class Column(Strict):
    """One column: its name in the lake, its header in the file, its meaning."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    header: str = Field(alias="physicalName")
    title: str = Field(alias="businessName")
    description: str = ""
    type: Literal["string", "integer", "number", "date", "timestamp", "boolean"] = Field("string", alias="logicalType")
    options: TypeOptions = Field(default_factory=TypeOptions, alias="logicalTypeOptions")
    required: bool = False
    key: bool = Field(False, alias="primaryKey")
    key_position: int = Field(1, alias="primaryKeyPosition")
    unique: bool = False
    classification: Literal["public", "internal", "restricted", "excluded"] = "internal"
    quality: list[Quality] = Field(default_factory=list)
    custom: list[CustomProperty] = Field([], alias="customProperties")

    @model_validator(mode="after")
    def means_something(self) -> Column:
        """Refuses unknown customProperties where they stand."""
        meaning_of(ColumnMeaning, self.custom)
        return self

    @cached_property
    def meaning(self) -> ColumnMeaning:
        """The customProperties, read."""
        return meaning_of(ColumnMeaning, self.custom)

    @property
    def role(self) -> Role | None:
        """What the column means to the lake, None when it is merely kept."""
        return self.meaning.role

    @property
    def is_dropped(self) -> bool:
        """True for what never passes cleaning: excluded columns and free text."""
        return self.classification == "excluded" or self.role is Role.FREE_TEXT


class SchemaObject(Strict):
    """The one table a delivery holds."""

    name: str
    description: str = ""
    properties: list[Column]
    quality: list[Quality] = Field(default_factory=list)


class Complete(Strict):
    """When a delivery is complete: exactly one of the three."""

    flag: str | None = None  # a file beside it, e.g. "{stem}.ok"
    manifest: str | None = None  # a JSON file beside it with rows and sha256, e.g. "{stem}.manifest.json"
    # either may be one for the whole day: "{day}.ok"; a manifest then lists its files: {files: [{name, rows, sha256}]}
    stable_seconds: float | None = None

    @model_validator(mode="after")
    def one_way(self) -> Complete:
        """Exactly one of the three ways."""
        if sum(value is not None for value in (self.flag, self.manifest, self.stable_seconds)) != 1:
            raise ValueError("give exactly one of flag, manifest, stable_seconds")
        return self


class Delivery(Strict):
    """How the department hands over: all of it each time, what changed, or what happened."""

    mode: Literal["snapshot", "incremental", "events"]
    complete: Complete
    file_pattern: str  # regular expression with a group `day` (YYYYMMDD or YYYY-MM-DD)
    parts: list[str] = Field(default_factory=list)  # what the pattern's group `part` must say together, e.g. streets

    @model_validator(mode="after")
    def names_the_day(self) -> Delivery:
        """The pattern tells the delivery day, so that no --day is needed."""
        try:
            groups = re.compile(self.file_pattern).groupindex
        except re.error as error:
            raise ValueError(f"file_pattern is no regular expression: {error}") from None
        if why := why_slow(self.file_pattern):
            example = r"^residents_(?P<day>\d{8})\.csv$"
            raise ValueError(
                f"file_pattern could take for ever over some names: {why}; write it plainer, like {example}"
            )
        if "day" not in groups:
            raise ValueError("file_pattern needs a group (?P<day>...)")
        if self.parts and "part" not in groups:
            raise ValueError("parts need a group (?P<part>...) in file_pattern")
        return self


class Reading(Strict):
    """How the file is written."""

    format: Literal["csv", "xlsx", "xls", "jsonl", "dbf", "gpkg", "shp"]
    encoding: Literal["utf-8", "utf-8-sig", "gb18030"] = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    crs: Literal["EPSG:4490", "EPSG:4326", "EPSG:4547", "GCJ-02", "BD-09"] = "EPSG:4490"
    precision_lost_share: float = 0.01


class Limits(Strict):
    """Beyond these a batch is refused; all shares are 0 to 1."""

    quarantined_share: float = 0.05
    quarantined_rows_min: int = 10  # under this many rows the share counts only above one half
    row_drop: float = 0.6  # a snapshot below this share of the last good one
    null_jump: float = 0.3  # rise in a column's share of nulls
    match_drop: float = 0.2  # fall of the share keyed at building or better


class Subject(Strict):
    """What the records are about, and what they claim of it."""

    kind: Literal["person", "organisation", "event", "building", "unit", "outcome"]
    claim: Literal["residence", "household_register", "workplace", "school"] | None = None
    premises: Literal["registered", "operating"] | None = None
    precedence: int = Field(5, ge=1, le=9)  # 1 wins over 9
    keys_at: Literal["unit", "building", "any"] = "unit"


class Schedule(Strict):
    """When a delivery is due (working days, Asia/Shanghai)."""

    cron: str = "0 6 * * 1-5"
    working_days: bool = True
    freshness_days: int = 2


class FeedMeaning(Strict):
    """Allowed customProperties of a contract."""

    delivery: Delivery
    reading: Reading
    subject: Subject
    schedule: Schedule = Schedule()
    limits: Limits = Limits()
    legal_basis: str
    catalogue_number: str  # 资源代码
    sharing_type: Literal["unconditional", "conditional", "none"]  # 共享类型
    retention_days: int = 1095
    quarantine_days: int | None = Field(None, ge=1)  # how long a quarantined row may be mended; None: retention_days


class Description(Strict):
    """What the data is for, what a row is, what it does not tell."""

    purpose: str
    usage: str = ""
    limitations: str = ""


class Member(Strict):
    """A desk, not a person."""

    username: str
    role: str
    description: str = ""


class Team(Strict):
    """Who owns the feed."""

    name: str
    members: list[Member] = Field(default_factory=list)


class Contract(Strict):
    """The whole feed. `feed_id` = `<department>__<feed>`."""

    api_version: Literal["v3.1.0"] = Field(alias="apiVersion")
    kind: Literal["DataContract"]
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*__[a-z][a-z0-9_]*$")
    name: str
    version: str
    status: Literal["active", "draft", "deprecated", "retired", "proposed"]
    domain: str
    tags: list[str] = Field(default_factory=list)
    description: Description
    team: Team
    servers: list[Server]
    objects: list[SchemaObject] = Field(alias="schema", min_length=1, max_length=1)
    custom: list[CustomProperty] = Field(alias="customProperties")

    @model_validator(mode="after")
    def means_something(self) -> Contract:
        """Refuses unknown customProperties where they stand; what must fit together is for contract_check."""
        _ = self.meaning
        return self

    @property
    def is_draft(self) -> bool:
        """Not in force yet: nothing is taken under it but what a person loads to try it."""
        return self.status in ("draft", "proposed")

    @property
    def department(self) -> str:
        """The owner, first part of the feed id."""
        return self.domain

    @property
    def feed_id(self) -> str:
        """`<department>__<feed>`, in folders, commands, tables and DAG ids."""
        return self.id

    @property
    def columns(self) -> list[Column]:
        """The columns in the order of the contract."""
        return self.objects[0].properties

    @property
    def quality(self) -> list[Quality]:
        """Batch rules that are about no single column."""
        return self.objects[0].quality

    @cached_property
    def meaning(self) -> FeedMeaning:
        """The customProperties, read."""
        return meaning_of(FeedMeaning, self.custom)

    @property
    def source(self) -> RemoteServer | None:
        """The database or API that deliveries are pulled from, None when somebody drops them."""
        return next((server for server in self.servers if server.type != "local"), None)

    @property
    def delivery(self) -> Delivery:
        """How and when it is handed over."""
        return self.meaning.delivery

    @property
    def reading(self) -> Reading:
        """How the file is written."""
        return self.meaning.reading

    @property
    def subject(self) -> Subject:
        """What its records are about."""
        return self.meaning.subject

    @property
    def limits(self) -> Limits:
        """Beyond these a batch is refused."""
        return self.meaning.limits

    @cached_property
    def key_columns(self) -> list[Column]:
        """The columns that together tell records apart, by primaryKeyPosition."""
        return sorted((column for column in self.columns if column.key), key=lambda column: column.key_position)

    def column_of(self, role: Role) -> Column | None:
        """The column with this role, or None. Of several address texts, the first."""
        return next((column for column in self.columns if column.role is role), None)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the contract does: part of every row hash, so a mended contract re-reads every row.

        Which server it is pulled from says nothing of what a row means: a new page size re-reads none.
        """
        told = self.model_copy(update={"servers": [server for server in self.servers if server.type == "local"]})
        return hashlib.sha256(told.model_dump_json(by_alias=True).encode()).hexdigest()[:16]
