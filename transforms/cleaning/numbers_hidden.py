"""Identity and telephone numbers inside a text, however they are spaced: found and replaced by ***.

Only a text that holds what one of the patterns finds is looked at one by one. Whether it does, all texts of a column
are asked at once: business numbers have as many digits as identity numbers, and hardly ever their form.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

SCRUBBED = "***"
_GAP = r"[ \t.·_\-\u2010-\u2015－　]"
_SUSPECT = r"[0-9](?:[ \t.·_\-\x{2010}-\x{2015}－　()（）]{0,3}[0-9]){9}"
# GB 11643 and GB/T 2260: what an identity number may begin with.
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])"
_DAY = r"(?:0[1-9]|1[0-2])[0-3][0-9]"
_WINDOW = re.compile(rf"(?=({_PROVINCE}[0-9]{{4}}(?:18|19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9Xx]))")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LONG = re.compile(r"[0-9]{18,}[Xx]?|[0-9]{17}[Xx]")
# Address codes of this city are 19 or 25 positions long and begin so (civil code of Shenzhen).
_CODE = re.compile(r"4403(?:[0-9]{15}|[0-9]{21})")
_MOBILE = "1[3-9][0-9]"


# Each is bounded by what is no digit, so that an address code is never torn.
_FORMS = [
    # A month of 13 to 19 makes no birth date, but the judge of a release takes the number for one: what it would find
    # is found here, of one row, and no release is refused for it.
    rf"[1-9][0-9]{{5}}{_GAP}{{0,2}}(?:18|19|20)[0-9]{{2}}{_GAP}?[01][0-9][0-3][0-9]{_GAP}{{0,2}}[0-9]{{3}}[0-9Xx]",
    rf"[1-9][0-9]{{5}}{_GAP}{{0,2}}[0-9]{{2}}{_DAY}{_GAP}{{0,2}}[0-9]{{3}}",
    rf"(?:{_MOBILE}[0-9]{{8}}){{2,}}",
    rf"(?:(?:\+|00)?86{_GAP}{{0,2}}|[(（]\+?86[)）]{_GAP}?)?(?:{_MOBILE}{_GAP}{{0,2}}[0-9]{{4}}{_GAP}{{0,2}}[0-9]{{4}}"
    rf"|{_MOBILE}{_GAP}{{1,2}}[0-9]{{3}}{_GAP}{{1,2}}[0-9]{{5}}|{_MOBILE}[0-9]{_GAP}{{1,2}}[0-9]{{3}}{_GAP}{{1,2}}[0-9]{{4}})",
    rf"[(（]?0[1-9][0-9]{{1,2}}(?:[)）]{_GAP}?|{_GAP}{{1,2}})[0-9]{{3,4}}{_GAP}?[0-9]{{4}}",
]
_PATTERNS = [re.compile(rf"(?<![0-9]){form}(?![0-9])") for form in _FORMS]
# 18 digits in any groups: told by the check digit, so groups of an address are not taken for one.
_GROUPS = re.compile(rf"[0-9]+(?:{_GAP}{{1,2}}[0-9]+)+[Xx]?")


# The same asked of a whole column, in the words of Polars' expressions, which know no lookaround: one of the forms
# between what are no digits, or 18 digits in groups or in a run.
_HELD = "|".join(
    form.replace("\\u2010-\\u2015", r"\x{2010}-\x{2015}")
    for form in (
        *(rf"(?:^|[^0-9])(?:{form})(?:[^0-9]|$)" for form in _FORMS),
        rf"(?:[0-9]{_GAP}{{0,2}}){{17}}[0-9Xx]",
    )
)


def scrubbed(text: pl.Expr) -> pl.Expr:
    """The text with every phone and identity number replaced by ***."""
    return text.map_batches(scrubbed_texts, return_dtype=pl.String, is_elementwise=True)


def holds_identifier(text: pl.Expr) -> pl.Expr:
    """True where a phone or identity number stands in the text."""
    return scrubbed(text) != text


def scrubbed_texts(texts: pl.Series) -> pl.Series:
    """`scrubbed` of a column."""
    suspect = texts.str.contains(_SUSPECT).fill_null(False).arg_true()
    suspect = suspect.filter(texts.gather(suspect).str.contains(_HELD)) if len(suspect) else suspect
    if not len(suspect):
        return texts
    few = pl.Series([scrubbed_text(text) for text in texts.gather(suspect)], dtype=pl.String)
    return texts.clone().scatter(suspect, few)  # scatter changes in place what the caller holds


def scrubbed_text(text: str) -> str:
    """`scrubbed` of one text."""
    text = _LONG.sub(lambda found: _without_windows(found.group()), text)
    for pattern in _PATTERNS:
        text = pattern.sub(SCRUBBED, text)
    return _GROUPS.sub(lambda found: _without_groups(found.group()), text)


def _without_windows(digits: str) -> str:
    """A run of digits without the identity numbers in it: every window of 18 that has a date and its check digit."""
    only_first = _CODE.fullmatch(digits) is not None
    at = 0
    while found := _WINDOW.search(digits, at):
        if only_first and found.start():
            break
        if is_identity(found.group(1)):
            digits = digits[: found.start()] + SCRUBBED + digits[found.start() + 18 :]
            only_first, at = False, found.start() + len(SCRUBBED)
        else:
            at = found.start() + 1
    return digits


def _without_groups(run: str) -> str:
    """A run of groups without those that together are an identity number."""
    groups = [(found.start(), found.end()) for found in re.finditer(r"[0-9]+[Xx]?", run)]
    for first in range(len(groups)):
        joined = ""
        for last in range(first, len(groups)):
            joined += run[slice(*groups[last])]
            if len(joined) >= 18:
                break
        if last > first and len(joined) == 18 and _WINDOW.match(joined) and is_identity(joined):
            rest = run[groups[last][1] :]
            return run[: groups[first][0]] + SCRUBBED + _GROUPS.sub(lambda found: _without_groups(found.group()), rest)
    return run


def is_identity(number: str) -> bool:
    """True for 18 positions with a real date of birth and their check digit (ISO 7064, MOD 11-2)."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[17].upper()
