"""``python -m benchmarks.campaign``: how many small fund-years a campaign evaluates a minute.

The DAG ``year_end_campaign`` starts one evaluation per fund under a real scheduler: with LocalExecutor on SQLite, as
``make up`` has it, or with two Celery workers on PostgreSQL and Redis, as docker-compose.yaml has it. It tells how
many processor seconds each component used. Every fund must have a release at the end; otherwise it ends with exit
code 1.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import psutil

from benchmarks.run import machine
from fundeval.airflow.processes import members
from fundeval.airflow.service import COMPONENTS
from support.airflow_service import running_service, wait_for
from support.celery_airflow import celery_airflow
from support.evaluation import register_fund
from support.fundgen.habits import AS_SAMPLE
from support.fundgen.invent import invent
from support.fundgen.story import Size, Story
from support.fundgen.tables import source_files
from support.fundgen.write import write_files
from support.release import releases

YEAR = 2024
CAMPAIGN = "/api/v2/dags/year_end_campaign"
DAGS = 4
RUN = "benchmark"
ENDED = ("success", "failed")
WORKERS = ("first", "second")
LONGEST_SECONDS = 6 * 3600
POLL_SECONDS = 3

TASKS = "任务"

Executor = Literal["local", "celery"]
Call = Callable[[str, str, Any], Any]


@dataclass(frozen=True)
class Campaign:
    """What a campaign took.

    Attributes:
        seconds: Seconds from its start to its end.
        used: Processor seconds meanwhile, of each component and of all tasks with the processes that carry them out.
    """

    seconds: float
    used: Mapping[str, float]


def make_funds(root: Path, funds: int) -> list[str]:
    """Register funds and put a small fund-year of each into the inbox; return their names."""
    names = [f"fund-{number:03}" for number in range(1, funds + 1)]
    for number, fund in enumerate(names, 1):
        title = f"第{number}号样例专项资金"
        register_fund(root / "funds", fund, title)
        facts = invent(title, YEAR, number, Size(), Story())
        write_files(source_files(facts, AS_SAMPLE, number), root / "inbox" / fund / str(YEAR))
    return names


def run_local(root: Path) -> Campaign:
    """Run the campaign under LocalExecutor."""
    with running_service(root, {"FUNDEVAL_FUNDS": str(root / "funds")}) as service:
        token = service.token()

        def call(method: str, path: str, body: Any = None) -> Any:
            return service.call(method, path, token, body)

        return _campaign(call, dict(zip(COMPONENTS, service.sessions, strict=True)))


def run_celery(root: Path) -> Campaign:
    """Run the campaign with two Celery workers."""
    settings = {
        "FUNDEVAL_FUNDS": str(root / "funds"),
        "FUNDEVAL_INBOX": str(root / "inbox"),
        "FUNDEVAL_STORAGE": str(root / "storage"),
        # As in docker-compose.yaml: the libraries are loaded once per worker and not once per task.
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "fundeval.airflow.celery_settings.CELERY_CONFIG",
    }
    with celery_airflow(root, settings) as airflow:
        airflow.start("triggerer", "triggerer", "--skip-serve-logs")
        for worker in WORKERS:
            airflow.start_worker(worker)
        sessions = {name: process.pid for name, process in airflow.components.items()}
        return _campaign(airflow.call, sessions)


def processor_seconds(sessions: Mapping[str, int]) -> Counter[str]:
    """Return the processor seconds used so far by each component, by name of its session, and by all tasks."""
    used: Counter[str] = Counter()
    for name, session in sessions.items():
        for process in members([session]):
            with suppress(psutil.Error):
                times = process.cpu_times()
                own, ended = times.user + times.system, times.children_user + times.children_system
                carries_tasks = name in WORKERS or (name == "scheduler" and process.pid != session)
                used[TASKS if carries_tasks else name] += own
                used[TASKS if carries_tasks or name == "scheduler" else name] += ended
    return used


def _campaign(call: Call, sessions: Mapping[str, int]) -> Campaign:
    wait_for(lambda: len(call("GET", "/api/v2/dags", None)["dags"]) >= DAGS, 180)
    _finish_scheduled(call)
    started, before = time.monotonic(), processor_seconds(sessions)
    call("POST", f"{CAMPAIGN}/dagRuns", {"dag_run_id": RUN, "conf": {"year": YEAR}, "logical_date": None})
    # Whoever looks twice a second takes a tenth of a processor from what is measured.
    wait_for(
        lambda: call("GET", f"{CAMPAIGN}/dagRuns/{RUN}", None)["state"] in ENDED,
        LONGEST_SECONDS,
        POLL_SECONDS,
    )
    return Campaign(time.monotonic() - started, processor_seconds(sessions) - before)


def _finish_scheduled(call: Call) -> None:
    """Let what a new installation starts by its schedules end first, so that only the campaign is measured."""
    wait_for(lambda: not (_runs(call, "queued") or _runs(call, "running")), LONGEST_SECONDS)
    for dag in ("intake_submissions", "execution_monitor"):
        call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": True})


def _runs(call: Call, state: str) -> int:
    found: int = call("GET", f"/api/v2/dags/~/dagRuns?state={state}&limit=1", None)["total_entries"]
    return found


@click.command(help="为若干小资金做一次年终评价批次,测量每分钟评价多少个资金年度。")
@click.option("--funds", default=20, show_default=True, help="资金数。")
@click.option("--executor", type=click.Choice(["local", "celery"]), default="local", show_default=True)
def main(funds: int, executor: Executor) -> None:
    """Make the funds, run the campaign, count the releases."""
    root = Path(tempfile.mkdtemp(prefix="fundeval-campaign-"))
    try:
        names = make_funds(root, funds)
        campaign = run_local(root) if executor == "local" else run_celery(root)
        missing = [fund for fund in names if not releases(root / "storage", fund, YEAR)]
    finally:
        shutil.rmtree(root, ignore_errors=True)
    click.echo(
        f"{machine()}\n{executor}:{funds} 个资金年度,{campaign.seconds:.0f} 秒,"
        f"每分钟 {60 * funds / campaign.seconds:.1f} 个。"
    )
    for name, used in sorted(campaign.used.items(), key=lambda item: -item[1]):
        click.echo(f"{name:<16}处理器 {used:.0f} 秒,每个资金年度 {used / funds:.2f} 秒")
    if missing:
        raise click.ClickException(f"{len(missing)} 项资金没有发布:{'、'.join(missing)}")


if __name__ == "__main__":
    main()
