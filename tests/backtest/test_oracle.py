"""The oracle of generated years, held to the published figures of 2022.

Read from the bundled rows without fundeval, its rules must give every published deduction; only then may it judge
fundeval on years nobody has published.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from support.fundgen.oracle import Expected, expected_of
from support.sample import read_sample

FIGURES = yaml.safe_load((Path(__file__).parent / "published-figures-2022.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def expected(sample_folder: Path) -> Expected:
    return expected_of(read_sample(sample_folder))


@pytest.mark.parametrize("name", ["budget", "released", "paid", "carry_over"])
def test_money_is_the_published_one(expected: Expected, name: str) -> None:
    assert expected.metrics[name] == Decimal(str(FIGURES["money"][name])) * 10_000


@pytest.mark.parametrize("name", ["arrival", "execution", "cost_saving", "satisfaction"])
def test_rates_are_the_published_ones(expected: Expected, name: str) -> None:
    assert expected.metrics[f"{name}_rate"] == Decimal(str(FIGURES["rates"][name]))


def test_score_and_grade_are_the_published_ones(expected: Expected) -> None:
    assert expected.metrics["score"] == Decimal(str(FIGURES["score"]["total"]))
    assert expected.metrics["grade"] == FIGURES["score"]["grade"]


def test_every_published_deduction_follows_from_the_rows(expected: Expected) -> None:
    published = sorted(Decimal(str(points)) for points in FIGURES["score"]["deductions"].values())
    assert sorted(points for _, points in expected.indicators.values() if points) == published
