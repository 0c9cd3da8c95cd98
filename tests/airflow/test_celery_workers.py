"""Many fund-years at once on two Celery workers, one of which dies in the middle of its tasks.

Four in every test run; ``make test-celery`` takes twenty, which keeps two cores busy for ten minutes longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.trail import verify_trail
from fundeval.release.versions import verify_chain
from support.airflow_service import wait_for
from support.celery_airflow import CeleryAirflow, celery_airflow
from support.evaluation import register_fund
from support.fundgen import Expected, Size, generate
from support.release import releases

# Five minutes on an idle machine of two cores; others may be at work on this one.
pytestmark = [pytest.mark.airflow, pytest.mark.servers, pytest.mark.timeout(1800)]

FUNDS, YEARS = 4, range(2023, 2028 if os.environ.get("FUNDEVAL_TEST_TWENTY") else 2024)
SMALL = Size(
    software=2, hardware=1, services=1, classified=3, units=2, vouchers=10, respondents=35, targets=2
)
DAG_RUNS = "/api/v2/dags/year_end_evaluation/dagRuns"
# A worker counts as dead after this long without a sign of its task: well below the default of 300 s, and above
# what a busy machine of two cores may keep a living one waiting.
HEARTBEAT_SECONDS = 30
SETTINGS = {
    # As many tasks as both workers have places: none waits in the queue longer than the other's task takes.
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    # At most two tasks can begin while the other two slots are busy: looking ten times a second finds nothing more.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    # A task the dead worker had taken from the queue and not begun is put back after this long.
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "150",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
    # As in docker-compose.yaml: the libraries are loaded once per worker and not once per task.
    "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "fundeval.airflow.celery_settings.CELERY_CONFIG",
}


@dataclass
class Campaign:
    """What was seen of the evaluations.

    Attributes:
        storage: The storage root.
        expected: What must come out of each fund-year.
        runs: State of each DAG run, by fund-year.
        tasks: Task instances as they were at the end.
        victims: Identifiers of the task instances that were at work on the worker when it died.
        seconds: From the first trigger to the end of the last run.
        noticed_seconds: From the death to the moment each victim's task was begun again.
    """

    storage: Path
    expected: dict[FundYear, Expected] = field(default_factory=dict)
    runs: dict[FundYear, str] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    victims: set[str] = field(default_factory=set)
    seconds: float = 0.0
    noticed_seconds: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    root = tmp_path_factory.mktemp("celery")
    done = Campaign(root / "storage")
    for number in range(FUNDS):
        register_fund(root / "funds", f"fund-{number}", f"样例{number}号资金")
        for year in YEARS:
            made = generate(f"样例{number}号资金", year, number * 100 + year, SMALL)
            made.write(root / "inbox" / f"fund-{number}" / str(year))
            done.expected[FundYear(f"fund-{number}", year)] = made.expected
    settings = {
        **SETTINGS,
        "FUNDEVAL_FUNDS": str(root / "funds"),
        "FUNDEVAL_INBOX": str(root / "inbox"),
        "FUNDEVAL_STORAGE": str(done.storage),
        # No LibreOffice within reach: PDFs would take longer than everything this test is about.
        "PATH": str(root / "nothing"),
    }
    with celery_airflow(root, settings) as airflow:
        try:
            _evaluate_all(airflow, done)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{airflow.log_tail()}") from error
    return done


def _evaluate_all(airflow: CeleryAirflow, done: Campaign) -> None:
    for worker in ("first", "second"):
        airflow.start_worker(worker)
    # Taking in the inbox on its schedule would be one more user of the four places.
    for dag in ("intake_submissions", "year_end_evaluation"):
        wait_for(lambda dag=dag: airflow.call("GET", f"/api/v2/dags?dag_id_pattern={dag}")["dags"], 120)
    airflow.call("PATCH", "/api/v2/dags/intake_submissions", {"is_paused": True})
    started = time.monotonic()
    for fund_year in done.expected:
        conf = {"fund": fund_year.fund, "year": fund_year.year}
        body = {"dag_run_id": f"{fund_year.fund}-{fund_year.year}", "logical_date": None, "conf": conf}
        airflow.call("POST", DAG_RUNS, body)
    wait_for(lambda: len(_tasks(airflow, "success")) >= 2 * len(done.expected), 480)
    at_work = wait_for(lambda: _at_work_on(airflow, "first"), 120)
    killed = airflow.kill_worker("first")
    died = time.time()
    done.victims = {task["id"] for task in at_work if task["pid"] in killed}
    wait_for(lambda: _all_ended(airflow), 1500)
    done.seconds = time.monotonic() - started
    done.runs = {_fund_year(run): run["state"] for run in airflow.pages(DAG_RUNS, "dag_runs")}
    done.tasks = _tasks(airflow)
    done.noticed_seconds = [
        _epoch(task["start_date"]) - died for task in done.tasks if _was(task, at_work, killed)
    ]


def _at_work_on(airflow: CeleryAirflow, worker: str) -> list[dict[str, Any]]:
    """Return the running task instances whose process belongs to the worker."""
    from fundeval.airflow.processes import members

    pids = {process.pid for process in members([airflow.components[worker].pid])}
    return [task for task in _tasks(airflow, "running") if task["pid"] in pids]


def _tasks(airflow: CeleryAirflow, state: str = "") -> list[dict[str, Any]]:
    query = f"?state={state}" if state else ""
    return airflow.pages(f"/api/v2/dags/year_end_evaluation/dagRuns/~/taskInstances{query}", "task_instances")


def _all_ended(airflow: CeleryAirflow) -> bool:
    time.sleep(2)
    counted = [
        airflow.call("GET", f"{DAG_RUNS}?state={state}&limit=1")["total_entries"]
        for state in ("queued", "running")
    ]
    return sum(counted) == 0


def _was(task: dict[str, Any], at_work: list[dict[str, Any]], killed: set[int]) -> bool:
    """Tell whether a task instance is a later try of one that died with the worker."""
    places = {(each["dag_run_id"], each["task_id"]) for each in at_work if each["pid"] in killed}
    # One that told of its end in the very moment before has nothing to do again.
    return task["try_number"] > 1 and (task["dag_run_id"], task["task_id"]) in places


def _fund_year(run: dict[str, Any]) -> FundYear:
    fund, _, year = run["dag_run_id"].rpartition("-")
    return FundYear(fund, int(year))


def _epoch(text: str) -> float:
    import datetime as dt

    return dt.datetime.fromisoformat(text).timestamp()


def test_a_task_was_at_work_when_its_worker_was_killed(campaign: Campaign) -> None:
    assert campaign.victims


def test_every_fund_year_ends_well(campaign: Campaign) -> None:
    assert campaign.runs == dict.fromkeys(campaign.expected, "success")


def test_what_died_with_the_worker_was_done_again_by_the_other(campaign: Campaign) -> None:
    assert campaign.noticed_seconds
    again = [task for task in campaign.tasks if task["try_number"] > 1]
    assert {task["state"] for task in again} == {"success"}


def test_every_score_is_the_one_the_oracle_gives(campaign: Campaign) -> None:
    for fund_year, expected in campaign.expected.items():
        (release,) = releases(campaign.storage, fund_year.fund, fund_year.year)
        assert Decimal(release.metrics["score"]["value"]) == expected.metrics["score"], fund_year
        assert Decimal(release.metrics["paid"]["value"]) == expected.metrics["paid"], fund_year


def test_releases_and_trail_are_whole(campaign: Campaign) -> None:
    rooms = Rooms(campaign.storage)
    assert verify_trail(rooms) == []
    assert [problem for fund_year in campaign.expected for problem in verify_chain(rooms, fund_year)] == []


def test_the_figures_of_this_run(campaign: Campaign, record_property: Callable[[str, object], None]) -> None:
    """How soon depends on what else the machine does; that each was begun again after the death does not."""
    record_property("seconds", round(campaign.seconds))
    record_property("begun_again_after_seconds", [round(seconds) for seconds in campaign.noticed_seconds])
    print(f"{campaign.seconds:.0f} s, begun again after {campaign.noticed_seconds}")
    assert min(campaign.noticed_seconds) > 0
