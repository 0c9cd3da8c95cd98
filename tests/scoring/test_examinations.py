"""Examining a whole run: what is written about every rule, and what a rule over classified rows may never tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.engine import engine
from fundeval.core.errors import DisclosureError
from fundeval.core.funds import FundScheme, load_fund
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import Catalogue, load_catalogue
from fundeval.quality.outcomes import WHOLE, OutcomeWriter
from fundeval.quality.rules import examine, examine_run, show_whole
from fundeval.quality.waivers import WaiverBook
from support.staged import context_of, stage


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run whose plan total leaves out its classified project, and whose project is in a category nobody knows."""
    folder = context_of(tmp_path, FundYear("specimen", 2024)).run
    stage(
        folder,
        {
            "staging.plan_projects": [
                {"project_code": "P1", "category": "其他", "planned_yuan": "100.00", "is_classified": False}
            ],
            "restricted.plan_projects": [
                {
                    "project_code": "S1",
                    "project_name": "涉密工程名",
                    "planned_yuan": "5.00",
                    "is_classified": True,
                }
            ],
            "staging.stated_totals_budget_plan": [
                {"total_kind": "total", "field": "planned_yuan", "stated_value": "100.00"}
            ],
        },
    )
    return folder


def examine_at_gate(run: RunFolder, catalogue: Catalogue, specimen: FundScheme) -> None:
    with OutcomeWriter(run, WHOLE, load_fund("specimen"), WaiverBook((), 2024)) as writer:
        writer.add(examine_run(run, catalogue.of_phase("gate"), specimen.parameters()))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_rule_leaves_an_outcome_and_every_row_it_found(
    run: RunFolder, catalogue: Catalogue, specimen: Any
) -> None:
    examine_at_gate(run, catalogue, specimen)
    outcomes = {row["rule"]: row["outcome"] for row in run.rows("checks", "rules")}
    assert outcomes.keys() == {rule.id for rule in catalogue.of_phase("gate")}
    assert {rule for rule, outcome in outcomes.items() if outcome == "fail"} == {
        "category_unknown",
        "plan_total_differs",
        "progress_complete",
    }
    assert [
        (row["rule"], row["project_code"], row["difference"]) for row in run.rows("checks", "rule_rows")
    ] == [
        ("progress_complete", "P1", None),
        ("plan_total_differs", None, -5),
        ("category_unknown", "P1", None),
    ]


def test_a_rule_that_cannot_apply_says_why_and_is_no_pass(
    run: RunFolder, catalogue: Catalogue, specimen: Any
) -> None:
    examine_at_gate(run, catalogue, specimen)
    told = {row["rule"]: (row["outcome"], row["reason"]) for row in run.rows("checks", "rules")}
    assert told["straight_lined"] == ("not_applicable", "问卷没有满意度题目的回答")


def test_no_classified_name_or_code_is_in_what_the_rules_leave(
    run: RunFolder, catalogue: Catalogue, specimen: Any
) -> None:
    examine_at_gate(run, catalogue, specimen)
    for table in ("rules", "rule_rows"):
        assert "涉密工程名" not in str(run.rows("checks", table))
        assert "S1" not in str(run.rows("checks", table))


def test_a_rule_over_classified_rows_that_tells_a_project_is_stopped(
    run: RunFolder, catalogue: Catalogue, specimen: Any
) -> None:
    rule = catalogue["plan_total_differs"]
    leaking = replace(
        rule, sql=rule.sql.replace("null::varchar as project_name", "'涉密工程名' as project_name")
    )
    with engine(run) as connection:
        show_whole(connection)
        with pytest.raises(DisclosureError) as error:
            examine(connection, leaking, specimen.parameters(), 2024)
    assert "涉密工程名" not in str(error.value)


def test_a_rule_is_about_the_years_of_its_entry(run: RunFolder, catalogue: Catalogue, specimen: Any) -> None:
    rule = catalogue["category_unknown"]
    later = replace(rule, entry=rule.entry.model_copy(update={"from_year": 2025}))
    with engine(run) as connection:
        made = examine(connection, later, specimen.parameters(), 2024)
    assert (made.outcome, made.reason) == ("not_applicable", "本规则不适用于2024年度")
