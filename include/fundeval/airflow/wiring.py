"""From the stages of the library to the tasks of a DAG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, TaskGroup, TriggerRule

from fundeval.airflow import approval
from fundeval.airflow.faults import ProgramFault
from fundeval.airflow.notices import FailureNotifier
from fundeval.airflow.operators import StageOperator
from fundeval.core.errors import FundevalError
from fundeval.pipeline import Stage
from fundeval.storage.errors import StoreUnavailableError

# A wrong file or program stays wrong; a machine's fault (disk, memory, a killed worker) deserves another try.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=StoreUnavailableError,
            action=RetryAction.RETRY,
            reason="对象存储暂时无法使用,稍后重试。",
        ),
        RetryRule(
            exception=FundevalError,
            action=RetryAction.FAIL,
            reason="来源文件或配置有问题,重试无用:请按提示处理后清除本任务及其下游。",
        ),
        RetryRule(
            exception=ProgramFault,
            action=RetryAction.FAIL,
            reason="程序有缺陷,重试无用:请把运行文件夹 faults 中的说明交给维护人员。",
        ),
    ]
)

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "绩效评价",
    "retries": 2,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRY_POLICY,
    # Ten million vouchers take a stage about a minute; a stage that works for an hour hangs.
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": [FailureNotifier()],
}

_GROUPS = {
    "ingest": (
        "读取来源文件",
        "每类来源文件一个任务:归档原件、按约定读取、记录读不懂的内容。换了文件后清除对应任务及其下游即可重新评价。",
    )
}


def stage_tasks(stages: Sequence[Stage]) -> dict[str, StageOperator]:
    """Create one task per stage in the current DAG and wire them; return them by stage name.

    A stage named ``group.name`` becomes task ``name`` of task group ``group``.
    """
    groups: dict[str, TaskGroup] = {}
    tasks = {stage.name: _task(stage, groups) for stage in stages}
    needed = upstream_names(stages)
    for name, task in tasks.items():
        task.set_upstream([tasks[other] for other in needed[name]])
    return tasks


def evaluation_tasks(stages: Sequence[Stage]) -> None:
    """Create the tasks of an evaluation in the current DAG: its stages, and a person's approval before the last."""
    tasks = stage_tasks(stages)
    *_, last = tasks.values()
    approve = approval.DraftApproval(
        task_id="approve",
        task_display_name=approval.TITLE,
        doc_md=approval.DESCRIPTION,
        params=approval.answer_form(),
    )
    approve.set_upstream([tasks[name] for name in upstream_names(stages)[last.task_id]])
    approve.set_downstream(last)


def upstream_names(stages: Sequence[Stage]) -> Mapping[str, list[str]]:
    """Return the direct upstream stages of each stage.

    A stage that always runs succeeds where one before it failed, and would hide that failure from what
    follows. So its followers also stand directly behind everything it stands behind, and the run ends failed.
    """
    always = {stage.name for stage in stages if stage.always}
    needed: dict[str, list[str]] = {}
    for stage in stages:
        names = dict.fromkeys(stage.after)
        for other in stage.after:
            if other in always:
                names.update(dict.fromkeys(needed[other]))
        needed[stage.name] = list(names)
    return needed


def _task(stage: Stage, groups: dict[str, TaskGroup]) -> StageOperator:
    group_id, _, task_id = stage.name.rpartition(".")
    group = _group(group_id, groups) if group_id else None
    return StageOperator(
        task_id=task_id,
        task_group=group,
        stage=stage.name,
        task_display_name=stage.title,
        doc_md=stage.description,
        trigger_rule=TriggerRule.ALL_DONE if stage.always else TriggerRule.ALL_SUCCESS,
    )


def _group(group_id: str, groups: dict[str, TaskGroup]) -> TaskGroup:
    if group_id not in groups:
        title, tooltip = _GROUPS.get(group_id, (group_id, ""))
        groups[group_id] = TaskGroup(group_id, group_display_name=title, tooltip=tooltip)
    return groups[group_id]
