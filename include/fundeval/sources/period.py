"""The part of a year a file says in its name that it covers: what makes it an increment of a yearly export."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MONTHS = 12
_IN_WORDS = ("十二", "十一", "十", "九", "八", "七", "六", "五", "四", "三", "二", "一")
# A month with a day behind it is a date of export and no period.
_MONTH_SPAN = re.compile(r"(\d{1,2})月?(?:份)?[-~—至到](\d{1,2})月(?!底|末|\d{1,2}[日号])")
_MONTH = re.compile(r"(?<![\d.])(\d{1,2})月(?!底|末|\d{1,2}[日号])")
_QUARTER = re.compile(r"第?([1-4])季度?")
_HALF = re.compile(r"([上下])半年")
_YEAR_MONTH = re.compile(r"(?<!\d)(?:19|20)\d{2}[-._]?(0[1-9]|1[0-2])(?![\d]|[-._]\d)")


@dataclass(frozen=True, order=True)
class Period:
    """Whole months of a year.

    Attributes:
        first_month: From 1.
        last_month: The same month where it is one month.
    """

    first_month: int
    last_month: int

    @property
    def months(self) -> frozenset[int]:
        """The months the period consists of."""
        return frozenset(range(self.first_month, self.last_month + 1))

    def holds(self, other: Period) -> bool:
        """Tell whether every month of ``other`` is one of this period's."""
        return other.months <= self.months

    def __str__(self) -> str:
        """Return the period as an office says it: ``3月``, ``1至3月``, or ``全年``."""
        if (self.first_month, self.last_month) == (1, MONTHS):
            return "全年"
        if self.first_month == self.last_month:
            return f"{self.first_month}月"
        return f"{self.first_month}至{self.last_month}月"


WHOLE_YEAR = Period(1, MONTHS)


def period_in_name(file: str) -> Period | None:
    """Return the period a file's name states; None where it states none, an impossible one, or several."""
    stem = _digits(unicodedata.normalize("NFKC", Path(file).stem))
    spans = {(int(first), int(last)) for first, last in _MONTH_SPAN.findall(stem)}
    stem = _MONTH_SPAN.sub("", stem)
    spans |= {(int(month), int(month)) for month in _MONTH.findall(stem)}
    spans |= {(int(month), int(month)) for month in _YEAR_MONTH.findall(stem)}
    spans |= {(3 * int(quarter) - 2, 3 * int(quarter)) for quarter in _QUARTER.findall(stem)}
    spans |= {(1, 6) if half == "上" else (7, MONTHS) for half in _HALF.findall(stem)}
    if len(spans) != 1:
        return None
    ((first, last),) = spans
    return Period(first, last) if 1 <= first <= last <= MONTHS else None


def months_without(periods: Iterable[Period | None]) -> list[int]:
    """Return the months of the year none of the files covers; a file without a period covers them all."""
    covered = frozenset[int]().union(*((period or WHOLE_YEAR).months for period in periods))
    return [month for month in range(1, MONTHS + 1) if month not in covered]


def _digits(stem: str) -> str:
    """Write 一月 or 三季度 with digits."""
    for number, word in zip(range(MONTHS, 0, -1), _IN_WORDS, strict=True):
        stem = re.sub(rf"(?<![一二三四五六七八九十]){word}(?=月|季)", str(number), stem)
    return stem
