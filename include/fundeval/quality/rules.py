"""Examines a run by the rules of the catalogue: pass, fail with the rows, or not applicable with why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb
import pyarrow as pa

from fundeval.core.engine import engine, query
from fundeval.core.errors import DisclosureError
from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import Catalogue, Need, Rule

Outcome = Literal["pass", "fail", "not_applicable"]

OUTCOME_ZH: dict[Outcome, str] = {"pass": "通过", "fail": "不通过", "not_applicable": "不适用"}

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
RULES_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("version", pa.int32()),
        ("title", pa.string()),
        ("severity", pa.string()),
        ("topic", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("rows_examined", pa.int64()),
        ("rows_found", pa.int64()),
    ]
)
FOUND_SCHEMA = pa.schema(
    [("rule", pa.string()), ("severity", pa.string()), *ROW_SCHEMA, ("legal_basis", pa.string())]
)


@dataclass(frozen=True)
class Examination:
    """What a rule made of a run.

    Attributes:
        rule: The rule.
        outcome: ``pass``, ``fail`` or ``not_applicable``.
        reason: Chinese reason where it is not applicable.
        examined: Number of rows the rule is about.
        rows: The offending rows, by the fixed aliases.
    """

    rule: Rule
    outcome: Outcome
    reason: str = ""
    examined: int = 0
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def examine(
    connection: duckdb.DuckDBPyConnection, rule: Rule, parameters: Mapping[str, Any], year: int
) -> Examination:
    """Examine the tables an engine shows by one rule.

    Args:
        connection: Engine with the layers of a run; for a sealed rule also :func:`show_whole`.
        rule: The rule.
        parameters: What rules may bind, see :meth:`fundeval.core.funds.FundScheme.parameters`.
        year: Year that is examined.

    Raises:
        DisclosureError: A rule that sums classified rows too told a project instead of a sum.
    """
    if not rule.in_force(year):
        return Examination(rule, "not_applicable", f"本规则不适用于{year}年度")
    counts = [_count(connection, need, parameters) for need in rule.entry.needs]
    missing = [need.otherwise for need, count in zip(rule.entry.needs, counts, strict=True) if not count]
    if missing:
        return Examination(rule, "not_applicable", ";".join(missing))
    found = query(connection, rule.sql, parameters).select(ROW_SCHEMA.names).cast(ROW_SCHEMA)
    rows = tuple(found.to_pylist())
    if rule.is_sealed and any(row["project_code"] or row["project_name"] for row in rows):
        raise DisclosureError(f"规则{rule.id}含涉密项目的金额,只能给出合计,不能列出项目。")
    return Examination(rule, "fail" if rows else "pass", "", counts[0], rows)


def _count(connection: duckdb.DuckDBPyConnection, need: Need, parameters: Mapping[str, Any]) -> int:
    if need.parameter is not None:
        return int(parameters[need.parameter] is not None)
    return int(query(connection, need.count, parameters)["found"][0].as_py())


def show_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Show public and classified rows of each staging table together, as ``whole.<table>``, for sums over both."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_schema in ('staging', 'restricted')"
    ).fetchall()
    connection.execute("create schema if not exists whole")
    for table in sorted({name for layer, name in tables if layer == "staging"}):
        layers = [layer for layer in ("staging", "restricted") if (layer, table) in tables]
        union = " union all by name ".join(f'select * from {layer}."{table}"' for layer in layers)
        connection.execute(f'create or replace view whole."{table}" as {union}')


def examine_run(
    run: RunFolder, catalogue: Catalogue, parameters: Mapping[str, Any], *, measured: bool
) -> list[Examination]:
    """Examine a run by every rule that can run at this point.

    Args:
        run: The run.
        catalogue: The rules.
        parameters: What rules may bind.
        measured: Whether the marts are there; without them, rules that need measures are left out.
    """
    layers = ("staging", "restricted", "marts") if measured else ("staging", "restricted")
    with engine(run, layers=layers) as connection:
        show_whole(connection)
        return [
            examine(connection, rule, parameters, run.fund_year.year)
            for rule in catalogue.rules
            if measured or not rule.reads_marts
        ]


def write_examinations(run: RunFolder, examinations: Iterable[Examination]) -> None:
    """Write ``checks/rules`` (one row per rule, with outcome and counts) and ``checks/rule_rows`` (every row found)."""
    listed = list(examinations)
    year = run.fund_year.year
    rules = [
        {
            "rule": each.rule.id,
            "version": each.rule.entry.version,
            "title": each.rule.entry.title,
            "severity": each.rule.entry.severity,
            "topic": each.rule.entry.topic,
            "outcome": each.outcome,
            "reason": each.reason,
            "rows_examined": each.examined,
            "rows_found": len(each.rows),
        }
        for each in listed
    ]
    found = [
        {
            "rule": each.rule.id,
            "severity": each.rule.entry.severity,
            **row,
            "legal_basis": each.rule.legal_text(year, row["law"]),
        }
        for each in listed
        for row in each.rows
    ]
    run.write("checks", "rules", pa.Table.from_pylist(rules, RULES_SCHEMA))
    run.write("checks", "rule_rows", pa.Table.from_pylist(found, FOUND_SCHEMA))
