"""The report as a list of blocks, between the texts that say it and the renderers that show it.

Every renderer (Word, workbook, web page) draws the same blocks, so that no format can say something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Align = Literal["left", "center", "right"]
Role = Literal["body", "lead", "list", "note", "signature", "date"]


@dataclass(frozen=True)
class Run:
    """A stretch of text.

    Attributes:
        text: What is shown.
        evidence: Anchor of the dataset row the text was taken from (``metric-paid``); empty for plain words.
        missing: Whether it stands for something only a person can write and nobody has written yet.
    """

    text: str
    evidence: str = ""
    missing: bool = False


Runs = tuple[Run, ...]


def plain(runs: Runs) -> str:
    """Return the text of runs without anything else."""
    return "".join(run.text for run in runs)


@dataclass(frozen=True)
class Title:
    """Title of the whole report."""

    runs: Runs


@dataclass(frozen=True)
class Heading:
    """A numbered heading: level 1 一、, level 2 (一), level 3 1., level 4 (1); the number is part of the text."""

    level: int
    runs: Runs


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text in one of the roles a style exists for."""

    runs: Runs
    role: Role = "body"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        weight: Width relative to the other columns of the table.
        align: How its cells are set.
    """

    weight: float
    align: Align = "left"


@dataclass(frozen=True)
class Cell:
    """A cell; positions that a span covers have no cell of their own.

    Attributes:
        runs: What is shown.
        number: The value as a number for the workbook, in the unit shown; None for a text.
        number_format: Spreadsheet format of ``number``.
        rowspan: Rows it covers.
        colspan: Columns it covers.
        align: Overrides the column.
        strong: Whether it is set in bold (totals).
    """

    runs: Runs
    number: Decimal | None = None
    number_format: str = ""
    rowspan: int = 1
    colspan: int = 1
    align: Align | None = None
    strong: bool = False


Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table with header rows that repeat on every page.

    Attributes:
        name: Identifier, also the sheet's position in the workbook.
        columns: Widths and alignments.
        header: Header rows.
        rows: Body rows.
        caption: Caption above the table; empty for an appendix, whose title says it.
        unit: What amounts are in, shown above on the right; empty where there are none.
        remark: Note under the table.
    """

    name: str
    columns: tuple[Column, ...]
    header: Rows
    rows: Rows
    caption: str = ""
    unit: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart.

    Attributes:
        name: Identifier of the chart.
        png: Picture for Word.
        svg: The same picture for the web page.
        width_mm: Width on paper.
        height_mm: Height on paper.
        alt: What the chart shows, for those who cannot see it.
        caption: Caption under the chart.
    """

    name: str
    png: bytes = field(repr=False)
    svg: str = field(repr=False)
    width_mm: float
    height_mm: float
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Appendix:
    """Start of an appendix, on a new page.

    Attributes:
        number: 1-based number.
        title: Its title.
        landscape: Whether its pages lie on the side.
    """

    number: int
    title: str
    landscape: bool


Block = Title | Heading | Paragraph | Table | Figure | Appendix


def placed(rows: Rows, width: int) -> Iterator[tuple[int, int, Cell]]:
    """Give every cell with the row and column it starts in, spans taken into account.

    Args:
        rows: Rows as a table holds them.
        width: Number of columns of the table.

    Raises:
        ValueError: Where a row has too few or too many cells for the table's columns.
    """
    covered: defaultdict[int, set[int]] = defaultdict(set)
    for row_number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in covered[row_number]:
                column += 1
            yield row_number, column, cell
            for down in range(cell.rowspan):
                covered[row_number + down].update(range(column, column + cell.colspan))
        if covered.pop(row_number) != set(range(width)):
            raise ValueError(f"row {row_number} does not fill {width} columns")
