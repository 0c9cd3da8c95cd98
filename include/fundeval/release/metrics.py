"""The table of metrics: one row per metric of the dictionary, computed from the facts of the run."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundeval.core.money import rate_pct, round_half_up
from fundeval.release.dictionary import Metric
from fundeval.release.fields import Row, plain

Facts = Mapping[str, Any]


def metric_row(metric: Metric, facts: Facts) -> Row:
    """Return one row of the table of metrics.

    Args:
        metric: The metric as the dictionary defines it.
        facts: One row with every scalar: ``marts.fund_facts`` and ``scores.total``; money in 元.
    """
    numerator, denominator = _fraction(metric, facts)
    value = rate_pct(numerator, denominator) if metric.kind == "rate" else facts[metric.value]
    return {
        "metric": metric.metric,
        "value": value_text(metric, value),
        "unit": metric.unit or None,
        "numerator": None if numerator is None else plain(numerator),
        "denominator": None if denominator is None else plain(denominator),
        "definition": metric.definition,
    }


def value_text(metric: Metric, value: Any) -> str | None:
    """Write a value the way its kind asks: two decimals for money, rates and scores, none for counts."""
    if value is None:
        return None
    if metric.kind == "grade":
        return str(value)
    if metric.kind == "count":
        return str(int(value))
    return f"{round_half_up(Decimal(value)):f}"


def names_used(metric: Metric) -> list[str]:
    """Return the columns of the facts a metric needs."""
    return [name for name in (metric.value, metric.numerator, metric.less, metric.denominator) if name]


def _fraction(metric: Metric, facts: Facts) -> tuple[Decimal | None, Decimal | None]:
    if metric.kind != "rate" or facts[metric.numerator] is None or facts[metric.denominator] is None:
        return None, None
    less = facts[metric.less] if metric.less else 0
    return Decimal(facts[metric.numerator]) - Decimal(less or 0), Decimal(facts[metric.denominator])
