"""The folders of the storage root: archive, runs and releases.

A run is a folder of Parquet tables by layer. A task writes its own tables and nothing else, each under a
temporary name that is then renamed, so a table is either the old one or the new one, never half of either.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.fundyear import FundYear

DATA_DOCS = "data_docs"
"""Folder of a run with the documents of its checks, which pages and links lead to."""

LAYERS = ("staging", "restricted", "rejects", "checks", "marts", "scores")


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


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
        temporary.write_text(
            json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n",
            encoding="utf-8",
        )


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
        root: Folder that holds ``archive``, ``runs`` and ``releases``.
    """

    root: Path

    def run(self, fund_year: FundYear, run_id: str) -> RunFolder:
        """Return the folder of a run; its name is made safe, so that no run id can leave the root."""
        name = re.sub(r"[^0-9A-Za-z._+-]", "_", run_id).strip(".") or "run"
        return RunFolder(self.root / "runs" / fund_year.fund / str(fund_year.year) / name[:180], fund_year)

    def releases(self, fund_year: FundYear) -> Path:
        """Return the folder of the releases of a fund-year."""
        return self.root / "releases" / fund_year.fund / str(fund_year.year)

    def archive(self, source: Path) -> tuple[str, Path]:
        """Keep the bytes of ``source`` for ever under their sha256; return the sha256 and the kept path."""
        sha256 = file_sha256(source)
        kept = self.archived(sha256)
        if not kept.is_file():
            with replacing(kept) as temporary:
                shutil.copyfile(source, temporary)
                temporary.chmod(0o440)
        return sha256, kept

    def archived(self, sha256: str) -> Path:
        """Return where the bytes with this sha256 are kept."""
        return self.root / "archive" / sha256[:2] / sha256
