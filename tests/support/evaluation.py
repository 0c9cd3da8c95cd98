"""Runs an evaluation through the library and keeps what came of it; registers funds for generated years."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.places import repository
from fundeval.core.rooms import Rooms
from fundeval.pipeline import STAGES, all_problems, run_all, run_stage
from support.release import Release, releases

MODEL_FUND = "changde-smart-city"
Change = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        context: The run.
        results: Stage to what it returned.
        errors: Stage to the error it ended with.
    """

    context: RunContext
    results: dict[str, dict[str, Any]]
    errors: dict[str, FundevalError]

    @property
    def releases(self) -> list[Release]:
        """The releases of the fund-year in the storage root, the latest last."""
        return releases(self.context.rooms.root, self.context.fund_year.fund, self.context.fund_year.year)

    @property
    def problems(self) -> list[Problem]:
        """Every problem any stage reported, each once."""
        return all_problems(self.errors)

    @property
    def release(self) -> Release:
        """The latest release; an AssertionError that lists the problems where there is none."""
        found = self.releases
        assert found, "\n".join(str(problem) for problem in self.problems)
        return found[-1]


def evaluate(sources: Path, out: Path, fund: str, year: int, run_id: str = "test") -> Outcome:
    """Run every stage of a fund-year that its predecessors let run."""
    context = RunContext(FundYear(fund, year), sources, Rooms(out), run_id)
    results, errors = run_all(context)
    return Outcome(context, results, errors)


def read(sources: Path, out: Path, fund: str, year: int) -> None:
    """Run the stages of a fund-year that read its files."""
    context = RunContext(FundYear(fund, year), sources, Rooms(out), "test")
    for stage in STAGES:
        if stage.name == "open_run" or stage.name.startswith("ingest."):
            run_stage(stage.name, context)


def compute(sources: Path, out: Path, fund: str, year: int) -> Release:
    """Run the stages of a fund-year up to its dataset and return the draft: what a release will say, unpublished."""
    context = RunContext(FundYear(fund, year), sources, Rooms(out), "test")
    for stage in STAGES:
        run_stage(stage.name, context)
        if stage.name == "build_dataset":
            break
    return Release(context.run.path / "draft")


def register_fund(funds: Path, fund: str, title: str, change: Change | None = None) -> None:
    """Register a fund under ``funds`` with the bundled fund's schemes, changed where a test wants it."""
    model = repository() / "include" / "funds" / MODEL_FUND
    folder = funds / fund
    folder.mkdir(parents=True)
    for path in model.glob("*.yaml"):
        shutil.copyfile(path, folder / path.name)
    _rewrite(folder / "fund.yaml", lambda content: content.update(fund=fund, title=title, legal_basis={}))
    for path in folder.glob("scheme-*.yaml"):
        _rewrite(path, lambda content: content.update(fund=fund))
        if change is not None:
            _rewrite(path, change)


def _rewrite(path: Path, change: Change) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
