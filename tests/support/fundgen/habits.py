"""How an office writes its exports: encodings, units, dates, layout."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

DateStyle = Literal["cell", "compact", "dotted", "dashed", "slashed", "padded_slashed", "chinese", "iso"]
MoneyUnit = Literal["元", "万元", "亿元"]
UNIT_FACTORS: dict[MoneyUnit, Decimal] = {
    "元": Decimal(1),
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
}


@dataclass(frozen=True)
class Habits:
    """The habits of one office; the defaults are those of the bundled samples.

    Attributes:
        csv_encoding: Python name of the encoding of the voucher export (``utf-8-sig`` writes a BOM).
        swap_formats: .xlsx where the samples have .xls and the reverse.
        date_styles: Styles drawn from per cell; ``cell`` is a real date, in a CSV ``dashed``.
        money_unit: Unit of every amount; None keeps the sample's (元 in vouchers, orders; 万元 elsewhere).
        unit_place: Whether the unit stands in a row above the header or in it; None keeps the sample's.
        text_amounts: Share of amounts in workbooks that are text instead of numbers.
        thousands: Whether text amounts carry separators.
        currency_mark: What stands before text amounts.
        accounting_negatives: Whether text amounts below zero stand in brackets instead of after a minus.
        full_width: Whether digits of text amounts and written dates are full-width.
        title_rows: Whether a title, and in the CSV a preamble, stands above the header.
        totals: Whether tables end with a total row.
        subtotals: Whether grouped tables have subtotal rows.
        two_line_headers: Whether related columns share a merged header above their own.
        shuffled_columns: Whether columns come in another order.
        extra_columns: Whether columns stand between that no contract asks for.
        other_wording: Whether headers use the other names offices have for the same column.
        hidden_sheets: Whether workbooks hold a hidden sheet with an outdated copy.
        repeated_header_every: Data rows after which the header is printed again; 0 for never.
        blank_rows: Whether empty rows stand between data rows and above the title.
        footer: Whether a row for signatures follows the table.
        formula_targets: Whether a target ``=110`` was typed and became a formula without a stored value.
        decorated_names: Whether file names carry a number and a remark.
        written_texts: Whether the working paper brings the texts only people can write.
    """

    csv_encoding: str = "gb18030"
    swap_formats: bool = False
    date_styles: tuple[DateStyle, ...] = ("cell", "cell", "dotted", "chinese")
    money_unit: MoneyUnit | None = None
    unit_place: Literal["row", "header"] | None = None
    text_amounts: float = 0.15
    thousands: bool = True
    currency_mark: str = ""
    accounting_negatives: bool = False
    full_width: bool = False
    title_rows: bool = True
    totals: bool = True
    subtotals: bool = True
    two_line_headers: bool = True
    shuffled_columns: bool = False
    extra_columns: bool = False
    other_wording: bool = False
    hidden_sheets: bool = False
    repeated_header_every: int = 0
    blank_rows: bool = False
    footer: bool = True
    formula_targets: bool = True
    decorated_names: bool = False
    written_texts: bool = False


AS_SAMPLE = Habits()
PLAIN = Habits(
    csv_encoding="utf-8",
    date_styles=("iso",),
    money_unit="元",
    unit_place="header",
    text_amounts=0,
    thousands=False,
    title_rows=False,
    totals=False,
    subtotals=False,
    two_line_headers=False,
    footer=False,
    formula_targets=False,
)
"""An office that exports nothing but header and rows."""
ORNATE = Habits(
    csv_encoding="utf-16",
    swap_formats=True,
    date_styles=("cell", "compact", "dotted", "dashed", "slashed", "chinese"),
    money_unit="亿元",
    unit_place="row",
    text_amounts=0.5,
    currency_mark="￥",
    accounting_negatives=True,
    full_width=True,
    shuffled_columns=True,
    extra_columns=True,
    other_wording=True,
    hidden_sheets=True,
    repeated_header_every=9,
    blank_rows=True,
    formula_targets=False,
    decorated_names=True,
)
"""An office that does everything at once."""
WITH_BOM = Habits(
    csv_encoding="utf-8-sig",
    date_styles=("compact", "dashed"),
    money_unit="元",
    unit_place="row",
    full_width=True,
)
HOMELY = Habits(
    csv_encoding="gbk",
    date_styles=("slashed", "chinese"),
    money_unit="万元",
    unit_place="header",
    text_amounts=1,
    accounting_negatives=True,
    shuffled_columns=True,
    blank_rows=True,
    subtotals=False,
    decorated_names=True,
    written_texts=True,
)
