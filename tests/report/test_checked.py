"""What the report says of the data itself: only rows that are public are named, the others are counted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder
from fundeval.report.checked import quality_notes, read_corrected
from fundeval.report.notes import CellCorrection, Corrected, Waived


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with two public rows of the progress report."""
    run = Rooms(tmp_path).run(FundYear("clear-brook", 2031), "first")
    run.write("staging", "project_progress", pa.Table.from_pylist([place(5), place(6)]))
    run.write("staging", "notes_without_places", pa.Table.from_pylist([{"a": 1}]))
    return run


def place(row: int, file: str = "进度.xlsx", sheet: str = "进度") -> dict[str, Any]:
    return {"source_file": file, "source_sheet": sheet, "source_row": row}


def correction(row: int, **changes: Any) -> dict[str, Any]:
    words = {"column": "完工日期", "old_value": "x", "new_value": "y", "reason": "笔误", "who": "李某"}
    return {**place(row), **words, **changes}


def waived(row: int | None, **changes: Any) -> dict[str, Any]:
    words = {"title": "周末支付", "reason": "年终", "approved_by": "王某", "expires_on": dt.date(2032, 6, 30)}
    return {**place(5), "source_row": row, **words, **changes}


def write(run: RunFolder, table: str, rows: list[dict[str, Any]]) -> None:
    run.write("checks", table, pa.Table.from_pylist(rows))


def test_a_run_without_corrections_waivers_and_rules_has_none(run: RunFolder) -> None:
    assert quality_notes(run) == {
        "cell_corrections": (),
        "cell_corrections_withheld": 0,
        "waived": (),
        "waived_withheld": 0,
        "rule_checks": (),
    }


def test_a_correction_in_a_public_row_is_named_and_any_other_counted(run: RunFolder) -> None:
    write(
        run,
        "corrections_project_progress",
        [correction(5), correction(7), correction(5, source_sheet="别的")],
    )
    found = quality_notes(run)
    assert found["cell_corrections"] == (
        CellCorrection(
            place="《进度.xlsx》“进度”第5行“完工日期”列",
            old_value="x",
            new_value="y",
            reason="笔误",
            who="李某",
        ),
    )
    assert found["cell_corrections_withheld"] == 2


def test_a_waiver_of_a_public_row_or_of_no_row_is_named_and_any_other_counted(run: RunFolder) -> None:
    write(run, "waived_rows", [waived(6), waived(None, source_file=None, source_sheet=None), waived(8)])
    found = quality_notes(run)
    assert found["waived"] == (
        Waived(
            rule="周末支付",
            place="《进度.xlsx》“进度”第6行",
            reason="年终",
            approved_by="王某",
            expires_on=dt.date(2032, 6, 30),
        ),
        Waived(rule="周末支付", place="", reason="年终", approved_by="王某", expires_on=dt.date(2032, 6, 30)),
    )
    assert found["waived_withheld"] == 1


def rule(name: str, outcome: str, rows_found: int = 0, reason: str = "") -> dict[str, Any]:
    return {
        "rule": name, "title": f"规则{name}", "severity": "info", "outcome": outcome, "reason": reason,
        "rows_examined": 9, "rows_found": rows_found,
    }  # fmt: skip


def test_rules_are_told_as_far_as_public_rows_go(run: RunFolder) -> None:
    write(
        run, "rules", [rule("a", "fail", 3), rule("b", "fail", 1), rule("c", "not_applicable", 0, "没有数据")]
    )
    write(
        run,
        "rule_rows",
        [
            {"rule": "a", "is_classified": False},
            {"rule": "a", "is_classified": False},
            {"rule": "a", "is_classified": True},
            {"rule": "b", "is_classified": True},
        ],
    )
    found = quality_notes(run)["rule_checks"]
    assert [(one.title, one.outcome, one.reason, one.rows_examined, one.rows_found) for one in found] == [
        ("规则a", "fail", "", 9, 2),
        ("规则b", "pass", "", 9, 0),
        ("规则c", "not_applicable", "没有数据", 9, 0),
    ]


def test_changes_against_the_release_before_are_read_from_the_draft(run: RunFolder) -> None:
    assert read_corrected(run) is None
    (run.path / "draft").mkdir()
    (run.path / "draft" / "corrections.json").write_text(
        json.dumps({"version": 1, "changes": ["甲"]}), "utf-8"
    )
    assert read_corrected(run) == Corrected(version=1, changes=("甲",))
