"""What a finished stage tells Airflow's metrics (StatsD or OpenTelemetry): rows, rules, seconds.

Names hold the stage, so that a StatsD without tags can tell them apart; fund and year are tags. Values are counts: no
name of a project or file ever goes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk.observability.stats import incr, timing

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError
from fundeval.core.rooms import RunFolder
from fundeval.reuse import INGEST

PREFIX = "fundeval"
_RULE_TABLES = {"check_quality": "gate_rules", "examine": "rules"}


def count_success(stage: str, context: RunContext, result: Mapping[str, Any]) -> None:
    """Send what a stage that ended well has done; work that was left standing counts as nothing but seconds."""
    tags = _tags(context)
    timing(f"{PREFIX}.{stage}.seconds", float(result["seconds"]) * 1000, tags=tags)
    if result["unchanged"]:
        incr(f"{PREFIX}.{stage}.unchanged", 1, tags=tags)
    else:
        _count(stage, context)


def count_failure(stage: str, context: RunContext, error: Exception) -> None:
    """Send what a stage that failed had found until then."""
    if isinstance(error, InputError):
        incr(f"{PREFIX}.{stage}.problems", len(error.problems), tags=_tags(context))
    _count(stage, context)


def _count(stage: str, context: RunContext) -> None:
    for name, value in counts_of(stage, context.run).items():
        incr(f"{PREFIX}.{stage}.{name}", value, tags=_tags(context))


def counts_of(stage: str, run: RunFolder) -> dict[str, int]:
    """Return what a stage's tables count: rows read and rejected of an ingest, rules failed of an examination."""
    if stage.startswith(INGEST):
        ledger = run.rows("checks", f"ingest_{stage.removeprefix(INGEST)}")
        return {
            "rows_read": sum(row["rows_accepted"] for row in ledger),
            "rows_rejected": sum(row["rows_rejected"] for row in ledger),
        }
    table = _RULE_TABLES.get(stage)
    if table is None:
        return {}
    return {"rules_failed": sum(row["outcome"] == "fail" for row in run.rows("checks", table))}


def _tags(context: RunContext) -> dict[str, str]:
    return {"fund": context.fund_year.fund, "year": str(context.fund_year.year)}
