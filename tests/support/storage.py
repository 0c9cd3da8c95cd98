"""Storage roots written by hand: runs and releases with just the files the pages and the operators' commands read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder, file_sha256

REPORT = "report/report.html"


def make_release(
    rooms: Rooms,
    fund_year: FundYear,
    version: int = 1,
    *,
    run_id: str = "run-1",
    score: str = "88.10",
    grade: str = "良",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a release with a dataset of two metrics, a report and ``files``; return its folder."""
    release = rooms.releases(fund_year) / f"v{version}"
    texts = {
        "dataset/metrics.csv": f"metric,value\nscore,{score}\ngrade,{grade}\n",
        REPORT: "<!DOCTYPE html><title>报告</title>",
        **(files or {}),
    }
    for name, text in texts.items():
        path = release / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8")
    manifest = {
        "fund": fund_year.fund,
        "year": fund_year.year,
        "version": version,
        "run_id": run_id,
        "published_at": "2032-02-01T02:03:04+00:00",
        "approval": None,
        "files": [{"path": name, "sha256": file_sha256(release / name)} for name in texts],
    }
    (release / "release.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return release


def make_run(
    rooms: Rooms,
    fund_year: FundYear,
    run_id: str = "run-1",
    *,
    problems: Sequence[Mapping[str, Any]] = (),
    gate_rules: Sequence[Mapping[str, Any]] = (),
    rules: Sequence[Mapping[str, Any]] = (),
    data_docs: bool = False,
) -> RunFolder:
    """Write a run whose gate has told ``problems`` and ``gate_rules`` and all of whose rules ended as ``rules``."""
    run = rooms.run(fund_year, run_id)
    run.path.mkdir(parents=True)
    (run.path / "run.json").write_text(json.dumps({"asked_as": run_id}), encoding="utf-8")
    for table, rows in (("problems", problems), ("gate_rules", gate_rules), ("rules", rules)):
        if rows:
            run.write("checks", table, pa.Table.from_pylist([dict(row) for row in rows]))
    if data_docs:
        (run.path / "data_docs").mkdir()
        (run.path / "data_docs" / "index.html").write_text("<title>检查说明</title>", encoding="utf-8")
    return run
