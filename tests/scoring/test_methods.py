"""How each method scores: facts or findings in, points and the sentence that explains them out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fundeval.core.errors import ConfigurationError, InputError
from scoring.small import Scorer, quantity

RATE = {"numerator": quantity("paid_yuan", "支付"), "denominator": quantity("released_yuan", "下达")}
COUNTS = {"numerator": quantity("met", "达标"), "denominator": quantity("all", "全部")}
BANDS = [
    {"at_least_pct": 90, "deduction": 0},
    {"at_least_pct": 80, "deduction": 1},
    {"at_least_pct": 60, "deduction": 3},
]


def only(run: Any) -> dict[str, Any]:
    (row,) = run.rows("scores", "indicators")
    return row


@pytest.mark.parametrize(
    ("weight", "paid", "released", "score", "deduction"),
    [
        (100, "50.00", "100.00", "50.00", "50.00"),
        (100, "100.00", "100.00", "100.00", "0.00"),
        (100, "120.00", "100.00", "100.00", "0.00"),  # never more than the weight
        (100, "-5.00", "100.00", "0.00", "100.00"),  # more refunded than paid: never below 0
        (100, "0.00", "100.00", "0.00", "100.00"),
        (100, "1.00", "3.00", "33.33", "66.67"),  # score and deduction add up to the weight
        (100, "0.05", "1000.00", "0.01", "99.99"),  # 0.005 is rounded up
        (100, "0.04", "1000.00", "0.00", "100.00"),  # 0.004 is not
        (100, "1.00", "20000.00", "0.01", "99.99"),  # 0.005 again, of other numbers
        (100, "1.00", "60000.00", "0.00", "100.00"),  # 0.00166…
    ],
)
def test_ratio(scorer: Scorer, weight: int, paid: str, released: str, score: str, deduction: str) -> None:
    run = scorer(
        [{"code": "B1", "method": "ratio", "weight": weight, "when_nothing": "judgement", **RATE}],
        {"paid_yuan": paid, "released_yuan": released},
    )
    assert (only(run)["score"], only(run)["deduction"]) == (Decimal(score), Decimal(deduction))


def test_a_third_of_a_weight_that_ends_in_half_a_cent_is_rounded_up(scorer: Scorer) -> None:
    """3 × 1/600 is exactly 0.005, but 1/600 has no end as a decimal number: only exact fractions round it up."""
    ratio = {"code": "B1", "method": "ratio", "weight": 3, "when_nothing": "full", **RATE}
    rest = {"code": "B2", "method": "ratio", "weight": 97, "when_nothing": "full", **RATE}
    run = scorer([ratio, rest], {"paid_yuan": "1.00", "released_yuan": "600.00"})
    assert run.rows("scores", "indicators")[0]["score"] == Decimal("0.01")


def test_ratio_tells_its_figures_and_keeps_numerator_and_denominator(scorer: Scorer) -> None:
    run = scorer(
        [{"code": "B1", "method": "ratio", "when_nothing": "judgement", **RATE}],
        {"paid_yuan": "12345678.00", "released_yuan": "20000000.00"},
    )
    assert only(run)["basis"] == "下达2000万元,支付1234.5678万元,指标B161.73%"
    assert (only(run)["numerator"], only(run)["denominator"]) == (Decimal("12345678"), Decimal("20000000"))
    assert only(run)["method"] == "ratio"


@pytest.mark.parametrize(
    ("met", "total", "score"),
    [(14, 14, "100.00"), (0, 14, "0.00"), (2, 3, "66.67"), (1, 3, "33.33"), (1, 8, "12.50")],
)
def test_share(scorer: Scorer, met: int, total: int, score: str) -> None:
    run = scorer(
        [{"code": "C1", "method": "share", "when_nothing": "judgement", **COUNTS}], {"met": met, "all": total}
    )
    assert only(run)["score"] == Decimal(score)
    assert only(run)["basis"].startswith(f"全部{total}个,达标{met}个,指标C1")


@pytest.mark.parametrize(
    ("settled", "planned", "score", "rate"),
    [
        ("90.00", "100.00", "100.00", "10.00%"),
        ("100.00", "100.00", "100.00", "0.00%"),  # exactly as planned is full marks
        ("100.01", "100.00", "0.00", "-0.01%"),  # a cent over is none
    ],
)
def test_saving(scorer: Scorer, settled: str, planned: str, score: str, rate: str) -> None:
    saving = {"numerator": quantity("settled_yuan", "审定"), "denominator": quantity("planned_yuan", "计划")}
    run = scorer(
        [{"code": "C4", "method": "saving", "when_nothing": "full", **saving}],
        {"settled_yuan": settled, "planned_yuan": planned},
    )
    assert only(run)["score"] == Decimal(score)
    assert rate in only(run)["basis"]
    assert only(run)["numerator"] == Decimal(planned) - Decimal(settled)


@pytest.mark.parametrize(
    ("satisfied", "answers", "score"),
    [
        (10, 10, "100.00"),
        (9, 10, "100.00"),  # an edge belongs to its band
        (22499, 25000, "99.00"),  # 89.996 % shows as 90.00 % and is not 90 %
        (8, 10, "99.00"),
        (7999, 10000, "97.00"),
        (6, 10, "97.00"),
        (5999, 10000, "0.00"),  # below the lowest band
        (0, 10, "0.00"),
    ],
)
def test_bands(scorer: Scorer, satisfied: int, answers: int, score: str) -> None:
    run = scorer(
        [{"code": "D5", "method": "bands", "bands": BANDS, "when_nothing": "judgement", **COUNTS}],
        {"met": satisfied, "all": answers},
    )
    assert only(run)["score"] == Decimal(score)


def test_a_band_that_costs_more_than_the_weight_leaves_nothing(scorer: Scorer) -> None:
    bands = {
        "method": "bands",
        "bands": [{"at_least_pct": 0, "deduction": 60}],
        "when_nothing": "full",
        **COUNTS,
    }
    run = scorer(
        [{"code": "D5", "weight": 50, **bands}, {"code": "D6", "weight": 50, **bands}], {"met": 1, "all": 2}
    )
    assert [row["score"] for row in run.rows("scores", "indicators")] == [0, 0]


ALL_RATES = [
    {"code": "B1", "weight": 25, "method": "ratio", **RATE},
    {"code": "C1", "weight": 25, "method": "share", **RATE},
    {"code": "C4", "weight": 25, "method": "saving", **RATE},
    {"code": "D5", "weight": 25, "method": "bands", "bands": BANDS, **RATE},
]


def test_nothing_to_divide_by_is_full_marks_only_where_the_scheme_says_so(scorer: Scorer) -> None:
    run = scorer(
        [{**each, "when_nothing": "full"} for each in ALL_RATES],
        {"paid_yuan": "0.00", "released_yuan": "0.00"},
    )
    for row in run.rows("scores", "indicators"):
        assert row["score"] == 25
        assert "无法计算,按满分计" in row["basis"]


def test_nothing_to_divide_by_is_otherwise_for_the_evaluators_to_judge(scorer: Scorer) -> None:
    rates = [{**each, "when_nothing": "judgement"} for each in ALL_RATES]
    judgements = [
        {"indicator_code": each["code"], "basis": "本年未下达", "deduction_points": "2.50"}
        for each in ALL_RATES
    ]
    run = scorer(rates, {"paid_yuan": "0.00", "released_yuan": "0.00"}, {"staging.judgements": judgements})
    for row in run.rows("scores", "indicators"):
        assert row["score"] == Decimal("22.50")
        assert "由评价人员评定:本年未下达" in row["basis"]


def test_and_an_error_while_they_have_not(scorer: Scorer) -> None:
    rates = [{**each, "when_nothing": "judgement"} for each in ALL_RATES]
    with pytest.raises(InputError) as error:
        scorer(rates, {"paid_yuan": None, "released_yuan": "5.00"})
    assert [problem.value for problem in error.value.problems] == ["B1", "C1", "C4", "D5"]


def test_a_figure_that_does_not_exist_is_the_schemes_fault(scorer: Scorer) -> None:
    with pytest.raises(ConfigurationError, match="指标B1.*paid_yuan"):
        scorer([{"code": "B1", "method": "ratio", "when_nothing": "full", **RATE}], {"released_yuan": "1.00"})


def software(*statuses: str, cause: str = "未按计划启动") -> dict[str, Any]:
    return {
        "staging.plan_projects": [
            {"project_code": f"P{n}", "project_name": f"项目{n}", "category": "软件", "is_classified": False}
            for n in range(len(statuses))
        ],
        "staging.project_progress": [
            {
                "project_code": f"P{n}",
                "project_status": status,
                "unfinished_cause": cause,
                "benefit_code": "C1",
            }
            for n, status in enumerate(statuses)
        ],
    }


PER_EVENT = {"code": "C1", "method": "deduct_per_event", "deducts": ["not_completed"], "points": 0.5}


def test_deduct_per_event_takes_points_off_per_project(scorer: Scorer) -> None:
    run = scorer([PER_EVENT], tables=software("not_started", "completed", "terminated"))
    assert only(run)["score"] == 99
    assert only(run)["basis"] == "项目未完工2个(项目0、项目2),每个扣0.5分"


def test_a_long_list_of_projects_is_cut_short(scorer: Scorer) -> None:
    run = scorer([PER_EVENT], tables=software(*["not_started"] * 7))
    assert only(run)["basis"] == "项目未完工7个(项目0、项目1、项目2、项目3、项目4等),每个扣0.5分"


def test_deduct_per_event_stops_at_zero(scorer: Scorer) -> None:
    run = scorer([{**PER_EVENT, "points": 40}], tables=software("not_started", "not_started", "not_started"))
    assert (only(run)["score"], only(run)["deduction"]) == (0, 100)
    assert "扣至0分为止" in only(run)["basis"]


def test_two_events_of_one_project_under_one_rule_cost_once_but_are_both_reported(scorer: Scorer) -> None:
    tables = {
        "staging.plan_projects": [{"project_code": "P1", "category": "软件", "is_classified": False}],
        "staging.procurements": [
            {
                "procurement_no": "A",
                "project_code": "P1",
                "reviewed_on": "2023-01-01",
                "awarded_on": "2024-01-01",
            },
            {
                "procurement_no": "B",
                "project_code": "P1",
                "reviewed_on": "2023-01-01",
                "awarded_on": "2024-02-01",
            },
        ],
    }
    run = scorer([{**PER_EVENT, "deducts": ["started_late"]}], tables=tables)
    assert only(run)["score"] == Decimal("99.50")
    assert len(run.rows("scores", "findings")) == 2


def test_findings_go_to_the_indicator_of_their_category(scorer: Scorer) -> None:
    tables = software("not_started", "not_started")
    tables["staging.plan_projects"][1]["category"] = "硬件"
    both = [
        {**PER_EVENT, "code": "C1", "weight": 50, "categories": ["软件"]},
        {**PER_EVENT, "code": "C2", "weight": 50, "categories": ["硬件"], "points": 2},
    ]
    run = scorer(both, tables=tables)
    assert [row["score"] for row in run.rows("scores", "indicators")] == [Decimal("49.50"), 48]
    assert [row["indicator"] for row in run.rows("scores", "findings")] == ["C1", "C2"]


def test_a_category_no_indicator_is_about_is_reported_without_an_indicator(scorer: Scorer) -> None:
    tables = software("not_started")
    tables["staging.plan_projects"][0]["category"] = "其他"
    run = scorer([{**PER_EVENT, "categories": ["软件"]}], tables=tables)
    (finding,) = run.rows("scores", "findings")
    assert (finding["indicator"], finding["deducts"], only(run)["score"]) == (None, False, 100)


def test_findings_go_to_the_benefit_they_serve(scorer: Scorer) -> None:
    benefit = {**PER_EVENT, "by_benefit_code": True, "weight": 50}
    run = scorer([{**benefit, "code": "C1"}, {**benefit, "code": "C2"}], tables=software("not_started"))
    assert [row["score"] for row in run.rows("scores", "indicators")] == [Decimal("49.50"), 50]


def test_excused_projects_are_reported_and_cost_nothing(scorer: Scorer) -> None:
    run = scorer(
        [{**PER_EVENT, "reports": ["not_completed_excused"]}],
        tables=software("suspended", cause="上级政策不明确"),
    )
    (finding,) = run.rows("scores", "findings")
    assert (finding["rule"], finding["indicator"], finding["deducts"]) == (
        "not_completed_excused",
        "C1",
        False,
    )
    assert only(run)["score"] == 100
    assert only(run)["basis"] == "未发现项目未完工的情形;另有项目因政策原因未完工1个(项目0),不扣分"


def test_a_rule_that_cannot_apply_is_not_told_as_a_pass(scorer: Scorer) -> None:
    run = scorer([PER_EVENT])
    assert only(run)["basis"] == "“项目未完工”不适用(没有项目实施进度)"


IF_ANY = {
    "code": "B2",
    "method": "deduct_if_any",
    "deducts": [
        {"rules": ["contract_signed_late"], "points": 0.5},
        {"rules": ["emall_bypassed", "emall_after_the_fact"], "points": 0.5},
    ],
}


def contracts(*, signed_late: int = 0, bypassed: int = 0, after_the_fact: int = 0) -> dict[str, Any]:
    service = {"project_code": "P1", "service_type": "监理", "service_started_on": "2024-03-01"}
    return {
        "staging.plan_projects": [{"project_code": "P1", "is_classified": False}],
        "staging.procurements": [
            {
                "procurement_no": f"C{n}",
                "project_code": "P1",
                "awarded_on": "2024-01-01",
                "signed_on": "2024-05-01",
            }
            for n in range(signed_late)
        ],
        "staging.service_contracts": [
            *({**service, "contract_no": f"F{n}"} for n in range(bypassed)),
            *({**service, "contract_no": f"G{n}", "emall_order_no": "D1"} for n in range(after_the_fact)),
        ],
        "staging.emall_orders": [{"order_no": "D1", "ordered_on": "2024-03-02"}],
    }


@pytest.mark.parametrize(
    ("events", "score"),
    [
        ({}, "100.00"),
        ({"signed_late": 3}, "99.50"),  # once, however many
        ({"bypassed": 1}, "99.50"),
        ({"bypassed": 1, "after_the_fact": 2}, "99.50"),  # one group, once
        ({"signed_late": 1, "bypassed": 1}, "99.00"),
    ],
)
def test_deduct_if_any(scorer: Scorer, events: dict[str, int], score: str) -> None:
    run = scorer([IF_ANY], tables=contracts(**events))
    assert only(run)["score"] == Decimal(score)


def test_deduct_if_any_counts_the_events_of_each_rule(scorer: Scorer) -> None:
    run = scorer([IF_ANY], tables=contracts(signed_late=2, bypassed=1, after_the_fact=1))
    assert only(run)["basis"] == (
        "合同签订超过法定期限2项,扣0.5分;服务未通过电子卖场采购1项、先实施后补电子卖场订单1项,扣0.5分"
    )


def test_a_judgement_is_the_evaluators_deduction_and_basis(scorer: Scorer) -> None:
    judged = {"indicator_code": "A1", "basis": "目标笼统", "deduction_points": "0.50"}
    run = scorer([{"code": "A1", "method": "judgement"}], tables={"staging.judgements": [judged]})
    row = only(run)
    assert (row["score"], row["deduction"], row["basis"]) == (Decimal("99.50"), Decimal("0.50"), "目标笼统")
    assert (row["numerator"], row["denominator"]) == (None, None)
