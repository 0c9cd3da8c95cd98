"""The stages of one evaluation, in order: what the DAG wires and what the command line calls.

A stage is one function of a :class:`RunContext`. It reads tables of the run, replaces its own tables and returns
what an operator may see of it: counts and names, never rows. Each imports its room when it is called, so that
Airflow reads the DAG without loading an engine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fundeval import reuse
from fundeval.core import footprint
from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError, InputError, Problem
from fundeval.release.serving.configured import require_shared_database
from fundeval.storage.work import at_work

StageResult = dict[str, Any]

_log = logging.getLogger(__name__)

SAFE_TO_CLEAR = "清除是安全的:本步骤只重写自己的数据表,已发布的版本不会改动。"


@dataclass(frozen=True)
class Stage:
    """One step of an evaluation.

    Attributes:
        name: Identifier, also the Airflow task id (``ingest.<kind>`` becomes a task group and a task).
        title: Chinese name an operator sees.
        description: Chinese text: what it does, what it reads and writes, whether clearing it is safe.
        run: The library function behind it.
        after: Names of the stages it needs.
        always: Whether it runs even where a stage it needs failed, to report every problem at once.
        footprint: What it depends on and writes; None for a stage that works every time.
        reads_releases: Whether it looks into the releases of its own fund-year.
    """

    name: str
    title: str
    description: str
    run: Callable[[RunContext], StageResult]
    after: tuple[str, ...] = ()
    always: bool = False
    footprint: Callable[[RunContext], footprint.Footprint] | None = None
    reads_releases: bool = False


def _open_run(context: RunContext) -> StageResult:
    from fundeval.core.run_record import open_run
    from fundeval.release.earlier import bring_in_earlier_years

    reuse.require_known_kinds(context)
    return {**open_run(context), **bring_in_earlier_years(context)}


def _ingest(kind: str, context: RunContext) -> StageResult:
    from fundeval.sources.ingest import ingest

    return ingest(context, kind)


def _check_quality(context: RunContext) -> StageResult:
    from fundeval.quality.gate import check_quality
    from fundeval.report.written import unplaced_texts
    from fundeval.scoring.judgements import missing_judgements

    return check_quality(context, further=lambda run: [*missing_judgements(run), *unplaced_texts(run)])


def _seal_classified(context: RunContext) -> StageResult:
    from fundeval.measures import seal_classified

    return seal_classified(context)


def _measure(context: RunContext) -> StageResult:
    from fundeval.measures import measure

    return measure(context)


def _examine(context: RunContext) -> StageResult:
    from fundeval.quality.examination import examine_measured

    return examine_measured(context)


def _score(context: RunContext) -> StageResult:
    from fundeval.scoring import score

    return score(context)


def _build_dataset(context: RunContext) -> StageResult:
    from fundeval.release.dataset import build_dataset

    return build_dataset(context)


def _write_report(context: RunContext) -> StageResult:
    from fundeval.report.stage import report_stage

    return report_stage(context)


def _publish(context: RunContext) -> StageResult:
    from fundeval.release.changes import changes_of, changes_text
    from fundeval.release.publish import publish

    published = publish(context)
    footprint.sweep(context.run)
    changes = changes_of(context.rooms, context.fund_year, published["version"])
    _log.info("%s", changes_text(changes))
    return {**published, "changes": changes}


# The kinds of file by the name an operator sees; the plan comes first, because it says what is classified.
KIND_TITLES = {
    "budget_plan": "预算批复及建设计划",
    "treasury_payments": "国库集中支付明细",
    "quota_releases": "指标下达情况",
    "procurement": "政府采购项目",
    "emall_orders": "电子卖场订单",
    "project_progress": "项目实施进度",
    "service_indicators": "运维服务指标",
    "survey": "满意度问卷",
    "working_paper": "评价工作底稿",
}
_PLAN = "ingest.budget_plan"


def _ingest_stage(kind: str, title: str) -> Stage:
    is_plan = f"ingest.{kind}" == _PLAN
    return Stage(
        name=f"ingest.{kind}",
        title=f"读取《{title}》",
        description=(
            f"在来源文件夹里找到《{title}》,按字节归档,按数据契约逐行读取。"
            "读:来源文件夹。写:staging 层和 restricted 层的明细、rejects 层的拒收清单。"
            "文件有误时本任务失败,并逐格说明问题;更正文件后清除本任务及其下游即可重新评价。" + SAFE_TO_CLEAR
        ),
        run=partial(_ingest, kind),
        after=("open_run",) if is_plan else (_PLAN,),
        # Without a readable plan the other files are still read, so that all their problems are told at once.
        always=not is_plan,
        footprint=partial(reuse.ingest_footprint, kind=kind),
    )


STAGES: tuple[Stage, ...] = (
    Stage(
        name="open_run",
        title="确定评价方案",
        description="确定资金、年度和评价指标体系,建立本次运行的文件夹,带入以前年度已发布的下达和支付。"
        "读:资金登记、以前年度的发布。写:run.json、staging 层的以前年度项目资金。" + SAFE_TO_CLEAR,
        run=_open_run,
    ),
    *(_ingest_stage(kind, title) for kind, title in KIND_TITLES.items()),
    Stage(
        name="check_quality",
        title="检查数据质量",
        description=(
            "用 Great Expectations 按规则目录检查每张表、表与表之间的关系和合规情况,一次列出全部文件的全部问题;"
            "有阻断问题则不再往下。读:staging 层、restricted 层、rejects 层。"
            "写:checks 层的规则结果、查出的行和问题清单,以及质量检查说明(data_docs)。" + SAFE_TO_CLEAR
        ),
        run=_check_quality,
        footprint=reuse.quality_footprint,
        after=tuple(f"ingest.{kind}" for kind in KIND_TITLES),
        always=True,
    ),
    Stage(
        name="seal_classified",
        title="封存涉密明细",
        description=(
            "唯一读取涉密明细的步骤,只留下一行年度合计和资金总额。读:restricted 层。写:marts 层的合计表。"
            + SAFE_TO_CLEAR
        ),
        run=_seal_classified,
        footprint=reuse.sealed_footprint,
        after=("check_quality",),
    ),
    Stage(
        name="measure",
        title="计算年终指标",
        description="按 sql/marts 的模型计算各项目、单位、月份的收支和结转。读:staging 层。写:marts 层。"
        + SAFE_TO_CLEAR,
        run=_measure,
        footprint=reuse.measure_footprint,
        after=("seal_classified",),
    ),
    Stage(
        name="examine",
        title="核查规则",
        description=(
            "按规则目录中需要年终指标的规则核查,汇总全部规则的结果和豁免。有阻断问题则不再往下。"
            "读:staging、marts、checks 层。写:checks 层的规则结果、查出的行和豁免的行,以及质量检查说明(data_docs)。"
            + SAFE_TO_CLEAR
        ),
        run=_examine,
        footprint=reuse.examine_footprint,
        after=("measure",),
    ),
    Stage(
        name="score",
        title="评分",
        description="按规则查出的问题和评价指标体系扣分、汇总、定级。读:marts 层、checks 层。写:scores 层。"
        + SAFE_TO_CLEAR,
        run=_score,
        footprint=reuse.score_footprint,
        after=("examine",),
    ),
    Stage(
        name="build_dataset",
        title="编制公开数据集",
        description="按字段字典编制公开数据集。读:marts 层、scores 层。写:draft/dataset。" + SAFE_TO_CLEAR,
        run=_build_dataset,
        footprint=reuse.dataset_footprint,
        reads_releases=True,
        after=("score",),
    ),
    Stage(
        name="write_report",
        title="撰写评价报告",
        description="由公开数据集生成 Word 报告、PDF 和附表工作簿。读:draft/dataset。写:draft/report。"
        + SAFE_TO_CLEAR,
        run=_write_report,
        footprint=reuse.report_footprint,
        after=("build_dataset",),
    ),
    Stage(
        name="publish",
        title="发布",
        description=(
            "检查泄密和勾稽关系,通过后把草稿整体发布为新版本。读:draft。写:releases 下的新版本,永不覆盖旧版本。"
            "清除是安全的:内容没有变化时找回已发布的版本,有变化时发布下一版。"
        ),
        run=_publish,
        footprint=reuse.publish_footprint,
        reads_releases=True,
        after=("write_report",),
    ),
)


def run_stage(name: str, context: RunContext) -> StageResult:
    """Run one stage by name, or let its finished work stand where nothing it depends on has changed.

    Returns:
        Its counts, with ``stage``, ``seconds`` and ``unchanged``: whether earlier work stands.

    Raises:
        ConfigurationError: The storage root is in a store and no database server is configured.
        StoreUnavailableError: The store does not answer.
    """
    stage = {stage.name: stage for stage in STAGES}[name]
    started = time.perf_counter()
    # Before any work, and not when there is a release to be loaded.
    require_shared_database(context.rooms)
    releases = (context.rooms.releases(context.fund_year),) if stage.reads_releases else ()
    with at_work(context, releases):
        result = _work(stage, context) if stage.footprint is None else _work_where_needed(stage, context)
    return {**result, "stage": name, "seconds": round(time.perf_counter() - started, 2)}


def _work(stage: Stage, context: RunContext) -> StageResult:
    return {**stage.run(context), "unchanged": False}


def _work_where_needed(stage: Stage, context: RunContext) -> StageResult:
    assert stage.footprint is not None
    traces = stage.footprint(context)
    inputs = footprint.inputs_of(context.run, traces)
    decision = reuse.decide(context, stage.name, inputs)
    if decision.record is not None:
        _log.info("“%s”所依据的内容没有变化,沿用上次的结果。", stage.title)
        for file in decision.passed_over:
            _log.warning("《%s》已经更换,但不在“只更新”之列,本次没有读取。", file)
        return reuse.unchanged(decision.record.result, decision)
    if decision.reasons:
        _log.info("“%s”重新执行,有变化的内容:%s。", stage.title, "、".join(decision.reasons))
    footprint.clear(context.run, stage.name, traces)
    result = _work(stage, context)
    footprint.keep(context.run, stage.name, traces, inputs, result)
    return result


def run_all(
    context: RunContext, announce: Callable[[Stage], None] | None = None
) -> tuple[dict[str, StageResult], dict[str, FundevalError]]:
    """Run every stage in order, the way the DAG does: after a failure only stages that always run still do.

    Args:
        context: The run.
        announce: Called with each stage before it runs.

    Returns:
        The counts of the stages that succeeded and the errors of those that failed, by name.
    """
    results: dict[str, StageResult] = {}
    errors: dict[str, FundevalError] = {}
    for stage in STAGES:
        if errors and not stage.always:
            continue
        if announce:
            announce(stage)
        try:
            results[stage.name] = run_stage(stage.name, context)
        except FundevalError as error:
            errors[stage.name] = error
    return results, errors


def all_problems(errors: Mapping[str, BaseException]) -> list[Problem]:
    """Return every problem of every failed stage, each once; other errors become one problem each."""
    found: dict[Problem, None] = {}
    for error in errors.values():
        problems = (
            error.problems if isinstance(error, InputError) else (Problem(code="error", message=str(error)),)
        )
        found.update(dict.fromkeys(problems))
    return sorted(found)
