"""Wiring of the year-end evaluation of one fund-year; every task is one call into the library."""

from datetime import timedelta

from airflow.sdk import DAG

from fundeval.airflow.deadline import alert
from fundeval.airflow.notices import FailureNotifier
from fundeval.airflow.parameters import form
from fundeval.airflow.wiring import TASK_DEFAULTS, evaluation_tasks
from fundeval.pipeline import STAGES

DOC = """
### 年终项目支出绩效评价

对一项专项资金一个年度的支出做绩效评价:读取九类来源文件,检查质量,计算指标,按评价方案打分,生成报告并发布。

- **启动**:填写专项资金和评价年度即可;来源文件夹、存放位置不填时用部署时的配置。
- **来源文件有误**:运行以失败结束,在“检查质量”任务的日志里一次列出全部问题,不发布任何结果。
- **更正**:换好文件后,清除对应的读取任务及其下游,或者重新触发并在“只更新”里选中换过的文件。内容没有变化的步骤立即完成
  (结果中 unchanged 为 true),有变化的重做,运行结束时发布新版本,“发布”任务给出前后对照;已发布的版本不会改动。
- **审核**:启动时选中“发布前须经审核”的,草稿完成后等待审核;退回的运行以失败结束,意见见“审核草稿”任务。
- **清除是安全的**:每个任务只重写自己的数据表,随时可以清除重来。
"""

with DAG(
    dag_id="year_end_evaluation",
    dag_display_name="年终绩效评价",
    description="对一项专项资金一个年度的支出做绩效评价并发布报告",
    doc_md=DOC,
    tags=["绩效评价", "年终"],
    # Fund and year are always the operator's choice: no schedule, no default.
    schedule=None,
    params=form(),
    default_args=TASK_DEFAULTS,
    # A run that waits for its approver does nothing, yet counts: few would keep all others queued without a word.
    max_active_runs=200,
    # Of one run: its nine files must not take a whole worker from other fund-years. How many tasks of all runs work at
    # one time is a matter of memory, and so of the executor's parallelism, a worker's concurrency and the default
    # pool. A pool of our own would have to be created first, or its tasks would wait for ever without a word.
    max_active_tasks=8,
    # Longer than an approver's month: what runs longer waits for something lost.
    dagrun_timeout=timedelta(days=31),
    deadline=alert(),
    # Failed tasks tell their causes; of the run itself only its time limit is left to tell.
    on_failure_callback=FailureNotifier(),
    is_paused_upon_creation=False,
    render_template_as_native_obj=False,
) as dag:
    evaluation_tasks(STAGES)
