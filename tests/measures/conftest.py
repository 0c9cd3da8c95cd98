"""A fund that exists in these tests only; measures need of its scheme what counts as satisfied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.measures import measure, seal_classified
from support.staged import Rows, context_of, stage

FUNDS = Path(__file__).parents[1] / "scoring" / "funds"

Measured = Callable[[Mapping[str, Rows]], RunFolder]


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Measure hand-written tables of 2024: returns the run with its marts."""
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
    context = context_of(tmp_path, FundYear("specimen", 2024))

    def run(tables: Mapping[str, Rows]) -> RunFolder:
        approval = [{"fund_name": "甲资金", "budget_yuan": "1000.00"}]
        stage(context.run, {"staging.budget_approval": approval, **tables})
        seal_classified(context)
        measure(context)
        return context.run

    return run
