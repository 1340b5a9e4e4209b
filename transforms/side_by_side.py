"""Pieces of work side by side, as many as were asked for and as memory allows: what is large runs alone.

In threads of one process: Polars, Arrow and Delta work without Python's lock, and what a load prepares (the library's
index, what was read of an address, Great Expectations) stands in memory once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from transforms.machine_memory import machine_memory

USUAL = 2  # at once, unless more are asked for: a second one uses what the first leaves of two cores
SHARE = 0.4  # of the machine's memory
MOST_MEMORY = 6_500_000_000  # bytes, on whatever machine

Go = Callable[[], None]
Tell = Callable[[Sequence[str], int], None]  # who is at work, how many have ended


class Stopped(BaseException):
    """The process was asked to end while a piece of work went on."""


@dataclass(frozen=True)
class Piece:
    """`memory`: bytes it needs at most, about. `work` calls what it is given wherever it may end: that raises Stopped
    when it is to end."""

    name: str
    memory: int
    work: Callable[[Go], Any]


def side_by_side(
    pieces: Sequence[Piece],
    at_once: int,
    *,
    tell: Tell = lambda running, ended: None,
    ends_all: Callable[[BaseException], bool] = lambda error: False,
    memory: int | None = None,
) -> dict[str, BaseException]:
    """Does all pieces: one at a time in the order given and in this thread, several the largest first.

    Returns the errors pieces ended with, by name; after one that `ends_all` no other is begun. While several are at
    work they need no more than `memory` (bytes) together. Ctrl-C waits until those at work have come to a place where
    they may end.
    """
    return _in_turn(pieces, tell, ends_all) if at_once < 2 else _at_once(pieces, at_once, tell, ends_all, memory)


def usual_jobs() -> int:
    """How many run at once unless somebody says otherwise."""
    import polars as pl

    return max(1, min(USUAL, pl.thread_pool_size()))


def memory_to_use() -> int:
    """Bytes that pieces side by side may need together."""
    return min(int(machine_memory() * SHARE), MOST_MEMORY)


def _in_turn(
    pieces: Sequence[Piece], tell: Tell, ends_all: Callable[[BaseException], bool]
) -> dict[str, BaseException]:
    errors: dict[str, BaseException] = {}
    for number, piece in enumerate(pieces):
        tell([piece.name], number)
        try:
            piece.work(lambda: None)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a fault in Polars' Rust is no Exception
            errors[piece.name] = error
            if ends_all(error):
                break
    return errors


def _at_once(
    pieces: Sequence[Piece],
    at_once: int,
    tell: Tell,
    ends_all: Callable[[BaseException], bool],
    memory: int | None,
) -> dict[str, BaseException]:
    memory = memory_to_use() if memory is None else memory
    waiting = sorted(pieces, key=lambda piece: -piece.memory)
    running: dict[str, Piece] = {}
    errors: dict[str, BaseException] = {}
    ended: SimpleQueue[tuple[str, BaseException | None]] = SimpleQueue()
    stop, count = Event(), 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the filter is the process's own: who sets it meanwhile undoes the others'
        try:
            while waiting or running:
                while len(running) < at_once and (piece := _fitting(waiting, running, memory)) is not None:
                    waiting.remove(piece)
                    running[piece.name] = piece
                    Thread(target=_do, args=(piece, stop, ended), name=piece.name).start()
                tell(list(running), count)
                name, error = ended.get()
                del running[name]
                count += 1
                if error is not None:
                    errors[name] = error
                    if ends_all(error):
                        waiting.clear()
        finally:
            stop.set()
            for _ in range(len(running)):  # none unless this thread was interrupted
                ended.get()
    return errors


def _fitting(waiting: Sequence[Piece], running: Mapping[str, Piece], memory: int) -> Piece | None:
    """The largest that finds room beside those at work; any where none is."""
    left = memory - sum(piece.memory for piece in running.values())
    return next((piece for piece in waiting if not running or piece.memory <= left), None)


def _do(piece: Piece, stop: Event, ended: SimpleQueue[tuple[str, BaseException | None]]) -> None:
    """In a thread of its own."""

    def go() -> None:
        if stop.is_set():
            raise Stopped

    error: BaseException | None = None
    try:
        piece.work(go)
    except BaseException as raised:
        error = raised
    ended.put((piece.name, error))
