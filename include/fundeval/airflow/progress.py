"""What a person at a terminal sees while a run works: one line per stage."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from airflow.listeners import hookimpl

from fundeval.airflow.faults import MachineFault
from fundeval.pipeline import all_problems


@dataclass(eq=False)
class Progress:
    """A listener of Airflow that shows each stage as it starts and ends, and remembers what came of it.

    Attributes:
        out: Where the lines go.
        total: How many stages the DAG has.
        results: What each finished stage returned, by stage name.
        errors: The error of each failed stage, by stage name.
        seconds: Wall-clock seconds of each stage, by its Chinese title, in the order they ended.
    """

    out: TextIO
    total: int
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _started: float = 0.0
    _starts: int = 0

    @hookimpl
    def on_task_instance_running(self, task_instance: Any) -> None:
        """Show that a stage has begun."""
        self._started = time.perf_counter()
        self._starts += 1
        self._write(f"[{self._starts:>2}/{self.total}] {task_instance.task.task_display_name} … ")

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        """Show that the stage is done and how long it took; remember what it returned."""
        name = task_instance.task_id
        self.results[name] = task_instance.xcom_pull(task_ids=name) or {}
        self.errors.pop(name, None)
        self._end(task_instance, "没有变化" if self.results[name].get("unchanged") else "完成")

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: BaseException | str | None) -> None:
        """Show that the stage failed; why is told once, at the end."""
        raised = error if isinstance(error, BaseException) else RuntimeError(str(error))
        self.errors[task_instance.task_id] = raised
        again = isinstance(error, MachineFault) and task_instance.try_number <= task_instance.max_tries
        if again:
            self._starts -= 1
        self._end(task_instance, "出现故障,稍后自动重试" if again else "失败")

    def problems(self) -> list[str]:
        """Return every problem of every stage that failed for good, each once, as Chinese sentences."""
        return [str(problem) for problem in all_problems(self.errors)]

    def _end(self, task_instance: Any, outcome: str) -> None:
        duration = time.perf_counter() - self._started
        self.seconds[task_instance.task.task_display_name] = duration
        self._write(f"{outcome},{duration:.1f} 秒\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()
