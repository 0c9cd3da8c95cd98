"""The tasks of the mid-year look: which funds at which day, and one look each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import BaseOperator, Context, Param

from fundeval.airflow.campaign import scheduled_day
from fundeval.airflow.contexts import run_context
from fundeval.airflow.faults import fault_of
from fundeval.airflow.parameters import folder_param, funds_param, storage_param
from fundeval.core.errors import ConfigurationError, FundevalError


def monitor_form() -> dict[str, Param]:
    """Return the params of a look; a scheduled one needs none of them."""
    return {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="监控日期",
            description="统计截至哪一天,写成 2030-06-30。手动启动时必填;按日程启动时不填,截至上月最后一天。",
        ),
        "funds": funds_param("监控"),
        "sources": folder_param(
            "收件箱", "存放各单位报送文件的文件夹,其下按 <资金>/<年度> 分放。不填时用部署时配置的收件箱。"
        ),
        "out": storage_param("归档和运行数据"),
    }


class ListLooks(BaseOperator):
    """Say which funds are looked at, and up to which day."""

    custom_operator_name = "列出资金"

    def execute(self, context: Context) -> list[dict[str, str]]:
        """Return fund, Chinese name and day of each look.

        Raises:
            ConfigurationError: No day is given and none follows from the schedule, or a fund is unknown.
        """
        from fundeval.monitoring.stage import last_month_end
        from fundeval.release.campaign import campaign_funds

        params = context["params"]
        as_of = (
            _day(params["as_of"]) if params["as_of"] else last_month_end(scheduled_day(context, "监控日期"))
        )
        return [
            {"fund": fund, "fund_title": title, "as_of": as_of.isoformat()}
            for fund, title in campaign_funds(params["funds"]).items()
        ]


class MonitorFund(BaseOperator):
    """Look at one fund: read plan, releases and vouchers to date, write tables and note.

    Args:
        fund: Fund.
        fund_title: Its Chinese name, which labels the mapped task.
        as_of: Last day that counts, ISO 8601.
    """

    custom_operator_name = "运行监控"

    def __init__(self, *, fund: str, fund_title: str, as_of: str, **kwargs: Any) -> None:
        """Keep what the look is about."""
        super().__init__(**kwargs)
        self.fund, self.fund_title, self.as_of = fund, fund_title, as_of

    def execute(self, context: Context) -> dict[str, Any]:
        """Return day, counts, sums and where the note lies.

        Raises:
            FundevalError: What offices sent, or how the installation is configured, cannot be used.
            MachineFault: Something outside this program failed; another try may help.
            ProgramFault: This program is wrong.
        """
        from fundeval.monitoring.stage import monitor, monitor_context

        day, params = dt.date.fromisoformat(self.as_of), context["params"]
        inbox = f"{params['sources']}/{self.fund}/{day.year}" if params["sources"] else None
        form = {"fund": self.fund, "year": day.year, "sources": inbox, "out": params["out"]}
        run = monitor_context(run_context(form, context["run_id"]), day)
        try:
            return monitor(run, day)
        except FundevalError:
            raise
        except Exception as error:
            fault = fault_of("monitor", run, error)
        # Raised outside the handler: the original error must not be chained into the task's log.
        raise fault


def monitor_tasks() -> None:
    """Create the two tasks of a look in the current DAG."""
    looks = ListLooks(
        task_id="list_funds",
        task_display_name="列出资金",
        doc_md="列出要监控的资金和截止日期。读:资金登记、本次启动的表单。写:无。清除是安全的:重新列出,不改动任何结果。",
    )
    MonitorFund.partial(
        task_id="monitor",
        task_display_name="逐项资金监控",
        doc_md=(
            "读取建设计划、指标下达和支付明细,与时间进度比较,推算年末结转。一项资金失败不影响其他。"
            "读:来源文件夹。写:运行文件夹 monitor__<日期> 的 marts/monitor_*、运行监控.html、运行监控.xlsx。"
            "不发布任何结果。"
            "清除是安全的:同一日期重新计算,覆盖同一个运行文件夹。"
        ),
        map_index_template="{{ task.fund_title }}",
    ).expand_kwargs(looks.output)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"监控日期“{text}”不是日期,应写成 2030-06-30。") from None
