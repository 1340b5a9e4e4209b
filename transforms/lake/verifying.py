"""A release checked beside the publish that goes on from it: hashing some gigabytes leaves a core idle otherwise.

Nothing is taken over unseen: who goes on from a table waits for its files alone. One that is only linked may be read
before it is hashed, for what comes of it serves nobody yet: `everything` comes before the next release is built, and
a fault met meanwhile in a damaged release is told as its damage. Who publishes sees to that order; nothing is written
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from transforms.lake.release_manifest import (
    Manifest,
    ReleaseDamaged,
    listed_files,
    read_manifest,
    verify_file,
    verify_no_other,
)

THREADS = 2  # one reads while the other hashes; hashing lets go of the interpreter


@dataclass(frozen=True)
class Verifying:
    """A check under way; without a release to check there is nothing to wait for."""

    manifest: Manifest | None = None
    checks: dict[str, Future[None]] = field(default_factory=dict)  # by path in the release, in the order begun

    def table(self, name: str) -> None:
        """Waits until the files of a table are known to be sound; else ReleaseDamaged."""
        if self.manifest is not None and name in self.manifest.tables:
            for file in self.manifest.tables[name].all_files:
                self.checks[file.path].result()

    def everything(self) -> None:
        """Waits until the whole release is known to be sound; else ReleaseDamaged."""
        for check in self.checks.values():
            check.result()


@contextmanager
def verifying(folder: Path | None, order: Callable[[str], int]) -> Iterator[Verifying]:
    """Checks the release in `folder` while the block runs, and has ended when the block has.

    Files are hashed in the `order` of their paths in the release; those of order 0 before the block begins. What the
    block raises is told only of a sound release: where a file is damaged that is what went wrong, and ReleaseDamaged is
    raised in its place.
    """
    if folder is None:
        yield Verifying()
        return
    manifest = read_manifest(folder)
    verify_no_other(manifest, folder)
    files = sorted(listed_files(manifest), key=lambda file: order(file.path))
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="verify")
    try:
        checking = Verifying(manifest, {file.path: pool.submit(verify_file, manifest, folder, file) for file in files})
        for file in files:
            if order(file.path) == 0:
                checking.checks[file.path].result()
        try:
            yield checking
        except Exception as error:
            try:
                checking.everything()
            except ReleaseDamaged as damage:
                raise damage from error
            raise
        checking.everything()
    finally:
        pool.shutdown(cancel_futures=True)
