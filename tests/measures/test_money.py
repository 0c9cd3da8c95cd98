"""Money of random vouchers against plain Python: refunds, voids, repeats, other funds, other years, classified rows."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.measures import measure, seal_classified
from support.staged import context_of, stage

FUNDS = Path(__file__).parents[1] / "scoring" / "funds"
PUBLIC, CLASSIFIED = ("P1", "P2", "P3"), ("S1", "S2")
UNITS = {"P1": "甲局", "P2": "甲局", "P3": "乙局", "S1": "丙局", "S2": "丙局"}

Voucher = dict[str, Any]

vouchers = st.lists(
    st.fixed_dictionaries(
        {
            "project_code": st.sampled_from(PUBLIC + CLASSIFIED),
            "paid_on": st.dates(dt.date(2023, 12, 15), dt.date(2025, 1, 15)),
            "fund_name": st.sampled_from(["甲资金", "甲资金", "甲资金", "乙资金"]),
            "voucher_status": st.sampled_from(["paid", "paid", "refund", "void"]),
            "amount_yuan": st.decimals("0.01", "99999999999999.99", places=2),
            "copies": st.sampled_from([1, 1, 1, 2, 3]),
        }
    ),
    max_size=12,
)


def numbered(drawn: list[Voucher]) -> list[Voucher]:
    """Give every voucher a number, refunds a minus sign, and write some of them more than once."""
    rows = []
    for number, voucher in enumerate(drawn):
        row = {name: value for name, value in voucher.items() if name != "copies"}
        if row["voucher_status"] == "refund":
            row["amount_yuan"] = -row["amount_yuan"]
        rows += [{**row, "voucher_no": f"V{number}"}] * voucher["copies"]
    return rows


def counts(row: Voucher) -> bool:
    return row["fund_name"] == "甲资金" and row["voucher_status"] != "void" and row["paid_on"].year == 2024


def expected(rows: list[Voucher]) -> dict[str, Decimal]:
    """Sum by project and by month, each voucher number once."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in {row["voucher_no"]: row for row in rows if counts(row)}.values():
        for name in (row["project_code"], f"month {row['paid_on'].month}", "fund"):
            sums[name] += row["amount_yuan"]
    return sums


def measured(rows: list[Voucher], root: Path) -> RunFolder:
    context = context_of(root, FundYear("specimen", 2024))
    plan = [
        {"project_code": code, "unit_name": unit, "is_classified": code in CLASSIFIED}
        for code, unit in UNITS.items()
    ]
    stage(
        context.run,
        {
            "staging.budget_approval": [{"fund_name": "甲资金"}],
            "staging.plan_projects": [row for row in plan if not row["is_classified"]],
            "restricted.plan_projects": [row for row in plan if row["is_classified"]],
            "staging.vouchers": [row for row in rows if row["project_code"] in PUBLIC],
            "restricted.vouchers": [row for row in rows if row["project_code"] in CLASSIFIED],
            "staging.releases": [
                {"project_code": code, "applied_yuan": 0, "released_yuan": "0.07"} for code in PUBLIC
            ],
        },
    )
    with mock.patch.dict(os.environ, {"FUNDEVAL_FUNDS": str(FUNDS)}):
        seal_classified(context)
        measure(context)
    return context.run


@settings(max_examples=30, deadline=None)
@given(drawn=vouchers)
def test_every_total_is_the_exact_sum_of_the_vouchers_that_count(drawn: list[Voucher]) -> None:
    rows = numbered(drawn)
    sums = expected(rows)
    with tempfile.TemporaryDirectory() as folder:
        run = measured(rows, Path(folder))
        assert run.rows("marts", "fund_money")[0]["paid_yuan"] == sums["fund"]
        assert {f"month {row['month']}": row["paid_yuan"] for row in run.rows("marts", "fund_months")} == {
            f"month {month}": sums[f"month {month}"] for month in range(1, 13)
        }
        assert {row["project_code"]: row["paid_yuan"] for row in run.rows("marts", "projects")} == {
            code: sums[code] for code in PUBLIC
        }
        assert run.rows("marts", "classified")[0]["paid_yuan"] == sums["S1"] + sums["S2"]
        assert {row["unit_name"]: row["carry_over_yuan"] for row in run.rows("marts", "units")} == {
            "甲局": Decimal("0.14") - sums["P1"] - sums["P2"],
            "乙局": Decimal("0.07") - sums["P3"],
        }


@settings(max_examples=10, deadline=None)
@given(drawn=vouchers)
def test_projects_units_classified_and_fund_add_up(drawn: list[Voucher]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = measured(numbered(drawn), Path(folder))
        paid = {
            name: sum((row["paid_yuan"] for row in run.rows("marts", name)), Decimal(0))
            for name in ("projects", "units", "classified", "fund_money", "fund_months")
        }
    assert paid["projects"] == paid["units"]
    assert paid["projects"] + paid["classified"] == paid["fund_money"] == paid["fund_months"]
