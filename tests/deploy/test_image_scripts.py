"""The scripts of the image: what a container starts, and what the first start of an installation does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from support.servers import postgres_server

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that say how they were called, instead of the real ones."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("airflow", "python", "fundeval"):
        program = folder / name
        program.write_text(f'#!/bin/bash\necho {name} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return folder


def run(script: str, *arguments: str, programs: Path, **environment: str) -> str:
    done = subprocess.run(
        ["/bin/bash", str(DEPLOY / script), *arguments],
        env={"PATH": f"{programs}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        (["scheduler"], "airflow scheduler"),
        (["celery", "worker"], "airflow celery worker"),
        (["airflow", "db", "check-migrations", "--migration-wait-timeout=60"],
         "airflow db check-migrations --migration-wait-timeout=60"),
        (["bash", "-c", "exec airflow api-server"], "airflow api-server"),
        (["fundeval", "audit", "verify", "--out", "/data/storage"], "fundeval audit verify --out /data/storage"),
        (["python", "-m", "fundeval.airflow.roles"], "python -m fundeval.airflow.roles"),
    ],
)  # fmt: skip
def test_a_container_runs_a_command_of_airflow_or_a_program(
    programs: Path, arguments: list[str], started: str
) -> None:
    assert run("entrypoint.sh", *arguments, programs=programs) == started


def test_the_first_start_makes_databases_administrator_and_roles(programs: Path) -> None:
    administrator = {"ADMIN_USER": "root", "ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": "p w"}
    done = run("init.sh", programs=programs, OFFICES="水利局,教育局", **administrator).splitlines()
    assert done == [
        "airflow db migrate",
        f"python {DEPLOY}/create_database.py",
        "airflow users create --role Admin --username root --email root@example.org --password p w"
        " --firstname 系统 --lastname 管理员",
        "python -m fundeval.airflow.roles --office 水利局 --office 教育局",
    ]
    assert (
        run("init.sh", programs=programs, **administrator).splitlines()[-1]
        == "python -m fundeval.airflow.roles"
    )


def test_backups_find_the_tools_of_the_server_s_version_in_the_image() -> None:
    """pg_dump refuses a server newer than itself."""
    called = set(re.findall(r'_postgres\("(pg_\w+)"', (DEPLOY / "backup.py").read_text(encoding="utf-8")))
    assert called == {"pg_dump", "pg_restore"}
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8"))
    server = re.match(r"postgres:(\d+)-bookworm", compose["services"]["postgres"]["image"])
    assert server is not None
    installed = re.findall(r"apt-get install [^&]*", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))
    assert f"postgresql-client-{server[1]}" in " ".join(installed).split()


@pytest.mark.servers
def test_the_serving_database_is_made_once() -> None:
    with postgres_server() as server:
        url = server.set(database="fundeval").render_as_string(hide_password=False)
        for _ in range(2):
            subprocess.run(
                [sys.executable, str(DEPLOY / "create_database.py")],
                env={**os.environ, "FUNDEVAL_DATABASE_URL": url},
                check=True,
            )
        address = server.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as connection:
            names = connection.execute("select datname from pg_database").fetchall()
    assert ("fundeval",) in names


def test_a_serving_database_in_a_file_needs_no_server() -> None:
    environment = {**os.environ, "FUNDEVAL_DATABASE_URL": "sqlite:////tmp/none.sqlite"}
    subprocess.run([sys.executable, str(DEPLOY / "create_database.py")], env=environment, check=True)
