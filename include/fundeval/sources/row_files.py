"""Typed rows into the run: public ones to ``staging``, those of classified projects to ``restricted``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.engine import literal
from fundeval.core.rooms import RunFolder, replacing

# No row of the table can belong to a classified project.
NONE_CLASSIFIED = "false"


class _TableFile:
    """One Parquet table, written block by block; texts that come as dictionaries stay dictionaries inside."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self._stack = stack
        self._writer: pq.ParquetWriter | None = None
        self._empty: pa.Table | None = None

    def put(self, rows: pa.Table) -> None:
        """Write rows; an empty table only where none follows, because a dictionary is known from rows alone."""
        if not rows.num_rows:
            self._empty = self._empty or rows
            return
        self._open(rows).write_table(rows)

    def close(self) -> None:
        """Write the end of the file."""
        if self._writer is None and self._empty is not None:
            self._open(self._empty)
        if self._writer is not None:
            self._writer.close()

    def _open(self, rows: pa.Table) -> pq.ParquetWriter:
        if self._writer is None:
            # A text that seldom repeats is kept plain; so is the row's number, as differences.
            dictionaries = [
                field.name
                for field in rows.schema
                if not pa.types.is_string(field.type) and field.name != "source_row"
            ]
            self._writer = self._stack.enter_context(
                pq.ParquetWriter(
                    self.path,
                    rows.schema,
                    compression="zstd",
                    use_dictionary=dictionaries,
                    column_encoding={"source_row": "DELTA_BINARY_PACKED"},
                    store_schema=False,
                )
            )
        return self._writer


class RunRows:
    """Accepted rows on their way into two tables of a run."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        classified: str,
        public: _TableFile,
        held_back: _TableFile | None = None,
    ) -> None:
        """Split rows by the condition ``classified``; where it is neither true nor false, a row is held back."""
        self._connection = connection
        self._classified = classified
        self._public = public
        self._held_back = held_back

    def put(self, rows: pa.Table) -> None:
        """Write the rows of a block."""
        if self._held_back is None:
            self._public.put(rows)
            return
        self._connection.register("block_rows", rows)
        told = self._connection.sql(
            f"select coalesce({self._classified}, true) as is_classified from block_rows"
        )
        is_classified = told.to_arrow_table().column("is_classified").to_numpy()
        hidden = rows.filter(pa.array(is_classified))
        self._held_back.put(hidden)
        self._public.put(rows.filter(pa.array(np.logical_not(is_classified))) if hidden.num_rows else rows)

    def relation(self) -> str:
        """Close the tables and return what to select all rows from."""
        files = [file for file in (self._public, self._held_back) if file is not None]
        for file in files:
            file.close()
        return f"read_parquet([{', '.join(literal(str(file.path)) for file in files)}])"


@contextmanager
def rows_into(
    run: RunFolder, connection: duckdb.DuckDBPyConnection, table: str, classified: str
) -> Iterator[RunRows]:
    """Give a sink for the accepted rows of a table; the tables are there when the block ends well.

    Args:
        run: The run.
        connection: Engine that shows what ``classified`` reads.
        table: Name of the table.
        classified: Condition under which a row belongs to a classified project.
    """
    layers = ("staging",) if classified == NONE_CLASSIFIED else ("staging", "restricted")
    with ExitStack() as stack:
        files = [
            _TableFile(stack.enter_context(replacing(run.table_path(layer, table))), stack)
            for layer in layers
        ]
        yield RunRows(connection, classified, *files)
