"""Ranges of neighbouring rows joined, by arithmetic on arrays: a fund can have millions of them.

A clerk looks rows up in a file, where the rows of different projects stand below each other. As window functions the
joining took minutes for a million vouchers; sorting two columns of numbers takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_TEXTS = ("fact", "project_code", "source_file", "source_sheet", "source_sha256")
_SUBJECT = ("fact", "project_code")
ROW_BITS = 32
ROW = (1 << ROW_BITS) - 1

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
    groups = list(_read_groups(path))
    asked = {
        texts: (texts if by_project else (texts[0], "", *texts[2:]))
        for texts in {texts for group in groups for texts in group.texts}
        if fact in (None, texts[0]) and project in (None, texts[1])
    }
    listed = sorted(set(asked.values()))
    if not listed:
        return
    place_of = {place: number for number, place in enumerate(listed)}
    numbers = {texts: place_of[place] for texts, place in asked.items()}
    parts = [group.keys(numbers) for group in groups]
    del groups
    first, last = (np.concatenate(part) for part in zip(*parts, strict=True))
    yield from _told(listed, *joined_keys(first, last), most)


@dataclass(frozen=True)
class _Group:
    """Neighbouring ranges of a file: the texts of each stretch in which they are the same, and its length."""

    texts: list[tuple[str, ...]]
    lengths: Array
    first: Array
    last: Array

    def keys(self, numbers: Mapping[tuple[str, ...], int]) -> tuple[Array, Array]:
        """Return first and last rows behind the numbers of their places; those without one are left out."""
        stretches = np.array([numbers.get(texts, -1) for texts in self.texts], dtype=np.int64)
        places = np.repeat(stretches << ROW_BITS, self.lengths)
        first, last = places | self.first, places | self.last
        if (stretches >= 0).all():
            return first, last
        return first[places >= 0], last[places >= 0]


def _read_groups(path: Path) -> Iterator[_Group]:
    """Read a file group by group, so that only its numbers are held together."""
    with pq.ParquetFile(path, read_dictionary=list(_TEXTS)) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number).unify_dictionaries().combine_chunks()
            first, last = (table.column(name).to_numpy() for name in ("first_row", "last_row"))
            yield _Group(*_stretches(table), first, last)


def _stretches(table: pa.Table) -> tuple[list[tuple[str, ...]], Array]:
    """Return the texts of each stretch of rows in which they are the same, and how long it is."""
    columns = {name: _indices(table.column(name)) for name in _TEXTS}
    changes = np.ones(table.num_rows, dtype=bool)
    changes[1:] = False
    for indices, _ in columns.values():
        changes[1:] |= indices[1:] != indices[:-1]
    starts = np.flatnonzero(changes)
    texts = [[listed[at] for at in indices[starts].tolist()] for indices, listed in columns.values()]
    return list(zip(*texts, strict=True)), np.diff(np.append(starts, table.num_rows))


def _indices(column: pa.ChunkedArray) -> tuple[Array, list[str]]:
    """Return a column of texts as positions in a list; no text is an empty one."""
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    listed = [*array.dictionary.to_pylist(), ""]
    return array.indices.fill_null(len(listed) - 1).to_numpy(), listed


def joined_keys(first: Array, last: Array) -> tuple[Array, Array]:
    """Join ranges that touch or overlap.

    Args:
        first: First row of each range, as its place times 2 to the 32nd plus its number: so places never touch.
        last: Last row of each, likewise.

    Returns:
        First and last rows of the joined ranges, sorted.
    """
    # The ranges before a gap are as many by their ends as by their beginnings, so each may be sorted by itself.
    first, last = _ascending(first), _ascending(last)
    begins = np.ones(len(first), dtype=bool)
    begins[1:] = first[1:] > last[:-1] + 1
    ends = np.ones(len(first), dtype=bool)
    ends[:-1] = begins[1:]
    return first[begins], last[ends]


def _ascending(numbers: Array) -> Array:
    """Return numbers in order; those of one project mostly are already."""
    return numbers if (numbers[1:] >= numbers[:-1]).all() else np.sort(numbers)


def _told(
    listed: list[tuple[str, ...]], first: Array, last: Array, most: int | None
) -> Iterator[JoinedRange]:
    """Give the ranges of each subject with how many rows and ranges it has."""
    place = first >> ROW_BITS
    subjects = [texts[: len(_SUBJECT)] for texts in listed]
    number_of = {subject: number for number, subject in enumerate(dict.fromkeys(subjects))}
    subject = np.array([number_of[each] for each in subjects])[place]
    begins = np.flatnonzero(np.concatenate([[True], subject[1:] != subject[:-1]]))
    rows = np.add.reduceat(last - first + 1, begins).tolist()
    ends = [*begins[1:].tolist(), len(first)]
    for begin, end, rows_in_all in zip(begins.tolist(), ends, rows, strict=True):
        for at in range(begin, end if most is None else min(end, begin + most)):
            texts = dict(zip(_TEXTS, listed[place[at]], strict=True))
            yield JoinedRange(texts, int(first[at]) & ROW, int(last[at]) & ROW, rows_in_all, end - begin)
