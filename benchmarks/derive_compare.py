"""Derive the weights `blockdata compare` decides by, from the hand-labelled pairs.

    python -m benchmarks.derive_compare [--write]

Prints the cross-validated figures (five folds, each line of addresses whole in one fold); with --write also
fits on all pairs and writes transforms/addressing/compare_weights.csv.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from transforms.addressing.compare_evidence import LEVELS, gather
from transforms.addressing.compare_weights import PATH, RELATIONS, decisive, one_hot

LABELLED = Path(__file__).parents[1] / "tests" / "addressing" / "labelled"
FILES = ("pairs.csv", "pairs_more.csv")
PENALTY = 2.0  # chosen by cross-validation among 0.5, 1, 2, 4, 8
FOLDS = 5
STEPS = 40


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


def balanced(truth: np.ndarray) -> np.ndarray:
    """A weight for each pair, so that every relation weighs the same: the balance of other files is unknown."""
    counts = np.bincount(truth, minlength=len(RELATIONS))
    return len(truth) / (len(RELATIONS) * counts[truth])


def macro_f1(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """F1 of each relation, and their mean as `macro`."""
    each = {}
    for kind, name in enumerate(RELATIONS):
        hit = ((truth == kind) & (found == kind)).sum()
        said = (truth == kind).sum() + (found == kind).sum()
        each[name] = round(float(2 * hit / said), 3) if said else 1.0
    return each | {"macro": round(sum(each.values()) / len(RELATIONS), 3)}


def cross_validated(
    pairs: pl.DataFrame, features: np.ndarray, truth: np.ndarray, penalty: float, seed: int = 0
) -> np.ndarray:
    """Shares of each relation for each pair, from weights that never saw its addresses."""
    fold = _folds(pairs, seed)
    shares = np.zeros((len(truth), len(RELATIONS)))
    for part in range(FOLDS):
        seen = fold != part
        weights = fit(features[seen], truth[seen], balanced(truth[seen]), penalty)
        shares[~seen] = softmax(features[~seen] @ weights)
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


def main() -> None:
    """Print the figures; --wrong lists the pairs got wrong, --write writes the weights."""
    pairs = labelled_pairs()
    evidence = gather(pairs["left"], pairs["right"])
    features = one_hot(evidence)
    truth = pairs["relation"].replace_strict(list(RELATIONS), [0, 1, 2], return_dtype=pl.Int64).to_numpy()
    for penalty in (0.5, 1.0, 2.0, 4.0, 8.0):
        runs = [
            macro_f1(truth, cross_validated(pairs, features, truth, penalty, seed).argmax(axis=1)) for seed in range(3)
        ]
        print("penalty", penalty, [run["macro"] for run in runs])
    shares = decisive(cross_validated(pairs, features, truth, PENALTY), evidence)
    found = shares.argmax(axis=1)
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
        weights = fit(features, truth, balanced(truth))
        rows = [(name, level) for name, levels in LEVELS.items() for level in levels]
        frame = pl.DataFrame(rows, schema=["evidence", "level"], orient="row").with_columns(
            pl.Series(name, weights[:, at].round(3)) for at, name in enumerate(RELATIONS)
        )
        frame.write_csv(PATH)


if __name__ == "__main__":
    main()
