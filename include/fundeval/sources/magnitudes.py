"""Amounts of one column that look as if they were in another unit than the rest: told, never converted.

A clerk who types 万元 into a column of 元 leaves amounts ten thousand times too small, far from all others and with
nothing in between. That pattern is looked for; what the amounts mean is for the office to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from fundeval.core.errors import Problem
from fundeval.sources.blocks import SourceIdentity
from fundeval.sources.layout import FoundColumn, Layout

DIGITS_APART = 4
"""How many digits a group's middle is from that of the rest: a factor of ten thousand is 万."""
FEWEST_USUAL = 3
"""So many amounts make a usual magnitude; of fewer nobody can say which is the odd one."""
MOST_LISTED = 10_000
"""Beyond so many rows the column is told once, with the count."""


@dataclass(frozen=True)
class _Group:
    """Amounts of neighbouring numbers of digits: how many there are of each number."""

    rows: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def middle(self) -> int:
        """Number of digits of the amount in the middle."""
        passed = 0
        for digits in sorted(self.rows):
            passed += self.rows[digits]
            if 2 * passed >= self.total:
                break
        return digits


def mixed_magnitudes(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    columns: Mapping[str, FoundColumn],
    source: SourceIdentity,
) -> list[Problem]:
    """Warn of the rows of each money column whose amounts stand far apart from the usual ones.

    Args:
        connection: Engine with the accepted rows as ``typed``.
        layout: The table.
        columns: Its columns.
        source: The file.
    """
    problems = []
    for name, found in columns.items():
        if found.column.type == "money":
            for group in _odd_groups(_digits(connection, name)):
                problems += _told(connection, layout, found, source, group)
    return problems


def _digits(connection: duckdb.DuckDBPyConnection, field: str) -> dict[int, int]:
    """Count the amounts of each number of digits before the point; nothing has no magnitude."""
    rows = connection.execute(
        f"select length(trunc(abs({field}))::bigint::varchar) as digits, count(*) from typed "
        f"where {field} <> 0 group by digits"
    ).fetchall()
    return dict(rows)


def _odd_groups(digits: Mapping[int, int]) -> list[_Group]:
    groups: list[dict[int, int]] = []
    for number in sorted(digits):
        if not groups or number - max(groups[-1]) > 1:
            groups.append({})
        groups[-1][number] = digits[number]
    made = [_Group(group) for group in groups]
    usual = max(made, key=lambda group: group.total, default=None)
    if usual is None or usual.total < FEWEST_USUAL:
        return []
    return [group for group in made if abs(group.middle - usual.middle) >= DIGITS_APART]


def _told(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    found: FoundColumn,
    source: SourceIdentity,
    group: _Group,
) -> list[Problem]:
    field = found.column.field
    rows = [
        row
        for (row,) in connection.execute(
            f"select source_row from typed where {field} <> 0 "
            f"and length(trunc(abs({field}))::bigint::varchar) between $fewest and $most "
            f"order by source_row limit {MOST_LISTED + 1}",
            {"fewest": min(group.rows), "most": max(group.rows)},
        ).fetchall()
    ]
    words = "与同列其他金额相差万倍以上,单位可能不一致。"
    if len(rows) > MOST_LISTED:
        rows, words = rows[:1], f"有{group.total}行与同列其他金额相差万倍以上,单位可能不一致,这是第一行。"
    return [
        Problem(
            file=source.file,
            sheet=layout.sheet.name,
            row=row,
            column=found.header,
            code="mixed_magnitudes",
            message=words,
            remedy="请核对这一格的单位是否与表头一致;数额无误的不需处理。",
            severity="warning",
        )
        for row in rows
    ]
