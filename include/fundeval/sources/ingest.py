"""Ingest of one kind of file: archive the bytes, read them by contract, write typed rows and rejects.

Rows of classified projects (涉密) are split off here: they go to the layer ``restricted`` and no later stage but
``seal_classified`` opens it (保守国家秘密法; 政府采购法 art. 85).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, first_row, write_query
from fundeval.core.errors import InputError, Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.contract import KINDS, Contract, TableContract, load_contract, load_contracts
from fundeval.sources.form import read_form
from fundeval.sources.grid import Grid, read_grid
from fundeval.sources.inbox import find_file
from fundeval.sources.layout import Layout, best_layouts, missing_column_problems, unit_problems
from fundeval.sources.rows import RowCounts, SourceIdentity, TableReader, typed_columns
from fundeval.sources.survey import read_survey

PROBLEM_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("sheet", pa.string()),
        ("row", pa.int32()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
        ("remedy", pa.string()),
        ("severity", pa.string()),
    ]
)
LEDGER_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("contract_version", pa.int32()),
        ("table_name", pa.string()),
        ("source_file", pa.string()),
        ("source_sha256", pa.string()),
        ("source_sheet", pa.string()),
        ("rows_total", pa.int64()),
        ("rows_accepted", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("rows_recognised", pa.int64()),
        ("remark", pa.string()),
    ]
)
STATED_SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("total_kind", pa.string()),
        ("scope_text", pa.string()),
        ("field", pa.string()),
        ("stated_value", pa.decimal128(18, 2)),
        ("source_file", pa.string()),
        ("source_sha256", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
)


@dataclass
class Reading:
    """What reading one file has yielded so far."""

    contract: Contract
    source: SourceIdentity
    problems: list[Problem] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    stated: list[dict[str, Any]] = field(default_factory=list)

    def record(self, table: str, sheet: str, counts: RowCounts, remark: str = "") -> None:
        """Enter the rows of one sheet into the ledger."""
        self.ledger.append(
            {
                "kind": self.contract.kind,
                "contract_version": self.contract.version,
                "table_name": table,
                "source_file": self.source.file,
                "source_sha256": self.source.sha256,
                "source_sheet": sheet,
                "rows_total": counts.total,
                "rows_accepted": counts.accepted,
                "rows_rejected": counts.rejected,
                "rows_recognised": counts.recognised,
                "remark": remark,
            }
        )


def ingest(context: RunContext, kind: str, path: Path | None = None) -> dict[str, Any]:
    """Read the file of one kind into the run.

    Args:
        context: The run.
        kind: Kind of file.
        path: The file; looked for in the sources folder where it is not given.

    Returns:
        Counts: file, sha256, rows accepted, rejected and recognised, per table.

    Raises:
        InputError: With every problem of the file. The tables of the kind are then those rows that could be read,
            so that checks between tables still report all they can.
    """
    run, contract = context.run, load_contract(kind)
    _drop_tables(run, contract)
    problems: list[Problem] = []
    if path is None:
        path, problems = find_file(context.sources, contract)
    if path is None:
        run.write("rejects", kind, pa.Table.from_pylist([p.as_dict() for p in problems], PROBLEM_SCHEMA))
        raise InputError(problems)
    sha256, kept = context.rooms.archive(path)
    reading = Reading(contract, SourceIdentity(path.name, sha256))
    workspace = Path(tempfile.mkdtemp(prefix=".grid-", dir=_made(run.path)))
    try:
        grid = read_grid(kept, path.name, workspace)
        _read_tables(run, contract, grid, reading)
    except InputError as error:
        reading.problems += error.problems
        reading.record("", "", RowCounts(0, 0, 0, 0))
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    _write_ledgers(run, reading)
    if reading.problems:
        raise InputError(reading.problems)
    return _counts(reading)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def staging_tables(contract: Contract) -> list[str]:
    """Return the names of the staging tables a kind of file fills."""
    names = []
    for table in contract.tables:
        names.append(table.name)
        if table.layout == "form":
            names.append(f"{table.name}_cells")
        if table.layout == "survey":
            names.append("survey_answers")
    return names


def _drop_tables(run: RunFolder, contract: Contract) -> None:
    for table in staging_tables(contract):
        run.drop("staging", table)
        run.drop("restricted", table)
    run.drop("staging", f"stated_totals_{contract.kind}")
    run.drop("rejects", contract.kind)
    run.drop("checks", f"ingest_{contract.kind}")


def _read_tables(run: RunFolder, contract: Contract, grid: Grid, reading: Reading) -> None:
    layouts = best_layouts(contract.tables, grid.sheets)
    for sheet in grid.sheets:
        if not sheet.visible:
            reading.record("", sheet.name, RowCounts(0, 0, 0, 0), "隐藏的工作表,未读取")
        elif all(layout.sheet is not sheet for layout in layouts.values()):
            reading.record("", sheet.name, RowCounts(sheet.height, 0, 0, sheet.height), "不含约定的表,未读取")
    with engine(run, layers=("restricted",)) as connection:
        for table in contract.tables:
            layout = layouts.get(table.name)
            if layout is None:
                reading.problems.append(_missing_table(table, grid, contract))
                continue
            _read_table(run, connection, layout, grid, reading)


def _missing_table(table: TableContract, grid: Grid, contract: Contract) -> Problem:
    looks_like = [
        other.title
        for other in load_contracts()
        if other.kind != contract.kind and best_layouts(other.tables, grid.sheets)
    ]
    required = "、".join(column.title for column in table.columns if not column.optional)
    hint = f"内容像是“{looks_like[0]}”,请核对文件名与内容是否一致。" if looks_like else ""
    return Problem(
        file=grid.file,
        code="missing_table",
        message=f"找不到“{table.title}”表。",
        remedy=f"{hint}该表的表头应有:{required}。",
    )


def _read_table(
    run: RunFolder, connection: duckdb.DuckDBPyConnection, layout: Layout, grid: Grid, reading: Reading
) -> None:
    missing = missing_column_problems(layout, grid.file)
    columns, unit_troubles = unit_problems(layout, grid.file)
    reading.problems += missing + unit_troubles
    if missing or unit_troubles:
        reading.record(
            layout.table.name, layout.sheet.name, RowCounts(layout.sheet.height, 0, layout.sheet.height, 0)
        )
        return
    if layout.table.layout == "form":
        counts, problems = read_form(run, connection, layout, columns, reading.source, grid.epoch)
    else:
        reader = TableReader(connection, layout, columns, reading.source, grid.epoch)
        counts, problems = reader.counts(), reader.problems()
        reading.stated += reader.stated_totals()
        _write_typed(run, connection, layout.table, reader)
        if layout.table.layout == "survey":
            problems += read_survey(run, connection, layout, reading.source)
    reading.problems += problems
    unknown = "、".join(layout.unknown.values()) if layout.table.layout == "table" else ""
    reading.record(
        layout.table.name, layout.sheet.name, counts, f"契约以外的列,未读取:{unknown}" if unknown else ""
    )


def _write_typed(
    run: RunFolder, connection: duckdb.DuckDBPyConnection, table: TableContract, reader: TableReader
) -> None:
    fields = ", ".join(reader.fields)
    classified = classified_condition(connection, table)
    accepted = f"select {fields} from typed where len(trouble) = 0"
    write_query(connection, f"{accepted} and not ({classified})", None, run, "staging", table.name)
    if classified != "false":
        write_query(connection, f"{accepted} and ({classified})", None, run, "restricted", table.name)


def classified_condition(connection: duckdb.DuckDBPyConnection, table: TableContract) -> str:
    """Return the condition under which a row belongs to a classified project.

    Without a plan nobody knows which projects are classified; then every row that names a project is held back.
    """
    fields = {column.field for column in table.columns}
    if "is_classified" in fields:
        return "is_classified or category = '涉密'"
    named = [name for name in ("project_code", "project_name") if name in fields]
    if not named:
        return "false"
    (known,) = first_row(
        connection,
        "select count(*) from information_schema.tables where table_schema = 'restricted' "
        "and table_name = 'plan_projects'",
    )
    if not known:
        return "true"
    return " or ".join(
        f"coalesce({name} in (select plan.{name} from restricted.plan_projects as plan), false)"
        for name in named
    )


def _write_ledgers(run: RunFolder, reading: Reading) -> None:
    kind = reading.contract.kind
    run.write("checks", f"ingest_{kind}", pa.Table.from_pylist(reading.ledger, LEDGER_SCHEMA))
    run.write("rejects", kind, pa.Table.from_pylist([p.as_dict() for p in reading.problems], PROBLEM_SCHEMA))
    stated = pa.Table.from_pylist([_decimal(row) for row in reading.stated], STATED_SCHEMA)
    run.write("staging", f"stated_totals_{kind}", stated)


def _decimal(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "stated_value": Decimal(str(row["stated_value"])).quantize(Decimal("0.01"))}


def _counts(reading: Reading) -> dict[str, Any]:
    return {
        "file": reading.source.file,
        "sha256": reading.source.sha256,
        "rows_total": sum(entry["rows_total"] for entry in reading.ledger),
        "rows_accepted": sum(entry["rows_accepted"] for entry in reading.ledger),
        "rows_rejected": sum(entry["rows_rejected"] for entry in reading.ledger),
        "rows_recognised": sum(entry["rows_recognised"] for entry in reading.ledger),
    }


def read_problems(run: RunFolder, kinds: Iterable[str] = KINDS) -> list[Problem]:
    """Return every problem the ingest of ``kinds`` has left in the run."""
    return [Problem(**row) for kind in kinds for row in run.rows("rejects", kind)]


def empty_table(table: TableContract) -> str:
    """Return a statement that selects no rows with the typed fields of a contract's table."""
    fields = ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in typed_columns(table))
    return f"select {fields} where false"
