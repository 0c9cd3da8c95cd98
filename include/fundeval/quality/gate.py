"""The gate: every problem of every file at once, and no way on where one of them is critical."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, first_row
from fundeval.core.errors import FundevalError, InputError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.expectations import facts_view, run_expectations
from fundeval.quality.suites import Check, contract_columns, load_checks
from fundeval.sources.contract import KINDS, load_contract
from fundeval.sources.ingest import PROBLEM_SCHEMA, read_problems
from fundeval.sources.selection import inbox_problems

RESULT_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("table", pa.string()),
        ("expectation", pa.string()),
        ("severity", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("rows_checked", pa.int64()),
        ("rows_wrong", pa.int64()),
    ]
)


class CheckFailedError(FundevalError):
    """A check could not be carried out, which is a fault of this installation and not of a file."""


def check_quality(
    context: RunContext, further: Callable[[RunContext], list[Problem]] | None = None
) -> dict[str, Any]:
    """Check all tables that could be read, and stop the run where anything critical was found.

    Great Expectations runs the checks over the public tables and its results decide; the rows to name come from
    the same conditions as SQL. Rows of classified projects are checked by the same conditions and reported by place
    only.

    Args:
        context: The run.
        further: What other rooms can already say is wrong, told together with the rest.

    Returns:
        Counts: checks passed, failed, not applicable, problems by severity.

    Raises:
        InputError: With every critical problem of every file, ingest included.
    """
    run = context.run
    problems = (
        inbox_problems(context) + read_problems(run) + missing_results(run) + _conservation(run)
    )
    found, results = check_tables(run, context.fund_year)
    problems += found + (further(context) if further else [])
    run.write("checks", "results", pa.Table.from_pylist(results, RESULT_SCHEMA))
    run.write(
        "checks", "problems", pa.Table.from_pylist([p.as_dict() for p in sorted(problems)], PROBLEM_SCHEMA)
    )
    critical = [problem for problem in problems if problem.severity == "critical"]
    if critical:
        raise InputError(critical)
    outcomes = [result["outcome"] for result in results]
    return {
        "checks_passed": outcomes.count("pass"),
        "checks_failed": outcomes.count("fail"),
        "checks_not_applicable": outcomes.count("not_applicable"),
        "warnings": sum(problem.severity == "warning" for problem in problems),
        "infos": sum(problem.severity == "info" for problem in problems),
    }


def missing_results(run: RunFolder) -> list[Problem]:
    """Say which kinds of file have left neither tables nor problems, so that nothing passes by not having run."""
    return [
        Problem(
            code="not_ingested",
            message=f"“{load_contract(kind).title}”尚未读取。",
            remedy="请在界面中清除该读取任务及其下游后重新运行。",
        )
        for kind in KINDS
        if not run.has("rejects", kind)
    ]


def _conservation(run: RunFolder) -> list[Problem]:
    """Hold that no row is lost: rows in a sheet = accepted + rejected + recognised as no data."""
    return [
        Problem(
            file=row["source_file"],
            sheet=row["source_sheet"],
            code="rows_not_conserved",
            message=f"共{row['rows_total']}行,读入{row['rows_accepted']}行、拒收{row['rows_rejected']}行、"
            f"非数据{row['rows_recognised']}行,合计不符。",
            remedy="这是程序缺陷,请联系系统维护人员。",
        )
        for kind in KINDS
        for row in run.rows("checks", f"ingest_{kind}")
        if row["rows_total"] != row["rows_accepted"] + row["rows_rejected"] + row["rows_recognised"]
    ]


def incomplete_tables(run: RunFolder) -> set[str]:
    """Return the staging tables that lack rows their file has, because those could not be read."""
    ledgers = [row for kind in KINDS for row in run.rows("checks", f"ingest_{kind}")]
    return {row["table_name"] for row in ledgers if row["rows_rejected"]}


def check_tables(run: RunFolder, fund_year: FundYear) -> tuple[list[Problem], list[dict[str, Any]]]:
    """Run every check whose tables are there.

    Returns:
        The problems, and one result per check: pass, fail or not applicable with the reason.
    """
    present, incomplete = set(run.tables("staging")), incomplete_tables(run)
    applicable, results = [], []
    for check in load_checks():
        # Against a table that lacks rejected rows, sound rows would be called wrong: their partner was not read.
        missing = sorted(({check.table, *check.needs} - present) | (set(check.needs) & incomplete))
        if missing:
            results.append(_not_applicable(check, missing))
        else:
            applicable.append(check)
    outcomes = run_expectations(run, fund_year, applicable) if applicable else []
    broken = [outcome for outcome in outcomes if outcome["error"]]
    if broken:
        details = ";".join(f"{outcome['id']}:{outcome['error']}" for outcome in broken)
        raise CheckFailedError(f"质量检查未能完成:{details}")
    problems: list[Problem] = []
    by_id = {check.id: check for check in applicable}
    with engine(run, layers=("staging", "restricted")) as connection:
        connection.execute("create schema if not exists run")
        connection.execute(facts_view(run, fund_year))
        for outcome in outcomes:
            check = by_id[outcome["id"]]
            public = [] if outcome["success"] else wrong_row_problems(connection, check, "staging")
            classified = _classified_problems(connection, run, check)
            problems += public + classified
            results.append(_result(outcome, len(public) + len(classified)))
    return problems, results


def wrong_row_problems(connection: duckdb.DuckDBPyConnection, check: Check, layer: str) -> list[Problem]:
    """Name every row a check finds wrong: file, sheet, row, column, and the value where it may be repeated."""
    column = contract_columns().get((check.table, check.column))
    withheld = layer == "restricted" or column is None or column.sensitive
    rows = connection.execute(check.wrong_rows(layer)).fetchall()
    line = _line_of_form(connection, check)
    return [
        Problem(
            file=file,
            sheet=sheet,
            row=line or row,
            column=column.title if column else "",
            value="" if withheld or value is None else value,
            code=check.id,
            message=check.message if withheld or value is None else f"“{value}”:{check.message}",
            remedy=check.remedy,
            severity=check.severity,
        )
        for file, sheet, row, value in rows
    ]


def _line_of_form(connection: duckdb.DuckDBPyConnection, check: Check) -> int | None:
    """Return the line of the checked field where the table is a form, whose row has many lines; else None."""
    cells = f"{check.table}_cells"
    known = "select count(*) from information_schema.tables where table_schema = 'staging' and table_name = $table"
    if not first_row(connection, known, {"table": cells})[0]:
        return None
    line = connection.execute(
        f"select source_row from staging.{cells} where field = $field", {"field": check.column}
    ).fetchone()
    return line[0] if line else None


def _classified_problems(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, check: Check
) -> list[Problem]:
    needed = {check.table, *(name for name in check.needs if "{layer}." + name in check.fails)}
    if check.staging_only or not all(run.has("restricted", name) for name in needed):
        return []
    return wrong_row_problems(connection, check, "restricted")


def _not_applicable(check: Check, missing: Iterable[str]) -> dict[str, Any]:
    return {
        "id": check.id,
        "table": check.table,
        "expectation": check.check,
        "severity": check.severity,
        "outcome": "not_applicable",
        "reason": f"缺少可用的表:{'、'.join(missing)}",
        "rows_checked": None,
        "rows_wrong": None,
    }


def _result(outcome: dict[str, Any], wrong: int) -> dict[str, Any]:
    return {
        **{name: outcome[name] for name in ("id", "table", "expectation", "severity", "rows_checked")},
        "outcome": "fail" if wrong else "pass",
        "reason": "",
        "rows_wrong": wrong,
    }
