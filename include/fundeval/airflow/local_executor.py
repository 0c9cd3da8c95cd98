"""The executor of one machine: Airflow's own, with the libraries of the stages loaded once for all workers.

Named by AIRFLOW__CORE__EXECUTOR.
"""

from __future__ import annotations

import os

from airflow.executors.local_executor import LocalExecutor

from fundeval.airflow.warm import load_modules

# Scheduler and API server wait for nobody's computation: who is late to hand out work leaves processors idle, and the
# pages are slow.
_NICENESS = 5


class WarmLocalExecutor(LocalExecutor):
    """A LocalExecutor whose workers, and the tasks they fork, find everything imported."""

    def start(self) -> None:
        """Load the libraries, then fork the workers."""
        load_modules()
        super().start()
        for worker in self.workers:
            os.setpriority(os.PRIO_PROCESS, worker, _NICENESS)
