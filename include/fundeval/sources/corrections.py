"""Corrections of single cells: a reviewed list, for what the office that sent the file cannot send again.

A list names the file by the sha256 of its bytes, the cell by sheet, row and column, what stands there and what shall
stand there. The bytes in the archive never change: the new value is put into the text grid each time the file is
read, and only where the old value is what the grid holds.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.engine import engine, first_row, query
from fundeval.core.errors import InputError, Problem
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.sources.contract import KINDS, TableContract, header_key, load_contract
from fundeval.sources.grid import Grid, Sheet, read_grid
from fundeval.sources.inbox import CORRECTIONS
from fundeval.sources.layout import Layout, best_layouts, missing_column_problems
from fundeval.sources.rows import SourceIdentity, TableReader
from fundeval.sources.selection import SourceFile, correction_files
from fundeval.sources.sheet_rows import GroupWriter, read_groups
from fundeval.sources.submissions import Submission

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LETTERS = re.compile(r"[A-Z]{1,3}")
_WITHHELD_SENSITIVE = "(敏感信息,不显示)"
_WITHHELD_CLASSIFIED = "(涉密,不显示)"


@dataclass(frozen=True)
class Correction:
    """One row of a list of corrected cells; empty old or new values mean an empty cell.

    Attributes:
        file_sha256: Bytes the correction is about.
        sheet: Sheet; empty for a CSV.
        row: 1-based row.
        column: Header text or letters of the column.
        old_value: What the cell holds.
        new_value: What it shall hold.
        reason: Why.
        evidence: What it rests on.
        who: Who answers for it.
        list_file: Name of the list.
        list_sha256: Bytes of the list.
        list_row: Row in the list.
    """

    file_sha256: str
    sheet: str
    row: int
    column: str
    old_value: str
    new_value: str
    reason: str
    evidence: str
    who: str
    list_file: str
    list_sha256: str
    list_row: int

    def problem(self, code: str, column: str, message: str, remedy: str) -> Problem:
        """Return a problem at this row of the list; it repeats no value of the corrected file."""
        return Problem(
            file=self.list_file, row=self.list_row, column=column, code=code, message=message, remedy=remedy
        )


@dataclass(frozen=True)
class Corrected:
    """A correction that was carried out.

    Attributes:
        correction: What the list says.
        column: Header text of the column, its letters where it has none.
        is_sensitive: Whether values of the column are never repeated.
    """

    correction: Correction
    column: str
    is_sensitive: bool


def read_corrections(files: Iterable[SourceFile], workspace: Path) -> tuple[list[Correction], list[Problem]]:
    """Read lists of corrected cells in order.

    Args:
        files: The lists.
        workspace: Folder for temporary files.

    Returns:
        Every readable row, and what is wrong with the lists.
    """
    corrections: list[Correction] = []
    problems: list[Problem] = []
    for number, file in enumerate(files):
        folder = workspace / f"corrections-{number}"
        folder.mkdir(parents=True)
        try:
            read, wrong = _read_list(file, folder)
        except InputError as error:
            read, wrong = [], list(error.problems)
        corrections += read
        problems += wrong
    return corrections, problems


def _read_list(file: SourceFile, folder: Path) -> tuple[list[Correction], list[Problem]]:
    source = SourceIdentity(file.name, file_sha256(file.path))
    grid = read_grid(file.path, file.name, folder)
    (table,) = load_contract(CORRECTIONS).tables
    layout = best_layouts([table], grid.sheets).get(table.name)
    if layout is None:
        titles = "、".join(column.title for column in table.columns)
        problem = Problem(
            file=file.name, code="missing_table", message="找不到更正清单。", remedy=f"表头应有:{titles}。"
        )
        return [], [problem]
    missing = missing_column_problems(layout, file.name)
    if missing:
        return [], missing
    with engine(reads_cells=True) as connection:
        reader = TableReader(connection, layout, layout.columns, source, grid.epoch)
        rows = query(
            connection,
            "select lower(file_sha256) as file_sha256, coalesce(cell_sheet, '') as sheet, cell_row as row, "
            "cell_column as column, coalesce(old_value, '') as old_value, coalesce(new_value, '') as new_value, "
            "reason, evidence, who, source_file as list_file, source_sha256 as list_sha256, source_row as list_row "
            "from typed order by source_row",
        )
        problems = reader.problems()
    return [Correction(**row) for row in rows.to_pylist()], problems


def check_list(
    sent: SourceFile,
    earlier: Sequence[SourceFile],
    recorded: Sequence[Submission],
    rooms: Rooms,
    workspace: Path,
) -> list[Problem]:
    """Return what is wrong with a list that has arrived: its own rows, files nobody knows, cells that differ.

    Args:
        sent: The list.
        earlier: Lists that stand already, in order.
        recorded: The ledger of the fund-year.
        rooms: The storage root.
        workspace: Folder for temporary files.
    """
    corrections, _ = read_corrections(earlier, workspace / "earlier")
    own, problems = read_corrections([sent], workspace / "sent")
    problems += unknown_files(own, rooms)
    known = {each.received.sha256: each.received for each in recorded if each.received.kind in KINDS}
    for number, sha256 in enumerate(sorted({each.file_sha256 for each in own} & known.keys())):
        received = known[sha256]
        folder = workspace / f"file-{number}"
        folder.mkdir(parents=True)
        try:
            grid = read_grid(rooms.archived(sha256), received.file, folder)
        except InputError:
            continue  # what is wrong with the file itself its own office has been told
        source = SourceIdentity(received.file, sha256)
        _, _, refused = correct(grid, source, [*corrections, *own], load_contract(received.kind).tables)
        problems += [problem for problem in refused if problem.file == sent.name]
    return problems


def unknown_files(corrections: Iterable[Correction], rooms: Rooms) -> list[Problem]:
    """Say which corrections are about bytes nobody ever sent."""
    return [
        correction.problem(
            "unknown_file",
            "文件校验码",
            "没有收到过这个校验码的文件,没有更正。",
            "请按问题清单或报送记录核对文件的sha256校验码。",
        )
        for correction in corrections
        if not _is_archived(correction.file_sha256, rooms)
    ]


def list_problems(context: RunContext) -> list[Problem]:
    """Say what is wrong with the lists of corrected cells themselves, once every file of the run was archived.

    Whether a cell holds what a list says is told where the file is read.
    """
    lists = correction_files(context)
    if not lists:
        return []
    with tempfile.TemporaryDirectory(prefix="fundeval-corrections-") as folder:
        corrections, problems = read_corrections(lists, Path(folder))
    return problems + unknown_files(corrections, context.rooms)


def _is_archived(sha256: str, rooms: Rooms) -> bool:
    return bool(_SHA256.fullmatch(sha256)) and rooms.is_archived(sha256)


def correct(
    grid: Grid, source: SourceIdentity, corrections: Sequence[Correction], tables: Iterable[TableContract]
) -> tuple[Grid, list[Corrected], list[Problem]]:
    """Carry out the corrections of a file, in order, on its grid.

    Args:
        grid: The file as text.
        source: The file.
        corrections: Every correction known; those of other files are passed over.
        tables: The tables the file should hold, for the names of its columns.

    Returns:
        The corrected grid, what was carried out, and what was refused and why.
    """
    own = [each for each in corrections if each.file_sha256 == source.sha256]
    if not own:
        return grid, [], []
    layouts = {layout.sheet.name: layout for layout in best_layouts(tables, grid.sheets).values()}
    sheets = {sheet.name: sheet for sheet in grid.sheets if sheet.visible}
    done: list[Corrected] = []
    problems: list[Problem] = []
    with engine(reads_cells=True) as connection:
        cells = _Cells(connection, sheets)
        for correction in own:
            placed = _place(correction, sheets, layouts)
            if isinstance(placed, Problem):
                problems.append(placed)
                continue
            number, column, is_sensitive = placed
            wrong = cells.put(correction, number)
            if wrong is None:
                done.append(Corrected(correction, column, is_sensitive))
            else:
                problems.append(wrong)
        changed = cells.changed
    rewritten = {name: _rewrite(sheets[name], values) for name, values in changed.items()}
    return replace(grid, sheets=tuple(rewritten.get(s.name, s) for s in grid.sheets)), done, problems


def _place(
    correction: Correction, sheets: Mapping[str, Sheet], layouts: Mapping[str, Layout]
) -> tuple[int, str, bool] | Problem:
    """Find the column of a correction: its number from 1, its header text, whether it is sensitive."""
    sheet = sheets.get(correction.sheet)
    if sheet is None:
        names = "、".join(f"“{name}”" for name in sheets if name)
        remedy = f"文件里可读的工作表有:{names}。" if names else "CSV文件没有工作表,请把这一格留空。"
        return correction.problem(
            "unknown_sheet", "工作表", f"文件里没有工作表“{correction.sheet}”。", remedy
        )
    if not 1 <= correction.row <= sheet.height:
        return correction.problem(
            "unknown_row", "行号", f"文件里没有第{correction.row}行。", f"该表共{sheet.height}行,请核对行号。"
        )
    layout = layouts.get(correction.sheet)
    numbers = _columns_named(correction.column, sheet, layout)
    if len(numbers) != 1:
        words = "不止一列叫" if numbers else "文件里没有列"
        return correction.problem(
            "unknown_column", "列", f"{words}“{correction.column}”。", "请改填列的字母,如“K”。"
        )
    (number,) = numbers
    found = next((f for f in layout.columns.values() if f.number == number), None) if layout else None
    is_table = layout is not None and layout.table.layout != "form"
    if found is None or not is_table:
        return number, correction.column, False
    return number, found.header, found.column.sensitive


def _columns_named(name: str, sheet: Sheet, layout: Layout | None) -> list[int]:
    """Return the numbers of the columns a name may mean: header text first, then letters."""
    if layout is not None and layout.table.layout != "form":
        known = {
            found.number
            for found in layout.columns.values()
            if _means(name, found.header, *found.column.names)
        }
        known |= {number for number, header in layout.unknown.items() if _means(name, header)}
        if known:
            return sorted(known)
    letters = name.strip().upper()
    if not _LETTERS.fullmatch(letters):
        return []
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return [number] if number <= sheet.width else []


def _means(name: str, *headers: str) -> bool:
    return header_key(name) in {header_key(header) for header in headers}


class _Cells:
    """The cells of a file as the corrections carried out so far leave them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sheets: Mapping[str, Sheet]) -> None:
        self._connection = connection
        self._sheets = sheets
        self.changed: dict[str, dict[tuple[int, int], str | None]] = {}

    def put(self, correction: Correction, number: int) -> Problem | None:
        """Put the new value into a cell; return the refusal where the cell holds another value than the old one."""
        values = self.changed.get(correction.sheet, {})
        place = (correction.row, number)
        held = values[place] if place in values else self._stored(correction.sheet, *place)
        if not self._same(held, correction.old_value):
            return correction.problem(
                "old_value_differs",
                "原值",
                "原值与文件中的内容不符,没有更正。",
                "请核对文件校验码、行号和列;同一格更正多次的,后一次的原值应是前一次的新值。",
            )
        self.changed.setdefault(correction.sheet, {})[place] = correction.new_value or None
        return None

    def _stored(self, sheet: str, row: int, number: int) -> str | None:
        return self._sheets[sheet].cell(row, number)

    def _same(self, held: str | None, stated: str) -> bool:
        """Tell whether two texts mean the same cell: as text, amount or day."""
        same: bool = first_row(
            self._connection,
            "select coalesce(cell_ascii($held), '') = coalesce(cell_ascii($stated), '') "
            "or coalesce(exact_amount($held, 1) = exact_amount($stated, 1) "
            "and amount_unit(cell_ascii($held)) is not distinct from amount_unit(cell_ascii($stated)), false) "
            "or coalesce(parse_date($held, '1899-12-30') = parse_date($stated, '1899-12-30'), false)",
            {"held": held, "stated": stated},
        )[0]
        return same


def _rewrite(sheet: Sheet, values: Mapping[tuple[int, int], str | None]) -> Sheet:
    """Write a sheet's grid anew with some cells replaced."""
    path = sheet.path.with_name(f"corrected-{sheet.path.name}")
    by_row: dict[int, dict[int, str | None]] = {}
    for (row, number), value in values.items():
        by_row.setdefault(row, {})[number] = value
    corrected = GroupWriter(path)
    for group in read_groups(sheet.path):
        corrected.write(_replaced(group, by_row))
    lossy = frozenset(place for place in sheet.lossy if place not in values)
    return replace(sheet, path=path, lossy=lossy, _heads={})


def _replaced(group: pa.Table, by_row: Mapping[int, Mapping[int, str | None]]) -> pa.Table:
    rows = group.column("row").to_pylist()
    touched = {at: by_row[row] for at, row in enumerate(rows) if row in by_row}
    if not touched:
        return group
    columns = []
    for name in group.schema.names:
        cells: list[Any] = group.column(name).to_pylist()
        for at, changes in touched.items():
            number = int(name[1:]) if name != "row" else 0
            if number in changes:
                cells[at] = changes[number]
        columns.append(pa.array(cells, group.schema.field(name).type))
    return pa.Table.from_arrays(columns, schema=group.schema)


CORRECTED_SCHEMA = pa.schema(
    [
        (name, pa.int32() if name in ("source_row", "correction_row") else pa.string())
        for name in (
            "file_sha256", "source_file", "source_sheet", "source_row", "column", "old_value", "new_value", "reason",
            "evidence", "who", "correction_file", "correction_row",
        )
    ]
)  # fmt: skip


def corrected_row(corrected: Corrected, file: str, *, is_classified: bool) -> dict[str, Any]:
    """Return a carried-out correction as a row of ``checks/corrections_<kind>``.

    Of a row of a classified project only the place is told, of a sensitive column not the values.
    """
    correction = corrected.correction
    words = {
        "old_value": correction.old_value,
        "new_value": correction.new_value,
        "reason": correction.reason,
        "evidence": correction.evidence,
    }
    if is_classified:
        words = dict.fromkeys(words, _WITHHELD_CLASSIFIED)
    elif corrected.is_sensitive:
        words |= {"old_value": _WITHHELD_SENSITIVE, "new_value": _WITHHELD_SENSITIVE}
    return {
        "file_sha256": correction.file_sha256,
        "source_file": file,
        "source_sheet": correction.sheet,
        "source_row": correction.row,
        "column": corrected.column,
        **words,
        "who": correction.who,
        "correction_file": correction.list_file,
        "correction_row": correction.list_row,
    }


def enter_in_trail(context: RunContext, corrected: Corrected, file: str) -> None:
    """Enter a carried-out correction into the audit trail, once per run: where and by whom, never the values."""
    correction = corrected.correction
    detail = {
        "run_id": context.run_id,
        "file": file,
        "sha256": correction.file_sha256,
        "sheet": correction.sheet,
        "row": correction.row,
        "column": corrected.column,
        "list": correction.list_file,
        "list_sha256": correction.list_sha256,
        "list_row": correction.list_row,
    }
    event = "correction.applied"
    entered = audit.read(context.rooms, context.fund_year)
    if not any(entry.event == event and entry.detail == detail for entry in entered):
        audit.append(context.rooms, event, correction.who, context.fund_year, detail)
