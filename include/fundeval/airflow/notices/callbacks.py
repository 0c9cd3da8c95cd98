"""What Airflow calls when a task has failed for good, a run took too long, or a report's day is near."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import BaseNotifier

from fundeval.airflow.contexts import run_context
from fundeval.airflow.deadline import day_of
from fundeval.airflow.notices import told
from fundeval.airflow.notices.causes import Notice, about, notices_of, permitted
from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError
from fundeval.release.versions import latest_release
from fundeval.storage.visible import is_release_record

_log = logging.getLogger(__name__)
# How a run without a release stands, by Airflow's name of its state.
_STATES = {"queued": "正在排队", "failed": "已失败"}


class FailureNotifier(BaseNotifier):
    """Tells people of a failure, once per cause: as ``on_failure_callback`` of tasks, or of a DAG for its time limit.

    A task that fails because one before it failed is not run, and tells nothing; those that fail by one cause are
    told by the first of them.
    """

    # Nothing of a failure is a template.
    template_fields = ()

    def notify(self, context: Any) -> None:
        """Tell what the context holds."""
        form = _form(context)
        fund_year = _fund_year(form)
        run = str(context.get("run_id") or "")
        task = context.get("task")
        if task is None:
            notices = _of_run(context, fund_year, run)
        else:
            stage = str(getattr(task, "stage", task.task_id))
            notices = notices_of(context.get("exception"), stage, fund_year, run)
        tell(notices, _evaluation(form, run), context)


async def deadline_near(context: Mapping[str, Any]) -> None:
    """Tell that the day a report is due is near and its run has not published; called in the triggerer.

    Nothing is told where a release of the fund-year stands: another run has published it, or this one corrects it.
    """
    # The triggerer waits for many at once; reading files and sending would hold all of them.
    await asyncio.to_thread(_tell_of_deadline, context)


def _tell_of_deadline(context: Mapping[str, Any]) -> None:
    # What the scheduler says of the run, the way the API shows one.
    run = context.get("dag_run") or {}
    conf, identifier = run.get("conf") or {}, str(run.get("dag_run_id") or "")
    evaluation = _evaluation(conf, identifier)
    if evaluation is not None:
        evaluation.rooms.bring(evaluation.rooms.releases(evaluation.fund_year), wanted=is_release_record)
        if latest_release(evaluation.rooms, evaluation.fund_year):
            return
    fund_year = _fund_year(conf)
    state = _STATES.get(str(run.get("state")), "仍未结束")
    notice = Notice(
        f"deadline-{fund_year.replace('/', '-')}",
        about(fund_year) + "报送期限临近,评价尚未发布",
        (*_day_line(conf), f"运行 {identifier} {state}。请查看是否在等待审核、更正或补报。"),
        fund_year,
        "在绩效评价页面打开该资金年度,处理后继续运行。",
    )
    tell([notice], evaluation, context)


def _day_line(conf: Mapping[str, Any]) -> Iterator[str]:
    """Yield the line that names the day, where the fund has one."""
    day = day_of(dict(conf))
    if day is not None:
        yield f"报送期限为{day.year}年{day.month}月{day.day}日。"


def tell(notices: Iterable[Notice], run: RunContext | None, context: Any) -> int:
    """Send the notices whose cause nobody has told lately; return how many went out.

    Args:
        notices: What there is to tell.
        run: The run it is about: its storage keeps what was told, its restricted tables what must not be.
        context: Airflow's context, for its notifiers.
    """
    # Here and not at the top: the notifiers bring the providers' clients, and every DAG file imports this module.
    from fundeval.airflow.notices.channels import send

    folder, rooms = _told_folder(run), run.rooms if run is not None else None
    sent = 0
    for notice in permitted(notices, run):
        if not told.take(folder, notice.cause, notice.title, rooms):
            continue
        try:
            went_out = send(notice, context)
        except FundevalError as error:
            _log.error("%s", error)
            went_out = False
        if went_out:
            sent += 1
        else:
            told.give_back(folder, notice.cause, rooms)
    return sent


def _of_run(context: Any, fund_year: str, run: str) -> list[Notice]:
    """Return what only the run can tell: its failed tasks have told their own."""
    if context.get("reason") != "timed_out":
        return []
    return [
        Notice(
            f"timed-out-{run}".replace("/", "-"),
            about(fund_year) + "运行超时",
            ("整个运行超过了时限,已被终止。请查看哪个任务没有结束。",),
            fund_year,
            "查明原因后清除未完成的任务,运行即从该处继续。",
        )
    ]


def _form(context: Any) -> Mapping[str, Any]:
    """Return the filled-in form of the run; a context made for a killed task may hold less."""
    params = context.get("params")
    if params:
        return dict(params)
    conf: Mapping[str, Any] = getattr(context.get("dag_run"), "conf", None) or {}
    return conf


def _fund_year(form: Mapping[str, Any]) -> str:
    """Return ``fund/year``; '' for a run that is about none, such as one that takes in files."""
    return f"{form['fund']}/{form['year']}" if form.get("fund") and form.get("year") else ""


def _evaluation(form: Mapping[str, Any], run: str) -> RunContext | None:
    try:
        return run_context(form, run)
    except (FundevalError, KeyError, ValueError, TypeError):
        # The form or the storage is what is wrong: told all the same.
        return None


def _told_folder(run: RunContext | None) -> Path:
    if run is not None:
        return run.rooms.root / "notices"
    from airflow.configuration import AIRFLOW_HOME

    return Path(AIRFLOW_HOME) / "notices"
