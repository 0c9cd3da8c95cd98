"""Create the serving database on its PostgreSQL server; one that is there stays as it is."""

import os
import sys

import psycopg
import sqlalchemy as sa
from psycopg import sql


def main(address: str) -> int:
    """Create the database an address names; an address of another kind of database needs nothing."""
    url = sa.make_url(address)
    if not url.drivername.startswith("postgres"):
        return 0
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (url.database,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(url.database or "")))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("FUNDEVAL_DATABASE_URL", "sqlite://")))
