"""How well the lake understood the made district: its current release against the truth.

The only place outside tests that reads DIR/truth. The same numbers come out of `evaluate.sql` in any DuckDB.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from schemas.sql_text import sql_text

if TYPE_CHECKING:
    import duckdb

TRUTH = ("record", "defect", "residence", "premises")
HISTORY = ["record_id", "delivered_on", "operation", "unit_code", "building_code", "match_level"]


def evaluate(truth: Path, home: Home) -> dict[str, Any]:
    """Nested: keying {precision, recall, rows, …, by_feed}, defects {found, false, …, by_rule}, residence {…}.

    keying.precision: of rows keyed to a unit, the share keyed to the right one. keying.recall: of sound delivered rows
    that mean a unit, the share keyed to it. defects.found: share of planted faults kept out by the right rule.
    defects.false: share of sound rows quarantined. Raises UsageError without truth or without a release.
    """
    con = connect(truth, home)
    try:
        con.execute((Path(__file__).parent / "evaluate.sql").read_text(encoding="utf-8"))
        return {"keying": _keying(con), "defects": _defects(con), "residence": _residence(con, truth)}
    finally:
        con.close()


def connect(truth: Path, home: Home) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory with the release's views, the truth as `truth_<name>` and all histories as `history`."""
    import duckdb

    missing = [name for name in TRUTH if not (truth / f"{name}.parquet").is_file()]
    if missing:
        raise UsageError(f"{truth} holds no {missing[0]}.parquet", "give the truth folder of a made district")
    release = home.current_release
    if release is None:
        raise UsageError("there is no release to evaluate", "load the deliveries, then run: blockdata publish")
    con = duckdb.connect()
    con.execute((release / "baseboard-person.sql").read_text(encoding="utf-8"))
    for name in TRUTH:
        path = sql_text((truth / f"{name}.parquet").resolve())
        con.execute(f"CREATE TEMP VIEW truth_{name} AS SELECT * FROM read_parquet({path})")
    feeds = [
        row[0]
        for row in con.execute(
            "SELECT view_name FROM duckdb_views() WHERE schema_name = 'record_history' ORDER BY 1"
        ).fetchall()
    ]
    parts = [
        f"SELECT '{feed}' AS feed_id, batch_id, {', '.join(HISTORY)} FROM record_history.\"{feed}\"" for feed in feeds
    ]
    # Of several changes of one day the batch let in last stands: a key corrected later, too.
    con.execute(
        f"CREATE TEMP TABLE history AS SELECT h.* EXCLUDE (batch_id) FROM ({' UNION ALL '.join(parts)}) h "
        "LEFT JOIN quality.batch b USING (batch_id) QUALIFY row_number() OVER "
        "(PARTITION BY h.feed_id, record_id, h.delivered_on ORDER BY b.committed_at DESC) = 1"
    )
    return con


def _keying(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    by_feed = {row.pop("feed_id"): row for row in con.sql("FROM keying ORDER BY feed_id").pl().to_dicts()}
    names = list(next(iter(by_feed.values()), {}))
    total = {name: sum(row[name] for row in by_feed.values()) for name in names}
    return {**_shares(total), "by_feed": {feed: _shares(row) for feed, row in by_feed.items()}}


def _shares(counts: dict[str, int]) -> dict[str, Any]:
    """Precision and recall at unit and at building level beside the counts they come from."""
    return {
        "precision": _share(counts.get("right_unit", 0), counts.get("rows_keyed_to_a_unit", 0)),
        "recall": _share(counts.get("right_unit", 0), counts.get("rows_that_mean_a_unit", 0)),
        "building_precision": _share(counts.get("right_building", 0), counts.get("rows_keyed_to_a_building", 0)),
        "building_recall": _share(counts.get("right_building", 0), counts.get("rows_that_mean_a_building", 0)),
        **counts,
    }


def _defects(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rules = con.sql(
        """SELECT rule, row IS NULL AS whole_batch, count(*) AS planted, count(*) FILTER (is_found) AS found
           FROM planted GROUP BY ALL ORDER BY rule, whole_batch"""
    ).pl()
    sound = _one(con, "SELECT count(*) FROM sound")
    alarms = _one(con, "SELECT count(*) FROM false_alarm")
    planted, found = int(rules["planted"].sum()), int(rules["found"].sum())
    return {
        "found": _share(found, planted),
        "false": _share(alarms, sound) or 0.0,
        "planted": planted,
        "planted_found": found,
        "sound_rows": sound,
        "sound_rows_quarantined": alarms,
        "by_rule": {
            f"{row['rule']} (delivery)" if row["whole_batch"] else row["rule"]: {
                "planted": row["planted"],
                "found": row["found"],
            }
            for row in rules.to_dicts()
        },
        "false_by_rule": dict(
            con.sql(
                "SELECT feed_id || ' ' || rule || ' ' || column_name, count(*) FROM false_alarm GROUP BY 1 ORDER BY 1"
            ).fetchall()
        ),
        "false_refusals": con.sql("SELECT feed_id, CAST(day AS VARCHAR) AS day, rule FROM false_refusal ORDER BY 1, 2")
        .pl()
        .to_dicts(),
    }


def _residence(con: duckdb.DuckDBPyConnection, truth: Path) -> dict[str, Any]:
    """Rooms lived in by truth against rooms the release says are lived in: no identifier joins the two."""
    day = con.execute("SELECT max(day) FROM truth_record").fetchall()[0][0]
    lived = (
        pl.scan_parquet(truth / "residence.parquet")
        .filter((pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day)))
        .group_by("unit_code")
        .agg(people=pl.len())
        .collect()
    )
    con.register("lived", lived.to_arrow())
    row = con.sql(
        """SELECT count(*) FILTER (l.unit_code IS NOT NULL) AS units_lived_in,
                  count(*) FILTER (r.unit_code IS NOT NULL) AS units_said_lived_in,
                  count(*) FILTER (l.unit_code IS NOT NULL AND r.unit_code IS NOT NULL) AS units_agreed,
                  coalesce(sum(l.people), 0)::BIGINT AS people,
                  coalesce(sum(r.people), 0)::BIGINT AS people_said,
                  coalesce(sum(least(coalesce(l.people, 0), coalesce(r.people, 0))), 0)::BIGINT AS people_in_their_unit
           FROM lived l FULL JOIN
                (SELECT unit_code, count(*) AS people FROM population.residence
                 WHERE unit_code IS NOT NULL GROUP BY unit_code) r USING (unit_code)"""
    ).pl()
    counts = row.to_dicts()[0]
    return {
        "precision": _share(counts["people_in_their_unit"], counts["people_said"]),
        "recall": _share(counts["people_in_their_unit"], counts["people"]),
        **counts,
    }


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
