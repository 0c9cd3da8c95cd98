"""The appendices as a workbook: the tables of the Word file with numbers as numbers and texts as texts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter

from fundeval.report.appendices import AppendixTable
from fundeval.report.blocks import Cell, Rows, Table, placed, plain
from fundeval.report.narrative import Report
from fundeval.report.typography import typeset
from fundeval.report.word.layout import BODY_FONT, HEADING_FONT, TITLE_FONT

_PAPER_A4 = 9
_TEXT_WIDTH = {True: 130.0, False: 90.0}
"""Width of a page in characters of the body font, lying and standing."""
_TITLE_ROWS = 2
_LINE_POINTS = 15.0
_FORMULA_OFF = {
    "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True,
}  # fmt: skip


def write_workbook(report: Report, path: Path) -> None:
    """Write one sheet per appendix; the same report gives the same bytes.

    Args:
        report: The report.
        path: Where to write the .xlsx.
    """
    with xlsxwriter.Workbook(str(path), _FORMULA_OFF) as book:
        book.set_properties(
            {
                "title": f"{report.title}附件", "author": report.author,
                "created": dt.datetime(report.year, 12, 31),  # noqa: DTZ001 - a spreadsheet's clock has no zone
            }
        )  # fmt: skip
        formats = _Formats(book)
        for number, annex in enumerate(report.appendices, 1):
            _write_sheet(book.add_worksheet(f"附件{number}"), annex, number, formats)


class _Formats:
    """Cell formats by what they show; a workbook keeps one of each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}

    def named(self, **looks: Any) -> Any:
        """Return the format with these properties."""
        key = tuple(sorted(looks.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(looks)
        return self._made[key]

    def cell(self, align: str, *, header: bool, strong: bool, number_format: str) -> Any:
        """Return the format of a table cell."""
        looks: dict[str, Any] = {
            "border": 1, "text_wrap": True, "valign": "vcenter", "font_size": 10, "font_name": BODY_FONT,
            "align": "center" if header else align, "bold": header or strong,
        }  # fmt: skip
        if header:
            looks |= {"bg_color": "#EDEDED", "font_name": HEADING_FONT}
        if number_format and number_format != "General":
            looks["num_format"] = number_format
        return self.named(**looks)


def _write_sheet(sheet: Any, annex: AppendixTable, number: int, formats: _Formats) -> None:
    table = annex.table
    last = len(table.columns) - 1
    _set_up_page(sheet, annex, len(table.header))
    weight = sum(column.weight for column in table.columns)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _TEXT_WIDTH[annex.landscape] * column.weight / weight)
    sheet.write_string(0, 0, f"附件{number}", formats.named(font_name=HEADING_FONT, font_size=12))
    title = formats.named(font_name=TITLE_FONT, font_size=16, align="center", valign="vcenter")
    sheet.merge_range(1, 0, 1, last, "", title)
    sheet.write_string(1, 0, typeset(annex.title), title)
    sheet.set_row(1, 30)
    top = _TITLE_ROWS
    if table.unit:
        sheet.write_string(
            top, last, table.unit, formats.named(align="right", font_name=BODY_FONT, font_size=10)
        )
        top += 1
    _write_rows(sheet, table, table.header, top, formats, header=True)
    sheet.freeze_panes(top + len(table.header), 0)
    sheet.repeat_rows(top, top + len(table.header) - 1)
    top += len(table.header)
    _write_rows(sheet, table, table.rows, top, formats, header=False)
    if table.remark:
        sheet.write_string(
            top + len(table.rows), 0, table.remark, formats.named(font_name=BODY_FONT, font_size=10)
        )


def _set_up_page(sheet: Any, annex: AppendixTable, header_rows: int) -> None:
    sheet.set_paper(_PAPER_A4)
    if annex.landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer('&C&"宋体"&14— &P —')
    sheet.hide_gridlines(2)


def _write_rows(sheet: Any, table: Table, rows: Rows, top: int, formats: _Formats, *, header: bool) -> None:
    for row, column, cell in placed(rows, len(table.columns)):
        align = cell.align or table.columns[column].align
        looks = formats.cell(align, header=header, strong=cell.strong, number_format=cell.number_format)
        last_row, last_column = top + row + cell.rowspan - 1, column + cell.colspan - 1
        if (last_row, last_column) != (top + row, column):
            sheet.merge_range(top + row, column, last_row, last_column, "", looks)
        _write_cell(sheet, top + row, column, cell, looks)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, looks: Any) -> None:
    if cell.number is not None:
        sheet.write_number(row, column, float(cell.number), looks)
    else:
        sheet.write_string(row, column, plain(cell.runs), looks)
