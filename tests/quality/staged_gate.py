"""A small sound fund-year, staged by hand, that can be sent through the gate and the stages after it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.measures import measure, seal_classified
from fundeval.quality.examination import examine_measured
from fundeval.quality.gate import check_quality
from fundeval.sources.contract import KINDS
from fundeval.sources.ingest import PROBLEM_SCHEMA
from support.staged import Rows, context_of, stage, typed_table

FUNDS = Path(__file__).parents[1] / "scoring" / "funds"
FUND_YEAR = FundYear("specimen", 2024)

SOUND: dict[str, Rows] = {
    "staging.budget_approval": [
        {
            "fund_name": "样例资金",
            "approval_year": 2024,
            "budget_yuan": "900.00",
            "budget_approved_on": "2024-01-10",
            "plan_issued_on": "2024-02-01",
        }
    ],
    "staging.plan_projects": [
        {
            "project_code": code,
            "project_name": f"项目{code}",
            "category": "软件平台开发",
            "unit_name": "甲局",
            "planned_yuan": "300.00",
            "is_classified": False,
        }
        for code in ("P1", "P2")
    ],
    "staging.vouchers": [
        {
            "voucher_no": f"V{number}",
            "paid_on": f"2024-03-0{number + 3}",
            "project_code": "P1",
            "fund_name": "样例资金",
            "unit_name": "甲局",
            "quota_doc_no": "D1",
            "amount_yuan": "50.00",
            "voucher_status": "paid",
        }
        for number in (1, 2)
    ],
    "staging.releases": [
        {
            "quota_doc_no": "D1",
            "released_on": "2024-02-09",
            "unit_name": "甲局",
            "project_code": "P1",
            "applied_yuan": "200.00",
            "released_yuan": "200.00",
        }
    ],
    "staging.project_progress": [
        {"project_code": code, "project_status": "in_progress", "unfinished_cause": "上级政策不明确"}
        for code in ("P1", "P2")
    ],
}


def changed(**tables: Rows) -> dict[str, Rows]:
    """Return the sound fund-year with some staging tables replaced, or others added (``restricted__vouchers``)."""
    named = {
        name.replace("__", ".") if "__" in name else f"staging.{name}": rows for name, rows in tables.items()
    }
    return {**SOUND, **named}


def more(table: str, **row: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a sound staging table and one more, which differs from the first as said."""
    rows = list(SOUND[f"staging.{table}"])
    return [*rows, {**rows[0], **row}]


def staged_context(root: Path, tables: Mapping[str, Rows]) -> RunContext:
    """Return a run in which every kind of file has been read without a problem."""
    context = context_of(root, FUND_YEAR)
    stage(context.run, tables)
    context.run.write("staging", "earlier_projects", typed_table("earlier_projects", ()))
    for kind in KINDS:
        context.run.write("rejects", kind, pa.Table.from_pylist([], PROBLEM_SCHEMA))
    context.sources.mkdir(parents=True, exist_ok=True)
    return context


def examined(root: Path, tables: Mapping[str, Rows]) -> RunContext:
    """Send a staged fund-year through the gate, the measures and ``examine``."""
    context = staged_context(root, tables)
    for work in (check_quality, seal_classified, measure, examine_measured):
        work(context)
    return context


def register_waivers(root: Path, monkeypatch: pytest.MonkeyPatch, *waivers: Mapping[str, Any]) -> None:
    """Register the specimen fund with these waivers."""
    funds = root / "funds"
    shutil.copytree(FUNDS / "specimen", funds / "specimen")
    (funds / "specimen" / "waivers.yaml").write_text(
        yaml.safe_dump({"waivers": [dict(waiver) for waiver in waivers]}, allow_unicode=True),
        encoding="utf-8",
    )
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(funds))
