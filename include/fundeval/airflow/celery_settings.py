"""Settings of Celery workers: Airflow's own, and the libraries of the stages loaded once per worker.

Named by AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init  # type: ignore[import-untyped]

from fundeval.airflow.warm import load_modules

CELERY_CONFIG: dict[str, Any] = dict(DEFAULT_CELERY_CONFIG)


@worker_init.connect  # type: ignore[untyped-decorator]
def start_warm(**_: Any) -> None:
    """Load the libraries before the worker's first fork."""
    load_modules()
