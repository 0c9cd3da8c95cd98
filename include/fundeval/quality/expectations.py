"""Great Expectations over the Parquet of a run, through DuckDB.

DuckDB is no datasource Great Expectations supports: it reads results after the connection's next statement has
closed them. Each result is therefore buffered as soon as its statement has run. Great Expectations is imported
here and nowhere else, once, inside the one task that needs it: the import alone costs seconds.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from fundeval.core.engine import MEMORY_LIMIT, literal
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.suites import Check


class BufferedCursor:
    """A cursor whose rows are already read, so that the next statement cannot close them."""

    def __init__(self, cursor: Any) -> None:
        """Read every row of ``cursor``."""
        self.connection = getattr(cursor, "connection", None)
        self.description = list(cursor.description) if cursor.description else None
        self._rows = cursor.fetchall() if self.description else []
        self._at = 0
        self.rowcount = len(self._rows)
        self.arraysize = 1
        self.lastrowid = None

    def fetchone(self) -> Any:
        """Return the next row, None at the end."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return up to ``size`` further rows."""
        rows = self._rows[self._at : self._at + (size or self.arraysize)]
        self._at += len(rows)
        return list(rows)

    def fetchall(self) -> list[Any]:
        """Return all further rows."""
        return self.fetchmany(len(self._rows) + 1)

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []


@contextmanager
def _run_database(run: RunFolder, fund_year: FundYear, tables: Iterable[str]) -> Iterator[Any]:
    """Open a Great Expectations datasource whose tables are the staging tables of the run."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
    import great_expectations as gx
    from sqlalchemy import event, text

    context = gx.get_context(mode="ephemeral")
    progress: Any = {"globally": False}
    context.variables.progress_bars = progress
    name = f"duckdb:///:memory:fundeval{uuid.uuid4().hex}"
    source = context.data_sources.add_or_update_sql(
        name="run", connection_string=name, create_temp_table=False
    )
    engine = source.get_execution_engine().engine

    def buffer_rows(
        _conn: Any, cursor: Any, _sql: str, _parameters: Any, execution: Any, _many: bool
    ) -> None:
        execution.cursor = BufferedCursor(cursor)

    event.listen(engine, "after_cursor_execute", buffer_rows)
    test_engine = source.get_engine()
    if test_engine is not engine:
        event.listen(test_engine, "after_cursor_execute", buffer_rows)
    with engine.connect() as keep:
        statements = [
            f"set memory_limit = {literal(MEMORY_LIMIT)}",
            "set threads = 2",
            *_views(run, fund_year, tables),
        ]
        for statement in statements:
            keep.execute(text(statement.replace(":", r"\:")))
        keep.commit()
        yield context, source
    engine.dispose()


def _views(run: RunFolder, fund_year: FundYear, tables: Iterable[str]) -> Iterator[str]:
    yield "create schema staging"
    yield "create schema run"
    yield facts_view(run, fund_year)
    for table in tables:
        path = literal(str(run.table_path("staging", table)))
        yield f"create view staging.{table} as select * from read_parquet({path})"
        yield f"create view {table} as select * from read_parquet({path})"


def facts_view(run: RunFolder, fund_year: FundYear) -> str:
    """Return the statement that creates ``run.facts``: one row of what the fund-year says and public rows hide.

    Whether the fund paid for classified projects is a single yes or no; none of their rows comes through.
    """
    return (
        f"create or replace view run.facts as select {literal(fund_year.fund)} as fund, {fund_year.year} as year, "
        f"date '{fund_year.first_day}' as first_day, date '{fund_year.last_day}' as last_day, "
        f"{_paid_for_classified(run)} as has_classified_payments"
    )


def _paid_for_classified(run: RunFolder) -> str:
    if not (run.has("restricted", "vouchers") and run.has("staging", "budget_approval")):
        return "false"
    vouchers, approval = (
        run.table_path("restricted", "vouchers"),
        run.table_path("staging", "budget_approval"),
    )
    return (
        f"exists (select 1 from read_parquet({literal(str(vouchers))}) where fund_name in "
        f"(select fund_name from read_parquet({literal(str(approval))})))"
    )


def run_expectations(run: RunFolder, fund_year: FundYear, checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Run the checks over the staging tables of a run.

    Args:
        run: The run.
        fund_year: The fund-year, for ``run.facts``.
        checks: The checks; every table they name must exist.

    Returns:
        One row per check: id, table, expectation, severity, success, rows_checked, rows_wrong, error.
    """
    by_table: dict[str, list[Check]] = {}
    for check in checks:
        by_table.setdefault(check.table, []).append(check)
    tables = sorted(
        set(run.tables("staging")) - {name for name in run.tables("staging") if "stated_totals" in name}
    )
    results: list[dict[str, Any]] = []
    with _run_database(run, fund_year, tables) as (context, source):
        import great_expectations as gx

        for table, listed in by_table.items():
            asset = source.add_table_asset(name=table, table_name=table)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            suite = gx.ExpectationSuite(name=table, expectations=[_expectation(check) for check in listed])
            context.suites.add(suite)
            validation = batch.validate(suite, result_format="SUMMARY")
            by_id = {check.id: check for check in listed}
            results += [_result(by_id, outcome) for outcome in validation.results]
    return results


def _expectation(check: Check) -> Any:
    # Its own signatures do not admit keyword arguments gathered in a dictionary.
    gxe: Any = import_module("great_expectations.expectations")
    common = {"severity": check.severity, "meta": {"id": check.id}, "description": check.message}
    makers: dict[str, Callable[[], Any]] = {
        "not_null": lambda: gxe.ExpectColumnValuesToNotBeNull(column=check.column, **common),
        "in_set": lambda: gxe.ExpectColumnValuesToBeInSet(
            column=check.column, value_set=list(check.values), **common
        ),
        "exactly_one_row": lambda: gxe.ExpectTableRowCountToEqual(value=1, **common),
    }
    if check.check == "unique" and len(check.columns) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=check.columns[0], **common)
    if check.check in makers:
        return makers[check.check]()
    query = f"select * from {{batch}} where {check.condition('staging')}"
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)


def _result(by_id: dict[str, Check], outcome: Any) -> dict[str, Any]:
    check = by_id[outcome.expectation_config.meta["id"]]
    raised = outcome.exception_info or {}
    error = "" if "raised_exception" in raised and not raised["raised_exception"] else _first_error(raised)
    result = outcome.result or {}
    wrong = result.get("unexpected_count")
    if wrong is None and check.check not in ("exactly_one_row",):
        observed = result.get("observed_value")
        wrong = observed if isinstance(observed, int) else None
    return {
        "id": check.id,
        "table": check.table,
        "expectation": outcome.expectation_config.type,
        "severity": check.severity,
        "success": bool(outcome.success),
        "rows_checked": result.get("element_count"),
        "rows_wrong": wrong,
        "error": error,
    }


def _first_error(raised: dict[str, Any]) -> str:
    if raised.get("raised_exception"):
        return str(raised.get("exception_message"))
    for detail in raised.values():
        if isinstance(detail, dict) and detail.get("raised_exception"):
            return str(detail.get("exception_message"))
    return ""
