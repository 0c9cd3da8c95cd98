"""The unit everything is about: one fund in one year."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from fundeval.core.errors import ConfigurationError

_FUND_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, order=True)
class FundYear:
    """One fund in one budget year (1 January to 31 December, 预算法 art. 18).

    Attributes:
        fund: Identifier of the fund, the name of its folder in include/funds (lower case, digits, hyphens).
        year: Budget year.
    """

    fund: str
    year: int

    def __post_init__(self) -> None:
        """Refuse identifiers that could be read as a path and years no budget has."""
        if not _FUND_ID.fullmatch(self.fund):
            raise ConfigurationError(f"资金标识“{self.fund}”不合规:只能用小写字母、数字和连字符。")
        if not 1995 <= self.year <= 2200:
            raise ConfigurationError(f"年度“{self.year}”不合规:应为四位公历年份。")

    @property
    def first_day(self) -> dt.date:
        """First day of the budget year."""
        return dt.date(self.year, 1, 1)

    @property
    def last_day(self) -> dt.date:
        """Last day of the budget year."""
        return dt.date(self.year, 12, 31)

    def __str__(self) -> str:
        """Return ``fund/year``, the way folders are named."""
        return f"{self.fund}/{self.year}"
