"""Numbers are evidence, not spelling: whatever digit of a house, building or room changes, the old unit is not
meant.
"""

from __future__ import annotations

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.addressing.small_library import Building, library_of
from transforms.addressing.key import key_addresses

NUMBERED = [
    Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "501", "502", "1203")),
    Building("西乡街道 固戍社区", "碧海花园", "13栋", rooms=("1单元501", "2单元501", "1单元1502")),
    Building("新安街道 上川社区", None, None, "宝民一路", "123号", rooms=("301", "302")),
    Building("新安街道 上川社区", "43区", None, "43区十三巷", "9号", rooms=("302",)),
    Building("沙井街道 新桥社区", "新桥第三工业区", "A3栋", "新桥大道", "71-5号", rooms=("402",)),
]
LIBRARY = library_of(NUMBERED)
SPELLINGS = [
    "西乡街道固戍社区固戍一村{}号{}室", "固戍一村{}-{}", "西乡固戍一村{}栋{}", "碧海花园{}栋2单元{}", "碧海花园{}-2-{}",
    "新安街道宝民一路{}号{}", "宝民一路{}-{}房", "新桥第三工业区A{}栋{}", "新安街道43区13巷{}号{}",
]  # fmt: skip
TRUE = [("66", "501"), ("66", "1203"), ("66", "502"), ("13", "501"), ("13", "501"), ("123", "301"), ("123", "302"),
        ("3", "402"), ("9", "302")]  # fmt: skip


def unit_of(texts: list[str]) -> list[str | None]:
    records = pl.DataFrame({"address": texts}).with_row_index("row")
    return key_addresses(records, LIBRARY)["unit_code"].to_list()


def test_the_true_addresses_are_found() -> None:
    assert None not in unit_of([text.format(*numbers) for text, numbers in zip(SPELLINGS, TRUE, strict=True)])


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_changed_digit_never_leaves_the_old_unit(data: st.DataObject) -> None:
    texts, changed = [], []
    for text, numbers in zip(SPELLINGS, TRUE, strict=True):
        for which in (0, 1):
            number = numbers[which]
            at = data.draw(st.integers(0, len(number) - 1))
            digit = data.draw(st.sampled_from([d for d in "123456789" if d != number[at]]))
            other = number[:at] + digit + number[at + 1 :]
            texts.append(text.format(*numbers))
            changed.append(text.format(*(other if n == which else value for n, value in enumerate(numbers))))
    for old, new, was, now in zip(texts, changed, unit_of(texts), unit_of(changed), strict=True):
        assert now is None or now != was, f"{old} and {new} both mean {was}"


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_swapped_doubled_or_lost_digits_never_leave_the_old_unit(data: st.DataObject) -> None:
    texts, changed = [], []
    for text, numbers in zip(SPELLINGS, TRUE, strict=True):
        which = data.draw(st.integers(0, 1))
        number = numbers[which]
        swaps = [number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(len(number) - 1)]
        others = [*swaps, number + number[-1], number[:-1], "1" + number]
        other = data.draw(st.sampled_from([value for value in others if value not in ("", number)]))
        texts.append(text.format(*numbers))
        changed.append(text.format(*(other if n == which else value for n, value in enumerate(numbers))))
    for old, new, was, now in zip(texts, changed, unit_of(texts), unit_of(changed), strict=True):
        assert now is None or now != was, f"{old} and {new} both mean {was}"
