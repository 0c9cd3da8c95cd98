"""The human step before publishing: what an approver sees, a rejection with its reason, an approval in the release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fundeval.core import audit
from fundeval.core.rooms import Rooms
from support.airflow_service import Service, running_service, wait_for
from support.release import Release, releases
from support.sample_sources import SAMPLE, copy_sample

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
RUN = "needs-approval"
ASKED = f"{DAG}/dagRuns/{RUN}/taskInstances/approve"
COMMENT = "请核对运维服务指标的实际值。"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("service")) as running:
        copy_sample(running.sources)
        wait_for(lambda: running.call("GET", "/api/v2/dags", running.token())["dags"])
        yield running


def published(service: Service) -> list[Release]:
    return releases(service.storage, SAMPLE.fund, SAMPLE.year)


def wait_until_asked(service: Service) -> dict[str, Any]:
    token = service.token()

    def attempt_that_waits() -> int | None:
        asking = service.call("GET", ASKED, token)
        state: str = asking["state"]
        assert state not in ("failed", "upstream_failed", "success"), state
        return int(asking["try_number"]) if state in ("awaiting_input", "deferred") else None

    attempt = wait_for(attempt_that_waits, seconds=600)
    # Airflow takes an answer given before the scheduler has seen the asking process end for a fault of the
    # executor, and asks once more. No person is that quick; on a busy machine a test is.
    wait_for(lambda: service.scheduler_saw_the_end(RUN, "approve", attempt), seconds=300)
    detail: dict[str, Any] = service.call("GET", f"{ASKED}/-1/hitlDetails", token)
    return detail


def answer(service: Service, option: str, comment: str | None) -> None:
    body = {"chosen_options": [option], "params_input": {"comment": comment}}
    service.call("PATCH", f"{ASKED}/-1/hitlDetails", service.token(), body)


def wait_for_end(service: Service) -> str:
    return service.end_of(f"{DAG}/dagRuns/{RUN}", 600)


@pytest.fixture(scope="module")
def asked(service: Service) -> dict[str, Any]:
    """The run started with approval required, as far as the question."""
    conf = {"fund": SAMPLE.fund, "year": SAMPLE.year, "approval": True}
    body = {"dag_run_id": RUN, "conf": conf, "logical_date": None}
    service.call("POST", f"{DAG}/dagRuns", service.token(), body)
    return wait_until_asked(service)


@pytest.fixture(scope="module")
def rejected(service: Service, asked: dict[str, Any]) -> str:
    """State of the run after the draft was sent back."""
    answer(service, "退回修改", COMMENT)
    return wait_for_end(service)


@pytest.fixture(scope="module")
def approved(service: Service, rejected: str) -> str:
    """State of the run after the step was cleared and the draft approved."""
    body = {
        "dag_run_id": RUN, "task_ids": ["approve"], "include_downstream": True,
        "only_failed": False, "reset_dag_runs": True, "dry_run": False,
    }  # fmt: skip
    service.call("POST", f"{DAG}/clearTaskInstances", service.token(), body)
    wait_until_asked(service)
    assert published(service) == []
    answer(service, "同意发布", None)
    return wait_for_end(service)


def test_the_approver_sees_score_deductions_findings_checks_and_what_changed(asked: dict[str, Any]) -> None:
    assert str(SAMPLE) in asked["subject"]
    for heading in ("综合得分", "扣分指标", "发现的问题", "质量检查", "与上一版相比", "查看"):
        assert heading in asked["body"]
    assert "首次发布" in asked["body"]
    assert f"/fund-years/{SAMPLE}/" in asked["body"]
    assert asked["options"] == ["同意发布", "退回修改"]


def test_nothing_is_published_while_nobody_has_answered(service: Service, asked: dict[str, Any]) -> None:
    assert [path for path in (service.storage / "releases").rglob("*") if path.is_file()] == []


def test_a_rejected_run_ends_as_failed_and_its_reason_goes_back(service: Service, rejected: str) -> None:
    assert rejected == "failed"
    (log,) = (service.home / "logs").rglob("task_id=approve/attempt=*.log")
    assert COMMENT in log.read_text(encoding="utf-8")


def test_who_and_when_stand_in_the_release_and_both_decisions_in_the_audit_trail(
    service: Service, approved: str
) -> None:
    assert approved == "success"
    (release,) = published(service)
    approval = release.document["approval"]
    rooms = Rooms(Path(service.storage))
    decisions = [entry for entry in audit.read(rooms, SAMPLE) if entry.event in DECISIONS]
    assert [entry.event for entry in decisions] == list(DECISIONS)
    assert decisions[0].detail["comment"] == COMMENT
    assert {entry.who for entry in decisions} == {approval["by"]}
    assert approval["by"].lower() == service.shown("用户名")
    assert approval["at"] < release.document["published_at"]
    assert audit.verify(rooms) == []


DECISIONS = ("release.rejected", "release.approved")
