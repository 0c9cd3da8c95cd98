"""Alembic's entry point: migrates over the connection it is given, inside the caller's transaction."""

from alembic import context

from fundeval.release.serving.database import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
