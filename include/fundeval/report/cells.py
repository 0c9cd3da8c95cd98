"""Cells of the report's tables: labels in own words, names, amounts, rates, counts and dates of the dataset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fundeval.core.money import number_text
from fundeval.report import typography
from fundeval.report.blocks import Align, Cell, Rows, Run
from fundeval.report.phrases import wan_fixed, wan_number

NONE = "\u2014"
"""What a table shows where there is no value: never an invented nought."""


def label(text: str, *, rowspan: int = 1, colspan: int = 1, align: Align | None = None) -> Cell:
    """A cell in this project's own words."""
    return Cell((Run(typography.typeset(text)),), rowspan=rowspan, colspan=colspan, align=align)


def name(text: str, evidence: str = "", *, rowspan: int = 1) -> Cell:
    """A name or code of the dataset, as it stands there."""
    return Cell((Run(typography.clean(text) or NONE, evidence),), rowspan=rowspan)


def prose(text: str) -> Cell:
    """A sentence of the dataset, typeset."""
    return Cell((Run(typography.prose(text) or NONE),))


def wan(amount: Decimal | None, evidence: str = "") -> Cell:
    """An amount in 元, shown in 万元."""
    if amount is None:
        return _nothing()
    return Cell((Run(wan_fixed(amount), evidence),), wan_number(amount), "0.00####")


def pct(value: Decimal | None, evidence: str = "") -> Cell:
    """A rate in % with two decimals, without its sign."""
    return _nothing() if value is None else Cell((Run(f"{value:.2f}", evidence),), value, "0.00")


def points(value: Decimal, evidence: str = "") -> Cell:
    """A score in points."""
    return Cell((Run(number_text(value), evidence),), value, "0.##")


def count(value: int | Decimal | None, evidence: str = "") -> Cell:
    """A bare number."""
    if value is None:
        return _nothing()
    return Cell((Run(number_text(Decimal(value)), evidence),), Decimal(value), "General")


def day(value: dt.date | None) -> Cell:
    """A date as YYYY-MM-DD, which keeps a column narrow."""
    return _nothing() if value is None else Cell((Run(value.isoformat()),), align="center")


def strong(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """Set a whole row in bold, as totals are."""
    return tuple(replace(cell, strong=True) for cell in row)


def heads(*texts: str) -> Rows:
    """One header row of labels."""
    return (tuple(label(text, align="center") for text in texts),)


def _nothing() -> Cell:
    return Cell((Run(NONE),), align="center")
