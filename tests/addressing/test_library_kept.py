from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from schemas.home import ROOT, Home
from tests.addressing.small_library import Building, frames_of
from transforms.addressing import index as index_module
from transforms.addressing import library_kept
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.library_kept import index_key, keep_index, read_index
from transforms.addressing.seen import Seen
from transforms.caring.vacuum import vacuum
from transforms.lake.store import Lake

TOWN = [
    Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "501", "502"), names=("老祠堂",)),
    Building("西乡街道 固戍社区", "碧海花园", "3栋", rooms=("1单元501", "2单元501")),
    Building("新安街道 上川社区", None, None, "宝民一路", "123号", rooms=("301",), lon=113.9, lat=22.5),
]
ASKED = pl.DataFrame(
    {
        "row": pl.Series(range(5), dtype=pl.UInt32),
        "address": ["固戍一村66号501", "西乡街道固戍社区碧海花园3栋2单元501", "宝民一路123号301", "老祠堂", None],
        "code": [None, None, None, None, "4403060010010100001000001"],
    }
)


@pytest.fixture
def town(home: Home) -> Home:
    """A lake with a small library."""
    import_town(home, TOWN)
    return home


def import_town(home: Home, buildings: list[Building]) -> None:
    Lake(home).replace_library({f"address.{name}": frame for name, frame in frames_of(buildings).items()})


def kept_files(home: Home) -> list[Path]:
    return sorted(home.index.iterdir()) if home.index.is_dir() else []


def answers(home: Home) -> list[tuple[Any, ...]]:
    return key_addresses(ASKED, AddressLibrary.open(home)).rows()


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, pl.DataFrame):
        assert_frame_equal(one, other)
    elif isinstance(one, pl.Series):
        assert_series_equal(one, other)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    elif is_dataclass(one) and not isinstance(one, Seen):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif not isinstance(one, Seen):
        assert one == other


def test_what_is_kept_is_what_was_prepared(town: Home) -> None:
    whole = AddressLibrary.from_frames({f"address.{name}": frame for name, frame in frames_of(TOWN).items()})
    built = AddressLibrary.open(town)
    assert built.index.buildings.height == 3
    kept = AddressLibrary.open(town)
    assert_same(kept.index, built.index)
    assert_same(kept.unit_codes, built.unit_codes)
    assert_same(kept.building_codes, built.building_codes)
    assert_same(kept.footprints, built.footprints)
    assert kept.version == built.version == whole.version
    assert_same(kept.units_of(ASKED["code"]), whole.units_of(ASKED["code"]))


def test_the_index_is_prepared_once_and_answers_alike(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = answers(town)
    assert [row[1] for row in before] == ["unit", "unit", "unit", "building", "unit"]
    monkeypatch.setattr(index_module, "build_index", _never)
    assert answers(town) == before
    assert len(kept_files(town)) == 1


def test_the_tables_are_read_only_when_they_are_asked_for(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(town)
    library = AddressLibrary.open(town)
    monkeypatch.setattr(Lake, "read", _never)
    assert key_addresses(ASKED.select("row", "address"), library)["unit_code"].drop_nulls().len() == 3
    monkeypatch.undo()
    assert library.unit.height == 6
    with pytest.raises(AttributeError):
        _ = library.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", ["a byte", "the end", "the beginning", "everything", "another file"])
def test_a_damaged_index_is_prepared_again(town: Home, damage: str) -> None:
    before = answers(town)
    (path,) = kept_files(town)
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "a byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "the end": whole[: middle + 7],
            "the beginning": whole[64:],
            "everything": b"",
            "another file": b"PAR1" + b"\0" * 100 + b"PAR1",
        }[damage]
    )
    assert read_index(town, path.stem) is None
    assert answers(town) == before
    assert kept_files(town) == [path]
    assert read_index(town, path.stem) is not None


def test_the_index_of_another_library_laid_under_this_ones_name_is_not_taken(town: Home) -> None:
    before = answers(town)
    import_town(town, TOWN[1:])
    other = answers(town)
    assert other != before
    (now,) = kept_files(town)
    whole = now.read_bytes()
    import_town(town, TOWN)
    key = index_key(town)
    assert key is not None
    now.with_stem(key).write_bytes(whole)
    assert read_index(town, key) is None
    assert answers(town) == before


def test_every_byte_is_checked(town: Home) -> None:
    answers(town)
    (path,) = kept_files(town)
    whole = path.read_bytes()
    for at in (0, 9, 64, len(whole) // 3, len(whole) - 300, len(whole) - 20, len(whole) - 10, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        assert read_index(town, path.stem) is None, at


def test_a_changed_library_has_an_index_of_its_own(town: Home) -> None:
    answers(town)
    (first,) = kept_files(town)
    standing = AddressLibrary.open(town)
    import_town(town, [Building("西乡街道 固戍社区", "固戍二村", "66号", rooms=("501",)), *TOWN[1:]])
    asked = pl.DataFrame({"row": pl.Series([0], dtype=pl.UInt32), "address": ["固戍二村66号501"]})
    assert key_addresses(asked, standing)["unit_code"].to_list() == [None]
    assert key_addresses(asked, AddressLibrary.open(town))["unit_code"].drop_nulls().len() == 1
    (second,) = kept_files(town)
    assert second != first
    assert key_addresses(asked, standing)["unit_code"].to_list() == [None]  # its file is gone, and still open


def test_nothing_is_kept_of_a_library_that_changed_meanwhile(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    real = index_module.build_index

    def changed_meanwhile(library: AddressLibrary) -> Any:
        import_town(town, TOWN[1:])
        return real(library)

    monkeypatch.setattr(index_module, "build_index", changed_meanwhile)
    old = key_addresses(ASKED, AddressLibrary.open(town))["unit_code"].to_list()
    monkeypatch.undo()
    assert old[0] is not None
    assert kept_files(town) == []
    assert key_addresses(ASKED, AddressLibrary.open(town))["unit_code"].to_list()[0] is None


def test_another_engine_prepares_its_own(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = answers(town)
    (first,) = kept_files(town)
    monkeypatch.setattr(library_kept, "_engine", lambda: "another")
    assert answers(town) == before
    (second,) = kept_files(town)
    assert second != first


def test_processes_that_want_it_at_once_leave_one_whole_index(town: Home) -> None:
    script = (
        "import sys; from pathlib import Path; from schemas.home import Home;"
        "from transforms.addressing.library import AddressLibrary;"
        "print(AddressLibrary.open(Home(Path(sys.argv[1]))).index.buildings.height)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(town.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in started] == ["3", "3", "3"]
    (path,) = kept_files(town)
    assert read_index(town, path.stem) is not None


def test_a_killed_writer_leaves_nothing_half(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(value: Any, file: Any) -> None:
        file.write(b"BDINDEX1")
        raise Killed

    monkeypatch.setattr(library_kept, "write_packed", killed)
    with pytest.raises(Killed):
        answers(town)
    assert kept_files(town) == []
    monkeypatch.undo()
    key = index_key(town)
    left = town.index / f".{key}.index.1.abcd"
    left.write_bytes(b"BDINDEX1")  # a kill no code could answer
    answers(town)
    assert [path.name for path in kept_files(town)] == [f"{key}.index"]


def test_a_disk_that_takes_nothing_costs_time_alone(town: Home) -> None:
    town.index.write_text("no folder", encoding="utf-8")
    assert answers(town) == answers(town)
    assert town.index.read_text(encoding="utf-8") == "no folder"


def test_nothing_but_the_library_is_in_it(town: Home) -> None:
    library = AddressLibrary.open(town)
    said = ASKED.head(1).with_columns(address=pl.lit("甲乙丙丁花园9栋戊己庚辛"))
    key_addresses(pl.concat([ASKED, said]), library)
    key = index_key(town)
    assert key is not None
    keep_index(town, key, library)
    (path,) = kept_files(town)
    content = path.read_bytes()
    assert "固戍1村".encode() in content
    assert not any(word.encode() in content for word in ("甲乙丙丁", "戊己庚辛", "2单元501,"))
    assert "老祠堂501".encode() not in content


def test_vacuum_leaves_the_current_index_alone(town: Home) -> None:
    answers(town)
    (path,) = kept_files(town)
    old, half = town.index / f"{'0' * 32}.index", town.index / f".{path.name}.7.abcd"
    for left in (old, half):
        left.write_bytes(b"BDINDEX1")
    vacuum(town)
    assert kept_files(town) == [path]


def _never(*_: object, **__: object) -> Any:
    raise AssertionError("asked for")
