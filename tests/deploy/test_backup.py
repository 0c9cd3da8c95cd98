"""A backup restores what was backed up, on PostgreSQL and on SQLite, and is believed only when all of it is whole."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from fundeval.core.rooms import Rooms
from fundeval.release.publish import publish
from fundeval.release.serving.load import load_releases
from fundeval.release.trail import verify_trail
from release.invented import FUND_YEAR, make_draft
from support.servers import POSTGRES, postgres_server

FERNET_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "backup.py"
FUNDS = Path(__file__).resolve().parents[1] / "release" / "funds"


@dataclass
class Installation:
    """An installation, and where it is restored.

    Attributes:
        root: Folder of everything.
        environment: What its components have.
    """

    root: Path
    environment: dict[str, str]

    @property
    def storage(self) -> Path:
        return Path(self.environment["FUNDEVAL_STORAGE"])

    def run(self, command: str, folder: Path, expected: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), command, str(folder)],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    def airflow(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "fundeval.airflow.command", *arguments],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def installation(root: Path, airflow: str, serving: str | None) -> Installation:
    """Return an empty installation with these databases."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "FUNDEVAL"))}
    environment = {
        **kept,
        "PATH": f"{POSTGRES}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(root / "home"),
        # The keys are kept apart from the backups; without this one the restored values could not be read.
        "AIRFLOW__CORE__FERNET_KEY": FERNET_KEY,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow,
        "FUNDEVAL_FUNDS": str(FUNDS),
        "FUNDEVAL_INBOX": str(root / "inbox"),
        "FUNDEVAL_STORAGE": str(root / "storage"),
    }
    if serving:
        environment["FUNDEVAL_DATABASE_URL"] = serving
    return Installation(root, environment)


@pytest.fixture(scope="module")
def server() -> Iterator[sa.URL]:
    # As in a deployment, it asks for a password.
    with postgres_server("letters1and2digits") as address:
        yield address


def fill(filled: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish two releases into an installation and put a file into its inbox."""
    for name in ("FUNDEVAL_FUNDS", "FUNDEVAL_DATABASE_URL"):
        if name in filled.environment:
            monkeypatch.setenv(name, filled.environment[name])
        else:
            monkeypatch.delenv(name, raising=False)
    for run in ("first", "second"):
        publish(make_draft(filled.storage, run))
    sent = filled.root / "inbox" / "green-river" / "2031" / "水利局" / "明细.xlsx"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"as sent")


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file() and "serving.sqlite" not in path.name)
    return {str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in files}


@pytest.mark.servers
@pytest.mark.airflow
def test_an_installation_on_postgresql_is_what_it_was(
    server: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def address(name: str, driver: str) -> str:
        return server.set(drivername=driver, database=name).render_as_string(hide_password=False)

    def database(name: str, driver: str) -> str:
        with psycopg.connect(address("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return address(name, driver)

    lost = installation(
        tmp_path / "lost", database("a1", "postgresql+psycopg2"), database("s1", "postgresql+psycopg")
    )
    lost.airflow("db", "migrate")
    lost.airflow("variables", "set", "kept", "wertvoll")
    fill(lost, monkeypatch)
    lost.run("save", tmp_path / "backup")
    shutil.rmtree(lost.root / "inbox")
    before = contents(lost.storage)
    shutil.rmtree(lost.storage)

    # A new server as its image makes it: with the database of Airflow and without the serving database.
    again = installation(
        tmp_path / "again", database("a2", "postgresql+psycopg2"), address("s2", "postgresql+psycopg")
    )
    printed = again.run("restore", tmp_path / "backup")

    assert "1个资金年度的发布版本和审计记录核对无误" in printed
    assert contents(again.storage) == before
    assert verify_trail(Rooms(again.storage)) == []
    assert (again.root / "inbox" / "green-river" / "2031" / "水利局" / "明细.xlsx").read_bytes() == b"as sent"
    assert again.airflow("variables", "get", "kept").strip().endswith("wertvoll")
    # Every release is in the serving database already: loading them again loads nothing.
    monkeypatch.setenv("FUNDEVAL_DATABASE_URL", again.environment["FUNDEVAL_DATABASE_URL"])
    assert [one["is_new"] for one in load_releases(Rooms(again.storage))] == [False, False]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation on SQLite with two releases, and its backup."""
    made = installation(tmp_path / "lost", f"sqlite:///{tmp_path}/airflow.sqlite", None)
    fill(made, monkeypatch)
    made.run("save", tmp_path / "backup")
    return made


def elsewhere(tmp_path: Path) -> Installation:
    return installation(tmp_path / "again", f"sqlite:///{tmp_path}/again.sqlite", None)


def test_an_installation_on_sqlite_is_what_it_was(
    small: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = elsewhere(tmp_path)
    again.run("restore", tmp_path / "backup")
    assert contents(again.storage) == contents(small.storage)
    monkeypatch.delenv("FUNDEVAL_DATABASE_URL", raising=False)
    assert [one["is_new"] for one in load_releases(Rooms(again.storage))] == [False, False]


def test_a_backup_that_was_damaged_is_not_restored(small: Installation, tmp_path: Path) -> None:
    with (tmp_path / "backup" / "storage.tar").open("r+b") as handle:
        handle.seek(2000)
        handle.write(b"X")
    again = elsewhere(tmp_path)
    assert "storage.tar" in again.run("restore", tmp_path / "backup", expected=1)
    assert not again.storage.exists()


def test_nothing_is_restored_over_what_is_there(small: Installation, tmp_path: Path) -> None:
    before = contents(small.storage)
    assert "已有内容" in small.run("restore", tmp_path / "backup", expected=1)
    assert contents(small.storage) == before


def test_no_backup_is_written_over_another(small: Installation, tmp_path: Path) -> None:
    assert "已经存在" in small.run("save", tmp_path / "backup", expected=1)


def test_a_backup_that_failed_leaves_nothing_and_can_be_made_again(
    small: Installation, tmp_path: Path
) -> None:
    named = small.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    small.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"postgresql://nobody@/none?host={tmp_path}"
    assert "pg_dump 失败" in small.run("save", tmp_path / "later" / "second", expected=1)
    assert not list((tmp_path / "later").iterdir())
    small.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = named
    # What a killed one has left is no hindrance either.
    (tmp_path / "later" / ".second.partial").mkdir()
    small.run("save", tmp_path / "later" / "second")
    assert [path.name for path in (tmp_path / "later").iterdir()] == ["second"]


def test_releases_that_were_changed_before_the_backup_are_told_after_restoring(
    small: Installation, tmp_path: Path
) -> None:
    record = small.storage / "releases" / str(FUND_YEAR) / "v1" / "release.json"
    record.chmod(0o644)
    record.write_text(record.read_text("utf-8").replace("first", "other"), "utf-8")
    small.run("save", tmp_path / "second")
    assert "不一致" in elsewhere(tmp_path).run("restore", tmp_path / "second", expected=1)


def test_without_the_installations_environment_it_says_where_to_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "save", str(tmp_path / "b")],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "FUNDEVAL_STORAGE" in done.stderr
