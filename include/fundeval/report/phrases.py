"""Figures, dates and names of the dataset as the words a sentence takes, each with its evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fundeval.core.money import WAN, number_text, wan_text
from fundeval.report import typography
from fundeval.report.blocks import Run, Runs, plain
from fundeval.report.published import MetricRow

NAMED_IN_A_SENTENCE = 5
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Phrase:
    """A value a template puts into a sentence, as runs."""

    runs: Runs

    def __str__(self) -> str:
        """Return the text alone."""
        return plain(self.runs)


def phrase(text: Any, evidence: str = "") -> Phrase:
    """Turn a value of the dataset into a phrase of one run."""
    return Phrase((Run(typography.clean(str(text)), evidence),))


def wan(value: MetricRow | Decimal) -> Phrase:
    """Show an amount in 元 as 万元, exactly."""
    return phrase(wan_text(_number(value)), _evidence(value))


def number(value: MetricRow | Decimal | int) -> Phrase:
    """Show a bare number without trailing zeros."""
    return phrase(number_text(_number(value)), _evidence(value))


def rate(value: MetricRow | Decimal) -> Phrase:
    """Show a percentage with its sign."""
    return phrase(number_text(_number(value)) + "%", _evidence(value))


def day(value: dt.date) -> Phrase:
    """Show a date the Chinese way, without leading zeros."""
    return phrase(f"{value.year}年{value.month}月{value.day}日")


def cite(value: Phrase | Any, evidence: str) -> Phrase:
    """Attach evidence to a figure that was counted or summed over rows."""
    shown = value if isinstance(value, Phrase) else phrase(value)
    return Phrase(tuple(replace(run, evidence=evidence) for run in shown.runs))


def quoted(text: str) -> Phrase:
    """Show a sentence of the dataset, typeset and without its full stop, to go on after it."""
    return phrase(typography.sentence(text).rstrip(typography.FULL_STOP))


def or_missing(text: str | None, what: str) -> Phrase:
    """Show a text only people can write, or a marked gap that names ``what`` is missing."""
    if text and text.strip():
        return phrase(typography.prose(text))
    return Phrase((Run(typography.typeset(f"【待评价人员补充:{what}】"), missing=True),))


def listing(names: Iterable[Any]) -> Phrase:
    """Join all names the Chinese way: A, A和B, A、B和C."""
    known = [typography.clean(str(name)) for name in names]
    if len(known) < 2:
        return phrase("".join(known))
    return phrase(typography.LIST_COMMA.join(known[:-1]) + "和" + known[-1])


def some(names: Sequence[str]) -> Phrase:
    """Join names, the first few where they are many: A、B、C、D、E等."""
    if len(names) <= NAMED_IN_A_SENTENCE:
        return listing(names)
    return phrase(typography.LIST_COMMA.join(map(typography.clean, names[:NAMED_IN_A_SENTENCE])) + "等")


def counted(names: Sequence[str], evidence: str) -> Phrase:
    """Name and count several things: A和B共2, or A、B、C、D、E等12; a measure word follows."""
    joiner = "" if len(names) > NAMED_IN_A_SENTENCE else "共"
    return Phrase((*some(names).runs, *phrase(joiner).runs, *phrase(len(names), evidence).runs))


def ordinal(value: int) -> str:
    """Return 1 to 99 as Chinese numerals: 1 is 一, 10 is 十, 21 is 二十一.

    Raises:
        ValueError: For a number outside that range.
    """
    if not 1 <= value <= 99:
        raise ValueError(f"no Chinese ordinal for {value}")
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十") + (
        _DIGITS[ones] if ones else ""
    )


def wan_fixed(value: Decimal) -> str:
    """Show an amount in 元 as 万元 for a table: at least two decimals, more where the amount has them."""
    text = wan_text(value)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def wan_number(value: Decimal) -> Decimal:
    """Return an amount in 元 as 万元."""
    return value / WAN


def _number(value: MetricRow | Decimal | int) -> Decimal:
    amount = value.amount if isinstance(value, MetricRow) else Decimal(value)
    if amount is None:
        raise ValueError("a sentence states a figure the dataset does not have")
    return amount


def _evidence(value: Any) -> str:
    return value.evidence if isinstance(value, MetricRow) else ""
