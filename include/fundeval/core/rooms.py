"""The folders of the storage root: archive, runs and releases.

The root is a local folder, or a folder of copies of what a store elsewhere holds (:mod:`fundeval.core.store`).

A run is a folder of Parquet tables by layer. A task writes its own tables and nothing else, each under a
temporary name that is then renamed, so a table is either the old one or the new one, never half of either.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.fundyear import FundYear
from fundeval.core.store import Store, Wanted

DATA_DOCS = "data_docs"
"""Folder of a run with the documents of its checks, which pages and links lead to."""

LAYERS = ("staging", "restricted", "rejects", "checks", "marts", "scores")


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# What files hold that this process has hashed, by all that a write to them would change.
_HASHED: dict[tuple[int, ...], str] = {}
_MOST_HASHED = 1_000
_SETTLED_NANOSECONDS = 2_000_000_000
_COPIED_BYTES = 1 << 20


def steady_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes; of one nobody has written to since, it is known from the time before."""
    state = _state(path)
    if state not in _HASHED:
        sha256 = file_sha256(path)
        _remember(path, state, sha256)
        return sha256
    return _HASHED[state]


def _state(path: Path) -> tuple[int, ...]:
    """Return what a write to a file would change; nothing just after one, when another may leave it all the same."""
    status = path.stat()
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) <= _SETTLED_NANOSECONDS:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _remember(path: Path, state: tuple[int, ...], sha256: str) -> None:
    """Keep a hash in mind, but not of a file that was written to meanwhile."""
    if state and _state(path) == state:
        if len(_HASHED) >= _MOST_HASHED:
            _HASHED.clear()
        _HASHED[state] = sha256


def _copy_hashed(source: Path, target: Path) -> str:
    """Copy a file and return the sha256 of the bytes copied; a block is hashed while it is written."""
    digest, block = hashlib.sha256(), memoryview(bytearray(_COPIED_BYTES))
    with source.open("rb", buffering=0) as old, target.open("xb") as new, ThreadPoolExecutor(1) as pool:
        while length := old.readinto(block):
            hashed = pool.submit(digest.update, block[:length])
            new.write(block[:length])
            hashed.result()
    return digest.hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it over ``path`` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as UTF-8 JSON with sorted keys, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json_text(content), encoding="utf-8")


def json_text(content: Any) -> str:
    """Return ``content`` as the JSON that is kept: sorted keys, Chinese characters as they are."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"


@dataclass(frozen=True)
class RunFolder:
    """Everything one run of one fund-year computes.

    Attributes:
        path: ``runs/<fund>/<year>/<run>``.
        fund_year: The fund-year the run is about.
    """

    path: Path
    fund_year: FundYear

    @property
    def run_id(self) -> str:
        """Name of the run's folder."""
        return self.path.name

    @property
    def data_docs(self) -> Path:
        """First page of the documents of the run's checks; it exists once the gate has run."""
        return self.path / DATA_DOCS / "index.html"

    def table_path(self, layer: str, table: str) -> Path:
        """Return where table ``table`` of ``layer`` is kept."""
        if layer not in LAYERS:
            raise ValueError(f"unknown layer {layer!r}")
        return self.path / layer / f"{table}.parquet"

    def has(self, layer: str, table: str) -> bool:
        """Tell whether the table has been written."""
        return self.table_path(layer, table).is_file()

    def tables(self, layer: str) -> list[str]:
        """Return the names of the tables of a layer, sorted."""
        return sorted(path.stem for path in (self.path / layer).glob("[!.]*.parquet"))

    def write(self, layer: str, table: str, data: pa.Table) -> Path:
        """Write a table, replacing an older one atomically; return its path."""
        path = self.table_path(layer, table)
        with replacing(path) as temporary:
            pq.write_table(data, temporary, compression="zstd")
        return path

    def read(self, layer: str, table: str) -> pa.Table:
        """Read a whole small table."""
        return pq.read_table(self.table_path(layer, table))

    def rows(self, layer: str, table: str) -> list[dict[str, Any]]:
        """Read a small table as a list of dictionaries; empty where it was never written."""
        rows: list[dict[str, Any]] = self.read(layer, table).to_pylist() if self.has(layer, table) else []
        return rows

    def drop(self, layer: str, table: str) -> None:
        """Remove a table that no longer has a source."""
        self.table_path(layer, table).unlink(missing_ok=True)


@dataclass(frozen=True)
class Rooms:
    """The storage root of an installation.

    Attributes:
        root: Folder that holds ``archive``, ``runs`` and ``releases``, or copies of what is worked on of them.
        store: Where the root really is; None where it is the folder itself.
    """

    root: Path
    store: Store | None = field(default=None, compare=False)

    def run(self, fund_year: FundYear, run_id: str) -> RunFolder:
        """Return the folder of a run; its name is made safe, so that no run id can leave the root."""
        name = re.sub(r"[^0-9A-Za-z._+-]", "_", run_id).strip(".") or "run"
        return RunFolder(self.root / "runs" / fund_year.fund / str(fund_year.year) / name[:180], fund_year)

    def releases(self, fund_year: FundYear) -> Path:
        """Return the folder of the releases of a fund-year."""
        return self.root / "releases" / fund_year.fund / str(fund_year.year)

    def archive(self, source: Path) -> tuple[str, Path]:
        """Keep the bytes of ``source`` for ever under their sha256; return the sha256 and the kept path."""
        is_kept = source.is_relative_to(self.root / "archive")
        sha256 = steady_sha256(source) if is_kept else _HASHED.get(_state(source))
        if sha256 is None or not self._archive_path(sha256).is_file():
            sha256 = self._keep(source)
        kept = self._archive_path(sha256)
        is_new = self.store is not None and not self.store.has(self.name(kept))
        # Of a file that is written into meanwhile nothing may be sent under a hash it does not have.
        if is_new and file_sha256(kept) == sha256:
            self.send(kept)
        return sha256, kept

    def archived(self, sha256: str) -> Path:
        """Return where the bytes with this sha256 are kept; they are brought there where only the store has them."""
        kept = self._archive_path(sha256)
        # What is archived never changes: a copy is as good as the original.
        if not kept.is_file():
            self.bring(kept)
        return kept

    def is_archived(self, sha256: str) -> bool:
        """Tell whether bytes with this sha256 are kept, without bringing them."""
        kept = self._archive_path(sha256)
        return kept.is_file() or (self.store is not None and self.store.has(self.name(kept)))

    def archive_name(self, sha256: str) -> str:
        """Return the path in the root at which bytes with this sha256 are kept."""
        return self.name(self._archive_path(sha256))

    def name(self, path: Path) -> str:
        """Return a path of the root as the store names it."""
        return path.relative_to(self.root).as_posix()

    def place(self, path: Path) -> str:
        """Return where people find a path of the root: its address in the store, or the path itself."""
        if self.store is None or not path.is_relative_to(self.root):
            return str(path)
        return f"{self.store.url}/{self.name(path)}"

    def bring(self, *paths: Path, wanted: Wanted | None = None) -> None:
        """Bring paths up to date with the store; nothing is to be done where the root is the folder itself."""
        for path in paths if self.store is not None else ():
            assert self.store is not None
            self.store.bring(self.name(path), wanted)

    def send(self, path: Path) -> None:
        """Send a file that was written to the store, where there is one."""
        if self.store is not None:
            self.store.send(self.name(path))

    def create(self, path: Path, content: bytes) -> bool:
        """Write a file whole under a name nobody has taken; tell whether the name was free."""
        if self.store is not None and not self.store.create(self.name(path), content):
            return False
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return self.store is not None
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _keep(self, source: Path) -> str:
        """Copy a file into the archive, under the sha256 of the bytes that were copied."""
        draft = self.root / "archive" / f".{uuid.uuid4().hex}"
        draft.parent.mkdir(parents=True, exist_ok=True)
        state = _state(source)
        try:
            sha256 = _copy_hashed(source, draft)
            draft.chmod(0o440)
            kept = self._archive_path(sha256)
            if not kept.is_file():
                kept.parent.mkdir(exist_ok=True)
                draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)
        _remember(source, state, sha256)
        return sha256

    def _archive_path(self, sha256: str) -> Path:
        return self.root / "archive" / sha256[:2] / sha256
