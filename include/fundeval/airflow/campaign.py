"""The tasks of a campaign: which funds, one evaluation each, and what came of them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, Context, Param, TriggerRule

from fundeval.airflow.contexts import storage_rooms
from fundeval.airflow.parameters import funds_param, storage_param
from fundeval.core.errors import ConfigurationError

CHINA = ZoneInfo("Asia/Shanghai")
EVALUATION = "year_end_evaluation"
_log = logging.getLogger(__name__)


def campaign_form() -> dict[str, Param]:
    """Return the params of a campaign; a scheduled one needs none of them."""
    return {
        "year": Param(
            None,
            type=["null", "integer"],
            minimum=1995,
            title="评价年度",
            description="手动启动时必填。按日程启动时不填,评价刚结束的年度。",
        ),
        "funds": funds_param("评价"),
        "approval": Param(
            False,
            type="boolean",
            title="发布前须经审核",
            description="选中后,每项资金的草稿各自等待审核,互不影响。",
        ),
        "out": storage_param("归档、运行数据和发布成果"),
    }


class ListFunds(BaseOperator):
    """Say which evaluations the campaign starts: one per fund, each with a run of its own."""

    custom_operator_name = "列出资金"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Return what each evaluation is triggered with.

        Raises:
            ConfigurationError: No year is given and none follows from the schedule, or a fund is unknown.
        """
        from fundeval.release.campaign import campaign_funds

        params = context["params"]
        year = params["year"] or closed_year(context)
        return [
            {
                "conf": {"fund": fund, "year": year, "approval": params["approval"], "out": params["out"]},
                "note": title,
                # The campaign's own run makes it unique; the same campaign cleared finds the same evaluation.
                "trigger_run_id": f"campaign__{year}__{fund}__{context['run_id']}",
            }
            for fund, title in campaign_funds(params["funds"]).items()
        ]


class CampaignSummary(BaseOperator):
    """Tell what came of every fund; fail where one has no release, so that it is not overlooked."""

    custom_operator_name = "汇总"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Return fund, title, state, version, score and grade of each.

        Raises:
            CampaignError: A fund has no release.
        """
        from fundeval.release.campaign import as_rows, campaign_results, campaign_text, require_all_published

        ti = context["ti"]
        orders = ti.xcom_pull(task_ids="list_funds")
        runs = {
            order["conf"]["fund"]: (order["trigger_run_id"], _state(ti, order["trigger_run_id"]))
            for order in orders
        }
        funds = {order["conf"]["fund"]: order["note"] for order in orders}
        year = orders[0]["conf"]["year"]
        results = campaign_results(storage_rooms(context["params"]), year, funds, runs)
        _log.info("%s", campaign_text(year, results))
        ti.xcom_push(key="results", value=as_rows(results))
        require_all_published(results)
        return as_rows(results)


def closed_year(context: Mapping[str, Any]) -> int:
    """Return the year that has closed when the campaign is scheduled, by the calendar of China.

    Raises:
        ConfigurationError: The run was started by hand, without a date of the schedule.
    """
    return scheduled_day(context, "评价年度").year - 1


def scheduled_day(context: Mapping[str, Any], asked_for: str) -> dt.date:
    """Return the day a run was scheduled for, by the calendar of China; never the day it happens to work.

    Args:
        context: The task's context.
        asked_for: Title of the field that takes its place in a run started by hand.

    Raises:
        ConfigurationError: The run was started by hand, without a date of the schedule.
    """
    run = context["dag_run"]
    is_scheduled = str(getattr(run.run_type, "value", run.run_type)) in ("scheduled", "backfill")
    if not is_scheduled or run.logical_date is None:
        raise ConfigurationError(f"手动启动必须填写“{asked_for}”。")
    day: dt.date = run.logical_date.astimezone(CHINA).date()
    return day


def campaign_tasks() -> None:
    """Create the three tasks of a campaign in the current DAG."""
    funds = ListFunds(
        task_id="list_funds",
        task_display_name="列出资金",
        doc_md="列出要评价的资金和年度。读:资金登记、本次启动的表单。写:无。清除是安全的:重新列出,不改动任何结果。",
    )
    evaluate = TriggerDagRunOperator.partial(
        task_id="evaluate",
        task_display_name="逐项资金评价",
        doc_md=(
            "每项资金启动一个“年终绩效评价”运行,并等待其结束;一项失败不影响其他。读:无。写:由各运行写入。"
            "清除是安全的:找回同一个运行从头执行,内容没有变化的步骤立即完成。"
        ),
        trigger_dag_id=EVALUATION,
        wait_for_completion=True,
        reset_dag_run=True,
        # Waiting takes a place in the triggerer and none of a worker: else some hundred funds would block them all.
        deferrable=True,
        # An evaluation takes minutes, and each look of two hundred triggers is a request.
        poke_interval=30,
        map_index_template="{{ task.note }}",
        # As long as an evaluation may wait for its approver.
        execution_timeout=dt.timedelta(days=31),
        # Its evaluation has had its own tries.
        retries=1,
    ).expand_kwargs(funds.output)
    summary = CampaignSummary(
        task_id="summarize",
        task_display_name="汇总结果",
        doc_md=(
            "汇总各项资金的结果、得分和等级;有没有发布的资金时以失败结束并逐项列出。读:各运行的状态、releases。写:无。"
            "清除是安全的:重新汇总,不改动任何结果。"
        ),
        trigger_rule=TriggerRule.ALL_DONE,
    )
    evaluate.set_downstream(summary)
    funds.set_downstream(summary)


def _state(ti: Any, run_id: str) -> str:
    """Return the state of an evaluation; 'missing' where it was never started."""
    try:
        # A str or a member of an enum that does not print as one, as Airflow pleases.
        state = ti.get_dagrun_state(EVALUATION, run_id)
        return str(getattr(state, "value", state))
    except Exception:  # noqa: BLE001  Airflow raises what it likes for a run that is not there
        return "missing"
