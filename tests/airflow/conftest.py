"""An Airflow for this process; importing its home before any test settles its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import airflow_home


@pytest.fixture(scope="session")
def airflow() -> Path:
    """Airflow with a database; returns its home."""
    from fundeval.airflow.database import prepare_database

    prepare_database()
    return airflow_home.HOME
