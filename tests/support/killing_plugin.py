"""An Airflow plugin for tests: the process of every task's first try is ended by SIGKILL, at once or a moment later.

Copied into the plugins folder of an Airflow under test; KILLED_TASKS names the folder where each death is noted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

# Some die before they have begun, others at work.
_MOMENTS = (0.0, 0.02, 0.1)


@hookimpl
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:
    """Kill this process, where it is the first that works for its task of the evaluation."""
    if task_instance.dag_id != "year_end_evaluation":
        return
    folder = Path(os.environ["KILLED_TASKS"])
    mark = folder / task_instance.task_id
    if mark.exists():
        return
    delay = _MOMENTS[len(list(folder.iterdir())) % len(_MOMENTS)]
    mark.write_text(str(delay), encoding="utf-8")
    threading.Thread(target=_die, args=(delay,), daemon=True).start()
    if not delay:
        time.sleep(5)


def _die(delay: float) -> None:
    time.sleep(delay)
    os.kill(os.getpid(), signal.SIGKILL)


class Killing(AirflowPlugin):
    """Registers the listener above."""

    name = "killing"
    listeners = [sys.modules[__name__]]
