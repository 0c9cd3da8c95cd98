"""A run started from the form, and corrections by clearing one task: under a scheduler, by UI and by command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.airflow_service import Service, running_service, wait_for
from support.release import Release, releases
from support.sample_sources import SAMPLE, copy_sample, correct_service_indicator

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
RUN = "evaluation-in-the-ui"
Bytes = dict[Path, bytes]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("service")) as running:
        copy_sample(running.sources)
        wait_for(lambda: running.call("GET", "/api/v2/dags", running.token())["dags"])
        yield running


def published(service: Service) -> list[Release]:
    return releases(service.storage, SAMPLE.fund, SAMPLE.year)


def contents(release: Release) -> Bytes:
    return {path: path.read_bytes() for path in release.files()}


def wait_for_success(service: Service) -> None:
    assert service.end_of(f"{DAG}/dagRuns/{RUN}", 800) == "success"


@pytest.fixture(scope="module")
def v1(service: Service) -> Bytes:
    """The form filled in with fund and year alone; every file of the release with its bytes."""
    conf = {"fund": SAMPLE.fund, "year": SAMPLE.year}
    body = {"dag_run_id": RUN, "conf": conf, "logical_date": None}
    service.call("POST", f"{DAG}/dagRuns", service.token(), body)
    wait_for_success(service)
    (release,) = published(service)
    return contents(release)


@pytest.fixture(scope="module")
def v2(service: Service, v1: Bytes) -> Bytes:
    """A corrected file, its task cleared with everything downstream the way the UI does it."""
    correct_service_indicator(service.sources, actual=0)
    body = {
        "dag_run_id": RUN, "task_ids": ["ingest.service_indicators"], "include_downstream": True,
        "only_failed": False, "reset_dag_runs": True, "dry_run": False,
    }  # fmt: skip
    cleared = service.call("POST", f"{DAG}/clearTaskInstances", service.token(), body)
    names = {instance["task_id"] for instance in cleared["task_instances"]}
    assert {"ingest.service_indicators", "publish"} <= names
    assert "ingest.survey" not in names
    wait_for_success(service)
    return contents(published(service)[-1])


def test_clearing_in_the_ui_makes_a_second_release_beside_the_untouched_first(
    service: Service, v1: Bytes, v2: Bytes
) -> None:
    before, after = published(service)[:2]
    assert (before.path.name, after.path.name) == ("v1", "v2")
    assert contents(before) == v1
    assert after.metric("service_indicators_met") == before.metric("service_indicators_met") - 1


def test_clearing_by_command_makes_the_next_release(service: Service, v1: Bytes, v2: Bytes) -> None:
    correct_service_indicator(service.sources, actual=10**6)

    service.command(
        "tasks", "clear", "year_end_evaluation", "--yes", "--downstream",
        "--task-regex", "ingest.service_indicators",
    )  # fmt: skip
    wait_for_success(service)

    first, second, third = published(service)
    assert (contents(first), contents(second)) == (v1, v2)
    assert third.metric("service_indicators_met") == first.metric("service_indicators_met")


def test_task_logs_name_no_classified_project(service: Service, v1: Bytes) -> None:
    (run,) = (service.storage / "runs" / str(SAMPLE)).iterdir()
    rows = pq.read_table(run / "restricted" / "plan_projects.parquet").to_pylist()
    secrets = {row["project_name"] for row in rows}
    logs = list((service.home / "logs").rglob("attempt=*.log"))
    assert secrets
    assert len(logs) >= 17
    for log in logs:
        text = log.read_text(encoding="utf-8")
        assert not {name for name in secrets if name in text}, log
