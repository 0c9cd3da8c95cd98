"""Exact money: Decimal in 元, rounded half up, converted to 万元 only where it is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
CENT = Decimal("0.01")


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """Round half up (四舍五入), the rounding of Chinese financial reports, to ``places`` decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def rate_pct(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """Return numerator / denominator as a percentage with two decimals; None where there is nothing to divide."""
    if numerator is None or not denominator:
        return None
    return round_half_up(Decimal(numerator) * 100 / Decimal(denominator))


def wan_text(amount_yuan: Decimal, *, grouping: bool = False) -> str:
    """Show an amount in 元 as 万元: two decimals, more where the amount has them, whole numbers bare.

    Args:
        amount_yuan: Amount in 元.
        grouping: Whether to put thousands separators in.
    """
    wan = amount_yuan / WAN
    text = f"{wan:,f}" if grouping else f"{wan:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_text(value: Decimal) -> str:
    """Show a number without trailing zeros: 85.40 becomes 85.4, 100.00 becomes 100."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
