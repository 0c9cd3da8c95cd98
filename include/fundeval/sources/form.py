"""Sheets of labels and values (表单): one row of a table, each field with a row of its own."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from fundeval.core.errors import Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.cells import value_fields
from fundeval.sources.judging import ColumnJudge
from fundeval.sources.layout import FoundColumn, Layout
from fundeval.sources.rows import RowCounts, SourceIdentity, cell_problem

CELLS_SCHEMA = pa.schema(
    [
        ("field", pa.string()),
        ("label", pa.string()),
        ("source_file", pa.string()),
        ("source_sha256", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
)


def read_form(
    run: RunFolder,
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    columns: dict[str, FoundColumn],
    source: SourceIdentity,
    epoch: str,
) -> tuple[RowCounts, list[Problem]]:
    """Read a form into its one-row table and a table of where each field stands.

    Returns:
        Row counts of the sheet (a row is accepted where it fills a field) and the problems.
    """
    cells = layout.sheet.head(layout.sheet.height)
    problems, places = [], []
    read: dict[str, pa.Array] = {}
    for found in columns.values():
        row, value = found.number, _value(cells[found.number - 1], found.header)
        judge = ColumnJudge(connection, FoundColumn(found.column, 1, found.header, found.factor), epoch)
        verdict = judge.judge(pa.array([value], pa.string()))
        read.update(verdict.values)
        if verdict.codes is not None:
            code = verdict.codes[0].as_py()
            problems.append(
                cell_problem(code, source, layout.sheet.name, row, found.column, found.header, value)
            )
        places.append(
            {
                "field": found.column.field,
                "label": found.header,
                "source_file": source.file,
                "source_sha256": source.sha256,
                "source_sheet": layout.sheet.name,
                "source_row": row,
            }
        )
    total = layout.sheet.height
    rejected = len({problem.row for problem in problems})
    if not problems:
        run.write("staging", layout.table.name, _one_row(layout, read, source))
    run.write("staging", f"{layout.table.name}_cells", pa.Table.from_pylist(places, CELLS_SCHEMA))
    return RowCounts(total, len(columns) - rejected, rejected, total - len(columns)), problems


def _one_row(layout: Layout, read: Mapping[str, pa.Array], source: SourceIdentity) -> pa.Table:
    """Put what was read, in the order of the contract, into a row that names the file and the header."""
    names = [name for column in layout.table.columns for name in value_fields(column) if name in read]
    return pa.table(
        {
            **{name: read[name] for name in names},
            "source_file": [source.file],
            "source_sha256": [source.sha256],
            "source_sheet": [layout.sheet.name],
            "source_row": pa.array([layout.header_rows[0]], pa.int32()),
        }
    )


def _value(cells: list[str | None], label: str) -> str | None:
    """Return the first filled cell right of the label."""
    after = cells.index(label) + 1 if label in cells else 1
    return next((cell for cell in cells[after:] if cell), None)
