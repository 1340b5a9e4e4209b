"""The audit log: every access is one line, chained by a keyed hash to the line before.

Each line's `hash` is HMAC-SHA256, under the audit key, over the line and the hash before it, so no line can be
changed, dropped or slipped in by someone without the key. `head.json` beside it keeps the last line's number and hash
under the same key, so a cut tail shows too. Records of sharing are kept three years; nothing here deletes any.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.errors import BlockdataError

if TYPE_CHECKING:
    from schemas.home import Home

START = "0" * 64
TAIL = 1 << 20  # bytes read back to find the last line
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Seven digits or more, of any width, however they are spaced: an ID number, a phone, a code.
LONG_NUMBER = re.compile(r"\d(?:[\s.·_\-\u2010-\u2015－\u200b-\u200d\u2060\ufeff]?[\dXxＸｘ]){6,}")


@dataclass(frozen=True)
class AuditReport:
    """What `verify_audit` found. `broken_at` is the number of the first line that does not hold, or None."""

    entries: int
    intact: bool
    broken_at: int | None
    reason: str


def log_file(home: Home) -> Path:
    """Where the log is."""
    return home.path / "audit" / "log.jsonl"


def append(home: Home, action: str, *, by: str = "", **details: Any) -> None:
    """One access, written and flushed to disk before it returns.

    `details` say what was opened, for whom and why: never a person's name, number or phone. `by` defaults to the
    system's user, whatever the environment claims. Raises BlockdataError when the log was written under other keys.
    """
    from filelock import FileLock

    from transforms.lake.faults import storage_faults
    from transforms.lake.keys import keys_of

    key = keys_of(home).audit

    file = log_file(home)
    with storage_faults(file.parent), ExitStack() as held:
        file.parent.mkdir(parents=True, exist_ok=True)
        held.enter_context(FileLock(file.with_suffix(".lock")))
        number, previous = _end_of(file, key)
        entry = {
            "number": number + 1,
            "at": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
            "by": scrubbed(by) or _login(),
            "action": action,
            **details,
            "previous": previous,
        }
        entry["hash"] = _chained(entry, key)
        with file.open("a", encoding="utf-8") as log:
            log.write(_line(entry) + "\n")
            log.flush()
            os.fsync(log.fileno())
        _write_head(file, entry["number"], entry["hash"], key)


def entries(home: Home) -> Iterator[dict[str, Any]]:
    """Every entry, oldest first."""
    file = log_file(home)
    if file.exists():
        with file.open(encoding="utf-8") as log:
            yield from (json.loads(line) for line in log)


def verify_audit(home: Home) -> AuditReport:
    """Follow the chain from the first line to the last. Raises UsageError when the keys of this lake are missing."""
    from transforms.lake.keys import keys_of

    file = log_file(home)
    if not file.exists() and not file.with_name("head.json").exists():
        return AuditReport(0, True, None, "")  # nothing was ever opened: looking makes no keys
    key = keys_of(home).audit
    count, before, previous = 0, START, START
    if file.exists():
        with file.open(encoding="utf-8", errors="replace") as log:
            for line in log:
                reason = _fault(line, count + 1, previous, key)
                if reason:
                    return AuditReport(count, False, count + 1, reason)
                before, previous = previous, json.loads(line)["hash"]
                count += 1
    head, last = _read_head(file, key)
    if (head, last) not in ((count, previous), (count - 1, before)):  # one behind: killed before the head was written
        said = f"the log holds {count} lines, its head says {head}" if head >= 0 else "the head was changed"
        return AuditReport(count, False, count + 1, said)
    return AuditReport(count, True, None, "")


def scrubbed(text: str) -> str:
    """`text` with every number of seven or more digits masked, spaced, dashed or full-width ones too: identifiers and
    phones have no place in a log."""
    return LONG_NUMBER.sub("***", text)


def _fault(line: str, number: int, previous: str, key: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return "the line is not readable"
    if not isinstance(entry, dict) or entry.get("number") != number:
        return "a line is missing or was slipped in"
    if entry.get("previous") != previous:
        return "the line does not follow the one before"
    given = str(entry.pop("hash", ""))
    return "" if hmac.compare_digest(given, _chained(entry, key)) else "the line was changed"


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str)


def _chained(entry: dict[str, Any], key: bytes) -> str:
    return _keyed(_line(entry), key)


def _keyed(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _end_of(file: Path, key: bytes) -> tuple[int, str]:
    """Number and hash of the last line; a line torn by a kill in mid-write was never acknowledged and is cut."""
    number, previous = _read_head(file, key)
    if not file.exists():
        return number, previous
    if number < 0 and not _begins_under(file, key):
        raise BlockdataError(
            "the audit log was written under other keys than those given now: nothing is answered unlogged",
            "point BLOCKDATA_KEYS to the key file of this lake; `blockdata audit verify` shows where the chain breaks",
        )
    with file.open("rb+") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - TAIL))
        tail = log.read()
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            log.truncate(size - torn)
    last = tail[: len(tail) - torn].rstrip(b"\n").rsplit(b"\n", 1)[-1].decode(errors="replace")
    if last and not _fault(last, number + 1, previous, key):  # killed after the line, before the head
        return number + 1, str(json.loads(last)["hash"])
    return number, previous


def _begins_under(file: Path, key: bytes) -> bool:
    """True when the log's first line holds under this key: then somebody changed the log, not the keys."""
    with file.open(encoding="utf-8", errors="replace") as log:
        return not _fault(log.readline(), 1, START, key)


def _read_head(file: Path, key: bytes) -> tuple[int, str]:
    """Number and hash of the last acknowledged line; (-1, "") for a head somebody without the key wrote."""
    head = file.with_name("head.json")
    if not head.exists():
        return 0, START
    try:
        kept = json.loads(head.read_text(encoding="utf-8"))
        number, last, seal = int(kept["number"]), str(kept["hash"]), str(kept["seal"])
    except (ValueError, KeyError, TypeError):
        return -1, ""
    return (number, last) if hmac.compare_digest(seal, _keyed(f"head {number} {last}", key)) else (-1, "")


def _write_head(file: Path, number: int, last: str, key: bytes) -> None:
    head = file.with_name("head.json")
    made = head.with_suffix(".new")
    made.write_text(json.dumps({"number": number, "hash": last, "seal": _keyed(f"head {number} {last}", key)}))
    made.replace(head)


def _login() -> str:
    """Who runs this process. Not getpass: that believes LOGNAME and USER, which anybody sets."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except ImportError:  # no such module on Windows
        return "unknown"
    except KeyError:  # a container's user need have no name
        return f"uid {os.getuid()}"
