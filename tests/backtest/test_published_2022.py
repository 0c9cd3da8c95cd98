"""The release of the bundled 2022 exports against every figure the published report of 2022 states."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.fundgen.facts import FundYearFacts
from support.release import Release, Row
from support.sample import read_sample

FIGURES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "published-figures-2022.yaml").read_text(encoding="utf-8")
)
# The report names what cost points in its own words; the scheme has one indicator for each.
INDICATOR_OF_DEDUCTION = {
    "绩效目标不明确": "A22",
    "建设计划下达过晚": "A31",
    "预算执行率": "B12",
    "合同管理不规范与政府采购执行不严": "B22",
    "软件开发项目未完成": "C11",
    "信息化硬件建设项目未完成": "C12",
    "软件开发项目开工完工不及时": "C31",
    "信息化工程项目完工不及时": "C32",
    "应用支撑平台效益未完全实现": "D11",
    "互联网出口统一改造效益未实现": "D12",
    "未启动项目效益未实现": "D13",
    "社会公众满意度未达标": "D15",
}
CATEGORY_OF_COUNT = {"software": "软件平台开发", "hardware": "信息化硬件建设"}


@pytest.fixture(scope="module")
def facts(sample_folder: Path) -> FundYearFacts:
    return read_sample(sample_folder)


@pytest.fixture(scope="module")
def names(release: Release) -> dict[str, str]:
    """Public project code to name."""
    return {row["project_code"]: row["project_name"] for row in release.table("projects")}


def decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def events(release: Release, rule: str) -> list[Row]:
    return [row for row in release.table("findings") if row["rule"] == rule]


def said(row: Row) -> str:
    return f"{row['found']} {row['expected']} {row['difference']}{row['difference_unit']} {row['detail']}"


@pytest.mark.parametrize("name", ["budget", "released", "paid", "carry_over"])
def test_money(release: Release, name: str) -> None:
    row = release.metrics[name]
    assert row["unit"] == "元"
    assert Decimal(row["value"]) == decimal(FIGURES["money"][name]) * 10_000
    assert re.fullmatch(r"\d+\.\d\d", row["value"])


@pytest.mark.parametrize("name", ["arrival", "execution", "cost_saving", "satisfaction"])
def test_rates_with_what_they_are_made_of(release: Release, name: str) -> None:
    row = release.metrics[f"{name}_rate"]
    assert Decimal(row["value"]) == decimal(FIGURES["rates"][name])
    share = Decimal(row["numerator"]) * 100 / Decimal(row["denominator"])
    assert abs(share - Decimal(row["value"])) <= Decimal("0.005")


def test_rates_have_the_base_the_report_uses(release: Release) -> None:
    arrival, execution = release.metrics["arrival_rate"], release.metrics["execution_rate"]
    assert Decimal(arrival["denominator"]) == release.metric("applied")
    assert Decimal(execution["denominator"]) == release.metric("released")


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("projects", "projects"),
        ("projects_new", "new"),
        ("projects_continuing", "continuing"),
        ("projects_classified", "classified"),
        ("implementing_units", "implementing_units"),
        ("respondents", "respondents"),
    ],
)
def test_counts(release: Release, metric: str, name: str) -> None:
    assert release.metric(metric) == FIGURES["counts"][name]


@pytest.mark.parametrize("name", ["software", "hardware"])
def test_projects_per_category(release: Release, name: str) -> None:
    categories = Counter(row["category"] for row in release.table("projects"))
    assert categories[CATEGORY_OF_COUNT[name]] == FIGURES["counts"][name]


def test_plan_was_issued_months_after_the_budget(release: Release) -> None:
    (event,) = events(release, "plan_issued_late")
    assert FIGURES["plan"]["issued"].isoformat() in said(event)
    assert f"{FIGURES['plan']['lag_months_after_budget_approval']}个月" in said(event)


def test_contracts_signed_late(release: Release, names: dict[str, str]) -> None:
    found = {names[row["project_code"]]: row for row in events(release, "contract_signed_late")}
    published = FIGURES["findings"]["contract_signed_days_after_award"]
    assert found.keys() == published.keys()
    for name, days in published.items():
        assert f"{days}天" in said(found[name])
        assert "第四十六条" in found[name]["legal_basis"]


@pytest.mark.parametrize(
    ("rule", "name"),
    [("emall_bypassed", "not_through_emall"), ("emall_after_the_fact", "emall_order_after_service_began")],
)
def test_services_around_the_emall(release: Release, names: dict[str, str], rule: str, name: str) -> None:
    published = Counter(
        (project, decimal(amount))
        for project, amounts in FIGURES["findings"][name].items()
        for amount in amounts
    )
    found = Counter(
        (names[row["project_code"]], Decimal(amount))
        for row in events(release, rule)
        for amount in re.findall(r"([\d.]+)万元", row["detail"])
    )
    assert found == published


def test_projects_not_completed(release: Release, names: dict[str, str]) -> None:
    found = sorted(names[row["project_code"]] for row in events(release, "not_completed"))
    assert found == sorted(FIGURES["findings"]["not_started_as_planned"])


def test_projects_excused_cost_nothing(release: Release, names: dict[str, str]) -> None:
    found = {names[row["project_code"]]: row for row in events(release, "not_completed_excused")}
    assert found.keys() == FIGURES["findings"]["excused"].keys()
    for name, cause in FIGURES["findings"]["excused"].items():
        assert cause in said(found[name])
        assert found[name]["deducts"].lower() in ("false", "0", "否")


def test_projects_started_late(release: Release, names: dict[str, str]) -> None:
    found = {names[row["project_code"]]: row for row in events(release, "started_late")}
    published = FIGURES["findings"]["started_late"]
    assert found.keys() == published.keys()
    for name, event in published.items():
        assert event["technical_review"] in said(found[name])
        assert event["procured"] in said(found[name])
        assert Decimal(found[name]["difference"]) == event["months_past_validity"]


@pytest.mark.parametrize("name", ["software", "hardware"])
def test_projects_finished_late(release: Release, name: str) -> None:
    found = [row for row in events(release, "finished_late") if row["category"] == CATEGORY_OF_COUNT[name]]
    assert len(found) == FIGURES["findings"]["finished_late"][name]


def test_no_finding_beyond_the_published_ones(release: Release) -> None:
    published = FIGURES["findings"]
    wanted = {
        "plan_issued_late": 1,
        "contract_signed_late": len(published["contract_signed_days_after_award"]),
        "emall_bypassed": sum(map(len, published["not_through_emall"].values())),
        "emall_after_the_fact": sum(map(len, published["emall_order_after_service_began"].values())),
        "not_completed": len(published["not_started_as_planned"]),
        "not_completed_excused": len(published["excused"]),
        "started_late": len(published["started_late"]),
        "finished_late": sum(published["finished_late"].values()),
        # One in part (the supporting platform) and the three projects not started.
        "benefit_not_realised": 1 + len(published["not_started_as_planned"]),
        "satisfaction_below_target": 1,
    }
    assert Counter(row["rule"] for row in release.table("findings")) == wanted


def test_satisfaction_is_below_its_target(release: Release) -> None:
    (event,) = events(release, "satisfaction_below_target")
    assert f"{FIGURES['rates']['satisfaction']}%" in said(event)
    assert f"{FIGURES['rates']['satisfaction_target']}%" in said(event)


def test_service_indicators(release: Release) -> None:
    found = {
        f"{row['indicator_name']}({row['measure_unit'].replace('(', '').replace(')', '')})": row
        for row in release.table("services")
    }
    for name, (target, actual) in FIGURES["service_indicators"].items():
        assert Decimal(found[name]["target_value"]) == target
        assert Decimal(found[name]["actual_value"]) == decimal(actual)
    assert release.metric("service_indicators_met") == release.metric("service_indicators") == len(found)


def test_total_and_grade(release: Release) -> None:
    assert release.metric("score") == decimal(FIGURES["score"]["total"])
    assert release.metric("grade") == FIGURES["score"]["grade"]


def test_level_1_weights_and_scores(release: Release) -> None:
    sums: dict[str, list[Decimal]] = {}
    for row in release.table("indicators"):
        pair = sums.setdefault(row["level1"], [Decimal(0), Decimal(0)])
        pair[0] += Decimal(row["weight"])
        pair[1] += Decimal(row["score"])
    assert sums == {
        name: [decimal(value) for value in pair] for name, pair in FIGURES["score"]["level1"].items()
    }


def test_every_deduction_and_no_other(release: Release) -> None:
    published = {
        INDICATOR_OF_DEDUCTION[name]: decimal(points)
        for name, points in FIGURES["score"]["deductions"].items()
    }
    found = {row["code"]: Decimal(row["deduction"]) for row in release.table("indicators")}
    assert {code: points for code, points in found.items() if points} == published


def test_projects_add_up_to_the_fund(release: Release) -> None:
    rows = release.table("projects")
    for name in ("released", "paid", "carry_over"):
        assert sum(Decimal(row[name]) for row in rows) == release.metric(name)
    assert [row["project_code"] for row in rows].count("CLASSIFIED") == 1


def test_months_and_units_add_up_to_the_fund(release: Release) -> None:
    assert sum(Decimal(row["paid"]) for row in release.table("months")) == release.metric("paid")
    assert sum(Decimal(row["paid"]) for row in release.table("units")) == release.metric("paid")


def test_classified_row_is_the_sum_of_the_classified_projects(release: Release, facts: FundYearFacts) -> None:
    (row,) = [row for row in release.table("projects") if row["project_code"] == "CLASSIFIED"]
    released = sum(item.released_yuan for item in facts.releases if item.project.is_classified)
    assert Decimal(row["released"]) == released > 0
