"""Every check of suites.yaml: one small fund-year in which all pass, and for each check one change it must name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fundeval.core.engine import engine, write_query
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.gate import check_tables
from fundeval.quality.suites import load_checks
from fundeval.sources.contract import load_contracts
from fundeval.sources.ingest import empty_table

FUND_YEAR = FundYear("sample-fund", 2031)
Row = dict[str, Any]

GOOD: dict[str, list[Row]] = {
    "budget_approval": [
        {
            "fund_name": "样例资金",
            "approval_year": 2031,
            "budget_yuan": Decimal(900),
            "plan_issued_on": dt.date(2031, 2, 1),
        }
    ],
    "plan_projects": [
        {"project_code": "P1", "planned_yuan": Decimal(500)},
        {"project_code": "P2", "planned_yuan": Decimal(300)},
    ],
    "vouchers": [
        {
            "voucher_no": "V1",
            "paid_on": dt.date(2031, 3, 1),
            "project_code": "P1",
            "fund_name": "样例资金",
            "amount_yuan": Decimal(100),
            "voucher_status": "paid",
        },
        {
            "voucher_no": "V2",
            "paid_on": dt.date(2031, 4, 1),
            "project_code": "X9",
            "fund_name": "其他资金",  # rows of other funds name projects no plan knows
            "amount_yuan": Decimal(7),
            "voucher_status": "paid",
        },
    ],
    "releases": [
        {
            "quota_doc_no": "D1",
            "released_on": dt.date(2031, 2, 9),
            "project_code": "P1",
            "applied_yuan": Decimal(200),
            "released_yuan": Decimal(200),
        }
    ],
    "procurements": [{"procurement_no": "C1", "project_code": "P1"}],
    "service_contracts": [{"contract_no": "F1", "project_code": "P1"}],
    "emall_orders": [{"order_no": "E1"}],
    "project_progress": [
        {
            "project_code": "P1",
            "project_status": "completed",
            "started_on": dt.date(2031, 3, 1),
            "finished_on": dt.date(2031, 9, 1),
            "settlement_planned_yuan": Decimal(5),
            "settlement_audited_yuan": Decimal(4),
        },
        {"project_code": "P2", "project_status": "not_started"},
    ],
    "service_indicators": [{"indicator_name": "频次"}],
    "survey_responses": [{"response_no": "1", "submitted_at": dt.datetime(2032, 1, 5, 8)}],
    "judgements": [{"indicator_code": "A11", "deduction_points": Decimal(0)}],
    "vetoes": [{"veto_item": "重大事故", "occurred": False}],
}
ANSWERS = [{"response_no": "1", "question_type": "satisfaction", "option_text": "满意", "source_row": 2}]

# check: (table, position of the row to change or None to add one, the change, rows that must be named)
CASES: dict[str, tuple[str, int | None, Row, list[int]]] = {
    "approval_is_one": ("budget_approval", None, GOOD["budget_approval"][0], [2, 3]),
    "approval_year": ("budget_approval", 0, {"approval_year": 2030}, [2]),
    "approval_budget": ("budget_approval", 0, {"budget_yuan": Decimal(0)}, [2]),
    "plan_issue_after_approval": ("budget_approval", 0, {"plan_issued_on": dt.date(2020, 1, 1)}, [2]),
    "plan_code_unique": ("plan_projects", None, GOOD["plan_projects"][0], [2, 4]),
    "plan_code_present": ("plan_projects", None, {"project_code": None}, [4]),
    "plan_amount": ("plan_projects", 1, {"planned_yuan": Decimal("-0.01")}, [3]),
    "voucher_no_present": ("vouchers", 1, {"voucher_no": None}, [3]),
    "voucher_status_known": ("vouchers", 1, {"voucher_status": "lost"}, [3]),
    "voucher_conflict": ("vouchers", None, {**GOOD["vouchers"][0], "amount_yuan": Decimal(99)}, [2, 4]),
    "voucher_repeated": ("vouchers", None, GOOD["vouchers"][0], [2, 4]),
    "voucher_project_known": ("vouchers", 0, {"project_code": "P7"}, [2]),
    "voucher_fund_known": ("vouchers", 0, {"fund_name": "别的资金"}, [2, 3]),
    "voucher_sign": ("vouchers", 1, {"voucher_status": "refund"}, [3]),
    "voucher_outside_year": ("vouchers", 0, {"paid_on": dt.date(2032, 1, 1)}, [2]),
    "release_project_known": ("releases", 0, {"project_code": "P7"}, [2]),
    "release_repeated": ("releases", None, GOOD["releases"][0], [2, 3]),
    "release_year": ("releases", 0, {"released_on": dt.date(2030, 12, 31)}, [2]),
    "procurement_no_unique": ("procurements", None, GOOD["procurements"][0], [2, 3]),
    "procurement_project_known": ("procurements", 0, {"project_code": "P7"}, [2]),
    "service_contract_no_unique": ("service_contracts", None, GOOD["service_contracts"][0], [2, 3]),
    "service_contract_project_known": ("service_contracts", 0, {"project_code": "P7"}, [2]),
    "emall_order_unique": ("emall_orders", None, GOOD["emall_orders"][0], [2, 3]),
    "progress_project_unique": ("project_progress", None, GOOD["project_progress"][1], [3, 4]),
    "progress_project_known": ("project_progress", None, {"project_code": "P7"}, [4]),
    "progress_dates": ("project_progress", 0, {"finished_on": dt.date(2031, 2, 1)}, [2]),
    "progress_complete": ("plan_projects", None, {"project_code": "P3"}, [4]),
    "progress_finished_when_completed": ("project_progress", 0, {"finished_on": None}, [2]),
    "settlement_pair": ("project_progress", 0, {"settlement_audited_yuan": None}, [2]),
    "service_indicator_unique": ("service_indicators", None, GOOD["service_indicators"][0], [2, 3]),
    "survey_question_answers": ("survey_answers", 0, {"option_text": None}, [2]),
    "survey_submitted": ("survey_responses", 0, {"submitted_at": None}, [2]),
    "survey_repeated": ("survey_responses", None, GOOD["survey_responses"][0], [2, 3]),
    "judgement_unique": ("judgements", None, GOOD["judgements"][0], [2, 3]),
    "judgement_sign": ("judgements", 0, {"deduction_points": Decimal("-0.5")}, [2]),
    "veto_unique": ("vetoes", None, GOOD["vetoes"][0], [2, 3]),
}


def stage(run: RunFolder, tables: Mapping[str, list[Row]], layer: str = "staging") -> None:
    """Write small tables with all columns of their contract; row 2 is the first."""
    contracts = {table.name: table for contract in load_contracts() for table in contract.tables}
    with engine() as connection:
        for name, rows in tables.items():
            if name in contracts:
                write_query(connection, empty_table(contracts[name]), None, run, layer, name)
                schema = run.read(layer, name).schema
            else:
                schema = pa.schema(
                    [(field, pa.string()) for field in ("response_no", "question_type", "option_text")]
                    + [
                        ("source_file", pa.string()),
                        ("source_sheet", pa.string()),
                        ("source_row", pa.int32()),
                    ]
                )
            filled = [
                {"source_file": f"{name}.xlsx", "source_sheet": "表", "source_row": number, **row}
                for number, row in enumerate(rows, 2)
            ]
            run.write(layer, name, pa.Table.from_pylist(filled, schema))


def good() -> dict[str, list[Row]]:
    """Return a copy of the fund-year in which every check passes."""
    return {name: [dict(row) for row in rows] for name, rows in {**GOOD, "survey_answers": ANSWERS}.items()}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run", FUND_YEAR)


def test_nothing_is_found_in_a_sound_fund_year(run: RunFolder) -> None:
    stage(run, good())
    problems, results = check_tables(run, FUND_YEAR)
    assert problems == []
    assert {result["id"]: result["outcome"] for result in results} == {
        check.id: "pass" for check in load_checks()
    }


def test_every_check_has_a_case() -> None:
    assert set(CASES) == {check.id for check in load_checks()}


@pytest.mark.parametrize("check", CASES)
def test_a_check_names_the_rows_it_finds_wrong(run: RunFolder, check: str) -> None:
    table, position, change, rows = CASES[check]
    tables = good()
    if position is None:
        tables[table].append(dict(change))
    else:
        tables[table][position].update(change)
    stage(run, tables)
    problems, results = check_tables(run, FUND_YEAR)
    named = [problem for problem in problems if problem.code == check]
    assert [(problem.file, problem.sheet, problem.row) for problem in named] == [
        (f"{table}.xlsx", "表", row) for row in rows
    ]
    assert all(problem.message and problem.remedy for problem in named)
    outcome = {result["id"]: result["outcome"] for result in results}
    assert outcome[check] == "fail"


def test_a_check_without_its_table_is_not_applicable_and_never_a_pass(run: RunFolder) -> None:
    tables = good()
    del tables["plan_projects"]
    stage(run, tables)
    _, results = check_tables(run, FUND_YEAR)
    outcome = {result["id"]: (result["outcome"], result["reason"]) for result in results}
    assert outcome["release_project_known"] == ("not_applicable", "缺少可用的表:plan_projects")


def test_classified_rows_are_checked_and_only_their_places_are_told(run: RunFolder) -> None:
    tables = good()
    stage(run, tables)
    secret = {**GOOD["vouchers"][0], "voucher_no": "S-77", "project_code": "S1"}
    stage(run, {"plan_projects": [{"project_code": "S1"}]}, layer="restricted")
    stage(run, {"vouchers": [secret, {**secret, "amount_yuan": Decimal(1)}]}, layer="restricted")
    problems, _ = check_tables(run, FUND_YEAR)
    conflict = [problem for problem in problems if problem.code == "voucher_conflict"]
    assert [problem.row for problem in conflict] == [2, 3]
    assert not any("S-77" in str(problem) or "S1" in str(problem) for problem in problems)
