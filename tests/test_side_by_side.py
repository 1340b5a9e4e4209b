"""Work side by side: never more at once, nor more memory, than was allowed; errors and Ctrl-C end what they should."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence

import pytest

from transforms import side_by_side as module
from transforms.side_by_side import Go, Piece, Stopped, side_by_side

LONG = 10.0  # seconds nobody waits for unless the code is broken


class Seen:
    """Who was at work with whom."""

    def __init__(self) -> None:
        self.lock, self.now, self.began, self.together = (
            threading.Lock(),
            set[str](),
            list[str](),
            set[frozenset[str]](),
        )

    def piece(self, name: str, memory: int = 1, then: Callable[[Go], None] = lambda go: None) -> Piece:
        def work(go: Go) -> None:
            with self.lock:
                self.began.append(name)
                self.now.add(name)
                self.together.add(frozenset(self.now))
            try:
                then(go)
            finally:
                with self.lock:
                    self.now.remove(name)

        return Piece(name, memory, work)


def test_two_work_at_the_same_time_and_never_three() -> None:
    seen, meet = Seen(), threading.Barrier(2)
    pieces = [seen.piece(name, then=lambda go: meet.wait(LONG) and None) for name in "abcdef"]  # alone, each would wait
    assert side_by_side(pieces, 2, memory=100) == {}
    assert sorted(seen.began) == list("abcdef")
    assert {len(group) for group in seen.together} == {1, 2}


def test_the_large_run_alone_and_the_rest_fills_what_is_left() -> None:
    seen, begun = Seen(), threading.Event()

    def waits(go: Go) -> None:
        assert begun.wait(LONG)

    pieces = [
        seen.piece("small", 3, lambda go: begun.set()),
        seen.piece("huge", 50),
        seen.piece("large", 7, waits),  # `middle` has no room beside it, `small` has
        seen.piece("middle", 4),
    ]
    assert side_by_side(pieces, 2, memory=10) == {}
    assert seen.began == ["huge", "large", "small", "middle"]
    assert frozenset({"large", "small"}) in seen.together
    assert {group for group in seen.together if group & {"huge", "middle"} and len(group) > 1} == set()


def test_one_at_a_time_keeps_the_order_and_the_thread() -> None:
    threads: list[threading.Thread] = []
    seen = Seen()
    pieces = [
        seen.piece(name, size, lambda go: threads.append(threading.current_thread()))
        for name, size in zip("cab", (1, 9, 5), strict=True)
    ]
    heard: list[tuple[Sequence[str], int]] = []
    assert side_by_side(pieces, 1, tell=lambda running, ended: heard.append((running, ended))) == {}
    assert seen.began == ["c", "a", "b"] and set(threads) == {threading.current_thread()}
    assert heard == [(["c"], 0), (["a"], 1), (["b"], 2)]


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_stops_no_other_unless_it_concerns_all(at_once: int) -> None:
    def fails(error: BaseException) -> Callable[[Go], None]:
        def work(go: Go) -> None:
            raise error

        return work

    seen, its_own, of_all = Seen(), ValueError("its own"), OSError("of all")
    pieces = [
        seen.piece("a", 9, fails(its_own)),
        seen.piece("b", 8),
        seen.piece("c", 7, fails(of_all)),
        *(seen.piece(f"d{n}", 7) for n in range(20)),
    ]
    errors = side_by_side(pieces, at_once, ends_all=lambda error: isinstance(error, OSError), memory=10)  # no two fit
    assert errors == {"a": its_own, "c": of_all}
    assert seen.began == ["a", "b", "c"]


def test_an_interrupt_lets_those_at_work_come_to_where_they_may_end() -> None:
    seen, ended = Seen(), []
    both = threading.Barrier(3)

    def works(go: Go) -> None:
        both.wait(LONG)
        while True:  # a step after the other
            try:
                go()
            except Stopped:
                ended.append("stopped")
                raise

    def interrupted(running: Sequence[str], count: int) -> None:
        if len(running) == 2:
            both.wait(LONG)
            raise KeyboardInterrupt

    pieces = [seen.piece(name, then=works) for name in "ab"] + [seen.piece("never", 0)]
    with pytest.raises(KeyboardInterrupt):
        side_by_side(pieces, 2, tell=interrupted, memory=10)
    assert ended == ["stopped"] * 2 and sorted(seen.began) == ["a", "b"] and not seen.now


def test_what_silences_warnings_in_one_thread_leaves_the_filter_as_it_was() -> None:
    """Two that set and reset it would each bring back what the other had set."""
    first_in, second_in, first_out = (threading.Event() for _ in range(3))

    def first(go: Go) -> None:
        with warnings.catch_warnings():
            first_in.set()
            assert second_in.wait(LONG)
        first_out.set()

    def second(go: Go) -> None:
        assert first_in.wait(LONG)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            second_in.set()
            assert first_out.wait(LONG)

    before = list(warnings.filters)
    side_by_side([Piece("first", 1, first), Piece("second", 1, second)], 2, memory=10)
    assert warnings.filters == before


def test_memory_is_a_share_of_what_the_container_may_use(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr("transforms.machine_memory.LIMIT", limit)
    whole = module.memory_to_use()
    assert 0 < whole <= module.MOST_MEMORY
    limit.write_text("max\n")
    assert module.memory_to_use() == whole
    limit.write_text("1000000\n")
    assert module.memory_to_use() == 400_000
