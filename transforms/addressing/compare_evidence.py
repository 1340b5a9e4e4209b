"""What two addresses, read side by side, say for and against being one place: one level per kind of evidence."""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz.distance import Indel, LCSseq
from rapidfuzz.process import cpdist

from transforms.addressing.compare_reading import AREAS, read_sides
from transforms.addressing.similar_names import GENERIC, SIDES

# Agree, one is a part of the other (B and B1, 3 and 3-1), contradict, said on one side, on neither.
_PAIR = ("same", "within", "other", "one", "none")
_BINS = ("0", "1", "2", "3", "4", "5", "none")  # of a share: below 0.2, 0.4, 0.6, 0.8, below 1, and 1
ANCHORS = ("door", "name", "road", "street", "area", "nothing")
BEYOND = ("neither", "one", "both")
CLASHES = ("city", "county", "street", "road", "door", "name", "telling", "building", "entrance", "floor", "room")
# Evidence → its levels. All are symmetric: which address stands left changes none of them.
LEVELS: dict[str, tuple[str, ...]] = {
    "area": ("same", "city_other", "county_other", "unsaid"),
    "street": ("same", "within", "other", "one", "none"),
    "road": ("same", "within", "near", "other", "one", "none"),
    # The number on the road, told apart by whether the road is one.
    "door": ("same", "overlap", "other", "other_elsewhere", "one", "none"),
    "name": ("same", "within", "near", "telling", "in_text", "akin", "other", "one", "none"),
    "building": _PAIR,
    "entrance": _PAIR,
    "floor": _PAIR,
    "room": _PAIR,
    "numbers": ("sequence", "equal", "within", "crossing", "disjoint", "one", "none"),
    # The finest thing both say, and which sides say more than it: 18 cases, the frame of the decision.
    "place": tuple(f"{anchor}_{beyond}" for anchor in ANCHORS for beyond in BEYOND),
    "clash": ("none", *CLASHES),  # the coarsest contradiction
    "beside": ("one", "both", "none"),  # 对面, 旁, 东100米: a place by what is named
    "cover": _BINS,  # share of the shorter text found, in order, in the longer
    "alike": _BINS,  # likeness of the whole texts
}
_PARTS = ("building", "entrance", "floor", "room")
_ROAD_BEHIND = "(?:路|街|道|巷|弄)[0-9]*号?"
_NEAR = 0.7  # likeness of two names that may be one, misspelt


def gather(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """One row a pair: LEVELS (Enum), `identical`, `said_left`, `said_right`, `more_left`, `more_right` (Boolean)."""
    frame = read_sides(left, right)
    frame = frame.with_columns(
        l_in_r=_stands_in("l", "r"),
        r_in_l=_stands_in("r", "l"),
        name_common=_common(frame["l_name"], frame["r_name"]),
        is_one_sequence=(pl.col("l_number_list") == pl.col("r_number_list"))
        & (pl.col("l_number_list").list.len() >= 2),
        road_like=_likeness(frame["l_road"], frame["r_road"]),
        alike_share=_likeness(frame["l_own"], frame["r_own"]),
        cover_share=_cover(frame["l_own"], frame["r_own"]),
    )
    frame = frame.with_columns(
        area=_area(),
        street=_street(),
        road=_road(),
        name=_name(),
        building=_agreement(*_both("building")),
        entrance=_agreement(*_both("entrance")),
        beside=_beside(),
        numbers=_numbers(),
        cover=_bin("cover_share"),
        alike=_bin("alike_share"),
    )
    frame = frame.with_columns(door=_door(), floor=_floor(), room=_room())
    frame = frame.with_columns(anchor=_anchor())
    frame = frame.with_columns(more_left=_beyond("l", "r"), more_right=_beyond("r", "l"))
    beyond = (
        pl.when(pl.col("more_left") & pl.col("more_right"))
        .then(pl.lit("both"))
        .when(pl.col("more_left") | pl.col("more_right"))
        .then(pl.lit("one"))
        .otherwise(pl.lit("neither"))
    )
    frame = frame.with_columns(
        place=pl.concat_str("anchor", beyond, separator="_"),
        clash=_clash(),
        identical=((pl.col("l_raw") == pl.col("r_raw")) & (pl.col("l_raw") != "")).fill_null(False),
        said_left=pl.col("l_said"),
        said_right=pl.col("r_said"),
    )
    return frame.select(
        *[pl.col(name).cast(pl.Enum(levels)) for name, levels in LEVELS.items()],
        "identical", "said_left", "said_right", "more_left", "more_right",
    )  # fmt: skip


def _pairwise(scorer: object, left: pl.Series, right: pl.Series) -> np.ndarray:
    return cpdist(left.fill_null("").to_list(), right.fill_null("").to_list(), scorer=scorer)  # type: ignore[arg-type]


def _likeness(left: pl.Series, right: pl.Series) -> pl.Series:
    """Share of characters two texts have in common, in order (0 to 1); null where either is absent."""
    found = pl.Series(_pairwise(Indel.normalized_similarity, left, right), dtype=pl.Float64)
    return found.set(left.is_null() | right.is_null(), None)


def _common(left: pl.Series, right: pl.Series) -> pl.Series:
    """How many characters two texts have in common, in order; null where either is absent."""
    found = pl.Series(_pairwise(LCSseq.similarity, left, right), dtype=pl.Int64)
    return found.set(left.is_null() | right.is_null(), None)


def _cover(left: pl.Series, right: pl.Series) -> pl.Series:
    """Share of the shorter text's characters that the longer has, in order."""
    shorter = pl.DataFrame({"l": left.str.len_chars(), "r": right.str.len_chars()}).min_horizontal()
    return _common(left, right) / shorter.cast(pl.Float64)


def _bin(share: str) -> pl.Expr:
    level = (pl.col(share) * 5 + 1e-9).floor().clip(0, 5).cast(pl.Int8).cast(pl.String)
    return level.fill_null("none")


def _levels(*cases: tuple[pl.Expr, str], otherwise: str) -> pl.Expr:
    """The first case that holds."""
    return pl.coalesce(
        *[pl.when(holds.fill_null(False)).then(pl.lit(level)) for holds, level in cases], pl.lit(otherwise)
    )


def _both(part: str) -> tuple[pl.Expr, pl.Expr]:
    return pl.col(f"l_{part}"), pl.col(f"r_{part}")


def _agreement(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return _levels(
        (left == right, "same"),
        (_continues(left, right) | _continues(right, left), "within"),
        (left != right, "other"),
        (left.is_not_null() | right.is_not_null(), "one"),
        otherwise="none",
    )


def _continues(longer: pl.Expr, shorter: pl.Expr) -> pl.Expr:
    """3-1 goes on from 3, and B1 from B; 31 does not from 3."""
    behind = longer.str.strip_prefix(shorter)
    joint = behind.str.contains("^-") | (behind.str.contains("^[0-9]") & shorter.str.contains("[A-Z]$"))
    return longer.str.starts_with(shorter) & joint


def _within(part: str) -> pl.Expr:
    """One side's name stands in the other side's text."""
    return _stands_in("l", "r", part) | _stands_in("r", "l", part)


def _stands_in(side: str, other: str, part: str = "name") -> pl.Expr:
    name = pl.col(f"{side}_{part}")
    there = pl.col(f"{other}_folded").str.contains(name, literal=True) & (name.str.len_chars() >= 2)
    return there.fill_null(False)


def _area() -> pl.Expr:
    differs = {name: pl.col(f"l_{name}") != pl.col(f"r_{name}") for name in AREAS}
    return _levels(
        (differs["province"].fill_null(False) | differs["city"].fill_null(False), "city_other"),
        (differs["county"], "county_other"),
        (pl.col("l_county") == pl.col("r_county"), "same"),
        otherwise="unsaid",
    )


def _prefixed(longer: pl.Expr, shorter: pl.Expr) -> pl.Expr:
    """余杭五常 and 五常, 丽水丽阳街 and 丽阳街: words of two characters or more stand before the name."""
    extra = longer.str.len_chars().cast(pl.Int64) - shorter.str.len_chars().cast(pl.Int64)
    return longer.str.ends_with(shorter) & (shorter.str.len_chars() >= 2) & (extra >= 2)


def _street() -> pl.Expr:
    left, right = _both("street")
    return _levels(
        ((left == right) | _prefixed(left, right) | _prefixed(right, left), "same"),
        (_within("street"), "within"),
        (left != right, "other"),
        (left.is_not_null() | right.is_not_null(), "one"),
        otherwise="none",
    )


def _road() -> pl.Expr:
    left, right = _both("road")
    telling = _tells("road")
    return _levels(
        ((left == right) | _prefixed(left, right) | _prefixed(right, left), "same"),
        (_within("road"), "within"),
        ((pl.col("road_like") >= _NEAR) & ~telling, "near"),
        (left != right, "other"),
        (left.is_not_null() | right.is_not_null(), "one"),
        otherwise="none",
    )


def _tells(part: str) -> pl.Expr:
    """The names are told apart by their numbers, letters or sides: 一期 and 二期, 东区 and 西区."""
    left, right = (side.str.replace_all(rf"[^0-9A-Z{SIDES}]", "") for side in _both(part))
    return left != right


def _name() -> pl.Expr:
    left, right = _both("name")
    bare_left, bare_right = (side.str.replace(GENERIC, "") for side in (left, right))
    tells_left, tells_right = (side.str.replace_all(rf"[^0-9A-Z{SIDES}]", "") for side in (left, right))
    own_left, own_right = (side.str.len_chars().cast(pl.Int64) - pl.col("name_common") for side in (left, right))
    contained = (left.str.contains(right, literal=True) & (right.str.len_chars() >= 2)) | (
        right.str.contains(left, literal=True) & (left.str.len_chars() >= 2)
    )
    ends = (left.str.ends_with(right) & (right.str.len_chars() >= 3)) | (
        right.str.ends_with(left) & (left.str.len_chars() >= 3)
    )
    common = pl.col("name_common")
    shortened = (pl.min_horizontal(own_left, own_right) == 0) & (common >= 3)
    one_slip = (own_left <= 1) & (own_right <= 1) & (common >= 4)
    likeness = 2 * common / (left.str.len_chars() + right.str.len_chars())
    tells_differ = (tells_left != tells_right) & (likeness >= _NEAR)
    return _levels(
        ((left == right) | (bare_left == right) | (bare_right == left) | ends, "same"),
        (contained, "within"),
        (tells_differ & ((tells_left != "") & (tells_right != "") | one_slip), "telling"),
        (shortened | one_slip, "near"),
        (pl.col("l_in_r") | pl.col("r_in_l"), "in_text"),
        (likeness >= 0.5, "akin"),
        (left != right, "other"),
        (left.is_not_null() | right.is_not_null(), "one"),
        otherwise="none",
    )


def _door() -> pl.Expr:
    left, right = _both("road_number")
    ranges = [side.str.split("-") for side in (left, right)]
    overlap = ranges[0].list.set_intersection(ranges[1]).list.len() > 0
    roads_differ = pl.col("road").is_in(["other"])
    return _levels(
        (roads_differ & (left.is_not_null() & right.is_not_null()), "other_elsewhere"),
        (left == right, "same"),
        (overlap | _continues(left, right) | _continues(right, left), "overlap"),
        (left != right, "other"),
        (left.is_not_null() | right.is_not_null(), "one"),
        otherwise="none",
    )


def _floor() -> pl.Expr:
    """Floors, where one is said; a room's number tells its own (1203 is on 12)."""

    def there(side: str) -> pl.Expr:
        digits = pl.col(f"{side}_room").str.extract("^([0-9]{3,4})[A-Z]?$", 1)
        return pl.coalesce(f"{side}_floor", digits.str.head(digits.str.len_chars().cast(pl.Int64) - 2))

    said = pl.col("l_floor").is_not_null() | pl.col("r_floor").is_not_null()
    left, right = there("l"), there("r")
    return _levels((said & (left == right), "same"), (said & (left != right), "other"), (said, "one"), otherwise="none")


def _room() -> pl.Expr:
    left, right = _both("door_room")
    return (
        pl.when((pl.col("l_room") == pl.col("r_room")).fill_null(False))
        .then(pl.lit("same"))
        .otherwise(_agreement(left, right))
    )


def _beside() -> pl.Expr:
    left, right = _both("is_beside")
    return _levels((left & right, "both"), (left | right, "one"), otherwise="none")


def _numbers() -> pl.Expr:
    """All numbers behind the names, as sets; a road number that only one side says counts where the other has it."""
    left, right = (side.fill_null([]) for side in _both("number_list"))
    shared = left.list.set_intersection(right).list.len()
    only_left, only_right = (_own_numbers(side, other) for side, other in (("l", "r"), ("r", "l")))
    nothing_left, nothing_right = only_left + shared == 0, only_right + shared == 0
    return _levels(
        (pl.col("is_one_sequence"), "sequence"),
        (nothing_left & nothing_right, "none"),
        (nothing_left | nothing_right, "one"),
        (shared == 0, "disjoint"),
        ((only_left == 0) & (only_right == 0), "equal"),
        ((only_left == 0) | (only_right == 0), "within"),
        otherwise="crossing",
    )


def _own_numbers(side: str, other: str) -> pl.Expr:
    """How many numbers `side` has that `other` lacks."""
    own = pl.col(f"{side}_number_list").fill_null([]).list.set_difference(pl.col(f"{other}_number_list").fill_null([]))
    door = pl.col(f"{side}_road_number").str.extract_all("[0-9A-Z]+").fill_null([])
    alone = pl.col(f"{other}_road_number").is_null()
    return pl.when(alone).then(own.list.set_difference(door).list.len()).otherwise(own.list.len())


def _anchor() -> pl.Expr:
    """The finest thing both sides say."""
    one_road = pl.col("road").is_in(["same", "within", "near"])
    one_number = pl.col("door").is_in(["same", "overlap"])
    return _levels(
        (one_number & (one_road | (pl.col("road") == "none")), "door"),
        (pl.col("name").is_in(["same", "within", "near", "in_text"]), "name"),
        (one_road, "road"),
        (pl.col("street").is_in(["same", "within"]), "street"),
        (pl.col("area") == "same", "area"),
        otherwise="nothing",
    )


def _beyond(side: str, other: str) -> pl.Expr:
    """`side` says a part finer than the anchor, on which `other` does not agree."""
    inside = ~pl.col("is_one_sequence") & pl.any_horizontal(
        pl.col(f"{side}_{part}").is_not_null() & (pl.col(part) != "same") for part in _PARTS
    )
    longer = (pl.col("name") == "within") & (
        pl.col(f"{side}_name").str.len_chars() > pl.col(f"{other}_name").str.len_chars()
    )
    named = pl.col(f"{side}_name").is_not_null() & ~pl.col("name").is_in(["same", "near", "in_text"])
    numbered = pl.col(f"{side}_road_number").is_not_null() & ~pl.col("door").is_in(["same", "overlap"])
    on_road = pl.col(f"{side}_road").is_not_null() & ~pl.col("road").is_in(["same", "near", "within"])
    in_street = pl.col(f"{side}_street").is_not_null()
    return (
        pl.when(pl.col("anchor") == "door")
        .then(inside | _lies_beside(side, other))
        .when(pl.col("anchor") == "name")
        .then(inside | longer | _goes_on(side, other) | _lies_beside(side, other))
        .when(pl.col("anchor") == "road")
        .then(inside | named | numbered | _lies_beside(side, other))
        .when(pl.col("anchor") == "street")
        .then(inside | named | numbered | on_road)
        .otherwise(inside | named | numbered | on_road | in_street)
        .fill_null(False)
    )


def _lies_beside(side: str, other: str) -> pl.Expr:
    """`side` is a place by what both name: 对面, 附近, behind no building or room."""
    inside = pl.any_horizontal(pl.col(f"{side}_{part}").is_not_null() for part in _PARTS)
    return (pl.col("beside") == "one") & pl.col(f"{side}_is_beside") & ~inside


def _goes_on(side: str, other: str) -> pl.Expr:
    """`side` has `other`'s name in its text and says more behind it: 南堡村锦绣路15号 lies in 南堡村.

    What stands before a name is coarser, what stands behind it finer.
    """
    behind = pl.col(f"{side}_folded").str.split(pl.col(f"{other}_name")).list.last().str.replace(GENERIC, "")
    there = pl.col(f"{other}_in_{side}") & pl.col(f"{other}_road").is_null() & (pl.col("room") != "same")
    return (
        there
        & (pl.col("name").is_in(["in_text", "one"]) | behind.str.contains(_ROAD_BEHIND))
        & (behind.str.len_chars() >= 2)
    )


def _clash() -> pl.Expr:
    """The coarsest part in which the two contradict each other, as far as the anchor leaves it standing."""
    anchored = pl.col("anchor").is_in(["door", "name"])
    return _levels(
        (pl.col("area") == "city_other", "city"),
        # 余杭 and 临平: a street that changed its county keeps its name.
        ((pl.col("area") == "county_other") & ~(anchored & (pl.col("street") == "same")), "county"),
        (pl.col("name") == "telling", "telling"),
        ((pl.col("door") == "other"), "door"),
        ((pl.col("street") == "other") & ~anchored, "street"),
        ((pl.col("road") == "other") & ~anchored, "road"),
        ((pl.col("name") == "other") & ~anchored, "name"),
        *[((pl.col(part) == "other") & ~pl.col("is_one_sequence"), part) for part in _PARTS],
        otherwise="none",
    )
