"""Receiving: which files are a delivery, of which day, whether complete, and what rests afterwards."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from tests.small import LODGERS, NOTICES, VISITS, csv, deliver, lodger, standins
from transforms.lake import archive
from transforms.lake.store import Lake
from transforms.load import load_batch
from transforms.receive import find_deliveries, receive

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)
LINES = [lodger(1), lodger(2)]


def names(deliveries: list[list[Path]]) -> list[list[str]]:
    return [[path.name for path in files] for files in deliveries]


def test_the_day_is_given_or_in_the_name(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, FIRST, LINES)
    assert receive(LODGERS, [path], None, small_home).day == FIRST
    assert receive(LODGERS, [path], SECOND, small_home).day == SECOND


@pytest.mark.parametrize("name", ["lodgers.csv", "lodgers_20260230.csv", "lodgers_2026.csv"])
def test_a_delivery_without_a_day_is_refused_sealed_and_counted(small_home: Home, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(csv(LINES))
    received = receive(LODGERS, [path], None, small_home)
    assert (received.status, received.rule) == ("refused", "no_day") and received.mend
    assert (name if name == "lodgers_20260230.csv" else f"{LODGERS}_no_day_1.csv") in received.reason
    row = Lake(small_home).batch_row(received.batch_id)
    assert row is not None and (row["status"], row["received"], row["delivered_on"]) == ("refused", 2, None)
    assert [file.content for file in archive.unseal(small_home, received.batch_id)] == [csv(LINES)]
    assert receive(LODGERS, [path], FIRST, small_home).status == "new"


def test_the_batch_is_known_by_feed_day_and_content_alone(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, FIRST, LINES)
    other = tmp_path / "lodgers_again_20260302.csv"
    other.write_bytes(path.read_bytes())
    first = receive(LODGERS, [path], None, small_home).batch_id
    assert len(first) == 16 and set(first) <= set("abcdefghijklmnop")
    assert receive(LODGERS, [other], FIRST, small_home).batch_id == first
    assert receive(LODGERS, [path], SECOND, small_home).batch_id != first
    assert receive(NOTICES, [path], FIRST, small_home).batch_id != first
    path.write_bytes(csv(LINES[:1]))
    assert receive(LODGERS, [path], FIRST, small_home).batch_id != first


def test_the_flag_may_be_named_and_is_no_data(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, FIRST, LINES)
    plain = receive(LODGERS, [path], None, small_home)
    both = receive(LODGERS, [path, path.with_suffix(".ok")], None, small_home)
    assert both.batch_id == plain.batch_id and both.status == "new"
    with pytest.raises(UsageError, match="no data"):
        receive(LODGERS, [path.with_suffix(".ok")], None, small_home)


def test_a_file_named_by_a_command_needs_no_flag_and_stays(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, FIRST, LINES, finished=False)
    received = receive(LODGERS, [path], None, small_home)
    assert received.status == "new"
    assert load_batch(received.batch_id, LODGERS, small_home, steps=standins()).status == "loaded"
    assert path.read_bytes() == csv(LINES)


def test_a_path_that_is_no_file_is_wrong_usage(small_home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        receive(LODGERS, [tmp_path / "nothing.csv"], FIRST, small_home)
    with pytest.raises(UsageError, match="several days"):
        receive(
            LODGERS,
            [deliver(tmp_path, LODGERS, FIRST, LINES), deliver(tmp_path, LODGERS, SECOND, LINES)],
            None,
            small_home,
        )


@pytest.mark.parametrize(
    "name", ["lodgers_20260302.csv.part", "lodgers_20260302.csv.filepart", ".lodgers_20260302.csv", "x_20260302.tmp"]
)
def test_a_file_still_being_copied_is_refused_by_name(small_home: Home, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(csv(LINES)[:-4])
    received = receive(LODGERS, [path], None, small_home)
    assert (received.status, received.rule) == ("refused", "incomplete_delivery")
    whole = deliver(tmp_path, LODGERS, FIRST, LINES)
    assert receive(LODGERS, [whole], None, small_home).status == "new"


def test_a_file_that_grows_while_it_is_read_is_refused(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(tmp_path, NOTICES, FIRST, LINES)
    read_bytes = Path.read_bytes

    def growing(self: Path) -> bytes:
        content = read_bytes(self)
        if self == path:
            with path.open("ab") as file:
                file.write(lodger(3).encode())
        return content

    monkeypatch.setattr(Path, "read_bytes", growing)
    received = receive(NOTICES, [path], None, small_home)
    assert (received.status, received.rule) == ("refused", "incomplete_delivery") and "changed" in received.reason


def test_landing_gives_complete_deliveries_oldest_first(small_home: Home) -> None:
    folder = small_home.landing / LODGERS
    assert find_deliveries(LODGERS, small_home) == []
    deliver(folder, LODGERS, SECOND, LINES)
    deliver(folder, LODGERS, FIRST, LINES)
    deliver(folder, LODGERS, date(2026, 3, 4), LINES, finished=False)
    (folder / "lodgers_20260305.csv.part").write_bytes(b"no,na")
    (folder / "lodgers_20260305.ok").touch()
    assert names(find_deliveries(LODGERS, small_home)) == [["lodgers_20260302.csv"], ["lodgers_20260303.csv"]]


def test_a_day_of_two_files_waits_for_both(small_home: Home, tmp_path: Path) -> None:
    contract = tmp_path / "feeds" / "town" / "lodgers.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace(r"\d{8})\.csv$", r"\d{8})(_\d)?\.csv$"), encoding="utf-8")
    folder = small_home.landing / LODGERS
    folder.mkdir(parents=True)
    for number, lines in enumerate((LINES, [lodger(3)])):
        (folder / f"lodgers_20260302_{number}.csv").write_bytes(csv(lines))
    (folder / "lodgers_20260302_0.ok").touch()
    assert find_deliveries(LODGERS, small_home) == []
    (folder / "lodgers_20260302_1.ok").touch()
    deliveries = find_deliveries(LODGERS, small_home)
    assert names(deliveries) == [["lodgers_20260302_0.csv", "lodgers_20260302_1.csv"]]
    received = receive(LODGERS, deliveries[0], None, small_home, from_landing=True)
    assert load_batch(received.batch_id, LODGERS, small_home, steps=standins()).counts["inserted"] == 3


def test_the_parts_of_a_shapefile_are_one_delivery(small_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "feeds" / "town" / "lodgers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8").replace(r"\.csv$", r"\.shp$"))
    role = [{"property": "role", "value": "geometry"}]
    column = {"name": "geometry", "physicalName": "geometry", "businessName": "轮廓", "customProperties": role}
    document["schema"][0]["properties"].append(column)
    reading = next(item for item in document["customProperties"] if item["property"] == "reading")
    reading["value"] = {"format": "shp"}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    folder = small_home.landing / LODGERS
    folder.mkdir(parents=True)
    for suffix in (".dbf", ".ok", ".prj", ".shp", ".shx"):
        (folder / f"lodgers_20260302{suffix}").touch()
    parts = [f"lodgers_20260302{suffix}" for suffix in (".dbf", ".prj", ".shp", ".shx")]
    assert names(find_deliveries(LODGERS, small_home)) == [parts]


def test_a_manifest_or_rest_says_that_it_is_complete(small_home: Home) -> None:
    visits = deliver(small_home.landing / VISITS, VISITS, FIRST, LINES, finished=False)
    notices = deliver(small_home.landing / NOTICES, NOTICES, FIRST, LINES)
    assert find_deliveries(VISITS, small_home) == find_deliveries(NOTICES, small_home) == []
    deliver(small_home.landing / VISITS, VISITS, FIRST, LINES)
    os.utime(notices, (time.time() - 6, time.time() - 6))
    assert find_deliveries(VISITS, small_home) == [[visits]]
    assert find_deliveries(NOTICES, small_home) == [[notices]]


def test_an_unfinished_landing_is_refused_when_asked_for(small_home: Home) -> None:
    path = deliver(small_home.landing / LODGERS, LODGERS, FIRST, LINES, finished=False)
    received = receive(LODGERS, [path], None, small_home, from_landing=True)
    assert (received.status, received.rule) == (
        "refused",
        "incomplete_delivery",
    ) and "lodgers_20260302.ok" in received.reason


def test_landing_is_emptied_once_the_batch_stands(small_home: Home) -> None:
    """Not before: a killed load finds its delivery again."""
    path = deliver(small_home.landing / LODGERS, LODGERS, FIRST, LINES)
    received = receive(LODGERS, [path], None, small_home, from_landing=True)
    assert find_deliveries(LODGERS, small_home) == [[path]]
    load_batch(received.batch_id, LODGERS, small_home, steps=standins())
    assert list((small_home.landing / LODGERS).iterdir()) == []


def test_a_delivery_loaded_before_is_cleared_from_landing(small_home: Home, tmp_path: Path) -> None:
    received = receive(LODGERS, [deliver(tmp_path, LODGERS, FIRST, LINES)], None, small_home)
    load_batch(received.batch_id, LODGERS, small_home, steps=standins())
    path = deliver(small_home.landing / LODGERS, LODGERS, FIRST, LINES)
    assert receive(LODGERS, [path], None, small_home, from_landing=True).status == "already_loaded"
    assert find_deliveries(LODGERS, small_home) == []


def test_the_seal_says_when_retention_ends(small_home: Home, tmp_path: Path) -> None:
    received = receive(LODGERS, [deliver(tmp_path, LODGERS, FIRST, LINES)], None, small_home)
    seal = archive.find(small_home, received.batch_id)
    assert (seal.feed_id, seal.day, seal.expires_on) == (LODGERS, FIRST, date(2029, 3, 1))  # 1,095 days on


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\xff\xfe{",
        b"[]",
        b'{"rows": "many"}',
        b'{"rows": 1e999}',
        b'{"files": null}',
        b'{"files": [{"name": "another.csv", "rows": 2}]}',
        b"[" * 100_000,
    ],
    ids=["empty", "no text", "list", "words", "infinite", "null", "of another file", "deep"],
)
def test_a_manifest_that_says_nothing_of_the_file_is_refused(small_home: Home, tmp_path: Path, written: bytes) -> None:
    path = deliver(tmp_path, VISITS, FIRST, LINES)
    path.with_name("visits_20260302.manifest.json").write_bytes(written)
    received = receive(VISITS, [path], None, small_home)
    assert (received.status, received.rule) == ("refused", "manifest_mismatch")
    row = Lake(small_home).batch_row(received.batch_id)
    assert row is not None and row["received"] == len(LINES)


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), BlockdataError, "may not be read"),
        (FileNotFoundError(errno.ENOENT, "No such file"), UsageError, "no file"),
        (OSError(errno.EIO, "Input/output error"), BlockdataError, "Input/output error"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    small_home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: OSError,
    kind: type[BlockdataError],
    told: str,
) -> None:
    path = deliver(tmp_path, NOTICES, FIRST, LINES)

    def broken(_: Path) -> bytes:
        raise fault

    monkeypatch.setattr(Path, "read_bytes", broken)
    with pytest.raises(kind, match=told) as refused:
        receive(NOTICES, [path], None, small_home)
    assert path.name in str(refused.value) and refused.value.mend
    assert Lake(small_home).batch_rows().is_empty()


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/nowhere"), os.mkfifo])
def test_what_is_no_file_is_wrong_usage(small_home: Home, tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "notices_20260302.csv"
    make(path)
    with pytest.raises(UsageError, match=path.name):
        receive(NOTICES, [path], None, small_home)
