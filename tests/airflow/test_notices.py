"""Messages: one per cause, with file, row and remedy, by mail and webhook, telling nothing classified."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError, InputError, Problem, ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from support.receivers import Mailbox, Webhook, mail_server, web_server

pytestmark = pytest.mark.airflow

YEAR = FundYear("green-river", 2031)
KINDS = ("budget_plan", "treasury_payments", "quota_releases", "survey")


@pytest.fixture
def mailbox(airflow: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        connection = {
            "conn_type": "smtp", "host": "127.0.0.1", "port": mailbox.port,
            "extra": {"from_email": "fundeval@example.org", "disable_ssl": True, "disable_tls": True},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
        monkeypatch.setenv("FUNDEVAL_NOTICE_MAIL_TO", "ops@example.org, finance@example.org")
        yield mailbox


@pytest.fixture
def webhook(airflow: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with web_server() as webhook:
        connection = {"conn_type": "http", "host": f"http://127.0.0.1:{webhook.port}", "password": "KEY123"}
        monkeypatch.setenv("AIRFLOW_CONN_FUNDEVAL_ROBOT", json.dumps(connection))
        monkeypatch.setenv("FUNDEVAL_NOTICE_WEBHOOK_CONN", "fundeval_robot")
        yield webhook


@pytest.fixture
def fail(airflow: Path, tmp_path: Path) -> Callable[..., None]:
    """Let a task fail for good, the way Airflow tells the callback."""
    from fundeval.airflow.notices import FailureNotifier

    def failing(
        error: object, stage: str = "check_quality", fund_year: FundYear = YEAR, run: str = "run-1"
    ) -> None:
        params = {
            "fund": fund_year.fund,
            "year": fund_year.year,
            "out": str(tmp_path),
            "sources": str(tmp_path),
        }
        task = SimpleNamespace(stage=stage, task_id=stage)
        FailureNotifier()({"params": params, "run_id": run, "task": task, "exception": error, "dag": None})

    return failing


def bad_cell(file: str = "支付明细.xlsx", row: int = 7, **more: Any) -> Problem:
    message, remedy = "金额读不懂。", "请改为数字。"
    return Problem(file, "明细", row, "金额", code="amount", message=message, remedy=remedy, **more)


def full_disk(tmp_path: Path, stage: str, fund_year: FundYear = YEAR) -> Exception:
    from fundeval.airflow.faults import fault_of

    context = RunContext(fund_year, tmp_path, Rooms(tmp_path), "run-1")
    try:
        raise OSError(errno.ENOSPC, "No space left on device: 涉密项目甲")
    except OSError as error:
        return fault_of(stage, context, error)


def test_a_mail_names_file_sheet_row_problem_and_remedy(mailbox: Mailbox, fail: Callable[..., None]) -> None:
    fail(InputError([bad_cell()]))
    (mail,) = mailbox.mails
    assert mail["To"] == "ops@example.org, finance@example.org"
    assert mail["From"] == "fundeval@example.org"
    assert mail["Subject"] == "【绩效评价】green-river/2031:《支付明细.xlsx》有1处问题,没有发布"
    assert "《支付明细.xlsx》工作表“明细”第7行“金额”列:金额读不懂。处理办法:请改为数字。" in mailbox.text(0)
    assert "清除对应的读取任务及其下游" in mailbox.text(0)


def test_nine_readings_and_the_gate_with_one_cause_are_one_message(
    mailbox: Mailbox, fail: Callable[..., None]
) -> None:
    missing = [
        Problem(code="missing", message=f"缺少第{number}个文件。", remedy="请补报。") for number in range(9)
    ]
    for number, problem in enumerate(missing):
        fail(InputError([problem]), stage=f"ingest.kind{number}")
    fail(InputError(missing))
    assert len(mailbox.mails) == 1
    assert all(problem.message in mailbox.text(0) for problem in missing)


def test_two_files_with_problems_are_two_causes(mailbox: Mailbox, fail: Callable[..., None]) -> None:
    fail(InputError([bad_cell(), bad_cell(row=8), bad_cell(file="问卷.csv")]))
    assert sorted(mailbox.subjects) == [
        "【绩效评价】green-river/2031:《支付明细.xlsx》有2处问题,没有发布",
        "【绩效评价】green-river/2031:《问卷.csv》有1处问题,没有发布",
    ]


def test_a_machine_fault_that_stops_many_tasks_of_many_funds_is_one_message(
    mailbox: Mailbox, fail: Callable[..., None], tmp_path: Path
) -> None:
    for year in range(2020, 2030):
        for kind in KINDS:
            fund_year = FundYear(YEAR.fund, year)
            fail(full_disk(tmp_path, f"ingest.{kind}", fund_year), f"ingest.{kind}", fund_year)
    assert mailbox.subjects == ["【绩效评价】机器故障:builtins.OSError ENOSPC"]
    assert "涉密项目甲" not in mailbox.text(0)


def test_a_configuration_that_stops_every_fund_year_is_one_message(
    mailbox: Mailbox, fail: Callable[..., None]
) -> None:
    for year in (2029, 2030, 2031):
        fail(ConfigurationError("没有配置评价方案。"), "open_run", FundYear(YEAR.fund, year), f"run-{year}")
    assert len(mailbox.mails) == 1


def test_a_refusal_to_publish_is_told_for_each_fund_year(mailbox: Mailbox, fail: Callable[..., None]) -> None:
    for year in (2030, 2031):
        fail(ReleaseError("草稿不完整。"), "publish", FundYear(YEAR.fund, year))
    assert len(mailbox.mails) == 2


def test_a_killed_task_is_told_without_an_error_to_tell(mailbox: Mailbox, fail: Callable[..., None]) -> None:
    fail(None, "score")
    assert mailbox.subjects == ["【绩效评价】green-river/2031:步骤“score”中断"]
    assert "进程被终止" in mailbox.text(0)


def test_a_task_that_is_about_no_fund_year_is_told_by_its_name(mailbox: Mailbox, airflow: Path) -> None:
    from fundeval.airflow.notices import FailureNotifier

    task = SimpleNamespace(task_id="take_in")
    FailureNotifier()({"params": {}, "run_id": "r", "task": task, "exception": TimeoutError(), "dag": None})
    assert mailbox.subjects == ["【绩效评价】步骤“take_in”中断"]


def test_workers_that_meet_a_cause_at_the_same_moment_tell_it_once(
    mailbox: Mailbox, fail: Callable[..., None], tmp_path: Path
) -> None:
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda number: fail(full_disk(tmp_path, f"s{number}"), f"s{number}"), range(16)))
    assert len(mailbox.mails) == 1


def test_the_same_cause_is_told_again_after_the_quiet_time_and_another_at_once(
    mailbox: Mailbox, fail: Callable[..., None], tmp_path: Path
) -> None:
    fail(InputError([bad_cell()]))
    fail(InputError([bad_cell()]))
    assert len(mailbox.mails) == 1
    fail(InputError([bad_cell(row=9)]))
    assert len(mailbox.mails) == 2
    long_ago = time.time() - 2 * 3600
    for path in (tmp_path / "notices").glob("*.json"):
        os.utime(path, (long_ago, long_ago))
    fail(InputError([bad_cell()]))
    assert len(mailbox.mails) == 3


def test_many_problems_are_counted_and_the_first_are_told(
    mailbox: Mailbox, fail: Callable[..., None]
) -> None:
    fail(InputError([bad_cell(row=row) for row in range(1, 501)]))
    assert "有500处问题" in mailbox.subjects[0]
    assert mailbox.text(0).count("金额读不懂") == 20
    assert "其余480处" in mailbox.text(0)


def test_a_line_that_names_a_classified_project_does_not_go_out(
    mailbox: Mailbox, fail: Callable[..., None], tmp_path: Path
) -> None:
    """Held once more before a message leaves, should an error ever tell too much."""
    run = Rooms(tmp_path).run(YEAR, "run-1")
    secret = "天眼感知平台建设项目"
    for layer, code, name in (("restricted", "S-01", secret), ("staging", "P-01", "河道清淤")):
        plan = {"project_code": [code], "project_name": [name], "is_classified": [layer == "restricted"]}
        run.write(layer, "plan_projects", pa.table(plan))
    careless = Problem(file="台账.xlsx", row=3, message=f"“{secret}”没有合同。", remedy="请核对。")
    fail(InputError([careless, bad_cell(file="台账.xlsx")]))
    text = mailbox.text(0)
    assert "天眼" not in text
    assert "不得外传" in text
    assert "金额读不懂" in text


def test_where_the_secrets_cannot_be_read_nothing_but_the_fact_goes_out(
    mailbox: Mailbox, fail: Callable[..., None], tmp_path: Path
) -> None:
    broken = Rooms(tmp_path).run(YEAR, "run-1").table_path("restricted", "plan_projects")
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no table")
    fail(InputError([bad_cell()]))
    assert mailbox.subjects == ["【绩效评价】评价任务未能完成"]
    assert "金额读不懂" not in mailbox.text(0)


def test_texts_of_sources_are_neither_templates_nor_markup(
    mailbox: Mailbox, fail: Callable[..., None]
) -> None:
    name = "{{ 7 * 7 }}<script>alert(1)</script>.xlsx"
    fail(InputError([bad_cell(file=name)]))
    assert "{{ 7 * 7 }}" in mailbox.subjects[0]
    assert "<script>" not in mailbox.text(0)
    assert "&lt;script&gt;" in mailbox.text(0)


def test_a_webhook_is_posted_every_part_by_its_name(webhook: Webhook, fail: Callable[..., None]) -> None:
    fail(InputError([bad_cell()]))
    ((path, posted),) = webhook.posted
    assert path == "/"
    assert posted["fund_year"] == "green-river/2031"
    assert posted["title"] == "green-river/2031:《支付明细.xlsx》有1处问题,没有发布"
    assert posted["lines"] == [str(bad_cell())]
    assert posted["remedy"]


@pytest.mark.parametrize("template", ["wecom", "dingtalk"])
def test_robots_are_posted_what_they_take(
    webhook: Webhook, fail: Callable[..., None], monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    monkeypatch.setenv("FUNDEVAL_NOTICE_WEBHOOK_TEMPLATE", template)
    monkeypatch.setenv("FUNDEVAL_NOTICE_WEBHOOK_ENDPOINT", "cgi-bin/webhook/send?key={password}")
    fail(InputError([bad_cell(row=row) for row in range(1, 300)]))
    ((path, posted),) = webhook.posted
    assert path == "/cgi-bin/webhook/send?key=KEY123"
    assert posted["msgtype"] == "markdown"
    text = posted["markdown"]["content" if template == "wecom" else "text"]
    assert "第1行" in text
    assert "绩效评价" in text
    assert len(text.encode()) <= 4096


def test_an_operators_own_template_is_used(
    webhook: Webhook, fail: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own.j2"
    own.write_text('{"说明": {{ notice.title|tojson }}}', encoding="utf-8")
    monkeypatch.setenv("FUNDEVAL_NOTICE_WEBHOOK_TEMPLATE", str(own))
    fail(InputError([bad_cell()]))
    assert webhook.posted[0][1] == {"说明": "green-river/2031:《支付明细.xlsx》有1处问题,没有发布"}


@pytest.mark.parametrize("answer", [{"errcode": 93000, "errmsg": "invalid webhook url"}, 500])
def test_what_the_receiver_refused_is_tried_by_the_next_task_and_the_log_shows_no_key(
    webhook: Webhook,
    fail: Callable[..., None],
    tmp_path: Path,
    answer: dict[str, Any] | int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUNDEVAL_NOTICE_WEBHOOK_ENDPOINT", "send?key={password}")
    webhook.answer = answer
    with caplog.at_level(logging.INFO):
        fail(full_disk(tmp_path, "measure"), "measure")
    assert "未能" in caplog.text
    assert "KEY123" not in caplog.text
    webhook.answer = {"errcode": 0}
    fail(full_disk(tmp_path, "score"), "score")
    fail(full_disk(tmp_path, "publish"), "publish")
    assert len(webhook.posted) == 2


def test_a_channel_that_is_down_keeps_no_other_from_telling(
    mailbox: Mailbox, webhook: Webhook, fail: Callable[..., None]
) -> None:
    webhook.answer = 503
    fail(InputError([bad_cell()]))
    fail(InputError([bad_cell()]))
    assert len(mailbox.mails) == 1


def test_without_a_channel_the_cause_goes_to_the_log(
    airflow: Path, fail: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fail(InputError([bad_cell()]))
    assert "没有配置消息通道" in caplog.text


def test_a_run_out_of_time_is_told_and_a_run_whose_tasks_told_is_not(
    mailbox: Mailbox, tmp_path: Path, airflow: Path
) -> None:
    from fundeval.airflow.notices import FailureNotifier

    context = {
        "params": {"fund": "green-river", "year": 2031, "out": str(tmp_path)},
        "run_id": "r",
        "dag": None,
    }
    FailureNotifier()({**context, "reason": "task_failure"})
    FailureNotifier()({**context, "reason": "timed_out"})
    assert mailbox.subjects == ["【绩效评价】green-river/2031:运行超时"]


def test_a_report_whose_day_is_near_is_told_once(mailbox: Mailbox, tmp_path: Path) -> None:
    from fundeval.airflow.notices import deadline_near

    conf = {"fund": "green-river", "year": 2031, "out": str(tmp_path), "sources": str(tmp_path)}
    for _ in range(2):
        asyncio.run(deadline_near({"dag_run": {"conf": conf, "dag_run_id": "manual__1"}}))
    assert mailbox.subjects == ["【绩效评价】green-river/2031:报送期限临近,评价尚未发布"]


@pytest.mark.parametrize(
    ("state", "told"),
    [("queued", "manual__1 正在排队"), ("running", "manual__1 仍未结束"), ("failed", "manual__1 已失败")],
)
def test_the_warning_says_how_the_run_stands(mailbox: Mailbox, tmp_path: Path, state: str, told: str) -> None:
    from fundeval.airflow.notices import deadline_near

    conf = {"fund": "green-river", "year": 2031, "out": str(tmp_path), "sources": str(tmp_path)}
    asyncio.run(deadline_near({"dag_run": {"conf": conf, "dag_run_id": "manual__1", "state": state}}))
    assert told in mailbox.text(0)


def test_a_fund_year_with_a_release_is_not_warned_about_until_it_is_withdrawn(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    """A failed run keeps its deadline in Airflow, though the next one may have published."""
    from fundeval.airflow.notices import deadline_near
    from fundeval.release.versions import release_at, withdrawal_path

    release = Rooms(tmp_path).releases(YEAR) / "v1"
    release.mkdir(parents=True)
    (release / "release.json").write_text('{"version": 1}', encoding="utf-8")
    conf = {"fund": YEAR.fund, "year": YEAR.year, "out": str(tmp_path), "sources": str(tmp_path)}
    context = {"dag_run": {"conf": conf, "dag_run_id": "manual__1", "state": "failed"}}
    asyncio.run(deadline_near(context))
    assert not mailbox.mails
    withdrawal_path(release_at(release).path).write_text('{"reason": "算错"}', encoding="utf-8")
    asyncio.run(deadline_near(context))
    assert len(mailbox.mails) == 1


def test_a_run_of_the_dag_on_an_empty_folder_is_one_message(
    mailbox: Mailbox, airflow: Path, tmp_path: Path
) -> None:
    """Nine readings fail, the gate fails, what follows never runs."""
    from support.airflow_runs import evaluate
    from support.sample_sources import SAMPLE

    (tmp_path / "sources").mkdir()
    outcome = evaluate(SAMPLE, tmp_path / "sources", tmp_path / "out")
    states = list(outcome.states.values())
    assert states.count("failed") >= 2
    assert "upstream_failed" in states
    assert len(mailbox.mails) == 1
