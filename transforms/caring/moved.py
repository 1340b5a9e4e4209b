"""A home that lies in another folder than it was made in. Everything in it is named relative to it, but one line.

`baseboard.sql` and `baseboard-person.sql` of a release open with the folder their files are in, so that DuckDB finds
them from any working directory. This names the new place, in the script and its checksum in the manifest.

Both are written beside the release first and put in it by one rename each, the manifest last. A release is whole at
every instant: a script is as the manifest in it says, or as the one beside it (`release_manifest.is_published`).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from schemas.home import Home
from transforms.lake import baseboard
from transforms.lake.faults import storage_faults
from transforms.lake.release import releases
from transforms.lake.release_files import described
from transforms.lake.release_manifest import MANIFEST, is_published, moving_of, read_manifest

SCRIPTS = (baseboard.PLACE_SQL, baseboard.PERSON_SQL)
DRAFT = ".draft"


def named_elsewhere(home: Home) -> list[str]:
    """Releases whose scripts name another folder than the one they lie in, or whose manifest does not say so yet."""
    return [
        name
        for name in releases(home)
        if moving_of(home.releases / name).exists() or _moved(home.releases / name, home.releases / name)
    ]


def scripts_name_this_folder(home: Home, *, soon: Home | None = None) -> list[str]:
    """Has the scripts of every release name the folder they lie in; returns the releases that were mended.

    `soon`: the home this one will be by the next rename; its folder is named. Killed anywhere and run again, it ends
    the same; also where the home was moved once more in between.
    """
    mended = []
    with storage_faults(home.releases):
        for name in releases(home):
            folder = home.releases / name
            is_mended = _put(folder)
            texts = _moved(folder, (soon or home).releases / name)
            if texts and _is_whole(folder, texts):
                _prepare(folder, texts)
                _put(folder)
                is_mended = True
            if is_mended:
                mended.append(name)
        for left in home.releases.glob(f"{moving_of(Path('*'))}*"):  # drafts, and of releases that are gone
            shutil.rmtree(left)
    return mended


def _moved(folder: Path, named: Path) -> dict[str, str]:
    """The scripts of a release in `folder` that do not name the folder they should, as they should be."""
    texts = {path: (folder / path).read_text(encoding="utf-8") for path in SCRIPTS if (folder / path).is_file()}
    moved = {path: baseboard.moved(text, named) for path, text in texts.items()}
    return {path: text for path, text in moved.items() if text != texts[path]}


def _is_whole(folder: Path, texts: dict[str, str]) -> bool:
    """False where a script is not as it was published: a new checksum would call it so, and nobody would hear of it."""
    told = {file.path: file for files in read_manifest(folder).other_files.values() for file in files}
    return all(path in told and is_published(folder / path, folder, told[path]) for path in texts)


def _prepare(folder: Path, texts: dict[str, str]) -> None:
    """The new scripts and the manifest that names them, beside the release, there by one rename."""
    aside = moving_of(folder)
    draft = aside.with_name(aside.name + DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for path, text in texts.items():
        (draft / path).write_text(text, encoding="utf-8")
    manifest = read_manifest(folder)
    others = {
        profile: [described(draft / one.path, draft) if one.path in texts else one for one in files]
        for profile, files in manifest.other_files.items()
    }
    replace(manifest, other_files=others).write(draft)
    draft.rename(aside)


def _put(folder: Path) -> bool:
    """What lies prepared for a release, put in it: by rename, for a script may be a hard link that another shares."""
    aside = moving_of(folder)
    if not aside.is_dir():
        return False
    for name in (*SCRIPTS, MANIFEST):
        if (aside / name).is_file():
            (aside / name).replace(folder / name)
    aside.rmdir()
    return True
