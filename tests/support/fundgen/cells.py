"""How an office writes one amount, one day, one target."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from support.fundgen.grid import Formula, Value
from support.fundgen.habits import UNIT_FACTORS, Habits, MoneyUnit

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_OPERATORS = {">=": "≥", "<=": "≤", "=": "=", ">": ">", "<": "<"}


def amount_cell(
    amount_yuan: Decimal | None, unit: MoneyUnit, habits: Habits, rng: random.Random, *, text: bool
) -> Value:
    """Write an amount in its unit, as a number or, where ``text`` says so or the office drifts, as text."""
    if amount_yuan is None:
        return None
    value = amount_yuan / UNIT_FACTORS[unit]
    if not text and rng.random() >= habits.text_amounts:
        return value
    places = max(2, -value.normalize().as_tuple().exponent)  # type: ignore[operator]
    digits = f"{abs(value):{',' if habits.thousands else ''}.{places}f}"
    if habits.full_width:
        digits = digits.translate(_FULL_WIDTH)
    if value >= 0:
        return f"{habits.currency_mark}{digits}"
    if habits.accounting_negatives:
        return f"({habits.currency_mark}{digits})"
    return f"{habits.currency_mark}-{digits}" if habits.currency_mark else f"-{digits}"


def day_cell(day: dt.date | None, habits: Habits, rng: random.Random, *, text: bool) -> Value:
    """Write a day in one of the office's styles; a CSV has no date cells."""
    if day is None:
        return None
    style = rng.choice(habits.date_styles)
    if style == "cell":
        return day.isoformat() if text else day
    written = {
        "compact": f"{day:%Y%m%d}",
        "dotted": f"{day.year}.{day.month}.{day.day}",
        "dashed": f"{day.year}-{day.month}-{day.day}",
        "slashed": f"{day.year}/{day.month}/{day.day}",
        "padded_slashed": f"{day:%Y/%m/%d}",
        "chinese": f"{day.year}年{day.month}月{day.day}日",
        "iso": day.isoformat(),
    }[style]
    return written.translate(_FULL_WIDTH) if habits.full_width else written


def target_cell(operator: str, target: Decimal, habits: Habits) -> Value:
    """Write a target with its sign; an office that types ``=110`` into a spreadsheet gets a formula."""
    if operator == "=" and habits.formula_targets:
        return Formula(f"{target:f}")
    return f"{_OPERATORS[operator]}{target:f}"


def moment_cell(moment: dt.datetime, habits: Habits) -> Value:
    """Write a moment the way survey platforms do."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if "iso" in habits.date_styles else f"{moment:%Y/%m/%d %H:%M:%S}"
