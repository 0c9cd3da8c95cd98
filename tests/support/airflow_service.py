"""``make up`` as an operator has it: started, asked through its API, stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from support.sample_sources import SAMPLE

REPOSITORY = Path(__file__).resolve().parents[2]
_Answer = TypeVar("_Answer")


@dataclass
class Service:
    """A ``make up``.

    Attributes:
        root: Folder of Airflow's home, the inbox and the storage.
        port: Where the UI listens.
        settings: Environment variables the operator has set beforehand.
        printed: What the operator has seen so far.
        process: The make process.
    """

    root: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""
    process: subprocess.Popen[str] = field(init=False)

    @property
    def home(self) -> Path:
        """Airflow's home."""
        return self.root / "home"

    @property
    def storage(self) -> Path:
        """Where runs and releases go."""
        return self.root / "storage"

    @property
    def sources(self) -> Path:
        """Where the sample's fund-year finds its files when the form names no folder."""
        return self.root / "inbox" / str(SAMPLE)

    @property
    def environment(self) -> dict[str, str]:
        """The operator's environment: none of the settings of the Airflow of this test process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        own = {"AIRFLOW_HOME": str(self.home), "PYTHONUNBUFFERED": "1", "VENV": sys.prefix}
        return {**kept, **self.settings, **own}

    @property
    def sessions(self) -> list[int]:
        """Session numbers of the running components."""
        sessions: list[int] = json.loads((self.home / "service.json").read_text(encoding="utf-8"))["sessions"]
        return sessions

    def start(self) -> None:
        """Start it; ``ready`` waits for it."""
        folders = (f"INBOX={self.root / 'inbox'}", f"STORAGE={self.storage}")
        self.process = subprocess.Popen(
            _make("up", f"PORT={self.port}", *folders),
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> None:
        """Read what is printed until the operator is told how to stop it again."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if "make down" in line:
                return
        raise AssertionError(f"make up ended:\n{self.printed}")

    def down(self) -> None:
        """Stop it from another terminal."""
        subprocess.run(_make("down"), cwd=REPOSITORY, env=self.environment, check=True, capture_output=True)

    def command(self, *arguments: str) -> None:
        """Run Airflow's own command line on it."""
        command = [REPOSITORY / "scripts" / "airflow", *arguments]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def shown(self, label: str) -> str:
        """Return what was printed after a label."""
        found = re.search(rf"{label}:\s*(\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def token(self) -> str:
        """Log in with what the operator is told."""
        credentials = {"username": self.shown("用户名"), "password": self.shown("密码")}
        token: str = self.call("POST", "/auth/token", body=credentials)["access_token"]
        return token

    def call(self, method: str, path: str, token: str | None = None, body: Any = None) -> Any:
        """Ask the API at the address the operator is told; return the decoded answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        address = self.shown("地址") + path
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def end_of(self, run: str, seconds: float) -> str:
        """Wait until a DAG run has ended, named by its path in the API; return its state."""
        token = self.token()

        def ended() -> str | None:
            state: str = self.call("GET", run, token)["state"]
            return state if state in ("success", "failed") else None

        return wait_for(ended, seconds)

    def scheduler_saw_the_end(self, run: str, task: str, attempt: int) -> bool:
        """Return whether the scheduler has been told that the process of an attempt of a task has ended."""
        log = (self.home / "logs" / "service" / "scheduler.log").read_text(encoding="utf-8", errors="replace")
        line = rf"TaskInstance Finished: .*\btask_id={task}, run_id={run}, .*\btry_number={attempt},"
        return re.search(line, log) is not None

    def processes(self) -> list[str]:
        """Command lines of the living processes whose environment names this Airflow home."""
        found = []
        for process in psutil.process_iter():
            try:
                living = process.status() != psutil.STATUS_ZOMBIE
                if living and process.environ().get("AIRFLOW_HOME") == str(self.home):
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found


@contextmanager
def running_service(root: Path, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Start a service, wait until it is ready, stop it with the block."""
    service = Service(root, free_port(), settings or {})
    service.start()
    try:
        service.ready()
        yield service
    finally:
        service.process.send_signal(signal.SIGTERM)
        service.process.communicate(timeout=60)


def free_port() -> int:
    """Return a port nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(question: Callable[[], _Answer], seconds: float = 120, every: float = 0.5) -> _Answer:
    """Ask every half second, or as often as is said, until there is an answer; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(every)
    raise AssertionError(f"no answer within {seconds} s")


def _make(*arguments: str) -> list[str]:
    """Return the make command on the environment that runs this test, which is never made anew by it."""
    return ["make", f"--old-file={sys.prefix}/.installed", f"VENV={sys.prefix}", *arguments]
