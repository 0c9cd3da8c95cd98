"""Schemes of a few indicators, written for one case: what the facts are, what the score is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from fundeval.core.context import RunContext
from fundeval.core.funds import load_fund, load_scheme
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.outcomes import WHOLE, OutcomeWriter
from fundeval.quality.rules import examine_run
from fundeval.quality.waivers import WaiverBook
from fundeval.scoring import score
from support.staged import Rows, context_of, stage

THRESHOLDS = {
    "max_signing_days": 30,
    "max_plan_lag_months": 1,
    "max_start_months": 6,
    "satisfaction_target_pct": 90,
    "excused_causes": ["上级政策不明确"],
    "emall_service_types": ["监理"],
    "tender_methods": ["公开招标"],
    "satisfied_options": ["满意"],
}


def scheme_of(indicators: Sequence[Mapping[str, Any]], **changes: Any) -> dict[str, Any]:
    """Return a scheme as data; each indicator gets names, and weight 100 unless it has its own."""
    named = [
        {"level1": "一级", "level2": "二级", "level3": f"指标{each['code']}", "weight": 100, **each}
        for each in indicators
    ]
    return {
        "fund": "small",
        "year": 2024,
        "title": "小样",
        "categories": ["软件", "硬件"],
        "thresholds": THRESHOLDS,
        "grades": [{"grade": "优", "at_least": 90}, {"grade": "差", "at_least": 0}],
        "vetoed_grade": "差",
        "indicators": named,
        **changes,
    }


def register(folder: Path, *schemes: Mapping[str, Any], fund: str = "small") -> Path:
    """Write a fund and its schemes as files."""
    (folder / fund).mkdir(parents=True, exist_ok=True)
    (folder / fund / "fund.yaml").write_text(
        yaml.safe_dump({"fund": fund, "title": "小样资金"}, allow_unicode=True), encoding="utf-8"
    )
    for scheme in schemes:
        (folder / fund / f"scheme-{scheme['year']}.yaml").write_text(
            yaml.safe_dump(dict(scheme), allow_unicode=True), encoding="utf-8"
        )
    return folder


class Scorer:
    """Scores hand-written tables and facts by a scheme of a few indicators."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep funds and runs under ``root``."""
        self.root = root
        monkeypatch.setenv("FUNDEVAL_FUNDS", str(root / "funds"))

    def __call__(
        self,
        indicators: Sequence[Mapping[str, Any]],
        facts: Mapping[str, Any] | None = None,
        tables: Mapping[str, Rows] | None = None,
        **changes: Any,
    ) -> RunFolder:
        """Return the run with its scores; ``changes`` replace parts of the scheme."""
        register(self.root / "funds", scheme_of(indicators, **changes))
        context = context_of(self.root, FundYear("small", 2024))
        stage(context.run, tables or {})
        typed = {
            name: Decimal(value) if isinstance(value, str) else value for name, value in (facts or {}).items()
        }
        row = {"satisfied_answers": None, "satisfaction_answers": None, **(typed or {"projects": 0})}
        context.run.write("marts", "fund_facts", pa.Table.from_pylist([row]))
        examine_for(context)
        score(context)
        return context.run


def examine_for(context: RunContext) -> None:
    """Write what the scheme's rules find in a run that was staged by hand, as ``examine`` does."""
    catalogue, holding = load_catalogue(), load_scheme(context.fund_year)
    rules = [catalogue[rule] for rule in holding.scheme.rules]
    waivers = WaiverBook((), context.fund_year.year)
    with OutcomeWriter(context.run, WHOLE, load_fund(context.fund_year.fund), waivers) as writer:
        writer.add(examine_run(context.run, rules, holding.parameters()))


def quantity(fact: str, label: str = "数") -> dict[str, str]:
    """Return numerator or denominator of a rate."""
    return {"fact": fact, "label": label}
