"""Sheets of labels and values (表单): one row of a table, each field with a row of its own."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core.engine import first_row, write_query
from fundeval.core.errors import Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.cells import present, value_fields
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
    problems, selected, places = [], [], []
    parameters: dict[str, Any] = {}
    for found in columns.values():
        row, value = found.number, _value(cells[found.number - 1], found.header)
        code = _trouble(connection, found, value, epoch)
        if code:
            problems.append(
                cell_problem(code, source, layout.sheet.name, row, found.column, found.header, value)
            )
        reader = present(FoundColumn(found.column, 1, found.header, found.factor), epoch)
        parameters[f"cell_{found.column.field}"] = value
        selected += [
            f"(select {sql} from (select cast($cell_{found.column.field} as varchar) as c1)) as {name}"
            for name, sql in reader.values.items()
        ]
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
        parameters |= {
            "source_file": source.file,
            "source_sha256": source.sha256,
            "source_sheet": layout.sheet.name,
        }
        parameters["source_row"] = layout.header_rows[0]
        tail = [f"$source_{name} as source_{name}" for name in ("file", "sha256", "sheet")]
        order = {name: at for at, column in enumerate(layout.table.columns) for name in value_fields(column)}
        selected.sort(key=lambda sql: order[sql.rsplit(" as ", 1)[1]])
        statement = f"select {', '.join(selected + tail)}, $source_row::integer as source_row"
        write_query(connection, statement, parameters, run, "staging", layout.table.name)
    run.write("staging", f"{layout.table.name}_cells", pa.Table.from_pylist(places, CELLS_SCHEMA))
    return RowCounts(total, len(columns) - rejected, rejected, total - len(columns)), problems


def _value(cells: list[str | None], label: str) -> str | None:
    """Return the first filled cell right of the label."""
    after = cells.index(label) + 1 if label in cells else 1
    return next((cell for cell in cells[after:] if cell), None)


def _trouble(
    connection: duckdb.DuckDBPyConnection, found: FoundColumn, value: str | None, epoch: str
) -> str | None:
    reader = present(FoundColumn(found.column, 1, found.header, found.factor), epoch)
    values = ", ".join(f"{sql} as {name}" for name, sql in reader.values.items())
    sql = f"select {reader.trouble} from (select c1, {values} from (select cast($cell as varchar) as c1))"
    code: str | None = first_row(connection, sql, {"cell": value})[0]
    return code
