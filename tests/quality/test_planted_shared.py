"""Tables that rules share: made once per engine, on demand, and never a way around what a rule may tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundeval.core.engine import engine, first_row
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.places import sql_folder
from fundeval.core.rooms import RunFolder
from fundeval.core.shared import (
    KEPT,
    keep_shared,
    provide,
    shared_of,
    shared_statement,
    show_kept,
    tables_of,
)
from fundeval.quality.catalogue import load_catalogue
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


def kept_run(root: Path, amount: str) -> RunFolder:
    """Return a run of one voucher with what a gate keeps of it."""
    run = context_of(root, FundYear("specimen", 2024)).run
    row = {"project_code": "P1", "fund_name": "甲资金", "voucher_status": "paid", "paid_on": "2024-05-01"}
    stage(
        run,
        {
            "staging.plan_projects": [{"project_code": "P1", "is_classified": False}],
            "staging.budget_approval": [{"fund_name": "甲资金"}],
            "staging.vouchers": [{**row, "voucher_no": "V1", "amount_yuan": amount}],
        },
    )
    with engine(run, layers=("staging",)) as connection:
        provide(connection, "select * from shared.payments", PARAMETERS)
        keep_shared(connection, run, PARAMETERS)
    return run


def is_shown(run: RunFolder, parameters: dict[str, Any] = PARAMETERS) -> bool:
    with engine(run, layers=("staging",)) as connection:
        show_kept(connection, run, parameters)
        known = "select count(*) from information_schema.tables where table_schema = 'shared'"
        return first_row(connection, known)[0] == len(KEPT)


def test_what_the_gate_keeps_is_taken_instead_of_being_made_again(tmp_path: Path) -> None:
    run = kept_run(tmp_path, "10.00")
    assert is_shown(run)
    with engine(run, layers=()) as connection:
        show_kept(connection, run, PARAMETERS)
        assert first_row(connection, "select sum(amount_yuan), sum(vouchers) from shared.payments") == (10, 1)


def test_what_was_kept_of_other_rows_or_of_another_year_is_not_taken(tmp_path: Path) -> None:
    run = kept_run(tmp_path, "10.00")
    assert not is_shown(run, {**PARAMETERS, "last_day": FundYear("specimen", 2023).last_day})
    stage(run, {"staging.budget_approval": [{"fund_name": "甲资金"}]})
    assert not is_shown(run)


def test_the_same_rows_are_kept_as_the_same_bytes(tmp_path: Path) -> None:
    first, second = (kept_run(tmp_path / name, "10.00") for name in ("a", "b"))
    for name in KEPT:
        tables = [run.table_path("checks", f"gate_{name}") for run in (first, second)]
        assert tables[0].read_bytes() == tables[1].read_bytes()
