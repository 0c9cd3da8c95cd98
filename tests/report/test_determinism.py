"""The same dataset gives the same bytes, whoever renders it, when and where."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from report import years
from report.datasets import write_dataset

SCRIPT = """
import sys
from pathlib import Path
from report import years
from fundeval.report import write_report
write_report(Path(sys.argv[1]), Path(sys.argv[2]), years.notes())
"""


def render(dataset: Path, folder: Path, **environment: str) -> dict[str, str]:
    tests = str(Path(__file__).resolve().parents[1])
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(dataset), str(folder)],
        env={**os.environ, "PYTHONPATH": tests, **environment},
        check=True,
    )
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.office
def test_two_processes_with_other_clocks_zones_and_hash_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "dataset", years.everything_found().tables())
    first = render(dataset, tmp_path / "first", PYTHONHASHSEED="1", TZ="Asia/Shanghai")
    second = render(dataset, tmp_path / "second", PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C")
    assert set(first) >= {"report.docx", "appendices.xlsx"}
    assert first == second


def test_another_figure_gives_other_bytes(tmp_path: Path) -> None:
    year = years.nothing_found()
    dataset = write_dataset(tmp_path / "dataset", year.tables())
    year.budget += 10_000
    other = write_dataset(tmp_path / "other", year.tables())
    assert render(dataset, tmp_path / "a")["report.docx"] != render(other, tmp_path / "b")["report.docx"]
