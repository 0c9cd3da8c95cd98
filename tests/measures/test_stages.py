"""What the two measuring stages may see, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundeval.core.errors import ConfigurationError, FundevalError
from fundeval.measures.models import load_models

SECRET = "涉密工程名"


def test_nothing_of_a_classified_row_is_left_in_a_mart(measured: Any) -> None:
    run = measured(
        {
            "staging.plan_projects": [{"project_code": "P1", "unit_name": "甲局", "is_classified": False}],
            "restricted.plan_projects": [
                {"project_code": "S1", "project_name": SECRET, "unit_name": SECRET, "is_classified": True}
            ],
            "restricted.vouchers": [
                {
                    "voucher_no": SECRET,
                    "paid_on": "2024-01-01",
                    "project_code": "S1",
                    "project_name": SECRET,
                    "fund_name": "甲资金",
                    "voucher_status": "paid",
                    "amount_yuan": "5.00",
                    "payee_name": SECRET,
                    "purpose": SECRET,
                }
            ],
        }
    )
    for table in run.tables("marts"):
        assert SECRET not in str(run.rows("marts", table)), table
        assert "S1" not in str(run.rows("marts", table)), table
    assert run.rows("marts", "classified")[0]["paid_yuan"] == 5


def test_a_project_with_two_progress_rows_ends_the_run_instead_of_doubling_its_money(measured: Any) -> None:
    with pytest.raises(FundevalError, match="projects.*project_code"):
        measured(
            {
                "staging.plan_projects": [
                    {"project_code": "P1", "unit_name": "甲局", "is_classified": False}
                ],
                "staging.project_progress": [{"project_code": "P1"}, {"project_code": "P1"}],
            }
        )


def write(folder: Path, **models: str) -> Path:
    for name, sql in models.items():
        (folder / f"{name}.sql").write_text(f"-- Key: none\n{sql}", encoding="utf-8")
    return folder


def test_models_run_after_those_they_read(tmp_path: Path) -> None:
    write(tmp_path, a="select * from marts.c", b="select 1", c="select * from marts.b -- not marts.a")
    assert [model.name for model in load_models(tmp_path)] == ["b", "c", "a"]


def test_a_model_that_reads_a_table_nobody_makes_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a="select * from marts.z")
    with pytest.raises(ConfigurationError, match="a 需要 z"):
        load_models(tmp_path)


def test_models_in_a_circle_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a="select * from marts.b", b="select * from marts.a")
    with pytest.raises(ConfigurationError, match="互相引用"):
        load_models(tmp_path)


def test_a_model_without_a_stated_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="主键"):
        _ = load_models(tmp_path)[0].key
