"""The alert before the day a report is due: which day it is for a run, and the warning that goes out."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from fundeval.core.errors import FundevalError
from fundeval.core.funds import load_fund
from fundeval.core.fundyear import FundYear

CHINA = ZoneInfo("Asia/Shanghai")
WARNING_DAYS = 10


class ReportDue(BaseDeadlineReference):
    """The day the report of a run's fund-year is due, by the fund's ``report_due``; none where none is set.

    A run that starts after that day is a correction of a year long reported and is not warned about.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str, **_: Any) -> dt.datetime | None:
        """Return when the warning's day is counted from, UTC; called by the scheduler for a new run."""
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        found = session.execute(
            select(DagRun.conf, DagRun.run_after).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        ).first()
        if found is None:
            return None
        conf, started = found
        due = due_of(conf or {})
        return due if due is not None and due > started else None


def due_of(conf: dict[str, Any]) -> dt.datetime | None:
    """Return the end of the day the report is due, from a run's form; None where the fund sets no day.

    Args:
        conf: The run's form, with ``fund`` and ``year``.
    """
    try:
        fund_year = FundYear(str(conf["fund"]), int(conf["year"]))
        day = load_fund(fund_year.fund).report_due_on(fund_year.year)
    except (KeyError, ValueError, FundevalError):
        # The run itself says what is wrong with its form; a deadline must not keep it from being created.
        return None
    return None if day is None else dt.datetime.combine(day, dt.time.max, CHINA).astimezone(dt.UTC)


async def warn(context: dict[str, Any], **_: Any) -> None:
    """Send the warning that a run has not published and its day is near; runs in the triggerer."""
    from fundeval.airflow.notices import deadline_near

    await deadline_near(context)


def alert() -> DeadlineAlert:
    """Return the alert of a DAG: so many days before the day a run's report is due, unless it has ended."""
    return DeadlineAlert(
        reference=ReportDue(),
        interval=dt.timedelta(days=-WARNING_DAYS),
        callback=AsyncCallback(warn),
        name="报告报送期限",
    )
