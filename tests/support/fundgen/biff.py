"""A small writer of legacy .xls workbooks (BIFF8 in an OLE2 compound file), for exports of older systems.

Writes what such exports hold: texts, numbers, dates, cell errors, merged areas, hidden sheets. No library of
the lock writes this format. Record layouts: [MS-XLS]; container: [MS-CFB].
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence

from support.fundgen.grid import CellError, Formula, Sheet, Value

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
# A stream below this size would have to live in the mini stream, which this writer does without.
_SMALLEST_STREAM = 4096
_GENERAL, _DATE = 15, 16
_ERROR_CODES = {
    "#NULL!": 0x00,
    "#DIV/0!": 0x07,
    "#VALUE!": 0x0F,
    "#REF!": 0x17,
    "#NAME?": 0x1D,
    "#NUM!": 0x24,
    "#N/A": 0x2A,
}


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as the bytes of an .xls file."""
    return _compound_file(_workbook_stream(sheets))


def _record(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _workbook_stream(sheets: Sequence[Sheet]) -> bytes:
    texts: dict[str, int] = {}
    parts = [_sheet_stream(sheet, texts) for sheet in sheets]
    table = _shared_strings(list(texts))
    names = [_bound_sheet(sheet, 0) for sheet in sheets]
    start = len(_globals(names, table))
    offsets = []
    for part in parts:
        offsets.append(start)
        start += len(part)
    names = [_bound_sheet(sheet, offset) for sheet, offset in zip(sheets, offsets, strict=True)]
    return _globals(names, table) + b"".join(parts)


def _globals(bound_sheets: list[bytes], shared_strings: bytes) -> bytes:
    font = struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial"
    # Fifteen style formats come first by convention; then General and the built-in date format 14.
    formats = [_extended_format(0, style=True)] * 15 + [_extended_format(0), _extended_format(14)]
    return b"".join(
        [
            _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)),
            _record(0x0042, struct.pack("<H", 1200)),
            _record(0x003D, struct.pack("<HHHHHHHHH", 0, 0, 9000, 6000, 0x38, 0, 0, 1, 600)),
            _record(0x0022, struct.pack("<H", 0)),
            *[_record(0x0031, font)] * 5,
            *formats,
            _record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF)),
            *bound_sheets,
            shared_strings,
            _record(0x000A),
        ]
    )


def _extended_format(number_format: int, *, style: bool = False) -> bytes:
    kind = 0xFFF5 if style else 0x0001
    return _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, number_format, kind, 0x20, 0, 0, 0, 0, 0, 0x20C0))


def _bound_sheet(sheet: Sheet, offset: int) -> bytes:
    name = sheet.name.encode("utf-16-le")
    return _record(0x0085, struct.pack("<IBBBB", offset, int(sheet.hidden), 0, len(sheet.name), 1) + name)


def _shared_strings(texts: list[str]) -> bytes:
    """Write the table of texts, continued in further records between two texts, never inside one."""
    bodies = [struct.pack("<II", len(texts), len(texts))]
    for text in texts:
        entry = struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")
        if len(bodies[-1]) + len(entry) > 8000:
            bodies.append(b"")
        bodies[-1] += entry
    return _record(0x00FC, bodies[0]) + b"".join(_record(0x003C, body) for body in bodies[1:])


def _sheet_stream(sheet: Sheet, texts: dict[str, int]) -> bytes:
    records = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)),
        _record(0x0200, struct.pack("<IIHHH", 0, len(sheet.cells), 0, sheet.width, 0)),
    ]
    for row, values in enumerate(sheet.cells):
        filled = [(column, value) for column, value in enumerate(values) if value is not None]
        if filled:
            last = filled[-1][0] + 1
            records.append(_record(0x0208, struct.pack("<HHHHHHI", row, 0, last, 0x00FF, 0, 0, 0x000F0100)))
        records += [_cell(row, column, value, texts) for column, value in filled]
    records.append(_record(0x023E, struct.pack("<HHHHHHII", 0x02B6, 0, 0, 64, 0, 0, 0, 0)))
    if sheet.merges:
        areas = b"".join(
            struct.pack("<HHHH", first, last, left, right) for first, left, last, right in sheet.merges
        )
        records.append(_record(0x00E5, struct.pack("<H", len(sheet.merges)) + areas))
    return b"".join([*records, _record(0x000A)])


def _cell(row: int, column: int, value: Value, texts: dict[str, int]) -> bytes:
    if isinstance(value, CellError):
        return _record(0x0205, struct.pack("<HHHBB", row, column, _GENERAL, _ERROR_CODES[value.text], 1))
    if isinstance(value, Formula):
        raise ValueError("formulas are not written to .xls: let the office's habits keep targets as text")
    if isinstance(value, str):
        return _record(
            0x00FD, struct.pack("<HHHI", row, column, _GENERAL, texts.setdefault(value, len(texts)))
        )
    if isinstance(value, dt.date):
        days = (value - dt.date(1899, 12, 30)).days
        return _record(0x0203, struct.pack("<HHHd", row, column, _DATE, float(days)))
    return _record(0x0203, struct.pack("<HHHd", row, column, _GENERAL, float(value or 0)))


def _compound_file(stream: bytes) -> bytes:
    """Wrap a workbook stream into a compound file: header, allocation table, directory, stream."""
    stream = stream.ljust(_SMALLEST_STREAM, b"\0")
    stream += b"\0" * (-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    tables = 1
    while tables * 128 < tables + 1 + count:
        tables += 1
    if tables > 109:
        raise ValueError("workbook too large for a table of sectors without an extension")
    directory = tables
    first = directory + 1
    chain = [_FAT] * tables + [_END] + [*range(first + 1, first + count), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    layout, magic = "<8s16sHHHHHHIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    versions, sizes = (0x3E, 3, 0xFFFE), (9, 6)
    places = (tables, directory, 0, _SMALLEST_STREAM, _END, 0, _END, 0)
    header = struct.pack(layout, magic, b"", *versions, *sizes, 0, 0, 0, *places)
    header += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    entries = _directory_entry("Root Entry", 5, _END, 0, child=1) + _directory_entry(
        "Workbook", 2, first, len(stream)
    )
    entries += _directory_entry("", 0, 0, 0) * 2
    return header + struct.pack(f"<{tables * 128}I", *chain) + entries + stream


def _directory_entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le") if name else b""
    return struct.pack(
        "<64sHBBIII16sIQQIQ", encoded, len(encoded), kind, 1, _FREE, _FREE, child, b"", 0, 0, 0, start, size
    )
