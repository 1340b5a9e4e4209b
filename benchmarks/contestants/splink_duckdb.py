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

BEST, SURE = 0.5, 0.95  # match probabilities: the best F1 on rows of another seed, and what one would call sure
SEED = 7
DOOR = ("building", "entrance", "room")
BLOCKS = {
    "halves": [
        ("estate", *DOOR), ("road", "number", *DOOR), ("county", "substr(estate, 1, 2)", *DOOR),
        ("county", "substr(estate, -2)", *DOOR), ("substr(estate, 1, 2)", *DOOR),
    ],
    "county": [("estate", *DOOR), ("road", "number", *DOOR), ("county", *DOOR), ("substr(estate, 1, 2)", *DOOR)],
}  # fmt: skip


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


def main(folder: Path, blocks: str) -> None:
    """Match FOLDER's rows with `blocks`; answers.splink_BLOCKS.parquet, and .splink_BLOCKS_sure with the higher bar."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    timing = Timing()
    con = duckdb.connect()
    library, rows = folder / "library.parquet", folder / "rows.parquet"
    with timing.step("library"):
        con.execute(f"CREATE TABLE entries AS {_parsed(library, 'id', 'name')}")
    with timing.step("parse"):
        con.execute(f"CREATE TABLE asked AS {_parsed(rows, 'row', 'address')}")
    api = DuckDBAPI(connection=con)
    tables = [api.register(name, dataset_display_name=name) for name in ("asked", "entries")]
    linker = Linker(tables, settings(blocks))
    with timing.step("train"):
        _train(linker)
    with timing.step("predict"):
        pairs = linker.inference.predict(threshold_match_probability=BEST).physical_name
        _answer(con, pairs, BEST, folder / f"answers.splink_{blocks}.parquet")
    _answer(con, pairs, SURE, folder / f"answers.splink_{blocks}_sure.parquet")
    seconds = timing.seconds
    for unit in ("s", "cpu_s"):  # what depends on the rows alone is their parse, the candidates and the choice
        seconds[f"match_{unit}"] = round(seconds[f"parse_{unit}"] + seconds[f"predict_{unit}"], 3)
        seconds[f"prepare_{unit}"] = round(seconds[f"library_{unit}"] + seconds[f"train_{unit}"], 3)
    timing.tell(candidates=con.sql(f"SELECT count(*) FROM {pairs}").fetchall()[0][0])


def _answer(con: duckdb.DuckDBPyConnection, pairs: str, threshold: float, path: Path) -> None:
    """Write row, id: the best entry of each row above `threshold`, none where two are equally good."""
    con.execute(
        f"""
        COPY (
            WITH scored AS (
                SELECT CASE WHEN source_dataset_l = 'asked' THEN id_l ELSE id_r END AS row_id,
                       CASE WHEN source_dataset_l = 'asked' THEN id_r ELSE id_l END AS entry_id,
                       match_weight
                FROM {pairs} WHERE match_probability >= {threshold}
            ), best AS (
                SELECT row_id, max(match_weight) AS top FROM scored GROUP BY row_id
            )
            SELECT row_id::UINTEGER AS row, any_value(entry_id) AS id
            FROM scored JOIN best USING (row_id)
            WHERE match_weight > top - 1e-6
            GROUP BY row_id HAVING count(*) = 1
        ) TO '{path}' (FORMAT parquet)
        """
    )


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
    main(Path(sys.argv[1]), sys.argv[2])
