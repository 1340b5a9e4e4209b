"""Sealed originals: one file a batch, AES-GCM in chunks, the only place where a direct identifier may rest.

Layout: archive/<feed id>/<delivery day or no_day>/<batch id>.sealed

    magic "BDSEAL1\\n" · header length (4 bytes, big-endian) · header (JSON, readable, no content) · chunks

The header names feed, batch, day, the day retention ends and a salt; it is bound to every chunk as associated data. The
file's own key is HKDF(archive key, salt). Chunk i has nonce i and a mark on the last one, so chunks can be neither
exchanged, left out nor cut off. Under the seal: for each file its name, its size and its bytes.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from transforms.lake.faults import storage_faults
from transforms.lake.keys import Keys, keys_of
from transforms.reading.source import SourceFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"BDSEAL1\n"
CHUNK = 1 << 20  # bytes of content in a chunk
TAG = 16  # bytes GCM adds to each chunk
HEADER_LIMIT = 1 << 16  # bytes; a header has some 200
NO_DAY = "no_day"


class ArchiveError(BlockdataError):
    """A sealed file is missing, damaged or was sealed under another key."""


@dataclass(frozen=True)
class Sealed:
    """What the outside of a sealed file tells. `day` is None for a delivery refused without one."""

    batch_id: str
    feed_id: str
    day: date | None
    expires_on: date
    path: Path


def seal(
    home: Home,
    batch_id: str,
    feed_id: str,
    day: date | None,
    files: Sequence[SourceFile],
    *,
    received_on: date,
    retention_days: int,
) -> Sealed:
    """Seals the files of a batch, replacing an earlier seal of the same batch; atomic, so a kill leaves no half.

    `expires_on` is `retention_days` after the delivery day (after `received_on` where there is none).
    """
    expires_on = (day or received_on) + timedelta(days=retention_days)
    path = home.archive / feed_id / (day.isoformat() if day else NO_DAY) / f"{batch_id}.sealed"
    salt = secrets.token_bytes(16)
    header = json.dumps(
        {
            "batch_id": batch_id,
            "feed_id": feed_id,
            "day": day.isoformat() if day else None,
            "expires_on": expires_on.isoformat(),
            "chunk": CHUNK,
            "salt": salt.hex(),
        },
        sort_keys=True,
    ).encode()
    cipher = _cipher(keys_of(home), salt)
    with storage_faults(home.archive):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with aside.open("wb") as file:
                file.write(MAGIC + len(header).to_bytes(4, "big") + header)
                room = memoryview(bytearray(CHUNK + TAG))  # new memory for each chunk costs more than the cipher
                for number, (chunk, is_last) in enumerate(_marked_last(_chunks(files))):
                    encrypted = room[: len(chunk) + TAG]
                    cipher.encrypt_into(_nonce(number, is_last), chunk, header, encrypted)
                    file.write(encrypted)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    return Sealed(batch_id, feed_id, day, expires_on, path)


def seal_anew(home: Home, one: Sealed, files: Sequence[SourceFile]) -> Sealed:
    """Other files in the place of what is sealed, under a key of their own; day and end of retention stay."""
    from_day = one.day or one.expires_on
    kept = (one.expires_on - from_day).days
    return seal(home, one.batch_id, one.feed_id, one.day, files, received_on=from_day, retention_days=kept)


def unseal(home: Home, batch_id: str, feed_id: str | None = None) -> list[SourceFile]:
    """The originals of a batch, or ArchiveError saying why they cannot be had."""
    path = find(home, batch_id, feed_id).path
    header, body = _open(path)
    plain = bytearray()
    from cryptography.exceptions import InvalidTag

    _, salt, chunk_size = _told(path, header)
    cipher, size = _cipher(keys_of(home), salt), chunk_size + TAG
    count = max(1, -(-len(body) // size))
    try:
        for number in range(count):
            chunk = body[number * size : (number + 1) * size]
            plain += cipher.decrypt(_nonce(number, number == count - 1), bytes(chunk), header)
    except InvalidTag:
        raise ArchiveError(
            f"{path.name} cannot be opened: it is damaged, or was sealed under another key",
            "point BLOCKDATA_KEYS to the key file of this lake, or restore the archive from its backup",
        ) from None
    return list(_unpacked(memoryview(plain)))


def find(home: Home, batch_id: str, feed_id: str | None = None) -> Sealed:
    """Where a batch is sealed, or UsageError when there is no such batch."""
    for path in sorted(home.archive.glob(f"{feed_id or '*'}/*/{batch_id}.sealed")):
        return _sealed(path)
    raise UsageError(f"batch {batch_id} is not in the archive", "`blockdata status` lists the batches there are")


def outside(path: Path) -> Sealed | None:
    """What the outside of one sealed file tells; None where there is no such file. Raises ArchiveError for a damaged
    header."""
    return _sealed(path) if path.is_file() else None


def sealed(home: Home, feed_id: str | None = None) -> list[Sealed]:
    """Everything sealed, by feed and day. A file with a damaged header is left out: `find` and `unseal` say so."""
    listed = []
    for path in sorted(home.archive.glob(f"{feed_id or '*'}/*/*.sealed")):
        with suppress(ArchiveError):
            listed.append(_sealed(path))
    return listed


def _sealed(path: Path) -> Sealed:
    return _told(path, _header(path))[0]


def _told(path: Path, header: bytes) -> tuple[Sealed, bytes, int]:
    """What a header says: the outside, the salt and the size of a chunk. Raises ArchiveError for a damaged one."""
    try:
        told: dict[str, Any] = json.loads(header)
        day = date.fromisoformat(told["day"]) if told["day"] else None
        outside = Sealed(str(told["batch_id"]), str(told["feed_id"]), day, date.fromisoformat(told["expires_on"]), path)
        salt, chunk = bytes.fromhex(told["salt"]), int(told["chunk"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _damaged(path) from None
    if chunk <= 0:
        raise _damaged(path)
    return outside, salt, chunk


def _header(path: Path) -> bytes:
    with storage_faults(path), path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ArchiveError(f"{path.name} is no sealed file", "restore the archive from its backup")
        length = int.from_bytes(file.read(4), "big")
        if length > HEADER_LIMIT:
            raise _damaged(path)
        return file.read(length)


def _damaged(path: Path) -> ArchiveError:
    return ArchiveError(f"{path.name} has a damaged header", "restore the archive from its backup")


def _open(path: Path) -> tuple[bytes, memoryview]:
    header = _header(path)
    content = memoryview(path.read_bytes())
    return header, content[len(MAGIC) + 4 + len(header) :]


def _cipher(keys: Keys, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(hashes.SHA256(), 32, salt, b"blockdata archive").derive(keys.archive))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _chunks(files: Iterable[SourceFile]) -> Iterator[bytes]:
    """The packed files cut into chunks of one size, the last shorter."""
    rest = bytearray()
    for file in files:
        name = file.name.encode()
        rest += len(name).to_bytes(4, "big") + name + len(file.content).to_bytes(8, "big")
        view = memoryview(file.content)
        start = 0
        while len(rest) + len(view) - start >= CHUNK:
            take = CHUNK - len(rest) if len(rest) < CHUNK else 0
            yield bytes(rest[:CHUNK]) + bytes(view[start : start + take])
            del rest[:CHUNK]
            start += take
        rest += view[start:]
    yield bytes(rest)


def _marked_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    before = next(chunks)
    for chunk in chunks:
        yield before, False
        before = chunk
    yield before, True


def _unpacked(plain: memoryview) -> Iterator[SourceFile]:
    place = 0
    while place < len(plain):
        length = int.from_bytes(plain[place : place + 4], "big")
        name = bytes(plain[place + 4 : place + 4 + length]).decode()
        place += 4 + length
        size = int.from_bytes(plain[place : place + 8], "big")
        yield SourceFile(name, bytes(plain[place + 8 : place + 8 + size]))
        place += 8 + size
