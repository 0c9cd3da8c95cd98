"""Columns whose texts repeat: dictionaries that hold the texts of their rows and no others.

A part of the rows keeps the dictionary of all of them, and a file written from it would hold texts of rows that are not
in it: of classified projects in the table of the public ones.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def only_used_texts(rows: pa.Table) -> pa.Table:
    """Return rows without the texts that are in none of them; those in use keep their order."""
    columns = [
        _only_used(column.combine_chunks()) if pa.types.is_dictionary(column.type) else column
        for column in rows.columns
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def _only_used(column: pa.DictionaryArray) -> pa.DictionaryArray:
    positions = column.indices
    is_used = np.zeros(len(column.dictionary), dtype=bool)
    is_used[positions.drop_null().to_numpy()] = True
    if is_used.all():
        return column
    moved = pa.array(np.cumsum(is_used, dtype=np.int32) - 1).take(positions)
    return pa.DictionaryArray.from_arrays(moved, column.dictionary.filter(pa.array(is_used)))
