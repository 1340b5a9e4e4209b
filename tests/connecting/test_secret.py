"""Secrets: by name, from the environment or a file of this user's outside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.home import ROOT
from transforms.connecting.secret import secret_of, secrets_path


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_text("TOWN: from the file\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("BLOCKDATA_SECRETS", str(path))
    assert secret_of("TOWN") == "from the file"
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", "from the environment")
    assert secret_of("TOWN") == "from the environment"


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        ("OTHER: x", 0o600, "is not set"),
        ("TOWN: ''", 0o600, "is not set"),
        ("TOWN: 12345", 0o600, "is not set"),
        ("TOWN: s3cretword", 0o644, "read by other users"),
        ("TOWN: [s3cretword", 0o600, "not readable"),
        ("- s3cretword", 0o600, "not readable"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int, told: str
) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    monkeypatch.setenv("BLOCKDATA_SECRETS", str(path))
    with pytest.raises(UsageError, match=told) as error:
        secret_of("TOWN")
    assert error.value.mend and "s3cretword" not in str(error.value)


def test_no_secret_lies_in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_SECRETS", str(ROOT / "pyproject.toml"))
    with pytest.raises(UsageError, match="inside the repository"):
        secret_of("TOWN")


def test_the_file_is_in_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKDATA_SECRETS", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert secrets_path() == tmp_path / "blockdata" / "secrets.yaml"
    with pytest.raises(UsageError, match="is not set"):
        secret_of("TOWN")
