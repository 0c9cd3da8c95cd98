"""Finding a contract's table in a sheet: the header row or rows, the column of each field, the units of money.

Columns are found by their header texts, never by position. A two-line header is read by its lower line, its upper
line or both together, merged areas filled in.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fundeval.core.errors import Problem
from fundeval.sources.contract import (
    Column,
    TableContract,
    header_key,
    unit_in_header,
    unknown_unit_in_header,
)
from fundeval.sources.grid import Sheet

UNIT_FACTORS = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
_KNOWN_UNIT_CELL = re.compile(r"单位[::]?(?:人民币)?(亿元|万元|元)")
_ANY_UNIT_CELL = re.compile(r"(?:^|[^\u4e00-\u9fff])(?:金额|货币)?单位:([^,;()]{1,6})")
# How many rows are looked at to see whether every amount states a unit of its own.
HEAD_FOR_UNITS = 10_000


@dataclass(frozen=True)
class FoundColumn:
    """Where a field stands: column number from 1, the header text as written, the factor of its money unit."""

    column: Column
    number: int
    header: str
    factor: int | None = None


@dataclass(frozen=True)
class Layout:
    """A contract's table found in a sheet.

    Attributes:
        table: The contract.
        sheet: The sheet.
        header_rows: First and last row of the header, from 1.
        columns: The columns found, by field.
        missing: Columns the contract requires and the header lacks.
        unknown: Header texts no column of the contract means, by column number.
        score: How many fields were found.
    """

    table: TableContract
    sheet: Sheet
    header_rows: tuple[int, int]
    columns: dict[str, FoundColumn]
    missing: tuple[Column, ...] = ()
    unknown: dict[int, str] = field(default_factory=dict)

    @property
    def score(self) -> int:
        """Number of fields found."""
        return len(self.columns)


def find_layout(table: TableContract, sheet: Sheet) -> Layout | None:
    """Find the header of ``table`` in ``sheet``; None where fewer than half of its required columns are there."""
    best: Layout | None
    if table.layout == "form":
        best = _find_form(table, sheet)
    else:
        # One line wins over two that find no more, so that a unit row is never taken for a header's upper line.
        candidates = [layout for depth in (1, 2) for layout in _headers(table, sheet, depth)]
        best = max(candidates, key=lambda layout: layout.score, default=None)
    required = [column for column in table.columns if not column.optional]
    if best is None or best.score < max(2, (len(required) + 1) // 2):
        return None
    return best


def _headers(table: TableContract, sheet: Sheet, depth: int) -> Iterator[Layout]:
    """Read every row, or every two rows, of the head as if they were the header."""
    head = sheet.head()
    for at in range(len(head) - depth + 1):
        if depth == 2 and not _lower_line_is_header(table, head[at + 1]):
            continue
        names = _header_names(head, at, depth, sheet)
        yield _layout(table, sheet, (at + 1, at + depth), names, _match(table, names))


def _find_form(table: TableContract, sheet: Sheet) -> Layout:
    """Find the labels of a form: the first filled cell of a row; ``number`` of a found column is its row."""
    labels: list[tuple[str, ...]] = [next(((cell,) for cell in cells if cell), ()) for cells in sheet.head()]
    layout = _layout(table, sheet, (1, 1), labels, _match(table, labels))
    first = min((found.number for found in layout.columns.values()), default=1)
    return replace(layout, header_rows=(first, first))


def _header_names(head: list[list[str | None]], at: int, depth: int, sheet: Sheet) -> list[tuple[str, ...]]:
    """Return for each column the texts it may be called by, best first."""
    if depth == 1:
        return [(cell,) if cell else () for cell in head[at]]
    upper = _filled(head[at], at, sheet)
    names: list[tuple[str, ...]] = []
    for above, below in zip(upper, head[at + 1], strict=True):
        if below and above and below != above:
            names.append((below, above + below))
        elif below or above:
            names.append((below or above or "",))
        else:
            names.append(())
    return names


def _filled(cells: list[str | None], at: int, sheet: Sheet) -> list[str | None]:
    """Return a row with horizontally merged cells repeated over their area."""
    filled = list(cells)
    for (top, left), (bottom, right) in sheet.merged:
        if top <= at <= bottom:
            for column in range(left, min(right + 1, len(filled))):
                filled[column] = filled[column] or cells[left]
    return filled


def _lower_line_is_header(table: TableContract, cells: list[str | None]) -> bool:
    known = set(table.by_name())
    texts = [cell for cell in cells if cell]
    return (
        bool(texts)
        and not any(re.fullmatch(r"[-\d.,]+", text) for text in texts)
        and any(header_key(text) in known for text in texts)
    )


def _match(table: TableContract, names: list[tuple[str, ...]]) -> dict[str, tuple[Column, int, str]]:
    known = table.by_name()
    found: dict[str, tuple[Column, int, str]] = {}
    for number, texts in enumerate(names, 1):
        for text in texts:
            column = known.get(header_key(text)) or _money_in_unknown_unit(known, text)
            if column is not None and column.field not in found:
                found[column.field] = (column, number, text)
                break
    return found


def _money_in_unknown_unit(known: Mapping[str, Column], text: str) -> Column | None:
    """Return the money column a header means but for its unit, so that the unit is refused and not the column."""
    parts = unknown_unit_in_header(text)
    column = known.get(header_key(parts[0])) if parts else None
    return column if column is not None and column.type == "money" else None


def _layout(
    table: TableContract,
    sheet: Sheet,
    rows: tuple[int, int],
    names: list[tuple[str, ...]],
    found: dict[str, tuple[Column, int, str]],
) -> Layout:
    taken = {number for _, number, _ in found.values()}
    unknown = {number: texts[0] for number, texts in enumerate(names, 1) if texts and number not in taken}
    columns = {name: FoundColumn(column, number, text) for name, (column, number, text) in found.items()}
    missing = tuple(column for column in table.columns if column.field not in found and not column.optional)
    return Layout(table, sheet, rows, columns, missing, unknown)


def missing_column_problems(layout: Layout, file: str) -> list[Problem]:
    """Say which required columns a header lacks, with the nearest header that is there."""
    problems = []
    for column in layout.missing:
        near = difflib.get_close_matches(
            header_key(column.title), map(header_key, layout.unknown.values()), 1, 0.5
        )
        hint = f"表头中最接近的是“{near[0]}”,如果就是这一列,请改名为“{column.title}”。" if near else ""
        problems.append(
            Problem(
                file=file,
                sheet=layout.sheet.name,
                row=layout.header_rows[1],
                column=column.title,
                code="missing_column",
                message=f"缺少必需的列“{column.title}”。",
                remedy=hint or f"请补上“{column.title}”列后重报。",
            )
        )
    return problems


def unknown_column_problems(layout: Layout, file: str) -> list[Problem]:
    """Offer the nearest known name for a column nobody asked for, where one is near.

    Where it is that of a column the file may come without, the data would be lost in silence: a warning.
    """
    if layout.table.layout != "table":
        return []
    lacking = [column for column in layout.table.columns if column.field not in layout.columns]
    problems = []
    for header in layout.unknown.values():
        near = _nearest(header, lacking) or _nearest(header, layout.table.columns)
        if near is None or near in layout.missing:
            continue
        problems.append(
            Problem(
                file=file,
                sheet=layout.sheet.name,
                row=layout.header_rows[1],
                column=header,
                code="unknown_column",
                message="不是约定的列,未读取。",
                remedy=f"最接近的约定列名是“{near.title}”,如果就是这一列,请改名后重报;多余的列可以保留。",
                severity="warning" if near in lacking else "info",
            )
        )
    return problems


def _nearest(header: str, columns: Iterable[Column]) -> Column | None:
    by_name = {name: column for column in columns for name in column.names}
    found = difflib.get_close_matches(header_key(header), by_name, 1, 0.6)
    return by_name[found[0]] if found else None


def unit_problems(layout: Layout, file: str) -> tuple[dict[str, FoundColumn], list[Problem]]:
    """Give every money column the factor of its unit: its header's, else the sheet's; no unit is refused.

    Returns:
        The columns with factors, and the problems.
    """
    stated = _sheet_unit(layout)
    columns, problems = dict(layout.columns), []
    for name, found in layout.columns.items():
        if found.column.type != "money":
            continue
        strange = unknown_unit_in_header(found.header)
        unit = unit_in_header(found.header) or (strange[1] if strange else stated[0] if stated else None)
        if unit in UNIT_FACTORS:
            columns[name] = FoundColumn(found.column, found.number, found.header, UNIT_FACTORS[unit])
        elif unit is not None:
            row = stated[1] if stated and stated[0] == unit else layout.header_rows[1]
            problems.append(_unknown_unit(file, layout.sheet.name, row, found.column.title, unit))
        elif layout.table.layout != "form" and not _every_cell_states_unit(layout, found):
            problems.append(
                Problem(
                    file=file,
                    sheet=layout.sheet.name,
                    row=layout.header_rows[1],
                    column=found.column.title,
                    code="no_unit",
                    message=f"“{found.column.title}”列没有写明金额单位。",
                    remedy="请在表头写成“金额(元)”或“金额(万元)”,或在表头上方加一行“单位:万元”。",
                )
            )
    return columns, problems


def _unknown_unit(file: str, sheet: str, row: int, column: str, unit: str) -> Problem:
    return Problem(
        file=file,
        sheet=sheet,
        row=row,
        column=column,
        value=unit,
        code="unknown_unit",
        message=f"金额单位“{unit}”无法识别。",
        remedy="金额单位只能是元、万元或亿元,请换算后改正单位。",
    )


def _sheet_unit(layout: Layout) -> tuple[str, int] | None:
    """Return the unit a cell above the header states, with its row; the one nearest to the header wins."""
    head = layout.sheet.head()[: layout.header_rows[0] - 1]
    for row in range(len(head), 0, -1):
        for cell in head[row - 1]:
            plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell or ""))
            match = _KNOWN_UNIT_CELL.search(plain) or _ANY_UNIT_CELL.search(plain)
            if match:
                return match.group(1), row
    return None


def _every_cell_states_unit(layout: Layout, found: FoundColumn) -> bool:
    head = layout.sheet.head(HEAD_FOR_UNITS)[layout.header_rows[1] :]
    cells = [row[found.number - 1] for row in head]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(re.search(r"(亿元|万元|元|亿|万)\)?\s*$", cell) for cell in filled)


def best_layouts(tables: Iterable[TableContract], sheets: Iterable[Sheet]) -> dict[str, Layout]:
    """Give each table the visible sheet that fits it best; a sheet serves one table."""
    candidates = [
        layout
        for table in tables
        for sheet in sheets
        if sheet.visible and sheet.height and (layout := find_layout(table, sheet)) is not None
    ]
    candidates.sort(key=lambda layout: (len(layout.missing), -layout.score))
    chosen: dict[str, Layout] = {}
    used: set[str] = set()
    for layout in candidates:
        if layout.table.name not in chosen and layout.sheet.name not in used:
            chosen[layout.table.name] = layout
            used.add(layout.sheet.name)
    return chosen
