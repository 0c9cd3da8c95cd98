"""PostgreSQL and Redis of this machine, started for a test in a folder of their own and stopped with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

POSTGRES = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def postgres_server(password: str | None = None) -> Iterator[sa.URL]:
    """Run a PostgreSQL server on a socket in a temporary folder and on no port; yield the address of its database.

    Args:
        password: What it asks for; by default it trusts everybody.
    """
    if not (POSTGRES / "initdb").exists():
        pytest.fail("PostgreSQL 15 is needed: apt-get install postgresql-15")
    # A socket's path may have 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user = "postgres" if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=user, cwd=folder, capture_output=True, env={"LC_ALL": "C.UTF-8"}
        )

    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=300"
    asked = ["-A", "trust"]
    if password:
        (folder / "password").write_text(password, encoding="utf-8")
        asked = ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
    run(str(POSTGRES / "initdb"), "-D", str(data), "-U", "fundeval", *asked, "-E", "UTF8", "--no-sync")
    run(str(POSTGRES / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield sa.URL.create(
            "postgresql+psycopg", "fundeval", password, database="postgres", query={"host": str(folder)}
        )
    finally:
        run(str(POSTGRES / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


@contextmanager
def redis_server() -> Iterator[Path]:
    """Run a Redis server on a socket in a temporary folder and on no port; yield the socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("Redis is needed: apt-get install redis-server")
    folder = Path(tempfile.mkdtemp(prefix="redis", dir="/tmp"))
    socket = folder / "socket"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield socket
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder)
