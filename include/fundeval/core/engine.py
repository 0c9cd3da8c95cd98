"""DuckDB as the engine inside a task: the run's Parquet as views, files of sql/ as queries.

Every query sees ``staging.<table>``, ``marts.<table>`` … as views over the Parquet of one run. Parameters are
bound by name (``$year``); nothing is ever formatted into SQL except names this project owns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from fundeval.core.places import sql_folder
from fundeval.core.rooms import LAYERS, RunFolder, replacing

MEMORY_LIMIT = "1500MB"
# Bytes of a file up to which its rows are held rather than read again: opening it costs more than reading it.
_SMALL = 262_144
_CELLS = "cells.sql"
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_COMMENT = re.compile(r"--[^\n]*")


@contextmanager
def engine(
    run: RunFolder | None = None,
    *,
    layers: tuple[str, ...] = LAYERS,
    tables: Collection[str] | None = None,
    reads_cells: bool = False,
    holds_small: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory engine whose schemas are the layers of ``run``.

    Args:
        run: The run whose tables become views; None for an engine without tables.
        layers: The layers to show. Leave ``restricted`` out wherever classified rows must not be seen.
        tables: The tables to show, as ``<layer>.<table>``; all where it is not given. To show one takes a millisecond.
        reads_cells: Whether cells of files are read: their macros take longer to make than all others together, 25 ms.
        holds_small: Whether to read small tables at once instead of at each statement, where many will ask for them.
    """
    connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT, "threads": 2})
    try:
        connection.execute("set preserve_insertion_order = true")
        for macro in sorted((sql_folder() / "macros").glob("*.sql")):
            if reads_cells or macro.name != _CELLS:
                connection.execute(macro.read_text(encoding="utf-8"))
        if run is not None:
            spill = run.path / ".spill"
            connection.execute(f"set temp_directory = {literal(str(spill))}")
            show_tables(connection, run, layers, tables=tables, holds_small=holds_small)
        yield connection
    finally:
        connection.close()


def show_tables(
    connection: duckdb.DuckDBPyConnection,
    run: RunFolder,
    layers: tuple[str, ...] = LAYERS,
    *,
    tables: Collection[str] | None = None,
    holds_small: bool = False,
) -> None:
    """Create one view per table of the run, in a schema named like its layer; see :func:`engine`."""
    for layer in layers:
        connection.execute(f'create schema if not exists "{layer}"')
        for table in run.tables(layer):
            if tables is not None and f"{layer}.{table}" not in tables:
                continue
            path = run.table_path(layer, table)
            kind = shown_as(path) if holds_small else "view"
            connection.execute(
                f'create or replace {kind} "{layer}"."{table}" as '
                f"select * from read_parquet({literal(str(path))})"
            )


def shown_as(path: Path) -> Literal["table", "view"]:
    """Return how to show a file many statements will ask for: held as a table where it is small, else as a view."""
    return "table" if path.stat().st_size <= _SMALL else "view"


def literal(text: str) -> str:
    """Quote a text as an SQL string, for the few statements that take no bound parameters."""
    return "'" + text.replace("'", "''") + "'"


def parameters_of(sql: str) -> set[str]:
    """Return the names of the parameters a statement binds."""
    return set(_PARAMETER.findall(_COMMENT.sub("", sql)))


def first_row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> tuple[Any, ...]:
    """Return the first row of a statement that has at least one; the result is read to its end."""
    rows = connection.execute(sql, dict(parameters) if parameters else None).fetchall()
    return tuple(rows[0])


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> pa.Table:
    """Run one statement with those of ``parameters`` that it names; return an Arrow table."""
    return _execute(connection, sql, parameters).to_arrow_table()


def write_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, Any] | None,
    run: RunFolder,
    layer: str,
    table: str,
) -> Path:
    """Write the rows of one statement, in their order, into a table of the run; memory does not grow with the rows."""
    path = run.table_path(layer, table)
    relation = _execute(connection, sql, parameters)
    columns = ", ".join(map(_kept_exact, relation.columns, relation.types))
    with replacing(path) as temporary:
        relation.project(columns).write_parquet(str(temporary), compression="zstd")
    return path


def _kept_exact(name: str, sql_type: object) -> str:
    """Return a column as it is written: Parquet has no integer of 128 bits, and DuckDB would make it a float."""
    quoted = '"' + name.replace('"', '""') + '"'
    return f"{quoted}::decimal(38, 0) as {quoted}" if str(sql_type) in ("HUGEINT", "UHUGEINT") else quoted


def _execute(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None
) -> duckdb.DuckDBPyRelation:
    names = parameters_of(sql)
    given = parameters or {}
    missing = names - given.keys()
    if missing:
        raise KeyError(f"SQL parameters without a value: {sorted(missing)}")
    relation = connection.sql(sql, params={name: given[name] for name in sorted(names)} or None)
    if relation is None:
        raise ValueError("the statement selects no rows")
    return relation
