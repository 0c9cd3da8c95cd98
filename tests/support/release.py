"""Reads a finished release the way its users do: tables, release.json, the texts of every file."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pypdf

Row = dict[str, str]


@dataclass(frozen=True)
class Release:
    """One release folder, ``releases/<fund>/<year>/v<N>``."""

    path: Path

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table of the dataset, every value as text."""
        text = (self.path / "dataset" / f"{name}.csv").read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def parquet(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of the Parquet twin of a table."""
        rows: list[dict[str, Any]] = pq.read_table(self.path / "dataset" / f"{name}.parquet").to_pylist()
        return rows

    @cached_property
    def metrics(self) -> dict[str, Row]:
        """Metric to its row."""
        return {row["metric"]: row for row in self.table("metrics")}

    def metric(self, name: str) -> Decimal | str | None:
        """Return the value of a metric: a Decimal where it is a number, None where it is empty."""
        return number(self.metrics[name]["value"])

    @cached_property
    def document(self) -> dict[str, Any]:
        """What release.json says."""
        content: dict[str, Any] = json.loads((self.path / "release.json").read_text(encoding="utf-8"))
        return content

    def files(self) -> list[Path]:
        """Return every file of the release, sorted."""
        return sorted(path for path in self.path.rglob("*") if path.is_file())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield (place, text) of everything a reader could find in any file, parts of packages one by one."""
        for path in self.files():
            place = path.relative_to(self.path).as_posix()
            yield place, place
            for part, text in _texts(path):
                yield f"{place}{part}", text


def releases(out: Path, fund: str, year: int) -> list[Release]:
    """Return the releases of a fund-year, the latest last; none where the fund-year was never published."""
    folder = out / "releases" / fund / str(year)
    versions = [path for path in folder.glob("v*") if path.is_dir()] if folder.is_dir() else []
    return [Release(path) for path in sorted(versions, key=lambda path: int(path.name[1:]))]


def number(text: str) -> Decimal | str | None:
    """Return a text as a number where it is one, None where it is empty."""
    if text == "":
        return None
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield "", json.dumps(table.to_pylist(), ensure_ascii=False, default=str)
        yield "#schema", f"{table.schema.to_string()} {table.schema.metadata}"
    elif path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                yield f"!{name}", package.read(name).decode("utf-8", "replace")
    elif path.suffix == ".pdf":
        pages = pypdf.PdfReader(path).pages
        # Line ends of a page fall inside words: a name must be found across them.
        yield "", "".join(page.extract_text() for page in pages).replace("\n", "")
    else:
        yield "", path.read_text(encoding="utf-8", errors="replace")
