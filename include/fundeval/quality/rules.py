"""Examines a run by one rule of the catalogue: pass, fail with the rows, or not applicable with why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from fundeval.core.engine import first_row, query
from fundeval.quality.catalogue import Need, Rule

Outcome = Literal["pass", "fail", "not_applicable"]

OUTCOME_ZH: dict[Outcome, str] = {"pass": "通过", "fail": "不通过", "not_applicable": "不适用"}

# Every rule selects these columns, in this order. ``law`` picks among the provisions of the rule's entry.
ALIASES = (
    "project_code",
    "project_name",
    "category",
    "benefit_code",
    "found",
    "expected",
    "difference",
    "difference_unit",
    "identity",
    "detail",
    "law",
    "source_file",
    "source_sheet",
    "source_row",
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
        connection: Engine with the layers of a run; leave ``restricted`` out.
        rule: The rule.
        parameters: What rules may bind, see :meth:`fundeval.core.funds.FundScheme.parameters`.
        year: Year that is examined.
    """
    if not rule.in_force(year):
        return Examination(rule, "not_applicable", f"本规则不适用于{year}年度")
    counts = [_count(connection, need) for need in rule.entry.needs]
    missing = [need.otherwise for need, count in zip(rule.entry.needs, counts, strict=True) if not count]
    if missing:
        return Examination(rule, "not_applicable", ";".join(missing))
    rows = tuple(query(connection, rule.sql, parameters).select(list(ALIASES)).to_pylist())
    return Examination(rule, "fail" if rows else "pass", "", counts[0], rows)


def _count(connection: duckdb.DuckDBPyConnection, need: Need) -> int:
    return int(
        first_row(connection, f"select count(*) from {need.table} where {need.condition}", need.values)[0]
    )
