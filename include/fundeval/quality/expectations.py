"""Great Expectations over the Parquet of a run, through DuckDB.

DuckDB is no datasource Great Expectations supports: it reads results after the connection's next statement has
closed them. Each result is therefore buffered as soon as its statement has run. Great Expectations is imported
here and in the classes its Data Docs are rendered by (:mod:`fundeval.quality.data_docs_view`), and nowhere else: the
import alone costs seconds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fundeval.core.engine import MEMORY_LIMIT, literal
from fundeval.core.errors import SEVERITY_ZH, FundevalError, Severity
from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import Rule
from fundeval.quality.data_docs import DataDocs
from fundeval.quality.loading import load_great_expectations
from fundeval.quality.table_checks import TableCheck

# Marks a statement of which Great Expectations only looks at the first rows, so that no more are read.
_FIRST_ROWS = "/* first rows */"
_FIRST = 200


class CheckFailedError(FundevalError):
    """A check could not be carried out, which is a fault of this installation and not of a file."""


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations says about one expectation.

    Attributes:
        rule: Identifier of the rule it carries.
        severity: Severity of the expectation.
        success: Whether no row is wrong.
        rows_wrong: Number of wrong rows where it counts them; None where the table as a whole is wrong.
    """

    rule: str
    severity: Severity
    success: bool
    rows_wrong: int | None


class BufferedCursor:
    """A cursor whose rows are already read, so that the next statement cannot close them."""

    def __init__(self, cursor: Any, most: int | None = None) -> None:
        """Read the rows of ``cursor``, all or the first ``most``."""
        self.connection = getattr(cursor, "connection", None)
        self.description = list(cursor.description) if cursor.description else None
        self._rows: Sequence[Any] = []
        if self.description:
            self._rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
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


class Validator:
    """Validates tables of one run and keeps the results for its Data Docs."""

    def __init__(self, run: RunFolder, docs: DataDocs, context: Any, source: Any, connection: Any) -> None:
        """Work on the data source of one context."""
        self._run = run
        self._docs = docs
        self._context = context
        self._source = source
        self._connection = connection

    def check_columns(self, rules: Iterable[Rule]) -> list[Verdict]:
        """Validate staging tables by checks Great Expectations has expectations of its own for.

        Args:
            rules: Rules that are such checks; their tables must exist.
        """
        by_table: dict[str, list[tuple[Rule, TableCheck]]] = {}
        for rule in rules:
            if rule.check is not None:
                by_table.setdefault(rule.check.table, []).append((rule, rule.check))
        verdicts: list[Verdict] = []
        for table, listed in by_table.items():
            self._show("staging", table)
            expectations = [_native(check, _common(rule)) for rule, check in listed]
            verdicts += self._validate(table, expectations)
        return verdicts

    def check_rows(self, table: str, rules: Iterable[Rule]) -> list[Verdict]:
        """Validate that a table of ``checks`` holds no offending row.

        There is one expectation per rule, and one per severity for the places of rows of classified projects.

        The rule's statement has run once and written its rows to ``checks.<table>``; what Great Expectations counts
        is therefore exactly what is written, and nothing is computed a second time.
        """
        self._show("checks", table)
        gxe: Any = import_module("great_expectations.expectations")
        expectations = [
            gxe.UnexpectedRowsExpectation(
                unexpected_rows_query=f"select rule {_FIRST_ROWS} from {{batch}} where rule = '{rule.id}' "
                "and not is_classified",
                **_common(rule),
            )
            for rule in rules
        ]
        for severity, name in SEVERITY_ZH.items():
            expectations.append(
                gxe.UnexpectedRowsExpectation(
                    unexpected_rows_query=f"select rule {_FIRST_ROWS} from {{batch}} "
                    f"where severity = '{severity}' and is_classified",
                    severity=severity,
                    meta={"id": f"classified_{severity}"},
                    description=f"涉密项目的行:没有{name}问题(只检查,不列示)",
                )
            )
        return self._validate(table, expectations)

    def build_docs(self) -> None:
        """Build the Data Docs of everything validated in this run so far."""
        self._docs.build(self._context)

    def _show(self, layer: str, table: str) -> None:
        from sqlalchemy import text

        path = literal(str(self._run.table_path(layer, table)))
        statement = f"create or replace view {table} as select * from read_parquet({path})"
        self._connection.execute(text(statement.replace(":", r"\:")))
        self._connection.commit()

    def _validate(self, table: str, expectations: list[Any]) -> list[Verdict]:
        import great_expectations as gx

        asset = self._source.add_table_asset(name=table, table_name=table)
        batch = asset.add_batch_definition_whole_table("all")
        suite = self._context.suites.add(gx.ExpectationSuite(name=table, expectations=expectations))
        definition = self._context.validation_definitions.add(
            gx.ValidationDefinition(name=table, data=batch, suite=suite)
        )
        # No lists of values: they would repeat what a contract calls sensitive, and stop at 200 anyway.
        validation = definition.run(result_format={"result_format": "SUMMARY", "partial_unexpected_count": 0})
        return [_verdict(result) for result in validation.results]


@contextmanager
def validator_of(run: RunFolder, docs: DataDocs) -> Iterator[Validator]:
    """Open a Great Expectations context over the tables of a run, whose results are kept for ``docs``."""
    gx = load_great_expectations()
    from sqlalchemy import event

    context = gx.get_context(mode="ephemeral", project_config=docs.project_config())
    variables: Any = context.variables
    variables.progress_bars = {"globally": False}
    # A context in memory is saved nowhere, and yet written out as YAML with every table that is added.
    variables.save = lambda: None
    name = f"duckdb:///:memory:fundeval{uuid.uuid4().hex}"
    source = context.data_sources.add_or_update_sql(
        name="run", connection_string=name, create_temp_table=False
    )
    engine = source.get_execution_engine().engine

    def buffer_rows(_conn: Any, cursor: Any, sql: str, _parameters: Any, execution: Any, _many: bool) -> None:
        execution.cursor = BufferedCursor(cursor, _FIRST if _FIRST_ROWS in sql else None)

    event.listen(engine, "after_cursor_execute", buffer_rows)
    test_engine = source.get_engine()
    if test_engine is not engine:
        event.listen(test_engine, "after_cursor_execute", buffer_rows)
    with engine.connect() as connection:
        for statement in (f"set memory_limit = {literal(MEMORY_LIMIT)}", "set threads = 2"):
            connection.exec_driver_sql(statement)
        connection.commit()
        yield Validator(run, docs, context, source, connection)
    engine.dispose()


def _common(rule: Rule) -> dict[str, Any]:
    entry = rule.entry
    return {
        "severity": entry.severity,
        "meta": {"id": rule.id},
        "description": f"{entry.title}({SEVERITY_ZH[entry.severity]},{rule.id}):{entry.message}",
    }


def _native(check: TableCheck, common: dict[str, Any]) -> Any:
    # Its own signatures do not admit keyword arguments gathered in a dictionary.
    gxe: Any = import_module("great_expectations.expectations")
    makers: dict[str, Callable[[], Any]] = {
        "not_null": lambda: gxe.ExpectColumnValuesToNotBeNull(column=check.column, **common),
        "in_set": lambda: gxe.ExpectColumnValuesToBeInSet(
            column=check.column, value_set=list(check.values), **common
        ),
        "unique": lambda: gxe.ExpectColumnValuesToBeUnique(column=check.columns[0], **common),
        "exactly_one_row": lambda: gxe.ExpectTableRowCountToEqual(value=1, **common),
    }
    return makers[check.check]()


def _verdict(result: Any) -> Verdict:
    config = result.expectation_config
    error = _first_error(result.exception_info or {})
    if error:
        raise CheckFailedError(f"质量检查未能完成:{config.meta['id']}:{error}")
    told = result.result or {}
    wrong = told.get("unexpected_count")
    if wrong is None and config.type == "unexpected_rows_expectation":
        wrong = told.get("observed_value")
    return Verdict(config.meta["id"], config.severity, bool(result.success), wrong)


def _first_error(raised: dict[str, Any]) -> str:
    details = [raised, *(detail for detail in raised.values() if isinstance(detail, dict))]
    return next((str(each.get("exception_message")) for each in details if each.get("raised_exception")), "")
