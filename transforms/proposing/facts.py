"""What the cells of one column are, in shares: the evidence every guess stands on. No cell leaves this module as text
but the values of short lists, which `code_lists` judges."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from schemas import code
from transforms.cleaning import person_id, uscc
from transforms.cleaning.dates import parse_dates, parse_times
from transforms.cleaning.numbers_hidden import scrubbed_texts
from transforms.proposing.words import excluded_by, hints_of, words

NOTHING = r"^(?i:null|none|n/a|#n/a|nan|\\n|[-—/]+|无|不详|未知|空|暂无)$"  # as cleaning takes for empty
TRUE_FALSE = {"是", "否", "有", "无", "没有", "真", "假", "true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"}
MOBILE = r"^(?:(?:\+|00)?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}$"
LANDLINE = r"^(?:\(?0[1-9][0-9]{1,2}\)?[- ]?)?[2-9][0-9]{6,7}(?:[-转][0-9]{1,5})?$"
LEGAL_ENTITY = (
    "公司|厂$|学校|幼儿园|小学|中学|大学|医院|卫生|中心|局$|所$|院$|协会|学会|商会|基金会|银行|集团|合作社|委员会|工作站|"
    "街道办|政府|支队|大队|管理处|业委会|分行|支行|店$|商行|超市|经营部|个体|工作室|事务所|办$|科$|队$|社$"
)
PLACE_WORD = "社区|新村|村$|路$|街|巷|花园|花苑|苑$|大厦|广场|工业|园$|小区|公寓|城$|区$|镇$|围$|楼$|苑|阁$|栋|号$|室$"
ADDRESS = r"[0-9A-Za-z一二三四五六七八九十]+(?:栋|座|幢|号楼|单元|号|室|房|楼|巷|区)|[区县街道镇村路巷园厦苑]"
PRINTED = r"^[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}"
COMPACT_TIME = r"^(?:19|20)[0-9]{10}(?:[0-9]{2})?$"
# the middle, the front or the tail starred; a day known in part (2019****) has no such form
MASKED_ID = r"^[1-9][0-9]{2,9}\*{4,14}[0-9]{0,4}[0-9Xx]$|^\*{8,}[0-9]{3,5}[0-9Xx]$|^[1-9][0-9]{5,9}\*{7,}$"
NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"


@dataclass(frozen=True)
class Facts:
    """One column: `values` is its filled cells, folded as cleaning folds what machines read."""

    place: int
    header: str
    raw: pl.Series = field(repr=False)
    rows: int = 0

    @property
    def name(self) -> str:
        """c0, c1, …: its name in the sample's rows."""
        return f"c{self.place}"

    @cached_property
    def hints(self) -> frozenset[str]:
        """What the header hints at (words.yaml)."""
        return hints_of(self.header)

    @cached_property
    def excluded(self) -> str | None:
        """What is kept out: told by the header, or by nearly all values."""
        named = excluded_by(self.header)
        if named or not len(self.values):
            return named
        told = {name: item.values for name, item in words().excluded.items() if item.values}
        return next((name for name, pattern in told.items() if self.share(str(pattern)) >= 0.8), None)

    @cached_property
    def whole(self) -> pl.Series:
        """Filled cells, 无 and its like among them: truth values need it."""
        text = self.raw.str.strip_chars()
        if text.str.contains(r"[^\x20-\x7e一-龥]").any():
            text = text.str.normalize("NFKC").str.strip_chars()
        return text.filter(text.is_not_null() & (text != ""))

    @cached_property
    def values(self) -> pl.Series:
        """Filled cells, without the words for nothing."""
        return self.whole.filter(~self.whole.str.contains(NOTHING))

    @property
    def filled(self) -> float:
        """Share of rows with a value."""
        return len(self.values) / max(self.rows, 1)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Every distinct value with its times, the most frequent first."""
        counted = self.values.alias("value").value_counts(sort=True)
        return dict(counted.iter_rows())

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts)

    def share(self, pattern: str) -> float:
        """Share of the values that contain the pattern."""
        return _mean(self.values.str.contains(pattern))

    def share_of(self, told: Callable[[pl.Series], pl.Series]) -> float:
        """Share of the values for which `told` is true."""
        return _mean(told(self.values.clone()))  # Series.scatter, which some of them use, changes in place

    @cached_property
    def lengths(self) -> dict[int, float]:
        """Length → share."""
        counted = self.values.str.len_chars().alias("n").value_counts(sort=True)
        return {int(n): times / max(len(self.values), 1) for n, times in counted.iter_rows()}

    @cached_property
    def person_id(self) -> float:
        """Share of whole cells that are an identity number with its check digit."""
        return self.share_of(_is_person_id)

    @cached_property
    def embedded(self) -> tuple[int, float]:
        """Where in the cells an identity number begins most often, and in what share."""
        long = self.values.filter(self.values.str.len_chars() > 18)
        if long.is_empty() or len(long) < len(self.values) * 0.3:
            return 0, 0.0
        widest = min(max(long.str.len_chars()), 60)
        found = [(_mean(_is_person_id(long.str.slice(at, 18))), -at) for at in range(widest - 17)]
        share, at = max(found)
        return -at, share * len(long) / len(self.values)

    @cached_property
    def hidden(self) -> float:
        """Share of cells in which an identity or telephone number stands somewhere."""
        return self.share_of(lambda texts: scrubbed_texts(texts.clone()) != texts)

    @cached_property
    def masked_id(self) -> float:
        """Share of cells that are a number with its middle masked."""
        return self.share(MASKED_ID)

    @cached_property
    def uscc(self) -> float:
        """Share of unified social credit codes with their check character."""
        return self.share_of(lambda texts: uscc.has_check_digit(uscc.normalised(texts)))

    @cached_property
    def phone(self) -> float:
        """Share of mobile numbers."""
        return self.share(MOBILE)

    @cached_property
    def any_phone(self) -> float:
        """Share of mobile or fixed numbers."""
        return self.share(f"{MOBILE}|{LANDLINE}")

    @cached_property
    def unit_code(self) -> float:
        """Share of well-formed unified address codes."""
        return self.share_of(
            lambda texts: (
                texts.to_frame("t")
                .select(code.is_valid(pl.col("t").str.replace_all(r"[\s\-]", "").str.to_uppercase()))
                .to_series()
            )
        )

    @cached_property
    def bank_card(self) -> float:
        """Share of 16 to 19 digits that end in the check digit of payment cards (ISO/IEC 7812, Luhn)."""
        return _mean(self.values.head(2000).map_elements(_is_luhn, return_dtype=pl.Boolean))

    @cached_property
    def dates(self) -> pl.Series:
        """The values as days, null where they are none."""
        found = parse_dates(self.values, open_ended=True)
        if self.share(COMPACT_TIME) > 0:
            found = found.fill_null(
                parse_times(self.values.set(~self.values.str.contains(COMPACT_TIME), None)).dt.date()
            )
        return found

    @cached_property
    def date(self) -> float:
        """Share of the values that are a day between 1900 and 2100 (长期 counts)."""
        return _mean((self.dates.dt.year() >= 1900) & ((self.dates.dt.year() <= 2100) | (self.dates.dt.year() == 9999)))

    @cached_property
    def printed_date(self) -> float:
        """Share of the values written as year, month and day apart."""
        return self.share(PRINTED)

    @cached_property
    def masked_date(self) -> float:
        """Share of days whose tail is masked: 201903**, 2019-03-**."""
        return self.share(r"^[0-9]{2,4}[-/.年0-9]*\*[-*月日]*$")

    @cached_property
    def timed(self) -> float:
        """Share of the values that tell a time of day other than midnight."""
        times = parse_times(self.values.filter(self.values.str.contains(r"[:时]|^[0-9]{12,14}$")))
        return float((times.dt.time() != datetime.time()).sum() or 0) / max(len(self.values), 1)

    @cached_property
    def numbers(self) -> pl.Series:
        """The values as numbers, separators and a trailing unit apart; null where they are none."""
        plain = self.values.str.replace_all(r"[,，]", "")
        plain = plain.str.replace(r"^[¥￥]\s*", "").str.replace(
            r"\s*(?:元|万元|平方米|㎡|m2|个|人|户|层|次|吨|米)$", ""
        )
        return plain.set(~plain.str.contains(NUMBER), None).cast(pl.Float64, strict=False)

    @cached_property
    def number(self) -> float:
        """Share of the values that are numbers."""
        return _mean(self.numbers.is_not_null())

    @cached_property
    def is_whole(self) -> bool:
        """True where every number is a whole one."""
        known = self.numbers.drop_nulls()
        return bool(len(known)) and bool((known == known.round()).all()) and self.share(r"\.[0-9]*[1-9]") == 0

    @cached_property
    def leading_zero(self) -> float:
        """Share of the values that begin with a zero no number begins with."""
        return self.share(r"^0[0-9]")

    @cached_property
    def boolean(self) -> bool:
        """True where all cells are words for true and false, and not of one kind alone."""
        told = set(self.whole.str.to_lowercase().unique())
        return 0 < len(told) <= 4 and told <= TRUE_FALSE

    @cached_property
    def han(self) -> float:
        """Share of the values with Chinese characters."""
        return self.share(r"\p{Han}")

    @cached_property
    def mean_length(self) -> float:
        """Characters of a value."""
        return float(self.values.str.len_chars().mean() or 0)  # type: ignore[arg-type]

    @cached_property
    def person_name(self) -> float:
        """Share of the values of two to four Han characters that open with a family name, or hide a name's rest."""
        first = self.values.str.slice(0, 1).is_in(list(words().family_names))
        form = self.values.str.contains(r"^[\p{Han}]{2,4}$|^\p{Han}{2,}·\p{Han}+$|^\p{Han}[*＊某xX]{1,3}\p{Han}?$")
        place = self.values.str.contains(f"{PLACE_WORD}|{LEGAL_ENTITY}")
        return _mean(first & form & ~place)

    @cached_property
    def organisation(self) -> float:
        """Share of the values that are plainly named like an organisation."""
        return self.share(LEGAL_ENTITY)

    @cached_property
    def address(self) -> float:
        """Share of the values with a word or number of addresses."""
        return self.share(ADDRESS)

    @cached_property
    def prose(self) -> float:
        """Share of the values with the marks of a sentence."""
        return self.share(r"[，。；！？]|\p{Han}{24,}")

    @cached_property
    def unique(self) -> float:
        """Share of the rows a value of their own is given to: distinct over filled, filled over all."""
        return self.distinct / max(len(self.values), 1) * self.filled

    def day_at(self, share: float) -> datetime.date | None:
        """The day before which this share of the days lies, 长期 apart; None where no day is told."""
        known = self.dates.filter(self.dates.dt.year() < 9999).drop_nulls().sort()
        found: Any = known[min(int(share * len(known)), len(known) - 1)] if len(known) else None
        return found if isinstance(found, datetime.date) else None


def facts_of(rows: pl.DataFrame, header: list[str]) -> list[Facts]:
    """Facts of every named column; rows that repeat another wholly count once."""
    names = [f"c{place}" for place, cell in enumerate(header) if cell.strip()]
    once = rows.select(names).unique(maintain_order=True)
    return [Facts(place, cell, once[f"c{place}"], once.height) for place, cell in enumerate(header) if cell.strip()]


def percent(share: float) -> str:
    """97 %; never 100 % where one is missing, never 0 % where one is there."""
    whole = round(share * 100)
    if whole == 100 and share < 1:
        return "over 99 %"
    return "under 1 %" if whole == 0 and share > 0 else f"{whole} %"


def mask_of(text: str) -> str:
    """The shape of a cell: 9 for a digit, A for a letter, 字 for a character."""
    return re.sub(r"[一-鿿]", "字", re.sub(r"[A-Za-z]", "A", re.sub(r"[0-9]", "9", text)))


def _is_luhn(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{16,19}", text):
        return False
    digits = [int(sign) for sign in reversed(text)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _is_person_id(texts: pl.Series) -> pl.Series:
    plain = person_id.normalised(texts)
    return person_id.birth_dates(plain).is_not_null() & person_id.has_check_digit(plain)


def _mean(told: pl.Series) -> float:
    return float(told.fill_null(False).mean() or 0.0) if len(told) else 0.0  # type: ignore[arg-type]
