"""Is everything here sound: Python, keys, disk, lake, release, leftovers. Looks, and changes nothing."""

from __future__ import annotations

import shutil
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schemas.errors import BlockdataError

if TYPE_CHECKING:
    from schemas.home import Home

LEAST_FREE = 5 * 1024**3  # bytes; a release may be copied whole where hard links are impossible
STALE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Check:
    """One thing looked at. `state`: good, warning (it works, but look), bad (mend it first)."""

    name: str
    state: Literal["good", "warning", "bad"]
    what: str
    mend: str = ""


def examine(home: Home, *, deep: bool = False) -> list[Check]:
    """Every check, in the order of what they rest on. Never raises: a check that cannot be made is bad.

    `deep` reads every file there is: all releases against their checksums, the lake's tables and the sealed originals.
    """
    checks = [
        _python,
        _contracts,
        _calendar,
        _keys,
        _secrets,
        _disk,
        _lake,
        _release,
        _place,
        _subjects,
        _landing,
        _audit,
    ]
    if deep:
        checks += [_every_release, _every_table, _every_original]
    return [_tried(check, home) for check in checks]


def _tried(check: Callable[[Home], Check], home: Home) -> Check:
    name = check.__name__.removeprefix("_")
    try:
        return check(home)
    except BlockdataError as error:
        return Check(name, "bad", error.message, error.mend)
    except OSError as error:
        return Check(name, "bad", f"{error.strerror}: {error.filename}", "give this user access, or mend the disk")
    except Exception as error:  # a damaged file may raise anything; the rest is still worth looking at
        return Check(name, "bad", f"cannot be read ({type(error).__name__})", "restore it from a copy")


def _python(home: Home) -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return Check("python", "good", version)
    return Check("python", "bad", version, "use Python 3.11, 3.12 or 3.13")


def _contracts(home: Home) -> Check:
    from schemas.agreement import load_agreements
    from schemas.contract import load_contracts
    from schemas.table import load_tables

    return Check(
        "contracts",
        "good",
        f"{len(load_contracts())} feeds, {len(load_agreements())} agreements, {len(load_tables())} tables",
    )


def _calendar(home: Home) -> Check:
    """The working days of this year, and from December of the next: unforeseen ones are guessed Monday to Friday."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from schemas.contract import load_contracts
    from schemas.working_days import calendar_folder, is_foreseen

    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    bound = sum(one.meaning.schedule.working_days for one in load_contracts().values())
    unforeseen = [year for year in sorted({today.year, today.year + (today.month == 12)}) if not is_foreseen(year)]
    if bound and unforeseen:
        years = ", ".join(map(str, unforeseen))
        told = f"the holidays of {years} are not known: {bound} feeds run on Monday to Friday until they are"
        mend = f"declare them in {calendar_folder()}/*.yaml, with whole_years: [{years}]"
        return Check("calendar", "warning", told, mend)
    return Check("calendar", "good", f"{today.year}, {bound} feeds run on working days")


def _keys(home: Home) -> Check:
    from transforms.lake.keys import check_keys, keys_path, load_keys

    path = keys_path()
    check_keys(home)
    if not path.exists():
        return Check("keys", "good", f"none yet; made at the first load in {path}")
    load_keys(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if home.path in path.parents:
        return Check("keys", "warning", f"{path} lies beside the data", "move it away and set BLOCKDATA_KEYS")
    return Check("keys", "good", f"{path} (mode {mode:04o})")


def _secrets(home: Home) -> Check:
    """Feeds that are pulled: whether each can log in. A token that travels unencrypted is told too."""
    from schemas.contract import load_contracts
    from schemas.server import ApiServer
    from transforms.connecting.secret import secret_of

    pulled = {feed_id: source for feed_id, contract in load_contracts().items() if (source := contract.source)}
    open_ways = []
    for feed_id, source in pulled.items():
        token = source.pull.token if isinstance(source, ApiServer) else source.pull
        if token is not None:
            try:
                secret_of(token.secret)
            except BlockdataError as error:
                return Check("secrets", "bad", f"{feed_id}: {error.message}", error.mend)
            if isinstance(source, ApiServer) and source.location.startswith("http:"):
                open_ways.append(feed_id)
    if open_ways:
        told = f"the token of {', '.join(open_ways)} travels unencrypted"
        return Check("secrets", "warning", told, "ask the department for https")
    return Check("secrets", "good", f"{len(pulled)} feeds are pulled")


def _disk(home: Home) -> Check:
    there = next(path for path in (home.path, *home.path.parents) if path.exists())
    free = shutil.disk_usage(there).free
    told = f"{free / 1024**3:,.0f} GB free at {there}"
    return Check("disk", "good", told) if free >= LEAST_FREE else Check("disk", "warning", told, "make room")


def _lake(home: Home) -> Check:
    from transforms.lake.store import Lake

    lake = Lake(home)
    tables = lake.tables()
    for table in tables:
        lake.files(table)
    if not tables:
        return Check("lake", "good", "empty", "")
    batches = lake.batch_rows()
    missing = [path.name for table in tables for path in lake.files(table) if not path.exists()]
    if missing:
        return Check("lake", "bad", f"{len(missing)} files are missing", "restore the lake from a copy")
    return Check("lake", "good", f"{len(tables)} tables, {batches.height} batches")


def _release(home: Home) -> Check:
    from transforms.lake.release_manifest import verify_release

    if home.current_release is None:
        return Check("release", "good", "none yet")
    manifest = verify_release(home.current_release)
    return Check("release", "good", f"{manifest.release}: {len(manifest.tables)} tables, every checksum holds")


def _place(home: Home) -> Check:
    from transforms.caring.moved import named_elsewhere

    stale = named_elsewhere(home)
    if stale:
        told = f"baseboard.sql of {len(stale)} releases names the folder this home lay in before"
        return Check("place", "warning", told, "blockdata lake care mends it")
    return Check("place", "good", str(home.path))


def _subjects(home: Home) -> Check:
    """An erasure that was killed, or found something still there, is not done."""
    from transforms.caring.subject import entries

    listed = entries(home)
    open_ones = sorted(mark for mark, entry in listed.items() if entry.step != "done")
    if open_ones:
        told = f"{len(open_ones)} erasures are not done: {', '.join(open_ones)}"
        return Check("subjects", "bad", told, "run `blockdata erase` again with the same number and decision")
    restricted = sum(entry.state == "restricted" for entry in listed.values())
    return Check("subjects", "good", f"{restricted} persons restricted, {len(listed) - restricted} erased")


def _every_release(home: Home) -> Check:
    """All that is published, not what serves alone. Of a damaged file every release that shares it is told."""
    from transforms.lake.release import releases
    from transforms.lake.release_manifest import verify_release

    bad = []
    for name in releases(home):
        try:
            verify_release(home.releases / name)
        except BlockdataError as error:
            bad.append(error)
    if bad:
        return Check("every release", "bad", "; ".join(error.message for error in bad), bad[0].mend)
    return Check("every release", "good", f"{len(releases(home))}, every checksum holds")


def _every_table(home: Home) -> Check:
    """Every row group of every file is read: Parquet has no checksum of its own, but damage rarely decodes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from transforms.lake.store import Lake

    lake, files, bad = Lake(home), 0, []
    for table in lake.tables():
        for path in lake.files(table):
            files += 1
            try:
                with pq.ParquetFile(path) as opened:
                    for batch in opened.iter_batches(batch_size=65_536):
                        batch.validate(full=True)
            except (OSError, pa.ArrowException):
                bad.append(f"{table}/{path.name}")
    if bad:
        return Check("every table", "bad", f"cannot be read: {', '.join(bad)}", "restore them from a backup")
    return Check("every table", "good", f"{files} files")


def _every_original(home: Home) -> Check:
    from transforms.lake import archive

    bad, count = [], 0
    for path in sorted(home.archive.glob("*/*/*.sealed")):
        count += 1
        try:
            archive.unseal(home, path.stem, path.parent.parent.name)
        except BlockdataError:
            bad.append(path.relative_to(home.archive).as_posix())
    if bad:
        return Check("every original", "bad", f"cannot be opened: {', '.join(bad)}", "restore them from a backup")
    return Check("every original", "good", f"{count} sealed deliveries open")


def _landing(home: Home) -> Check:
    from schemas.contract import load_contracts

    folders = [path for path in home.landing.glob("*") if path.is_dir()] if home.landing.exists() else []
    unknown = sorted({path.name for path in folders} - set(load_contracts()))
    if unknown:
        return Check("landing", "warning", f"no contract for {', '.join(unknown)}", "write one, or empty the folder")
    old = time.time() - STALE_SECONDS
    waiting = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    stale = [path for path in waiting if path.stat().st_mtime < old]
    if stale:
        feeds = ", ".join(sorted({path.parent.name for path in stale}))
        return Check(
            "landing",
            "warning",
            f"{len(stale)} files wait for more than a day: {feeds}",
            "ask for the flag or manifest",
        )
    return Check("landing", "good", f"{len(waiting)} files waiting")


def _audit(home: Home) -> Check:
    from serving.audit import verify_audit

    report = verify_audit(home)
    if report.intact:
        return Check("audit", "good", f"{report.entries} entries, the chain holds")
    return Check("audit", "bad", f"entry {report.broken_at}: {report.reason}", "keep the log as it is and find out who")
