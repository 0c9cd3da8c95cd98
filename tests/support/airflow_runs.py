"""Runs of the project's DAG inside a test process, over the real stages or made-up ones."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder
from fundeval.pipeline import Stage, StageResult


@dataclass(frozen=True)
class Outcome:
    """What came of one run of the DAG.

    Attributes:
        succeeded: Whether the DAG run did.
        states: State of each task.
        tries: How often each task was started.
        results: What each finished stage returned.
        problems: Everything the run tells the operator is wrong.
        screen: What a person at the terminal saw.
        run: The run's folder.
    """

    succeeded: bool
    states: Mapping[str, str]
    tries: Mapping[str, int]
    results: Mapping[str, StageResult]
    problems: Sequence[str]
    screen: str
    run: RunFolder

    @property
    def stages(self) -> Mapping[str, str]:
        """State of each task that carries out a stage."""
        return {name: state for name, state in self.states.items() if name != "approve"}


def stage(
    name: str, *after: str, run: Callable[[Any], StageResult] | None = None, always: bool = False
) -> Stage:
    """Make a stage that counts one row, or does what ``run`` does."""
    return Stage(
        name=name, title=f"步骤{name}", description=f"说明{name}", run=run or (lambda context: {"rows": 1}),
        after=after, always=always,
    )  # fmt: skip


def evaluate(fund_year: FundYear, sources: Path, out: Path) -> Outcome:
    """Run the DAG for a fund-year in this process, the way ``make run`` does."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from fundeval.airflow.progress import Progress
    from fundeval.airflow.run import load_dag, run_dag

    dag = load_dag()
    screen = io.StringIO()
    progress = Progress(screen, total=len(dag.task_dict))
    succeeded = run_dag(dag, fund_year, sources, out, progress)
    with create_session() as session:
        last = session.scalars(select(DagRun).order_by(DagRun.id.desc()).limit(1)).one()
        instances = last.get_task_instances(session=session)
        return Outcome(
            succeeded=succeeded,
            states={each.task_id: str(each.state) for each in instances},
            tries={each.task_id: each.try_number for each in instances},
            results=progress.results,
            problems=progress.problems(),
            screen=screen.getvalue(),
            run=Rooms(out).run(fund_year, last.run_id),
        )
