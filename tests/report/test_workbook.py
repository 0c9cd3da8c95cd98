"""The appendix workbook: five sheets that print well, numbers as numbers, every text as text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from report.conftest import EVERY_YEAR, Written

Write = Callable[[str], Written]


def workbook(report: Written) -> Any:
    return openpyxl.load_workbook(report.folder / "appendices.xlsx")


@pytest.mark.parametrize("name", EVERY_YEAR)
def test_there_are_five_sheets_in_their_order_with_their_titles(written: Write, name: str) -> None:
    book = workbook(written(name))
    assert book.sheetnames == ["附件1", "附件2", "附件3", "附件4", "附件5"]
    titles = [sheet["A2"].value for sheet in book]
    assert all(title.startswith("2031年度清溪数字治理资金") for title in titles)
    assert {sheet.sheet_state for sheet in book} == {"visible"}


@pytest.mark.parametrize("name", EVERY_YEAR)
def test_no_cell_is_a_formula_or_a_link(written: Write, name: str) -> None:
    for sheet in workbook(written(name)):
        for row in sheet.iter_rows():
            assert not [cell.coordinate for cell in row if cell.data_type == "f" or cell.hyperlink]


def test_names_that_look_like_formulas_are_there_as_they_are(written: Write) -> None:
    values = {cell.value for row in workbook(written("hostile"))["附件1"].iter_rows() for cell in row}
    assert {"=HYPERLINK(1)", "+1+1", "@SUM(A1)"} <= values


def test_amounts_are_numbers_in_wan_yuan_and_none_is_invented(written: Write) -> None:
    sheet = workbook(written("everything_found"))["附件1"]
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=5)}
    late = rows["清溪项目001"]
    assert [cell.value for cell in late[4:10]] == [120, 100, 100, 40, 60, 40]
    assert rows["清溪项目002"][7].value == pytest.approx(99.9999)
    assert rows["清溪项目003"][9].value == "—"


def test_the_total_of_the_first_sheet_is_the_fund_s(written: Write) -> None:
    report = written("everything_found")
    sheet = workbook(report)["附件1"]
    total = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "合计")
    paid = next(row["value"] for row in report.year.tables()["metrics"] if row["metric"] == "paid")
    assert Decimal(str(total[7].value)) * 10_000 == paid


def test_header_rows_repeat_in_print_and_stay_in_view(written: Write) -> None:
    book = workbook(written("big"))
    assert [sheet.print_title_rows for sheet in book] == ["$4:$4", "$4:$5", "$3:$3", "$4:$4", "$3:$3"]
    assert [sheet.freeze_panes for sheet in book] == ["A5", "A6", "A4", "A5", "A4"]


def test_sheets_fit_the_width_of_a4_and_wide_ones_lie_on_their_side(written: Write) -> None:
    book = workbook(written("everything_found"))
    assert [sheet.page_setup.orientation for sheet in book] == [
        "landscape", "landscape", "portrait", "landscape", "portrait",
    ]  # fmt: skip
    assert {sheet.page_setup.paperSize for sheet in book} == {9}
    assert {(sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) for sheet in book} == {(1, 0)}


def test_the_indicator_tree_is_merged(written: Write) -> None:
    merged = {str(area) for area in workbook(written("everything_found"))["附件4"].merged_cells.ranges}
    assert {"A5:A7", "A8:A10", "A11:A12", "A13:A15"} <= merged


def test_the_file_is_dated_by_the_fund_year(written: Write) -> None:
    assert workbook(written("tiny")).properties.created.isoformat().startswith("2031-12-31")
