"""How right the keying is: the second set through `key_addresses`, and through a list of one's own.

    python -m benchmarks.accuracy [--seed 1] [--rows 40000] [--quick] [--json OUT] [--failures OUT]

Precision and recall per class and kind of noise, street and kind of housing, the curve over score and margin, and the
calibration of the score. The bars: ordinary 99.9 % at 98 %, hard 99 % at 90 %, nothing at most 0.1 % keyed to a room.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.scores import by, calibration, counts, curve
from benchmarks.second_set.districts import DISTRICTS
from benchmarks.second_set.make import SecondSet, second_set
from transforms.addressing.key import key_addresses
from transforms.addressing.key_file import key_column
from transforms.addressing.library import AddressLibrary
from transforms.addressing.own_list import own_list

SIZES = {"bao_an": (0.55, 4000), "he_xi": (0.15, 1200), "ci_xi": (0.15, 1200), "yu_bei": (0.15, 1200)}
BARS = {"ordinary": (0.999, 0.98), "hard": (0.99, 0.90), "nothing": (0.001, None)}


def made_sets(seed: int, rows: int, districts: list[str] | None = None) -> list[SecondSet]:
    """The districts, their shares of the rows, and their houses."""
    return [
        second_set(name, seed=seed, rows=round(rows * SIZES[name][0]), buildings=SIZES[name][1])
        for name in districts or list(DISTRICTS)
    ]


def keyed(made: SecondSet, library: AddressLibrary | None = None) -> pl.DataFrame:
    """The rows with their answers from the library: district, truth and got (unit codes), and all of both. Give the
    library made of the same set, where it is asked many times.
    """
    library = library or AddressLibrary.from_frames(made.library.frames)
    records = made.rows.select("row", "address").with_columns(pl.col("row").cast(pl.UInt32))
    answers = key_addresses(records, library).rename({"unit_code": "got", "building_code": "got_building"})
    return answered(made, answers.drop("row", "address", strict=False))


def keyed_against_list(made: SecondSet) -> pl.DataFrame:
    """The same rows against nothing but the standard addresses of the rooms, as a list of ids and names."""
    entries = made.library.frames["unit"].select(id="unit_code", name="standard_address")
    listed = own_list(entries)
    answers = key_column(made.rows["address"], listed.library, listed)
    is_unit = pl.col("match_level") == "unit"
    return answered(
        made, answers.with_columns(got=pl.when(is_unit).then("matched_id"), got_building=pl.lit(None, pl.String))
    )


def answered(made: SecondSet, answers: pl.DataFrame) -> pl.DataFrame:
    """The rows beside their answers."""
    rows = made.rows.rename({"unit_code": "truth"}).with_columns(district=pl.lit(made.district))
    return rows.hstack(
        answers.select("match_level", "match_method", "match_score", "match_margin", "reason", "got", "got_building")
    )


def measured(rows: pl.DataFrame) -> dict[str, Any]:
    """All that is reported of one way of keying."""
    some = rows.filter(pl.col("class") != "nothing")
    return {
        "classes": {line["class"]: {**line, "is_met": met(line)} for line in by(rows, "class")},
        "kinds": by(rows, "class", "kind"),
        "districts": by(rows, "district", "class"),
        "housing": by(some, "housing"),
        "streets": by(some, "district", "street"),
        "methods": by(rows.filter(pl.col("got").is_not_null()), "match_method"),
        "all": counts(rows),
        "curve_score": curve(rows, "match_score"),
        "curve_margin": curve(rows, "match_margin"),
        "calibration": calibration(rows),
    }


def met(line: dict[str, Any]) -> bool:
    """Is the bar of its class met?"""
    bar, recall = BARS[line["class"]]
    if recall is None:
        return line["wrong_share"] <= bar
    return (line["precision"] or 0) >= bar and (line["recall"] or 0) >= recall


def failures(rows: pl.DataFrame, each: int = 12) -> str:
    """Examples of what went wrong, by kind, as Markdown: text, meant, got."""
    is_wrong = pl.col("got").is_not_null() & ~pl.col("got").eq_missing(pl.col("truth"))
    is_missed = pl.col("got").is_null() & pl.col("truth").is_not_null()
    lines = []
    for (group, kind), part in sorted(rows.partition_by("class", "kind", as_dict=True).items()):
        for title, chosen in (("WRONG", part.filter(is_wrong)), ("missed", part.filter(is_missed))):
            if chosen.is_empty():
                continue
            lines.append(f"\n## {group}/{kind}: {title} {chosen.height} of {part.height}\n")
            for row in chosen.head(each).iter_rows(named=True):
                lines.append(
                    f"- `{row['address']}` ({row['district']}, {row['housing']}) meant {row['meant']}; got "
                    f"{row['match_level']} {row['got_text'] or ''} by {row['match_method']} "
                    f"score {row['match_score'] or 0:.3f} margin {row['match_margin'] or 0:.3f}: {row['reason']}"
                )
    return "\n".join(lines) + "\n"


def with_texts(rows: pl.DataFrame, sets: list[SecondSet]) -> pl.DataFrame:
    """`meant` and `got_text`: standard addresses, for a person to read."""
    rooms = pl.concat(
        [
            made.library.frames["unit"].select("unit_code", "standard_address", district=pl.lit(made.district))
            for made in sets
        ]
    )
    meant = rooms.rename({"unit_code": "truth", "standard_address": "meant"})
    got = rooms.rename({"unit_code": "got", "standard_address": "got_text"})
    return (
        rows.join(meant, on=["truth", "district"], how="left", maintain_order="left")
        .join(got, on=["got", "district"], how="left", maintain_order="left")
        .with_columns(pl.col("meant").fill_null(pl.col("truth_level")))
    )


def run(*, seed: int = 1, rows: int = 40_000, failures_to: Path | None = None) -> dict[str, Any]:
    """The whole measurement, as values for JSON."""
    sets = made_sets(seed, rows)
    answers = pl.concat([keyed(made) for made in sets])
    listed = pl.concat([keyed_against_list(made) for made in sets])
    if failures_to:
        texts = "# To the library\n" + failures(with_texts(answers, sets))
        failures_to.write_text(
            texts + "\n# To a list of one's own\n" + failures(with_texts(listed, sets), 4), encoding="utf-8"
        )
    return {"seed": seed, "rows": answers.height, "library": measured(answers), "list": measured(listed)}


def table(result: dict[str, Any]) -> str:
    """The figures a person looks for first."""
    lines = []
    for way in ("library", "list"):
        lines.append(f"{way:8} {'rows':>7} {'precision':>9} {'recall':>8} {'wrong':>8}  bar")
        for name, line in result[way]["classes"].items():
            lines.append(
                f"  {name:9}{line['rows']:>6} {line['precision'] or 0:>9.4%} {line['recall'] or 0:>8.2%} "
                f"{line['wrong_share']:>8.3%}  {'met' if line['is_met'] else 'NOT MET'}"
            )
        lines.append(
            f"  Brier {result[way]['calibration']['brier']}, calibration error {result[way]['calibration']['ece']}"
        )
    return "\n".join(lines)


def lines(result: dict[str, Any]) -> list[dict[str, Any]]:
    """A line for each way of keying and class, as `make bench` shows them; no recall where nothing is meant."""
    return [
        {
            "label": f"{title}: {group}", "rows": line["rows"],
            "precision": line["precision"] if line["meant"] else None, "recall": line["recall"],
            "absent_keyed": None if line["meant"] else line["wrong_share"], "bar_met": line["is_met"],
        }
        for way, title in (("library", "library"), ("list", "list of one's own"))
        for group, line in result[way]["classes"].items()
    ]  # fmt: skip


def main() -> int:
    """The command: tables for a person on stderr, lines as JSON on stdout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--quick", action="store_true", help="3,000 rows, to see that it runs")
    parser.add_argument("--json", type=Path, help="write everything that was measured")
    parser.add_argument("--failures", type=Path, help="write examples of what went wrong")
    given = parser.parse_args()
    result = run(seed=given.seed, rows=3_000 if given.quick else given.rows, failures_to=given.failures)
    print(table(result), file=sys.stderr)
    print(json.dumps(lines(result), ensure_ascii=False, indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
