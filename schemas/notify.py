"""Who is told when something is late: schemas/notify.yaml, or the file BLOCKDATA_NOTIFY names."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from schemas.declaration import Strict, declare

FILE = Path(__file__).parent / "notify.yaml"


class Email(Strict):
    """A relay inside the network; `to` reads of every feed, `departments` each of its own."""

    relay: str
    port: int = Field(25, ge=1, le=65535)
    starttls: bool = False
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    to: list[str] = Field(default_factory=list)
    departments: dict[str, list[str]] = Field(default_factory=dict)


class Webhook(Strict):
    """An address inside the network that takes a JSON document."""

    url: str = Field(pattern=r"^https?://\S+$")


class Channels(Strict):
    """The ways a notice goes. The log is always one of them."""

    email: Email | None = None
    webhook: Webhook | None = None


def load_channels() -> Channels:
    """The channels declared, or ContractError naming file, key and mend."""
    return declare(Path(os.environ.get("BLOCKDATA_NOTIFY") or FILE), Channels)
