"""Another attempt where the way to a source failed: after a second, then twice as long each time."""

from __future__ import annotations

import time

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from transforms.connecting.fault import Interrupted

LONGEST = 60.0  # seconds between attempts; a source may ask for as many
_growing = wait_exponential_jitter(initial=1, max=LONGEST)


def attempts(number: int) -> Retrying:
    """Calls again after Interrupted, `number` times in all; then the last one is raised."""
    return Retrying(
        stop=stop_after_attempt(number),
        wait=_wait,
        retry=retry_if_exception_type(Interrupted),
        sleep=pause,
        reraise=True,
    )


def pause(seconds: float) -> None:
    """Between attempts; a name of its own so that tests need not wait."""
    time.sleep(seconds)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Interrupted) else None
    return min(asked, LONGEST) if asked is not None else _growing(state)
