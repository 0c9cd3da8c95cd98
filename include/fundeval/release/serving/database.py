"""Where the serving database is, and how its schema is brought up to date."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from fundeval.core.errors import ReleaseError
from fundeval.core.rooms import Rooms
from fundeval.release.serving.configured import URL_VARIABLE, require_shared_database

EMBEDDED = "serving.sqlite"
# A name of its own: the database may be shared with programs that keep alembic's default table.
VERSION_TABLE = "fundeval_schema_version"

# Any constant will do, as long as every process takes the same one.
_MIGRATION_LOCK = 7_340_622_022


def database_url(rooms: Rooms) -> sa.URL:
    """Return the configured database, by default an SQLite file in the storage root.

    Raises:
        ConfigurationError: The root is in a store, where no such file can be, and none is configured.
        ReleaseError: The configured address is none.
    """
    configured = os.environ.get(URL_VARIABLE)
    if not configured:
        require_shared_database(rooms)
        return sa.URL.create("sqlite", database=str(rooms.root / EMBEDDED))
    try:
        url = sa.make_url(configured)
    except SQLAlchemyError as error:
        raise ReleaseError(f"环境变量 {URL_VARIABLE} 不是有效的数据库地址。") from error
    # The driver this project depends on; SQLAlchemy's default would be the older one.
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def open_database(url: sa.URL) -> sa.Engine:
    """Return an engine whose database has the current schema.

    Raises:
        ReleaseError: The database cannot be reached or migrated; the text names it without its password.
    """
    database = sa.create_engine(url)
    try:
        with database.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            elif connection.dialect.name == "sqlite":
                # The driver would begin its transaction only at the first write, too late to keep others out.
                connection.exec_driver_sql("begin immediate")
            _upgrade(connection)
    except SQLAlchemyError as error:
        database.dispose()
        raise ReleaseError(f"服务数据库“{url.render_as_string(hide_password=True)}”无法使用。") from error
    return database


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Return alembic's configuration of this database's migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: sa.Connection) -> None:
    config = alembic_config(connection)
    current = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()
    if current != ScriptDirectory.from_config(config).get_current_head():
        command.upgrade(config, "head")
