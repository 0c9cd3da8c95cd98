"""The objects of a store by name: listing, getting, putting, and creating where nothing is."""

from __future__ import annotations

import datetime as dt
import inspect
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fundeval.storage.errors import StoreRefusedError, telling

# A store may answer "somebody is just creating it" before it can say who has.
_CREATE_TRIES = 5
_CREATE_PAUSE_SECONDS = 0.3


@dataclass(frozen=True)
class Found:
    """An object as a listing shows it.

    Attributes:
        version: Another one after every change of its content.
        changed_at: When it was written, seconds of the epoch.
    """

    version: str
    changed_at: float


def shown_url(url: str) -> str:
    """Return an address without user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


class Objects:
    """The objects below an address any filesystem of fsspec understands.

    Args:
        url: The address, such as ``s3://bucket/prefix``.

    Raises:
        StoreRefusedError: The address cannot be understood.
    """

    def __init__(self, url: str) -> None:
        """Find the filesystem; nothing is asked of the store yet."""
        # Here and not at the top: every reading of a DAG file and every command would pay for it.
        import fsspec

        self.url = shown_url(url)
        with telling(self.url):
            # Others change the store: what a listing said is never remembered.
            self._fs, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._root = str(path).rstrip("/")

    def require(self) -> None:
        """Make sure that the bucket is there and lets itself be listed.

        Raises:
            StoreRefusedError: It is not, or does not.
        """
        with telling(self.url):
            self._fs.ls(self._root.partition("/")[0], detail=False)

    def require_exclusive(self, name: str) -> None:
        """Make sure that the store does not write over an object that was to be created.

        Args:
            name: Name of an object nobody has: it is created, created again in vain, and removed.

        Raises:
            StoreRefusedError: The second attempt did not fail, or the filesystem would look first and then write.
        """
        is_exclusive = _knows_creating(self._fs)
        if is_exclusive:
            self.create(name, b"1")
            is_exclusive = not self.create(name, b"2")
            self.remove([name])
        if not is_exclusive:
            raise StoreRefusedError(
                f"存放位置“{self.url}”不支持“不存在才写入”(If-None-Match),两个运行可能互相覆盖:请换用支持的对象存储。"
            )

    def list(self, name: str) -> dict[str, Found]:
        """Return what is at or below a name."""
        with telling(self.url):
            listed = self._fs.find(self._path(name), detail=True)
        cut = len(self._root) + 1
        return {path[cut:]: _found(about) for path, about in sorted(listed.items()) if len(path) > cut}

    def find(self, name: str) -> Found | None:
        """Return one object as it is now; None where there is none."""
        with telling(self.url):
            try:
                about = self._fs.info(self._path(name))
            except FileNotFoundError:
                return None
        return _found(about) if about["type"] == "file" else None

    def read(self, name: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            FileNotFoundError: There is none.
        """
        with telling(self.url, missing_is_told=False):
            content: bytes = self._fs.cat_file(self._path(name))
        return content

    def get(self, targets: Mapping[str, Path]) -> None:
        """Bring objects to local paths.

        Raises:
            FileNotFoundError: One of them has gone.
        """
        if not targets:
            return
        names = [self._path(name) for name in targets]
        with telling(self.url, missing_is_told=False):
            self._fs.get(names, [str(path) for path in targets.values()])

    def put(self, sources: Mapping[str, Path]) -> None:
        """Send local files."""
        if sources:
            with telling(self.url):
                self._fs.put([str(path) for path in sources.values()], [self._path(name) for name in sources])

    def write(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        with telling(self.url):
            self._fs.pipe_file(self._path(name), content)

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False where there is one of another content.

        One of the same content is this one: an answer that got lost on the way makes the library ask again.
        """
        for _ in range(_CREATE_TRIES):
            try:
                self._fs.pipe_file(self._path(name), content, mode="create")
                return True
            except Exception as error:
                try:
                    return self.read(name) == content
                except FileNotFoundError:
                    if not isinstance(error, OSError) or isinstance(
                        error, FileNotFoundError | PermissionError
                    ):
                        with telling(self.url):
                            raise error from None
                    last = error
            time.sleep(_CREATE_PAUSE_SECONDS)
        with telling(self.url):
            raise last

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects; one that has gone already is no matter."""
        for name in names:
            with telling(self.url):
                try:
                    self._fs.rm_file(self._path(name))
                except FileNotFoundError:
                    continue

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root


def _knows_creating(filesystem: Any) -> bool:
    """Tell whether a filesystem has a way of its own to create: what all inherit looks first and then writes."""
    from fsspec import AbstractFileSystem

    kind = type(filesystem)
    own = getattr(kind, "_pipe_file", kind.pipe_file)
    return own is not AbstractFileSystem.pipe_file and "mode" in inspect.signature(own).parameters


def _found(about: Mapping[str, Any]) -> Found:
    changed_at = _seconds(about.get("LastModified") or about.get("mtime") or about.get("created"))
    version = about.get("ETag") or about.get("etag") or f"{about.get('size')} {changed_at} {about.get('ino')}"
    return Found(str(version).strip('"'), changed_at)


def _seconds(moment: Any) -> float:
    if isinstance(moment, dt.datetime):
        return moment.timestamp()
    return float(moment) if isinstance(moment, int | float) else 0.0
