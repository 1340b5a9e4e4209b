"""manifest.json of a release: every table with its profile and files, every other file, and what it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import BlockdataError, UsageError
from transforms.lake.release_files import ReleaseFile, sha256_of

MANIFEST = "manifest.json"


class ReleaseDamaged(BlockdataError):
    """A file of a release is missing, changed or unknown to its manifest."""


@dataclass(frozen=True)
class TableEntry:
    """One table of a release and its files, in reading order.

    `hidden` names rows of these files that no longer stand (columns file, the place in `files`, and row, both from 0):
    a later file says them anew. `layers.scan` and `layers.relation` read a table so.
    """

    profile: str
    files: list[ReleaseFile]
    hidden: ReleaseFile | None = None

    @property
    def rows(self) -> int:
        """Rows that stand."""
        return sum(file.rows for file in self.files) - (self.hidden.rows if self.hidden else 0)

    @property
    def all_files(self) -> list[ReleaseFile]:
        """Every file the table lies in."""
        return [*self.files, *([self.hidden] if self.hidden else [])]

    def entry(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        hidden = {"hidden": self.hidden.entry()} if self.hidden else {}
        return {"profile": self.profile, "rows": self.rows, "files": [file.entry() for file in self.files], **hidden}


def entry_of(document: dict[str, Any]) -> TableEntry:
    """An entry read back."""
    hidden = document.get("hidden")
    files = [ReleaseFile(**file) for file in document["files"]]
    return TableEntry(document["profile"], files, ReleaseFile(**hidden) if hidden else None)


@dataclass(frozen=True)
class Manifest:
    """What a release is: `inputs` tells two publishes from the same state apart from two states, `form` is the rules
    it was made by: contracts, declarations, and the code's own."""

    release: str
    day: str
    previous: str | None
    inputs: str
    library_version: str
    batches: list[str]
    note: str = ""
    form: str = ""
    tables: dict[str, TableEntry] = field(default_factory=dict)
    other_files: dict[str, list[ReleaseFile]] = field(default_factory=dict)  # profile → files

    def write(self, folder: Path) -> None:
        """manifest.json in `folder`; the same release gives the same bytes."""
        document = {
            "release": self.release,
            "day": self.day,
            "previous": self.previous,
            "inputs": self.inputs,
            "form": self.form,
            "library_version": self.library_version,
            "note": self.note,
            "tables": {name: entry.entry() for name, entry in sorted(self.tables.items())},
            "other_files": {
                profile: [file.entry() for file in files] for profile, files in sorted(self.other_files.items())
            },
            "batches": self.batches,
        }
        (folder / MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def of_profile(self, profile: str) -> Manifest:
        """The same release with the tables and files of one profile alone."""
        tables = {name: entry for name, entry in self.tables.items() if entry.profile == profile}
        return Manifest(
            **{**self.__dict__, "tables": tables, "other_files": {profile: self.other_files.get(profile, [])}}
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release folder. UsageError when it has none, ReleaseDamaged when it cannot be read."""
    try:
        document: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: entry_of(entry) for name, entry in document.pop("tables").items()}
        others = {
            profile: [ReleaseFile(**file) for file in files] for profile, files in document.pop("other_files").items()
        }
        return Manifest(**document, tables=tables, other_files=others)
    except OSError:
        raise UsageError(f"{folder} is no release: it has no {MANIFEST}", "name a release folder") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReleaseDamaged(
            f"{folder.name}: {MANIFEST} cannot be read: it is not as published", "restore it from a backup"
        ) from None


def moving_of(folder: Path) -> Path:
    """Where the scripts and the manifest of a release lie that are to name its new folder, until they are put in it
    (see caring.moved)."""
    return folder.with_name(f".{folder.name}.moving")


def is_published(path: Path, folder: Path, file: ReleaseFile) -> bool:
    """True when what lies at `path` is `file` of the release in `folder`, or that file as it will be once the release,
    which is being given its new folder's name just now or was when a process was killed, is through with it."""
    if _is(path, file):
        return True
    try:
        coming = read_manifest(moving_of(folder))
    except (UsageError, ReleaseDamaged):
        coming = read_manifest(folder)  # it may have come meanwhile
    others = [one for files in coming.other_files.values() for one in files if one.path == file.path]
    return any(_is(path, one) for one in others)


def _is(path: Path, file: ReleaseFile) -> bool:
    return path.stat().st_size == file.bytes and sha256_of(path) == file.sha256


def damaged(release: str, path: str) -> ReleaseDamaged:
    """What is said of a file that is not as its checksum in the manifest."""
    return ReleaseDamaged(
        f"{release}: {path} is not as published",
        "restore it from a backup (the lake may share the file), or publish anew and delete this release",
    )


def verify_tables(folder: Path, manifest: Manifest, tables: Iterable[str]) -> None:
    """ReleaseDamaged unless every file of these tables is as it was published; a table there is not is passed over."""
    for name in tables:
        for file in manifest.tables[name].all_files if name in manifest.tables else []:
            verify_file(manifest, folder, file)


def verify_file(manifest: Manifest, folder: Path, file: ReleaseFile) -> None:
    """ReleaseDamaged unless a file of the release is there with its checksum."""
    path = folder / file.path
    if not path.is_file():
        raise ReleaseDamaged(f"{manifest.release}: {file.path} is missing", "publish again or restore the folder")
    if not is_published(path, folder, file):
        raise damaged(manifest.release, file.path)


def listed_files(manifest: Manifest) -> list[ReleaseFile]:
    """Every file of a release but the manifest itself: those of its tables, then the others."""
    of_tables = [file for entry in manifest.tables.values() for file in entry.all_files]
    return of_tables + [file for files in manifest.other_files.values() for file in files]


def verify_release(folder: Path) -> Manifest:
    """The manifest when every file is there with its checksum and no other lies beside them; else ReleaseDamaged."""
    manifest = read_manifest(folder)
    for file in listed_files(manifest):
        verify_file(manifest, folder, file)
    verify_no_other(manifest, folder)
    return manifest


def verify_no_other(manifest: Manifest, folder: Path) -> None:
    """ReleaseDamaged when a file lies in the release that its manifest does not name."""
    known = {file.path for file in listed_files(manifest)} | {MANIFEST}
    strange = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in known
    )
    if strange:
        raise ReleaseDamaged(f"{manifest.release}: {strange[0]} is no file of the release", "remove it")
