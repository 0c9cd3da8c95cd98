"""A file as the office sees it: sheets of cells, with where every fact was put."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Formula:
    """A formula without a stored value; ``text`` is what follows the equals sign."""

    text: str


@dataclass(frozen=True)
class CellError:
    """A spreadsheet error such as ``#REF!``."""

    text: str


Value = None | str | int | Decimal | dt.date | Formula | CellError


@dataclass
class Sheet:
    """One sheet of cells.

    Attributes:
        name: Name of the sheet.
        cells: Rows of values; rows may differ in length.
        hidden: Whether the sheet is hidden.
        merges: Merged areas as (first row, first column, last row, last column), from 0.
        header_rows: Rows that hold the header, from 0.
        columns: Field to column, from 0.
        headers: Field to header text, as written.
        rows: Key of a fact to the rows it was written in, from 1 as a spreadsheet program shows them.
    """

    name: str
    cells: list[list[Value]] = field(default_factory=list)
    hidden: bool = False
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    header_rows: list[int] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)

    def add(self, values: Iterable[Value], key: str | None = None) -> int:
        """Append a row and return its number from 1; ``key`` names the fact it states."""
        self.cells.append(list(values))
        if key is not None:
            self.rows.setdefault(key, []).append(len(self.cells))
        return len(self.cells)

    @property
    def width(self) -> int:
        return max((len(row) for row in self.cells), default=0)

    def value(self, row: int, field_name: str) -> Value:
        """Return what was written in a row (from 1) under a field."""
        return self.cells[row - 1][self.columns[field_name]]

    def put(self, row: int, field_name: str, value: Value) -> None:
        """Overwrite what a row (from 1) holds under a field."""
        self.cells[row - 1][self.columns[field_name]] = value


@dataclass
class SourceFile:
    """One file of an office.

    Attributes:
        kind: Kind of file, as in docs/architecture.md.
        stem: File name without its extension.
        format: ``csv``, ``xlsx`` or ``xls``.
        sheets: The sheets; a CSV has one.
        encoding: Encoding of a CSV.
    """

    kind: str
    stem: str
    format: str
    sheets: list[Sheet]
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        return f"{self.stem}.{self.format}"

    def sheet(self, name: str) -> Sheet:
        """Return the sheet with this name, or the only one of a CSV."""
        return next(sheet for sheet in self.sheets if sheet.name == name or self.format == "csv")
