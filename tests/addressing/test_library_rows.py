from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.addressing.small_library import Building, building_code, frames_of, unit_code
from transforms.addressing.library_check import check_library

FRAMES = frames_of([Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "102"), names=("老供销社",))])
ONE = building_code(1)
DAY = date(2026, 3, 2)


def alias(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["code", "kind", "text", "valid_from", "valid_to"], orient="row")


def lineage(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["code", "successor", "kind", "date"], orient="row")


def test_a_sound_library_has_no_fault() -> None:
    assert check_library(FRAMES).refused == []


@pytest.mark.parametrize(
    ("table", "frame", "said"),
    [
        ("alias", alias(*[(ONE, "short", "老楼", DAY, None)] * 2), "2 repeated rows"),
        ("alias", alias((ONE, "nickname", "老楼", None, None)), "unknown kind"),
        ("alias", alias((ONE, "short", " ", None, None)), "names without text"),
        ("alias", alias((ONE, "short", "老楼", DAY, date(2026, 3, 1))), "end before they begin"),
        ("alias", alias((building_code(9), "short", "老楼", None, None)), "names of unknown codes"),
        ("lineage", lineage((ONE, None, "vanish", DAY)), "unknown kind"),
        ("lineage", lineage((ONE, building_code(9), "merge", DAY)), "changes to unknown codes"),
        (
            "lineage",
            lineage((unit_code(1, 1), unit_code(1, 2), "merge", DAY), (unit_code(1, 2), unit_code(1, 1), "merge", DAY)),
            "turn in a circle",
        ),
        ("unit", FRAMES["unit"].with_columns(status=pl.lit("gone")), "unknown status"),
        ("unit", FRAMES["unit"].with_columns(building_code=pl.lit(building_code(9))), "units of no building"),
        ("unit", pl.concat([FRAMES["unit"], FRAMES["unit"].head(1)]), "2 repeated codes"),
        ("area", pl.concat([FRAMES["area"], FRAMES["area"].head(1)]), "two valid rows"),
    ],
)
def test_a_fault_names_table_rows_code_and_mend(table: str, frame: pl.DataFrame, said: str) -> None:
    found = [fault for fault in check_library({**FRAMES, table: frame}).refused if said in str(fault)]
    assert found, f"nothing was said of {said}"
    fault = found[0]
    assert str(fault).startswith(f"address.{table}: ") and fault.mend and fault.examples[0] in str(fault)
