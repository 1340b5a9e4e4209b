"""Addresses with passwords, and tokens: known by name in a contract, kept outside the repository.

A secret NAME is the environment's BLOCKDATA_SECRET_NAME, else a line `NAME: value` of the YAML file BLOCKDATA_SECRETS,
else of `blockdata/secrets.yaml` in the user's state folder (mode 0600).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from schemas.declaration import read_mapping
from schemas.errors import ContractError, UsageError
from schemas.home import ROOT, state_file

PREFIX = "BLOCKDATA_SECRET_"


def secrets_path() -> Path:
    """Where the file of secrets is or would be."""
    return state_file("BLOCKDATA_SECRETS", "secrets.yaml")


def secret_of(name: str) -> str:
    """The secret of this name. UsageError when there is none, or when others could read the file it should be in."""
    told = os.environ.get(PREFIX + name)
    if told:
        return told
    path = secrets_path()
    mend = f"set {PREFIX}{name}, or write `{name}: ...` into {path} (chmod 600)"
    if not path.is_file():
        raise UsageError(f"the secret {name} is not set", mend)
    if path.resolve().is_relative_to(ROOT):
        raise UsageError(f"the secrets in {path} lie inside the repository", "move them away and set BLOCKDATA_SECRETS")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError(f"the secrets in {path} can be read by other users", f"chmod 600 {path}")
    try:
        found = read_mapping(path).get(name)
    except ContractError:  # its own words could quote the file
        raise UsageError(f"the secrets in {path} are not readable as YAML", "write a line NAME: 'value' each") from None
    if not isinstance(found, str) or not found.strip():
        raise UsageError(f"the secret {name} is not set", mend if found is None else f"put {name} in quotes in {path}")
    return found.strip()
