"""Checking files the way an office does before it sends them: the same reading and the same checks, nothing kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.quality.gate import check_tables
from fundeval.sources.contract import KINDS, load_contract
from fundeval.sources.inbox import CORRECTIONS, kinds_by_name, name_problem
from fundeval.sources.ingest import ingest, read_problems
from fundeval.sources.selection import SourceFile, rival_problems, source_file


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
    by_kind: dict[str, list[SourceFile]] = {}
    for path in files:
        kinds = kinds_by_name(path.name)
        unusable = name_problem(path.name, kinds)
        if unusable is not None:
            problems.append(unusable)
        else:
            by_kind.setdefault(kinds[0], []).append(source_file(path, kinds[0]))
    for kind in (kind for kind in KINDS if kind in by_kind):
        rivals = rival_problems(by_kind[kind], load_contract(kind))
        if rivals:
            problems += rivals
            del by_kind[kind]
    return sorted({*problems, *check_sources(by_kind, fund_year)})


def check_sources(by_kind: Mapping[str, Sequence[SourceFile]], fund_year: FundYear) -> list[Problem]:
    """Read and check chosen files of one fund-year.

    Args:
        by_kind: Files of each kind, several only where they are increments; lists of corrected cells under their own.
        fund_year: The fund-year they are for.

    Returns:
        Every problem, sorted by file, sheet and row.
    """
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="fundeval-check-") as folder:
        context = RunContext(fund_year, Path(folder), Rooms(Path(folder)), "check")
        kinds = [kind for kind in KINDS if kind in by_kind]
        for kind in kinds:
            try:
                ingest(context, kind, by_kind[kind], by_kind.get(CORRECTIONS, ()))
            except InputError:
                continue
        found = check_tables(context.run, fund_year)
        problems = [*read_problems(context.run, kinds), *found]
    return sorted({*problems})
