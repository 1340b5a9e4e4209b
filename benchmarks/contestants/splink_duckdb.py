"""Splink 5 on DuckDB over rows parsed by the plain regex; the best candidate of a row, ties refused.

Runs in the rivals' environment. How the settings were found: benchmarks/README.md.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_level_library as level
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.contestants.plain_regex import duckdb_parse
from benchmarks.contestants.timing import Timing

THRESHOLD = 0.5
SEED = 7
DOOR = ("building", "entrance", "room")
BLOCKS = {
    "exact": [("estate", *DOOR), ("road", "number", *DOOR)],
    "halves": [
        ("estate", *DOOR), ("road", "number", *DOOR), ("county", "substr(estate, 1, 2)", *DOOR),
        ("county", "substr(estate, -2)", *DOOR), ("substr(estate, 1, 2)", *DOOR),
    ],
    "county": [("estate", *DOOR), ("road", "number", *DOOR), ("county", *DOOR), ("substr(estate, 1, 2)", *DOOR)],
    "rooms": [("estate", *DOOR), ("road", "number", *DOOR), DOOR],
}  # fmt: skip
CHOSEN = "county"


def settings(blocks: str) -> SettingsCreator:
    """Names by likeness, numbers by equality; a frequent estate name counts less than a rare one."""
    estate = compare.CustomComparison(
        output_column_name="estate",
        comparison_levels=[
            level.NullLevel("estate"),
            level.ExactMatchLevel("estate", term_frequency_adjustments=True),
            level.JaroWinklerLevel("estate", 0.88),
            level.JaroWinklerLevel("estate", 0.75),
            level.LevenshteinLevel("estate", 3),  # DuckDB counts bytes: one character
            level.JaroWinklerLevel("estate", 0.6),
            level.ElseLevel(),
        ],
    )
    exact = [compare.ExactMatch(name) for name in ("county", "street", "road", "number")]
    # Equal in every block, so nothing to train on: numbers are not misspelt here.
    door = [compare.ExactMatch(name).configure(m_probabilities=[0.99, 0.01]) for name in DOOR]
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[estate, *exact, *door],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKS[blocks]],
        retain_matching_columns=False,
    )


def main(folder: Path, blocks: str = CHOSEN, threshold: float = THRESHOLD) -> None:
    """Match FOLDER's rows."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    timing = Timing()
    con = duckdb.connect()
    library, rows = folder / "library.parquet", folder / "rows.parquet"
    with timing.step("prepare"):
        con.execute(f"CREATE TABLE entries AS SELECT * FROM ({_parsed(library, 'id', 'name')})")
    with timing.step("parse"):
        con.execute(f"CREATE TABLE asked AS SELECT * FROM ({_parsed(rows, 'row', 'address')})")
    api = DuckDBAPI(connection=con)
    tables = [api.register(name, dataset_display_name=name) for name in ("asked", "entries")]
    linker = Linker(tables, settings(blocks))
    with timing.step("train"):
        _train(linker)
    with timing.step("predict"):
        pairs = linker.inference.predict(threshold_match_probability=threshold)
        con.execute(
            f"""
            COPY (
                WITH scored AS (
                    SELECT CASE WHEN source_dataset_l = 'asked' THEN id_l ELSE id_r END AS row_id,
                           CASE WHEN source_dataset_l = 'asked' THEN id_r ELSE id_l END AS entry_id,
                           match_weight
                    FROM {pairs.physical_name}
                ), best AS (
                    SELECT row_id, max(match_weight) AS top FROM scored GROUP BY row_id
                )
                SELECT row_id::UINTEGER AS row, any_value(entry_id) AS id
                FROM scored JOIN best USING (row_id)
                WHERE match_weight > top - 1e-6
                GROUP BY row_id HAVING count(*) = 1
            ) TO '{folder / "answers.splink_duckdb.parquet"}' (FORMAT parquet)
            """
        )
    seconds = timing.seconds
    for name in ("s", "cpu_s"):  # of what depends on the rows: their parse, the candidates, the choice
        seconds[f"match_{name}"] = round(seconds[f"parse_{name}"] + seconds[f"predict_{name}"], 3)
        seconds[f"prepare_{name}"] = round(seconds[f"prepare_{name}"] + seconds[f"train_{name}"], 3)
    timing.tell(candidates=con.sql(f"SELECT count(*) FROM {pairs.physical_name}").fetchall()[0][0])


def _train(linker: Linker) -> None:
    """u by random sampling; m by expectation maximisation over fixed blocks, each for what the other fixes."""
    linker.training.estimate_probability_two_random_records_match(
        [block_on("county", "estate", *DOOR), block_on("county", "road", "number", *DOOR)], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in (("estate", *DOOR), ("county", "street", *DOOR)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=2e6)


def _parsed(path: Path, identity: str, text: str) -> str:
    table = f"(SELECT {identity}::VARCHAR AS id, {text} FROM '{path}')"
    return (
        "SELECT id, nullif(county, '') AS county, nullif(street, '') AS street, nullif(road, '') AS road, "
        "nullif(number, '') AS number, nullif(estate, '') AS estate, building, entrance, nullif(room, '') AS room "
        f"FROM ({duckdb_parse(table, 'id', text)})"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3], *map(float, sys.argv[3:4]))
