"""The key file: made once, for one user, never printed."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from transforms.lake.keys import CHECK, check_keys, keys_of, keys_path, load_keys


def test_keys_are_made_once_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "state" / "keys.json"
    keys = load_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len({keys.token, keys.archive, keys.audit}) == 3 and len(keys.token) == 32
    assert load_keys(path) == keys
    assert [name.name for name in path.parent.iterdir()] == ["keys.json"]


def test_of_many_makers_one_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_keys(tmp_path / "keys.json"), range(16)))
    assert len({keys.token for keys in made}) == 1


def test_keys_are_not_shown(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "keys.json")
    for key in (keys.token, keys.archive, keys.audit):
        assert key.hex() not in repr(keys) and repr(key) not in repr(keys)


def test_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_keys(path)
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        load_keys(path)


@pytest.mark.parametrize("text", ["", "{}", '{"token": "xyz", "archive": "", "audit": ""}', "[1]"])
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="damaged"):
        load_keys(path)
    assert path.read_text() == text


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_keys(path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "audit": "ab"}))
    with pytest.raises(UsageError, match="wrong length"):
        load_keys(path)


def test_where_the_keys_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "given.json"))
    assert keys_path() == tmp_path / "given.json"
    monkeypatch.delenv("BLOCKDATA_KEYS")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert keys_path() == tmp_path / "blockdata" / "keys.json"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert keys_path() == Path.home() / ".local" / "state" / "blockdata" / "keys.json"


def test_a_home_is_bound_to_its_keys_at_first_use(home: Home) -> None:
    keys = keys_of(home)
    told = (home.path / CHECK).read_text()
    assert keys_of(home) == keys and (home.path / CHECK).read_text() == told
    assert re.fullmatch("token [a-p]{32}\narchive [a-p]{32}\naudit [a-p]{32}\n", told)
    assert [name.name for name in home.path.iterdir()] == [CHECK]


def test_other_keys_are_refused(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = keys_of(home)
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "other.json"))
    with pytest.raises(UsageError, match="is not there") as lost:
        keys_of(home)
    assert "BLOCKDATA_KEYS" in lost.value.mend and not (tmp_path / "other.json").exists()
    load_keys()
    for refuse in (keys_of, check_keys):
        with pytest.raises(UsageError, match="others than this lake") as other:
            refuse(home)
        assert "BLOCKDATA_KEYS" in other.value.mend
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "keys.json"))
    assert keys_of(home) == keys


@pytest.mark.parametrize("changed", ["token", "archive", "audit"])
def test_one_other_key_of_the_three_is_told(home: Home, tmp_path: Path, changed: str) -> None:
    keys_of(home)
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), changed: "ab" * 32}))
    with pytest.raises(UsageError, match="others than this lake"):
        keys_of(home)


def test_a_lake_from_before_its_binding_makes_no_new_keys(home: Home) -> None:
    sealed = home.archive / "town__lodgers" / "2026-03-02" / f"{'a' * 16}.sealed"
    sealed.parent.mkdir(parents=True)
    sealed.touch()
    with pytest.raises(UsageError, match="is not there"):
        keys_of(home)
    assert not keys_path().exists()


def test_of_many_who_bind_a_home_all_hold_its_keys(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys_of(home), range(16)))
    assert {keys.token for keys in found} == {load_keys().token}
