"""Every rule of the catalogue, by the small tables that stand beside it (sql/checks/examples)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundeval.core.engine import engine
from fundeval.core.funds import FundScheme
from fundeval.core.fundyear import FundYear
from fundeval.quality.catalogue import Rule, load_catalogue
from fundeval.quality.entries import Example
from fundeval.quality.rules import examine, show_whole
from support.staged import context_of, stage

CASES = [
    pytest.param(rule, example, id=f"{rule.id}: {example.reason}")
    for rule in load_catalogue().rules
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_rule_finds_what_its_example_says(
    rule: Rule, example: Example, specimen: FundScheme, tmp_path: Path
) -> None:
    run = context_of(tmp_path, FundYear("specimen", 2024)).run
    stage(run, example.tables)
    with engine(run, layers=("staging", "restricted", "marts", "checks")) as connection:
        show_whole(connection)
        made = examine(connection, rule, {**specimen.parameters(), **example.parameters}, 2024)
    assert made.reason == example.not_applicable
    assert [as_text(row, wanted) for row, wanted in zip(made.rows, example.finds, strict=True)] == [
        {name: text(value) for name, value in wanted.items()} for wanted in example.finds
    ]
    assert made.outcome == (
        "not_applicable" if example.not_applicable else "fail" if example.finds else "pass"
    )


def as_text(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, str | None]:
    return {name: text(row[name]) for name in wanted}


def text(value: Any) -> str | None:
    return None if value is None else str(value)


@pytest.mark.parametrize("rule", load_catalogue().rules, ids=lambda rule: rule.id)
def test_every_failing_example_names_rule_and_place(rule: Rule, specimen: FundScheme, tmp_path: Path) -> None:
    failing = next(example for example in rule.examples if example.finds)
    run = context_of(tmp_path, FundYear("specimen", 2024)).run
    stage(run, failing.tables)
    with engine(run, layers=("staging", "restricted", "marts", "checks")) as connection:
        show_whole(connection)
        made = examine(connection, rule, {**specimen.parameters(), **failing.parameters}, 2024)
    for row in made.rows:
        assert row["detail"]
        assert row["identity"]
        assert row["source_file"]
