"""Tables: fixed grid, repeating header rows, rows that do not split, merged cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from fundeval.report.blocks import Align, Cell, Column, Rows, Table, placed
from fundeval.report.word.layout import TABLE_SMALL, TABLE_TEXT, TextStyle, twips
from fundeval.report.word.styles import element

KEPT_WHOLE_ROWS = 12
"""A table of up to so many rows stays on one page."""
_COLUMNS_IN_NORMAL_SIZE = 6
_BORDER_EIGHTHS = 4
_CELL_MARGINS_TWIPS = {"top": 30, "left": 60, "bottom": 30, "right": 60}
_HEADER_FILL = "EDEDED"


def style_for(table: Table) -> TextStyle:
    """Choose the size of a table's text by how many columns share the width."""
    return TABLE_TEXT if len(table.columns) <= _COLUMNS_IN_NORMAL_SIZE else TABLE_SMALL


def table_element(table: Table, style_id: str, width_mm: float) -> Any:
    """Make the table as XML; python-docx's own cells take quadratic time on long tables.

    Args:
        table: The table.
        style_id: Identifier of the paragraph style of its cells.
        width_mm: Width of the text area it fills.
    """
    widths = _widths(table.columns, twips(width_mm))
    made = element("tbl")
    made.append(_properties(sum(widths)))
    grid = element("tblGrid")
    for width in widths:
        grid.append(element("gridCol", w=width))
    made.append(grid)
    whole = len(table.rows) <= KEPT_WHOLE_ROWS
    for row in _laid_out(table.header, len(widths)):
        made.append(_row(row, table.columns, widths, _Looks(style_id, header=True, keep_with_next=True)))
    for number, row in enumerate(_laid_out(table.rows, len(widths)), 1):
        looks = _Looks(style_id, header=False, keep_with_next=whole and number < len(table.rows))
        made.append(_row(row, table.columns, widths, looks))
    return made


@dataclass(frozen=True)
class _Looks:
    """How the cells of a row are set."""

    style_id: str
    header: bool
    keep_with_next: bool


@dataclass(frozen=True)
class _Part:
    """The part of a cell that lies in one row."""

    column: int
    cell: Cell
    is_start: bool


def _laid_out(rows: Rows, width: int) -> list[list[_Part]]:
    """Give every row the cells that reach into it, from left to right."""
    laid: defaultdict[int, list[_Part]] = defaultdict(list)
    for row, column, cell in placed(rows, width):
        for down in range(cell.rowspan):
            laid[row + down].append(_Part(column, cell, down == 0))
    return [sorted(laid[row], key=lambda part: part.column) for row in range(len(rows))]


def _widths(columns: Sequence[Column], total: int) -> list[int]:
    """Share the width by weight, so that the parts add up to exactly the whole."""
    weight = sum(column.weight for column in columns)
    ends = [sum(column.weight for column in columns[: end + 1]) / weight for end in range(len(columns))]
    edges = [0, *(round(total * end) for end in ends)]
    return [right - left for left, right in zip(edges, edges[1:], strict=False)]


def _properties(width: int) -> Any:
    properties = element("tblPr")
    properties.append(element("tblW", w=width, type="dxa"))
    properties.append(element("jc", val="center"))
    borders = element("tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(side, val="single", sz=_BORDER_EIGHTHS, space=0, color="000000"))
    properties.append(borders)
    properties.append(element("tblLayout", type="fixed"))
    margins = element("tblCellMar")
    for side, margin in _CELL_MARGINS_TWIPS.items():
        margins.append(element(side, w=margin, type="dxa"))
    properties.append(margins)
    return properties


def _row(parts: Sequence[_Part], columns: Sequence[Column], widths: Sequence[int], looks: _Looks) -> Any:
    line = element("tr")
    properties = element("trPr")
    properties.append(element("cantSplit"))
    if looks.header:
        properties.append(element("tblHeader"))
    line.append(properties)
    for part in parts:
        width = sum(widths[part.column : part.column + part.cell.colspan])
        align = part.cell.align or ("center" if looks.header else columns[part.column].align)
        line.append(_cell(part, width, align, looks))
    return line


def _cell(part: _Part, width: int, align: Align, looks: _Looks) -> Any:
    made = element("tc")
    properties = element("tcPr")
    properties.append(element("tcW", w=width, type="dxa"))
    if part.cell.colspan > 1:
        properties.append(element("gridSpan", val=part.cell.colspan))
    if part.cell.rowspan > 1:
        properties.append(element("vMerge", val="restart") if part.is_start else element("vMerge"))
    if looks.header:
        properties.append(element("shd", val="clear", color="auto", fill=_HEADER_FILL))
    properties.append(element("vAlign", val="center"))
    made.append(properties)
    made.append(_paragraph(part.cell if part.is_start else Cell(()), align, looks))
    return made


def _paragraph(cell: Cell, align: Align, looks: _Looks) -> Any:
    paragraph = element("p")
    properties = element("pPr")
    properties.append(element("pStyle", val=looks.style_id))
    if looks.keep_with_next:
        properties.append(element("keepNext"))
    properties.append(element("jc", val=align))
    paragraph.append(properties)
    for run in cell.runs:
        line = element("r")
        if looks.header or cell.strong:
            bold = element("rPr")
            bold.append(element("b"))
            line.append(bold)
        text = element("t")
        text.set(qn("xml:space"), "preserve")
        text.text = run.text
        line.append(text)
        paragraph.append(line)
    return paragraph
