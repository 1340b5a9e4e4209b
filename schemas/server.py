"""Where a feed's deliveries come from: dropped into landing, or pulled from a database or an HTTP API.

Types and fields are those of the Open Data Contract Standard 3.1 (`local`, `api`, its databases, `custom`); how to ask
stands under the server's customProperties as `pull`. An address that needs a password and every token are named, never
written: what the name stands for lies outside the repository (transforms/connecting/secret.py).
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from schemas.custom_property import CustomProperty, meaning_of
from schemas.declaration import Strict

SecretName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Attempts = Annotated[int, Field(ge=1, le=10)]


class Watermark(Strict):
    """The column that grows with every change, so that one pull takes up where the last one let in ended.

    `format` (of strptime) tells how a time is written where the column holds text. Every pull goes back by `overlap`:
    a transaction that was open during the last one may have committed older times since. What comes twice is known by
    its row hash and changes nothing.
    """

    column: str
    kind: Literal["timestamp", "integer", "text"] = "timestamp"
    format: str | None = None
    overlap: int = Field(3600, ge=0)  # seconds of a timestamp, steps of an integer; a text has none
    start: str | None = None  # where the first pull begins; without it, at the beginning


class TablePull(Strict):
    """How a database is asked: one table, view or SELECT, read in one statement and therefore as of one moment.

    `query` may hold `:day`, the delivery day.
    """

    secret: SecretName  # of the SQLAlchemy URL, e.g. postgresql+psycopg://reader:...@host/database
    table: str | None = None
    query: str | None = None
    watermark: Watermark | None = None
    page_size: int = Field(10_000, ge=1, le=1_000_000)  # rows fetched at a time
    timeout_seconds: float = Field(300, gt=0)  # for one statement or fetch
    attempts: Attempts = 3


class Token(Strict):
    """The header that lets us in: `<header>: <prefix><secret>`."""

    secret: SecretName
    header: str = "Authorization"
    prefix: str = "Bearer "


class Page(Strict):
    """How a long answer is cut. Read until a page is empty (number, offset) or names no next (cursor, link).

    `next` is the path to the next cursor or link in the answer; a `link` without one is read from the Link header.
    `total` is the path to the number of records there are. Where none is told, pages by number or offset are read
    twice and must agree, for a record may slip from one page to another while they are read.
    """

    by: Literal["none", "number", "offset", "cursor", "link"] = "none"
    parameter: str = ""
    size_parameter: str = ""
    size: int = Field(500, ge=1)
    first: int = 1  # number of the first page
    next: str = ""
    total: str = ""
    ceiling: int = Field(10_000, ge=1)  # pages; more of them are taken for an endless answer


class Since(Strict):
    """The parameter that asks for what changed since the watermark: iso, epoch, epoch_ms, or a format of strftime."""

    parameter: str
    format: str = "iso"


class ApiPull(Strict):
    """How an HTTP API is asked. Values of `params` may hold {day} or {day:%Y%m%d}, the delivery day.

    `params` and paging go into the query of a GET, into the JSON body of a POST. `records` is the dotted path to the
    list of records, empty when the answer is the list. `success` names what an answer must say to be one:
    {code: ["0", "200"]}, for platforms that report errors with status 200.
    """

    path: str = ""
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = Field(default_factory=dict)
    token: Token | None = None
    records: str = ""
    success: dict[str, list[str]] = Field(default_factory=dict)
    page: Page = Field(default_factory=lambda: Page.model_validate({}))
    since: Since | None = None
    watermark: Watermark | None = None
    timeout_seconds: float = Field(30, gt=0)
    attempts: Attempts = 4
    answer_bytes: int = Field(64 * 1024**2, ge=1)  # one answer longer than this is refused


class _DatabaseMeaning(Strict):
    pull: TablePull


class _ApiMeaning(Strict):
    pull: ApiPull


class LocalServer(Strict):
    """Where deliveries land that somebody drops."""

    server: str
    type: Literal["local"] = "local"
    path: str
    format: str


class DatabaseServer(Strict):
    """A database, 前置库. `host`, `port` and `database` are what the secret's URL must agree with, where given."""

    server: str
    type: Literal["postgresql", "mysql", "oracle", "sqlserver", "db2", "custom"]
    description: str = ""
    environment: str = ""
    host: str | None = None
    port: int | None = None
    database: str | None = None
    schema_name: str | None = Field(None, alias="schema")
    custom: list[CustomProperty] = Field(alias="customProperties")

    @model_validator(mode="after")
    def means_something(self) -> DatabaseServer:
        """Refuses unknown customProperties where they stand."""
        _ = self.pull
        return self

    @cached_property
    def pull(self) -> TablePull:
        """How it is asked."""
        return meaning_of(_DatabaseMeaning, self.custom).pull


class ApiServer(Strict):
    """An HTTP API at `location`."""

    server: str
    type: Literal["api"]
    description: str = ""
    environment: str = ""
    location: str
    custom: list[CustomProperty] = Field(alias="customProperties")

    @model_validator(mode="after")
    def means_something(self) -> ApiServer:
        """Refuses unknown customProperties where they stand."""
        _ = self.pull
        return self

    @cached_property
    def pull(self) -> ApiPull:
        """How it is asked."""
        return meaning_of(_ApiMeaning, self.custom).pull


DATABASES = frozenset({"postgresql", "mysql", "oracle", "sqlserver", "db2", "custom"})


def _kind(document: Any) -> str | None:
    told = document.get("type", "local") if isinstance(document, dict) else getattr(document, "type", None)
    return "database" if told in DATABASES else told if told in ("local", "api") else None


RemoteServer = DatabaseServer | ApiServer
Server = Annotated[
    Annotated[LocalServer, Tag("local")]
    | Annotated[DatabaseServer, Tag("database")]
    | Annotated[ApiServer, Tag("api")],
    Discriminator(
        _kind,
        custom_error_type="server_type",
        custom_error_message=f"type is none of local, api, {', '.join(sorted(DATABASES))}",
    ),
]


def pulled_name(feed_id: str, day: date) -> str:
    """What a pulled delivery is called: `<feed>_<YYYYMMDD>.jsonl`."""
    return f"{feed_id.split('__', maxsplit=1)[1]}_{day:%Y%m%d}.jsonl"
