"""Under a scheduler: the process of every task is killed in its first try, and the run ends as if nothing had been."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.context import RunContext
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.pipeline import STAGES, run_all
from support.airflow_service import REPOSITORY, Service, running_service, wait_for
from support.release import Release, releases
from support.sample_sources import SAMPLE, copy_sample

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
RUN = "killed"
TASKS = {*(stage.name for stage in STAGES), "approve"}
# What release.json says of when and by which run.
OF_ITS_OWN = {"run_id", "published_at"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An Airflow with the project's plugins and one that kills the first try of every task."""
    root = tmp_path_factory.mktemp("killed")
    shutil.copytree(REPOSITORY / "plugins", root / "plugins")
    shutil.copy(REPOSITORY / "tests" / "support" / "killing_plugin.py", root / "plugins")
    (root / "marks").mkdir()
    settings = {
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(root / "plugins"),
        "KILLED_TASKS": str(root / "marks"),
    }
    with running_service(root, settings) as running:
        copy_sample(running.sources)
        wait_for(lambda: running.call("GET", "/api/v2/dags", running.token())["dags"], 120)
        yield running


@pytest.fixture(scope="module")
def tries(service: Service) -> dict[str, int]:
    """How often each task was tried in a run that ended well."""
    token = service.token()
    conf = {"fund": SAMPLE.fund, "year": SAMPLE.year}
    service.call("POST", f"{DAG}/dagRuns", token, {"dag_run_id": RUN, "conf": conf, "logical_date": None})
    assert service.end_of(f"{DAG}/dagRuns/{RUN}", 800) == "success"
    found = service.call("GET", f"{DAG}/dagRuns/{RUN}/taskInstances", token)["task_instances"]
    return {each["task_id"]: each["try_number"] for each in found}


@pytest.fixture(scope="module")
def undisturbed(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """What a run nobody touches publishes from the same files."""
    out = tmp_path_factory.mktemp("undisturbed")
    assert run_all(RunContext(SAMPLE, service.sources, Rooms(out), "undisturbed"))[1] == {}
    (release,) = releases(out, SAMPLE.fund, SAMPLE.year)
    return release


def hashes(release: Release) -> dict[str, str]:
    return {path.relative_to(release.path).as_posix(): file_sha256(path) for path in release.files()}


def told(release: Release) -> dict[str, Any]:
    content = json.loads((release.path / "release.json").read_text(encoding="utf-8"))
    return {name: value for name, value in content.items() if name not in OF_ITS_OWN}


def test_the_process_of_every_task_was_killed_and_tried_again(
    service: Service, tries: dict[str, int]
) -> None:
    assert {path.name for path in (service.root / "marks").iterdir()} == TASKS
    # A task may have been done a moment before its death was due; those that died are nearly all.
    died = {task for task, number in tries.items() if number > 1}
    assert len(died & TASKS) >= len(TASKS) - 3


def test_the_release_is_that_of_an_undisturbed_run_byte_for_byte(
    service: Service, tries: dict[str, int], undisturbed: Release
) -> None:
    (release,) = releases(service.storage, SAMPLE.fund, SAMPLE.year)
    expected, found = hashes(undisturbed), hashes(release)
    assert found.keys() == expected.keys()
    assert {name for name in found if found[name] != expected[name]} == {"release.json"}
    assert told(release) == told(undisturbed)


def test_nothing_half_done_is_left(service: Service, tries: dict[str, int]) -> None:
    folder: Path = service.storage
    assert [path for path in folder.rglob(".*") if path.name.startswith((".publishing", ".grid"))] == []
