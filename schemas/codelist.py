"""Code lists: what a department may write in a column, and the one code the lake keeps for it."""

from __future__ import annotations

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
        """Refuses a code, name or alias given twice."""
        written = [text for item in self.codes for text in (item.code, item.name, *item.aliases)]
        twice = sorted({text for text in written if written.count(text) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands for more than one code")
        return self

    @cached_property
    def translation(self) -> dict[str, str]:
        """Every way of writing (code, name, alias) to its code."""
        return {text: item.code for item in self.codes for text in (item.code, item.name, *item.aliases)}

    @cached_property
    def names(self) -> dict[str, str]:
        """Code to Chinese name."""
        return {item.code: item.name for item in self.codes}


@cache
def load_codelist(name: str, folder: Path | None = None) -> Codelist:
    """One code list, or UsageError saying which there are, or ContractError when the file is wrong."""
    root = folder or CODELISTS_FOLDER
    path = root / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in root.glob("*.yaml")))
        raise UsageError(f"there is no code list {name!r}", f"write {path}, or use one of: {known}")
    return declare(path, Codelist)


def load_codelists(folder: Path | None = None) -> dict[str, Codelist]:
    """Every code list by name, sorted."""
    return {path.stem: load_codelist(path.stem, folder) for path in sorted((folder or CODELISTS_FOLDER).glob("*.yaml"))}
