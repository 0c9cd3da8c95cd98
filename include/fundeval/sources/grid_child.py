"""Reads one file into text grids; what runs in a process of its own.

A hostile or broken workbook can abort or exhaust the process that opens it, so the opening happens here, under the
limits of :mod:`fundeval.sources.limited`, and the worker lives on. Writes one folder of groups of rows per visible
sheet (:mod:`fundeval.sources.sheet_rows`) and ``grid.json``.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from fundeval.sources.grid_limits import MAX_CELLS, MAX_COLUMNS, Unreadable
from fundeval.sources.grid_text import write_text_grid
from fundeval.sources.sheet_rows import GroupWriter
from fundeval.sources.sniff import Container

BATCH_ROWS = 50_000
EXCEL_EXACT_DIGITS = 10**15
# The day a serial number counts from: 1 is 1900-01-01 with Excel's 1900-02-29, or 0 is 1904-01-01.
EPOCH_1900, EPOCH_1904 = "1899-12-30", "1904-01-01"
_FAILED_CELL = re.compile(rb'<c\b[^>]*\bt="e"[^>]*>|(?:</f>|<f\b[^>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>')
_STORED_VALUE = re.compile(rb"<v>([^<]*)</v>")
_NUMBER_FORMULA = re.compile(rb"<f>\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*</f>")
_CELL_NAME = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')


def cell_text(value: Any) -> str | None:
    """Return the canonical text of a typed cell, as many digits as Excel itself shows (15)."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if abs(value) < 1e15 and value == int(value):
            return str(int(value))
        return format(Decimal(format(value, ".15g")), "f")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def write_rows(path: Path, rows: Iterable[list[str | None]], width: int) -> tuple[int, list[int]]:
    """Write text rows into the folder ``path``, numbered from 1.

    Returns:
        How many rows there are and the numbers of those with filled cells beyond ``width``.
    """
    names = [f"c{number}" for number in range(1, width + 1)]
    repeating = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("row", pa.int32()), *((name, repeating) for name in names)])
    first, overlong = 1, []
    source = iter(rows)
    writer = GroupWriter(path)
    while batch := list(islice(source, BATCH_ROWS)):
        overlong += [first + at for at, row in enumerate(batch) if any(row[width:])]
        columns = [[row[at] if at < len(row) else None for row in batch] for at in range(width)]
        arrays = [pa.array(range(first, first + len(batch)), pa.int32())]
        arrays += [pa.array(column, pa.string()).dictionary_encode() for column in columns]
        writer.write(pa.table(arrays, schema=schema))
        first += len(batch)
    return first - 1, overlong


def read_xlsx(path: Path, folder: Path) -> list[dict[str, Any]]:
    """Read an .xlsx or .xlsm through calamine; formula errors come from a scan of the sheet's XML."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise Unreadable("encrypted_file") from error
    failed = failed_cells(path)
    sheets = []
    for number, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != SheetVisibleEnum.Visible:
            sheets.append({"name": meta.name, "visible": False})
            continue
        sheet = book.get_sheet_by_index(number)
        last_row, last_column = sheet.end or (0, 0)
        width = last_column + 1
        if width > MAX_COLUMNS or width * (last_row + 1) > MAX_CELLS:
            raise Unreadable("far_cell")
        rows = _whole_rows(sheet, failed.get(meta.name, {}))
        sheets.append(_write_sheet(folder, number, meta.name, rows, width, sheet.merged_cell_ranges or []))
    return sheets


def _whole_rows(sheet: Any, failed: dict[int, dict[int, str]]) -> Iterator[list[Any]]:
    """Give rows from the sheet's first column on (calamine starts at the first filled one), with failed formulas."""
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    for at, row in enumerate(sheet.iter_rows()):
        cells = margin + list(row)
        for column, text in failed.get(at, {}).items():
            if column < len(cells):
                cells[column] = text
        yield cells


def counts_from_1904(path: Path) -> bool:
    """Tell whether an .xlsx counts its days from 1904 instead of 1900."""
    import defusedxml.ElementTree as SafeXml

    with zipfile.ZipFile(path) as package:
        for element in SafeXml.fromstring(package.read("xl/workbook.xml")).iter():
            if element.tag.endswith("}workbookPr"):
                return element.get("date1904", "0").lower() in {"1", "true"}
    return False


def failed_cells(path: Path) -> dict[str, dict[int, dict[int, str]]]:
    """Find cells with a formula error or a formula without a stored value: sheet to row to column to text, from 0.

    calamine returns such cells as empty, which would lose them without a word.
    """
    found: dict[str, dict[int, dict[int, str]]] = {}
    with zipfile.ZipFile(path) as package:
        for name, part in _sheet_parts(package).items():
            if part not in package.namelist():
                continue
            content = package.read(part)
            for match in _FAILED_CELL.finditer(content):
                opening = content.rfind(b"<c ", 0, match.start() + 3)
                place = _CELL_NAME.match(content, opening)
                if place is None:
                    continue
                text = _failed_text(content, opening, match)
                row, column = int(place.group(2)) - 1, column_number(place.group(1).decode())
                found.setdefault(name, {}).setdefault(row, {})[column] = text
    return found


def _failed_text(content: bytes, opening: int, match: re.Match[bytes]) -> str:
    """Return the error a cell shows; ``=110`` for a formula that is a bare number, whose value needs no computing."""
    if match.group(0).startswith(b"<c"):
        value = _STORED_VALUE.search(content, match.end(), content.find(b"</c>", match.end()))
        return value.group(1).decode() if value else "#REF!"
    number = _NUMBER_FORMULA.search(content, opening, match.end())
    return f"={number.group(1).decode()}" if number else "#未计算"


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    import defusedxml.ElementTree as SafeXml

    relations = {
        node.get("Id"): node.get("Target", "")
        for node in SafeXml.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    }
    parts = {}
    for node in SafeXml.fromstring(package.read("xl/workbook.xml")).iter():
        if node.tag.endswith("}sheet"):
            relation = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
            target = relations.get(relation, "").lstrip("/")
            parts[node.get("name", "")] = target if target.startswith("xl/") else f"xl/{target}"
    return parts


def column_number(letters: str) -> int:
    """Return the number of a spreadsheet column from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def read_xls(path: Path, folder: Path) -> list[dict[str, Any]]:
    """Read a legacy .xls through xlrd, which keeps formula errors and both epochs."""
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), formatting_info=False, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        raise Unreadable("encrypted_file" if "encrypt" in str(error).lower() else "truncated_file") from error
    sheets = []
    for number, sheet in enumerate(book.sheets()):
        if sheet.visibility:
            sheets.append({"name": sheet.name, "visible": False})
            continue
        if sheet.ncols > MAX_COLUMNS:
            raise Unreadable("far_cell")
        rows = ([_xls_value(xlrd, book, cell) for cell in sheet.row(at)] for at in range(sheet.nrows))
        sheets.append(_write_sheet(folder, number, sheet.name, rows, sheet.ncols, []))
    return sheets


def _xls_value(xlrd: Any, book: Any, cell: Any) -> Any:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#REF!")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (ValueError, OverflowError):
            return cell.value
    return cell.value


def _write_sheet(
    folder: Path, number: int, name: str, rows: Iterable[list[Any]], width: int, merged: Iterable[Any]
) -> dict[str, Any]:
    lossy: list[tuple[int, int]] = []

    def texts() -> Iterator[list[str | None]]:
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if isinstance(value, float) and abs(value) >= EXCEL_EXACT_DIGITS:
                    lossy.append((at, column))
            yield [cell_text(value) for value in row]

    path = folder / f"sheet-{number}"
    height, _ = write_rows(path, texts(), max(width, 1))
    return {
        "name": name,
        "visible": True,
        "path": str(path),
        "height": height,
        "width": width,
        "merged": [[list(corner) for corner in area] for area in merged],
        "lossy": lossy,
        "overlong": [],
    }


def read_text(path: Path, folder: Path) -> list[dict[str, Any]]:
    """Read a delimited text file."""
    target = folder / "sheet-0"
    sheet = {"name": "", "visible": True, "path": str(target), "merged": [], "lossy": []}
    return [sheet | write_text_grid(path, target)]


def write_grids(container: Container, path: Path, folder: Path) -> int:
    """Read a file; write its grids and ``grid.json`` into ``folder``.

    Returns:
        0, or 3 where the file cannot be read; ``folder/refusal`` then holds the code of why.
    """
    # The parent keeps a processor for itself; more threads would only take more memory.
    pa.set_cpu_count(1)
    readers = {"xlsx": read_xlsx, "xls": read_xls, "text": read_text}
    try:
        sheets = readers[container](path, folder)
        epoch = EPOCH_1904 if container == "xlsx" and counts_from_1904(path) else EPOCH_1900
    except Unreadable as refusal:
        (folder / "refusal").write_text(str(refusal), encoding="utf-8")
        return 3
    grid = json.dumps({"epoch": epoch, "sheets": sheets}, ensure_ascii=False)
    (folder / "grid.json").write_text(grid, encoding="utf-8")
    return 0
