"""The stages of one evaluation, in order: what the DAG wires and what the command line calls.

A stage is one function of a :class:`RunContext`. It reads tables of the run, replaces its own tables and returns
what an operator may see of it: counts and names, never rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fundeval.core.context import RunContext

StageResult = dict[str, Any]


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
    """

    name: str
    title: str
    description: str
    run: Callable[[RunContext], StageResult]
    after: tuple[str, ...] = ()
    always: bool = False


def run_stage(name: str, context: RunContext) -> StageResult:
    """Run one stage by name and return its counts, with the seconds it took."""
    stage = {stage.name: stage for stage in STAGES}[name]
    started = time.perf_counter()
    result = stage.run(context)
    return {**result, "stage": name, "seconds": round(time.perf_counter() - started, 2)}


STAGES: tuple[Stage, ...] = ()
