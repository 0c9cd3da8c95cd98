"""The settings and secrets of this checkout's Airflow."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fundeval.airflow import environment


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """An environment with nothing in it but Airflow's home."""
    content = {"AIRFLOW_HOME": str(tmp_path / "home")}
    monkeypatch.setattr("os.environ", content)
    return content


def test_examples_stay_away_and_the_folders_are_this_repository_s(variables: dict[str, str]) -> None:
    environment.configure("one.db")
    repository = Path(__file__).resolve().parents[2]
    assert variables["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert Path(variables["AIRFLOW__CORE__DAGS_FOLDER"]) == repository / "dags"
    assert Path(variables["AIRFLOW__CORE__PLUGINS_FOLDER"]) == repository / "plugins"


def test_without_a_home_airflow_lives_in_the_checkout(variables: dict[str, str]) -> None:
    del variables["AIRFLOW_HOME"]
    assert environment.airflow_home() == Path(__file__).resolve().parents[2] / ".airflow"


def test_what_the_operator_has_set_stays(variables: dict[str, str]) -> None:
    variables["AIRFLOW__CORE__PARALLELISM"] = "3"
    environment.configure("one.db")
    assert variables["AIRFLOW__CORE__PARALLELISM"] == "3"


def test_secrets_are_long_readable_by_their_owner_only_and_kept(
    variables: dict[str, str], tmp_path: Path
) -> None:
    home = environment.configure("one.db")
    secret = variables["AIRFLOW__API_AUTH__JWT_SECRET"]
    assert len(secret.encode()) >= 64
    password = environment.password(home)
    files = [path for path in (home / "secrets").iterdir() if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

    for name in [name for name in variables if name.startswith("AIRFLOW__")]:
        del variables[name]
    environment.configure("one.db")
    assert variables["AIRFLOW__API_AUTH__JWT_SECRET"] == secret
    assert environment.password(home) == password


def test_a_run_in_one_process_and_the_service_do_not_share_a_database() -> None:
    """A scheduler would take a run of the other for its own and start its tasks a second time."""
    from fundeval.airflow import run, service

    assert run.DATABASE != service.DATABASE


def test_writers_of_sqlite_wait_for_their_turn_and_other_databases_get_no_such_argument(
    variables: dict[str, str],
) -> None:
    environment.configure("one.db")
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS" in variables
    home = variables["AIRFLOW_HOME"]
    variables.clear()
    variables["AIRFLOW_HOME"] = home
    variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "postgresql+psycopg://somewhere/airflow"
    environment.configure("one.db")
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS" not in variables
