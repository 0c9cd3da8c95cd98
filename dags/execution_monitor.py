"""Wiring of the mid-year look: each month from May to November, how every fund's year is going."""

from datetime import timedelta

from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

from fundeval.airflow.monitor import monitor_form, monitor_tasks
from fundeval.airflow.wiring import TASK_DEFAULTS

DOC = """
### 绩效运行监控

每年 5 月至 11 月的每月 5 日早上 7 点(北京时间),看一看每项资金截至上月末的执行情况:已下达、已支付、与时间进度的差距、
按目前进度推算的年末结转,逐项目、逐单位列出,写成 `运行监控.html` 和 `运行监控.xlsx`,放在运行文件夹
`monitor__<日期>/monitoring` 下。

- **只需要**建设计划、指标下达、支付明细三类文件;不评分,不发布任何结果。各项数据不含涉密项目。
- **互不影响**:一项资金的文件有误,只有它的任务失败。
- **清除是安全的**:同一日期重新计算,覆盖同一个运行文件夹。
"""

with DAG(
    dag_id="execution_monitor",
    dag_display_name="绩效运行监控",
    description="年中按月监控各项资金的执行进度和可能的结转",
    doc_md=DOC,
    tags=["绩效评价", "年中"],
    # Before May there is little to see, in December nothing can be moved any more; by the 5th the treasury has
    # exported the month before.
    # A new installation waits for the next month, but for one due within the five days before.
    schedule=CronTriggerTimetable(
        "0 7 5 5-11 *", timezone="Asia/Shanghai", run_immediately=timedelta(days=5)
    ),
    # The latest look replaces those that were missed: whoever wants an older day starts it by hand.
    catchup=False,
    params=monitor_form(),
    default_args=TASK_DEFAULTS,
    # Two looks at once would only read the same files twice.
    max_active_runs=1,
    # Each reads a year's vouchers: a few at a time keep the machine's memory free for evaluations.
    max_active_tasks=4,
    # A look takes a minute or two for each fund; a run of half a day waits for something lost.
    dagrun_timeout=timedelta(hours=12),
    is_paused_upon_creation=False,
    render_template_as_native_obj=False,
) as dag:
    monitor_tasks()
