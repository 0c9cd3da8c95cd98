"""Wiring of the intake: every few minutes a look at the inbox, and one on demand."""

from datetime import timedelta

import pendulum
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

from fundeval.airflow.intake import intake_form, intake_tasks
from fundeval.airflow.wiring import TASK_DEFAULTS

DOC = """
### 收取报送文件

每 5 分钟查看一次收件箱(`<收件箱>/<资金>/<年度>/[<单位>/]`),也可以随时手动启动。

- **新文件**:归档原件,按数据契约和质量规则检查,一次列出全部问题。
- **反馈**:写到存放位置的 `feedback/<资金>/<年度>/<单位>/`,是标出问题单元格的副本和“问题清单”。
- **报送记录**:谁、何时、报送了什么、接受还是退回、取代了哪一份,用 `fundeval submissions`
  查看。退回的文件不会取代已接受的文件。
- **资产事件**:每个资金、年度、类别接受了新文件时各发出一个,供后续流程订阅。
- **清除是安全的**:已经记录的文件不会重复收取,正在写入的文件留待下次。
"""

with DAG(
    dag_id="intake_submissions",
    dag_display_name="收取报送文件",
    description="收取、检查并反馈各单位放入收件箱的文件",
    doc_md=DOC,
    tags=["绩效评价", "报送"],
    # An office hears within minutes; more often would only keep the scheduler busy.
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="Asia/Shanghai"),
    start_date=pendulum.datetime(2024, 1, 1, tz="Asia/Shanghai"),
    # One look sees everything that arrived before it: looks that were missed need no making up for.
    catchup=False,
    params=intake_form(),
    default_args=TASK_DEFAULTS,
    # Two looks at once would take in the same file twice.
    max_active_runs=1,
    max_active_tasks=4,
    dagrun_timeout=timedelta(hours=6),
    is_paused_upon_creation=False,
    render_template_as_native_obj=False,
) as dag:
    intake_tasks()
