"""What serves now: per feed the last delivery and the last good one, lateness, rows against usual, what was set aside,
how well it keys, what the gate said and since when it serves; and the release. Worst feeds first.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.contract import Contract
    from schemas.home import Home
    from serving.feed_history import Delivery, History

# The states of a feed, worst first. never: no delivery yet; late: none since its deadline passed; refused, warned: what
# the gate said of the last one; idle: no delivery, and the contract is not in force.
STATES = ("never", "late", "refused", "warned", "fine", "idle")
_RANK = {"never": 0, "late": 0, "refused": 1, "warned": 2, "fine": 3, "idle": 4}


def status(home: Home, now: datetime | None = None) -> dict[str, Any]:
    """`{"home", "as_of", "release", "summary", "feeds": [...]}`; one entry a contract, worst first.

    `now`: naive, Asia/Shanghai. `summary` counts feeds by state and rows that are open.
    """
    from schemas.contract import load_contracts
    from serving.feed_history import history_of
    from serving.released import current
    from serving.since import published_at, serving_since
    from transforms.batch import SHANGHAI

    now = now or datetime.now(SHANGHAI).replace(tzinfo=None, microsecond=0)
    history = history_of(home)
    release, published = None, set[str]()
    if home.current_release is not None:
        released = current(home)
        manifest = released.manifest
        published = set(manifest.batches)
        release = {
            "name": manifest.release,
            "day": manifest.day,
            "published_at": published_at(released.path),
            "note": manifest.note,
            "tables": len(manifest.tables),
            "rows": sum(table.rows for table in manifest.tables.values()),
            "library_version": manifest.library_version,
            "batches": len(manifest.batches),
        }
    feeds = [_feed(contract, history, published, now.date()) for contract in load_contracts().values()]
    since = serving_since(home, [feed["serves_batch"] for feed in feeds if feed["serves_batch"]])
    for feed in feeds:
        first = since.get(feed["serves_batch"] or "")
        feed["serves_since"] = first.release if first else None
        feed["serves_since_at"] = first.published_at if first else None
    feeds.sort(key=lambda feed: (_RANK[feed["state"]], -feed["days_late"], -feed["open"], feed["feed_id"]))
    return {"home": str(home.path), "as_of": now, "release": release, "summary": summary_of(feeds), "feeds": feeds}


def summary_of(feeds: list[dict[str, Any]]) -> dict[str, int]:
    """Feeds in each state, all feeds, and rows waiting in quarantine."""
    counts = {state: sum(feed["state"] == state for feed in feeds) for state in STATES}
    return {"feeds": len(feeds), **counts, "open": sum(feed["open"] for feed in feeds)}


def _feed(contract: Contract, history: History, published: set[str], today: date) -> dict[str, Any]:
    from schemas.due import due_after
    from serving.gate_result import gate_result
    from transforms.freshness import of_feed

    mine = history.deliveries(contract.feed_id)
    good = [one for one in mine if one.is_in_lake]
    serving = [one for one in good if one.row["batch_id"] in published]
    last = mine[-1].row if mine else None
    days = [one.row["delivered_on"] for one in mine if one.row["delivered_on"] is not None]
    loaded_day = max((one.row["delivered_on"] for one in good), default=None)
    serves = max(serving, key=lambda one: one.row["delivered_on"], default=None)
    # Late is who says nothing; one that is refused has spoken, though what serves of it grows old.
    heard = of_feed(contract, max(days, default=None), history.begun, today)
    fresh = of_feed(contract, loaded_day, history.begun, today)
    gate = gate_result(contract, last, mine[-1].failed if mine else [])
    in_force = contract.status == "active"
    open_rows, replayed, expired = history.set_aside(contract.feed_id)
    received = last["received"] if last else None
    usual = history.usual_rows(good, last)
    return {
        "feed_id": contract.feed_id,
        "name": contract.name,
        "department": contract.department,
        "owner": contract.team.name,
        "mode": contract.delivery.mode,
        "state": _state(bool(mine), heard.is_late, in_force, gate["result"]),
        "last_day": last["delivered_on"] if last else None,
        "last_at": last["received_at"] if last else None,
        "last_batch": last["batch_id"] if last else None,
        "last_status": last["status"] if last else "never delivered",
        "schedule": contract.meaning.schedule.cron,
        "due_at": due_after(contract.meaning.schedule, max(days)) if days and in_force else None,
        "deadline": fresh.deadline if in_force else None,
        "days_late": fresh.days_late if in_force else 0,
        "loaded_day": loaded_day,
        "serves_day": serves.row["delivered_on"] if serves else None,
        "serves_batch": serves.row["batch_id"] if serves else None,
        "batches": len(good),
        "last_rows": received,
        "usual_rows": usual,
        "rows_ratio": received / usual if received is not None and usual else None,
        "received": sum(one.row["received"] or 0 for one in good),
        "quarantined": sum(one.row["quarantined"] or 0 for one in good),
        "open": open_rows,
        "replayed": replayed,
        "expired": expired,
        **_keyed(good),
        "gate": gate,
        "refused": [_refusal(one.row) for one in mine if not one.is_in_lake],
    }


def _state(delivered: bool, late: bool, in_force: bool, gate: str) -> str:
    if not delivered:
        return "never" if in_force else "idle"
    if late and in_force:
        return "late"
    return {"refused": "refused", "warned": "warned", "overruled": "warned"}.get(gate, "fine")


def _keyed(good: list[Delivery]) -> dict[str, Any]:
    """The share of rows keyed to a building or better, by delivery day; of a day delivered again the last word."""
    dated = sorted((one for one in good if one.keyed_share is not None), key=lambda one: one.row["delivered_on"])
    days = [list(same)[-1] for _, same in groupby(dated, key=lambda one: one.row["delivered_on"])]
    trend = [{"day": one.row["delivered_on"], "share": one.keyed_share} for one in days]
    shares = [one.keyed_share for one in days if one.keyed_share is not None]
    before = sum(shares[:-1]) / len(shares[:-1]) if len(shares) > 1 else None
    now = shares[-1] if shares else None
    change = now - before if now is not None and before is not None else None
    return {"keyed_share": now, "keyed_change": change, "keyed_trend": trend}


def _refusal(batch: dict[str, Any]) -> dict[str, Any]:
    return {
        name: batch[name] for name in ("batch_id", "delivered_on", "file_names", "rule", "reason", "mend", "received")
    }
