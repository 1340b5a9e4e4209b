"""Who reads a feed's record table, column by column, as the YAML says: measures by their SQL, alerts by theirs,
agreements by the columns they grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.agreement import Agreement
from schemas.measure import Measure

EVERY = "*"  # reads every column


@dataclass(frozen=True)
class Readers:
    """reader (`measure leases`, `agreement housing_leases`) → the columns it reads of record or record_history."""

    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def of_table(self) -> tuple[str, ...]:
        """Everybody who reads the table at all."""
        return tuple(sorted(self.columns))

    def of_column(self, name: str) -> tuple[str, ...]:
        """Who reads this column."""
        return tuple(sorted(reader for reader, columns in self.columns.items() if columns & {name, EVERY}))


def readers_of(
    feed_id: str,
    measures: Mapping[str, Measure],
    agreements: Mapping[str, Agreement],
    alerts: Mapping[str, str] | None = None,
) -> Readers:
    """The readers of one feed. `alerts`: id → SQL."""
    found = {f"measure {name}": columns_read(measure.sql, feed_id) for name, measure in measures.items()}
    found |= {f"alert {name}": columns_read(sql, feed_id) for name, sql in (alerts or {}).items()}
    for name, agreement in agreements.items():
        if agreement.source_table in (f"record.{feed_id}", f"record_history.{feed_id}"):
            found[f"agreement {name}"] = frozenset(_granted(agreement))
    return Readers({reader: columns for reader, columns in found.items() if columns})


def columns_read(sql: str, feed_id: str) -> frozenset[str]:
    """The columns of record.<feed id> or record_history.<feed id> a query reads; empty where it reads neither.

    A column without its table's name counts wherever the feed's table stands in the same SELECT: better one reader
    told too many than one broken silently.
    """
    import sqlglot
    from sqlglot import exp

    if feed_id not in sql:
        return frozenset()
    found: set[str] = set()
    for select in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Select):
        names = {
            table.alias_or_name
            for table in select.find_all(exp.Table)
            if table.db in ("record", "record_history") and table.name == feed_id
        }
        if not names:
            continue
        for column in select.find_all(exp.Column):
            if not column.table or column.table in names:
                found.add(column.name)
        if any(isinstance(told, exp.Star) for told in select.expressions):
            found.add(EVERY)
        for using in select.find_all(exp.Join):
            found |= {str(told.name) for told in using.args.get("using") or []}
    return frozenset(found)


def _granted(agreement: Agreement) -> Iterator[str]:
    yield from (column.name for column in agreement.columns)
    yield from agreement.group_by
    yield from (condition.column for condition in agreement.conditions)
    yield from (measure.column for measure in agreement.measures if measure.column)
