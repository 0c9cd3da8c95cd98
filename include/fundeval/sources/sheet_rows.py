"""The rows of a sheet as texts, in groups of one Arrow file each: what the child that opens files leaves to the worker.

A group is mapped into memory and not read, so looking at the first rows of millions costs nothing, and what is written
for a moment is neither compressed nor encoded. Texts that repeat are dictionaries of their group.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path

import pyarrow as pa


class GroupWriter:
    """Writes the groups of one sheet: ``row`` from 1, ``c1`` … as texts, empty cells as null."""

    def __init__(self, folder: Path) -> None:
        """Write into a new folder."""
        folder.mkdir()
        self._folder = folder
        self._written = 0

    def write(self, rows: pa.Table) -> None:
        """Write the next group."""
        with pa.ipc.new_file(str(_group(self._folder, self._written)), rows.schema) as file:
            file.write_table(rows)
        self._written += 1


def groups_in(folder: Path) -> Iterator[Path]:
    """Give the groups of a sheet in their order; none for a sheet without rows."""
    return takewhile(Path.is_file, (_group(folder, number) for number in count()))


def read_group(path: Path) -> pa.Table:
    """Return the rows of a group; their texts stay in the file until they are looked at."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def read_groups(folder: Path) -> Iterator[pa.Table]:
    """Give the groups of a sheet one after the other."""
    return map(read_group, groups_in(folder))


def _group(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.arrow"
