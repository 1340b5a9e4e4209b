"""What a source can do wrong, said to the person who can mend it. Nothing lands when one of these is raised."""

from __future__ import annotations

import re

from schemas.contract import Contract
from schemas.errors import BlockdataError
from transforms.cleaning.numbers_hidden import scrubbed_text

SAID = 200  # characters of what a source says itself


class PullFault(BlockdataError):
    """A source that cannot be pulled: names feed, server and mend."""

    def __init__(self, contract: Contract, message: str, mend: str) -> None:
        server = contract.source.server if contract.source else "?"
        super().__init__(f"{contract.feed_id}: server {server}: {message}", mend)


class Interrupted(PullFault):
    """The way there failed, not the answer: worth another attempt, `after` as many seconds where the source says."""

    def __init__(self, contract: Contract, message: str, mend: str, after: float | None = None) -> None:
        super().__init__(contract, message, mend)
        self.after = after


def said(text: str, *hidden: str) -> str:
    """A source's own words in one line, without secrets and without numbers that could be a person's."""
    for secret in hidden:
        text = text.replace(secret, "***") if secret else text
    text = re.sub(r"\s+", " ", re.sub(r"://[^/\s]*@", "://***@", text)).strip()
    return scrubbed_text(text)[:SAID]
