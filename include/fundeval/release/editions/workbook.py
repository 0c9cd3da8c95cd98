"""The dataset as one workbook: a sheet per table and the dictionary of fields in front."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from fundeval.release.dictionary import Column, Dictionary, PublishedTable
from fundeval.release.fields import YES_NO, Cell, Dataset, Row, kept

DICTIONARY_SHEET = "字段字典"
HEADER_ROWS = 2

_DICTIONARY_HEADER = ("表", "列", "名称", "类型", "单位", "含义", "Meaning")
_FORMATS = {"money": "#,##0.00", "rate": "0.00", "score": "0.00", "date": "yyyy-mm-dd", "integer": "0"}
_WIDEST = 60


def write_workbook(dictionary: Dictionary, dataset: Dataset, path: Path, created_on: dt.date) -> None:
    """Write the workbook.

    Args:
        dictionary: The dictionary of fields.
        dataset: The published rows.
        path: The .xlsx to write.
        created_on: Date put into the properties, so that the same rows give the same bytes.
    """
    # Every text is written with write_string: no cell becomes a formula or a link, whatever it begins with.
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": dt.datetime.combine(created_on, dt.time()), "author": "fundeval"})
        formats = _formats(book)
        _dictionary_sheet(book, dictionary, formats)
        for name, table in dictionary.tables.items():
            _table_sheet(book, name, table, dataset[name], formats)


def read_workbook(dictionary: Dictionary, path: Path) -> Dataset:
    """Read the tables back from the workbook.

    Raises:
        KeyError: A sheet is missing.
    """
    book = openpyxl.load_workbook(path, data_only=True)
    return {name: _sheet_rows(table, book[sheet_name(table)]) for name, table in dictionary.tables.items()}


def sheet_name(table: PublishedTable) -> str:
    """Return the name of the table's sheet."""
    return table.title


def _formats(book: Any) -> dict[str, Any]:
    formats = {name: book.add_format({"num_format": pattern}) for name, pattern in _FORMATS.items()}
    formats["heading"] = book.add_format(
        {"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True}
    )
    formats["name"] = book.add_format({"font_color": "#666666", "italic": True, "border": 1})
    formats["wrapped"] = book.add_format({"text_wrap": True, "valign": "top"})
    return formats


def _dictionary_sheet(book: Any, dictionary: Dictionary, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(DICTIONARY_SHEET)
    sheet.freeze_panes(1, 0)
    for at, (heading, width) in enumerate(zip(_DICTIONARY_HEADER, (12, 22, 18, 10, 8, 60, 60), strict=True)):
        sheet.write_string(0, at, heading, formats["heading"])
        sheet.set_column(at, at, width)
    lines = [
        (
            table.title,
            column.name,
            column.title,
            column.type,
            column.unit,
            column.description,
            column.description_en,
        )
        for table in dictionary.tables.values()
        for column in table.columns
    ]
    for number, line in enumerate(lines, 1):
        for at, text in enumerate(line):
            sheet.write_string(number, at, text, formats["wrapped"])


def _table_sheet(
    book: Any, name: str, table: PublishedTable, rows: list[Row], formats: dict[str, Any]
) -> None:
    sheet = book.add_worksheet(sheet_name(table))
    sheet.freeze_panes(HEADER_ROWS, 1)
    sheet.set_header(f"&L{table.title}&R{name}")
    for at, column in enumerate(table.columns):
        heading = f"{column.title}({column.unit})" if column.unit else column.title
        sheet.write_string(0, at, heading, formats["heading"])
        sheet.write_string(1, at, column.name, formats["name"])
        sheet.set_column(at, at, _width(column, rows))
        for number, row in enumerate(rows, HEADER_ROWS):
            _write(sheet, number, at, row[column.name], formats.get(column.type))
    sheet.autofilter(
        HEADER_ROWS - 1, 0, max(HEADER_ROWS - 1 + len(rows), HEADER_ROWS), len(table.columns) - 1
    )


def _write(sheet: Any, row: int, at: int, value: Cell, cell_format: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, at, YES_NO[value])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, at, dt.datetime.combine(value, dt.time()), cell_format)
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, at, float(value), cell_format)
    else:
        sheet.write_string(row, at, value)


def _width(column: Column, rows: list[Row]) -> int:
    """Estimate a column's width: a Chinese character takes two places."""
    texts = [
        column.title,
        column.name,
        *(str(row[column.name]) for row in rows if row[column.name] is not None),
    ]
    return min(_WIDEST, max(sum(2 if ord(char) > 255 else 1 for char in text) for text in texts) + 2)


def _sheet_rows(table: PublishedTable, sheet: Any) -> list[Row]:
    return [
        {column.name: _read(column, cell) for column, cell in zip(table.columns, cells, strict=False)}
        for cells in sheet.iter_rows(min_row=HEADER_ROWS + 1, max_col=len(table.columns), values_only=True)
    ]


def _read(column: Column, value: Any) -> Cell:
    if column.type == "boolean" and value is not None:
        return bool(value == YES_NO[True])
    # A spreadsheet keeps numbers as binary floats; their shortest text is the decimal that was written.
    return kept(column, repr(value) if isinstance(value, float) else value)
