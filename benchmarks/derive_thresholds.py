"""Chooses what keying believes: how much evidence each method must bring, and how far ahead the best must be.

    python -m benchmarks.derive_thresholds [--rows 40000] [--write]

Keys the second set of the training seeds with every method let loose in turn, and buys recall where it costs least in
wrong doors, until precision at the room would fall under the target. Scores are then calibrated: the evidence of a
method against the share found right. Figures on seeds not trained on stand in the head of the file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from benchmarks.accuracy import keyed, made_sets, measured
from benchmarks.scores import KEYED, RIGHT
from benchmarks.second_set.make import SecondSet
from transforms.addressing.library import AddressLibrary
from transforms.addressing.thresholds import FILE, Thresholds, using

TARGET, DEAREST = 0.999, 0.05
# Rows that mean nothing are made in numbers, to be seen; of a lake's records, two or three in a hundred mean none.
WEIGHT = pl.when(pl.col("class") == "nothing").then(0.1).otherwise(1.0)
WRONG = (~RIGHT & KEYED) * WEIGHT
GIVEN_UP = 0.0005  # so much recall is worth a wider margin
TRAIN, TEST = (101, 102, 103), (201, 202)
METHODS = ("components", "relaxed", "fuzzy")  # `exact` and `code` have no evidence to weigh
LOOSE, NEVER = 0.80, 1.01  # under 0.80 an area or number said is contradicted: no set of rows makes that right
MARGINS = (0.0, 0.01, 0.02, 0.03)  # a disagreement that costs 0.04 (another plate, an unknown road) must decide
ROUNDS = 2


@dataclass(frozen=True)
class Step:
    """Answers of `method` with evidence from `least` to `most`: `right` and `wrong` of them."""

    method: str
    least: float
    most: float
    right: float
    wrong: float


@dataclass(frozen=True)
class Asked:
    """A set and its library, indexed once."""

    made: SecondSet
    library: AddressLibrary


def asked(seeds: Iterable[int], rows: int) -> list[Asked]:
    """The sets of these seeds."""
    return [
        Asked(made, AddressLibrary.from_frames(made.library.frames)) for seed in seeds for made in made_sets(seed, rows)
    ]


def answers_under(sets: list[Asked], given: Thresholds) -> pl.DataFrame:
    """All rows keyed under these thresholds."""
    with using(given):
        return pl.concat([keyed(each.made, each.library) for each in sets])


def hull(rows: pl.DataFrame, method: str) -> list[Step]:
    """Steps from strict to loose; neighbours are pooled until each costs more wrong doors than the one before."""
    levels = (
        rows.with_columns(least=pl.col("match_score").round(2))
        .group_by("least")
        .agg(right=RIGHT.sum(), wrong=WRONG.sum())
        .sort("least", descending=True)
    )
    steps: list[Step] = []
    for level, right, wrong in levels.select("least", "right", "wrong").iter_rows():
        step = Step(method, level, level, right, wrong)
        while steps and price(step) <= price(steps[-1]):
            last = steps.pop()
            step = Step(method, level, last.most, step.right + last.right, step.wrong + last.wrong)
        steps.append(step)
    return steps


def price(step: Step) -> float:
    """Wrong doors for each answer bought."""
    return step.wrong / max(1.0, step.right + step.wrong)


def bought(steps: Iterable[Step], fixed: tuple[float, float], target: float = TARGET) -> dict[str, Step]:
    """The loosest affordable step of each method: the cheapest first, while precision stays at the target. `fixed` are
    the right and wrong answers of methods without threshold. A step as good as the target is always bought; one dearer
    than DEAREST never; where the target is out of reach whatever the thresholds, so are all between.
    """
    right, wrong = fixed
    taken: dict[str, Step] = {}
    in_order = sorted((step for step in steps if price(step) <= DEAREST), key=lambda step: (price(step), -step.least))
    reachable = not in_order or price(in_order[0]) <= 1 - target
    for step in in_order:
        after = right + step.right, wrong + step.wrong
        if reachable and price(step) > 1 - target and after[0] < target * sum(after):
            break  # what comes after is dearer still
        (right, wrong), taken[step.method] = after, step
    return taken


def derive(sets: list[Asked], start: Thresholds) -> Thresholds:
    """The thresholds that find most at the target precision: what each method must bring, then the margin, then the
    methods again under that margin, then the calibration.
    """
    now = replace(start, calibration={})
    for _ in range(ROUNDS):
        now = with_accepts(sets, now)
    tried = []
    for margin in MARGINS:
        right, wrong = answers_under(sets, replace(now, margin=margin)).select(RIGHT.sum(), wrong=WRONG.sum()).row(0)
        print(f"margin {margin}: {right} right, {wrong:.1f} wrong", file=sys.stderr)
        tried.append((right, wrong, margin))
    sound = [(right, margin) for right, wrong, margin in tried if right >= TARGET * (right + wrong)] or [tried[-1][::2]]
    most = max(sound)[0]
    widest = max(margin for right, margin in sound if right >= (1 - GIVEN_UP) * most)
    now = with_accepts(sets, replace(now, margin=widest))
    return replace(now, calibration=calibrated(answers_under(sets, now)))


def with_accepts(sets: list[Asked], now: Thresholds) -> Thresholds:
    """The same with the best affordable threshold of each method, each let loose while the others stand."""
    steps: list[Step] = []
    for method in METHODS:
        rows = answers_under(sets, replace(now, accept={**now.accept, method: LOOSE})).filter(KEYED)
        steps += hull(rows.filter(pl.col("match_method") == method), method)
    others = rows.filter(~pl.col("match_method").is_in(METHODS))
    right, wrong = others.select(RIGHT.sum(), wrong=WRONG.sum()).row(0)
    for step in steps:
        print(f"{step.method} {step.least:.2f}: {step.right:.0f} right, {step.wrong:.1f} wrong", file=sys.stderr)
    taken = bought(steps, (right, wrong))
    return replace(now, accept={method: least(method, taken, steps) for method in METHODS})


def least(method: str, taken: dict[str, Step], steps: list[Step]) -> float:
    """The threshold: half way between what was bought and what was not, for between them nothing was seen."""
    if method not in taken:
        return NEVER
    below = [step.most for step in steps if step.method == method and step.most < taken[method].least]
    return round((taken[method].least + max(below, default=LOOSE)) / 2, 2)


def calibrated(rows: pl.DataFrame) -> dict[str, list[tuple[float, float]]]:
    """For each method, rising points (evidence, share right): levels pooled until the share does not fall. A level of
    few rows is drawn to its method's share, so that ten right of ten do not promise certainty; and no method promises
    more than the one before it does on the whole.
    """
    most = 1.0
    points: dict[str, list[tuple[float, float]]] = {}
    answered = rows.filter(KEYED)
    for method in METHODS:
        part = answered.filter(pl.col("match_method") == method)
        if part.is_empty():
            continue
        mean = min(most, part.select(RIGHT.sum()).item() / (part.height + 1))  # as if one more had been wrong
        levels = (
            part.with_columns(level=pl.col("match_score").round(2))
            .group_by("level")
            .agg(n=pl.len(), right=RIGHT.sum())
            .sort("level")
        )
        pools: list[list[float]] = []  # sum of evidence × rows, rows, right
        for level, n, right in levels.iter_rows():
            pools.append([level * n, n, right])
            while len(pools) > 1 and share(pools[-2], mean) >= share(pools[-1], mean):
                last = pools.pop()
                pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
        points[method] = [(round(pool[0] / pool[1], 4), round(min(most, share(pool, mean)), 5)) for pool in pools]
        most = mean
    return points


def share(pool: list[float], mean: float, weight: float = 20.0) -> float:
    """Share right of a pool, drawn to the method's by so many rows."""
    return (pool[2] + weight * mean) / (pool[1] + weight)


def written(given: Thresholds, head: list[str]) -> str:
    """The file."""
    lines = [f"# {line}" if line else "#" for line in head]
    lines += ["accept:", *(f"  {method}: {least:.2f}" for method, least in given.accept.items())]
    lines += [f"margin: {given.margin:.2f}", "calibration:  # evidence, share found right"]
    for method, points in given.calibration.items():
        lines.append(f"  {method}: [{', '.join(f'[{x}, {y}]' for x, y in points)}]")
    return "\n".join(lines) + "\n"


def head(train: dict[str, Any], test: dict[str, Any], rows: int) -> list[str]:
    """What made the file and what it reached."""
    lines = [
        "Written by `python -m benchmarks.derive_thresholds --write`; change the script, not this file.",
        f"Target: precision {TARGET:.1%} at the room over keyed rows (those that mean nothing count a tenth).",
        f"Set: benchmarks/second_set, {rows} rows a seed; trained on seeds {TRAIN}, tried on seeds {TEST}.",
    ]
    for name, result in (("trained", train), ("tried", test)):
        for group, line in result["classes"].items():
            if group == "nothing":
                lines.append(f"{name}: {group}: {line['wrong_share']:.3%} keyed to a room")
            else:
                lines.append(f"{name}: {group}: precision {line['precision']:.3%}, recall {line['recall']:.2%}")
    return lines


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000, help="of each seed")
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    given = parser.parse_args()
    train, test = asked(TRAIN, given.rows), asked(TEST, given.rows)
    chosen = derive(train, Thresholds(dict.fromkeys(METHODS, 0.80), 0.03))
    results = [measured(answers_under(sets, chosen)) for sets in (train, test)]
    text = written(chosen, head(results[0], results[1], given.rows))
    print(text)
    if given.write:
        FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
