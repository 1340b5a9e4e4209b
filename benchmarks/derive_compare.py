"""Derive the weights `blockdata compare` decides by, from the hand-labelled pairs.

    python -m benchmarks.derive_compare [--write] [--wrong] [--penalties]

Prints the cross-validated figures (five folds, each line of addresses whole in one fold); with --write also
fits on all pairs and writes transforms/addressing/compare_weights.csv.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from transforms.addressing.compare_evidence import LEVELS, gather
from transforms.addressing.compare_weights import DECISIVE, PATH, RELATIONS, decisive, one_hot
from transforms.addressing.parse import COMPONENTS, parse_addresses

LABELLED = Path(__file__).parents[1] / "tests" / "addressing" / "labelled"
FILES = ("pairs.csv", "pairs_more.csv")
PENALTY = 2.0  # chosen by cross-validation among 0.5, 1, 2, 4, 8
FOLDS = 5
STEPS = 12
STRIPPED, STRANGERS = 0.3, 0.3  # what a made pair counts beside a labelled one


def labelled_pairs() -> pl.DataFrame:
    """left, right, relation, origin, note of all labelled pairs."""
    return pl.concat([pl.read_csv(LABELLED / name) for name in FILES if (LABELLED / name).exists()])


def fit(features: np.ndarray, truth: np.ndarray, weight: np.ndarray, penalty: float = PENALTY) -> np.ndarray:
    """Multinomial logistic regression by Newton's steps: coefficients (levels, relations), L2 `penalty` on all."""
    size = features.shape[1]
    kinds = len(RELATIONS)
    wanted = np.eye(kinds)[truth]
    found = np.zeros((size, kinds))
    for _ in range(STEPS):
        share = softmax(features @ found)
        slope = features.T @ (weight[:, None] * (share - wanted)) + penalty * found
        bend = np.zeros((size * kinds, size * kinds))
        for a in range(kinds):
            for b in range(kinds):
                factor = weight * share[:, a] * ((a == b) - share[:, b])
                bend[a * size : (a + 1) * size, b * size : (b + 1) * size] = features.T @ (factor[:, None] * features)
        bend += penalty * np.eye(size * kinds)
        step = np.linalg.solve(bend, slope.T.ravel()).reshape(kinds, size).T
        found -= step
        if np.abs(step).max() < 1e-6:
            break
    return found


def softmax(scores: np.ndarray) -> np.ndarray:
    """Shares that sum to 1 in each row."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def balanced(truth: np.ndarray, count: np.ndarray) -> np.ndarray:
    """A factor for each pair, so that every relation weighs the same: the balance of other files is unknown."""
    counts = np.bincount(truth, weights=count, minlength=len(RELATIONS))
    return count.sum() / (len(RELATIONS) * counts[truth])


def macro_f1(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """F1 of each relation, and their mean as `macro`."""
    each = {}
    for kind, name in enumerate(RELATIONS):
        hit = ((truth == kind) & (found == kind)).sum()
        said = (truth == kind).sum() + (found == kind).sum()
        each[name] = round(float(2 * hit / said), 3) if said else 1.0
    return each | {"macro": round(sum(each.values()) / len(RELATIONS), 3)}


@dataclass(frozen=True)
class Lesson:
    """Pairs to learn from: what they show, which relation is right, how much each counts, of which pair it is made."""

    features: np.ndarray
    truth: np.ndarray
    count: np.ndarray
    source: np.ndarray

    def of(self, sources: np.ndarray) -> Lesson:
        """Those made of the labelled pairs `sources` says (Boolean, one a labelled pair)."""
        kept = sources[self.source]
        return Lesson(self.features[kept], self.truth[kept], self.count[kept], self.source[kept])

    def weights(self, penalty: float) -> np.ndarray:
        """The coefficients, each relation weighing the same."""
        return fit(self.features, self.truth, balanced(self.truth, self.count) * self.count, penalty)


def lesson_of(pairs: pl.DataFrame) -> Lesson:
    """The labelled pairs; the same with the divisions of one side or both left out; and pairs of different cities.

    The last two count as STRIPPED and STRANGERS: files of pairs often name no province, city or county.
    """
    short_left, short_right = (_without_divisions(pairs[side]) for side in ("left", "right"))
    areas = [parse_addresses(pairs[side]).select("city", "county") for side in ("left", "right")]
    one_county = (areas[0]["county"] == areas[1]["county"]).fill_null(False)
    strange = np.random.default_rng(0).permutation(pairs.height)
    far = (areas[0]["city"] != areas[1]["city"].gather(strange)).fill_null(False)
    different = pl.repeat("different", pairs.height, eager=True)
    parts = [
        (pairs["left"], pairs["right"], pairs["relation"], pl.repeat(True, pairs.height, eager=True), 1.0),
        (short_left, pairs["right"], pairs["relation"], one_county, STRIPPED),
        (pairs["left"], short_right, pairs["relation"], one_county, STRIPPED),
        (short_left, short_right, pairs["relation"], one_county, STRIPPED),
        (short_left, short_right.gather(strange), different, far, STRANGERS),
    ]
    features, truth, count, source = [], [], [], []
    for left, right, relation, kept, worth in parts:
        usable = (kept & left.is_not_null() & right.is_not_null()).arg_true()
        evidence = gather(left.gather(usable), right.gather(usable))
        features.append(one_hot(evidence))
        truth.append(_numbered(relation.gather(usable)))
        count.append(np.full(len(usable), worth))
        source.append(usable.to_numpy())
    return Lesson(*(np.concatenate(each) for each in (features, truth, count, source)))


def _without_divisions(texts: pl.Series) -> pl.Series:
    """Each address from its street on; null where nothing is left."""
    part = {name: pl.col(name) for name in COMPONENTS[3:]}
    part["entrance"] += "单元"
    part["floor"] += "楼"
    return parse_addresses(texts).select(pl.concat_str(*part.values(), ignore_nulls=True).replace("", None)).to_series()


def _numbered(relations: pl.Series) -> np.ndarray:
    return relations.replace_strict(list(RELATIONS), [0, 1, 2], return_dtype=pl.Int64).to_numpy()


def cross_validated(pairs: pl.DataFrame, lesson: Lesson, penalty: float, seed: int = 0) -> np.ndarray:
    """Shares of each relation for each labelled pair, from weights that never saw its addresses."""
    fold = _folds(pairs, seed)
    features = lesson.features[: pairs.height]
    shares = np.zeros((pairs.height, len(RELATIONS)))
    for part in range(FOLDS):
        shares[fold == part] = softmax(features[fold == part] @ lesson.of(fold != part).weights(penalty))
    return shares


def _folds(pairs: pl.DataFrame, seed: int) -> np.ndarray:
    """A fold for each pair; pairs that share an address share the fold."""
    names: dict[str, int] = {}
    parent: list[int] = []

    def root(text: str) -> int:
        at = names.setdefault(text, len(names))
        if at == len(parent):
            parent.append(at)
        while parent[at] != at:
            at = parent[at]
        return at

    for left, right in pairs.select("left", "right").iter_rows():
        parent[root(left)] = root(right)
    groups = np.array([root(left) for left in pairs["left"]])
    return np.random.default_rng(seed).integers(0, FOLDS, len(parent))[groups]


def _print_calibration(shares: np.ndarray, truth: np.ndarray) -> None:
    score, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    for low, high in ((0.0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.01)):
        held = (score >= low) & (score < high)
        if held.any():
            mean, hit = score[held].mean(), right[held].mean()
            print(f"score {low} to {high}: {held.sum()} pairs, mean {mean:.2f}, right {hit:.2f}")


def main() -> None:
    """Print the figures; --wrong lists the pairs got wrong, --write writes the weights."""
    pairs = labelled_pairs()
    evidence = gather(pairs["left"], pairs["right"])
    truth = _numbered(pairs["relation"])
    lesson = lesson_of(pairs)
    if "--penalties" in sys.argv:
        for penalty in (0.5, 1.0, 2.0, 4.0, 8.0):
            shares = decisive(cross_validated(pairs, lesson, penalty), evidence)
            print("penalty", penalty, macro_f1(truth, shares.argmax(axis=1)))
    shares = decisive(cross_validated(pairs, lesson, PENALTY), evidence)
    found = shares.argmax(axis=1)
    clash = evidence["clash"].is_in(DECISIVE).to_numpy()
    print("with a decisive contradiction", clash.sum(), "different", round(float((truth[clash] == 2).mean()), 3))
    _print_calibration(shares, truth)
    print("all", pairs.height, macro_f1(truth, found))
    for origin in pairs["origin"].unique(maintain_order=True):
        of = (pairs["origin"] == origin).to_numpy()
        print(origin, of.sum(), macro_f1(truth[of], found[of]))
    if "--wrong" in sys.argv:
        for at in np.flatnonzero(found != truth):
            print(RELATIONS[truth[at]], "as", RELATIONS[found[at]], shares[at].round(2), pairs.row(at)[4])
            print("   ", pairs["left"][int(at)], "\n   ", pairs["right"][int(at)])
            print("   ", {k: v for k, v in evidence.row(int(at), named=True).items() if k in LEVELS and v != "none"})
    if "--write" in sys.argv:
        weights = lesson.weights(PENALTY)
        rows = [(name, level) for name, levels in LEVELS.items() for level in levels]
        frame = pl.DataFrame(rows, schema=["evidence", "level"], orient="row").with_columns(
            pl.Series(name, weights[:, at].round(3)) for at, name in enumerate(RELATIONS)
        )
        frame.write_csv(PATH)


if __name__ == "__main__":
    main()
