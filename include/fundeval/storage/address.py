"""From what an operator names as storage root to the rooms: a folder, or an address and a workspace for it."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import threading
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

from fundeval.core.rooms import Rooms
from fundeval.storage.copies import Copies
from fundeval.storage.objects import Objects
from fundeval.storage.workspace import Workspace

MIRROR_VARIABLE = "FUNDEVAL_MIRROR"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LOCK = ".lock"

# One workspace per process, store and mirror: a forked task must not go on in its parent's.
_open: dict[tuple[int, str, Path], Rooms] = {}
_opening = threading.Lock()


def is_url(place: str) -> bool:
    """Tell whether a storage root is an address and no path; ``s3:/bucket`` is what a path makes of one."""
    return _URL.match(place) is not None


def open_rooms(place: str | Path, mirror: Path | None = None) -> Rooms:
    """Return the rooms of a storage root.

    Args:
        place: A folder, or the address of one in a store such as ``s3://bucket/prefix``.
        mirror: Folder for the copies; :func:`mirror_folder` by default. Nothing lies there for a folder's rooms.

    Nothing is asked of a store before something is wanted of it.

    Raises:
        StoreRefusedError: The address cannot be understood.
    """
    if not is_url(str(place)):
        return Rooms(Path(place))
    address, folder = str(place).rstrip("/"), mirror or mirror_folder()
    key = (os.getpid(), address, folder)
    with _opening:
        if key not in _open:
            _open[key] = _opened(address, folder)
        return _open[key]


def mirror_folder() -> Path:
    """Return where the copies of stores are kept: FUNDEVAL_MIRROR, else a folder of the user's among the caches."""
    configured = os.environ.get(MIRROR_VARIABLE)
    if configured:
        return Path(configured)
    caches = os.environ.get("XDG_CACHE_HOME")
    if caches:
        return Path(caches) / "fundeval"
    try:
        return Path.home() / ".cache" / "fundeval"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"fundeval-{os.getuid()}"


def _opened(address: str, mirror: Path) -> Rooms:
    objects = Objects(address)
    folder = mirror / hashlib.sha256(address.encode()).hexdigest()[:16]
    works = folder / "work"
    # Rows of classified projects will lie here: for the owner alone.
    works.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    _sweep(works)
    copies = Copies(folder / "copies")
    copies.sweep()
    root = _new_workspace(works)
    atexit.register(partial(_leave, os.getpid(), root))
    return Rooms(root, Workspace(root, objects, copies))


def _new_workspace(works: Path) -> Path:
    """Make a workspace that is locked for as long as this process, or one it started meanwhile, lives."""
    while True:
        root = works / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        root.mkdir()
        with suppress(FileNotFoundError):
            descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Somebody who was just sweeping may have had it for that of a dead process.
            if (root / _LOCK).is_file():
                return root


def _sweep(works: Path) -> None:
    """Remove the workspaces whose processes are gone."""
    for root in works.iterdir():
        # One without a lock is just being made.
        with suppress(OSError):
            descriptor = os.open(root / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(root, ignore_errors=True)
            finally:
                os.close(descriptor)


def _leave(pid: int, root: Path) -> None:
    if os.getpid() == pid:
        shutil.rmtree(root, ignore_errors=True)
