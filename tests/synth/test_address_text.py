import numpy as np
import polars as pl
import pytest

from synth.address_text import Style, write
from synth.draw import Draw
from synth.world import World

PLAIN = Style(
    prefix=(1, 0, 0, 0, 0, 0, 0, 0), street=1.01, community=1.01, road=1.01, dashes=0, room=1, estate_short=0, former=0,
    typo=0, remark=0, noise=0,
)  # fmt: skip


def _write(world: World, style: Style) -> tuple[pl.Series, pl.Series, np.ndarray]:
    rows = np.arange(min(4000, world.unit.height))
    address, named = write(world.unit, world.building, rows, style, Draw(1, "test"))
    return address, world.unit["standard_address"].head(len(rows)), named


def test_no_address_is_empty_and_few_are_standard(world: World):
    address, standard, _ = _write(world, Style())
    assert address.null_count() == 0
    assert (address.str.len_chars() > 2).all()
    assert (address == standard).mean() < 0.15


@pytest.mark.parametrize(
    ("habit", "pattern"),
    [
        ({"dashes": 1.0}, r"\d-(\d-)?\d{3}"),
        ({"noise": 0.3}, r"[０-９]|區|樓|號|【"),
        ({"remark": 1.0}, r"[)）]$|房东$"),
        ({"prefix": (0, 0, 0, 0, 0, 1, 0, 0)}, r"^(广东省深圳市宝安区){2}"),
    ],
)
def test_a_habit_shows(world: World, habit: dict, pattern: str):
    plain, _, _ = _write(world, PLAIN)
    changed, _, _ = _write(world, Style(**{**PLAIN.__dict__, **habit}))
    assert changed.str.contains(pattern).mean() > plain.str.contains(pattern).mean() + 0.05


def test_room_numbers_survive_every_habit(world: World):
    rows = np.arange(min(4000, world.unit.height))
    address, named = write(world.unit, world.building, rows, Style(noise=0, remark=0), Draw(2, "test"))
    room = world.unit["room"].head(len(rows))
    kept = (
        pl.DataFrame({"address": address, "room": room, "named": named})
        .filter("named")
        .select(pl.col("address").str.to_uppercase().str.contains(pl.col("room").str.to_uppercase(), literal=True))
    )
    assert kept.to_series().all()


def test_rows_without_a_room_say_so(world: World):
    address, _, named = _write(world, Style(**{**PLAIN.__dict__, "room": 0.0}))
    assert not named.any()
    assert not address.str.contains(r"(室|房)$").any()
