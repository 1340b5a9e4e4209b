"""Small libraries made by hand, and one way to ask them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.addressing.small_library import Building, library_of
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary


@pytest.fixture(scope="session")
def village() -> AddressLibrary:
    """Two villages, an estate with entrances, a road: enough to ask most things."""
    return library_of(
        [
            Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "501", "502")),
            Building("西乡街道 固戍社区", "固戍一村", "67号", rooms=("101", "501")),
            Building("西乡街道 固戍社区", "碧海花园", "3栋", rooms=("1单元501", "2单元501", "1单元502")),
            Building("新安街道 上川社区", None, None, "宝民一路", "123号", rooms=("301", "302")),
            Building("西乡街道 固戍社区", "同乐花园", "1栋", rooms=("101",)),
            Building("航城街道 后瑞社区", "同乐花园", "1栋", rooms=("101",)),
        ]
    )


@pytest.fixture
def ask(village: AddressLibrary) -> Callable[..., dict]:
    """The answer to one record, as a dict; give an address or any other column of records."""

    def answer(address: str | None = None, library: AddressLibrary = village, **columns: object) -> dict:
        record = pl.DataFrame({"row": [0], "address": [address], **{name: [value] for name, value in columns.items()}})
        return key_addresses(record.with_columns(pl.col("row").cast(pl.UInt32)), library).row(0, named=True)

    return answer
