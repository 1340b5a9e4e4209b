"""Reading one YAML declaration strictly: what is wrong is told with file, key and mend.

Contracts, tables, rules, code lists, agreements and measures all come in through `declare`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import ContractError


class Strict(BaseModel):
    """A declaration: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, ignored_types=(cached_property,))


Declared = TypeVar("Declared", bound=BaseModel)


def read_mapping(path: Path) -> dict[str, Any]:
    """The file as a mapping, or ContractError."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise ContractError(str(path), "(file)", f"cannot be read: {error.strerror}", "check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise ContractError(str(path), "(file)", f"not readable as YAML: {problem}", "mend the YAML syntax") from None
    if not isinstance(document, dict):
        raise ContractError(str(path), "(file)", "is empty or not a mapping", "start from another file of its folder")
    return document


def validate(path: Path, model: type[Declared], document: Any, under: str = "") -> Declared:
    """`document` as `model`; a mistake is ContractError with its key, prefixed by `under`."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        named, message = _named(first)
        where = _by_names(document, first["loc"])
        key = ".".join(str(part) for part in (under, *where, named) if part != "") or "(file)"
        raise ContractError(str(path), key, message, _mend(first)) from None


def declare(path: Path, model: type[Declared]) -> Declared:
    """One file as one model."""
    return validate(path, model, read_mapping(path))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml parses ten times faster
    """YAML in which a key given twice is a mistake, not a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} given twice", key_node.start_mark)
            seen.add(key if isinstance(key, str) else id(key))
        return super().construct_mapping(node, deep)


def _named(error: Any) -> tuple[str, str]:
    """The key a validator of several keys named itself ("customProperties.role: ..."), and what is wrong with it."""
    message = str(error["msg"]).removeprefix("Value error, ")
    named, separator, rest = message.partition(": ")
    return (named, rest) if separator and named.startswith("customProperties") else ("", message)


def _by_names(document: Any, where: tuple[str | int, ...]) -> list[str | int]:
    """`where` with a column told by its name instead of its place."""
    told: list[str | int] = []
    for part in where:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            document = None
        is_column = told[-1:] == ["properties"] and isinstance(document, dict)
        name = document.get("name") if is_column else None
        told.append(name if isinstance(name, str) else part)
    return told


def _mend(error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "remove this key, or correct its spelling; in a contract, extras go under customProperties"
        case "missing":
            return "add this key; its neighbours in the folder show how"
        case "literal_error" | "enum":
            return f"use one of {error.get('ctx', {}).get('expected', 'the allowed values')}"
        case "string_pattern_mismatch":
            return f"write it as {error.get('ctx', {}).get('pattern', 'the pattern says')}"
        case _:
            return "correct the value"
