"""Generated fund-years of other sizes, offices and outcomes: every published figure is the one the oracle gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.compare import differences
from support.evaluation import compute, evaluate
from support.fundgen import FundYear, Habits, Size, Story, generate
from support.fundgen.habits import AS_SAMPLE, HOMELY, ORNATE, PLAIN, WITH_BOM
from support.fundgen.story import EVERYTHING_EXCUSED, EVERYTHING_LATE, SPOTLESS


@dataclass(frozen=True)
class Year:
    """One generated year: size, habits of its office and how it went."""

    year: int
    seed: int
    size: Size
    habits: Habits
    story: Story

    def generate(self) -> FundYear:
        return generate(f"样例{self.year}专项资金", self.year, self.seed, self.size, self.habits, self.story)


ONE_PROJECT = Size(
    software=1, hardware=0, services=0, classified=0, units=1, vouchers=5, respondents=3, targets=2
)
VETOED = Story(overspent=True, settled=1, unfinished=0, vetoed=True, judged_off=(Decimal(1),) * 8)
YEARS = {
    "as the bundled office writes": Year(2023, 1, Size(), AS_SAMPLE, Story()),
    "nothing but header and rows": Year(2024, 2, Size(software=9, hardware=5, units=7), PLAIN, Story()),
    "every habit at once, classified rows everywhere": Year(
        2025, 3, Size(classified=4), ORNATE, Story(classified_listed=True)
    ),
    "byte order mark and compact dates": Year(2026, 4, Size(services=8, targets=12), WITH_BOM, Story()),
    "amounts as text in brackets": Year(2027, 5, Size(vouchers=200, respondents=90), HOMELY, Story(late=0.6)),
    "no classified project": Year(2023, 6, Size(classified=0), PLAIN, Story(settled=0)),
    "nothing paid": Year(2024, 7, Size(vouchers=0), AS_SAMPLE, Story()),
    "one project": Year(2025, 8, ONE_PROJECT, AS_SAMPLE, replace(SPOTLESS, settled=1)),
    "everything late": Year(2026, 9, Size(software=12, hardware=8), WITH_BOM, EVERYTHING_LATE),
    "everything excused": Year(2027, 10, Size(services=1), PLAIN, EVERYTHING_EXCUSED),
    "nothing but excused projects: the working paper judges quality": Year(
        2028, 11, Size(services=0), PLAIN, EVERYTHING_EXCUSED
    ),
    "spotless": Year(2029, 12, Size(), HOMELY, SPOTLESS),
    "overspent and vetoed": Year(2030, 13, Size(), AS_SAMPLE, VETOED),
}


@pytest.mark.parametrize("name", YEARS)
def test_dataset_says_what_the_oracle_says(name: str, tmp_path: Path, generated_fund: str) -> None:
    year = YEARS[name]
    made = year.generate()
    made.write(tmp_path / "sources")
    draft = compute(tmp_path / "sources", tmp_path / "out", generated_fund, year.year)
    assert differences(draft, made.expected, made.files) == []


@pytest.mark.parametrize("name", ["every habit at once, classified rows everywhere", "no classified project"])
def test_release_passes_every_gate_and_says_the_same(name: str, tmp_path: Path, generated_fund: str) -> None:
    year = YEARS[name]
    made = year.generate()
    made.write(tmp_path / "sources")
    outcome = evaluate(tmp_path / "sources", tmp_path / "out", generated_fund, year.year)
    assert differences(outcome.release, made.expected, made.files) == []


def test_oracle_is_not_always_of_the_same_opinion() -> None:
    scores = {year.generate().expected.metrics["score"] for year in YEARS.values()}
    grades = {year.generate().expected.metrics["grade"] for year in YEARS.values()}
    assert len(scores) >= len(YEARS) - 2
    assert len(grades) >= 3


def test_years_between_them_trip_every_rule() -> None:
    tripped = {finding.rule for year in YEARS.values() for finding in year.generate().expected.findings}
    assert tripped == {
        "plan_issued_late",
        "contract_signed_late",
        "emall_bypassed",
        "emall_after_the_fact",
        "not_completed",
        "not_completed_excused",
        "started_late",
        "finished_late",
        "benefit_not_realised",
        "satisfaction_below_target",
    }


def test_year_without_a_scheme_of_its_own_says_which_it_takes(tmp_path: Path, generated_fund: str) -> None:
    year = YEARS["one project"]
    year.generate().write(tmp_path / "sources")
    release = evaluate(tmp_path / "sources", tmp_path / "out", generated_fund, year.year).release
    assert "2022" in str(release.document["scheme"])
    assert any("2022年度" in text for place, text in release.texts() if place.startswith("report/report"))
