"""Code lists: what a department may write in a column, and the one code the lake keeps for it."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field, model_validator

from schemas.declaration import Strict, declare
from schemas.errors import UsageError

CODELISTS_FOLDER = Path(__file__).parent / "codelists"


class CodeItem(Strict):
    """One code, its Chinese name, and other ways departments write it."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    aliases: list[str] = Field(default_factory=list)


class Codelist(Strict):
    """A code list; no way of writing stands for two codes."""

    title: str
    codes: list[CodeItem] = Field(min_length=1)

    @model_validator(mode="after")
    def one_meaning_each(self) -> Codelist:
        """Refuses a code, name or alias that is another code's as well, also where width alone differs."""
        written = [(item.code, _ways(item)) for item in self.codes]
        times = Counter(folded for _, ways in written for folded in {fold(text) for text in ways})
        codes = Counter(code for code, _ in written)
        twice = sorted({text for code, ways in written for text in ways if times[fold(text)] > 1 or codes[code] > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands for more than one code")
        return self

    @cached_property
    def translation(self) -> dict[str, str]:
        """Every way of writing (code, name, alias) to its code, as the list says it and folded as cells are."""
        return {text: item.code for item in self.codes for way in _ways(item) for text in (way, fold(way))}

    @cached_property
    def names(self) -> dict[str, str]:
        """Code to Chinese name."""
        return {item.code: item.name for item in self.codes}


def fold(text: str) -> str:
    """What cleaning makes of a cell that a machine reads: NFKC, so full-width brackets and letters are half-width and Ⅰ
    is I; one space for many, none around. A list is folded the same way, or （） in it would match no cell."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _ways(item: CodeItem) -> tuple[str, ...]:
    return (item.code, item.name, *item.aliases)


def codelist_folders(folder: Path | None = None) -> list[Path]:
    """`folder`, else `codelists` beside the folder BLOCKDATA_FEEDS names, and then those of this package."""
    if folder is not None:
        return [folder]
    feeds = os.environ.get("BLOCKDATA_FEEDS")
    own = Path(feeds).absolute().parent / "codelists" if feeds else CODELISTS_FOLDER
    return [own, CODELISTS_FOLDER] if own != CODELISTS_FOLDER else [own]


def load_codelist(name: str, folder: Path | None = None) -> Codelist:
    """One code list, or UsageError saying which there are, or ContractError when the file is wrong."""
    roots = codelist_folders(folder)
    for root in roots:
        path = root / f"{name}.yaml"
        if path.is_file():
            return _read(path)
    known = ", ".join(sorted({item.stem for root in roots for item in root.glob("*.yaml")}))
    raise UsageError(f"there is no code list {name!r}", f"write {roots[0] / f'{name}.yaml'}, or use one of: {known}")


def load_codelists(folder: Path | None = None) -> dict[str, Codelist]:
    """Every code list by name, sorted."""
    names = sorted({path.stem for root in codelist_folders(folder) for path in root.glob("*.yaml")})
    return {name: load_codelist(name, folder) for name in names}


@cache
def _read(path: Path) -> Codelist:
    return declare(path, Codelist)
