"""The alert before the day a report is due: which day it is for a run, and the warning that goes out."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from fundeval.core.errors import FundevalError
from fundeval.core.funds import load_fund
from fundeval.core.fundyear import FundYear

CHINA = ZoneInfo("Asia/Shanghai")
WARNING_DAYS = 10
GRACE_MINUTES_VARIABLE = "FUNDEVAL_DEADLINE_GRACE_MINUTES"
_GRACE_MINUTES = 60
# Airflow adds it to what the reference returns.
_INTERVAL = dt.timedelta(days=-WARNING_DAYS)


class ReportDue(BaseDeadlineReference):
    """The day the report of a run's fund-year is due, by the fund's ``report_due``; none where none is set.

    A run that starts after that day is a correction of a year long reported and is not warned about.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str, **_: Any) -> dt.datetime | None:
        """Return when the warning's day is counted from, UTC; called where a new run is created."""
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        found = session.execute(
            select(DagRun.conf, DagRun.run_after).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        ).first()
        if found is None:
            return None
        conf, started = found
        due = due_of(conf or {})
        return _counted_from(due, started) if due is not None and due > started else None


def _counted_from(due: dt.datetime, started: dt.datetime) -> dt.datetime:
    """Return the day that is due; later for a run that starts near it, which is given time to end first."""
    warned = max(due + _INTERVAL, min(started + _grace(), due))
    return warned - _INTERVAL


def _grace() -> dt.timedelta:
    """Return how long a run that starts near the day may work before it is warned about."""
    try:
        return dt.timedelta(minutes=float(os.environ.get(GRACE_MINUTES_VARIABLE, _GRACE_MINUTES)))
    except (ValueError, OverflowError):
        return dt.timedelta(minutes=_GRACE_MINUTES)


def due_of(conf: dict[str, Any]) -> dt.datetime | None:
    """Return the end of the day the report is due, from a run's form; None where the fund sets no day.

    Args:
        conf: The run's form, with ``fund`` and ``year``.
    """
    day = day_of(conf)
    return None if day is None else dt.datetime.combine(day, dt.time.max, CHINA).astimezone(dt.UTC)


def day_of(conf: dict[str, Any]) -> dt.date | None:
    """Return the day the report is due, in China, from a run's form; None where the fund sets no day.

    Args:
        conf: The run's form, with ``fund`` and ``year``.
    """
    try:
        fund_year = FundYear(str(conf["fund"]), int(conf["year"]))
        return load_fund(fund_year.fund).report_due_on(fund_year.year)
    except (KeyError, ValueError, FundevalError):
        # The run itself says what is wrong with its form; a deadline must not keep it from being created.
        return None


async def warn(context: dict[str, Any], **_: Any) -> None:
    """Send the warning that a run has not published and its day is near; runs in the triggerer."""
    from fundeval.airflow.notices import deadline_near

    await deadline_near(context)


def alert() -> DeadlineAlert:
    """Return the alert of a DAG: so many days before the day a run's report is due, unless it has ended."""
    return DeadlineAlert(
        reference=ReportDue(),
        interval=_INTERVAL,
        callback=AsyncCallback(warn),
        name="报告报送期限",
    )
