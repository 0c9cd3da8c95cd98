"""Which processes belong to a running service, and how they are ended without leaving any behind.

Each component leads a session. What it starts may change its process group, as Airflow's task processes do,
but stays in the session.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_END_SECONDS = 5


@dataclass(frozen=True)
class Service:
    """What is remembered of a running service.

    Attributes:
        pid: Process number of the supervisor.
        started: When the supervisor was started, in seconds since the epoch. Process numbers are given out
            again after a while; with the time of its start a process is known for certain.
        sessions: Session numbers of the components.
    """

    pid: int
    started: float
    sessions: list[int]

    @staticmethod
    def record(home: Path, sessions: list[int]) -> None:
        """Remember this process as the supervisor of the sessions."""
        service = Service(os.getpid(), psutil.Process().create_time(), sessions)
        _file(home).write_text(json.dumps(asdict(service)), encoding="utf-8")

    @staticmethod
    def recorded(home: Path) -> Service | None:
        """Return what was last recorded and not forgotten since."""
        try:
            return Service(**json.loads(_file(home).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @staticmethod
    def forget(home: Path) -> None:
        """Remove the record of a service that has ended."""
        _file(home).unlink(missing_ok=True)

    def supervisor(self) -> psutil.Process | None:
        """Return the supervisor's process, None where it has ended."""
        try:
            process = psutil.Process(self.pid)
            return process if process.create_time() == self.started else None
        except psutil.NoSuchProcess:
            return None

    def end(self, home: Path) -> None:
        """End whatever is left of the service and forget it."""
        end_sessions(self.sessions, born_after=self.started)
        self.forget(home)


def members(sessions: Iterable[int], born_after: float = 0.0) -> list[psutil.Process]:
    """Return the living processes of the sessions born after ``born_after`` (seconds since the epoch)."""
    wanted = set(sessions)
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            living = process.status() != psutil.STATUS_ZOMBIE
            if living and os.getsid(process.pid) in wanted and process.create_time() >= born_after:
                found.append(process)
    return found


def end_sessions(sessions: Iterable[int], born_after: float = 0.0) -> None:
    """End every process of the sessions, politely first."""
    numbers = list(sessions)
    for send in (psutil.Process.terminate, psutil.Process.kill):
        processes = members(numbers, born_after)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                send(process)
        psutil.wait_procs(processes, timeout=_END_SECONDS)


def _file(home: Path) -> Path:
    return home / "service.json"
