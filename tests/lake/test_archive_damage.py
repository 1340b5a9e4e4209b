"""A sealed file with a damaged header is said to be damaged, and hides no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from schemas.home import Home
from transforms.lake import archive
from transforms.lake.archive import MAGIC, ArchiveError
from transforms.reading.source import SourceFile

BATCH, OTHER = "abcdefghijklmnop", "ponmlkjihgfedcba"
START = len(MAGIC) + 4


def seal(home: Home, batch_id: str) -> archive.Sealed:
    files = [SourceFile("登记.csv", b"1")]
    day = date(2026, 3, 2)
    return archive.seal(home, batch_id, "town__lodgers", day, files, received_on=day, retention_days=30)


def with_header(content: bytes, change: Callable[[dict], None]) -> bytes:
    length = int.from_bytes(content[len(MAGIC) : START], "big")
    header = json.loads(content[START : START + length])
    change(header)
    written = json.dumps(header).encode()
    return MAGIC + len(written).to_bytes(4, "big") + written + content[START + length :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:3],
        lambda content: content[: len(MAGIC) + 2],
        lambda content: content[: START + 20],
        lambda content: MAGIC + b"\xff\xff\xff\xff" + content[START:],
        lambda content: MAGIC + b"\x00\x00\x00\x05" + content[START:],
        lambda content: content[:START] + b"\xff" + content[START + 1 :],
        lambda content: content[:START] + b"[" + content[START + 1 :],
        lambda content: with_header(content, lambda header: header.update(salt="not hex")),
        lambda content: with_header(content, lambda header: header.update(salt=7)),
        lambda content: with_header(content, lambda header: header.update(chunk=-16)),
        lambda content: with_header(content, lambda header: header.update(day="2026-02-30")),
        lambda content: with_header(content, lambda header: header.pop("batch_id")),
    ],
)
def test_a_damaged_header_is_said_and_hides_no_other(home: Home, damage: Callable[[bytes], bytes]) -> None:
    path, whole = seal(home, BATCH).path, seal(home, OTHER)
    path.write_bytes(damage(path.read_bytes()))
    for ask in (archive.find, archive.unseal):
        with pytest.raises(ArchiveError, match=f"{BATCH}.sealed"):
            ask(home, BATCH)
    assert archive.sealed(home) == [whole]
    assert archive.unseal(home, OTHER)[0].content == b"1"
