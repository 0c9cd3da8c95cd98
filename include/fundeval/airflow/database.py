"""Airflow's own database: made once, brought up to date after an upgrade, left alone otherwise."""

from __future__ import annotations

from typing import Any

SQLITE_PATIENCE: dict[str, Any] = {"timeout": 120}
"""Seconds a writer of SQLite waits for its turn; Airflow imports it by this name."""


def prepare_database() -> bool:
    """Bring the database to the schema of the installed Airflow; return whether there was anything to do.

    Airflow is imported here and not above: its configuration must be in the environment first.
    """
    from airflow.utils import db

    try:
        db.check_migrations(0)  # type: ignore[no-untyped-call]
    except TimeoutError:
        db.initdb()
        return True
    return False
