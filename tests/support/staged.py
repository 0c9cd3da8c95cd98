"""Small runs written by hand: staging tables with the columns of docs/architecture.md, rows as the case needs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder

Rows = Sequence[Mapping[str, Any]]

_SOURCE = "source_file varchar, source_sha256 varchar, source_sheet varchar, source_row integer"
_MONEY = "decimal(18,2)"

COLUMNS = {
    "budget_approval": f"fund_name varchar, approval_year integer, department varchar, budget_yuan {_MONEY},"
    " budget_approved_on date, plan_doc_no varchar, plan_issued_on date, evaluator varchar",
    "budget_approval_cells": "field varchar",
    "plan_projects": "project_code varchar, project_name varchar, category varchar, project_nature varchar,"
    f" unit_name varchar, unit_code varchar, planned_yuan {_MONEY}, contract_finish_on date, is_classified boolean",
    "vouchers": "voucher_no varchar, paid_on date, unit_code varchar, unit_name varchar, project_code varchar,"
    " project_name varchar, fund_name varchar, function_code varchar, economic_code varchar, payment_method varchar,"
    " fund_nature varchar, quota_doc_no varchar, payee_name varchar, payee_account varchar, payee_bank varchar,"
    f" amount_yuan {_MONEY}, purpose varchar, voucher_status varchar, original_voucher_no varchar",
    "releases": "quota_doc_no varchar, released_on date, unit_name varchar, project_code varchar,"
    f" project_name varchar, applied_yuan {_MONEY}, released_yuan {_MONEY}",
    "procurements": "procurement_no varchar, project_code varchar, project_name varchar, unit_name varchar,"
    " procurement_method varchar, reviewed_on date, awarded_on date, signed_on date, filed_on date,"
    f" contract_yuan {_MONEY}, supplier_name varchar",
    "service_contracts": "contract_no varchar, project_code varchar, project_name varchar, service_type varchar,"
    f" contract_yuan {_MONEY}, signed_on date, service_started_on date, supplier_name varchar, emall_order_no varchar",
    "emall_orders": "order_no varchar, ordered_on date, unit_name varchar, catalogue varchar, project_code varchar,"
    f" supplier_name varchar, order_yuan {_MONEY}, order_status varchar",
    "project_progress": "project_code varchar, project_name varchar, unit_name varchar, project_status varchar,"
    " unfinished_cause varchar, started_on date, finished_on date, acceptance_result varchar, test_result varchar,"
    f" settlement_planned_yuan {_MONEY}, settlement_audited_yuan {_MONEY}, benefit_code varchar, benefit_level varchar",
    "earlier_projects": f"year integer, version integer, project_code varchar, project_name varchar,"
    f" released_yuan {_MONEY}, paid_yuan {_MONEY}",
    "service_indicators": "indicator_name varchar, measure_unit varchar, target_operator varchar,"
    " target_value decimal(18,4), actual_value decimal(18,4)",
    "survey_responses": "response_no varchar, submitted_at timestamp, duration_seconds integer, channel varchar,"
    " respondent_ip varchar",
    "survey_answers": "response_no varchar, question_no integer, question_text varchar, question_type varchar,"
    " option_text varchar",
    "judgements": "indicator_code varchar, indicator_name varchar, basis varchar, deduction_points decimal(6,2)",
    "vetoes": "veto_item varchar, occurred boolean, note varchar",
    "stated_totals": "table_name varchar, total_kind varchar, scope_text varchar, field varchar,"
    f" stated_value {_MONEY}",
    "fund_facts": "satisfied_answers bigint, satisfaction_answers bigint",
    "fund_money": f"applied_yuan {_MONEY}, released_yuan {_MONEY}, paid_yuan {_MONEY}",
    "fund_months": f"month integer, paid_yuan {_MONEY}",
    "carry_over": f"project_code varchar, appropriation_year integer, brought_in_yuan {_MONEY}, released_yuan {_MONEY},"
    f" used_yuan {_MONEY}, left_yuan {_MONEY}, years_unused integer, kind varchar",
    "waivers": "waiver integer, rule varchar, named_row varchar, reason varchar, approved_by varchar, expires_on date,"
    " is_expired boolean, rows_met bigint",
}
_COMPUTED = ("fund_facts", "fund_money", "fund_months", "carry_over", "waivers")
_STATED = tuple(f"stated_totals_{kind}" for kind in ("budget_plan", "treasury_payments", "quota_releases"))
STAGING = (*(name for name in COLUMNS if name not in (*_COMPUTED, "stated_totals")), *_STATED)


def typed_table(name: str, rows: Rows) -> pa.Table:
    """Return a table with the typed columns of ``name``; what a row leaves out is empty, its place is made up."""
    columns = f"{COLUMNS['stated_totals' if name in _STATED else name]}, {_SOURCE}"
    names = [column.strip().split()[0] for column in columns.replace("(18,2)", "").replace("(18,4)", "").split(",")
             if column.strip() and not column.strip()[0].isdigit()]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(f"create table t ({columns})")
        for number, row in enumerate(rows, 1):
            placed = {
                "source_file": f"{name}.xlsx",
                "source_sha256": "0" * 64,
                "source_sheet": "表",
                "source_row": number,
            }
            filled = {**placed, **row}
            unknown = filled.keys() - set(names)
            assert not unknown, f"{name} has no column {sorted(unknown)}"
            marks = ", ".join("?" for _ in filled)
            connection.execute(
                f"insert into t ({', '.join(filled)}) values ({marks})",
                [_bound(value) for value in filled.values()],
            )
        return connection.sql("select * from t").to_arrow_table()


def _bound(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | float | dt.date) else value


def context_of(root: Path, fund_year: FundYear) -> RunContext:
    """Return the context of a run in an empty storage root."""
    return RunContext(fund_year, root / "inbox", Rooms(root), "case")


def stage(run: RunFolder, tables: Mapping[str, Rows]) -> None:
    """Write ``<layer>.<table>`` rows into a run; staging tables a case does not name are written empty."""
    for name in STAGING:
        run.write("staging", name, typed_table(name, tables.get(f"staging.{name}", ())))
    for place, rows in tables.items():
        layer, name = place.split(".")
        if layer != "staging":
            run.write(layer, name, typed_table(name, rows))
