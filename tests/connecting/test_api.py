"""Pulling from an HTTP API: paging, tokens, and everything a platform can answer instead of data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from tests.connecting.sources import (
    FEED,
    FIRST,
    SECOND,
    TOKEN,
    Reply,
    api_server,
    landed,
    left_in_landing,
    pull_and_load,
    pulled_feed,
    standing,
    stub,
    visit,
)
from transforms.connecting import pull

Answer = Callable[[str, dict[str, str]], Reply]
ROWS = [visit(number, changed=f"2020-03-01 08:00:{number:02}") for number in range(1, 8)]


def items(*rows: Any, **more: Any) -> Reply:
    return Reply({"code": 0, "data": {"items": list(rows), **more}})


def page_of(params: dict[str, str], rows: list[Any], size: int = 3) -> list[Any]:
    start = (int(params["page"]) - 1) * size
    return rows[start : start + size]


def by_number(rows: list[Any], total: int | None = None) -> Answer:
    return lambda path, params: items(*page_of(params, rows), total=len(rows) if total is None else total)


def test_pages_by_number_with_a_token(small_home: Home, feeds: Path) -> None:
    with stub(by_number(ROWS)) as api:
        pulled_feed(feeds, api_server(api.location))
        pulled, (result,) = pull_and_load(small_home, FIRST)
    assert (pulled.rows, pulled.requests, result.counts["inserted"]) == (7, 3, 7)
    assert [asked["page"] for asked in api.asked] == ["1", "2", "3"] and api.asked[0]["size"] == "3"
    assert {headers["Authorization"] for headers in api.headers} == {f"Bearer {TOKEN}"}


def test_the_next_pull_asks_from_the_watermark(small_home: Home, feeds: Path) -> None:
    rows = list(ROWS)

    def answer(path: str, params: dict[str, str]) -> Reply:
        wanted = [row for row in rows if row["changed_at"] >= params.get("since", "").replace("T", " ")]
        return items(*page_of(params, wanted), total=len(wanted))

    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, watermark={"column": "changed_at", "overlap": 3}))
        pull_and_load(small_home, FIRST)
        rows += [visit(1, changed="2020-03-02 10:00:00", colour="blue"), visit(9, changed="2020-03-02 10:00:00")]
        _, (result,) = pull_and_load(small_home, SECOND)
    assert "since" not in api.asked[0] and api.asked[-1]["since"] == "2020-03-01T08:00:04"
    assert (result.counts["updated"], result.counts["inserted"], result.counts["unchanged"]) == (1, 1, 4)
    assert standing(small_home)["V0001"] == "blue" and len(standing(small_home)) == 8


@pytest.mark.parametrize(
    ("written", "asked"),
    [("iso", "2020-03-01T07:00:07"), ("epoch", "1583017207"), ("epoch_ms", "1583017207000"), ("%Y%m%d", "20200301")],
)
def test_since_is_written_as_the_api_wants_it(small_home: Home, feeds: Path, written: str, asked: str) -> None:
    with stub(by_number(ROWS)) as api:
        pulled_feed(feeds, api_server(api.location, since={"parameter": "from", "format": written}))
        pull_and_load(small_home, FIRST)
        pull(FEED, SECOND, small_home)
    assert api.asked[-1]["from"] == asked  # an hour before 08:00:07 in Shanghai


def offset(path: str, params: dict[str, str]) -> Reply:
    start = int(params["page"])
    return items(*ROWS[start : start + 2])  # two at a time, however many are asked for


def cursor(path: str, params: dict[str, str]) -> Reply:
    start = int(params.get("page", 0))
    return items(*ROWS[start : start + 3], next=start + 3 if start + 3 < len(ROWS) else None)


def link_in_header(path: str, params: dict[str, str]) -> Reply:
    start = int(params.get("from", 0))
    reply = items(*ROWS[start : start + 3])
    return Reply(reply.body, headers={"Link": f'</visits?from={start + 3}>; rel="next"'} if start < 6 else {})


def link_in_answer(path: str, params: dict[str, str]) -> Reply:
    start = int(params.get("from", 0))
    return items(*ROWS[start : start + 3], next=f"?from={start + 3}" if start < 6 else None)


WAYS: dict[str, tuple[Answer, dict[str, Any]]] = {
    "number": (by_number(ROWS), {"by": "number", "parameter": "page"}),
    "number from 0": (
        lambda path, params: items(*page_of({"page": str(int(params["page"]) + 1)}, ROWS)),
        {"by": "number", "parameter": "page", "first": 0},
    ),
    "offset": (offset, {"by": "offset", "parameter": "page", "size_parameter": "limit", "size": 100}),
    "cursor": (cursor, {"by": "cursor", "parameter": "page", "next": "data.next"}),
    "link in the header": (link_in_header, {"by": "link"}),
    "link in the answer": (link_in_answer, {"by": "link", "next": "data.next"}),
    "all at once": (lambda path, params: items(*ROWS), {"by": "none"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_paging_gives_every_record_once(small_home: Home, feeds: Path, way: str) -> None:
    answer, page = WAYS[way]
    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, page=page))
        assert pull(FEED, FIRST, small_home).rows == 7
    assert [row["no"] for row in landed(small_home)] == [row["no"] for row in ROWS]


def test_a_snapshot_asked_by_day_with_a_post(small_home: Home, feeds: Path) -> None:
    more = {"since": None, "watermark": None, "method": "POST", "params": {"day": "{day:%Y%m%d}", "kind": "all"}}
    with stub(by_number(ROWS)) as api:
        pulled_feed(feeds, api_server(api.location, **more), mode="snapshot")
        assert pull(FEED, FIRST, small_home).rows == 7
    assert api.asked[0] == {"day": "20260302", "kind": "all", "page": "1", "size": "3"}


def test_numbers_keep_every_digit(small_home: Home, feeds: Path) -> None:
    body = json.dumps({"data": {"items": [ROWS[0] | {"colour": 0, "place": 1}], "total": 1}}, ensure_ascii=False)
    body = body.replace('"place": 1', '"place": 4403060100021300483').replace('"colour": 0', '"colour": 1.10')
    with stub(lambda path, params: Reply(body.encode())) as api:
        pulled_feed(feeds, api_server(api.location))
        pull(FEED, FIRST, small_home)
    assert (landed(small_home)[0]["place"], landed(small_home)[0]["colour"]) == ("4403060100021300483", "1.10")


def test_odd_values_are_the_readers_matter(small_home: Home, feeds: Path) -> None:
    """Nested values, nulls, half characters, line breaks: each a row of its own, none of them fatal."""
    odd = [
        ROWS[0] | {"colour": {"a": [1, None]}},
        ROWS[1] | {"colour": "\ud83d"},
        ROWS[2] | {"colour": "a\nb\u2028c"},
        ROWS[3] | {"colour": True},
        {key: value for key, value in ROWS[4].items() if key != "since"},
    ]
    with stub(lambda path, params: Reply(json.dumps({"data": {"items": odd, "total": 5}}).encode())) as api:
        pulled_feed(feeds, api_server(api.location))
        _, (result,) = pull_and_load(small_home, FIRST)
    assert (result.status, result.counts["received"], result.counts["inserted"]) == ("loaded", 5, 4)
    assert set(standing(small_home)) == {"V0001", "V0003", "V0004", "V0005"}


# what is answered instead: (answer, words of the message)
BROKEN: dict[str, tuple[Answer, str]] = {
    "401": (lambda *_: Reply({}, 401), "refuses the token .401."),
    "403": (lambda *_: Reply({}, 403), "refuses the token .403."),
    "404": (lambda *_: Reply({}, 404), "answers 404"),
    "500 for ever": (lambda *_: Reply({}, 500), "answers 500"),
    "another place": (lambda *_: Reply(b"", 302, {"Location": "https://login.example.org/x"}), "login.example.org"),
    "a web page": (lambda *_: Reply(b"<html>log in</html>", headers={"Content-Type": "text/html"}), "web page"),
    "a web page said to be json": (lambda *_: Reply(b"  <!DOCTYPE html>"), "web page"),
    "nothing": (lambda *_: Reply(b""), "cut off or damaged"),
    "half of it": (lambda *_: Reply(b'{"data": {"items": [{"no": "V1"'), "cut off or damaged"),
    "less than promised": (lambda *_: Reply(b'{"data": ', promised=100), "cannot be reached"),
    "no number": (lambda *_: Reply(b'{"data": {"items": [{"no": NaN}]}}'), "cut off or damaged"),
    "no text": (lambda *_: Reply(b"\xff\xfe\xfa\xfb\xc0"), "cut off or damaged"),
    "odd encoding": (
        lambda *_: Reply(b"{}", headers={"Content-Type": "application/json; charset=klingon"}),
        "encoding|records",
    ),
    "deep": (lambda *_: Reply(b"[" * 100_000), "nested"),
    "damaged compression": (lambda *_: Reply(b"{}", headers={"Content-Encoding": "gzip"}), "damaged compression"),
    "no list": (
        lambda *_: Reply({"code": 0, "rows": []}),
        "data.items is no list of records; the answer has code, row",
    ),
    "list of texts": (lambda *_: items("a", "b", total=2), "no list of records"),
    "no total": (lambda *_: items(*ROWS), "data.total of the answer is no number"),
    "the same page for ever": (lambda *_: items(*ROWS[:3], total=9), "page 2 is one that came before"),
    "too few": (lambda path, params: items(*page_of(params, ROWS), total=9), "9 records, its pages held 7"),
    "too many": (lambda path, params: items(*page_of(params, ROWS), total=2), "2 records, its pages held 3|held 7"),
    "a column is gone": (
        lambda *_: items(*({"colour": "red", "changed_at": "2020-03-01 08:00:00"} for _ in "a"), total=1),
        "no column no",
    ),
    "the watermark is gone": (lambda *_: items({"no": "V1", "colour": "red"}, total=1), "no record has the watermark"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_answer_is_told_and_nothing_lands(small_home: Home, feeds: Path, case: str) -> None:
    answer, told = BROKEN[case]
    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location))
        with pytest.raises(BlockdataError, match=told) as fault:
            pull(FEED, FIRST, small_home)
    assert "town__visits: server platform" in fault.value.message and fault.value.mend
    assert TOKEN not in str(fault.value) and left_in_landing(small_home) == []


def test_pages_without_an_end_are_cut_off(small_home: Home, feeds: Path) -> None:
    def answer(path: str, params: dict[str, str]) -> Reply:
        at = int(params.get("page", 0))
        return items(visit(at), next=at + 1)

    with stub(answer) as api:
        page = {"by": "cursor", "parameter": "page", "next": "data.next", "ceiling": 20}
        pulled_feed(feeds, api_server(api.location, page=page))
        with pytest.raises(BlockdataError, match="no end after 20 pages"):
            pull(FEED, FIRST, small_home)
    with stub(lambda path, params: items(visit(int(params.get("page", 0))), next=7)) as api:
        pulled_feed(feeds, api_server(api.location, page=page))
        with pytest.raises(BlockdataError, match="the one we came with"):
            pull(FEED, FIRST, small_home)


def test_the_token_goes_to_no_other_address(small_home: Home, feeds: Path) -> None:
    with stub(lambda *_: items(*ROWS, next="http://localhost:1/steal")) as api:
        pulled_feed(feeds, api_server(api.location, page={"by": "link", "next": "data.next"}))
        with pytest.raises(BlockdataError, match="lies elsewhere"):
            pull(FEED, FIRST, small_home)


def test_a_fault_that_passes_is_waited_for(small_home: Home, feeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("transforms.connecting.retrying.pause", waited.append)
    faults = [Reply({}, 429, {"Retry-After": "7"}), Reply(b'{"data"'), Reply({}, 503)]

    def answer(path: str, params: dict[str, str]) -> Reply:
        return faults.pop(0) if faults else by_number(ROWS)(path, params)

    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, attempts=4))
        assert pull(FEED, FIRST, small_home).rows == 7
    assert waited[0] == 7 and len(waited) == 3 and waited[1] < waited[2]


def test_a_slow_answer_is_not_waited_for(small_home: Home, feeds: Path) -> None:
    import threading

    release = threading.Event()

    def answer(path: str, params: dict[str, str]) -> Reply:
        release.wait(5)
        return items(*ROWS, total=7)

    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, timeout_seconds=0.1, attempts=1))
        with pytest.raises(BlockdataError, match=r"did not answer within 0\.1 s"):
            pull(FEED, FIRST, small_home)
        release.set()


def test_an_answer_beyond_measure_is_refused(small_home: Home, feeds: Path) -> None:
    with stub(lambda *_: Reply(b" " * 5000)) as api:
        pulled_feed(feeds, api_server(api.location, answer_bytes=1000))
        with pytest.raises(BlockdataError, match="longer than 1,000 bytes"):
            pull(FEED, FIRST, small_home)


def test_an_error_said_with_status_200_is_an_error(small_home: Home, feeds: Path) -> None:
    """Else an expired token would look like a day without news."""
    reply = {"code": 401, "msg": "token expired", "data": {"items": [], "total": 0}}
    with stub(lambda *_: Reply(reply)) as api:
        pulled_feed(feeds, api_server(api.location, success={"code": ["0"]}))
        with pytest.raises(BlockdataError, match="answers code 401: token expired"):
            pull(FEED, FIRST, small_home)


def test_a_record_that_slips_between_pages_is_noticed(small_home: Home, feeds: Path) -> None:
    """While page 1 is read, V0001 is changed and moves to the end: V0004 slips to page 1, which has been read."""
    rows = list(ROWS)

    def answer(path: str, params: dict[str, str]) -> Reply:
        reply = items(*page_of(params, rows), total=len(rows))
        if len(api.asked) == 1:
            rows.append(rows.pop(0) | {"colour": "blue"})
        return reply

    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location))
        assert pull(FEED, FIRST, small_home).rows == 7
    assert {row["no"] for row in landed(small_home)} == {row["no"] for row in ROWS}
    assert len(api.asked) > 3


def test_without_a_total_two_readings_must_agree(small_home: Home, feeds: Path) -> None:
    """A record vanishes from page 1 while it is read; the one that slips over the edge would be lost."""
    rows = list(ROWS)

    def answer(path: str, params: dict[str, str]) -> Reply:
        reply = items(*page_of(params, rows))
        if len(api.asked) == 1:
            del rows[0]
        return reply

    page = {"by": "number", "parameter": "page"}
    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, page=page))
        pull(FEED, FIRST, small_home)
    assert [row["no"] for row in landed(small_home)] == [row["no"] for row in ROWS[1:]]


def test_a_result_that_never_rests_is_refused(small_home: Home, feeds: Path) -> None:
    def answer(path: str, params: dict[str, str]) -> Reply:
        return items(*(row | {"colour": f"{len(api.asked)}"} for row in page_of(params, ROWS)))

    with stub(answer) as api:
        pulled_feed(feeds, api_server(api.location, page={"by": "number", "parameter": "page"}))
        with pytest.raises(BlockdataError, match="changes while it is read"):
            pull(FEED, FIRST, small_home)
    assert left_in_landing(small_home) == []


def test_records_that_really_come_twice_are_let_through(small_home: Home, feeds: Path) -> None:
    twice = [*ROWS, ROWS[0]]
    with stub(by_number(twice)) as api:
        pulled_feed(feeds, api_server(api.location))
        _, (result,) = pull_and_load(small_home, FIRST)
    assert (result.counts["inserted"], result.counts["duplicates"]) == (7, 1)


def test_a_token_that_is_not_set_is_wrong_usage(small_home: Home, feeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKDATA_SECRET_TOWN")
    pulled_feed(feeds, api_server("http://127.0.0.1:1"))
    with pytest.raises(UsageError, match="secret TOWN is not set"):
        pull(FEED, FIRST, small_home)
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", "a\nb")
    with pytest.raises(UsageError, match="as a header"):
        pull(FEED, FIRST, small_home)
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", TOKEN)
    with pytest.raises(BlockdataError, match="cannot be reached"):
        pull(FEED, FIRST, small_home)
