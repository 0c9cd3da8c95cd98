"""Several exports of one kind, each of some months, as one year.

Each is read on its own, with row counts of its own. A row that two of them hold with the same content is one row:
the later file's is recognised as known. The same number with different content is an error told at both rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from fundeval.core.engine import engine, first_row, literal, write_query
from fundeval.core.errors import Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.cells import value_fields
from fundeval.sources.contract import Contract, TableContract
from fundeval.sources.selection import SourceFile

_LAYERS = ("staging", "restricted")


@dataclass(frozen=True)
class Part:
    """One export that has been read.

    Attributes:
        folder: Tables of this export alone.
        file: Its name.
        stated: What it states about itself (rows of ``stated_totals``).
    """

    folder: RunFolder
    file: str
    stated: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Joined:
    """What joining has found.

    Attributes:
        known: Rows per part and sheet that an earlier part has already.
        refused: Rows per part and sheet whose content contradicts an earlier part.
        stated: What the exports state together.
        problems: One per contradicting row.
    """

    known: dict[tuple[int, str], int]
    refused: dict[tuple[int, str], int]
    stated: list[dict[str, Any]]
    problems: list[Problem]


def join_parts(run: RunFolder, contract: Contract, parts: Sequence[Part]) -> Joined:
    """Write the table of a kind from its exports, in their order, each row once."""
    (table,) = contract.tables
    assert contract.increments is not None
    with engine(run, layers=()) as connection:
        _show_parts(connection, table, parts)
        _compare(connection, table, contract.increments.identity)
        problems = _conflicts(connection, contract, table)
        for layer in _LAYERS:
            if any(part.folder.has(layer, table.name) for part in parts):
                _write(connection, run, layer, table)
        known, refused = (_count(connection, verdict) for verdict in ("known", "refused"))
    return Joined(known, refused, _stated(parts, known, refused), problems)


def _show_parts(connection: duckdb.DuckDBPyConnection, table: TableContract, parts: Sequence[Part]) -> None:
    """Show the rows of all parts as one view ``part_rows``, with the part's number and the layer of each row."""
    selects = [
        f"select {number} as part, {literal(layer)} as layer, * "
        f"from read_parquet({literal(str(part.folder.table_path(layer, table.name)))})"
        for number, part in enumerate(parts)
        for layer in _LAYERS
        if part.folder.has(layer, table.name)
    ]
    connection.execute(f"create temp view part_rows as {' union all '.join(selects)}")


def _compare(connection: duckdb.DuckDBPyConnection, table: TableContract, identity: Sequence[str]) -> None:
    """Hold rows of one identity in several parts against each other: table ``verdicts`` of those not to be kept.

    A field one of the two files has no value for is not held against the other: exports differ in columns.
    """
    content = [name for column in table.columns for name in value_fields(column) if name not in identity]
    keys = ", ".join(identity)
    same = " and ".join(
        f"(later.{name} is null or earlier.{name} is null or later.{name} = earlier.{name})"
        for name in content
    )
    matched = " and ".join(f"later.{name} = earlier.{name}" for name in identity)
    connection.execute(
        f"""
        create temp table verdicts as
        with shared as (
            select {keys} from part_rows group by {keys} having min(part) <> max(part)
        ),
        candidates as (select part_rows.* from part_rows inner join shared using ({keys})),
        judged as (
            select
                later.part, later.layer, later.source_file, later.source_sheet, later.source_row,
                bool_or({same}) as is_known,
                arg_min(
                    struct_pack(file := earlier.source_file, sheet := earlier.source_sheet, row := earlier.source_row),
                    (earlier.part, earlier.source_row)
                ) as earlier
            from candidates as later inner join candidates as earlier on {matched} and earlier.part < later.part
            group by all
        )
        select * exclude (is_known), case when is_known then 'known' else 'refused' end as verdict from judged
        """
    )


def _conflicts(
    connection: duckdb.DuckDBPyConnection, contract: Contract, table: TableContract
) -> list[Problem]:
    """Say of each contradiction, at both rows, where the other row is."""
    assert contract.increments is not None
    titles = {column.field: column.title for column in table.columns}
    column = titles[contract.increments.identity[0]]
    rows = connection.execute(
        "select source_file, source_sheet, source_row, earlier.file, earlier.sheet, earlier.row "
        "from verdicts where verdict = 'refused' order by all"
    ).fetchall()
    places = [(place[:3], place[3:]) for place in rows]
    return [
        Problem(
            file=file,
            sheet=sheet,
            row=row,
            column=column,
            code="increments_differ",
            message=f"同一{column}在{Problem(*other).place}的内容与这一行不同,不能判断以哪一条为准。",
            remedy="请与原系统核对,改正有误的文件后重报;只是重复导出的,两条内容应当完全相同。",
        )
        for pair in places
        for (file, sheet, row), other in (pair, pair[::-1])
    ]


def _write(connection: duckdb.DuckDBPyConnection, run: RunFolder, layer: str, table: TableContract) -> None:
    """Write the rows of a layer in the order of the parts; rows without a twin need no sorting for it."""
    kept = f"select * exclude (part, layer) from part_rows where layer = {literal(layer)}"
    (judged,) = first_row(connection, "select count(*) from verdicts")
    if judged:
        kept = f"""
            select part_rows.* exclude (part, layer)
            from part_rows
            anti join verdicts
                on part_rows.part = verdicts.part
                and part_rows.source_sheet = verdicts.source_sheet
                and part_rows.source_row = verdicts.source_row
            where part_rows.layer = {literal(layer)}
            order by part_rows.part, part_rows.source_sheet, part_rows.source_row
        """
    write_query(connection, kept, None, run, layer, table.name)


def _count(connection: duckdb.DuckDBPyConnection, verdict: str) -> dict[tuple[int, str], int]:
    rows = connection.execute(
        "select part, source_sheet, count(*) from verdicts where verdict = $verdict group by all",
        {"verdict": verdict},
    ).fetchall()
    return {(part, sheet): count for part, sheet, count in rows}


def _stated(
    parts: Sequence[Part], known: dict[tuple[int, str], int], refused: dict[tuple[int, str], int]
) -> list[dict[str, Any]]:
    """Add up what the exports state, where each states it and no row is in two of them.

    With rows in two exports the sum of their totals is no total of the year; it is then left out rather than
    called wrong.
    """
    if known or refused:
        return []
    names = {_name(row) for part in parts for row in part.stated}
    summable = {name for name in names if all(_states_once(part, name) for part in parts)}
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in (row for part in parts for row in part.stated if _name(row) in summable):
        key = (*_name(row), row["scope_text"])
        before = sums[key]["stated_value"] if key in sums else Decimal(0)
        sums[key] = {**row, "stated_value": before + Decimal(str(row["stated_value"]))}
    return list(sums.values())


def _states_once(part: Part, name: tuple[str, str]) -> bool:
    scopes = [row["scope_text"] for row in part.stated if _name(row) == name]
    return bool(scopes) and len(scopes) == len(set(scopes))


def _name(row: dict[str, Any]) -> tuple[str, str]:
    return row["total_kind"], row["field"]


def rows_outside_period(folder: RunFolder, contract: Contract, file: SourceFile) -> list[Problem]:
    """Warn of rows dated in another month than the file's name says: the name or the export may be wrong.

    Args:
        folder: Tables of this file alone.
        contract: Contract of its kind.
        file: The file.
    """
    if contract.increments is None or file.period is None:
        return []
    (table,) = contract.tables
    dated = contract.increments.dated
    title = next(column.title for column in table.columns if column.field == dated)
    paths = [folder.table_path(layer, table.name) for layer in _LAYERS if folder.has(layer, table.name)]
    if not paths:
        return []
    with engine() as connection:
        rows = connection.execute(
            f"select source_sheet, source_row from read_parquet($paths) "
            f"where month({dated}) not between $first and $last order by all",
            {
                "paths": [str(path) for path in paths],
                "first": file.period.first_month,
                "last": file.period.last_month,
            },
        ).fetchall()
    return [
        Problem(
            file=file.name,
            sheet=sheet,
            row=row,
            column=title,
            code="outside_period",
            message=f"日期不在文件名所写的{file.period}之内。",
            remedy="请核对文件名的月份和这一行的日期。",
            severity="warning",
        )
        for sheet, row in rows
    ]
