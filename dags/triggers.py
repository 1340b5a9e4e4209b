"""What starts a run the moment there is work: a delivery lies complete in landing, or the lake has settled.

All triggers share one scan of one lake's doors (Airflow's shared stream): sixty-six feeds cost one look a second in the
triggerer, and no worker waits. Nothing is deleted or moved here; a load removes what it has sealed. What a trigger has
told is kept in memory alone: after a restart it tells once more, and a run that finds nothing ends skipped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from transforms.watching import Look

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
TELL_SECONDS = 5.0  # a trigger that joins late hears of what lies there already
REMIND_SECONDS = 900.0  # a run that failed left its files: they are told again
PATIENCE_SECONDS = 900.0  # a release waits at most so long for deliveries that are still being loaded


@dataclass(frozen=True)
class Sight:
    """A look, and when (seconds of a clock that never goes back)."""

    at: float
    look: Look


class DoorTrigger(BaseEventTrigger):
    """Looks at this lake's doors together with every other trigger of its kind."""

    def shared_stream_key(self) -> Hashable | None:
        """One scan for all of them: a triggerer serves one lake, that of its BLOCKDATA_HOME."""
        return ("blockdata", "doors")

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Sight]:
        """Yields what lies there whenever it changed, and every few seconds anyway."""
        from schemas.home import Home
        from transforms.watching import look

        home = Home.from_environment()
        before: Look | None = None
        told = 0.0
        while True:
            try:
                now = await asyncio.to_thread(look, home)
            except Exception:  # a scan that dies would stop every feed
                log.warning("landing could not be looked at; once more in %s s", TELL_SECONDS, exc_info=True)
                await asyncio.sleep(TELL_SECONDS)
                continue
            at = time.monotonic()
            if now != before or at - told >= TELL_SECONDS:
                before, told = now, at
                yield Sight(at, now)
            await asyncio.sleep(LOOK_SECONDS)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The same with a scan of its own, where nothing is shared."""
        async for event in self.filter_shared_stream(self.open_shared_stream(self.serialize()[1])):
            yield event


class DeliveriesComplete(DoorTrigger):
    """Fires when a delivery of one feed lies complete that was not told yet."""

    def __init__(self, feed_id: str) -> None:
        super().__init__()
        self.feed_id = feed_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class and arguments."""
        return f"{__name__}.{type(self).__name__}", {"feed_id": self.feed_id}

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Sight]) -> AsyncIterator[TriggerEvent]:
        """One event for what is new; again for what still lies there long after. File names are not told."""
        told: frozenset[Any] = frozenset()
        told_at = 0.0
        async for sight in shared_stream:
            lying = sight.look.complete.get(self.feed_id, frozenset())
            if lying - told or (lying and sight.at - told_at >= REMIND_SECONDS):
                told_at = sight.at
                yield TriggerEvent({"feed_id": self.feed_id, "files": len(lying)})
            told = lying


class LakeSettled(DoorTrigger):
    """Fires when batches wait for a release and nothing more is about to be loaded.

    Deliveries that arrive together are one release: as long as some lie complete in landing the release waits, but for
    none longer than PATIENCE_SECONDS.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class and arguments."""
        return f"{__name__}.{type(self).__name__}", {}

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Sight]) -> AsyncIterator[TriggerEvent]:
        """One event for what is new in the lake, as soon as it may be published."""
        told: frozenset[str] = frozenset()
        since: float | None = None
        lying: dict[Any, float] = {}
        async for sight in shared_stream:
            here = [file for files in sight.look.complete.values() for file in files]
            lying = {file: lying.get(file, sight.at) for file in here}
            waiting = sight.look.unpublished - told
            since = (sight.at if since is None else since) if waiting else None
            is_loading = any(sight.at - first < PATIENCE_SECONDS for first in lying.values())
            if since is not None and (not is_loading or sight.at - since >= PATIENCE_SECONDS):
                yield TriggerEvent({"batches": len(waiting)})
                told, since = sight.look.unpublished, None
