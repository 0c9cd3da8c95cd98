"""How stages become tasks, and what a failure of one of them does to the run."""

from __future__ import annotations

import datetime as dt
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import RetryAction

from fundeval import pipeline
from fundeval.airflow import wiring
from fundeval.core.errors import ConfigurationError, InputError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.pipeline import Stage, StageResult
from fundeval.storage.errors import StoreRefusedError, StoreUnavailableError
from support.airflow_runs import Outcome, evaluate, stage

Run = Callable[[Sequence[Stage]], Outcome]

PROBLEMS = (
    Problem(file="甲.csv", row=3, column="金额", message="“壹佰”不是数字。", remedy="改为数字。"),
    Problem(file="乙.xlsx", sheet="表1", message="缺少“项目编码”列。"),
)


@pytest.fixture
def run(airflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a DAG of made-up stages; another try follows at once."""
    monkeypatch.setitem(wiring.TASK_DEFAULTS, "retry_delay", dt.timedelta(0))

    def _run(stages: Sequence[Stage]) -> Outcome:
        monkeypatch.setattr(pipeline, "STAGES", tuple(stages))
        return evaluate(FundYear("some-fund", 2031), tmp_path / "sources", tmp_path / "out")

    return _run


def wrong(*problems: Problem) -> Callable[[Any], StageResult]:
    def fail(context: Any) -> StageResult:
        raise InputError(problems)

    return fail


def test_stages_run_in_order_with_the_fund_year_and_folders_of_the_form(run: Run, tmp_path: Path) -> None:
    seen = []

    def look(context: Any) -> StageResult:
        seen.append((context.fund_year, context.sources, context.rooms.root, context.run_id))
        return {"rows": 2}

    outcome = run([stage("first", run=look), stage("group.second", "first", run=look)])

    fund_year = FundYear("some-fund", 2031)
    assert outcome.succeeded
    assert outcome.stages == {"first": "success", "group.second": "success"}
    assert seen[0] == seen[1]
    assert seen[0][:3] == (fund_year, tmp_path / "sources", tmp_path / "out")
    assert seen[0][3].startswith("manual__")
    assert outcome.results["group.second"]["rows"] == 2


def test_wrong_input_fails_at_once_and_every_problem_is_told_once(run: Run) -> None:
    outcome = run([
        stage("one", run=wrong(*PROBLEMS)),
        stage("two", run=wrong(PROBLEMS[1])),
        stage("publish", "one", "two"),
    ])  # fmt: skip

    assert not outcome.succeeded
    assert outcome.stages == {"one": "failed", "two": "failed", "publish": "upstream_failed"}
    assert outcome.tries["one"] == 1
    assert sorted(outcome.problems) == sorted(str(problem) for problem in PROBLEMS)


def test_a_wrong_configuration_fails_at_once_too(run: Run) -> None:
    def fail(context: Any) -> StageResult:
        raise ConfigurationError("没有登记该资金。")

    outcome = run([stage("one", run=fail)])

    assert (outcome.states["one"], outcome.tries["one"]) == ("failed", 1)
    assert outcome.problems == ["没有登记该资金。"]


def test_a_fault_of_the_machine_gets_another_try(run: Run) -> None:
    calls = []

    def fail_once(context: Any) -> StageResult:
        calls.append(context)
        if len(calls) == 1:
            raise OSError("disk full")
        return {"rows": 1}

    outcome = run([stage("one", run=fail_once), stage("publish", "one")])

    assert outcome.succeeded
    assert (outcome.tries["one"], outcome.tries["publish"]) == (2, 1)
    assert outcome.problems == []


def test_a_defect_of_the_program_is_not_tried_again(run: Run) -> None:
    def fail(context: Any) -> StageResult:
        raise AttributeError("no such thing")

    outcome = run([stage("one", run=fail), stage("publish", "one")])

    assert outcome.stages == {"one": "failed", "publish": "upstream_failed"}
    assert outcome.tries["one"] == 1
    assert "程序缺陷" in outcome.problems[0]


def test_a_fault_that_stays_ends_the_run_after_its_tries(run: Run) -> None:
    def fail(context: Any) -> StageResult:
        raise OSError("disk full")

    outcome = run([stage("one", run=fail), stage("publish", "one")])

    assert not outcome.succeeded
    assert outcome.stages == {"one": "failed", "publish": "upstream_failed"}
    assert outcome.tries["one"] == 1 + wiring.TASK_DEFAULTS["retries"]


def test_a_library_s_error_that_quotes_a_cell_stays_out_of_logs_and_messages(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(context: Any) -> StageResult:
        try:
            raise KeyError("绝密工程")
        except KeyError as error:
            raise ValueError("could not convert '绝密工程'") from error

    outcome = run([stage("one", run=fail)])

    printed = "".join(capfd.readouterr())
    assert "ProgramFault" in printed
    assert "绝密工程" not in printed + "".join(outcome.problems)
    assert "ValueError" in outcome.problems[0]
    kept = outcome.run.path / "faults" / "one.txt"
    assert "绝密工程" in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_always_runs_runs_after_a_failure_and_the_run_still_fails(run: Run) -> None:
    outcome = run([
        stage("one", run=wrong(PROBLEMS[0])),
        stage("two"),
        stage("check", "one", "two", always=True),
        stage("publish", "check"),
    ])  # fmt: skip

    assert outcome.stages == {
        "one": "failed",
        "two": "success",
        "check": "success",
        "publish": "upstream_failed",
    }
    assert not outcome.succeeded


def test_a_failure_is_not_hidden_by_two_that_always_run_one_behind_the_other(run: Run) -> None:
    outcome = run([
        stage("one", run=wrong(PROBLEMS[0])),
        stage("check", "one", always=True),
        stage("collect", "check", always=True),
        stage("publish", "collect"),
    ])  # fmt: skip

    assert outcome.states["collect"] == "success"
    assert outcome.states["publish"] == "upstream_failed"
    assert not outcome.succeeded


def test_a_person_sees_each_stage_by_its_chinese_name_as_it_ends(run: Run) -> None:
    outcome = run([stage("one"), stage("two", "one", run=wrong(PROBLEMS[0]))])

    lines = [line.split(",")[0] for line in outcome.screen.splitlines() if "审核草稿" not in line]
    assert lines == ["[ 1/3] 步骤one … 完成", "[ 3/3] 步骤two … 失败"]


@pytest.mark.parametrize(
    ("error", "again"),
    [(StoreUnavailableError("暂时无法使用。"), True), (StoreRefusedError("拒绝访问。"), False)],
    ids=["does not answer", "refuses"],
)
def test_a_store_that_does_not_answer_is_asked_again_and_one_that_refuses_is_not(
    error: Exception, again: bool
) -> None:
    decision = wiring.RETRY_POLICY.evaluate(error, try_number=1, max_tries=2)
    assert decision.action == (RetryAction.RETRY if again else RetryAction.FAIL)
