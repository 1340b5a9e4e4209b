"""What the district knows already: the address library, asked by a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from transforms.addressing.library import AddressLibrary

ASKED = 2000  # distinct texts a column is tried with


@dataclass(frozen=True)
class Ground:
    """The current address library, or none: then headers and words of addresses alone decide."""

    library: AddressLibrary | None = field(default=None, repr=False)

    @property
    def is_known(self) -> bool:
        """True where a text can be keyed."""
        return self.library is not None and not self.library.is_empty

    def keyed(self, texts: pl.Series) -> pl.DataFrame:
        """text, match_level, building_code of up to 2,000 different texts."""
        from transforms.addressing.key import key_addresses

        asked = texts.drop_nulls().unique(maintain_order=True).head(ASKED).alias("text")
        if self.library is None or asked.is_empty():
            return pl.DataFrame(schema={"text": pl.String, "match_level": pl.String, "building_code": pl.String})
        records = pl.DataFrame({"address": asked}).with_row_index("row")
        answers = key_addresses(records, self.library)
        return asked.to_frame().hstack(answers.select("match_level", "building_code"))

    @cached_property
    def area_codes(self) -> dict[str, dict[str, str]]:
        """Scheme → code → name, of every area."""
        if self.library is None:
            return {}
        known = self.library.area_crosswalk.drop_nulls(["scheme", "code"])
        return {
            scheme: dict(part.select("code", pl.col("name").fill_null("")).iter_rows())
            for (scheme,), part in known.group_by("scheme")
        }

    @cached_property
    def area_names(self) -> frozenset[str]:
        """Names of streets and communities, with and without 街道 and 社区."""
        if self.library is None:
            return frozenset()
        known = self.library.area.filter(pl.col("level").is_in(["street", "community"]))["name"].drop_nulls()
        bare = known.str.replace("(?:街道|社区|办事处)$", "")
        return frozenset([*known, *bare, *self.library.area_crosswalk["name"].drop_nulls()])

    @cached_property
    def points(self) -> pl.DataFrame:
        """building_code, lon, lat of the library's buildings."""
        if self.library is None:
            return pl.DataFrame(schema={"building_code": pl.String, "lon": pl.Float64, "lat": pl.Float64})
        return self.library.building.select("building_code", "lon", "lat").drop_nulls()
