"""Hashes written in the letters a-p, so that none can look like a number, a phone or an identifier."""

from __future__ import annotations

import hashlib

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def as_letters(digest: bytes, length: int) -> str:
    """The first `length` letters of a digest: one letter a nibble, 0 → a … 15 → p."""
    return digest.hex()[:length].translate(_LETTERS)


def letters_of(*parts: str | bytes, length: int = 16) -> str:
    """SHA-256 over the parts, each with its length before it so that no two lists of parts read alike."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return as_letters(digest.digest(), length)
