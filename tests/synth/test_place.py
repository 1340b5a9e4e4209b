from __future__ import annotations

from synth.area import make_areas
from synth.draw import Draw
from synth.place import ROADSIDE, make_places


def test_a_whole_district_has_names_enough():
    places, building = make_places(175_000, make_areas(175_000), Draw(1, "place"))
    assert building.height == 175_000
    named = places.filter(places["kind"] != ROADSIDE)
    assert named["name"].null_count() == 0
    # An estate shares its name only on purpose, a village only by chance.
    assert named["name"].n_unique() > 0.9 * named.height
