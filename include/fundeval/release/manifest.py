"""``release.json``: what a release is, what it was made from, and the hash of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fundeval.core.errors import ReleaseError
from fundeval.core.rooms import RunFolder, file_sha256

MANIFEST = "release.json"


@dataclass(frozen=True, order=True)
class FileEntry:
    """One file of a release: path below its folder, sha256 and size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, order=True)
class InputEntry:
    """One file an office sent: its kind, name, sha256, and how many rows were read and refused."""

    kind: str
    file: str
    sha256: str
    rows: int
    rows_rejected: int


def file_entries(folder: Path) -> list[FileEntry]:
    """Return an entry for every file below ``folder`` except its release.json, sorted by path."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return sorted(
        FileEntry(path.relative_to(folder).as_posix(), file_sha256(path), path.stat().st_size)
        for path in paths
    )


def input_entries(run: RunFolder) -> list[InputEntry]:
    """Return an entry for every source file of a run; the sheets of one file are added up."""
    totals: dict[tuple[str, str, str], tuple[int, int]] = {}
    for table in run.tables("checks"):
        for row in run.rows("checks", table) if table.startswith("ingest_") else ():
            key = (row["kind"], row["source_file"], row["source_sha256"])
            rows, rejected = totals.get(key, (0, 0))
            totals[key] = (rows + row["rows_total"], rejected + row["rows_rejected"])
    return sorted(InputEntry(*key, *counts) for key, counts in totals.items())


def content_sha256(files: Iterable[FileEntry], inputs: Iterable[InputEntry]) -> str:
    """Return one hash over the files of a draft and what they were made from: the identity of its content."""
    lines = [f"{entry.path} {entry.sha256}" for entry in sorted(files)]
    lines += [f"{entry.kind} {entry.file} {entry.sha256}" for entry in sorted(inputs)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def plain(entries: Iterable[FileEntry | InputEntry]) -> list[dict[str, Any]]:
    """Return entries as JSON takes them."""
    return [asdict(entry) for entry in entries]


def read_manifest(release: Path) -> dict[str, Any]:
    """Read the release.json of a release.

    Raises:
        ReleaseError: There is none, or it is damaged.
    """
    path = release / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"发布版本“{release.name}”缺少完好的 {MANIFEST}。") from error
    return manifest
