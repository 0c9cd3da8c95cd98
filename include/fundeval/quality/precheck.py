"""Checking files the way an office does before it sends them: the same reading and the same checks, nothing kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.quality.gate import check_tables
from fundeval.sources.contract import KINDS, load_contract
from fundeval.sources.inbox import kinds_by_name, name_problem
from fundeval.sources.ingest import ingest


def check_files(files: Sequence[Path], fund_year: FundYear) -> list[Problem]:
    """Read and check files of one fund-year.

    Checks between tables apply as far as their files are among those given: unknown project codes, for example,
    only where the plan is. Without the plan nobody knows what is classified, and rows that name a project are then
    checked cell by cell only.

    Args:
        files: The files, each of a kind its name tells.
        fund_year: The fund-year they are for.

    Returns:
        Every problem, sorted by file, sheet and row; empty where there is none.
    """
    problems: list[Problem] = []
    by_kind: dict[str, Path] = {}
    for path in files:
        kinds = kinds_by_name(path.name)
        unusable = name_problem(path.name, kinds)
        if unusable is not None:
            problems.append(unusable)
        elif kinds[0] in by_kind:
            problems.append(_given_twice(path, kinds[0]))
        else:
            by_kind[kinds[0]] = path
    with tempfile.TemporaryDirectory(prefix="fundeval-check-") as folder:
        context = RunContext(fund_year, Path(folder), Rooms(Path(folder)), "check")
        for kind in (kind for kind in KINDS if kind in by_kind):
            try:
                ingest(context, kind, by_kind[kind])
            except InputError as error:
                problems += error.problems
        found, _ = check_tables(context.run, fund_year)
    return sorted({*problems, *found})


def _given_twice(path: Path, kind: str) -> Problem:
    return Problem(
        file=path.name,
        code="duplicate_kind",
        message=f"“{load_contract(kind).title}”给了不止一份。",
        remedy="请每类只检查一份。",
    )
