"""Settings of Celery workers: Airflow's own, and the libraries of the stages loaded once per worker.

A worker forks a process for every task. What it has imported by then the task has for nothing; what it has not, every
task imports anew, up to seven seconds of it (Great Expectations). Named by AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS.
"""

from __future__ import annotations

import gc
import importlib
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init  # type: ignore[import-untyped]

CELERY_CONFIG: dict[str, Any] = dict(DEFAULT_CELERY_CONFIG)

# What a task imports: the wiring its DAG file reads, the rooms of the stages, and the libraries those import late.
# Importing opens no file, connection or thread that a fork must not carry over.
MODULES = (
    "fundeval.airflow.wiring",
    "fundeval.airflow.parameters",
    "fundeval.sources.ingest",
    "fundeval.quality.gate",
    "fundeval.measures",
    "fundeval.scoring",
    "fundeval.release.dataset",
    "fundeval.report.stage",
    "fundeval.report.writer",
    "fundeval.release.publish",
    "duckdb_engine",
    "great_expectations",
)


@worker_init.connect  # type: ignore[untyped-decorator]
def load_modules(**_: Any) -> None:
    """Import everything before the worker's first fork."""
    for module in MODULES:
        importlib.import_module(module)
    # What is loaded stays: a collection that looked through it in every task would copy all its pages.
    gc.collect()
    gc.freeze()
