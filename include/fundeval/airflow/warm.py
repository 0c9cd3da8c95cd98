"""What every task needs, imported once by the process that forks the tasks.

A worker forks a process for every task. What it has imported by then the task has for nothing; what it has not, every
task imports anew, a second of it for Great Expectations alone. ``make run`` forks nothing, but it, too, need not look
through a million objects of libraries in search of rubbish.
"""

from __future__ import annotations

import gc
import importlib

from fundeval.quality.loading import collector_at_rest, load_great_expectations
from fundeval.release.redaction.normalise import characters_made_equal
from fundeval.sources.contract import load_contracts

# What a task imports: the wiring its DAG file reads, the rooms of the stages, and the libraries those import late.
# Importing opens no file, connection or thread that a fork must not carry over.
MODULES = (
    "fundeval.airflow.wiring",
    "fundeval.airflow.parameters",
    "fundeval.airflow.approval",
    "fundeval.sources.ingest",
    "fundeval.quality.gate",
    "fundeval.quality.examination",
    "fundeval.quality.data_docs_view",
    "fundeval.measures",
    "fundeval.scoring",
    "fundeval.release.dataset",
    "fundeval.report.stage",
    "fundeval.report.writer",
    "fundeval.release.publish",
    "duckdb_engine",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
)


def load_modules() -> None:
    """Import everything before the first fork."""
    with collector_at_rest():
        load_great_expectations()
        for module in MODULES:
            importlib.import_module(module)
    from fundeval.quality.data_docs_view import compile_templates

    compile_templates()
    # Rules and SQL are read by each task, contracts where they have changed since: they may change while the workers
    # live; code may not, an upgrade restarts them.
    characters_made_equal()
    load_contracts()
    # What is loaded stays: a collection that looked through it in every task would copy all its pages.
    gc.collect()
    gc.freeze()
