"""Data Docs from what quality.validation holds: Great Expectations' own pages, made to open without a network.

Its templates link style sheets, scripts and pictures of six public servers. All of that is taken out; one small style
sheet inside each page stands in, and each page forbids the browser to load anything. Pages are kept for the last few
batches of each feed, whatever was judged before: some 70 kB each, 13 MB for 66 feeds. A page already made is kept.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from schemas.contract import load_contracts
from schemas.errors import BlockdataError
from schemas.home import Home
from schemas.rule import load_rules

KEPT_PER_FEED = 3
SHOWN_SUITES = ("limits", "quality", "columns")
_DROPPED = (
    re.compile(r"<(script|noscript|iframe|svg)\b.*?</\1>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<(link|img|meta http-equiv)\b[^>]*>", re.IGNORECASE),
    re.compile(r"<nav class=\"navbar.*?</nav>\s*</div>\s*</nav>", re.DOTALL),
    re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE),
    re.compile(r"""\s(?:on[a-z]+|srcset)=("[^"]*"|'[^']*')""", re.IGNORECASE),
    re.compile(r"@import[^;]*;|url\([^)]*\)", re.IGNORECASE),
)
_OUTSIDE = re.compile(r"""\b(href|src|action)=(["'])(?!#|\./|[\w-]+\.html)[^"']*\2""", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'<>)]*", re.IGNORECASE)
STYLE = (Path(__file__).parent / "docs.css").read_text(encoding="utf-8")
HEAD = (
    "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    f"<style>{STYLE}</style></head>"
)
STATUSES = {
    "loaded": "入库",
    "accepted": "放行",
    "refused": "拒收",
    "rekeyed": "重新关联",
    "replayed": "重放",
    "released": "已发布",
}
# Pages made by other code than this are made anew.
_MADE_BY = hashlib.sha256(Path(__file__).read_bytes() + STYLE.encode()).hexdigest()


def build_data_docs(home: Home) -> Path:
    """Write home/docs and return its index page. Nothing judged yet: an index that says so."""
    target, made = home.path / "docs", home.path / "docs.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    lines = []
    for judged, part in [*_release(home), *_last(_table(home, "validation"), _table(home, "batch"))]:
        name = f"{judged['feed_id']}-{judged['delivered_on']}-{_content(judged, part)}.html"
        if (target / name).is_file():  # the same results as last time
            shutil.copyfile(target / name, made / name)
        else:
            (made / name).write_text(offline(_page(judged, part), _heading(judged)), encoding="utf-8")
        lines.append((judged, name, int((~part["is_success"]).sum()), part.height))
    (made / "index.html").write_text(_index(lines), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    return target / "index.html"


def is_current(home: Home) -> bool:
    """True when the pages were built after the last batch was judged and the last release switched."""
    built = home.path / "docs" / "index.html"
    judged = [home.lake / "quality" / "batch" / "_delta_log", home.releases]
    return built.is_file() and all(
        folder.stat().st_mtime < built.stat().st_mtime for folder in judged if folder.is_dir()
    )


def offline(page: str, heading: str = "") -> str:
    """The page without a script, and without anything that leads or loads from outside, under a heading (HTML)."""
    for dropped in _DROPPED:
        page = dropped.sub("", page)
    page = _ADDRESS.sub("", _OUTSIDE.sub("", page))
    back = f"<body><p><a href='index.html'>数据质量</a></p>{heading}"
    return page.replace("</head>", HEAD, 1).replace("<body>", back, 1)


def _heading(judged: dict[str, Any]) -> str:
    """What was judged and what came of it, in Chinese."""
    said = [_title(judged["feed_id"]), str(judged["delivered_on"]), STATUSES.get(judged["status"], "")]
    rule = load_rules().get(judged["rule"] or "")
    mend = f"<p>{html.escape(rule.mend_chinese)}</p>" if rule else ""
    said += [rule.title] if rule else []
    return f"<h1>{html.escape(' · '.join(word for word in said if word))}</h1>{mend}"


def _title(feed_id: str) -> str:
    contract = load_contracts().get(feed_id)
    return contract.name if contract else "发布版"


def _content(judged: dict[str, Any], part: pl.DataFrame) -> str:
    told = f"{_MADE_BY} {judged['batch_id']} {judged['status']} {part.write_csv()}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _release(home: Home) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    """What was judged of the release that serves, which keeps it in its own quality.validation."""
    folder = home.current_release
    files = sorted((folder / "quality" / "validation").glob("*.parquet")) if folder else []
    if folder is None or not files:
        return
    part = pl.read_parquet(files).filter(pl.col("batch_id") == folder.name)
    if part.height:
        named = part.with_columns(column_name=pl.format("{} {}", "suite", pl.col("column_name").fill_null("")))
        yield (
            {
                "batch_id": folder.name,
                "feed_id": "release",
                "delivered_on": folder.name,
                "status": "released",
                "rule": "",
            },
            named.sort("suite", "column_name", "expectation"),
        )


def _table(home: Home, name: str) -> pl.DataFrame:
    folder = home.lake / "quality" / name
    if not (folder / "_delta_log").is_dir():
        return pl.DataFrame()
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        return pl.read_parquet(DeltaTable(str(folder)).file_uris(), hive_partitioning=True)
    except DeltaError as error:
        raise BlockdataError(
            f"quality.{name} cannot be read ({type(error).__name__})", "run the load of its last batch again"
        ) from None


def _last(results: pl.DataFrame, batches: pl.DataFrame) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    """The last few judged batches of each feed, newest first, with their results."""
    if results.is_empty() or batches.is_empty():
        return
    shown = results.filter(pl.col("suite").is_in(SHOWN_SUITES))
    judged = batches.join(shown.select("batch_id").unique(), on="batch_id", how="semi")
    newest = judged.sort("feed_id", "delivered_on", "batch_id", descending=[False, True, False])
    for batch in newest.group_by("feed_id", maintain_order=True).head(KEPT_PER_FEED).iter_rows(named=True):
        yield batch, shown.filter(pl.col("batch_id") == batch["batch_id"]).sort("suite", "column_name", "expectation")


def _page(batch: dict[str, Any], part: pl.DataFrame) -> str:
    """Great Expectations' page of one batch."""
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    results = [result for row in part.iter_rows(named=True) if (result := _result(row)) is not None]
    good = sum(result.success for result in results)
    suite = ExpectationSuiteValidationResult(
        success=batch["status"] != "refused",
        results=results,
        suite_name=batch["feed_id"],
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": 100 * good / max(len(results), 1),
        },
        meta={
            "run_id": {"run_name": batch["batch_id"], "run_time": f"{str(batch['delivered_on'])[:10]}T00:00:00+08:00"},
            "active_batch_definition": {},
            "batch_kwargs": {},
        },
    )
    return str(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(suite)))


def _result(row: dict[str, Any]) -> Any:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    says, has_given, given_text = (row["expected"] or "").partition(' {"')  # as Check.expected writes it
    given = json.loads('{"' + given_text) if has_given else {}
    kind = re.sub(r"_\d+$", "", row["expectation"])
    about = {"column": row["column_name"]} if row["column_name"] else {}
    observed, rows = float(row["observed"] or 0), row["rows_judged"] or 0
    result: dict[str, Any] = {} if row["observed"] is None else {"observed_value": round(observed, 6)}
    if "_values_" in kind or "_value_" in kind:
        broken = round(observed * rows) if rows and row["observed"] else 0
        result = {"element_count": rows, "unexpected_count": broken, "unexpected_percent": 100 * broken / max(rows, 1)}
        result["partial_unexpected_list"] = []
    configuration = ExpectationConfiguration(
        type=kind,
        kwargs={**about, **given},
        meta={"notes": {"format": "string", "content": [says]}},
    )
    try:
        configuration.to_domain_obj()
    except ValueError:  # written by a version that told its bounds otherwise
        return None
    return ExpectationValidationResult(
        success=bool(row["is_success"]),
        expectation_config=configuration,
        result=result,
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
    )


def _index(lines: list[tuple[dict[str, Any], str, int, int]]) -> str:
    rows = "".join(
        f"<tr><td><a href='{name}'>{html.escape(batch['feed_id'])}</a></td>"
        f"<td>{html.escape(_title(batch['feed_id']))}</td><td>{batch['delivered_on']}</td>"
        f"<td class='{'bad' if batch['status'] == 'refused' else 'good'}'>{STATUSES.get(batch['status'], '')} "
        f"{batch['status']} {batch['rule'] or ''}</td>"
        f"<td>{judged - failed} / {judged}</td></tr>"
        for batch, name, failed, judged in lines
    )
    head = "<tr><th>数据源</th><th></th><th>交付日</th><th>状态</th><th>通过的规则</th></tr>"
    body = f"<table>{head}{rows}</table>" if lines else "<p>尚无校验结果 nothing has been judged yet</p>"
    return (
        f"<!DOCTYPE html><html lang='zh'><head><meta charset='utf-8'><title>数据质量</title>{HEAD}"
        f"<body><h1>数据质量 Data Docs</h1>{body}</body></html>"
    )
