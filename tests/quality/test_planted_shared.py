"""Tables that rules share: made once per engine, on demand, and never a way around what a rule may tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.core.engine import engine, first_row
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.places import sql_folder
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.shared import provide, shared_of, shared_statement, tables_of
from support.staged import context_of, stage

NAMES = sorted(path.stem for path in (sql_folder() / "shared").glob("*.sql"))
PARAMETERS = {
    "first_day": FundYear("specimen", 2024).first_day,
    "last_day": FundYear("specimen", 2024).last_day,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_shared_table_says_what_it_is_and_is_used(name: str) -> None:
    header = [line for line in shared_statement(name).splitlines() if line.startswith("--")]
    assert header[0].startswith(f"-- {name}: ")
    for part in ("-- Grain:", "-- Reason:"):
        assert any(line.startswith(part) for line in header)
    texts = [rule.sql for rule in load_catalogue().rules] + [shared_statement(other) for other in NAMES]
    assert any(name in shared_of(text) for text in texts)


@pytest.mark.parametrize("name", NAMES)
def test_a_shared_table_needs_no_measures(name: str) -> None:
    assert {table.split(".")[0] for table in tables_of(shared_statement(name))} <= {"staging", "whole"}


def test_a_rule_that_reads_sums_over_classified_rows_through_a_shared_table_is_sealed() -> None:
    through = [rule for rule in load_catalogue().rules if "export_sums" in shared_of(rule.sql)]
    assert through
    assert all(rule.is_sealed for rule in through)


def test_a_shared_table_is_made_once_however_many_rules_ask(tmp_path: Path) -> None:
    run = context_of(tmp_path, FundYear("specimen", 2024)).run
    plan = [{"project_code": "P1", "is_classified": False}]
    paid = {"project_code": "P1", "fund_name": "甲资金", "voucher_status": "paid", "paid_on": "2024-05-01"}
    rows = [
        {**paid, "voucher_no": "V1", "amount_yuan": "10.00"},
        {**paid, "voucher_no": "V2", "amount_yuan": "5.00"},
    ]
    stage(run, {"staging.plan_projects": plan, "staging.budget_approval": [{"fund_name": "甲资金"}],
                "staging.vouchers": rows})  # fmt: skip
    asked = "select sum(vouchers), sum(amount_yuan) from shared.payments"
    with engine(run) as connection:
        provide(connection, asked, PARAMETERS)
        connection.execute("update shared.payments set vouchers = vouchers + 1")
        provide(connection, asked, PARAMETERS)
        assert first_row(connection, asked) == (3, 15)


def test_a_shared_table_nobody_wrote_is_told(tmp_path: Path) -> None:
    with engine() as connection, pytest.raises(ConfigurationError, match="nowhere"):
        provide(connection, "select * from shared.nowhere", {})
