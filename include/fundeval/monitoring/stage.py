"""Looks at a fund-year before it is over: money released and paid so far, and what will likely be left.

The basis is 《中央部门预算绩效运行监控管理暂行办法》(财预〔2019〕136号) and what provinces made of it: execution is
held against the calendar up to the day looked at, and the projects that fall behind are named.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, write_query
from fundeval.core.errors import ConfigurationError, InputError, Problem
from fundeval.core.funds import load_fund
from fundeval.core.places import sql_folder
from fundeval.monitoring.note import write_note
from fundeval.sources.ingest import ingest
from fundeval.storage.work import at_work

KINDS = ("budget_plan", "treasury_payments", "quota_releases")
# In the order in which they read each other.
MODELS = ("monitor_projects", "monitor_units", "monitor_months", "monitor_fund")
# A project counts as behind when its execution rate is so many percentage points below the part of the year gone.
LAG_POINTS = 20


def monitor(context: RunContext, as_of: dt.date) -> dict[str, Any]:
    """Read the three kinds of file that exist mid-year, measure, and write the note.

    The run's own folder takes tables (``marts/monitor_*``) and note (``monitoring/``); nothing is published.

    Args:
        context: The run, of its own: ``monitor_context`` makes one.
        as_of: Last day that counts, within the year.

    Returns:
        as_of, projects, projects_behind, the sums as texts in 元, execution and calendar in %, and the folder.

    Raises:
        ConfigurationError: The fund is not registered or the day is not in its year.
        InputError: With every problem of the three files.
    """
    title = load_fund(context.fund_year.fund).title
    year = context.fund_year
    if not year.first_day <= as_of <= year.last_day:
        raise ConfigurationError(f"监控日期{as_of}不在{year.year}年度之内。")
    folder = context.run.path / "monitoring"
    with at_work(context):
        _read(context)
        measure_to_date(context, as_of)
        write_note(context.run, folder, f"{title}{year.year}年度绩效运行监控", LAG_POINTS)
    (fund,) = context.run.rows("marts", "monitor_fund")
    return {**{name: str(value) for name, value in fund.items()}, "folder": context.rooms.place(folder)}


def measure_to_date(context: RunContext, as_of: dt.date) -> None:
    """Make the monitoring tables of a run from its staging tables.

    Args:
        context: The run, with plan, releases, vouchers and budget approval in its staging layer.
        as_of: Last day that counts.
    """
    year = context.fund_year
    parameters = {
        "first_day": year.first_day,
        "as_of": as_of,
        "elapsed_days": (as_of - year.first_day).days + 1,
        "year_days": (year.last_day - year.first_day).days + 1,
        "lag_points": LAG_POINTS,
    }
    for name in MODELS:
        statement = (sql_folder() / "monitoring" / f"{name}.sql").read_text(encoding="utf-8")
        with engine(context.run, layers=("staging", "marts")) as connection:
            write_query(connection, statement, parameters, context.run, "marts", name)


def monitor_context(context: RunContext, as_of: dt.date) -> RunContext:
    """Return the run a look at a day has for itself; the same day is the same run."""
    return replace(context, run_id=f"monitor__{as_of.isoformat()}")


def last_month_end(moment: dt.date) -> dt.date:
    """Return the last day of the month before: the last whole month whose exports are complete."""
    return moment.replace(day=1) - dt.timedelta(days=1)


def _read(context: RunContext) -> None:
    """Read every kind, so that all problems are told at once."""
    problems: list[Problem] = []
    for kind in KINDS:
        try:
            ingest(context, kind)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
