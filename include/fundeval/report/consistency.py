"""The gate before a report is written: its tables must add up to the figures its sentences state."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fundeval.core.errors import ReleaseError
from fundeval.report.published import Published
from fundeval.report.summary import Scored, money_of


def require_consistent(data: Published) -> None:
    """Refuse a dataset whose rows and metrics contradict each other.

    Raises:
        ReleaseError: Naming every metric that differs, with both values.
    """
    problems = [
        f"{table}表合计{added},指标{metric}为{data.metrics[metric].value or '空'}"
        for metric, table, added in _sums(data)
        if (data.number(metric) or Decimal(0)) != added
    ]
    if problems:
        raise ReleaseError("数据集自相矛盾,未生成报告:" + ";".join(problems) + "。")


def _sums(data: Published) -> Iterator[tuple[str, str, Decimal]]:
    """Give metric, table and what the table's rows add up to."""
    classified = [data.classified] if data.classified else []
    everything = money_of([*data.projects, *classified])
    yield "released", "projects", everything.released
    yield "paid", "projects", everything.paid
    yield "carry_over", "projects", everything.carry_over
    yield "projects", "projects", len(data.projects) + (data.number("projects_classified") or Decimal(0))
    yield "paid", "months", sum((row.paid for row in data.months), Decimal(0))
    yield "score", "indicators", Scored("", data.indicators).score
    yield "service_indicators", "services", Decimal(len(data.services))
    yield "service_indicators_met", "services", Decimal(sum(row.is_met is True for row in data.services))
