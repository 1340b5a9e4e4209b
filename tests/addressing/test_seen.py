from __future__ import annotations

import polars as pl
import pytest

from transforms.addressing import seen as seen_module
from transforms.addressing.seen import Seen


def letters(texts: pl.Series) -> pl.DataFrame:
    """One row a letter; a text without letters has none."""
    frame = texts.alias("text").to_frame().with_columns(letter=pl.col("text").str.extract_all("[a-z]"))
    return frame.explode("letter").drop_nulls()


def test_each_text_is_read_once_and_answered_every_time() -> None:
    asked: list[str] = []

    def read(texts: pl.Series) -> pl.DataFrame:
        asked.extend(texts)
        return letters(texts)

    seen = Seen("text")
    for batch in (["ab", "c", "1"], ["c", "d", "ab", "c", None], ["1", "2"]):
        texts = pl.Series("given", batch, dtype=pl.String)
        expected = letters(texts.unique().drop_nulls())
        assert seen.read(texts, read).sort("text", "letter").equals(expected.sort("text", "letter"))
    assert sorted(asked) == ["1", "2", "ab", "c", "d"]


def test_a_full_memory_begins_anew_and_forgets_nothing_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "MOST", 3)
    seen = Seen("text")
    for batch in (["a", "b"], ["c", "d"], ["a", "b", "c"]):
        found = seen.read(pl.Series(batch), letters)
        assert sorted(found["letter"]) == sorted("".join(batch))


def test_what_was_read_in_many_pieces_is_told_as_if_read_at_once() -> None:
    seen, read = Seen("text"), []

    def reading(texts: pl.Series) -> pl.DataFrame:
        read.extend(texts)
        return letters(texts)

    every = [f"{'abc'[: n % 4]}{n}" for n in range(200)]  # every fourth has no letters, and no row
    for size, step in ((3, 50), (40, 11), (200, 1)):
        for start in range(0, len(every) - size + 1, step):
            texts = pl.Series(every[start : start + size])
            assert seen.read(texts, reading).sort("text", "letter").equals(letters(texts).sort("text", "letter"))
    assert sorted(read) == sorted(every)
