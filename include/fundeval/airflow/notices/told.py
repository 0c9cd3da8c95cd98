"""What people have been told lately, so that a cause is told once however many tasks it stops.

One small file per cause in the storage root, because the tasks that meet a cause run on any worker. Taking a cause
is one step on every POSIX file system; a lock beside the files lets one outdated cause be taken by one task only. In
a store a new cause is taken by creating its object; of an outdated one two tasks may tell at the same moment.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundeval.core.rooms import Rooms, json_text, write_json

QUIET_MINUTES_VARIABLE = "FUNDEVAL_NOTICE_QUIET_MINUTES"
_QUIET_MINUTES = 60


def take(folder: Path, cause: str, title: str, rooms: Rooms | None = None) -> bool:
    """Take a cause, to tell it; False where somebody told it within the quiet time.

    Args:
        folder: Where the causes are kept.
        cause: Key of the cause.
        title: What is told, for whoever looks into the folder.
        rooms: The storage root the folder is in; None where it is in none.
    """
    path = folder / f"{cause}.json"
    if rooms is not None and rooms.store is not None:
        return _take_in_store(rooms, path, title)
    with _locked(folder):
        if _age_seconds(path) < 60 * quiet_minutes():
            return False
        write_json(path, {"title": title})
    return True


def give_back(folder: Path, cause: str, rooms: Rooms | None = None) -> None:
    """Undo :func:`take`, where telling failed: the next task that meets the cause tells it."""
    path = folder / f"{cause}.json"
    path.unlink(missing_ok=True)
    if rooms is not None and rooms.store is not None:
        rooms.store.remove(rooms.name(path))


def quiet_minutes() -> float:
    """Return for how long a cause that was told is not told again, in minutes."""
    try:
        return float(os.environ.get(QUIET_MINUTES_VARIABLE, _QUIET_MINUTES))
    except ValueError:
        return _QUIET_MINUTES


def _take_in_store(rooms: Rooms, path: Path, title: str) -> bool:
    rooms.bring(path)
    # With something of its own in it, so that nobody else's object is taken for this one.
    said = {"title": title, "id": uuid.uuid4().hex}
    if not path.is_file():
        return rooms.create(path, json_text(said).encode())
    if _age_seconds(path) < 60 * quiet_minutes():
        return False
    write_json(path, said)
    rooms.send(path)
    return True


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
