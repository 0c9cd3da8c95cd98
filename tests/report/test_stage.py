"""What the report says beside the dataset is gathered from the run, the fund and its scheme."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.report import ReportNotes
from fundeval.report.stage import report_notes

FUND = """
fund: clear-brook
title: 清溪数字治理资金
legal_references: [《中华人民共和国预算法》]
background: 为统筹信息化建设而设立。
"""
SCHEME = """
fund: clear-brook
year: 2030
title: 指标体系
categories: [软件平台开发]
thresholds: {max_signing_days: 30, max_plan_lag_months: 1, max_start_months: 6, satisfaction_target_pct: 85,
  excused_causes: [], emall_service_types: [], tender_methods: [], satisfied_options: [满意]}
grades: [{grade: 优, at_least: 90}, {grade: 差, at_least: 0}]
vetoed_grade: 差
indicators:
  - {code: A1, level1: 决策, level2: 立项, level3: 依据充分性, weight: 40, method: judgement}
  - {code: B1, level1: 过程, level2: 资金, level3: 资金到位率, weight: 20, method: ratio, when_nothing: full,
     numerator: {fact: released_yuan, label: 下达}, denominator: {fact: applied_yuan, label: 申请}}
  - {code: C1, level1: 产出, level2: 成本, level3: 成本节约率, weight: 20, method: saving, when_nothing: full,
     numerator: {fact: settlement_audited_yuan, label: 审定}, denominator: {fact: settlement_planned_yuan, label: 计划}}
  - {code: D1, level1: 效益, level2: 满意度, level3: 社会公众满意度, weight: 20, method: bands, when_nothing: full,
     numerator: {fact: satisfied_answers, label: 满意}, denominator: {fact: satisfaction_answers, label: 回答},
     bands: [{at_least_pct: 85, deduction: 0}, {at_least_pct: 60, deduction: 5}]}
"""


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReportNotes:
    folder = tmp_path / "funds" / "clear-brook"
    folder.mkdir(parents=True)
    (folder / "fund.yaml").write_text(FUND, "utf-8")
    (folder / "scheme-2030.yaml").write_text(SCHEME, "utf-8")
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path / "funds"))
    context = RunContext(FundYear("clear-brook", 2031), tmp_path, Rooms(tmp_path / "out"), "first")
    write = context.run.write
    facts = {
        "fund_name": "清溪数字治理资金", "department": "市数据局", "evaluator": "诚信事务所",
        "plan_doc_no": "清数发〔2031〕7号", "plan_issued_on": dt.date(2031, 5, 9), "budget_approved_on": None,
    }  # fmt: skip
    write("marts", "fund_facts", pa.Table.from_pylist([facts]))
    vetoes = [
        {"veto_item": "重大隐患", "occurred": False, "note": None},
        {"veto_item": "重大违纪", "occurred": True, "note": "挪用"},
    ]
    write("staging", "vetoes", pa.Table.from_pylist(vetoes))
    sheet = {"source_file": "问卷.xlsx", "source_sha256": "ab" * 32, "rows_accepted": 180, "rows_rejected": 2}
    write(
        "checks",
        "ingest_survey",
        pa.Table.from_pylist([sheet, sheet | {"rows_accepted": 5, "rows_rejected": 1}]),
    )
    return report_notes(context)


def test_names_and_dates_are_those_of_the_approval(gathered: ReportNotes) -> None:
    assert (gathered.fund_name, gathered.department, gathered.year) == ("清溪数字治理资金", "市数据局", 2031)
    assert gathered.plan_issued_on == dt.date(2031, 5, 9)
    assert gathered.budget_approved_on is None


def test_a_year_without_a_scheme_of_its_own_says_which_it_takes(gathered: ReportNotes) -> None:
    assert (gathered.scheme_year, gathered.scheme_is_fallback) == (2030, True)
    assert [(band.grade, band.at_least) for band in gathered.grade_bands] == [("优", 90), ("差", 0)]


def test_targets_are_what_full_marks_take(gathered: ReportNotes) -> None:
    assert gathered.indicator_targets == {"B1": "100%", "C1": "≥0%", "D1": "≥85%"}


def test_vetoes_are_taken_with_their_note(gathered: ReportNotes) -> None:
    assert [(veto.item, veto.occurred, veto.note) for veto in gathered.vetoes] == [
        ("重大隐患", False, ""), ("重大违纪", True, "挪用"),
    ]  # fmt: skip
    assert gathered.vetoed


def test_a_file_is_named_once_with_the_rows_of_all_its_sheets(gathered: ReportNotes) -> None:
    (source,) = gathered.sources
    assert (source.kind, source.file_name) == ("满意度问卷", "问卷.xlsx")
    assert (source.accepted_rows, source.rejected_rows) == (185, 3)


def test_what_nobody_wrote_is_left_open(gathered: ReportNotes) -> None:
    assert gathered.background == "为统筹信息化建设而设立。"
    assert (gathered.overall_goal, gathered.fieldwork, gathered.signed_on) == (None, None, None)
    assert gathered.experiences == ()
