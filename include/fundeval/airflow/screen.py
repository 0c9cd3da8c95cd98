"""Keeps Airflow's own output off the screen: a person sees our lines, a file gets the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STDOUT, STDERR = 1, 2


@contextmanager
def quiet_screen(log: Path) -> Iterator[TextIO]:
    """Send all that this process and its children print into ``log``; give a stream to the screen.

    The file descriptors themselves are redirected: Airflow keeps streams from its first import, and programs
    started by a stage know nothing of Python's.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(STDOUT), os.dup(STDERR)
    screen = os.fdopen(os.dup(kept[0]), "w", encoding="utf-8", buffering=1)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.dup2(target, STDOUT)
        os.dup2(target, STDERR)
        yield screen
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for original, number in zip(kept, (STDOUT, STDERR), strict=True):
            os.dup2(original, number)
            os.close(original)
        os.close(target)
        screen.close()
