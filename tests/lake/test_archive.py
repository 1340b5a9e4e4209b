"""The sealed archive: what goes in comes out, and nothing of it can be read or changed from outside."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from transforms.lake import archive
from transforms.lake.archive import CHUNK, ArchiveError
from transforms.lake.keys import CHECK, load_keys
from transforms.reading.source import SourceFile

BATCH = "abcdefghijklmnop"
DAY = date(2026, 3, 2)


def seal(home: Home, *files: SourceFile, day: date | None = DAY) -> archive.Sealed:
    return archive.seal(home, BATCH, "town__lodgers", day, files, received_on=date(2026, 3, 5), retention_days=30)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 40, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_sealed_comes_out(home: Home, size: int) -> None:
    files = [
        SourceFile("登记.csv", bytes(range(256)) * (size // 256) + b"x" * (size % 256)),
        SourceFile("登记.ok", b""),
    ]
    seal(home, *files)
    assert archive.unseal(home, BATCH) == files


def test_nothing_can_be_read_from_outside(home: Home) -> None:
    path = seal(home, SourceFile("lodgers_20260302.csv", b"A very long name " * 50)).path
    content = path.read_bytes()
    assert b"very long" not in content and b"lodgers_2026" not in content
    assert [name.name for name in path.parent.iterdir()] == [f"{BATCH}.sealed"]


def test_the_same_content_is_sealed_differently_each_time(home: Home) -> None:
    first = seal(home, SourceFile("a", b"same")).path.read_bytes()
    assert seal(home, SourceFile("a", b"same")).path.read_bytes() != first
    assert archive.unseal(home, BATCH) == [SourceFile("a", b"same")]


def _flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _without_second_chunk(content: bytes) -> bytes:
    size = CHUNK + archive.TAG
    body = content.index(b"}") + 1
    return content[: body + size] + content[body + 2 * size :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: _flip(content, len(content) - 1),
        lambda content: _flip(content, content.index(b"2026-03-02") + 3),
        lambda content: content[: -(CHUNK // 2)],
        lambda content: content[: content.index(b"}") + 1 + CHUNK + archive.TAG],
        _without_second_chunk,
        lambda content: content[: content.index(b"}") + 1],
    ],
    ids=["a byte", "the header", "cut in a chunk", "cut after a chunk", "a chunk less", "header alone"],
)
def test_whatever_is_changed_is_noticed(home: Home, damage: object) -> None:
    path = seal(home, SourceFile("a", b"z" * (3 * CHUNK))).path
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ArchiveError, match="cannot be opened"):
        archive.unseal(home, BATCH)


def test_another_key_opens_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(home, SourceFile("a", b"secret"))
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "other.json"))
    load_keys()
    with pytest.raises(UsageError, match="others than this lake"):
        archive.unseal(home, BATCH)
    (home.path / CHECK).unlink()  # what is sealed stays sealed, bound or not
    with pytest.raises(ArchiveError, match="another key"):
        archive.unseal(home, BATCH)


def test_the_outside_tells_feed_day_and_end_of_retention(home: Home) -> None:
    seal(home, SourceFile("a", b""))
    found = archive.sealed(home, "town__lodgers")
    assert [(one.batch_id, one.day, one.expires_on) for one in found] == [(BATCH, DAY, date(2026, 4, 1))]
    assert found == archive.sealed(home) and archive.sealed(home, "town__visits") == []


def test_without_a_day_retention_counts_from_receiving(home: Home) -> None:
    assert seal(home, SourceFile("a", b""), day=None).expires_on == date(2026, 4, 4)
    assert archive.find(home, BATCH).day is None


def test_a_batch_that_was_never_sealed_is_wrong_usage(home: Home) -> None:
    with pytest.raises(UsageError, match="not in the archive"):
        archive.unseal(home, BATCH)
