"""``make up``: an operator's Airflow starts, lets them in, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS = 180
pytestmark = pytest.mark.airflow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Service:
    """A running ``make up``.

    Attributes:
        process: The make process.
        port: Where the UI listens.
        home: Airflow's home.
        storage: Where runs and releases go.
        printed: What the operator has seen so far.
    """

    process: subprocess.Popen[str]
    port: int
    home: Path
    storage: Path
    printed: str = ""

    def read_until(self, text: str) -> None:
        """Read what is printed until ``text`` is; fail where the command ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if text in line:
                return
        raise AssertionError(f"ended without {text!r}:\n{self.printed}")

    def shown(self, label: str) -> str:
        """Return what was printed after a label."""
        found = re.search(rf"{label}:\s*(\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def call(self, method: str, path: str, token: str | None = None, body: Any = None) -> Any:
        """Ask the API; return the decoded answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    @property
    def address(self) -> str:
        """The address the operator is told."""
        return self.shown("地址")

    def token(self) -> str:
        """Log in with what the operator is told."""
        credentials = {"username": self.shown("用户名"), "password": self.shown("密码")}
        token: str = self.call("POST", "/auth/token", body=credentials)["access_token"]
        return token


def start(home: Path, storage: Path, port: int) -> Service:
    stamp = f"--old-file={sys.prefix}/.installed"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    process = subprocess.Popen(
        ["make", stamp, "up", f"VENV={sys.prefix}", f"PORT={port}", f"STORAGE={storage}"],
        cwd=REPOSITORY,
        env={**environment, "AIRFLOW_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Service(process, port, home, storage)


def living_with(home: Path) -> list[str]:
    """Command lines of the processes whose environment names this Airflow home."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.environ().get("AIRFLOW_HOME") == str(home)
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def wait_for(question: Any, seconds: float = 60) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.5)
    raise AssertionError(f"no answer within {seconds} s")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    running = start(folder / "home", folder / "storage", free_port())
    try:
        running.read_until("make down")
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.communicate(timeout=60)


def test_everything_is_healthy_when_the_operator_is_told_to_log_in(service: Service) -> None:
    health = service.call("GET", "/api/v2/monitor/health")
    assert {part: state["status"] for part, state in health.items()} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "triggerer": "healthy",
        "dag_processor": "healthy",
    }


def test_the_printed_name_and_password_let_the_operator_in_and_others_stay_out(service: Service) -> None:
    assert service.token()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        service.call("GET", "/api/v2/dags")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        service.call("POST", "/auth/token", body={"username": service.shown("用户名"), "password": "guess"})


def test_the_evaluation_is_there_ready_to_be_started_and_no_example_is(service: Service) -> None:
    token = service.token()
    dags = wait_for(lambda: service.call("GET", "/api/v2/dags", token)["dags"])
    assert [(dag["dag_id"], dag["is_paused"]) for dag in dags] == [("year_end_evaluation", False)]


def test_the_ui_is_served(service: Service) -> None:
    with urllib.request.urlopen(service.address, timeout=30) as answer:
        assert "<html" in answer.read().decode().lower()


def test_nothing_listens_beyond_this_machine(service: Service) -> None:
    listening = {
        connection.laddr.ip
        for process in psutil.process_iter()
        if os.getsid(process.pid) in sessions(service)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def sessions(service: Service) -> list[int]:
    recorded: list[int] = json.loads((service.home / "service.json").read_text())["sessions"]
    return recorded


def test_a_taken_port_is_refused_instead_of_answering_for_an_older_server(
    service: Service, tmp_path: Path
) -> None:
    second = start(tmp_path / "home", tmp_path / "storage", service.port)
    printed, _ = second.process.communicate(timeout=60)
    assert second.process.returncode != 0
    assert "已被占用" in printed


@pytest.mark.parametrize("how", ["terminate", "make down"])
def test_stopping_leaves_no_process_behind(how: str, tmp_path: Path) -> None:
    running = start(tmp_path / "home", tmp_path / "storage", free_port())
    running.read_until("make down")
    assert len(living_with(running.home)) > 4

    if how == "terminate":
        running.process.send_signal(signal.SIGTERM)
    else:
        down = ["make", f"--old-file={sys.prefix}/.installed", "down", f"VENV={sys.prefix}"]
        subprocess.run(
            down, cwd=REPOSITORY, env={**os.environ, "AIRFLOW_HOME": str(running.home)}, check=True
        )
    running.process.communicate(timeout=60)

    assert wait_for(lambda: not living_with(running.home), seconds=10)


def test_a_killed_supervisor_is_cleaned_up_after_by_make_down(tmp_path: Path) -> None:
    running = start(tmp_path / "home", tmp_path / "storage", free_port())
    running.read_until("make down")
    recorded = json.loads((running.home / "service.json").read_text())
    os.kill(recorded["pid"], signal.SIGKILL)
    running.process.communicate(timeout=60)
    assert living_with(running.home)

    down = ["make", f"--old-file={sys.prefix}/.installed", "down", f"VENV={sys.prefix}"]
    subprocess.run(down, cwd=REPOSITORY, env={**os.environ, "AIRFLOW_HOME": str(running.home)}, check=True)

    assert wait_for(lambda: not living_with(running.home), seconds=10)
