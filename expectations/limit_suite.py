"""The suite over a batch's metrics: the contract's limits against earlier batches, and its own quality rules.

A limit on a share counts from `quarantined_rows_min` rows on, so that a few odd rows never stop a small batch.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.check import Check, metric
from expectations.lake_column import lake_column
from schemas.contract import Column, Contract, Limits, Quality

GROWTH = 1.5  # a snapshot beyond this many times the last good one is unusual
UNUSUAL = 3.0  # so is a batch beyond this many times, or under this fraction of, the usual number of rows
VANISHED = 0.999

Metrics = Mapping[str, float | None]


def limit_checks(contract: Contract, metrics: Metrics) -> list[Check]:
    """The contract's limits, each with the rule it belongs to; those with nothing to compare with are left out."""
    limits = contract.limits
    checks = [*_quarantine(limits, metrics), *_rows(contract, metrics), *_match(limits, metrics)]
    for name in (name.removeprefix("null_share__") for name in metrics if name.startswith("null_share__")):
        checks += _nulls(name, limits, metrics)
    for name in (name.removeprefix("missing_share__") for name in metrics if name.startswith("missing_share__")):
        if _at_least(metrics.get("delivered"), limits.quarantined_rows_min):
            says = f"column {name}, which must be filled, is not wholly empty"
            checks.append(metric(f"missing_share__{name}", None, VANISHED, says, rule="column_vanished"))
    return checks


def _quarantine(limits: Limits, metrics: Metrics) -> list[Check]:
    few = not _at_least(metrics.get("quarantined"), limits.quarantined_rows_min)
    most = 0.5 if few else limits.quarantined_share
    says = f"at most {most:.1%} of the rows are quarantined"
    return (
        [metric("quarantined_share", 0, most, says, rule="quarantined_share")] if _known(metrics, "delivered") else []
    )


def _rows(contract: Contract, metrics: Metrics) -> list[Check]:
    limits, checks = contract.limits, []
    delivered, ratio, usual = metrics["delivered"] or 0, metrics.get("row_ratio"), metrics.get("usual_ratio")
    if ratio is not None and contract.delivery.mode == "snapshot":
        moved = abs(delivered - delivered / ratio) if ratio else limits.quarantined_rows_min
        if moved >= limits.quarantined_rows_min:
            says = f"a snapshot has at least {limits.row_drop:.0%} of the rows of the last good one"
            checks.append(metric("row_ratio", limits.row_drop, None, says, rule="row_drop"))
            says = f"a snapshot has at most {GROWTH} times the rows of the last good one"
            checks.append(metric("row_growth", None, GROWTH, says, rule="unusual_rows", severity="warning"))
    if usual is not None and contract.delivery.mode != "snapshot":
        says = f"the number of rows is within {UNUSUAL:.0f} times the usual one"
        checks.append(metric("usual_ratio", 1 / UNUSUAL, UNUSUAL, says, rule="unusual_rows", severity="warning"))
    return checks


def _match(limits: Limits, metrics: Metrics) -> list[Check]:
    fall, rows = metrics.get("match_fall"), metrics.get("keyed_rows") or 0
    if fall is None or fall * rows < limits.quarantined_rows_min:
        return []
    says = f"the share keyed at building or better falls by at most {limits.match_drop:.0%}"
    return [metric("match_fall", None, limits.match_drop, says, rule="match_drop")]


def _nulls(name: str, limits: Limits, metrics: Metrics) -> list[Check]:
    share, before, rise = (metrics.get(f"null_{part}__{name}") for part in ("share", "before", "rise"))
    rows = metrics["rows"] or 0
    if share is None or before is None or rise is None or rise * rows < limits.quarantined_rows_min:
        return []
    if share == 1:
        says = f"column {name}, which had values, is not wholly empty"
        return [metric(f"null_share__{name}", None, VANISHED, says, rule="column_vanished")]
    says = f"the share of empty cells of {name} rises by at most {limits.null_jump:.0%}"
    return [metric(f"null_rise__{name}", None, limits.null_jump, says, rule="null_jump")]


def quality_checks(contract: Contract, metrics: Metrics) -> list[Check]:
    """Quality rules of columns and batch as bounds on metrics of all rows (`quality_metrics` computes those)."""
    rules: list[tuple[Column | None, Quality]] = [(None, rule) for rule in contract.quality]
    rules += [(column, rule) for column in contract.columns for rule in column.quality]
    return [
        _bounds(quality_metric(column, rule), column, rule, contract.limits, metrics)
        for column, rule in rules
        if metrics.get(quality_metric(column, rule)) is not None
    ]


def quality_metric(column: Column | None, rule: Quality) -> str:
    """The metric a quality rule is about: a share of delivered rows, or their number."""
    if column is None:
        return {
            "rowCount": "delivered",
            "duplicateValues": "duplicate_share",
            "invalidValues": "quarantined_share",
            "nullValues": "missing_share",
        }[rule.metric]
    if rule.metric == "rowCount":
        return "delivered"
    prefix = {"nullValues": "empty", "duplicateValues": "duplicate", "invalidValues": "invalid"}[rule.metric]
    return f"{prefix}_share__{column.name}"


def quality_metrics(contract: Contract, metrics: Metrics) -> dict[str, float | None]:
    """The metrics frame's numbers and what the quality rules need besides, for every column the contract names.

    empty_share__c: cells of c that are empty, in sound rows or in rows quarantined for it, of all of them.
    duplicate_share__c: sound rows whose c stands in another row already. invalid_share__c: 0 when nothing is invalid.
    """
    delivered, rows = metrics["delivered"] or 0, metrics["rows"] or 0
    more: dict[str, float | None] = {"duplicate_share": (metrics["duplicates"] or 0) / delivered if delivered else None}
    missing = [value for name, value in metrics.items() if name.startswith("missing_share__") and value is not None]
    more["missing_share"] = min(1.0, sum(missing))
    more["row_growth"] = metrics.get("row_ratio")
    for column in contract.columns:
        name = lake_column(column)
        null, distinct = metrics.get(f"null_share__{name}"), metrics.get(f"distinct__{name}")
        lost = (metrics.get(f"missing_share__{column.name}") or 0) * delivered
        more[f"invalid_share__{column.name}"] = metrics.get(f"invalid_share__{column.name}") or 0.0
        more[f"empty_share__{column.name}"] = ((null or 0) * rows + lost) / (rows + lost) if rows + lost else None
        if distinct is not None and null is not None and rows:
            more[f"duplicate_share__{column.name}"] = max(0.0, 1 - null - distinct / rows)
    return {**metrics, **more}


def _bounds(name: str, column: Column | None, rule: Quality, limits: Limits, metrics: Metrics) -> Check:
    rows = int(metrics["delivered"] or 0)
    says = _told(column, rule)
    if name == "delivered":
        low, high = rule.must_be_greater_or_equal_to, rule.must_be_less_or_equal_to
        return metric(name, low, high, says, severity=rule.severity)
    scale = 100 if rule.unit == "percent" else max(rows, 1)
    low = None if rule.must_be_greater_or_equal_to is None else rule.must_be_greater_or_equal_to / scale
    high = None if rule.must_be_less_or_equal_to is None else allowance(rule, rows, limits)
    return metric(name, low, high, says, severity=rule.severity)


def _told(column: Column | None, rule: Quality) -> str:
    """The rule in words: what is counted, in which column, how much of it there may be, and why."""
    unit = "%" if rule.unit == "percent" and rule.metric != "rowCount" else " rows"
    least, most = rule.must_be_greater_or_equal_to, rule.must_be_less_or_equal_to
    bounds = [f"at least {least:g}{unit}"] if least is not None else []
    bounds += [f"at most {most:g}{unit}"] if most is not None else []
    about = f"{rule.metric} of {column.title}" if column else rule.metric
    return f"{about}: {' and '.join(bounds)}" + (f" ({rule.description})" if rule.description else "")


def allowance(rule: Quality, rows: int, limits: Limits) -> float:
    """The share of `rows` that may break the rule.

    A percentage above zero never refuses for fewer than `quarantined_rows_min` rows, unless they are over one half.
    """
    most = rule.must_be_less_or_equal_to or 0.0
    if rule.unit == "rows":
        return min(1.0, most / max(rows, 1))
    share = most / 100
    if share == 0 or rows == 0:
        return share
    return min(1.0, max(share, min(0.5, (limits.quarantined_rows_min - 1) / rows)))


def _known(metrics: Metrics, name: str) -> bool:
    return bool(metrics.get(name))


def _at_least(value: float | None, least: float) -> bool:
    return (value or 0) >= least
