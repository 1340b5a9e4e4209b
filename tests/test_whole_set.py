"""Deliveries of several files: taken when they are whole, never by half."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.contract import contract_of, contract_path
from schemas.errors import ContractError
from schemas.home import Home
from tests.small import LODGERS, VISITS, csv, lodger, standins
from transforms import landing
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.receive import find_deliveries, receive
from transforms.whole_set import lacking

STREETS = ["xinan", "xixiang", "fuhai"]
FILES = {f"lodgers_20260302_{street}.csv": csv([lodger(number)]) for number, street in enumerate(STREETS, start=1)}


def deliver_as(feed_id: str, **delivery: Any) -> None:
    """Rewrites how the small feed is delivered."""
    path = contract_path(feed_id)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(item for item in document["customProperties"] if item["property"] == "delivery")["value"].update(delivery)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def by_street(small_home: Home) -> Path:
    """A snapshot of one file a street, ended by one flag for the day; its landing folder."""
    deliver_as(
        LODGERS,
        file_pattern=r"^lodgers_(?P<day>\d{8})_(?P<part>[a-z]+)\.csv$",
        parts=STREETS,
        complete={"flag": "{day}.ok"},
    )
    folder = small_home.landing / LODGERS
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def by_list(small_home: Home) -> Path:
    """One manifest for the day lists the files; its landing folder."""
    deliver_as(
        VISITS,
        mode="snapshot",
        file_pattern=r"^lodgers_(?P<day>\d{8})_[a-z]+\.csv$",
        complete={"manifest": "LIST_{day}.json"},
    )
    folder = small_home.landing / VISITS
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(FILES[name])


def put_list(folder: Path, **more: Any) -> None:
    entries = [
        {"name": name, "rows": 1, "sha256": hashlib.sha256(content).hexdigest()} for name, content in FILES.items()
    ]
    (folder / "LIST_20260302.json").write_text(json.dumps({"files": entries, **more}), encoding="utf-8")


def load(feed_id: str, home: Home) -> list[LoadResult]:
    return [
        load_files(feed_id, paths, None, home, from_landing=True, steps=standins())
        for paths in find_deliveries(feed_id, home)
    ]


def test_a_day_waits_for_every_part_and_its_one_flag(small_home: Home, by_street: Path) -> None:
    first, second, third = FILES
    put(by_street, first, second)
    (by_street / "20260302.ok").touch()
    assert load(LODGERS, small_home) == []
    put(by_street, third)
    (by_street / "20260302.ok").unlink()
    assert load(LODGERS, small_home) == []
    (by_street / "20260302.ok").touch()
    (result,) = load(LODGERS, small_home)
    assert result.counts["inserted"] == 3 and list(by_street.iterdir()) == []


def test_a_part_alone_is_refused_though_a_command_names_it(small_home: Home, by_street: Path, tmp_path: Path) -> None:
    """Else it would say that the other streets are empty."""
    put(tmp_path, *list(FILES)[:2])
    received = receive(LODGERS, [tmp_path / name for name in list(FILES)[:2]], None, small_home)
    assert (received.status, received.rule) == ("refused", "incomplete_delivery")
    assert "part fuhai is not there" in received.reason


def test_a_day_waits_for_every_file_its_manifest_lists(small_home: Home, by_list: Path) -> None:
    names = list(FILES)
    put_list(by_list)
    put(by_list, *names[:2])
    assert load(VISITS, small_home) == []
    put(by_list, names[2])
    (result,) = load(VISITS, small_home)
    assert (result.status, result.counts["inserted"]) == ("loaded", 3) and list(by_list.iterdir()) == []


def test_a_file_the_manifest_does_not_list_refuses_the_set(small_home: Home, by_list: Path) -> None:
    put(by_list, *FILES)
    put_list(by_list)
    (by_list / "lodgers_20260302_extra.csv").write_bytes(csv([lodger(9)]))
    (result,) = load(VISITS, small_home)
    assert (result.status, result.rule) == ("refused", "manifest_mismatch")


def test_a_damaged_file_of_a_set_refuses_the_set(small_home: Home, by_list: Path) -> None:
    put(by_list, *FILES)
    put_list(by_list)
    (by_list / next(iter(FILES))).write_bytes(csv([lodger(1, colour="blue")]))
    (result,) = load(VISITS, small_home)
    assert (result.status, result.rule) == ("refused", "manifest_mismatch")
    assert Lake(small_home).listed(VISITS).is_empty()


@pytest.mark.parametrize("left", [1, 2])
def test_killed_while_landing_is_cleared_no_half_becomes_a_delivery(
    small_home: Home, by_street: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """Without parts declared nothing but the sealed whole tells that the rest is a rest."""
    deliver_as(LODGERS, parts=[], complete={"stable_seconds": 0})
    put(by_street, *FILES)
    with monkeypatch.context() as killed:
        killed.setattr(landing, "remove_originals", lambda *_: None)
        assert load(LODGERS, small_home)[0].counts["inserted"] == 3
    for name in list(FILES)[left:]:
        (by_street / name).unlink()
    (result,) = load(LODGERS, small_home)
    assert (result.status, list(by_street.iterdir())) == ("already_loaded", [])
    assert Lake(small_home).listed(LODGERS).height == 1


def test_what_is_left_of_a_refused_set_stays_refused(
    small_home: Home, by_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_as(VISITS, complete={"stable_seconds": 0})
    put(by_list, *FILES)
    broken = by_list / "lodgers_20260302_zz.csv"
    broken.write_bytes(b"nothing,of,the,kind\n1,2,3,4\n")
    with monkeypatch.context() as killed:
        killed.setattr(landing, "remove_originals", lambda *_: None)
        (result,) = load(VISITS, small_home)
    assert result.status == "refused"
    broken.unlink()
    (again,) = load(VISITS, small_home)
    assert (again.status, again.batch_id) == ("refused", result.batch_id)
    assert list(by_list.iterdir()) == [] and Lake(small_home).listed(VISITS).is_empty()


LAYER = ["l_20260302.shp", "l_20260302.shx", "l_20260302.dbf", "l_20260302.prj"]


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        (LAYER, []),
        (LAYER[:3], []),
        ([name.upper() for name in LAYER], []),
        (["l_20260302.zip"], []),
        (["l_20260302.shp", "l_20260302.dbf"], ["the .shx of a layer"]),
        (["l_20260302.dbf"], ["the .shp of a layer", "the .shx of a layer"]),
        ([*LAYER, "m_20260302.shp"], ["the .shx of a layer", "the .dbf of a layer"]),
    ],
)
def test_a_layer_is_whole_with_its_parts(small_home: Home, names: list[str], absent: list[str]) -> None:
    contract = contract_of(LODGERS)
    reading = contract.reading.model_copy(update={"format": "shp"})
    meaning = contract.meaning.model_copy(update={"reading": reading})
    layer = contract.model_copy()
    layer.__dict__["meaning"] = meaning
    assert lacking(names, layer) == absent


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"files": 7}', b'{"files": [3]}', b"[" * 50_000, b"\xff"])
def test_a_manifest_nobody_can_read_lists_nothing(small_home: Home, manifest: bytes) -> None:
    """Whether it may stand is for the comparison with its files to say."""
    assert lacking(["visits_20260302.csv"], contract_of(VISITS), [manifest]) == []


def test_parts_need_a_group_in_the_pattern(small_home: Home) -> None:
    deliver_as(LODGERS, parts=["a"])
    with pytest.raises(ContractError, match="part"):
        contract_of(LODGERS)
