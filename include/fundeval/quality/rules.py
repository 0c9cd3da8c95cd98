"""Examines a run by the rules of the catalogue: pass, fail with the rows, or not applicable with why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb
import pyarrow as pa

from fundeval.core.engine import engine, first_row, query
from fundeval.core.errors import DisclosureError
from fundeval.core.rooms import RunFolder
from fundeval.core.shared import keep_shared, provide, show_kept
from fundeval.quality.catalogue import Rule
from fundeval.quality.entries import Need
from fundeval.quality.table_checks import contract_tables

Outcome = Literal["pass", "fail", "not_applicable"]

OUTCOME_ZH: dict[Outcome, str] = {"pass": "通过", "fail": "不通过", "not_applicable": "不适用"}

# From here on a statement that only tells whether there is anything to find is run before the one that finds it.
_MANY_ROWS = 100_000

# Every rule selects these columns. ``law`` picks among the provisions of the rule's entry.
ROW_SCHEMA = pa.schema(
    [
        ("project_code", pa.string()),
        ("project_name", pa.string()),
        ("category", pa.string()),
        ("benefit_code", pa.string()),
        ("found", pa.string()),
        ("expected", pa.string()),
        ("difference", pa.decimal128(18, 2)),
        ("difference_unit", pa.string()),
        ("identity", pa.string()),
        ("detail", pa.string()),
        ("law", pa.string()),
        ("source_file", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Examination:
    """What a rule made of a run.

    Attributes:
        rule: The rule.
        outcome: ``pass``, ``fail`` or ``not_applicable``.
        reason: Chinese reason where it is not applicable.
        examined: Number of public rows the rule is about.
        found: The offending public rows, by the fixed aliases.
        sealed: The places of offending rows of classified projects, under the same aliases.
    """

    rule: Rule
    outcome: Outcome
    reason: str = ""
    examined: int = 0
    found: pa.Table = field(default_factory=ROW_SCHEMA.empty_table, repr=False)
    sealed: pa.Table = field(default_factory=ROW_SCHEMA.empty_table, repr=False)

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The offending public rows as dictionaries."""
        return tuple(self.found.to_pylist())


def examine(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    parameters: Mapping[str, Any],
    year: int,
    *,
    incomplete: Collection[str] = (),
    known_sound: bool = False,
    there: Collection[str] | None = None,
) -> Examination:
    """Examine the tables an engine shows by one rule.

    Args:
        connection: Engine with the layers of a run, and :func:`show_whole`.
        rule: The rule.
        parameters: What rules may bind, see :meth:`fundeval.core.funds.FundScheme.parameters`.
        year: Year that is examined.
        incomplete: Staging tables that lack rows of their file. Against one of them sound rows would be called
            wrong, because their partner was not read.
        known_sound: Whether Great Expectations has already found no public row wrong.
        there: Every ``<layer>.<table>`` the engine shows; asked of the engine where it is not given.

    Raises:
        DisclosureError: A rule that sums classified rows too told a project instead of a sum.
    """
    if not rule.in_force(year):
        return Examination(rule, "not_applicable", f"本规则不适用于{year}年度")
    shown = _tables(connection) if there is None else there
    unusable = _unusable(rule, shown, incomplete)
    if unusable:
        return Examination(rule, "not_applicable", f"缺少可用的数据:{'、'.join(unusable)}")
    first, *others = rule.entry.needs
    examined = _count(connection, first, parameters)
    missing = [] if examined else [first.otherwise]
    missing += [need.otherwise for need in others if not _is_met(connection, need, parameters)]
    asks_sealed = bool(rule.sealed_sql) and not rule.sealed_tables.difference(shown)
    if missing and not (asks_sealed and _has_sealed(connection, rule)):
        return Examination(rule, "not_applicable", ";".join(missing))
    is_sound = known_sound or (examined > _MANY_ROWS and not _finds_any(connection, rule, parameters))
    found = ROW_SCHEMA.empty_table() if is_sound else _select(connection, rule.sql, parameters)
    sealed = _select(connection, rule.sealed_sql, parameters) if asks_sealed else ROW_SCHEMA.empty_table()
    if rule.is_sealed and any(
        found.column(name).null_count < len(found) for name in ("project_code", "project_name")
    ):
        raise DisclosureError(f"规则{rule.id}含涉密项目的金额,只能给出合计,不能列出项目。")
    outcome: Outcome = "fail" if len(found) or len(sealed) else "pass"
    return Examination(rule, outcome, "", examined, found, sealed)


def _finds_any(connection: duckdb.DuckDBPyConnection, rule: Rule, parameters: Mapping[str, Any]) -> bool:
    """Tell whether a check of a column or table finds any public row; of other rules, that it may."""
    if rule.check is None:
        return True
    statement = rule.check.any_wrong("staging")
    provide(connection, statement, parameters)
    return bool(query(connection, statement, parameters)["found"][0].as_py())


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    listed = connection.execute("select table_schema || '.' || table_name from information_schema.tables")
    return {name for (name,) in listed.fetchall()}


def _unusable(rule: Rule, there: Collection[str], incomplete: Collection[str]) -> list[str]:
    """Return the Chinese names of tables the rule cannot do without.

    A check of one table may be asked of the rows that are there, even where others could not be read.
    """
    own = f"staging.{rule.check.table}" if rule.check else ""
    lacking = {table for table in rule.tables if table.split(".")[1] in incomplete and table != own}
    # Restricted tables exist only where something is classified; models over them take the public twin's columns.
    needed = {table for table in rule.tables if not table.startswith("restricted.")}
    titles = contract_tables()
    names = sorted({table.split(".")[1] for table in needed.difference(there) | lacking})
    return [titles.get(name, name) for name in names]


def _has_sealed(connection: duckdb.DuckDBPyConnection, rule: Rule) -> bool:
    table = rule.check.table if rule.check else ""
    return bool(first_row(connection, f"select count(*) from restricted.{table}")[0])


def _select(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
    provide(connection, sql, parameters)
    return query(connection, sql, parameters).select(ROW_SCHEMA.names).cast(ROW_SCHEMA)


def _count(connection: duckdb.DuckDBPyConnection, need: Need, parameters: Mapping[str, Any]) -> int:
    return int(query(connection, f"select count(*) as found {need.rows}", parameters)["found"][0].as_py())


def _is_met(connection: duckdb.DuckDBPyConnection, need: Need, parameters: Mapping[str, Any]) -> bool:
    if need.parameter is not None:
        return parameters[need.parameter] is not None
    return bool(query(connection, f"select exists ({need.rows}) as found", parameters)["found"][0].as_py())


def show_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Show public and classified rows of each staging table together, as ``whole.<table>``, for sums over both.

    ``row_layer`` says of each row which it is.
    """
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_schema in ('staging', 'restricted')"
    ).fetchall()
    connection.execute("create schema if not exists whole")
    for table in sorted({name for layer, name in tables if layer == "staging"}):
        layers = [layer for layer in ("staging", "restricted") if (layer, table) in tables]
        union = " union all by name ".join(
            f"select *, '{layer}' as row_layer from {layer}.\"{table}\"" for layer in layers
        )
        connection.execute(f'create or replace view whole."{table}" as {union}')


def _tables_behind(rules: Iterable[Rule]) -> set[str]:
    """Return every table some rules read; of a table read as a whole, both its halves."""
    named = {table for rule in rules for table in (*rule.tables, *rule.sealed_tables)}
    halves = {f"{layer}.{_name(table)}" for table in named for layer in ("staging", "restricted")}
    return named | {half for half in halves if f"whole.{_name(half)}" in named}


def _name(table: str) -> str:
    return table.partition(".")[2]


def examine_run(
    run: RunFolder,
    rules: Iterable[Rule],
    parameters: Mapping[str, Any],
    *,
    incomplete: Collection[str] = (),
    known_sound: Collection[str] = (),
    keeps: bool = False,
) -> Iterator[Examination]:
    """Examine a run by rules, one after the other, so that no more than one rule's rows are in memory.

    Args:
        run: The run.
        rules: The rules; those that need measures only where the marts are there.
        parameters: What rules may bind.
        incomplete: See :func:`examine`.
        known_sound: Rules by which Great Expectations has found no public row wrong.
        keeps: Whether to keep shared tables for later stages.
    """
    listed = list(rules)
    tables = _tables_behind(listed)
    layers = ("staging", "restricted", "marts", "checks")
    with engine(run, layers=layers, tables=tables, holds_small=True) as connection:
        show_whole(connection)
        show_kept(connection, run, parameters)
        there = frozenset(_tables(connection))
        for rule in listed:
            yield examine(
                connection,
                rule,
                parameters,
                run.fund_year.year,
                incomplete=incomplete,
                known_sound=rule.id in known_sound,
                there=there,
            )
        if keeps:
            keep_shared(connection, run, parameters)
