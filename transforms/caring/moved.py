"""A home that lies in another folder than it was made in. Everything in it is named relative to it, but one line.

`baseboard.sql` and `baseboard-person.sql` of a release open with the folder their files are in, so that DuckDB finds
them from any working directory. This names the new place, in the script and its checksum in the manifest.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from schemas.home import Home
from transforms.lake import baseboard
from transforms.lake.faults import storage_faults
from transforms.lake.release import releases
from transforms.lake.release_files import described
from transforms.lake.release_manifest import MANIFEST, read_manifest

SCRIPTS = (baseboard.PLACE_SQL, baseboard.PERSON_SQL)


def named_elsewhere(home: Home) -> list[str]:
    """Releases whose scripts name another folder than the one they lie in."""
    return [name for name in releases(home) if _stale(home.releases / name, home.releases / name)]


def scripts_name_this_folder(home: Home, *, soon: Home | None = None) -> list[str]:
    """Has the scripts of every release name the folder they lie in; returns the releases that were mended.

    `soon`: the home this one will be by the next rename; its folder is named. Killed between script and manifest and
    run again, it ends the same.
    """
    mended = []
    for name in releases(home):
        folder, named = home.releases / name, (soon or home).releases / name
        manifest = read_manifest(folder)
        there = {file.path: file for files in manifest.other_files.values() for file in files if file.path in SCRIPTS}
        is_told = all(described(folder / path, folder).sha256 == file.sha256 for path, file in there.items())
        stale = _stale(folder, named)
        if not stale and is_told:
            continue
        with storage_faults(folder):
            for path in stale:
                script = folder / path
                text = baseboard.moved(script.read_text(encoding="utf-8"), named)
                _put(script, text.encode())
            others = {
                profile: [described(folder / one.path, folder) if one.path in SCRIPTS else one for one in files]
                for profile, files in manifest.other_files.items()
            }
            aside = folder.with_name(f".{name}.manifest")
            aside.mkdir(exist_ok=True)
            replace(manifest, other_files=others).write(aside)
            (aside / MANIFEST).replace(folder / MANIFEST)
            aside.rmdir()
        mended.append(name)
    return mended


def _stale(folder: Path, named: Path) -> list[str]:
    """The scripts of a release in `folder` that do not name the folder they should."""
    stale = []
    for path in SCRIPTS:
        script = folder / path
        if script.is_file():
            text = script.read_text(encoding="utf-8")
            if baseboard.moved(text, named) != text:
                stale.append(path)
    return stale


def _put(path: Path, content: bytes) -> None:
    """By rename: the file may be a hard link that a release before shares."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(path)
