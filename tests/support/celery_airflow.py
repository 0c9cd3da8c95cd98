"""Airflow as docker-compose.yaml runs it, started by hand: PostgreSQL, Redis, CeleryExecutor, several workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from fundeval.airflow.processes import end_sessions, members
from support.airflow_service import free_port, wait_for
from support.servers import postgres_server, redis_server

_REPOSITORY = Path(__file__).resolve().parents[2]
_TRANSIENT = (urllib.error.URLError, ConnectionError, TimeoutError)


@dataclass
class CeleryAirflow:
    """A running installation.

    Attributes:
        home: Airflow's home.
        environment: Environment of every component.
        port: Where the API server listens.
        components: Process of each component; a worker's by its name.
    """

    home: Path
    environment: Mapping[str, str]
    port: int
    components: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        """Start a component with its output in a file of its own, leading a session."""
        log = self.home / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.components[name] = subprocess.Popen(
                [sys.executable, "-m", "fundeval.airflow.command", *arguments],
                cwd=self.home,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        """Start a Celery worker."""
        self.start(name, "celery", "worker", "--celery-hostname", f"{name}@%h", "--skip-serve-logs")

    def kill_worker(self, name: str) -> set[int]:
        """End a worker and everything it has started with SIGKILL, as a machine that loses power; return their pids."""
        session = [self.components[name].pid]
        doomed = members(session)
        for process in doomed:
            # All stand still before the first dies: none can see another's end and tell of it.
            with suppress(psutil.Error):
                process.send_signal(signal.SIGSTOP)
        doomed = members(session)
        for process in doomed:
            with suppress(psutil.Error):
                process.kill()
        self.components[name].wait()
        return {process.pid for process in doomed}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API as the administrator; return the decoded answer."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token()}"}
        return self._ask(method, path, headers, body)

    def pages(self, path: str, key: str) -> list[dict[str, Any]]:
        """Return all entries of a listing of the API."""
        entries: list[dict[str, Any]] = []
        while True:
            separator = "&" if "?" in path else "?"
            answer = self.call("GET", f"{path}{separator}limit=100&offset={len(entries)}")
            entries += answer[key]
            if not answer[key] or len(entries) >= answer["total_entries"]:
                return entries

    def is_healthy(self) -> bool:
        """Tell whether API server, scheduler and DAG processor work."""
        with suppress(*_TRANSIENT):
            health = self._ask("GET", "/api/v2/monitor/health", {}, None)
            parts = ("metadatabase", "scheduler", "dag_processor")
            return all((health.get(part) or {}).get("status") == "healthy" for part in parts)
        return False

    def log_tail(self) -> str:
        """Return the last lines of every component, for a test that failed."""
        logs = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(
            f"== {log.name}\n" + "\n".join(log.read_text("utf-8").splitlines()[-15:]) for log in logs
        )

    def stop(self) -> None:
        """End every component and whatever it has started."""
        for process in self.components.values():
            process.terminate()
        deadline = time.monotonic() + 15
        for process in self.components.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
        end_sessions([process.pid for process in self.components.values()])
        for process in self.components.values():
            process.wait()

    def _token(self) -> str:
        password = json.loads((self.home / "secrets" / "passwords.json").read_text("utf-8"))["admin"]
        credentials = {"username": "admin", "password": password}
        if not hasattr(self, "_kept_token"):
            answer = self._ask("POST", "/auth/token", {"Content-Type": "application/json"}, credentials)
            self._kept_token: str = answer["access_token"]
        return self._kept_token

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=data, headers=dict(headers), method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def celery_airflow(root: Path, settings: Mapping[str, str]) -> Iterator[CeleryAirflow]:
    """Start servers, database and components except workers; end everything with the block.

    Args:
        root: Folder of Airflow's home.
        settings: Further environment of every component.
    """
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server())
        socket = stack.enter_context(redis_server())
        url = database.set(drivername="postgresql+psycopg2").render_as_string()
        airflow = CeleryAirflow(root / "home", {}, free_port())
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "FUNDEVAL"))
        }
        airflow.environment = {
            **kept,
            "AIRFLOW_HOME": str(airflow.home),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{airflow.port}",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(airflow.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CELERY__BROKER_URL": f"redis+socket://{socket}",
            "AIRFLOW__CELERY__RESULT_BACKEND": "db+" + url.replace("+psycopg2", ""),
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{airflow.port}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        stack.callback(airflow.stop)
        migrate = [sys.executable, "-m", "fundeval.airflow.command", "db", "migrate"]
        airflow.home.mkdir(parents=True)
        subprocess.run(migrate, env=dict(airflow.environment), check=True, capture_output=True, timeout=180)
        _password(airflow)
        airflow.start("api-server", "api-server")
        airflow.start("scheduler", "scheduler", "--skip-serve-logs")
        airflow.start("dag-processor", "dag-processor")
        wait_for(airflow.is_healthy, seconds=120)
        yield airflow


def _password(airflow: CeleryAirflow) -> None:
    code = "from fundeval.airflow import environment as e; e.password(e.configure('x.db'))"
    subprocess.run(
        [sys.executable, "-c", code], env=dict(airflow.environment), check=True, capture_output=True
    )
