"""What may be said of a new place before it is looked at in the library: usages, floors, areas and points that exist.

Only wishes are judged: rows that split, merge or renumber carry over stay as they are.
"""

from __future__ import annotations

import math

from schemas.codelist import load_codelist
from transforms.addressing.library_rows import POINT
from transforms.library.draft import LibraryRefusal

STOREYS = (-10, 200)  # floors there are, below ground and above


def usage_code(codelist: str, text: str | None) -> str | None:
    """A usage by its code, its Chinese name or another way of writing it; LibraryRefusal for any other word."""
    words = load_codelist(codelist)
    if text is not None and text not in words.translation:
        raise LibraryRefusal(f"{text} is no usage of {codelist}", f"give one of {', '.join(words.names)}")
    return None if text is None else words.translation[text]


def refuse_floor(floor: int | None, least: int = STOREYS[0]) -> None:
    """LibraryRefusal for a number no floor bears, or, with 1 as the `least`, no count of floors is."""
    if floor is not None and not least <= floor <= STOREYS[1]:
        raise LibraryRefusal(f"{floor} is no number of floors here", f"give {least} to {STOREYS[1]}, or leave it out")


def refuse_area(area_m2: float | None) -> None:
    """LibraryRefusal for an area no room has."""
    if area_m2 is not None and not 0 < area_m2 < math.inf:
        raise LibraryRefusal(f"{area_m2} m² is no area of a room", "give square metres above 0, or leave it out")


def refuse_point(lon: float | None, lat: float | None) -> None:
    """LibraryRefusal for half a point, or one outside China."""
    if (lon is None) != (lat is None):
        raise LibraryRefusal("half a point is no place", "give --lon and --lat")
    for (name, (least, most)), degrees in zip(POINT.items(), (lon, lat), strict=True):
        if degrees is not None and not least <= degrees <= most:
            raise LibraryRefusal(f"{name} {degrees} is no place in China", "give degrees of EPSG:4490, lon 113.88")
