"""Copies of objects on this machine, kept from one task to the next, each under its name and version.

A copy is never written into: what works on it gets a link where files are only ever replaced, else a file of its
own. So copies may be shared by every task of the machine, and the folder may be removed whenever none is at work.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

UNUSED_DAYS = 14
_DAY_SECONDS = 86_400


class Copies:
    """The copies of one store.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the first copy is kept."""
        self._folder = folder

    def path(self, name: str, version: str) -> Path:
        """Return where the copy of an object's version is, or would be."""
        key = hashlib.sha256(f"{name}\0{version}".encode()).hexdigest()
        return self._folder / key[:2] / key

    def has(self, name: str, version: str) -> bool:
        """Tell whether there is a copy."""
        return self.path(name, version).is_file()

    def draft(self) -> Path:
        """Return a new name to write a copy under before it is kept."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f".{uuid.uuid4().hex}"

    def keep(self, name: str, version: str, draft: Path, mtime_ns: int) -> None:
        """Keep a draft as the copy of an object's version, with the time of change it shall have."""
        kept = self.path(name, version)
        kept.parent.mkdir(exist_ok=True)
        os.utime(draft, ns=(time.time_ns(), mtime_ns))
        draft.replace(kept)

    def adopt(self, name: str, version: str, source: Path) -> None:
        """Keep a local file as the copy of the version it was sent as."""
        draft = self.draft()
        shutil.copy2(source, draft)
        self.keep(name, version, draft, source.stat().st_mtime_ns)

    def lay_out(self, name: str, version: str, target: Path, *, link: bool) -> None:
        """Put a copy in place, by a link where the file is only ever replaced.

        Raises:
            FileNotFoundError: There is no copy.
        """
        kept = self.path(name, version)
        # The time of the last use, by which what nobody uses is found.
        os.utime(kept, ns=(time.time_ns(), kept.stat().st_mtime_ns))
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
        if link:
            draft.hardlink_to(kept)
        else:
            shutil.copy2(kept, draft)
        draft.replace(target)
        # Renaming a link over another of the same file leaves both.
        draft.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove copies nobody has used for :data:`UNUSED_DAYS`, and drafts of killed tasks; at most once a day."""
        mark = self._folder / ".swept"
        now = time.time()
        if not self._folder.is_dir() or (mark.is_file() and now - mark.stat().st_mtime < _DAY_SECONDS):
            return
        mark.touch()
        for path in (*self._folder.glob("*/*"), *self._folder.glob(".*")):
            with suppress(OSError):
                if path != mark and now - path.stat().st_atime > UNUSED_DAYS * _DAY_SECONDS:
                    path.unlink()
