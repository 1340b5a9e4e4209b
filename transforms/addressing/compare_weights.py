"""The weights of the evidence: how much each level speaks for each relation.

compare_weights.csv is derived by benchmarks/derive_compare.py and never written by hand.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from transforms.addressing.compare_evidence import LEVELS

PATH = Path(__file__).parent / "compare_weights.csv"
RELATIONS = ("same", "part", "different")
# Contradictions that no likeness of the rest outweighs, and how many of the labelled pairs with one are different.
DECISIVE = ("city", "county", "telling", "door", "building", "entrance", "floor", "room")
DIFFERENT = 0.98


def one_hot(evidence: pl.DataFrame) -> np.ndarray:
    """A column for each level of each evidence, in the order of LEVELS: 1.0 where it holds."""
    blocks = [np.eye(len(levels))[evidence[name].to_physical().to_numpy()] for name, levels in LEVELS.items()]
    return np.hstack(blocks)


def shares(evidence: pl.DataFrame) -> np.ndarray:
    """How likely each of RELATIONS is (rows, 3), by the sum of the weights and the decisive contradictions."""
    scores = np.zeros((evidence.height, len(RELATIONS)))
    for name, weights in _weights().items():
        scores += weights[evidence[name].to_physical().to_numpy()]
    grown = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return decisive(grown / grown.sum(axis=1, keepdims=True), evidence)


def decisive(likely: np.ndarray, evidence: pl.DataFrame) -> np.ndarray:
    """`likely`, with `different` at least DIFFERENT where a number, a letter, a side or a division contradicts."""
    clash = evidence["clash"].is_in(DECISIVE).to_numpy()
    other = RELATIONS.index("different")
    share = np.where(clash, np.maximum(likely[:, other], DIFFERENT), likely[:, other])
    rest = np.delete(likely, other, axis=1)
    total = rest.sum(axis=1, keepdims=True)
    return np.insert(rest * ((1 - share)[:, None] / np.where(total > 0, total, 1.0)), other, share, axis=1)


@cache
def _weights() -> dict[str, np.ndarray]:
    table = pl.read_csv(PATH)
    weights = {}
    for name, levels in LEVELS.items():
        rows = table.filter(pl.col("evidence") == name)
        if tuple(rows["level"]) != levels:
            raise ValueError(f"{PATH.name}: {name} has not the levels {', '.join(levels)}; derive the weights again")
        weights[name] = rows.select(RELATIONS).to_numpy()
    return weights
