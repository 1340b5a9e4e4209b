from __future__ import annotations

import pytest

from schemas.home import Home
from tests.library import town
from transforms.lake.store import Lake


@pytest.fixture
def lake(home: Home) -> Lake:
    return town.settle_in(home)
