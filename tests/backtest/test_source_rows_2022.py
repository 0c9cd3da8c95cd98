"""Every finding of 2022 leads to a row of the bundled exports that holds the fact, read without fundeval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.release import Release, Row
from support.sample import day, sheet_cells

Cells = dict[str, Any]


def _days(cells: Cells, earlier: str, later: str) -> int:
    first, last = day(cells[earlier]), day(cells[later])
    assert first is not None
    assert last is not None
    return (last - first).days


def _months(cells: Cells, earlier: str, later: str) -> int:
    first, last = day(cells[earlier]), day(cells[later])
    assert first is not None
    assert last is not None
    return (last.year - first.year) * 12 + last.month - first.month


HOLDS: dict[str, Callable[[Cells], bool]] = {
    "contract_signed_late": lambda cells: _days(cells, "中标通知书日期", "合同签订日期") > 30,
    "started_late": lambda cells: _months(cells, "技术方案评审日期", "中标通知书日期") > 6,
    "emall_bypassed": lambda cells: not cells["电子卖场订单编号"],
    "emall_after_the_fact": lambda cells: bool(cells["电子卖场订单编号"]),
    "not_completed": lambda cells: cells["实施状态"] != "已完工",
    "not_completed_excused": lambda cells: cells["实施状态"] != "已完工" and bool(cells["未完成原因"]),
    "finished_late": lambda cells: cells["实施状态"] == "已完工" and day(cells["实际完工日期"]) is not None,
    "benefit_not_realised": lambda cells: cells["效益实现程度"] in ("部分实现", "未实现"),
}


def _source_cells(folder: Path, row: Row) -> Cells:
    """Return the cells of the row a finding names, by the header above it."""
    lines = sheet_cells(folder / row["source_file"], row["source_sheet"])
    header = next(line for line in lines if "项目编码" in line)
    return dict(zip(header, lines[int(row["source_row"]) - 1], strict=False))


@pytest.mark.parametrize("rule", HOLDS)
def test_row_named_by_a_finding_holds_the_fact(release: Release, sample_folder: Path, rule: str) -> None:
    rows = [row for row in release.table("findings") if row["rule"] == rule]
    assert rows
    for row in rows:
        cells = _source_cells(sample_folder, row)
        assert cells["项目编码"] == row["project_code"]
        assert HOLDS[rule](cells), cells


def test_finding_on_an_order_after_the_fact_has_an_order_after_the_service(
    release: Release, sample_folder: Path
) -> None:
    orders = {line[0]: line for line in sheet_cells(sample_folder / "电子卖场订单.xls", "订单")}
    for row in release.table("findings"):
        if row["rule"] == "emall_after_the_fact":
            cells = _source_cells(sample_folder, row)
            ordered, began = day(orders[cells["电子卖场订单编号"]][1]), day(cells["服务开始日期"])
            assert isinstance(ordered, dt.date)
            assert isinstance(began, dt.date)
            assert ordered > began


def test_finding_on_the_plan_leads_to_its_date_of_issue(release: Release, sample_folder: Path) -> None:
    (row,) = [row for row in release.table("findings") if row["rule"] == "plan_issued_late"]
    label, value, *_ = sheet_cells(sample_folder / row["source_file"], row["source_sheet"])[
        int(row["source_row"]) - 1
    ]
    assert label == "建设计划下达日期"
    issued = day(value)
    assert issued is not None
    assert issued.isoformat() in row["found"]


def test_finding_on_satisfaction_leads_to_the_survey(release: Release, sample_folder: Path) -> None:
    (row,) = [row for row in release.table("findings") if row["rule"] == "satisfaction_below_target"]
    assert (sample_folder / row["source_file"]).is_file()
    assert "问卷" in row["source_file"]
