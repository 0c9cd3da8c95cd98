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
from fundeval.sources.repeating import only_used_texts

# No row of the table can belong to a classified project.
NONE_CLASSIFIED = "false"
# All that a condition depends on where the plan says which projects are classified.
PROJECT_FIELDS = ("project_code", "project_name")
_MOST_PAIRS = 10_000_000


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
                    # Nothing is looked up by the least and greatest of numbers that all differ.
                    write_statistics=[*dictionaries, "source_row"],
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
        is_classified = self._told(rows)
        if not is_classified.any():
            self._public.put(rows)
            self._held_back.put(rows.slice(0, 0))
            return
        self._held_back.put(only_used_texts(rows.filter(pa.array(is_classified))))
        self._public.put(only_used_texts(rows.filter(pa.array(np.logical_not(is_classified)))))

    def _told(self, rows: pa.Table) -> np.ndarray:
        """Tell which rows are classified; rows of the same project are asked about once."""
        project = _project_numbers(rows)
        if project is None:
            return self._ask(rows)
        some_row = np.full(int(project.max(initial=0)) + 1, -1)
        some_row[project] = np.arange(len(project))
        named = np.flatnonzero(some_row >= 0)
        told = np.zeros(len(some_row), dtype=bool)
        told[named] = self._ask(rows.take(pa.array(some_row[named])))
        each: np.ndarray = told[project]
        return each

    def _ask(self, rows: pa.Table) -> np.ndarray:
        self._connection.register("block_rows", rows)
        told = self._connection.sql(
            f"select coalesce({self._classified}, true) as is_classified from block_rows"
        )
        return np.asarray(told.to_arrow_table().column("is_classified").to_numpy(), dtype=bool)

    def relation(self) -> str:
        """Close the tables and return what to select all rows from."""
        files = [file for file in (self._public, self._held_back) if file is not None]
        for file in files:
            file.close()
        return f"read_parquet([{', '.join(literal(str(file.path)) for file in files)}])"


def _project_numbers(rows: pa.Table) -> np.ndarray | None:
    """Number rows so that those with one number have the same project code and name; None where that does not pay."""
    named = [rows.column(name).combine_chunks() for name in PROJECT_FIELDS if name in rows.column_names]
    # A table that says itself what is classified says it row by row.
    if "is_classified" in rows.column_names or len(named) < len(PROJECT_FIELDS):
        return None
    if not all(isinstance(each, pa.DictionaryArray) for each in named):
        return None
    numbers, count = np.zeros(rows.num_rows, dtype=np.int64), 1
    for texts in named:
        width = len(texts.dictionary) + 1
        numbers = numbers * width + texts.indices.fill_null(width - 1).to_numpy()
        count *= width
    return numbers if count <= _MOST_PAIRS and count <= 100 * rows.num_rows else None


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
