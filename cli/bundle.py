"""The bundle: this repository and every package it installs, in one file for a machine without any network.

`python -m cli.bundle`; `make bundle` calls it. What it makes is unpacked there and installed by
`make install OFFLINE=1`. The packages are those of the lock, checked by their hashes when fetched and when installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import BlockdataError
from schemas.home import ROOT

LOCKS = ("requirements.lock", "tests/duckdb-1.5.6.lock")
WHEELS = "wheels"
MADE_FOR = "made-for.json"  # which Pythons and which machine the wheels are for
ARCHITECTURE = f"{sys.platform}-{platform.machine()}"


def made_for(pythons: Sequence[str]) -> dict[str, object]:
    """What stands in wheels/made-for.json: {"pythons": ["3.11"], "architecture": "linux-x86_64"}."""
    return {"pythons": sorted(pythons), "architecture": ARCHITECTURE}


def fetch(folder: Path, pythons: Sequence[str]) -> None:
    """Every package of the locks as a wheel for each Python, into `folder`."""
    for python in pythons:
        for lock in LOCKS:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--require-hashes", "--only-binary=:all:", "--python-version", python]
            done = subprocess.run(
                [*command, "--dest", str(folder), "-r", str(ROOT / lock)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
                raise BlockdataError(
                    f"the packages of {lock} could not be fetched for Python {python}: {last}",
                    "make the bundle on a machine with the network, for a Python the project supports",
                )


def sources() -> list[str]:
    """The files of the repository as they are committed, by path."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode:
        raise BlockdataError(f"{ROOT} is no clone of the repository", "make the bundle from a clone")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def pack(target: Path, wheels: Path, name: str) -> str:
    """Write the bundle and its checksum beside it; returns the checksum. A killed run leaves no half bundle."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with tarfile.open(partial, "w") as tar:
        for source in sources():
            tar.add(ROOT / source, f"{name}/{source}", filter=_plain)
        for wheel in sorted(wheels.iterdir()):
            tar.add(wheel, f"{name}/{WHEELS}/{wheel.name}", filter=_plain)
    with partial.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    partial.replace(target)
    Path(f"{target}.sha256").write_text(f"{checksum}  {target.name}\n", encoding="utf-8")
    return checksum


def check(bundle: Path) -> None:
    """Install the bundle in a folder of its own, in a network namespace that holds nothing, and ask for help there.

    Raises BlockdataError saying what failed; where no namespace may be made, says so instead of passing.
    """
    alone = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        raise BlockdataError("no network namespace may be made here", "check on a machine that has `unshare --net`")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(bundle) as tar:
            tar.extractall(folder, filter="data")
        (place,) = Path(folder).iterdir()
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "VIRTUAL_ENV", "MAKE"))}
        for command in (
            ["make", "install", "OFFLINE=1", f"PYTHON={sys.executable}"],
            [".venv/bin/blockdata", "--help"],
        ):
            done = subprocess.run([*alone, *command], cwd=place, env=clean, capture_output=True, text=True, check=False)
            if done.returncode:
                told = (done.stdout + done.stderr).strip().splitlines()[-3:]
                raise BlockdataError(f"`{' '.join(command)}` failed without a network: {' '.join(told)}", "see above")


def main(arguments: Sequence[str]) -> int:
    """`python -m cli.bundle [--check] [PYTHON…]`, e.g. `3.11 3.12`; without any, for the Python that runs it."""
    from importlib.metadata import version

    pythons = [word for word in arguments if not word.startswith("-")]
    pythons = pythons or [f"{sys.version_info.major}.{sys.version_info.minor}"]
    name = f"blockdata-{version('blockdata')}"
    target = ROOT / "dist" / f"{name}-{ARCHITECTURE}.tar"
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(f"fetching the packages for Python {', '.join(pythons)} ...", file=sys.stderr)
            fetch(Path(folder), pythons)
            (Path(folder) / MADE_FOR).write_text(json.dumps(made_for(pythons)), encoding="utf-8")
            checksum = pack(target, Path(folder), name)
        if "--check" in arguments:
            print("installing it without a network ...", file=sys.stderr)
            check(target)
    except BlockdataError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:,.0f} MB  sha256 {checksum}")
    print(f"there: tar xf {target.name} && cd {name} && make install OFFLINE=1")
    return 0


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without who made it and when: the same commit and lock give the same bundle."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
