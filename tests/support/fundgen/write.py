"""Writes the files of an office into a folder."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from support.fundgen.biff import workbook_bytes
from support.fundgen.grid import CellError, Formula, Sheet, SourceFile, Value


def write_files(files: Mapping[str, SourceFile] | Iterable[SourceFile], folder: Path) -> None:
    """Write every file into ``folder``, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files.values() if isinstance(files, Mapping) else files:
        write_file(file, folder / file.name)


def write_file(file: SourceFile, path: Path) -> None:
    """Write one file in the format it declares."""
    if file.format == "csv":
        path.write_bytes(csv_bytes(file.sheets[0], file.encoding))
    elif file.format == "xls":
        path.write_bytes(workbook_bytes(file.sheets))
    else:
        _write_xlsx(file, path)


def csv_bytes(sheet: Sheet, encoding: str) -> bytes:
    """Return a sheet as CSV with CRLF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(value) for value in row] for row in sheet.cells)
    return text.getvalue().encode(encoding)


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.text if isinstance(value, Formula | CellError) else str(value)


def _write_xlsx(file: SourceFile, path: Path) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    book.set_properties({"created": dt.datetime.combine(dt.date(2000, 1, 1), dt.time())})
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    for sheet in file.sheets:
        page = book.add_worksheet(sheet.name)
        for first_row, first_column, last_row, last_column in sheet.merges:
            if (first_row, first_column) != (last_row, last_column):
                page.merge_range(first_row, first_column, last_row, last_column, "")
        for row, values in enumerate(sheet.cells):
            for column, value in enumerate(values):
                _write_cell(page, row, column, value, day_format)
        if sheet.hidden:
            page.hide()
    book.close()


def _write_cell(
    page: xlsxwriter.workbook.Worksheet,
    row: int,
    column: int,
    value: Value,
    day_format: xlsxwriter.format.Format,
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        page.write_string(row, column, value)
    elif isinstance(value, Formula):
        page.write_formula(row, column, f"={value.text}", None, "")
    elif isinstance(value, CellError):
        page.write_formula(row, column, f"={value.text}", None, value.text)
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime.combine(value, dt.time()), day_format)
    else:
        page.write_number(row, column, float(value))
