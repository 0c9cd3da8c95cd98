"""What a clerk gets back: a copy of the file with the wrong cells coloured and explained, and a list of problems.

The first sheet, 问题清单, lists every problem with a link to its cell. A legacy .xls comes back as .xlsx with its cells
as texts. For a CSV or a file that cannot be opened there is the list alone, as .xlsx.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.child import INVALID_TITLE_REGEX
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from fundeval.core.errors import SEVERITY_ZH, InputError, Problem, Severity
from fundeval.core.rooms import replacing
from fundeval.sources.contract import load_contract
from fundeval.sources.grid import Grid, read_grid
from fundeval.sources.inbox import kinds_by_name
from fundeval.sources.layout import best_layouts

LIST_SHEET = "问题清单"
# Beyond this many cells an annotated copy costs more memory than a worker has; the list still names every cell.
MAX_COPIED_CELLS = 500_000
_HEADER = ("序号", "程度", "工作表", "单元格", "列", "内容", "问题", "处理办法")
_WIDTHS = (6, 8, 16, 10, 20, 24, 48, 56)
_FILLS: dict[Severity, str] = {"critical": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7"}
_AUTHOR = "fundeval"
_LONGEST_TITLE = 31


def write_feedback(path: Path, file: str, problems: Sequence[Problem], folder: Path) -> Path:
    """Write the feedback on one file.

    Args:
        path: The file's bytes.
        file: Its name as it was sent.
        problems: Every problem of the file; problems of other files are left out.
        folder: Where to write ``<name>-问题反馈.xlsx``.

    Returns:
        The workbook written.
    """
    own = [problem for problem in problems if problem.file == file]
    with tempfile.TemporaryDirectory(prefix="fundeval-feedback-") as grids:
        try:
            grid = read_grid(path, file, Path(grids))
        except InputError:
            grid = None
        book = _copy(path, grid) if grid else _empty_book()
        columns = _columns(file, grid) if grid else {}
    places = [_cell_name(problem, columns) for problem in own]
    target = folder / f"{Path(file).stem}-问题反馈.xlsx"
    _mark_cells(book, own, places)
    _write_list(book, own, places)
    with replacing(target) as temporary, temporary.open("wb") as handle:
        book.save(handle)
    return target


def _empty_book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    return book


def _copy(path: Path, grid: Grid) -> openpyxl.Workbook:
    """Return a workbook with the file's sheets to be marked; none for a text or beyond :data:`MAX_COPIED_CELLS`."""
    cells = sum(sheet.height * sheet.width for sheet in grid.sheets)
    if grid.container == "text" or cells > MAX_COPIED_CELLS:
        return _empty_book()
    if grid.container == "xlsx":
        # By its bytes: in the archive a file has no name to tell its format by. What was read safely can still be
        # beyond this library, in whatever way; the office then gets its cells without their looks.
        with suppress(Exception), path.open("rb") as handle:
            return openpyxl.load_workbook(handle)
    return _rebuilt(grid)


def _rebuilt(grid: Grid) -> openpyxl.Workbook:
    """Return the visible sheets as texts."""
    book = _empty_book()
    for sheet in grid.sheets:
        if sheet.visible:
            page = book.create_sheet(INVALID_TITLE_REGEX.sub("_", sheet.name)[:_LONGEST_TITLE])
            for row, texts in enumerate(sheet.head(max(sheet.height, 1)), 1):
                _write_row(page, row, (text or "" for text in texts))
    return book


def _columns(file: str, grid: Grid) -> dict[tuple[str, str], int]:
    """Return the number of each column by sheet and name, for the columns a problem may name."""
    columns: dict[tuple[str, str], int] = {}
    for kind in kinds_by_name(file):
        for layout in best_layouts(load_contract(kind).tables, grid.sheets).values():
            for found in layout.columns.values():
                columns[layout.sheet.name, found.header] = found.number
                columns[layout.sheet.name, found.column.title] = found.number
            columns |= {(layout.sheet.name, header): number for number, header in layout.unknown.items()}
    return columns


def _cell_name(problem: Problem, columns: dict[tuple[str, str], int]) -> str:
    """Return the name of the cell a problem is about, the row alone where no column is known, or nothing."""
    number = columns.get((problem.sheet, problem.column))
    if not problem.row:
        return ""
    return f"{get_column_letter(number)}{problem.row}" if number else str(problem.row)


def _mark_cells(book: openpyxl.Workbook, problems: Sequence[Problem], places: Sequence[str]) -> None:
    """Colour every wrong cell, or the row's first cell where no column is known, and say in a comment why."""
    notes: dict[tuple[str, str], list[Problem]] = {}
    for problem, place in zip(problems, places, strict=True):
        if place and problem.sheet in book.sheetnames:
            notes.setdefault((problem.sheet, f"A{place}" if place.isdigit() else place), []).append(problem)
    for (sheet, place), listed in notes.items():
        cell: Any = _top_left(book[sheet], place)
        cell.fill = PatternFill("solid", start_color=_FILLS[listed[0].severity])
        text = "\n".join(f"{problem.message}{problem.remedy}" for problem in listed)
        cell.comment = Comment(text, _AUTHOR, height=120, width=320)


def _top_left(sheet: Worksheet, place: str) -> Any:
    """Return the cell, or the one that shows its content where it is merged into another."""
    for area in sheet.merged_cells.ranges:
        if place in area:
            return sheet.cell(area.min_row, area.min_col)
    return sheet[place]


def _write_list(book: openpyxl.Workbook, problems: Sequence[Problem], places: Sequence[str]) -> None:
    title = LIST_SHEET if LIST_SHEET not in book.sheetnames else f"{LIST_SHEET}(本次)"
    sheet = book.create_sheet(title, 0)
    book.active = 0
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _write_row(sheet, 1, _HEADER, bold=True)
    for row, (problem, place) in enumerate(zip(problems, places, strict=True), 2):
        _write_row(sheet, row, _texts(row - 1, problem, place))
        sheet.cell(row, 2).fill = PatternFill("solid", start_color=_FILLS[problem.severity])
        if place and problem.sheet in book.sheetnames:
            _link(sheet, row, problem.sheet, f"A{place}" if place.isdigit() else place)
    if not problems:
        _write_row(sheet, 2, ("", "", "", "", "", "", "没有发现问题。", ""))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _texts(number: int, problem: Problem, place: str) -> tuple[str, ...]:
    where = f"第{place}行" if place.isdigit() else place
    severity = SEVERITY_ZH[problem.severity]
    texts = (problem.sheet, where, problem.column, problem.value, problem.message, problem.remedy)
    return (str(number), severity, *texts)


def _write_row(sheet: Worksheet, row: int, texts: Iterable[str], *, bold: bool = False) -> None:
    """Write texts as texts: what a file contained never becomes a formula."""
    for column, text in enumerate(texts, 1):
        cell = sheet.cell(row, column)
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=bold)


def _link(sheet: Worksheet, row: int, target_sheet: str, place: str) -> None:
    cell = sheet.cell(row, 4)
    quoted = target_sheet.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{place}")
    cell.font = Font(color="0563C1", underline="single")
