"""The standard's `customProperties`: what it has no word for, read as strictly as the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.declaration import Strict

Meaning = TypeVar("Meaning", bound=Strict)


class CustomProperty(Strict):
    """A name the model of its place knows, and its value."""

    property: str
    value: Any


def meaning_of(model: type[Meaning], custom: Sequence[CustomProperty]) -> Meaning:
    """The customProperties as `model`; ValueError in one line that names the property."""
    given = [item.property for item in custom]
    twice = sorted({name for name in given if given.count(name) > 1})
    if twice:
        raise ValueError(f"customProperties: {', '.join(twice)} given twice")
    try:
        return model(**{item.property: item.value for item in custom})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        allowed = f"; allowed: {', '.join(model.model_fields)}" if first["type"] == "extra_forbidden" else ""
        problem = str(first["msg"]).removeprefix("Value error, ")
        raise ValueError(f"customProperties.{where}: {problem}{allowed}") from None
