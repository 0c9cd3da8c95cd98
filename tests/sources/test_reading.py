"""What offices do to a workbook, one habit after another: each is read, reported or refused as the issue asks.

The other habits are specified where they belong: encodings, preambles, repeated, reordered and two-line headers, hidden
sheets, errors and units in ``test_ingest``; ways to write amounts and days in ``test_cells``; option numbers, mixed
magnitudes and unknown columns in ``test_doubtful``; files that cannot be used in ``test_unusable_files``.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sources.conftest import workbook

HEADER = ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"]


def row(
    number: int = 1, day: object = "2031-02-11", applied: object = 6, released: object = 5
) -> list[object]:
    return [f"样指{number}号", day, "市甲局", "P1", "公开工程", applied, released]


def test_blank_rows_and_columns_around_a_table_move_no_row_number(read, plan, tmp_path: Path) -> None:
    table = [[None] * 3 + cells for cells in (HEADER, row(1), row(2))]
    rows = [[], [], *table, [], [None] * 14 + [" "], []]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert result.problems == ()
    assert result.table("releases", "quota_doc_no", "source_row") == [("样指1号", 4), ("样指2号", 5)]
    (counts,) = result.ledger()
    assert counts[0] == sum(counts[1:])


def test_a_macro_workbook_is_read_and_its_macros_are_not(read, plan, tmp_path: Path) -> None:
    path = workbook(tmp_path / "plain.xlsx", {"表": [HEADER, row()]})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    types = parts["[Content_Types].xml"].replace(
        b"spreadsheetml.sheet.main+xml", b"vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    macro = tmp_path / "指标下达情况.xlsm"
    with zipfile.ZipFile(macro, "w") as package:
        for name, content in {
            **parts,
            "[Content_Types].xml": types,
            "xl/vbaProject.bin": b"\xcc\x61" * 99,
        }.items():
            package.writestr(name, content)
    assert read("quota_releases", macro).table("releases", "released_yuan") == [(Decimal("5.00"),)]


@pytest.mark.parametrize("epoch", ["1900", "1904"])
def test_serial_days_count_from_the_workbook_s_own_epoch(read, plan, tmp_path: Path, epoch: str) -> None:
    book = openpyxl.Workbook()
    if epoch == "1904":
        book.epoch = CALENDAR_MAC_1904
    book.active.append(HEADER)
    serial = (dt.date(2031, 9, 7) - (dt.date(1904, 1, 1) if epoch == "1904" else dt.date(1899, 12, 30))).days
    for at, day in enumerate(
        (dt.datetime(2031, 9, 7), serial), 1
    ):  # a date cell, and the bare number behind one
        book.active.append(row(at, day))
    book.save(tmp_path / "指标下达情况.xlsx")
    result = read("quota_releases", tmp_path / "指标下达情况.xlsx")
    assert result.table("releases", "released_on") == [(dt.date(2031, 9, 7),)] * 2


def test_negatives_are_negative_however_they_are_shown(read, plan, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "指标下达情况.xlsx",
        {"表": [HEADER, row(1, released=-1234), row(2, released="(1,234.00)")]},
    )
    book = openpyxl.load_workbook(path)
    book["表"]["G2"].number_format = "#,##0.00;[Red]#,##0.00"  # shown in red, without a sign
    book.save(path)
    assert read("quota_releases", path).table("releases", "released_yuan") == [(Decimal("-1234.00"),)] * 2


def test_the_unit_of_a_cell_goes_before_that_of_the_header_and_that_before_the_unit_row(
    read, plan, tmp_path: Path
) -> None:
    header = [*HEADER[:5], "申请金额", "下达金额(万元)"]
    rows = [
        [None] * 6 + ["单位:亿元"],
        header,
        row(1, applied=0.5, released=3),
        row(2, applied="70元", released="1亿元"),
    ]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert result.table("releases", "applied_yuan", "released_yuan") == [
        (Decimal("50000000.00"), Decimal("30000.00")),
        (Decimal("70.00"), Decimal("100000000.00")),
    ]


def test_full_width_digits_and_punctuation_are_read_like_their_plain_ones(read, plan, tmp_path: Path) -> None:
    rows = [
        HEADER,
        [
            "样指〔2031〕１号",
            "２０３１年９月７日",
            "市甲局",
            "P１",
            "公开工程",
            "１，２３４．５",
            "￥５",
        ],
    ]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert result.table(
        "releases", "quota_doc_no", "released_on", "project_code", "applied_yuan", "released_yuan"
    ) == [("样指〔2031〕1号", dt.date(2031, 9, 7), "P1", Decimal("1234.50"), Decimal("5.00"))]
