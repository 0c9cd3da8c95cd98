"""One object store and one database server for all tests of the storage; a root of its own for each that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from fundeval.release.serving.configured import URL_VARIABLE
from support.object_store import ObjectStore, Worker, object_store, workers
from support.servers import postgres_server


@pytest.fixture(scope="session", autouse=True)
def store() -> Iterator[ObjectStore]:
    """An object store, which the environment of the tests leads to."""
    with object_store() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """A PostgreSQL server of its own."""
    with postgres_server() as address:
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()


@contextmanager
def serving_database(postgres: sa.Engine) -> Iterator[None]:
    """Let the environment name an empty serving database while the block runs."""
    name = f"db{os.urandom(4).hex()}"
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL_VARIABLE, postgres.url.set(database=name).render_as_string(hide_password=False))
        yield


@pytest.fixture
def serving(postgres: sa.Engine) -> Iterator[None]:
    """An empty serving database, which the environment names."""
    with serving_database(postgres):
        yield


@pytest.fixture
def worker(store: ObjectStore, tmp_path: Path) -> Worker:
    """Workers on an empty storage root."""
    return workers(store.new_root(), tmp_path)
