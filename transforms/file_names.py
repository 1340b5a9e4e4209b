"""What tables and messages call a delivered file: its name where the contract foresees it, else one made for it.

A name somebody typed may hold a person's name or number; the real one stays under the seal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import PurePath

from schemas.contract import Contract
from transforms.cleaning.numbers_hidden import scrubbed_text
from transforms.reading.source import SourceFile


def shown_name(name: str, contract: Contract, day: date | None, number: int) -> str:
    """The name itself when it fully matches the contract's pattern and hides no number, else `<feed>_<day>_<n><ext>`.

    A part of a shapefile is known by the name of its .shp.
    """
    known = PurePath(name).with_suffix(".shp").name if contract.reading.format == "shp" else name
    plain = unicodedata.normalize("NFKC", name)
    if re.fullmatch(contract.delivery.file_pattern, known) and scrubbed_text(plain) == plain:
        return name
    suffix = PurePath(name).suffix.lower()
    suffix = suffix if re.fullmatch(r"\.[a-z][a-z0-9]{1,6}", suffix) else ""
    return f"{contract.feed_id}_{day.strftime('%Y%m%d') if day else 'no_day'}_{number}{suffix}"


def with_shown_names(files: Sequence[SourceFile], contract: Contract, day: date | None) -> list[SourceFile]:
    """The files in the order of their names, each with what it is called outside the seal."""
    ordered = sorted(files, key=lambda file: file.name)
    return [file.called(shown_name(file.name, contract, day, at)) for at, file in enumerate(ordered, start=1)]
