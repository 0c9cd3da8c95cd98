"""One block of a sheet's rows at a time: which are data, what their cells mean, what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa

from fundeval.sources.cells import value_fields
from fundeval.sources.contract import TableContract
from fundeval.sources.judging import ColumnJudge, Verdicts, arrow_type
from fundeval.sources.layout import FoundColumn, Layout
from fundeval.sources.repeating import only_used_texts
from fundeval.sources.row_kinds import (
    HEADER,
    PREAMBLE,
    codes_are_ordinary,
    is_ordinary,
    key_columns,
    rows_with_kind,
)

DATA = "data"


@dataclass(frozen=True)
class SourceIdentity:
    """The file rows come from: name as sent and sha256 of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one cell: its row in the sheet, its field, the code of the trouble, its text."""

    row: int
    field: str
    code: str
    text: str | None


@dataclass(frozen=True)
class Block:
    """What became of the rows of a block.

    Attributes:
        accepted: Typed rows with the source columns, in the order of the sheet.
        rejected: Number of data rows with a cell that could not be read.
        others: Texts and ``row_kind`` of rows that are no data.
        troubles: What is wrong, by row, then by column of the contract.
    """

    accepted: pa.Table
    rejected: int
    others: pa.Table
    troubles: list[Trouble]


class BlockReader:
    """Reads the blocks of one sheet; one reader serves one thread."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        layout: Layout,
        columns: Mapping[str, FoundColumn],
        source: SourceIdentity,
        epoch: str,
    ) -> None:
        """Prepare the reading of ``layout``'s sheet; ``connection`` belongs to this reader alone."""
        self._connection = connection
        self._layout = layout
        self._source = source
        keys = key_columns(layout, columns)
        self._keys = [found.column.field for found in keys]
        self._judges = {
            name: ColumnJudge(
                connection,
                found,
                epoch,
                is_ordinary(layout, found, "cell") if found in keys else None,
                codes_are_ordinary=found not in keys or codes_are_ordinary(layout, found),
            )
            for name, found in columns.items()
        }
        self._kinds = rows_with_kind(layout, columns, "unclear_rows")

    def read(self, rows: pa.Table) -> Block:
        """Read a block of rows as texts."""
        header = self._layout.header_rows[1]
        if rows.num_rows and rows.column("row")[0].as_py() <= header:
            return self._read_head(rows, header)
        return self._read_below(rows)

    def _read_head(self, rows: pa.Table, header: int) -> Block:
        """Read a block that begins with the header or above it: what those rows are is known without a look at them."""
        numbers = rows.column("row").to_numpy()
        above = int(np.searchsorted(numbers, header, side="right"))
        below = self._read_below(only_used_texts(rows.slice(above)))
        kinds = [PREAMBLE if row < self._layout.header_rows[0] else HEADER for row in numbers[:above]]
        head = as_texts(rows.slice(0, above)).append_column("row_kind", pa.array(kinds, pa.string()))
        others = [head] if not below.others.num_rows else [head, below.others.cast(head.schema)]
        return replace(below, others=pa.concat_tables(others))

    def _read_below(self, rows: pa.Table) -> Block:
        verdicts = {
            name: judge.judge(rows.column(f"c{judge.found.number}").combine_chunks())
            for name, judge in self._judges.items()
        }
        is_data, others = self._sort_out(rows, verdicts)
        is_wrong = np.zeros(rows.num_rows, dtype=bool)
        for verdict in verdicts.values():
            if verdict.codes is not None:
                is_wrong |= verdict.codes.is_valid().to_numpy(zero_copy_only=False)
        typed, is_accepted = self._typed(rows, verdicts), is_data & ~is_wrong
        return Block(
            accepted=typed if is_accepted.all() else only_used_texts(typed.filter(pa.array(is_accepted))),
            rejected=int((is_data & is_wrong).sum()),
            others=others,
            troubles=list(self._troubles(rows, verdicts, is_data & is_wrong)),
        )

    def _sort_out(self, rows: pa.Table, verdicts: Mapping[str, Verdicts]) -> tuple[np.ndarray, pa.Table]:
        """Tell data rows from others; only rows without an ordinary key are looked at as a whole."""
        is_data = np.full(rows.num_rows, bool(self._keys))
        for name in self._keys:
            ordinary = verdicts[name].ordinary
            assert ordinary is not None
            is_data &= ordinary
        unclear = np.flatnonzero(~is_data)
        if not len(unclear):
            return is_data, no_others()
        self._connection.register("unclear_rows", rows.take(pa.array(unclear)))
        kinds = self._connection.sql(self._kinds).to_arrow_table()
        found = np.array([kind == DATA for kind in kinds.column("row_kind").to_pylist()], dtype=bool)
        is_data[unclear] = found
        return is_data, kinds.filter(pa.array(~found))

    def _typed(self, rows: pa.Table, verdicts: Mapping[str, Verdicts]) -> pa.Table:
        count = rows.num_rows
        arrays: dict[str, pa.Array | pa.ChunkedArray] = {}
        for column in self._layout.table.columns:
            for name, sql_type in value_fields(column).items():
                known = verdicts.get(column.field)
                arrays[name] = known.values[name] if known else pa.nulls(count, arrow_type(sql_type))
        arrays["source_file"] = _constant(self._source.file, count)
        arrays["source_sha256"] = _constant(self._source.sha256, count)
        arrays["source_sheet"] = _constant(self._layout.sheet.name, count)
        arrays["source_row"] = rows.column("row")
        return pa.table(arrays)

    def _troubles(
        self, rows: pa.Table, verdicts: Mapping[str, Verdicts], is_rejected: np.ndarray
    ) -> Iterator[Trouble]:
        wrong = np.flatnonzero(is_rejected)
        if not len(wrong):
            return
        places = rows.column("row").take(pa.array(wrong)).to_pylist()
        listed = []
        for order, column in enumerate(self._layout.table.columns):
            verdict = verdicts.get(column.field)
            if verdict is None or verdict.codes is None:
                continue
            number = self._judges[column.field].found.number
            codes = verdict.codes.take(pa.array(wrong)).to_pylist()
            texts = rows.column(f"c{number}").take(pa.array(wrong)).to_pylist()
            listed += [
                (row, order, Trouble(row, column.field, code, text))
                for row, code, text in zip(places, codes, texts, strict=True)
                if code
            ]
        yield from (trouble for *_, trouble in sorted(listed, key=lambda each: each[:2]))


def as_texts(rows: pa.Table) -> pa.Table:
    """Return rows of a sheet with every column of texts as such."""
    return rows.cast(
        pa.schema([("row", pa.int32()), *((name, pa.string()) for name in rows.column_names[1:])])
    )


def no_others() -> pa.Table:
    """Return the rows of a block in which all are data."""
    return pa.schema([("row", pa.int32()), ("row_kind", pa.string())]).empty_table()


def no_rows(table: TableContract) -> pa.Table:
    """Return the typed rows of a sheet that has none."""
    fields = [
        (name, arrow_type(kind)) for column in table.columns for name, kind in value_fields(column).items()
    ]
    source = [(name, pa.string()) for name in ("source_file", "source_sha256", "source_sheet")]
    return pa.schema([*fields, *source, ("source_row", pa.int32())]).empty_table()


def _constant(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), pa.array([text]))
