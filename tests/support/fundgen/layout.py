"""Lays the rows of one table out on a sheet, the way an office does."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal

from support.fundgen.cells import amount_cell, day_cell
from support.fundgen.grid import Sheet, Value
from support.fundgen.habits import Habits, MoneyUnit

CellKind = Literal["text", "money", "date", "ready"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        field: Name of the fact it states.
        title: Header of the samples.
        kind: How a value is written; ``ready`` values are written as they are.
        other: Another header offices use for the same.
        group: Header shared with neighbours where headers have two lines.
        totalled: Whether subtotals and the total add it up.
    """

    field: str
    title: str
    kind: CellKind = "text"
    other: str = ""
    group: str = ""
    totalled: bool = False


@dataclass(frozen=True)
class Table:
    """One table to lay out.

    Attributes:
        sheet: Name of the sheet.
        title: Title above it.
        columns: Columns in the sample's order.
        rows: One mapping of field to fact per row.
        key: Field whose value names the row.
        unit: Money unit of the sample; None where no column is money.
        unit_place: Where the sample states it.
        preamble: Lines of a CSV below the title.
        subtotal_by: Field the rows are grouped by, '' for none.
        total: Whether the sample ends with a total.
        serial: Whether rows are numbered in a first column.
        total_once: Whether a row written twice counts once in the total.
    """

    sheet: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    key: str
    unit: MoneyUnit | None = None
    unit_place: Literal["row", "header", "none"] = "none"
    preamble: tuple[str, ...] = ()
    subtotal_by: str = ""
    total: bool = False
    serial: bool = True
    total_once: bool = False


@dataclass
class _Layout:
    table: Table
    habits: Habits
    rng: random.Random
    text: bool
    sheet: Sheet
    columns: list[Column]
    unit: MoneyUnit


_EXTRA = (Column("extra_1", "填报人", "ready"), Column("extra_2", "联系科室", "ready"))


def lay_out(table: Table, habits: Habits, rng: random.Random, *, text: bool = False) -> Sheet:
    """Lay a table out; ``text`` says that the file holds text only, as a CSV does."""
    columns = list(table.columns)
    if habits.shuffled_columns:
        rng.shuffle(columns)
    if habits.extra_columns:
        for extra in _EXTRA:
            columns.insert(rng.randint(1, len(columns)), extra)
    if table.serial:
        columns.insert(0, Column("serial", "序号", "ready"))
    unit = (habits.money_unit or table.unit) if table.unit else "元"
    layout = _Layout(table, habits, rng, text, Sheet(table.sheet), columns, unit)
    _write_head(layout)
    _write_header(layout)
    _write_rows(layout)
    if habits.footer and not text and table.total:
        layout.sheet.add([])
        layout.sheet.add(["制表:", None, "审核:", None, "日期:"])
    return layout.sheet


def _write_head(layout: _Layout) -> None:
    table, habits, sheet, width = layout.table, layout.habits, layout.sheet, len(layout.columns)
    if habits.blank_rows and not layout.text:
        sheet.add([])
    if habits.title_rows:
        row = sheet.add([table.title]) - 1
        if not layout.text:
            sheet.merges.append((row, 0, row, width - 1))
        for line in table.preamble:
            # Exports write these lines raw, so a comma in them parts cells.
            sheet.add(line.split(","))
    if table.unit and _unit_place(layout) == "row":
        sheet.add(
            [*[None] * (width - 1), f"单位:{layout.unit}"] if not layout.text else [f"单位:{layout.unit}"]
        )


def _unit_place(layout: _Layout) -> str:
    return layout.habits.unit_place or layout.table.unit_place


def _write_header(layout: _Layout) -> None:
    sheet = layout.sheet
    groups = _header_groups(layout)
    for at, column in enumerate(layout.columns):
        sheet.columns[column.field] = at
        sheet.headers[column.field] = _header(layout, column)
    first = len(sheet.cells)
    if groups:
        _merge_header(layout, groups, first)
    for line in _header_lines(layout, groups):
        sheet.header_rows.append(sheet.add(line) - 1)


def _header_groups(layout: _Layout) -> list[tuple[str, int, int]]:
    """Return (group, first column, last column) of neighbours under one header; none in one-line headers."""
    if not layout.habits.two_line_headers or layout.text:
        return []
    runs, at = [], 0
    for group, members in groupby(layout.columns, key=lambda column: column.group):
        count = len(list(members))
        if group and count > 1:
            runs.append((group, at, at + count - 1))
        at += count
    return runs


def _header_lines(layout: _Layout, groups: list[tuple[str, int, int]]) -> list[list[Value]]:
    headers: list[Value] = [_header(layout, column) for column in layout.columns]
    if not groups:
        return [headers]
    above: list[Value] = list(headers)
    below: list[Value] = [None] * len(headers)
    for group, first, last in groups:
        for at in range(first, last + 1):
            above[at], below[at] = (group if at == first else None), headers[at]
    return [above, below]


def _merge_header(layout: _Layout, groups: list[tuple[str, int, int]], row: int) -> None:
    grouped = {at for _, first, last in groups for at in range(first, last + 1)}
    layout.sheet.merges += [(row, first, row, last) for _, first, last in groups]
    layout.sheet.merges += [(row, at, row + 1, at) for at in range(len(layout.columns)) if at not in grouped]


def _header(layout: _Layout, column: Column) -> str:
    title = column.other if column.other and layout.habits.other_wording else column.title
    return f"{title}({layout.unit})" if column.kind == "money" and _unit_place(layout) == "header" else title


def _write_rows(layout: _Layout) -> None:
    table, habits, sheet = layout.table, layout.habits, layout.sheet
    grouped = bool(table.subtotal_by) and habits.subtotals
    rows = sorted(table.rows, key=lambda row: str(row[table.subtotal_by])) if grouped else list(table.rows)
    header = _header_lines(layout, _header_groups(layout))
    for number, row in enumerate(rows, 1):
        if habits.repeated_header_every and number > 1 and number % habits.repeated_header_every == 1:
            for line in header:
                sheet.add(line)
        if habits.blank_rows and layout.rng.random() < 0.08:
            sheet.add([None] * len(layout.columns) if layout.text else [])
        sheet.add([_cell(layout, column, row, number) for column in layout.columns], str(row[table.key]))
        if grouped and (number == len(rows) or rows[number][table.subtotal_by] != row[table.subtotal_by]):
            members = [other for other in rows if other[table.subtotal_by] == row[table.subtotal_by]]
            _write_sum(layout, "小计", members, str(row[table.subtotal_by]))
    if table.total and habits.totals:
        _write_sum(layout, "合计", _once(table, rows), "")


def _once(table: Table, rows: list[Row]) -> list[Row]:
    return list({str(row[table.key]): row for row in rows}.values()) if table.total_once else rows


def _write_sum(layout: _Layout, label: str, rows: Sequence[Row], scope: str) -> None:
    values: list[Value] = []
    for column in layout.columns:
        if column.totalled:
            whole = sum((row[column.field] for row in rows), Decimal(0))
            values.append(amount_cell(whole, layout.unit, layout.habits, layout.rng, text=layout.text))
        else:
            values.append(scope if scope and column.field == layout.table.subtotal_by else None)
    values[_label_column(layout)] = label
    layout.sheet.add(values)


def _label_column(layout: _Layout) -> int:
    """Return the first column that neither sums nor scopes, where 小计 and 合计 are written."""
    return next(
        at
        for at, column in enumerate(layout.columns)
        if not column.totalled and column.field != layout.table.subtotal_by
    )


def _cell(layout: _Layout, column: Column, row: Row, number: int) -> Value:
    if column.field == "serial":
        return str(number) if layout.text else number
    if column.field.startswith("extra_"):
        return layout.rng.choice(("甲", "乙", None))
    value = row[column.field]
    if column.kind == "money":
        return amount_cell(value, layout.unit, layout.habits, layout.rng, text=layout.text)
    if column.kind == "date":
        return day_cell(value, layout.habits, layout.rng, text=layout.text)
    return value or None if isinstance(value, str) else value
