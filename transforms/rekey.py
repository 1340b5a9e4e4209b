"""rekey: after the address library changed, records whose answer could change are keyed again, and corrected.

A correction is a batch of its own per feed (status `rekeyed`): the same rows as they were delivered, of the same day,
under the operation `rekey`, with the new key. So fold, release and reconciliation see it as they see every batch, the
history keeps what was believed before, and a rerun after any interruption writes the same batch again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.contract import Contract, Role, load_contracts
from schemas.home import Home
from transforms.addressing.library import AddressLibrary
from transforms.batch import Batch, batch_row
from transforms.counts import Counts, keyed_levels
from transforms.keying import KEYED, addresses_of, match_rates, with_codes
from transforms.lake import edition
from transforms.lake.fold import current_state
from transforms.lake.keys import check_keys
from transforms.lake.letters import letters_of
from transforms.lake.lock import feed_lock
from transforms.lake.store import REKEYED, Lake
from transforms.rekeying.difference import WIDE, Difference, difference
from transforms.rekeying.touched import touched
from transforms.steps import Steps, the_steps

GATE = OPERATION = "rekey"
SUBJECT = "subject"  # the match method whose answer is a key of its own record or subject
Said = Callable[[str], None]


@dataclass(frozen=True)
class Rekeyed:
    """What keying a feed again did. `records`: current ones; `touched` of them were keyed again, `changed` differ now.

    `is_whole`: every record was keyed again, because areas differ or the earlier library can no longer be read.
    """

    feed_id: str
    batch_id: str
    records: int
    touched: int
    changed: int
    is_whole: bool


def rekey(
    home: Home,
    *,
    whole: bool = False,
    say: Said = lambda step: None,
    steps: Steps | None = None,
    contracts: Mapping[str, Contract] | None = None,
    sure: Callable[[], None] = lambda: None,
) -> list[Rekeyed]:
    """Key again what a change of the library could have touched; one entry a feed that stood on another library.

    Empty when every feed stands on the current one. `whole` keys every record of every feed again (after the chain
    itself changed); feeds where nothing differs and the library is the same are then left as they are. `sure` is asked
    before anything is written, and raises where the lake's files are not to be trusted. Raises
    UsageError without an address library and where the keys are not the lake's.
    """
    check_keys(home)
    steps = steps or the_steps()
    library = steps.open_library(home)
    differences = _Differences(home, library)
    done = []
    seen = Lake(home).pinned()
    for feed_id, contract in (load_contracts() if contracts is None else contracts).items():
        if not _stale(seen.listed(feed_id), library.version) and not whole:
            continue  # a feed that stands on the current library is not locked: its loads go on
        with feed_lock(home, feed_id):
            lake = Lake(home).pinned()
            stale = _stale(lake.listed(feed_id), library.version)
            if (stale or whole) and not lake.listed(feed_id).is_empty():
                sure()
                say(f"key again: {feed_id}")
                reach = [WIDE] if whole else [differences.since(version) for version in stale]
                found = _rekeyed(lake, contract, library, steps, reach=reach, olds=differences, versions=stale)
                if found is not None:
                    done.append(found)
    return done


def _stale(listed: pl.DataFrame, current: str) -> list[str]:
    """Library versions other than the current that keys of a feed stand on; keys of no library stay as they are."""
    return [version for version in stood_on(listed) if version != current]


def stood_on(listed: pl.DataFrame) -> list[str]:
    """Library versions that keys of a feed stand on (`listed`: its batches).

    The last keying again answers for all before it. A record may stand on any version since: what a late snapshot
    restores was keyed earlier than its batch says.
    """
    again = (listed["status"] == REKEYED).arg_true()
    versions = listed["library_version"].slice(int(again[-1]) if again.len() else 0)
    return versions.drop_nulls().unique().sort().to_list()


class _Differences:
    """Each earlier library is read and compared once, however many feeds stand on it."""

    def __init__(self, home: Home, library: AddressLibrary) -> None:
        self._lake, self._library = Lake(home), library
        self._libraries: dict[str, AddressLibrary | None] = {}
        self._known: dict[str, Difference] = {}

    def library(self, version: str) -> AddressLibrary:
        """The library of a version; the current one where that cannot be read."""
        if version not in self._libraries:
            self._libraries[version] = edition.library_of(self._lake, version)
        return self._libraries[version] or self._library

    def since(self, version: str) -> Difference:
        """What differs between that version and the current library: everything, when it cannot be read."""
        if version not in self._known:
            old = self.library(version)
            self._known[version] = WIDE if old is self._library else difference(old, self._library)
        return self._known[version]


def _rekeyed(
    lake: Lake,
    contract: Contract,
    library: AddressLibrary,
    steps: Steps,
    *,
    reach: Sequence[Difference],
    olds: _Differences,
    versions: Sequence[str],
) -> Rekeyed | None:
    """Keys the touched records of one feed again and commits what differs."""
    feed_id, listed = contract.feed_id, lake.listed(contract.feed_id)
    told = lake.scan(f"record_history.{feed_id}")
    read = columns_of_questions(contract)
    current = current_state(told.select(name for name in told.collect_schema() if name in read)).collect()
    asked = questions_of(current, contract)
    is_whole = any(item.is_wide for item in reach)
    if is_whole:
        rows = asked["row"]
    else:
        stored = asked.with_columns(
            current[name] for name in ("unit_code", "building_code", "match_level", "match_method")
        )
        rows = pl.concat(
            touched(stored, olds.library(version), library, item) for version, item in zip(versions, reach, strict=True)
        ).unique()
    again = asked.filter(pl.col("row").is_in(rows.implode()) & ~_lost(current, asked))
    # Only who is keyed again is read whole.
    ids = current[again["row"]].select("record_id")
    whole = current_state(told.filter(pl.col("record_id").is_in(ids["record_id"].implode()))).collect()
    before = ids.join(whole, on="record_id", how="left", maintain_order="left").select(whole.columns)
    after = with_codes(before, steps.key(again.with_columns(row=pl.int_range(pl.len(), dtype=pl.UInt32)), library))
    differs = pl.any_horizontal(before[name].ne_missing(after[name]).alias(name) for name in KEYED)
    changed = after.filter(before.select(differs).to_series()) if before.height else after
    if not versions and changed.is_empty():
        return None
    day, known = listed["delivered_on"].max(), listed["known_on"].max()
    assert isinstance(day, date)
    batch_id = letters_of(feed_id, GATE, library.version, *listed["batch_id"])
    counts = Counts(
        received=again.height,
        updated=changed.height,
        unchanged=again.height - changed.height,
        **keyed_levels(changed["match_level"]),
    )
    places = lake.read("address.building", ["building_code", "street_code", "usage"])
    history = changed.with_columns(
        operation=pl.lit(OPERATION), keyed_on=pl.lit(known, pl.Date), batch_id=pl.lit(batch_id)
    )
    frames = {
        f"record_history.{feed_id}": history,
        "quality.match_rate": match_rates(changed, places).with_columns(delivered_on=pl.lit(day)),
        "quality.reconciliation": counts.as_row(GATE).with_columns(delivered_on=pl.lit(day)),
    }
    for table, frame in frames.items():
        lake.write_batch(table, frame, feed_id, batch_id)
    lake.commit(
        batch_row(
            lake,
            Batch(batch_id, contract, day, letters_of(batch_id, length=32), [], []),
            status=REKEYED,
            mode=GATE,
            reason=f"{again.height} of {current.height} records keyed again, {changed.height} mean another place now",
            received=counts.received,
            loaded=counts.loaded,
            known_on=known,
            is_late=False,
            library_version=library.version,
        )
    )
    return Rekeyed(feed_id, batch_id, current.height, again.height, changed.height, is_whole)


def _lost(current: pl.DataFrame, asked: pl.DataFrame) -> pl.Series:
    """Records that say nothing any more and were keyed by what they said: a contract that names its columns otherwise
    since. Their key stays; a delivery will say it again.
    """
    silent = asked.select(pl.all_horizontal(pl.col("address", "code", "lon").is_null())).to_series()
    return silent & current["match_level"].ne_missing("none") & current["match_method"].ne_missing(SUBJECT)


def columns_of_questions(contract: Contract) -> set[str]:
    """Columns of record_history that tell which record stands, and that `questions_of` and `touched` read of it."""
    asking = (Role.ADDRESS_TEXT, Role.UNIT_CODE, Role.AREA_CODE, Role.AREA_NAME)
    told = {column.name for column in contract.columns if column.role in asking}
    return {"record_id", "delivered_on", "operation", "lon", "lat", *told, *KEYED}


def questions_of(current: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """What keying reads of current records. A key taken from the same subject before is its own earlier key."""
    asked = addresses_of(current, contract)
    own = pl.when(current["match_method"] == SUBJECT).then(pl.coalesce(current["unit_code"], current["building_code"]))
    return asked.with_columns(subject_code=current.select(own).to_series())
