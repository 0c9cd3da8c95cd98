"""What the texts of a column mean: each distinct text of a block is read once, by the macros of sql/macros/cells.sql.

An export repeats itself: ten million vouchers name some hundred projects, days and units. A column whose texts repeat
comes as a dictionary, and only its dictionary is judged; the rows take over the verdicts by position. Where the texts
differ, the bytes of all of them together tell whether any could need the macros at all: those of a clean export do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fundeval.sources.cells import EMPTY_CELL, CellSql, present, value_fields
from fundeval.sources.layout import FoundColumn

# Verdicts are kept from block to block up to this many; a column with more different texts is hardly one that repeats.
MOST_KEPT = 200_000
# Of these bytes a code consists that the macros leave as it is, and whose row, where it is the key, can only be data.
_CODE_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._/-"
# Of these an amount that plain_amount may read.
_AMOUNT_BYTES = b"0123456789,.-"
# Of these a day that plain_date may read.
_DAY_BYTES = b"0123456789/-"
# What cell_text changes begins with one of these, in UTF-8; # may begin an error of a spreadsheet.
_CHANGED_BYTES = b"\t\n\v\f\r #"
_CHANGED_CHARACTERS = tuple(
    character.encode() for character in "\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\u3000\ufeff"
)
_ARROW_TYPES = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
    "decimal(18, 2)": pa.decimal128(18, 2),
    "decimal(18, 4)": pa.decimal128(18, 4),
    "decimal(6, 2)": pa.decimal128(6, 2),
}


def arrow_type(sql_type: str) -> pa.DataType:
    """Return the Arrow type of a typed field."""
    return _ARROW_TYPES[sql_type]


@dataclass(frozen=True)
class Verdicts:
    """What a column of a block means, row by row.

    Attributes:
        values: Typed fields: field to array.
        codes: Code of what is wrong with each cell, null where nothing is; None where nothing is wrong with any.
        ordinary: Whether each cell can only be that of a data row; None where that is not asked of the column.
    """

    values: Mapping[str, pa.Array]
    codes: pa.Array | None
    ordinary: np.ndarray[Any, Any] | None


class ColumnJudge:
    """Judges the cells of one column of a contract, block after block."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        found: FoundColumn,
        epoch: str,
        ordinary: str | None = None,
        *,
        codes_are_ordinary: bool = True,
    ) -> None:
        """Prepare the reading.

        Args:
            connection: Engine with the macros.
            found: The column and where it stands in the sheet.
            epoch: Day before the first serial day.
            ordinary: Condition on ``cell`` under which the row can only be data, where the column is a key.
            codes_are_ordinary: Whether that is so of every plain code.
        """
        self.found = found
        self._connection = connection
        self._types = value_fields(found.column)
        self._asks_ordinary = ordinary is not None
        self._sql = _statement(present(found, epoch), ordinary)
        self._codes_are_ordinary = codes_are_ordinary
        self._known: dict[str | None, tuple[Any, ...]] = {}

    def judge(self, cells: pa.Array) -> Verdicts:
        """Judge the cells of a block, given as texts or as a dictionary of texts."""
        if isinstance(cells, pa.DictionaryArray):
            return self._judge_repeating(cells)
        return self._at_a_glance(cells) or self.judge_each(cells)

    def judge_each(self, cells: pa.Array) -> Verdicts:
        """Judge every cell by the macros; :meth:`judge` gives the same and is quicker where it can be."""
        judged = self._ask(cells, self._sql)
        codes = judged.column("code").combine_chunks()
        ordinary = judged.column("ordinary").to_numpy() if self._asks_ordinary else None
        return Verdicts(
            {name: judged.column(name).combine_chunks() for name in self._types},
            codes if codes.null_count < len(codes) else None,
            ordinary,
        )

    def _at_a_glance(self, cells: pa.Array) -> Verdicts | None:
        """Judge cells that are all as they should be; None where some may not be."""
        column = self.found.column
        codes = None if column.may_be_empty or not cells.null_count else _empty_codes(cells)
        if column.type in ("code", "text") and self._codes_are_ordinary and _consist_of(cells, _CODE_BYTES):
            ordinary = cells.is_valid().to_numpy(zero_copy_only=False) if self._asks_ordinary else None
            return Verdicts({column.field: cells}, codes, ordinary)
        values = None if self._asks_ordinary else self._plain_values(cells)
        return None if values is None else Verdicts({column.field: values}, codes, None)

    def _plain_values(self, cells: pa.Array) -> pa.Array | None:
        column, factor = self.found.column, self.found.factor
        if column.type == "text":
            return cells if _are_clean(cells) else None
        if column.type == "money" and factor is not None and _consist_of(cells, _AMOUNT_BYTES):
            return self._read_plainly(cells, f"plain_amount(text, {factor})")
        if column.type == "date" and _consist_of(cells, _DAY_BYTES):
            return self._read_plainly(cells, "plain_date(text)")
        return _chosen(cells, column.choices) if column.type == "choice" else None

    def _read_plainly(self, cells: pa.Array, macro: str) -> pa.Array | None:
        read = self._ask(cells, f"select {macro} as plain from texts").column("plain")
        return read.combine_chunks() if read.null_count == cells.null_count else None

    def _ask(self, texts: pa.Array, sql: str) -> pa.Table:
        self._connection.register("texts", pa.table({"text": texts}))
        return self._connection.sql(sql).to_arrow_table()

    def _judge_repeating(self, cells: pa.DictionaryArray) -> Verdicts:
        texts: list[str | None] = cells.dictionary.to_pylist()
        at = cells.indices
        if at.null_count:
            at = pc.fill_null(at, len(texts))
            texts.append(None)
        self._learn(texts)
        rows = [self._known[text] for text in texts]
        positions = at.to_numpy()
        values = {
            name: _spread(pa.array([row[2 + number] for row in rows], arrow_type(sql_type)), at)
            for number, (name, sql_type) in enumerate(self._types.items())
        }
        codes = pa.array([row[0] for row in rows], pa.string())
        ordinary = np.array([row[1] for row in rows], dtype=bool)[positions] if self._asks_ordinary else None
        wrong = codes.null_count < len(codes)
        return Verdicts(values, codes.take(at) if wrong else None, ordinary)

    def _learn(self, texts: list[str | None]) -> None:
        new = [text for text in texts if text not in self._known]
        if not new:
            return
        if len(self._known) > MOST_KEPT:
            self._known.clear()
            new = texts
        verdicts = self.judge(pa.array(new, pa.string()))
        codes = [None] * len(new) if verdicts.codes is None else verdicts.codes.to_pylist()
        ordinary = [True] * len(new) if verdicts.ordinary is None else verdicts.ordinary.tolist()
        values = [verdicts.values[name].to_pylist() for name in self._types]
        self._known.update(zip(new, zip(codes, ordinary, *values, strict=True), strict=True))


def _chosen(texts: pa.StringArray, choices: Mapping[str, Sequence[str]]) -> pa.Array | None:
    """Return the identifiers of texts that are all written as the contract has them; None where one is not."""
    identifiers = {text: identifier for identifier, known in choices.items() for text in known}
    found = [identifiers.get(text) for text in texts.to_pylist()]
    return pa.array(found, pa.string()) if found.count(None) == texts.null_count else None


def _empty_codes(cells: pa.Array) -> pa.Array:
    return pc.if_else(cells.is_null(), pa.scalar(EMPTY_CELL), pa.scalar(None, pa.string()))


def _consist_of(texts: pa.StringArray, allowed: bytes) -> bool:
    """Tell whether no text is empty and all consist of some bytes only."""
    return _none_is_empty(texts) and not _content(texts).translate(None, allowed)


def _are_clean(texts: pa.StringArray) -> bool:
    """Tell whether no text is empty, has anything cell_text would change, or could be a spreadsheet's error."""
    content = _content(texts)
    return (
        _none_is_empty(texts)
        and len(content.translate(None, _CHANGED_BYTES)) == len(content)
        and not any(character in content for character in _CHANGED_CHARACTERS)
    )


def _none_is_empty(texts: pa.StringArray) -> bool:
    return bool(pc.min(pc.binary_length(texts)).as_py() != 0)


def _content(texts: pa.StringArray) -> bytes:
    """Return the bytes of all texts, one after the other."""
    _, offsets, content = texts.buffers()
    if content is None or not len(texts):
        return b""
    ends = np.frombuffer(offsets, np.int32)
    first, last = int(ends[texts.offset]), int(ends[texts.offset + len(texts)])
    return bytes(content[first:last])


def _spread(values: pa.Array, positions: pa.Array) -> pa.Array:
    """Give each row the value of its position; texts stay a dictionary."""
    if not pa.types.is_string(values.type):
        return values.take(positions)
    # Two texts may mean the same and some mean nothing. The Parquet writer sizes a dictionary page by what it is given,
    # so a value that comes twice, or a null, would leave bytes in the file that nobody wrote.
    distinct = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(distinct.indices.take(positions), distinct.dictionary)


def _statement(cell: CellSql, ordinary: str | None) -> str:
    names = "".join(f", {name}" for name in cell.values)
    values = "".join(f", {sql} as {name}" for name, sql in cell.values.items())
    steps, before = "", "cleaned"
    for name, sql in cell.steps.items():
        steps += f"with{name} as (select *, {sql} as {name} from {before}),"
        before = f"with{name}"
    return f"""
        with cleaned as (select cell_text(text) as cell from texts), {steps}
        typed as (select *{values} from {before})
        select cast({cell.trouble} as varchar) as code, {ordinary or "true"} as ordinary{names} from typed
    """
