"""A rate with its numerator and denominator, exact, and the Chinese words that state it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fundeval.core.errors import ConfigurationError
from fundeval.core.money import rate_pct, wan_text
from fundeval.core.scheme import Bands, Quantity, Ratio, Saving, Share

RateIndicator = Ratio | Share | Saving | Bands


@dataclass(frozen=True)
class Rate:
    """Two figures of ``fund_facts`` that an indicator is scored by.

    Attributes:
        numerator: Value in 元 or as a count; None where it is not known.
        denominator: Likewise.
        figures: Both with their labels in Chinese, denominator first, 万元 for money.
    """

    numerator: Decimal | None
    denominator: Decimal | None
    figures: str

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to divide, or nothing to divide by."""
        return self.numerator is None or not self.denominator

    @property
    def value(self) -> Fraction:
        """The exact value; ZeroDivisionError where there is none."""
        return Fraction(self.numerator or 0) / Fraction(self.denominator or 0)

    @property
    def saved(self) -> Rate:
        """The part of the denominator that the numerator leaves over, as a rate of its own."""
        return Rate(
            (self.denominator or Decimal(0)) - (self.numerator or Decimal(0)), self.denominator, self.figures
        )

    def __str__(self) -> str:
        """Show the rate in % with two decimals."""
        return f"{rate_pct(self.numerator, self.denominator)}%"

    def reaches(self, edge_pct: Decimal) -> bool:
        """Tell whether the rate is at least ``edge_pct`` %: exactly, so that 89.996 % is not 90 %."""
        return self.value * 100 >= Fraction(edge_pct)


def rate_of(indicator: RateIndicator, facts: Mapping[str, Any]) -> Rate:
    """Return the rate an indicator is scored by.

    Args:
        indicator: An indicator with numerator and denominator.
        facts: The row of ``marts.fund_facts``.

    Raises:
        ConfigurationError: The scheme names a figure that does not exist.
    """
    unknown = sorted({indicator.numerator.fact, indicator.denominator.fact} - facts.keys())
    if unknown:
        raise ConfigurationError(f"指标{indicator.code}引用的数据项不存在:{'、'.join(unknown)}。")
    numerator, denominator = (
        None if facts[quantity.fact] is None else Decimal(facts[quantity.fact])
        for quantity in (indicator.numerator, indicator.denominator)
    )
    figures = (_stated(indicator.denominator, denominator), _stated(indicator.numerator, numerator))
    return Rate(numerator, denominator, ",".join(figures))


def _stated(quantity: Quantity, value: Decimal | None) -> str:
    if value is None:
        return f"{quantity.label}不可计算"
    return f"{quantity.label}{wan_text(value)}万元" if quantity.is_money else f"{quantity.label}{value:f}个"
