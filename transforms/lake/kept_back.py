"""Files of the lake that hold rows of restricted persons, and the files readers see in their place.

The lake's own files stay as they are (storage, and nothing but storage); lake/.kept_back holds copies without those
rows, and an index, written last. `Lake.files` answers with the copies, so that no reader meets the rows.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from schemas.home import Home

FOLDER, INDEX = ".kept_back", "index.json"


def in_place_of(home: Home) -> Mapping[str, str]:
    """Path in the lake → path in FOLDER, of the files that hold such rows; empty where nobody is restricted."""
    try:
        found: dict[str, str] = json.loads((home.lake / FOLDER / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def shown(home: Home, path: Path) -> Path:
    """The file a reader of the lake sees for one of its files."""
    index = in_place_of(home)
    name = index.get(path.relative_to(home.lake).as_posix()) if index else None
    return home.lake / FOLDER / name if name is not None else path


def put_index(home: Home, index: Mapping[str, str]) -> None:
    """Makes `index` the one that holds, then removes copies it does not name. The caller holds everybody's lock."""
    folder = home.lake / FOLDER
    if not index:
        shutil.rmtree(folder, ignore_errors=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{INDEX}.{os.getpid()}"
    aside.write_text(json.dumps(index, sort_keys=True), encoding="utf-8")
    aside.replace(folder / INDEX)
    for path in folder.rglob("*.parquet"):
        if path.relative_to(folder).as_posix() not in set(index.values()):
            path.unlink()
