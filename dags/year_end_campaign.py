"""Wiring of the campaign: each January one evaluation of the year just closed for every registered fund."""

from datetime import timedelta

from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

from fundeval.airflow.campaign import campaign_form, campaign_tasks
from fundeval.airflow.wiring import TASK_DEFAULTS

DOC = """
### 年终绩效评价(全部资金)

每年 1 月 15 日早上 6 点(北京时间),为每一项已登记的资金各启动一个“年终绩效评价”运行,评价刚结束的年度。

- **互不影响**:一项资金失败,其他照常;最后的“汇总结果”列出每项的得分,有没有发布的资金时以失败结束。
- **手动启动**:必须填写评价年度;可以只填部分资金。
- **清除是安全的**:清除某项资金的“逐项资金评价”会重新执行该资金的运行,内容没有变化的步骤立即完成。
"""

with DAG(
    dag_id="year_end_campaign",
    dag_display_name="年终绩效评价(全部资金)",
    description="每年一月为全部已登记资金评价刚结束的年度",
    doc_md=DOC,
    tags=["绩效评价", "年终"],
    # Two weeks into January: the treasury has closed the old year's books by then.
    # A new installation takes up a campaign due in the fortnight before, and none older: without a start date that is
    # what run_immediately says. Whoever has an older year's files starts that year by hand.
    schedule=CronTriggerTimetable("0 6 15 1 *", timezone="Asia/Shanghai", run_immediately=timedelta(days=14)),
    # A January missed while the scheduler was down is made up for, the latest alone.
    catchup=False,
    params=campaign_form(),
    default_args=TASK_DEFAULTS,
    # Two campaigns at once would evaluate the same funds twice.
    max_active_runs=1,
    # Each only starts a run and then waits in the triggerer: many may do so at one time.
    max_active_tasks=32,
    # Longer than an approver's month, which its evaluations wait for.
    dagrun_timeout=timedelta(days=32),
    is_paused_upon_creation=False,
    render_template_as_native_obj=False,
) as dag:
    campaign_tasks()
