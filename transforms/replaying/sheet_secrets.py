"""What seals a return sheet (退回单): a password a department, and a mark only this lake can make.

All of it is derived (HKDF) from the archive's key, which is outside the repository: nothing is stored, and no
department's password tells another's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.errors import BlockdataError
from transforms.cleaning.tokens import Keys
from transforms.lake.letters import as_letters

if TYPE_CHECKING:
    from collections.abc import Mapping

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none of 0 O 1 I L, which are read aloud and typed wrong
GROUPS, GROUP = 4, 5  # 20 of 31 characters: 99 bits
LINE_ID = 20  # letters
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the compound file an encrypted workbook is wrapped in


class SheetRefused(BlockdataError):
    """A file that is no return sheet of this lake, or one that cannot be taken back."""


def password_of(department: str, keys: Keys) -> str:
    """The password of a department's return sheets, as XXXXX-XXXXX-XXXXX-XXXXX."""
    number = int.from_bytes(_derived(keys, f"password {department}"), "big")
    letters = []
    for _ in range(GROUPS * GROUP):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, len(letters), GROUP))


def line_ids(places: pl.DataFrame, keys: Keys) -> pl.Series:
    """The id under which a row (batch_id, file_name, row_number) stands in a sheet: 20 letters, telling nothing."""
    key = _derived(keys, "line")
    ids = [
        as_letters(hmac.digest(key, "\x1f".join(map(str, row)).encode(), "sha256"), LINE_ID)
        for row in places.select("batch_id", "file_name", "row_number").iter_rows()
    ]
    return pl.Series("line_id", ids, pl.String)


def signed(document: Mapping[str, Any], keys: Keys) -> str:
    """A document as one line of text with its signature."""
    said = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return f"{_text(said)}.{_text(_signature(said, keys))}"


def verified(text: str, keys: Keys) -> dict[str, Any]:
    """The document of a signed line. Raises SheetRefused for one this lake did not sign, or somebody changed."""
    said, _, signature = text.strip().partition(".")
    try:
        content, given = _bytes(said), _bytes(signature)
    except ValueError:
        content, given = b"", b""
    if not content or not hmac.compare_digest(given, _signature(content, keys)):
        raise SheetRefused(
            "the mark of this return sheet was changed, or another lake made it",
            "send back the workbook as it was handed over, its hidden sheet untouched",
        )
    document: dict[str, Any] = json.loads(content)
    return document


def encrypted(workbook: bytes, password: str) -> bytes:
    """The workbook under a password (Office's own agile encryption, AES-256), in memory."""
    from msoffcrypto.format.ooxml import OOXMLFile

    sealed = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, sealed)
    return sealed.getvalue()


def decrypted(content: bytes, password: str) -> bytes | None:
    """The workbook again; None where the password is another's or the file is no encrypted workbook."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    plain = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        office.load_key(password=password, verify_password=True)
        office.decrypt(plain, verify_integrity=True)
    except (DecryptionError, FileFormatError, InvalidKeyError):
        return None
    except Exception as error:  # a damaged compound file fails in olefile in many ways
        if isinstance(error, MemoryError):
            raise
        return None
    return plain.getvalue()


def _derived(keys: Keys, purpose: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(hashes.SHA256(), 32, None, f"blockdata return sheet {purpose}".encode()).derive(keys.archive)


def _signature(content: bytes, keys: Keys) -> bytes:
    return hmac.digest(_derived(keys, "mark"), content, hashlib.sha256)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii", "replace"), altchars=b"-_", validate=True)
