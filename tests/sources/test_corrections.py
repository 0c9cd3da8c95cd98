"""Reviewed corrections of single cells: carried out in order, refused where the old value is another, recorded."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.sources.corrections import list_problems
from sources.conftest import workbook
from sources.test_ingest import VOUCHER, VOUCHER_HEADER, csv

TITLES = ("文件校验码", "工作表", "行号", "列", "原值", "新值", "更正理由", "更正依据", "更正人")
RELEASES = ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"]


def corrections(path: Path, *rows: tuple[object, ...]) -> Path:
    """Write a list; each row is file, sheet, row, column, old and new value."""
    lines = [",".join(TITLES)]
    for file, *cells in rows:
        sha256 = file_sha256(file) if isinstance(file, Path) else str(file)
        texts = [sha256, *map(str, cells), "录入笔误", "支付回单", "张审核"]
        lines.append(",".join(f'"{text}"' if "," in text else text for text in texts))
    return csv(path, *lines)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    rows = [RELEASES, ["样指1号", dt.datetime(2031, 2, 11), "市甲局", "P1", "公开工程", 6000.5, "五"]]
    return workbook(tmp_path / "指标下达情况.xlsx", {"表": rows})


def test_a_cell_is_corrected_as_the_list_says(read, plan, tmp_path: Path, releases: Path) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", (releases, "表", 2, "下达金额", "五", "5000.00"))
    result = read("quota_releases", releases, corrections=(changes,))
    assert result.problems == ()
    assert result.table("releases", "applied_yuan", "released_yuan", "source_row") == [
        (Decimal("6000.50"), Decimal("5000.00"), 2)
    ]
    assert result.ledger() == [(2, 1, 0, 1)]
    kept = result.context.rooms.archived(file_sha256(releases))
    assert kept.read_bytes() == releases.read_bytes()


@pytest.mark.parametrize("column", ["下达金额", "下达金额(元)", "G", "g"])
def test_a_column_is_named_by_its_header_or_its_letter(
    read, plan, tmp_path: Path, releases: Path, column: str
) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", (releases, "表", 2, column, "五", "5"))
    assert read("quota_releases", releases, corrections=(changes,)).problems == ()


@pytest.mark.parametrize(
    ("column", "old"),
    [("F", "6,000.50"), ("申请金额", "6000.5"), ("下达日期", "2031年2月11日"), ("指标文号", " 样指1号 ")],
)
def test_an_old_value_may_be_written_as_people_see_it(
    read, plan, tmp_path: Path, releases: Path, column: str, old: str
) -> None:
    changes = corrections(
        tmp_path / "单元格更正.csv",
        (releases, "表", 2, column, old, old),
        (releases, "表", 2, "G", "五", "5"),
    )
    assert read("quota_releases", releases, corrections=(changes,)).problems == ()


def test_corrections_of_one_cell_are_carried_out_in_order(read, plan, tmp_path: Path, releases: Path) -> None:
    first = corrections(tmp_path / "单元格更正1.csv", (releases, "表", 2, "G", "五", "6"))
    second = corrections(
        tmp_path / "单元格更正2.csv", (releases, "表", 2, "G", "6", "7"), (releases, "表", 2, "G", "7", "8")
    )
    result = read("quota_releases", releases, corrections=(first, second))
    assert result.table("releases", "released_yuan") == [(Decimal("8.00"),)]
    backwards = read("quota_releases", releases, corrections=(second, first))
    assert [(p.file, p.row, p.code) for p in backwards.problems if p.file.startswith("单元格")] == [
        ("单元格更正2.csv", 2, "old_value_differs"),
        ("单元格更正2.csv", 3, "old_value_differs"),
    ]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (("表", 2, "G", "六", "5"), "old_value_differs"),
        (("别的表", 2, "G", "五", "5"), "unknown_sheet"),
        (("表", 99, "G", "五", "5"), "unknown_row"),
        (("表", 2, "没有的列", "五", "5"), "unknown_column"),
        (("表", 2, "AZ", "五", "5"), "unknown_column"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_at_its_row_of_the_list(
    read, plan, tmp_path: Path, releases: Path, cell: tuple[object, ...], code: str
) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", (releases, *cell))
    result = read("quota_releases", releases, corrections=(changes,))
    told = [(problem.file, problem.row, problem.code) for problem in result.problems]
    assert ("单元格更正.csv", 2, code) in told
    assert (releases.name, 2, "not_an_amount") in told  # the cell itself is still wrong
    assert not result.context.run.has("checks", "corrections_quota_releases")


def test_corrections_are_recorded_with_file_cell_values_reason_and_person(
    read, plan, tmp_path: Path, releases: Path
) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", (releases, "表", 2, "G", "五", "5"))
    result = read("quota_releases", releases, corrections=(changes,))
    assert result.context.run.rows("checks", "corrections_quota_releases") == [
        {
            "file_sha256": file_sha256(releases),
            "source_file": "指标下达情况.xlsx",
            "source_sheet": "表",
            "source_row": 2,
            "column": "下达金额(元)",
            "old_value": "五",
            "new_value": "5",
            "reason": "录入笔误",
            "evidence": "支付回单",
            "who": "张审核",
            "correction_file": "单元格更正.csv",
            "correction_row": 2,
        }
    ]


def test_a_correction_enters_the_audit_trail_once_per_run(read, plan, tmp_path: Path, releases: Path) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", (releases, "表", 2, "G", "五", "5"))
    for _ in range(2):
        result = read("quota_releases", releases, corrections=(changes,))
    (entry,) = audit.read(result.context.rooms)
    assert (entry.event, entry.who) == ("correction.applied", "张审核")
    assert (entry.detail["sheet"], entry.detail["row"], entry.detail["column"]) == ("表", 2, "下达金额(元)")
    assert "五" not in str(entry)


def test_values_of_sensitive_columns_and_classified_rows_are_not_told(read, plan, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "国库集中支付明细.csv",
        VOUCHER_HEADER,
        VOUCHER,
        VOUCHER.replace("V1", "V2").replace("P1,公开工程", "S1,暗号工程"),
    )
    changes = corrections(
        tmp_path / "单元格更正.csv",
        (path, "", 2, "收款人账号", "6222000011112222333", "6222000011112222444"),
        (path, "", 3, "支付金额(元)", "1,000.50", "777.77"),
    )
    result = read("treasury_payments", path, corrections=(changes,))
    assert result.problems == ()
    assert result.table("vouchers", "payee_account") == [("6222000011112222444",)]
    assert result.table("vouchers", "amount_yuan", layer="restricted") == [(Decimal("777.77"),)]
    told = str(result.context.run.rows("checks", "corrections_treasury_payments"))
    assert "6222" not in told
    assert "777" not in told
    assert "录入笔误" in told  # the reason of the public one
    assert told.count("涉密") == 4  # of the classified one neither values nor words


def test_a_number_that_lost_digits_can_be_corrected(read, plan, tmp_path: Path) -> None:
    cells: list[object] = VOUCHER.replace('"1,000.50"', "1000.50").split(",")
    cells[9] = 6222000011112222333
    path = workbook(tmp_path / "国库集中支付明细.xlsx", {"明细": [VOUCHER_HEADER.split(","), cells]})
    held = "6222000011112220000"  # what fifteen exact digits leave of it
    changes = corrections(
        tmp_path / "单元格更正.csv", (path, "明细", 2, "收款人账号", held, "6222000011112222333")
    )
    result = read("treasury_payments", path, corrections=(changes,))
    assert result.problems == ()
    assert result.table("vouchers", "payee_account") == [("6222000011112222333",)]


def test_corrections_of_other_files_are_passed_over(read, plan, tmp_path: Path, releases: Path) -> None:
    changes = corrections(tmp_path / "单元格更正.csv", ("0" * 64, "表", 2, "G", "五", "5"))
    result = read("quota_releases", releases, corrections=(changes,))
    assert result.told() == [("表", 2, "下达金额(元)", "not_an_amount")]


def test_a_run_is_told_of_corrections_of_files_nobody_sent(tmp_path: Path, releases: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    context = RunContext(FundYear("sample-fund", 2031), inbox, Rooms(tmp_path / "out"), "test")
    assert list_problems(context) == []
    context.rooms.archive(releases)
    unknown = (("0" * 64, "", 2, "G", "五", "5"), ("x", "", 2, "G", "", ""))
    corrections(inbox / "单元格更正.csv", (releases, "表", 2, "G", "五", "5"), *unknown)
    told = [(problem.row, problem.code) for problem in list_problems(context)]
    assert told == [(3, "unknown_file"), (4, "unknown_file")]


def test_an_incomplete_list_is_told_cell_by_cell(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    context = RunContext(FundYear("sample-fund", 2031), inbox, Rooms(tmp_path / "out"), "test")
    csv(inbox / "单元格更正.csv", ",".join(TITLES), f"{'0' * 64},表,二,G,五,5,,支付回单,张审核")
    told = [(problem.row, problem.column, problem.code) for problem in list_problems(context)]
    assert told == [(2, "行号", "not_a_number"), (2, "更正理由", "empty_cell")]
    csv(inbox / "单元格更正.csv", ",".join(TITLES[:-1]), "x")
    assert [problem.code for problem in list_problems(context)] == ["missing_column"]
