"""How long what is kept: schemas/care.yaml."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from schemas.declaration import Strict, declare

CARE_FILE = Path(__file__).parent / "care.yaml"


class Care(Strict):
    """`releases_kept` counts releases, `log_days` days, `grace_hours` hours. Sealed originals go by their contract."""

    title: str
    releases_kept: int = Field(ge=1)
    log_days: int = Field(ge=1)
    grace_hours: int = Field(ge=1)


def load_care(path: Path = CARE_FILE) -> Care:
    """The declaration, or ContractError naming file, key and mend."""
    return declare(path, Care)
