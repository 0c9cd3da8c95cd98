"""Ranges of neighbouring rows joined, by arithmetic on arrays: a fund can have millions of them.

A clerk looks rows up in a file, where the rows of different projects stand below each other. As window functions the
joining took minutes for a million vouchers; sorted numbers and a running maximum take a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_TEXTS = ("fact", "project_code", "source_file", "source_sheet", "source_sha256")
_SUBJECT = ("fact", "project_code")

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class JoinedRange:
    """A joined range, with the number of rows and of ranges of its fact and project.

    Attributes:
        texts: Fact, project (empty where all are joined), file, sheet and hash.
        first_row: First row.
        last_row: Last row.
        rows_in_all: Rows of the fact and project.
        ranges_in_all: Joined ranges of the fact and project.
    """

    texts: dict[str, str]
    first_row: int
    last_row: int
    rows_in_all: int
    ranges_in_all: int


def joined_ranges(
    path: Path, fact: str | None, project: str | None, most: int | None, *, by_project: bool
) -> Iterator[JoinedRange]:
    """Read ranges of rows and join neighbouring ones of a file, whichever project they are about.

    Args:
        path: Parquet with fact, project_code, source_file, source_sheet, source_sha256, first_row and last_row.
        fact: Only this fact; None for all.
        project: Only this project; None for all.
        most: How many ranges of a fact and project to give; None for all.
        by_project: Whether the ranges of different projects stay apart.

    Returns:
        The ranges, by fact, project, file, sheet and row.
    """
    table = pq.read_table(path, read_dictionary=list(_TEXTS)).unify_dictionaries().combine_chunks()
    codes = {name: _Codes(table.column(name)) for name in _TEXTS}
    kept = codes["fact"].equal(fact) & codes["project_code"].equal(project)
    if not kept.any():
        return
    if not by_project:
        codes["project_code"] = codes["project_code"].all_empty()
    first, last = (table.column(name).to_numpy().astype(np.int64)[kept] for name in ("first_row", "last_row"))
    ranks = np.stack([codes[name].ranks[kept] for name in _TEXTS])
    order = np.lexsort((last, first, *ranks[::-1]))
    ranks, first, last = ranks[:, order], first[order], last[order]
    begins_place = _changes(ranks)
    starts = np.flatnonzero(begins_place | (first > _reached(begins_place, last) + 1))
    lasts = np.maximum.reduceat(last, starts)
    yield from _told(codes, ranks[:, starts], first[starts], lasts, most)


def _reached(begins_place: Array, last: Array) -> Array:
    """Return the last row an earlier range of the same place reaches; it means nothing for the first one."""
    lift = (np.cumsum(begins_place) - 1) * (int(last.max()) + 1)
    reached = np.maximum.accumulate(last + lift) - lift
    return np.concatenate([[-1], reached[:-1]])


def _changes(ranks: Array) -> Array:
    """Tell where a row of codes differs from the one before."""
    return np.concatenate([[True], (ranks[:, 1:] != ranks[:, :-1]).any(axis=0)])


def _told(
    codes: dict[str, _Codes], ranks: Array, first: Array, last: Array, most: int | None
) -> Iterator[JoinedRange]:
    begins = np.flatnonzero(_changes(ranks[: len(_SUBJECT)]))
    ends = [*begins[1:].tolist(), len(first)]
    for begin, end in zip(begins.tolist(), ends, strict=True):
        rows = int((last[begin:end] - first[begin:end] + 1).sum())
        for at in range(begin, end if most is None else min(end, begin + most)):
            texts = {name: codes[name].text(ranks[number, at]) for number, name in enumerate(_TEXTS)}
            yield JoinedRange(texts, int(first[at]), int(last[at]), rows, end - begin)


class _Codes:
    """A column of texts as their ranks in alphabetical order; no text is an empty one."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        array = column.combine_chunks()
        array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
        listed = [*array.dictionary.to_pylist(), ""]
        self._texts: list[str] = sorted(set(listed))
        rank_of = {text: rank for rank, text in enumerate(self._texts)}
        ranks = np.array([rank_of[text] for text in listed], dtype=np.int32)
        self.ranks: Array = ranks[array.indices.fill_null(len(listed) - 1).to_numpy()]

    def text(self, rank: int) -> str:
        """Return the text of a rank."""
        return self._texts[rank]

    def equal(self, text: str | None) -> Array:
        """Tell which rows have a text; all where none is asked for."""
        if text is None:
            return np.ones(len(self.ranks), dtype=bool)
        same: Array = self.ranks == (self._texts.index(text) if text in self._texts else -1)
        return same

    def all_empty(self) -> _Codes:
        """Return the same column with no text in any row."""
        empty = _Codes.__new__(_Codes)
        empty._texts = [""]
        empty.ranks = np.zeros_like(self.ranks)
        return empty
