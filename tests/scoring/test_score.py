"""A whole score: judgements, total, grade, veto, findings with law and place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.errors import InputError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.measures import measure, seal_classified
from fundeval.scoring import score
from scoring.small import Scorer, examine_for
from support.staged import context_of, stage

A1 = {"code": "A1", "level3": "依据充分性", "method": "judgement", "weight": 60}
A2 = {"code": "A2", "level3": "程序规范性", "method": "judgement", "weight": 40}
PLAN = {
    "code": "A3",
    "method": "deduct_if_any",
    "weight": 10,
    "deducts": [{"rules": ["plan_issued_late"], "points": 1}],
}


def judged(code: str, points: str | None, row: int = 3) -> dict[str, Any]:
    return {
        "indicator_code": code,
        "basis": "依据",
        "deduction_points": points,
        "source_file": "底稿.xlsx",
        "source_sheet": "定性",
        "source_row": row,
    }


def vetoes(*occurred: bool) -> list[dict[str, Any]]:
    return [{"veto_item": f"否决{number}", "occurred": value} for number, value in enumerate(occurred, 1)]


@pytest.mark.parametrize(
    ("points", "occurred", "total"),
    [
        (("0", "0"), (), ("100.00", "优", False, None)),
        (("5.00", "5.00"), (False, False), ("90.00", "优", False, None)),
        (("5.00", "5.01"), (False,), ("89.99", "差", False, None)),
        (("0", "0"), (False, True), ("100.00", "差", True, "否决2")),  # whatever the score
        (("60", "40"), (True, True), ("0.00", "差", True, "否决1、否决2")),
    ],
)
def test_total_and_grade(scorer: Scorer, points: Any, occurred: Any, total: Any) -> None:
    run = scorer(
        [A1, A2],
        tables={
            "staging.judgements": [judged("A1", points[0]), judged("A2", points[1])],
            "staging.vetoes": vetoes(*occurred),
        },
    )
    (row,) = run.rows("scores", "total")
    assert (str(row["score"]), row["grade"], row["vetoed"], row["veto_items"]) == total


BAD_JUDGEMENTS: list[tuple[str, list[dict[str, Any]], list[tuple[str, int, str]]]] = [
    ("missing", [judged("A1", "0")], [("judgement_missing", 0, "A2")]),
    ("all missing", [], [("judgement_missing", 0, "A1"), ("judgement_missing", 0, "A2")]),
    ("more than the weight", [judged("A1", "60.01", 3), judged("A2", "0")], [("judgement_out_of_range", 3, "60.01")]),
    ("negative", [judged("A1", "-0.50", 4), judged("A2", "0")], [("judgement_out_of_range", 4, "-0.5")]),
    ("empty", [judged("A1", None, 4), judged("A2", "0")], [("judgement_out_of_range", 4, "")]),
    ("unknown", [judged("A1", "0"), judged("A2", "0"), judged("Z9", "0", 5)], [("judgement_unknown", 5, "Z9")]),
    ("twice", [judged("A1", "0", 3), judged("A1", "1", 4), judged("A2", "0")],
     [("judgement_repeated", 3, "A1"), ("judgement_repeated", 4, "A1")]),
    ("several at once", [judged("A1", "99", 3), judged("Z9", "0", 4)],
     [("judgement_missing", 0, "A2"), ("judgement_out_of_range", 3, "99"), ("judgement_unknown", 4, "Z9")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "problems"), [case[1:] for case in BAD_JUDGEMENTS], ids=[c[0] for c in BAD_JUDGEMENTS]
)
def test_judgements_that_do_not_fit_are_all_refused_at_once(scorer: Scorer, rows: Any, problems: Any) -> None:
    with pytest.raises(InputError) as error:
        scorer([A1, A2], tables={"staging.judgements": rows})
    assert [(each.code, each.row, each.value) for each in error.value.problems] == problems
    assert all(each.file and each.sheet and each.message and each.remedy for each in error.value.problems)


def test_the_edges_of_a_judgement_are_allowed(scorer: Scorer) -> None:
    run = scorer([A1, A2], tables={"staging.judgements": [judged("A1", "60"), judged("A2", "0")]})
    assert [row["score"] for row in run.rows("scores", "indicators")] == [0, 40]


def test_points_taken_off_by_hand_where_data_decide_are_refused_not_ignored(scorer: Scorer) -> None:
    with pytest.raises(InputError, match="指标A3.*按数据计算得分"):
        scorer(
            [{**A1, "weight": 90}, PLAN],
            tables={"staging.judgements": [judged("A1", "0"), judged("A3", "1")]},
        )


@pytest.fixture
def evaluated(specimen: Any, tmp_path: Path) -> RunFolder:
    """A small fund-year, measured and scored by the specimen scheme."""
    context = context_of(tmp_path, FundYear("specimen", 2024))
    project = {"unit_name": "甲局", "project_nature": "new", "is_classified": False}
    judgements = [
        {"indicator_code": each.code, "basis": "符合", "deduction_points": "0"}
        for each in specimen.scheme.indicators
        if each.method == "judgement"
    ]
    stage(
        context.run,
        {
            "staging.budget_approval": [
                {
                    "fund_name": "甲资金",
                    "budget_yuan": "1000.00",
                    "budget_approved_on": "2024-01-10",
                    "plan_issued_on": "2024-02-11",
                    "plan_doc_no": "甲发〔2024〕1号",
                }
            ],
            "staging.budget_approval_cells": [{"field": "plan_issued_on", "source_file": "批复.xlsx", "source_row": 9}],
            "staging.plan_projects": [
                {**project, "project_code": "P1", "project_name": "平台", "category": "软件平台开发",
                 "contract_finish_on": "2024-06-30"},
                {**project, "project_code": "P2", "project_name": "机房", "category": "信息化硬件建设"},
            ],
            "restricted.plan_projects": [{**project, "project_code": "S1", "is_classified": True}],
            "staging.releases": [{"project_code": "P1", "applied_yuan": "800.00", "released_yuan": "800.00"}],
            "restricted.releases": [{"project_code": "S1", "applied_yuan": "200.00", "released_yuan": "100.00"}],
            "staging.vouchers": [
                {"voucher_no": "V1", "paid_on": "2024-05-01", "project_code": "P1", "fund_name": "甲资金",
                 "voucher_status": "paid", "amount_yuan": "600.00"}
            ],
            "staging.project_progress": [
                {"project_code": "P1", "project_status": "completed", "finished_on": "2024-07-10",
                 "acceptance_result": "passed", "benefit_code": "D11", "benefit_level": "full"},
                {"project_code": "P2", "project_status": "not_started", "benefit_code": "D12", "benefit_level": "none"},
            ],
            "staging.service_indicators": [
                {"indicator_name": "短信", "target_operator": ">=", "target_value": "10", "actual_value": "9"}
            ],
            "staging.survey_responses": [{"response_no": number} for number in ("1", "2")],
            "staging.survey_answers": [
                {"response_no": number, "question_type": "satisfaction", "option_text": "满意", "source_row": row}
                for row, number in enumerate(("1", "2"), 1)
            ],
            "staging.judgements": judgements,
        },
    )  # fmt: skip
    seal_classified(context)
    measure(context)
    examine_for(context)
    score(context)
    return context.run


def test_a_small_fund_year_from_rows_to_score(evaluated: RunFolder) -> None:
    lost = {
        row["code"]: row["deduction"] for row in evaluated.rows("scores", "indicators") if row["deduction"]
    }
    assert lost == {
        "A31": Decimal("0.50"),  # issued a day more than a month after the budget
        "B11": Decimal("0.40"),  # 900 of 1000 applied for, classified included
        "B12": Decimal("1.33"),  # 600 of 900 released: 4 × 2/3 = 2.67
        "C12": Decimal("0.50"),  # the machine room is not built
        "C13": Decimal("5.00"),  # no service indicator met
        "C31": Decimal("0.50"),  # the platform was finished late
        "D12": Decimal("0.50"),  # the machine room's benefit is not realised
    }
    (total,) = evaluated.rows("scores", "total")
    assert (total["score"], total["grade"]) == (Decimal("91.27"), "优")


def test_findings_say_what_where_and_against_which_law(evaluated: RunFolder) -> None:
    told = [
        (
            row["rule"],
            row["project_code"],
            row["indicator"],
            row["deducts"],
            row["source_file"],
            row["source_row"],
        )
        for row in evaluated.rows("scores", "findings")
    ]
    assert told == [
        ("plan_issued_late", None, "A31", True, "批复.xlsx", 9),
        ("not_completed", "P2", "C12", True, "project_progress.xlsx", 2),
        ("finished_late", "P1", "C31", True, "project_progress.xlsx", 1),
        ("benefit_not_realised", "P2", "D12", True, "project_progress.xlsx", 2),
    ]
    laws = {row["rule"]: row["legal_basis"] for row in evaluated.rows("scores", "findings")}
    assert laws["plan_issued_late"] == (
        "《样例专项资金管理办法》(样财〔2019〕1号)第三条、《中华人民共和国预算法》第五十三条"
    )
    assert laws["finished_late"] == "《中华人民共和国民法典》第五百零九条"


def test_a_score_can_be_made_again_from_the_same_rows(evaluated: RunFolder) -> None:
    tables = ("indicators", "findings", "total")
    before = [evaluated.table_path("scores", table).read_bytes() for table in tables]
    score(context_of(evaluated.path.parents[3], FundYear("specimen", 2024)))
    assert [evaluated.table_path("scores", table).read_bytes() for table in tables] == before
