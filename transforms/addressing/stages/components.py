"""Stage `components`: estate with building number, or road with house number, exactly as the library has them."""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.stages.asking import Asking
from transforms.addressing.stages.mentions import answer

METHOD = "components"
BASE = 1.0


def components(asking: Asking, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases whose estate+number, whole name+number or road+house number is known."""
    asked = asking.as_written()
    return weigh(answer(asked.mentions, index.names, BASE), asked.phrases, index)
