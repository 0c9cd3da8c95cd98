"""Remembering what was read from a file while the file stays as it is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

# Five files of each of a thousand fund-years.
_LIMIT = 5000


def while_unchanged(read: Callable[[Path], T]) -> Callable[[Path], T]:
    """Keep what ``read`` made of a file until its size, time of change or inode is another.

    Files of the storage root are replaced by renaming, so that a changed file is always another inode. A file that
    is not there is never remembered.
    """
    kept: OrderedDict[Path, tuple[tuple[int, int, int], T]] = OrderedDict()
    lock = Lock()

    @wraps(read)
    def reading(path: Path) -> T:
        try:
            status = path.stat()
        except OSError:
            return read(path)
        signature = (status.st_size, status.st_mtime_ns, status.st_ino)
        with lock:
            known = kept.get(path)
            if known is not None and known[0] == signature:
                kept.move_to_end(path)
                return known[1]
        value = read(path)
        with lock:
            kept[path] = (signature, value)
            while len(kept) > _LIMIT:
                kept.popitem(last=False)
        return value

    return reading
