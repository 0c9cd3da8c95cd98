"""Three years of one fund, one after the other in one storage: what is left of a year is what the next begins with.

What must come out is worked out here from the money given and spent, oldest first, with nothing of fundeval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from support.evaluation import Outcome, compute, evaluate, register_fund
from support.fundgen.facts import FundYearFacts, Progress
from support.fundgen.habits import AS_SAMPLE
from support.fundgen.sequel import Flow, Flows, sequel
from support.fundgen.story import Size, Story
from support.fundgen.tables import source_files
from support.fundgen.write import write_files
from support.release import Row

FUND, NAME = "sample-sequel", "样例连年资金"
YEARS = (2023, 2024, 2025)
SIZE = Size(software=12, hardware=8, services=3, classified=3, respondents=30)
STORY = Story(late=0, unfinished=0.5, excused=0.5, settled=0.6, plan_late=False)
CARRY_OVER_RULES = ("surplus_kept", "carried_over_too_long", "released_beside_carry_over")
NO_EARLIER_YEAR = "没有以前年度的发布"
ZERO = Decimal(0)


@dataclass
class Account:
    """What one project has left at the end of a year, by the year it was first given."""

    left: dict[int, Decimal] = field(default_factory=dict)
    brought_in: dict[int, Decimal] = field(default_factory=dict)

    def pass_year(self, year: int, flow: Flow) -> None:
        """Spend of the oldest money first; what is taken back leaves the same way, what is refunded comes back."""
        self.brought_in = {since: amount for since, amount in self.left.items() if amount}
        if flow.released > 0:
            self.left[year] = flow.released
        wanted = flow.paid - min(flow.released, ZERO)
        for since in sorted(self.left):
            used = max(ZERO, min(wanted, self.left[since]))
            self.left[since] -= used
            wanted -= used
        if wanted < 0:
            # Refunds are small: what comes back is money of the last year that gave any.
            self.left[max(self.left)] -= wanted


@dataclass(frozen=True)
class Published:
    """One year: its facts, its money, what each project must have, and what was published."""

    year: int
    facts: FundYearFacts
    flows: Flows
    accounts: Mapping[str, Account]
    outcome: Outcome

    @property
    def findings(self) -> dict[tuple[str, str, str], Row]:
        """Published findings of the rules on carry-over by rule, project and identity."""
        return {
            (row["rule"], row["project_code"], row["identity"]): row
            for row in self.outcome.release.table("findings")
            if row["rule"] in CARRY_OVER_RULES
        }

    @property
    def carry_over(self) -> dict[tuple[str, int], dict[str, Any]]:
        """What the run says of each project's money, by the year it was given."""
        rows = self.outcome.context.run.rows("marts", "carry_over")
        return {(row["project_code"], row["appropriation_year"]): row for row in rows}

    def age(self, since: int) -> int:
        """At how many ends of a year money of ``since`` has been unused."""
        return self.year - since + 1


def is_over(progress: Progress) -> bool:
    """Whether a project needs no more money: ended before its time, or completed and settled."""
    settled = progress.settlement_audited_yuan is not None
    return progress.status == "terminated" or (progress.status == "completed" and settled)


@pytest.fixture(scope="module")
def funds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fund whose scheme publishes what the rules on carry-over find."""
    folder = tmp_path_factory.mktemp("funds")

    def report_carry_over(scheme: dict[str, Any]) -> None:
        if "indicators" in scheme:
            (execution,) = (each for each in scheme["indicators"] if each["code"] == "B12")
            execution["reports"] = list(CARRY_OVER_RULES)

    register_fund(folder, FUND, NAME, report_carry_over)
    return folder


@pytest.fixture(scope="module")
def monkeypatched(funds: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(funds))
        yield


@pytest.fixture(scope="module")
def years(monkeypatched: None, tmp_path_factory: pytest.TempPathFactory) -> list[Published]:
    """The three years, each evaluated and published after the one before."""
    root = tmp_path_factory.mktemp("years")
    accounts: dict[str, Account] = {}
    published = []
    for facts, flows in sequel(NAME, YEARS, 5, SIZE, STORY):
        year = facts.fund.year
        for code, flow in flows.items():
            accounts.setdefault(code, Account()).pass_year(year, flow)
        now = {code: replace(accounts[code], left={**accounts[code].left}) for code in flows}
        write_files(source_files(facts, AS_SAMPLE, 1), root / str(year))
        outcome = evaluate(root / str(year), root / "out", FUND, year)
        published.append(Published(year, facts, flows, now, outcome))
    return published


@pytest.fixture(params=YEARS)
def published(request: pytest.FixtureRequest, years: list[Published]) -> Published:
    """One of the three years."""
    return years[YEARS.index(request.param)]


def test_the_story_has_everything_carry_over_can_be(years: list[Published]) -> None:
    """Else the tests below would hold nothing."""
    last = years[-1]
    kept = [since for each in last.accounts.values() for since, left in each.left.items() if left]
    assert {last.age(since) for since in kept} == {1, 2, 3}
    for each in years[1:]:
        assert {flow.released < 0 for flow in each.flows.values()} == {True, False}
        assert {flow.paid < 0 for flow in each.flows.values()} == {True, False}
        assert any(flow.paid > max(flow.released, ZERO) for flow in each.flows.values())
    assert years[0].flows.keys() - years[1].flows.keys()
    assert years[1].flows.keys() - years[0].flows.keys()


def test_what_was_brought_in_used_and_left_is_told_per_project_and_year_of_appropriation(
    published: Published,
) -> None:
    wanted = {}
    for code, account in published.accounts.items():
        for since in {*account.brought_in, *account.left, published.year}:
            brought_in, left = account.brought_in.get(since, ZERO), account.left.get(since, ZERO)
            released = published.flows[code].released if since == published.year else ZERO
            if brought_in or released or left:
                wanted[code, since] = (brought_in, released, brought_in + released - left, left)
    names = ("brought_in_yuan", "released_yuan", "used_yuan", "left_yuan")
    assert {key: tuple(row[name] for name in names) for key, row in published.carry_over.items()} == wanted


def test_what_is_left_is_carried_forward_or_surplus_by_state_and_age(published: Published) -> None:
    over = {item.project.code: is_over(item) for item in published.facts.progress}
    wanted = {
        (code, since): (
            "surplus" if over[code] or published.age(since) >= 2 else "carry_forward",
            published.age(since),
        )
        for code, account in published.accounts.items()
        for since, left in account.left.items()
        if left
    }
    told = {
        key: (row["kind"], row["years_unused"]) for key, row in published.carry_over.items() if row["kind"]
    }
    assert told == wanted


def test_nothing_is_lost_between_two_years(years: list[Published]) -> None:
    for before, after in zip(years, years[1:], strict=False):
        still = after.flows.keys()
        left = {key: row["left_yuan"] for key, row in before.carry_over.items() if row["left_yuan"]}
        brought = {
            key: row["brought_in_yuan"] for key, row in after.carry_over.items() if row["brought_in_yuan"]
        }
        assert brought == {key: amount for key, amount in left.items() if key[0] in still}


def test_brought_in_and_released_is_paid_and_carried_over(published: Published) -> None:
    """Per project and in total, with what the release says was released and paid."""
    totals = [ZERO] * 4
    for row in published.outcome.release.table("projects"):
        if row["project_code"] == "CLASSIFIED":
            continue
        own = [each for key, each in published.carry_over.items() if key[0] == row["project_code"]]
        brought_in, left = (
            sum((each[name] for each in own), ZERO) for name in ("brought_in_yuan", "left_yuan")
        )
        released, paid = Decimal(row["released"]), Decimal(row["paid"])
        assert brought_in + released == paid + left, row["project_code"]
        totals = [total + one for total, one in zip(totals, (brought_in, released, paid, left), strict=True)]
    flows = published.flows.values()
    assert totals[1:3] == [sum(flow.released for flow in flows), sum(flow.paid for flow in flows)]
    assert totals[0] + totals[1] == totals[2] + totals[3]


def test_money_two_years_unused_is_flagged_with_its_law(published: Published) -> None:
    wanted = {
        ("carried_over_too_long", code, f"{code} {since}年度"): (left, published.age(since))
        for code, account in published.accounts.items()
        for since, left in account.left.items()
        if left and published.age(since) >= 2
    }
    found = {key: row for key, row in published.findings.items() if key[0] == "carried_over_too_long"}
    assert {key: Decimal(row["difference"]) for key, row in found.items()} == {
        key: left for key, (left, _) in wanted.items()
    }
    for key, (left, age) in wanted.items():
        assert f"年末还有{left / 10_000:f}".rstrip("0").rstrip(".") in found[key]["detail"]
        assert f"连续{age}年未用完" in found[key]["detail"]
        assert "使用-" not in found[key]["detail"]
        assert "预算法》第四十二条" in found[key]["legal_basis"]


def test_new_money_beside_old_and_surplus_that_is_kept_are_told(published: Published) -> None:
    over = {item.project.code: is_over(item) for item in published.facts.progress}
    wanted = {}
    for code, account in published.accounts.items():
        old = sum((left for since, left in account.left.items() if since < published.year), ZERO)
        if old and published.flows[code].released > 0:
            wanted["released_beside_carry_over", code] = old
        if over[code] and any(account.left.values()):
            wanted["surplus_kept", code] = sum(account.left.values(), ZERO)
    found = {
        (rule, code): Decimal(row["difference"])
        for (rule, code, _), row in published.findings.items()
        if rule != "carried_over_too_long"
    }
    assert found == wanted


def test_no_project_that_lives_on_old_money_is_called_overspent(published: Published) -> None:
    rules = {row["rule"]: row for row in published.outcome.context.run.rows("checks", "rules")}
    for rule in ("paid_over_released", "negative_balance", "paid_over_all_releases"):
        assert rules[rule]["rows_found"] == 0, rule


def test_the_first_year_says_why_nothing_is_said_of_its_age(years: list[Published]) -> None:
    assert NO_EARLIER_YEAR in report_of(years[0].outcome)
    assert NO_EARLIER_YEAR not in report_of(years[1].outcome)


def test_without_the_release_of_last_year_a_year_says_so(years: list[Published], tmp_path: Path) -> None:
    """The same nine files in a storage without last year's release."""
    second = years[1]
    draft = compute(second.outcome.context.sources, tmp_path, FUND, second.year)
    rules = pq.read_table(draft.path.parent / "checks" / "rules.parquet").to_pylist()
    told = {row["rule"]: (row["outcome"], row["reason"]) for row in rules}
    assert told["carried_over_too_long"] == ("not_applicable", NO_EARLIER_YEAR)
    assert told["released_beside_carry_over"][0] == "not_applicable"
    assert "carried_over_too_long" not in {row["rule"] for row in draft.table("findings")}


def report_of(outcome: Outcome) -> str:
    """Return the text of the report people read."""
    return "".join(text for place, text in outcome.release.texts() if place.startswith("report/report.docx!"))
