"""From a sheet to typed rows: every row of the sheet is accepted, rejected with reasons, or recognised as no data."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fundeval.core.datafile import read_yaml
from fundeval.core.errors import Problem
from fundeval.sources.blocks import Block, BlockReader, SourceIdentity, Trouble, no_others, no_rows
from fundeval.sources.cells import value_fields
from fundeval.sources.contract import Column, TableContract
from fundeval.sources.judging import ColumnJudge
from fundeval.sources.layout import FoundColumn, Layout
from fundeval.sources.row_kinds import TOTAL
from fundeval.sources.sheet_rows import groups_in, read_group, read_groups

__all__ = ["RowCounts", "RowSink", "SourceIdentity", "TableReader", "cell_problem", "typed_columns"]

_WORKERS = 2


@dataclass(frozen=True)
class RowCounts:
    """Rows of one sheet, each counted on its own; the gate holds that ``total`` is the sum of the others.

    Attributes:
        total: Rows of the sheet.
        accepted: Rows that became typed rows.
        rejected: Data rows that could not be read.
        recognised: Title, unit, header, blank, total and footer rows.
    """

    total: int
    accepted: int
    rejected: int
    recognised: int


@cache
def _messages() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = read_yaml(Path(__file__).parent / "messages.yaml")
    return loaded


def cell_problem(
    code: str,
    source: SourceIdentity,
    sheet: str,
    row: int,
    column: Column | None,
    header: str,
    value: str | None,
) -> Problem:
    """Put the trouble of one cell into words; the value of a sensitive column is not repeated."""
    words = _messages()[code]
    choices = "、".join(texts[0] for texts in column.choices.values()) if column else ""
    return Problem(
        file=source.file,
        sheet=sheet,
        row=row,
        column=header,
        value="" if column is None or column.sensitive else (value or ""),
        code=code,
        message=words["message"],
        remedy=words["remedy"].format(choices=choices),
    )


class RowSink(Protocol):
    """Where accepted rows go, in the order of the sheet."""

    def put(self, rows: pa.Table) -> None:
        """Take the typed rows of a block, with the source columns."""

    def relation(self) -> str:
        """Return what to select all rows from; called after the last block."""


class KeptRows:
    """Accepted rows in memory, for what is small and written nowhere."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep rows for queries of ``connection``."""
        self._connection = connection
        self._blocks: list[pa.Table] = []

    def put(self, rows: pa.Table) -> None:
        """Keep the rows of a block; an empty one only for its columns."""
        if rows.num_rows or not self._blocks:
            self._blocks = [block for block in self._blocks if block.num_rows] + [rows]

    def relation(self) -> str:
        """Return the name of a table of all rows."""
        self._connection.register("kept_rows", pa.concat_tables(self._blocks).unify_dictionaries())
        return "kept_rows"


class TableReader:
    """Reads the rows of one found table, block after block.

    Afterwards the engine shows the view ``typed``: the accepted rows with all fields and the source columns.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        layout: Layout,
        columns: dict[str, FoundColumn],
        source: SourceIdentity,
        epoch: str,
        sink: RowSink | None = None,
    ) -> None:
        """Read the sheet.

        Args:
            connection: Engine with the macros.
            layout: The table found in a sheet.
            columns: Its columns with the factors of their units.
            source: The file.
            epoch: Day before the first serial day.
            sink: Where accepted rows go; kept in memory where it is not given.
        """
        self.connection = connection
        self.layout = layout
        self.columns = columns
        self.source = source
        self.epoch = epoch
        self._troubles: list[Trouble] = []
        self._accepted = self._rejected = 0
        self._others: list[pa.Table] = []
        sink = sink or KeptRows(connection)
        sink.put(no_rows(layout.table))
        for block in self._blocks():
            sink.put(block.accepted)
            self._enter(block)
        connection.execute(f"create or replace temp view typed as select * from {sink.relation()}")

    def _blocks(self) -> Iterator[Block]:
        """Read the sheet's blocks side by side and give them in their order."""
        groups = list(groups_in(self.layout.sheet.path))
        readers: SimpleQueue[BlockReader] = SimpleQueue()
        for _ in range(min(_WORKERS, len(groups))):
            own = self.connection.cursor()
            readers.put(BlockReader(own, self.layout, self.columns, self.source, self.epoch))

        def read(group: Path) -> Block:
            reader = readers.get()
            try:
                return reader.read(read_group(group))
            finally:
                readers.put(reader)

        ahead: deque[Future[Block]] = deque()
        with ThreadPoolExecutor(_WORKERS) as pool:
            for group in groups:
                ahead.append(pool.submit(read, group))
                if len(ahead) > _WORKERS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _enter(self, block: Block) -> None:
        self._accepted += block.accepted.num_rows
        self._rejected += block.rejected
        self._troubles += block.troubles
        self._others.append(block.others)

    def show_cells(self) -> None:
        """Let the engine show ``cells``: all rows as texts with their kind."""
        self.connection.register(
            "raw", pa.concat_tables(read_groups(self.layout.sheet.path)).unify_dictionaries()
        )
        self.connection.register("other_rows", self._other_rows())
        self.connection.execute(
            "create or replace temp view cells as "
            "select raw.*, coalesce(other_rows.row_kind, 'data') as row_kind "
            "from raw left join other_rows on raw.row = other_rows.row"
        )

    def _other_rows(self) -> pa.Table:
        """Return the rows that are no data, as texts with their kind."""
        return pa.concat_tables([others for others in self._others if others.num_rows] or [no_others()])

    def counts(self) -> RowCounts:
        """Count the rows of the sheet, each kind on its own."""
        recognised = sum(others.num_rows for others in self._others)
        return RowCounts(self.layout.sheet.height, self._accepted, self._rejected, recognised)

    def problems(self) -> list[Problem]:
        """Return one problem per wrong cell."""
        found = [
            self._problem(each.code, each.row, self.columns[each.field], each.text) for each in self._troubles
        ]
        return found + self._lossy() + self._overlong()

    def _problem(self, code: str, row: int, found: FoundColumn, value: str | None) -> Problem:
        return cell_problem(code, self.source, self.layout.sheet.name, row, found.column, found.header, value)

    def _lossy(self) -> list[Problem]:
        """Report identifiers a workbook stored as numbers too long to be exact."""
        by_number = {found.number: found for found in self.columns.values() if found.column.type == "code"}
        return [
            self._problem("lossy_number", row, by_number[number], None)
            for row, number in sorted(self.layout.sheet.lossy)
            if number in by_number and row > self.layout.header_rows[1]
        ]

    def _overlong(self) -> list[Problem]:
        return [
            cell_problem("extra_cells", self.source, self.layout.sheet.name, row, None, "", None)
            for row in self.layout.sheet.overlong
            if row > self.layout.header_rows[1]
        ]

    def stated_totals(self) -> list[dict[str, Any]]:
        """Return what total and subtotal rows and the preamble state, for reconciliation: money in 元."""
        rows = self._other_rows()
        rows = rows.filter(pc.equal(rows.column("row_kind"), TOTAL)).sort_by("row")
        return (self._stated_in_rows(rows) if rows.num_rows else []) + self._stated_in_preamble()

    def _stated_in_rows(self, rows: pa.Table) -> list[dict[str, Any]]:
        scope = next((found for found in self.columns.values() if found.column.subtotal_scope), None)
        scopes = self._meant(rows, scope) if scope else [None] * rows.num_rows
        return [
            self._stated(
                "total" if scope_text is None else "subtotal", scope_text, found.column.field, value, row
            )
            for found in self.columns.values()
            if found.column.type == "money"
            for row, scope_text, value in zip(
                rows.column("row").to_pylist(), scopes, self._meant(rows, found), strict=True
            )
            if value is not None
        ]

    def _meant(self, rows: pa.Table, found: FoundColumn) -> list[Any]:
        """Return what the cells of a column mean."""
        judge = ColumnJudge(self.connection, found, self.epoch)
        verdicts = judge.judge(rows.column(f"c{found.number}").combine_chunks())
        values: list[Any] = verdicts.values[found.column.field].to_pylist()
        return values

    def _stated_in_preamble(self) -> list[dict[str, Any]]:
        head = self.layout.sheet.head()[: self.layout.header_rows[0] - 1]
        found = []
        for name, pattern in self.layout.table.preamble.items():
            for row, cells in enumerate(head, 1):
                match = re.search(pattern, ",".join(cell for cell in cells if cell))
                if match:
                    found.append(self._stated(name, None, "", match.group(1), row))
        return found

    def _stated(self, kind: str, scope: str | None, field: str, value: Any, row: int) -> dict[str, Any]:
        return {
            "table_name": self.layout.table.name,
            "total_kind": kind,
            "scope_text": scope,
            "field": field,
            "stated_value": value,
            "source_file": self.source.file,
            "source_sha256": self.source.sha256,
            "source_sheet": self.layout.sheet.name,
            "source_row": row,
        }


def typed_columns(table: TableContract) -> Iterable[tuple[str, str]]:
    """Return the typed fields of a contract's table with their SQL types, then the source columns."""
    for column in table.columns:
        yield from value_fields(column).items()
    yield from (
        ("source_file", "varchar"),
        ("source_sha256", "varchar"),
        ("source_sheet", "varchar"),
        ("source_row", "integer"),
    )
