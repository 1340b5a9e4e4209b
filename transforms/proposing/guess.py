"""What a proposal is made of: one guess a column, and one a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.contract_shape import Role


@dataclass(frozen=True)
class Guess:
    """One column as the contract will say it. `why` is one line of evidence in shares, never a cell; `doubt` says what
    a person should look at, "" where nothing is in doubt."""

    header: str
    name: str = ""
    type: str = "string"
    role: Role | None = None
    classification: str = "internal"
    options: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    quality: list[dict[str, Any]] = field(default_factory=list)
    required: bool = False
    key: bool = False
    title: str = ""
    codes: tuple[tuple[str, str], ...] = ()  # code, name: of a drafted code list named by custom["code_list"]
    why: str = ""
    doubt: str = ""

    @property
    def is_dropped(self) -> bool:
        """True for what never passes cleaning."""
        return self.classification == "excluded" or self.role is Role.FREE_TEXT


@dataclass(frozen=True)
class Remark:
    """A guess about the whole file: what, and why."""

    what: str
    why: str
