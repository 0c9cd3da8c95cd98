"""The executor of one machine: Airflow's own, with the libraries of the stages loaded once for all workers.

Named by AIRFLOW__CORE__EXECUTOR.
"""

from __future__ import annotations

from airflow.executors.local_executor import LocalExecutor

from fundeval.airflow.warm import load_modules


class WarmLocalExecutor(LocalExecutor):
    """A LocalExecutor whose workers, and the tasks they fork, find everything imported."""

    def start(self) -> None:
        """Load the libraries, then fork the workers."""
        load_modules()
        super().start()
