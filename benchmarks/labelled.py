"""The parse against the addresses labelled by hand, and the comparison against the labelled pairs.

`python -m benchmarks.labelled` prints a table and a line of JSON; `--failures road` lists what went wrong. Folding
follows docs/labelling.md, "Comparing". Lines fall into two halves by a hash of their number: rules are mended on the
first half and judged on the second.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from transforms.addressing.compare import compare_addresses
from transforms.addressing.numerals import anywhere
from transforms.addressing.parse import COMPONENTS, parse_addresses

LABELLED = Path(__file__).parents[1] / "tests" / "addressing" / "labelled"
RELATIONS = ("same", "part", "different")
HALVES = ("first", "second", "both")
SCORED = tuple(name for name in COMPONENTS if name != "rest")
NUMBERS = frozenset({"road_number", "building", "entrance", "floor", "room"})
# Components that are right only together: figure → components.
FIGURES = {
    "province-city-county": ("province", "city", "county"),
    "street": ("street",),
    "road": ("road",),
    "road_number": ("road_number",),
    "building-entrance-room": ("building", "entrance", "room"),
}
_NUMBER_TAILS = ("号楼", "号院", "单元", "号", "栋", "幢", "座", "楼", "门", "梯", "层", "#", "室", "房", "弄", "院")
_ORGAN_TAILS = ("居民委员会", "村民委员会", "街道办事处", "办事处", "居委会", "村委会", "委会")
_STREET_TAILS = ("街道", "镇", "乡")


def fold(component: str, value: str | None) -> str:
    """`value` as it is compared: width, case, spaces, dashes, numerals and the last word of a number do not count."""
    text = unicodedata.normalize("NFKC", value or "").upper()
    for sign in "—–_":
        text = text.replace(sign, "-")
    while "--" in text:
        text = text.replace("--", "-")
    for word, number in anywhere().items():
        text = text.replace(word, number)
    text = "".join(sign for sign in text if sign.isalnum() or sign in "-#")
    if component in NUMBERS:
        return _without(text, _NUMBER_TAILS)
    if component in ("street", "community"):
        text = _without(text, _ORGAN_TAILS)
    if component == "street" and len(text) > 2:
        text = _without(text, _STREET_TAILS)
    return text


def _without(text: str, tails: Sequence[str]) -> str:
    for tail in tails:
        if text.endswith(tail) and len(text) > len(tail):
            return text.removesuffix(tail)
    return text


@dataclass(frozen=True)
class Figure:
    """How often a component (or several at once) is right."""

    labelled: int  # rows that bear the component
    said: int  # rows the parse gives it for
    right: int  # of the labelled, equal
    spoken: int  # rows where it is labelled or said

    @property
    def exact(self) -> float:
        """Share of the labelled rows that are right."""
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision (of what is said) and recall (of what is labelled)."""
        return 2 * self.right / (self.labelled + self.said) if self.labelled + self.said else 1.0

    @property
    def together(self) -> float:
        """Share of the rows where it is labelled or said that are right."""
        return self.right / self.spoken if self.spoken else 1.0


def figure(truth: Sequence[tuple[str, ...]], said: Sequence[tuple[str, ...]]) -> Figure:
    """Figure of rows of folded components: a row is right if every component is."""
    pairs = list(zip(truth, said, strict=True))
    return Figure(
        labelled=sum(any(a) for a, _ in pairs),
        said=sum(any(b) for _, b in pairs),
        right=sum(a == b for a, b in pairs if any(a)),
        spoken=sum(any(a) or any(b) for a, b in pairs),
    )


def read_half(name: str, half: str, key: Callable[[dict[str, str]], str]) -> list[dict[str, str]]:
    """Rows of a labelled file that fall into `half` by a hash of their key."""
    rows = pl.read_csv(LABELLED / name, infer_schema=False).fill_null("").rows(named=True)
    return [row for row in rows if half in ("both", HALVES[zlib.crc32(key(row).encode()) & 1])]


def folded(rows: Iterable[dict[str, str | None]], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Components `names` of each row as they are compared. A county that repeats its city is none."""
    return [tuple(_cell(row, name) for name in names) for row in rows]


def _cell(row: dict[str, str | None], name: str) -> str:
    if name == "county" and row["county"] == row["city"]:
        return ""
    return fold(name, row[name])


def score_parse(half: str, *, doubtful: bool = True) -> tuple[dict[str, Figure], list[dict[str, str]]]:
    """Figures by component and by FIGURES, and one row a wrong component: line, component, labelled, said, address.

    Without `doubtful`, a row counts nowhere for a component its note doubts.
    """
    rows = read_half("addresses.csv", half, lambda row: row["line"])
    parsed = parse_addresses(pl.Series([row["address"] for row in rows], dtype=pl.String)).rows(named=True)
    figures, wrong = {}, []
    for name, columns in (FIGURES | {name: (name,) for name in SCORED}).items():
        counted = [
            (row, answer)
            for row, answer in zip(rows, parsed, strict=True)
            if doubtful or not set(columns) & set(row["note"].partition("doubtful ")[2].split())
        ]
        truth = folded((row for row, _ in counted), columns)
        said = folded((answer for _, answer in counted), columns)
        figures[name] = figure(truth, said)
        for (row, _), a, b in zip(counted, truth, said, strict=True):
            if a != b:
                wrong.append(
                    {"component": name, "line": row["line"], "labelled": "/".join(a), "said": "/".join(b),
                     "address": row["address"]}
                )  # fmt: skip
    return figures, wrong


def score_pairs(half: str) -> tuple[dict[str, dict[str, float]], float]:
    """Precision, recall and F1 of each relation, and their macro-F1, over the labelled pairs."""
    rows = read_half("pairs.csv", half, lambda row: row["left"] + row["right"])
    left, right = (pl.Series([row[side] for row in rows], dtype=pl.String) for side in ("left", "right"))
    said = compare_addresses(left, right)["relation"].to_list()
    return relation_scores([row["relation"] for row in rows], said)


def relation_scores(truth: Sequence[str], said: Sequence[str | None]) -> tuple[dict[str, dict[str, float]], float]:
    """By relation: pairs, precision, recall, f1; and the mean of the f1."""
    scores = {}
    for relation in RELATIONS:
        right = sum(a == b == relation for a, b in zip(truth, said, strict=True))
        labelled, claimed = sum(a == relation for a in truth), sum(b == relation for b in said)
        scores[relation] = {
            "pairs": labelled,
            "precision": right / claimed if claimed else 0.0,
            "recall": right / labelled if labelled else 0.0,
            "f1": 2 * right / (labelled + claimed) if labelled + claimed else 0.0,
        }
    return scores, sum(score["f1"] for score in scores.values()) / len(RELATIONS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, the JSON line and, if asked, the failures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--half", choices=HALVES, default="both")
    parser.add_argument("--failures", nargs="*", metavar="FIGURE", help="list what went wrong (of these figures only)")
    parser.add_argument("--without-doubtful", action="store_true", help="leave cells the labels doubt out")
    asked = parser.parse_args(arguments)
    figures, wrong = score_parse(asked.half, doubtful=not asked.without_doubtful)
    scores, macro = score_pairs(asked.half)
    write = sys.stdout.write
    if asked.failures is not None:
        for row in wrong:
            if not asked.failures or row["component"] in asked.failures:
                write("{component} {line}: labelled {labelled!r}, said {said!r}\n    {address}\n".format(**row))
    write(f"{'figure':<24}{'rows':>6}{'exact':>8}{'F1':>8}{'either':>8}\n")
    for name, found in figures.items():
        write(f"{name:<24}{found.labelled:>6}{found.exact:>8.1%}{found.f1:>8.1%}{found.together:>8.1%}\n")
    write(f"{'relation':<24}{'pairs':>6}{'prec.':>8}{'recall':>8}{'F1':>8}\n")
    for relation, score in scores.items():
        write(
            f"{relation:<24}{score['pairs']:>6}{score['precision']:>8.1%}{score['recall']:>8.1%}{score['f1']:>8.1%}\n"
        )
    write(f"macro-F1 {macro:.3f}\n")
    result = {
        "half": asked.half,
        "doubtful_counted": not asked.without_doubtful,
        "parse": {
            name: {"rows": found.labelled, "exact": found.exact, "f1": found.f1, "either": found.together}
            for name, found in figures.items()
        },
        "compare": scores | {"macro_f1": macro},
    }
    write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
