"""The Airflow of this checkout: its home, its settings and its secrets, as environment variables.

Airflow reads its configuration when it is first imported, so everything here is set before that and nothing
here imports airflow. A variable the operator has set already always wins.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from fundeval.core.places import repository

USER = "admin"
_SECRET_MODE = 0o600
# The hash that signs logins wants a key no shorter than its own 64-byte output.
_JWT_SECRET_BYTES = 64
_PASSWORD_BYTES = 12
# Each worker process is started in advance and holds over 100 MB; the default of 32 would take gigabytes.
_PARALLELISM = 8
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def airflow_home() -> Path:
    """Return Airflow's folder: AIRFLOW_HOME, or ``.airflow`` in this checkout."""
    configured = os.environ.get("AIRFLOW_HOME")
    return Path(configured).resolve() if configured else repository() / ".airflow"


def configure(database: str) -> Path:
    """Set every variable Airflow needs for this checkout; return its home.

    Args:
        database: Name of the SQLite file in the home. A run in one process and a running scheduler must not
            share one: the scheduler would start the tasks of a run that is being carried out elsewhere.
    """
    home = airflow_home()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["AIRFLOW_HOME"] = str(home)
    for name, value in {**_settings(home, database), **_secret_settings(home)}.items():
        os.environ.setdefault(name, value)
    if os.environ[_DATABASE].startswith("sqlite"):
        # Writers of SQLite take turns; on a busy machine its default of 5 s turned a click in the UI into an error.
        for name in ("SQL_ALCHEMY_CONNECT_ARGS", "SQL_ALCHEMY_CONNECT_ARGS_ASYNC"):
            os.environ.setdefault(f"AIRFLOW__DATABASE__{name}", "fundeval.airflow.database.SQLITE_PATIENCE")
    return home


def password(home: Path) -> str:
    """Return the password of the one user of ``make up``, made at first use, readable by its owner only."""
    path = _password_file(home)
    if not path.is_file():
        _write_secret(path, json.dumps({USER: secrets.token_urlsafe(_PASSWORD_BYTES)}))
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept[USER]


def _settings(home: Path, database: str) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(repository() / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(repository() / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "fundeval.airflow.local_executor.WarmLocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(_PARALLELISM),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_password_file(home)),
        _DATABASE: f"sqlite:///{home / database}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        # A chain of short tasks spends most of its time waiting for the scheduler's next look (default 1 s).
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _secret_settings(home: Path) -> dict[str, str]:
    return {
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(
            home, "jwt", lambda: secrets.token_urlsafe(_JWT_SECRET_BYTES)
        ),
        "AIRFLOW__API__SECRET_KEY": _secret(home, "api", lambda: secrets.token_urlsafe(_JWT_SECRET_BYTES)),
        "AIRFLOW__CORE__FERNET_KEY": _secret(home, "fernet", _fernet_key),
    }


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _password_file(home: Path) -> Path:
    return home / "secrets" / "passwords.json"


def _secret(home: Path, name: str, make: Callable[[], str]) -> str:
    path = home / "secrets" / name
    if not path.is_file():
        _write_secret(path, make())
    return path.read_text(encoding="utf-8").strip()


def _write_secret(path: Path, content: str) -> None:
    """Create the file with its final mode, never readable by others; keep one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(content + "\n")
