from __future__ import annotations

import json
import os
import shutil
import sqlite3
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from schemas.errors import UsageError
from schemas.home import Home
from serving import audit
from serving.caring import erase, restrict
from serving.doctor import examine
from tests.caring.conftest import light_publish
from tests.resolving.town import DAY3, LEASES, POLICE, TOWER, VILLAGE, at, change, fill
from transforms.caring import erase as erasing
from transforms.caring.cut import cut, holds
from transforms.caring.subject import PERSON, Entry, Subject, entries, put, set_aside, subject_of
from transforms.cleaning.clean import Cleaned
from transforms.lake import archive
from transforms.lake.keys import keys_of
from transforms.lake.release import releases
from transforms.lake.release_manifest import verify_release
from transforms.lake.store import Lake
from transforms.publish import publish
from transforms.reading.quarantine import no_faults
from transforms.reading.source import SourceFile

HISTORY = f"record_history.{POLICE}"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ANSWER = {"by": "数据安全科", "decision": "深宝数〔2026〕17号"}
BATCH = "b" * 16


def made(seventeen: str) -> str:
    """A made identity number with its check digit (GB 11643)."""
    return (
        seventeen + "10X98765432"[sum(int(one) * weight for one, weight in zip(seventeen, WEIGHTS, strict=True)) % 11]
    )


THEIRS, OTHER = made("44030619850101123"), made("44030619900202456")
LINES = f'编号,姓名,证件号码\r\n1,甲,{OTHER}\r\n2,"乙\r\n丙",{THEIRS}\r\n3,丁,{OTHER}\r\n'.encode("gb18030")


@pytest.fixture(scope="session")
def claimed(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town and a person of the claim: in two feeds, a sealed delivery, the second of two releases."""
    folder = tmp_path_factory.mktemp("claimed")
    shutil.copytree(published, folder, symlinks=True, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        light_publish(patch)
        patch.setenv("BLOCKDATA_HOME", str(folder / "home"))
        patch.setenv("BLOCKDATA_KEYS", str(folder / "keys.json"))
        patch.setenv("BLOCKDATA_FEEDS", str(folder / "feeds"))
        home = Home(folder / "home")
        theirs = {"person_key": subject_of(home, THEIRS).person_key}
        other = {"person_key": subject_of(home, OTHER).person_key}
        fill(
            home,
            **{
                POLICE: [
                    change("RK7", DAY3, **theirs, birth_year=1985, **at(TOWER, 1)),
                    change("RK8", DAY3, **other, birth_year=1990, **at(TOWER, 2)),
                ],
                LEASES: [change("ZL7", DAY3, **theirs, **at(VILLAGE, 2))],
            },
        )
        archive.seal(home, BATCH, POLICE, DAY3, [SourceFile("r.csv", LINES)], received_on=DAY3, retention_days=400)
        publish(home)
    return folder


@pytest.fixture
def with_person(claimed: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, Subject]:
    """A copy of it, this test's own."""
    shutil.copytree(claimed / "home", home.path, symlinks=True)
    shutil.copy(claimed / "keys.json", os.environ["BLOCKDATA_KEYS"])
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(claimed / "feeds"))
    return home, subject_of(home, THEIRS)


def persons(home: Home) -> set[str]:
    folder = home.current_release
    assert folder is not None
    files = [path for path in folder.rglob("*.parquet") if PERSON in pl.read_parquet_schema(path)]
    return {key for path in files for key in pl.read_parquet(path, columns=[PERSON])[PERSON].drop_nulls()}


def test_an_erased_person_is_nowhere(with_person: tuple[Home, Subject]) -> None:
    home, subject = with_person
    before = releases(home)
    salt = next(home.archive.glob(f"*/*/{BATCH}.sealed")).read_bytes()[:400]
    assert subject.person_key in persons(home)
    done = erase(home, THEIRS, **ANSWER)
    assert done.holds, done.proof
    assert done.rows == {f"record_history.{LEASES}": 1, HISTORY: 1}
    assert (done.archive_files, done.archive_rows, done.dropped_files) == (1, 1, [])
    assert done.withdrawn == [before[-1]], "the release that never held the person stays"
    assert releases(home) == [before[0], done.release]
    assert subject.person_key not in persons(home)
    assert subject_of(home, OTHER).person_key in persons(home)
    verify_release(home.releases / str(done.release))
    for path in (path for path in home.path.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert THEIRS.encode() not in content and subject.person_key.encode() not in content, path
    sealed = archive.find(home, BATCH)
    assert archive.unseal(home, BATCH)[0].content.decode("gb18030") == (
        f"编号,姓名,证件号码\r\n1,甲,{OTHER}\r\n\r\n3,丁,{OTHER}\r\n"
    )
    assert (sealed.day, (sealed.expires_on - DAY3).days) == (DAY3, 400)
    assert sealed.path.read_bytes()[:400] != salt, "another salt, so another key"
    last = list(audit.entries(home))[-1]
    assert (last["action"], last["findings"], last["holds"], last["subject"]) == ("erase", 0, True, subject.mark)
    assert audit.verify_audit(home).intact
    assert entries(home)[subject.mark].step == "done"
    assert json.loads(erasing.report_path(home, subject.mark).read_text())["holds"] is True


@pytest.mark.parametrize("place", ["_resealed", "search"])
def test_killed_anywhere_and_run_again_it_ends_the_same(
    with_person: tuple[Home, Subject], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    home, subject = with_person

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasing, place, killed)
        with pytest.raises(KeyboardInterrupt):
            erase(home, THEIRS, **ANSWER)
    assert entries(home)[subject.mark].step == "begun"
    done = erase(home, THEIRS, **ANSWER)
    assert done.holds
    assert subject.person_key not in persons(home)
    assert THEIRS not in archive.unseal(home, BATCH)[0].content.decode("gb18030")
    assert sorted(Lake(home).read(HISTORY)["record_id"].unique()) == ["RK1", "RK2", "RK8"]


def test_a_proof_that_finds_something_does_not_hold(with_person: tuple[Home, Subject]) -> None:
    home, subject = with_person
    (home.landing / POLICE).mkdir(parents=True)
    (home.landing / POLICE / "residents_20260305.csv").write_text(f"1,{THEIRS[:6]} {THEIRS[6:14]} {THEIRS[14:]}\n")
    done = erase(home, THEIRS, **ANSWER)
    assert (done.holds, done.proof.findings) == (False, [f"landing/{POLICE}/residents_20260305.csv"])
    assert entries(home)[subject.mark].step == "begun"
    told = next(check for check in examine(home) if check.name == "subjects")
    assert told.state == "bad"
    assert "again" in told.mend


def test_a_restricted_person_is_stored_and_no_more(with_person: tuple[Home, Subject]) -> None:
    home, subject = with_person
    stored = sum(path.stat().st_size for path, _ in Lake(home).stored(HISTORY))
    done = restrict(home, THEIRS, by="科", reason="删除申请")
    assert done.rows == 2
    assert subject.person_key not in persons(home)
    assert subject.person_key not in Lake(home).read(HISTORY)["person_key"].to_list()
    assert sum(path.stat().st_size for path, _ in Lake(home).stored(HISTORY)) == stored
    assert THEIRS in archive.unseal(home, BATCH)[0].content.decode("gb18030")
    lifted = restrict(home, THEIRS, by="科", reason="撤回", lift=True)
    assert lifted.rows == 0
    assert subject.person_key in persons(home)
    assert [one["action"] for one in audit.entries(home)][-2:] == ["restrict", "restriction lifted"]


def test_a_later_delivery_is_set_aside_and_counted(home: Home) -> None:
    from schemas.contract import contract_of

    contract, subject = contract_of(POLICE), subject_of(home, THEIRS)
    keys = keys_of(home)
    rows = pl.DataFrame(
        {
            "file_name": "r.csv",
            "row_number": pl.Series([2, 3, 4], dtype=pl.UInt32),
            "person_key": [subject_of(home, OTHER).person_key, subject.person_key, None],
        }
    )
    cleaned = Cleaned(rows, no_faults())
    assert set_aside(home, cleaned, contract, keys) is cleaned
    put(home, Entry(subject.mark, "erased", "17", "科", "2026-03-04"))
    aside = set_aside(home, cleaned, contract, keys)
    assert aside.rows["row_number"].to_list() == [2, 4]
    assert aside.quarantined.select("row_number", "rule").rows() == [(3, "subject_erased")]
    put(home, Entry(subject.mark, "restricted", "17", "科", "2026-03-04"))
    assert set_aside(home, cleaned, contract, keys).quarantined["rule"].to_list() == ["subject_restricted"]


@pytest.mark.parametrize("number", ["123", "440306198501011230", THEIRS[:-1]])
def test_what_is_no_identity_number_is_refused_unrepeated(home: Home, number: str) -> None:
    with pytest.raises(UsageError) as refused:
        erase(home, number, **ANSWER)
    assert number not in str(refused.value)


def test_the_log_never_takes_the_number(town_home: Home) -> None:
    with pytest.raises(UsageError, match="stands in the reason"):
        restrict(town_home, THEIRS, by="科", reason=f"申请人 {THEIRS}")
    with pytest.raises(UsageError, match="who answers"):
        erase(town_home, THEIRS, by="", decision="17")


def workbook() -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["证件号码", "姓名"], [THEIRS, "甲乙"], [OTHER, "丁"], [f"G{THEIRS}", "甲乙"]]):
            sheet.write_row(row, 0, cells)
    return buffer.getvalue()


def geopackage() -> bytes:
    con = sqlite3.connect(":memory:")
    con.executescript(
        "CREATE TABLE gpkg_contents (table_name TEXT); INSERT INTO gpkg_contents VALUES ('t');"
        "CREATE TABLE t (fid INTEGER PRIMARY KEY, id TEXT, floors INTEGER);"
    )
    con.executemany("INSERT INTO t (id, floors) VALUES (?, ?)", [(OTHER, 1), (THEIRS, 2), (OTHER, 3)])
    con.commit()
    return con.serialize()


def dbase() -> bytes:
    field = b"ID".ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([18]) + b"\0" * 15
    head = b"\x03" + b"\0" * 3 + (3).to_bytes(4, "little") + (65).to_bytes(2, "little") + (19).to_bytes(2, "little")
    return head.ljust(32, b"\0") + field + b"\r" + b"".join(b" " + one.encode() for one in (OTHER, THEIRS, OTHER))


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", LINES, 1),
        ("a.jsonl", f'{{"id":"{THEIRS}"}}\n{{"id":"{OTHER}"}}\n'.encode(), 1),
        ("a.xlsx", workbook(), 2),
        ("a.gpkg", geopackage(), 1),
        ("a.dbf", dbase(), 1),
    ],
)
def test_rows_are_cut_out_of_every_kind_of_file(home: Home, name: str, content: bytes, rows: int) -> None:
    subject, other = subject_of(home, THEIRS), subject_of(home, OTHER)
    done = cut(SourceFile(name, content), subject)
    assert (done.rows, done.is_dropped) == (rows, False)
    assert not holds(done.file.content, subject)
    assert holds(done.file.content, other)
    assert cut(done.file, subject).rows == 0


def test_rows_keep_their_numbers(home: Home) -> None:
    from transforms.reading.dbase import read_table

    subject = subject_of(home, THEIRS)
    table = read_table(cut(SourceFile("a.dbf", dbase()), subject).file, "utf-8")
    assert table.body["row_number"].to_list() == [1, 3]
    con = sqlite3.connect(":memory:")
    con.deserialize(cut(SourceFile("a.gpkg", geopackage()), subject).file.content)
    assert con.execute("SELECT fid, floors FROM t").fetchall() == [(1, 1), (2, None), (3, 3)]


def test_a_kind_nobody_can_cut_goes_whole(home: Home) -> None:
    subject = subject_of(home, THEIRS)
    done = cut(SourceFile("a.xls", b"\xd0\xcf\x11\xe0\x00\n" + THEIRS.encode("utf-16-le")), subject)
    assert (done.file.content, done.is_dropped) == (b"", True)


def test_a_number_is_found_however_it_is_written(home: Home) -> None:
    subject = subject_of(home, THEIRS)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in THEIRS)
    old = THEIRS[:6] + THEIRS[8:17]
    assert all(holds(text.encode(code), subject) for text in (THEIRS, wide, old) for code in ("utf-8", "gb18030"))
    assert not holds(OTHER.encode(), subject)


def test_a_list_that_is_no_text_is_wrong_usage(tmp_path: Path) -> None:
    from cli.persons import _numbers

    (tmp_path / "list.txt").write_bytes("440306199003071234".encode("utf-16"))
    with pytest.raises(UsageError, match="no text in UTF-8") as said:
        _numbers(tmp_path / "list.txt")
    assert "4403" not in str(said.value)
