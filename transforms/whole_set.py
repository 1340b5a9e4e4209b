"""A delivery of several files is one set: whole when its manifest's list, the contract's parts and a shapefile's parts
are all there. One street's file alone would say of a snapshot that every other street is empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from schemas.contract import Contract

LAYER = (".shp", ".shx", ".dbf")  # without one of them a layer cannot be read; .prj and .cpg may lack


def lacking(names: Sequence[str], contract: Contract, manifests: Sequence[bytes] = ()) -> list[str]:
    """What is not among the data files of one delivery, told so that the department can find it; empty when whole.

    `manifests`: the contents of those that are there.
    """
    return [*_parts(names, contract), *_layers(names, contract), *_listed_only(names, contract, manifests)]


def listed(manifest: bytes) -> list[str]:
    """The names a manifest lists under `files`; none for one that tells of a single file or cannot be read."""
    try:
        document: Any = json.loads(manifest)
        entries = document.get("files", [])
        return [str(name) for entry in entries if (name := entry.get("name", entry.get("file"))) is not None]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []


def _parts(names: Sequence[str], contract: Contract) -> Iterator[str]:
    wanted = contract.delivery.parts
    if wanted:
        found = {match["part"] for name in names if (match := re.search(contract.delivery.file_pattern, _layer(name)))}
        yield from (f"part {part}" for part in wanted if part not in found)


def _layers(names: Sequence[str], contract: Contract) -> Iterator[str]:
    if contract.reading.format != "shp":
        return
    there = {(PurePath(name).stem, PurePath(name).suffix.lower()) for name in names}
    for stem in sorted({stem for stem, suffix in there if suffix != ".zip"}):
        yield from (f"the {suffix} of a layer" for suffix in LAYER if (stem, suffix) not in there)


def _listed_only(names: Sequence[str], contract: Contract, manifests: Sequence[bytes]) -> Iterator[str]:
    """Data files a manifest lists; what else it lists (a letter, a picture) is not waited for."""
    for name in sorted({name for manifest in manifests for name in listed(manifest)} - set(names)):
        layer = _layer(name) if contract.reading.format == "shp" else name
        if re.search(contract.delivery.file_pattern, layer):
            yield f"a file the manifest lists ({layer})" if layer == name else f"the {PurePath(name).suffix} it lists"


def _layer(name: str) -> str:
    """A layer's parts are known by the name of its .shp; the contract's pattern tells of that alone."""
    path = PurePath(name)
    return path.with_suffix(".shp").name if path.suffix.lower() in (*LAYER, ".prj", ".cpg", ".sbn", ".sbx") else name
