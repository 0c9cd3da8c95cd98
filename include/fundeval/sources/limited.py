"""Work in a process of its own, under limits of memory, processor time and time.

The process is a fork: it finds every library loaded, where a new interpreter would import them again for every file.
Arrow, Python's logging and the import system make themselves ready for this after a fork; the work must use nothing
else that the caller's threads may hold, no engine above all.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

_LONGEST_PAUSE_SECONDS = 0.02
_FAILED = 1


@dataclass(frozen=True)
class Limits:
    """What the process may use.

    Attributes:
        seconds: Until it is killed.
        processor_seconds: Of all its threads.
        memory_bytes: Address space beyond what the caller has already.
    """

    seconds: int
    processor_seconds: int
    memory_bytes: int


def run_limited(work: Callable[[], int], limits: Limits) -> int:
    """Run ``work`` in a process of its own and wait for it.

    Returns:
        What ``work`` returned (0 to 255), 1 where it raised, minus the signal that ended it.

    Raises:
        TimeoutError: It was not done in time and has been killed.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    child = os.fork()
    if child == 0:
        _be_the_child(work, limits)
    try:
        return _wait(child, time.monotonic() + limits.seconds)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def _be_the_child(work: Callable[[], int], limits: Limits) -> NoReturn:
    """Never return to the caller's code, whose clean-up belongs to the parent."""
    status = _FAILED
    try:
        _detach()
        _limit(limits)
        status = work()
    except BaseException:
        status = _FAILED
    finally:
        os._exit(status)


def _detach() -> None:
    """Leave behind what is the caller's: its handlers of signals, its streams, the rubbish it has not collected."""
    # What is loaded stays: a collection that looked through it would copy all its pages, and an engine among the
    # rubbish would wait for threads that only the parent has.
    gc.freeze()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    faulthandler.disable()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _limit(limits: Limits) -> None:
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    memory = used + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(child: int, deadline: float) -> int:
    pause = 0.001
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
