"""Ingest of one kind of file: archive the bytes, read them by contract, write typed rows and rejects.

Rows of classified projects (涉密) are split off here: they go to the layer ``restricted`` and no later stage but
``seal_classified`` opens it (保守国家秘密法; 政府采购法 art. 85).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, first_row
from fundeval.core.errors import InputError, Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.contract import KINDS, Contract, TableContract, load_contract, load_contracts
from fundeval.sources.corrections import (
    CORRECTED_SCHEMA,
    Corrected,
    Correction,
    correct,
    corrected_row,
    enter_in_trail,
    read_corrections,
)
from fundeval.sources.form import read_form
from fundeval.sources.grid import Grid, read_grid
from fundeval.sources.increments import Part, join_parts, rows_outside_period
from fundeval.sources.layout import (
    Layout,
    best_layouts,
    missing_column_problems,
    unit_problems,
    unknown_column_problems,
)
from fundeval.sources.magnitudes import mixed_magnitudes
from fundeval.sources.row_files import NONE_CLASSIFIED, PROJECT_FIELDS, rows_into
from fundeval.sources.rows import RowCounts, SourceIdentity, TableReader, typed_columns
from fundeval.sources.selection import SourceFile, correction_files, files_to_read, missing_months
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
    """What reading one file has yielded so far.

    Attributes:
        contract: Contract of its kind.
        source: The file.
        target: Where its tables go: the run, or a folder of its own where it is one of several increments.
        problems: What is wrong with it.
        ledger: Rows per sheet, as in ``checks/ingest_<kind>``.
        stated: Totals it states.
        corrected: Corrections of single cells that were carried out.
    """

    contract: Contract
    source: SourceIdentity
    target: RunFolder
    problems: list[Problem] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    stated: list[dict[str, Any]] = field(default_factory=list)
    corrected: list[Corrected] = field(default_factory=list)

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

    def rebook(self, sheet: str, rows: int, column: str, remark: str) -> None:
        """Book accepted rows of a sheet under another column of the ledger, and say why."""
        entry = next(entry for entry in self.ledger if entry["table_name"] and entry["source_sheet"] == sheet)
        entry["rows_accepted"] -= rows
        entry[column] += rows
        entry["remark"] = ";".join(part for part in (entry["remark"], remark) if part)


def ingest(
    context: RunContext,
    kind: str,
    files: Sequence[SourceFile] | None = None,
    corrections: Sequence[SourceFile] | None = None,
) -> dict[str, Any]:
    """Read the files of one kind into the run: one, or the increments that make up the year.

    Args:
        context: The run.
        kind: Kind of file.
        files: The files; chosen from the sources folder and the ledger of submissions where they are not given.
        corrections: Lists of corrected cells; likewise.

    Returns:
        Counts: files, sha256, rows accepted, rejected and recognised.

    Raises:
        InputError: With every critical problem of the files. The tables of the kind are then those rows that could
            be read, so that checks between tables still report all they can.
    """
    run, contract = context.run, load_contract(kind)
    _drop_tables(run, contract)
    problems: list[Problem] = []
    if files is None:
        files, problems = files_to_read(context, contract)
        problems += missing_months(contract, files)
    with _workspace(run) as workspace:
        lists = correction_files(context) if corrections is None else corrections
        # What is wrong with a list itself is told once, by the gate and not by each of nine files.
        listed, _ = read_corrections(lists, workspace)
        readings = _read_files(context, contract, files, listed, workspace)
        if len(readings) > 1:
            problems += _join(run, contract, readings)
    problems += [problem for reading in readings for problem in reading.problems]
    _write_ledgers(run, contract, readings, problems)
    _write_corrections(context, contract, readings)
    critical = [problem for problem in problems if problem.severity == "critical"]
    if critical:
        raise InputError(critical)
    return _counts(readings)


@contextmanager
def _workspace(run: RunFolder) -> Iterator[Path]:
    """Give a folder for grids and parts inside the run, on its disk, removed with the block."""
    run.path.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".grid-", dir=run.path))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_files(
    context: RunContext,
    contract: Contract,
    files: Sequence[SourceFile],
    corrections: Sequence[Correction],
    workspace: Path,
) -> list[Reading]:
    """Read each file; a single one straight into the run, several into folders of their own."""
    readings = []
    for number, file in enumerate(files):
        sha256, kept = context.rooms.archive(file.path)
        folder = workspace / f"file-{number}"
        folder.mkdir()
        target = context.run if len(files) == 1 else RunFolder(folder / "part", context.fund_year)
        reading = Reading(contract, SourceIdentity(file.name, sha256), target)
        try:
            grid = read_grid(kept, file.name, folder)
            grid, reading.corrected, refused = correct(grid, reading.source, corrections, contract.tables)
            reading.problems += refused
            _read_tables(context.run, contract, grid, reading)
        except InputError as error:
            reading.problems += error.problems
            reading.record("", "", RowCounts(0, 0, 0, 0))
        reading.problems += rows_outside_period(target, contract, file)
        readings.append(reading)
    return readings


def _join(run: RunFolder, contract: Contract, readings: Sequence[Reading]) -> list[Problem]:
    """Join what several increments have left, and book the rows an earlier one has already."""
    (table,) = contract.tables
    usable = [reading for reading in readings if reading.target.has("staging", table.name)]
    if not usable:
        return []
    joined = join_parts(
        run, contract, [Part(reading.target, reading.source.file, reading.stated) for reading in usable]
    )
    for (number, sheet), rows in joined.known.items():
        usable[number].rebook(sheet, rows, "rows_recognised", f"{rows}行在前面的分月文件中已有,只计一次")
    for (number, sheet), rows in joined.refused.items():
        usable[number].rebook(sheet, rows, "rows_rejected", f"{rows}行与前面的分月文件不一致")
    for reading in readings:
        reading.stated = []
    usable[0].stated = joined.stated
    return joined.problems


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
    run.drop("checks", f"corrections_{contract.kind}")


def _read_tables(run: RunFolder, contract: Contract, grid: Grid, reading: Reading) -> None:
    layouts = best_layouts(contract.tables, grid.sheets)
    for sheet in grid.sheets:
        if not sheet.visible:
            reading.record("", sheet.name, RowCounts(0, 0, 0, 0), "隐藏的工作表,未读取")
        elif all(layout.sheet is not sheet for layout in layouts.values()):
            reading.record("", sheet.name, RowCounts(sheet.height, 0, 0, sheet.height), "不含约定的表,未读取")
    with engine(run, layers=("restricted",), reads_cells=True) as connection:
        for table in contract.tables:
            layout = layouts.get(table.name)
            if layout is None:
                if not _may_be_absent(table, grid):
                    reading.problems.append(_missing_table(table, grid, contract))
                continue
            _read_table(connection, layout, grid, reading)


def _may_be_absent(table: TableContract, grid: Grid) -> bool:
    """Tell whether an optional table was left out; a sheet of its name that cannot be read was not."""
    return table.optional and all(sheet.name.strip() != table.title for sheet in grid.sheets if sheet.visible)


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


def _read_table(connection: duckdb.DuckDBPyConnection, layout: Layout, grid: Grid, reading: Reading) -> None:
    missing = missing_column_problems(layout, grid.file)
    columns, unit_troubles = unit_problems(layout, grid.file)
    reading.problems += missing + unit_troubles + unknown_column_problems(layout, grid.file)
    if missing or unit_troubles:
        reading.record(
            layout.table.name, layout.sheet.name, RowCounts(layout.sheet.height, 0, layout.sheet.height, 0)
        )
        return
    if layout.table.layout == "form":
        counts, problems = read_form(reading.target, connection, layout, columns, reading.source, grid.epoch)
    else:
        classified = classified_condition(connection, layout.table)
        with rows_into(reading.target, connection, layout.table.name, classified) as sink:
            reader = TableReader(connection, layout, columns, reading.source, grid.epoch, sink)
            counts, problems = reader.counts(), reader.problems()
            reading.stated += reader.stated_totals()
            problems += mixed_magnitudes(connection, layout, columns, reading.source)
            if layout.table.layout == "survey":
                reader.show_cells()
                problems += read_survey(reading.target, connection, layout, reading.source)
    reading.problems += problems
    unknown = "、".join(layout.unknown.values()) if layout.table.layout == "table" else ""
    reading.record(
        layout.table.name, layout.sheet.name, counts, f"契约以外的列,未读取:{unknown}" if unknown else ""
    )


def classified_condition(connection: duckdb.DuckDBPyConnection, table: TableContract) -> str:
    """Return the condition under which a row belongs to a classified project.

    Without a plan nobody knows which projects are classified; then every row that names a project is held back.
    """
    fields = {column.field for column in table.columns}
    if "is_classified" in fields:
        return "is_classified or category = '涉密'"
    named = [name for name in PROJECT_FIELDS if name in fields]
    if not named:
        return NONE_CLASSIFIED
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


def _write_ledgers(
    run: RunFolder, contract: Contract, readings: Sequence[Reading], problems: Sequence[Problem]
) -> None:
    kind = contract.kind
    run.write("rejects", kind, pa.Table.from_pylist([p.as_dict() for p in problems], PROBLEM_SCHEMA))
    if not readings:
        return
    ledger = [entry for reading in readings for entry in reading.ledger]
    stated = [_decimal(row) for reading in readings for row in reading.stated]
    run.write("checks", f"ingest_{kind}", pa.Table.from_pylist(ledger, LEDGER_SCHEMA))
    run.write("staging", f"stated_totals_{kind}", pa.Table.from_pylist(stated, STATED_SCHEMA))


def _write_corrections(context: RunContext, contract: Contract, readings: Sequence[Reading]) -> None:
    """Record what was corrected, in the run and once per run in the audit trail."""
    done = [(reading, corrected) for reading in readings for corrected in reading.corrected]
    if not done:
        return
    places = _classified_places(context.run, contract)
    rows = []
    for reading, corrected in done:
        place = (reading.source.sha256, corrected.correction.sheet, corrected.correction.row)
        rows.append(corrected_row(corrected, reading.source.file, is_classified=place in places))
        enter_in_trail(context, corrected, reading.source.file)
    context.run.write("checks", f"corrections_{contract.kind}", pa.Table.from_pylist(rows, CORRECTED_SCHEMA))


def _classified_places(run: RunFolder, contract: Contract) -> set[tuple[str, str, int]]:
    return {
        (row["source_sha256"], row["source_sheet"], row["source_row"])
        for table in contract.tables
        for row in run.rows("restricted", table.name)
    }


def _decimal(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "stated_value": Decimal(str(row["stated_value"])).quantize(Decimal("0.01"))}


def _counts(readings: Sequence[Reading]) -> dict[str, Any]:
    entries = [entry for reading in readings for entry in reading.ledger]
    rows = ("rows_total", "rows_accepted", "rows_rejected", "rows_recognised")
    return {
        "file": "、".join(reading.source.file for reading in readings),
        "sha256": "、".join(reading.source.sha256 for reading in readings),
        **{name: sum(entry[name] for entry in entries) for name in rows},
        "cells_corrected": sum(len(reading.corrected) for reading in readings),
    }


def read_problems(run: RunFolder, kinds: Iterable[str] = KINDS) -> list[Problem]:
    """Return every problem the ingest of ``kinds`` has left in the run."""
    return [Problem(**row) for kind in kinds for row in run.rows("rejects", kind)]


def empty_table(table: TableContract) -> str:
    """Return a statement that selects no rows with the typed fields of a contract's table."""
    fields = ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in typed_columns(table))
    return f"select {fields} where false"
