"""What a clerk gets back: every problem listed, linked, and shown at its cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from fundeval.core.errors import Problem
from fundeval.sources.feedback import write_feedback
from sources.conftest import workbook

HEADER = ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"]
FILE = "指标下达情况.xlsx"


def problem(**fields: object) -> Problem:
    return Problem(**{"file": FILE, "message": "不是能识别的日期。", "remedy": "请填写年月日。", **fields})  # type: ignore[arg-type]


def test_wrong_cells_are_coloured_commented_listed_and_linked(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / FILE, {"下达's": [HEADER, ["样指1号", "去年", "市甲局", "P1", "公开工程", 6, 5]]}
    )
    found = [
        problem(sheet="下达's", row=2, column="下达日期", value="去年"),
        problem(
            sheet="下达's", row=2, column="下达金额", value="5", message="与合计不符。", severity="warning"
        ),
        problem(file="另一个文件.xlsx", sheet="下达's", row=2, column="下达日期"),
    ]
    book = openpyxl.load_workbook(write_feedback(path, FILE, found, tmp_path))
    assert book.sheetnames == ["问题清单", "下达's"]
    wrong = book["下达's"]["B2"]
    assert wrong.value == "去年"
    assert wrong.fill.start_color.rgb.endswith("FFC7CE")
    assert "请填写年月日" in wrong.comment.text
    assert book["下达's"]["G2"].comment.text.startswith("与合计不符")
    assert book["下达's"]["A2"].comment is None
    listed = [[cell.value or "" for cell in row] for row in book["问题清单"].iter_rows(min_row=2)]
    assert [row[1:6] for row in listed] == [
        ["阻断", "下达's", "B2", "下达日期", "去年"],
        ["警示", "下达's", "G2", "下达金额", "5"],
    ]
    assert book["问题清单"]["D2"].hyperlink.location == "'下达''s'!B2"


def test_the_list_is_never_capped(tmp_path: Path) -> None:
    path = workbook(tmp_path / FILE, {"表": [HEADER]})
    found = [problem(sheet="表", row=row, column="下达日期") for row in range(2, 3002)]
    book = openpyxl.load_workbook(write_feedback(path, FILE, found, tmp_path))
    assert book["问题清单"].max_row == 3001


def test_a_csv_and_an_unreadable_file_get_the_list_alone(tmp_path: Path) -> None:
    for file, content in (("指标下达.csv", b"a,b\n1,2\n"), ("指标下达.xlsx", b"PK broken")):
        path = tmp_path / file
        path.write_bytes(content)
        written = write_feedback(path, file, [problem(file=file, row=2)], tmp_path)
        book = openpyxl.load_workbook(written)
        assert book.sheetnames == ["问题清单"]
        assert book["问题清单"]["D2"].value == "第2行"


def test_content_of_a_file_never_becomes_a_formula(tmp_path: Path) -> None:
    path = workbook(tmp_path / FILE, {"表": [HEADER]})
    found = [problem(sheet="表", row=2, column="下达日期", value="=HYPERLINK(1)")]
    book = openpyxl.load_workbook(write_feedback(path, FILE, found, tmp_path))
    assert book["问题清单"]["F2"].data_type == "s"


def test_the_copy_is_made_from_the_archive_too_where_a_file_has_no_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / FILE, {"表": [HEADER, ["样指1号", "去年"]]}).rename(tmp_path / "0a1b2c")
    found = [problem(sheet="表", row=2, column="下达日期", value="去年")]
    book = openpyxl.load_workbook(write_feedback(path, FILE, found, tmp_path))
    assert book.sheetnames == ["问题清单", "表"]
    assert book["表"]["B2"].comment.text.startswith("不是能识别的日期")


def test_a_legacy_workbook_comes_back_with_its_cells(tmp_path: Path) -> None:
    from support.fundgen.biff import workbook_bytes
    from support.fundgen.grid import Sheet

    sheet = Sheet("下达", [list(HEADER), ["样指1号", "去年", "市甲局", "P1", "=1+1", 6, 5]])
    (tmp_path / "指标下达情况.xls").write_bytes(workbook_bytes([sheet]))
    found = [problem(file="指标下达情况.xls", sheet="下达", row=2, column="下达日期", value="去年")]
    written = write_feedback(tmp_path / "指标下达情况.xls", "指标下达情况.xls", found, tmp_path)
    book = openpyxl.load_workbook(written)
    assert book.sheetnames == ["问题清单", "下达"]
    assert [cell.value for cell in book["下达"][2]][:4] == ["样指1号", "去年", "市甲局", "P1"]
    assert book["下达"]["E2"].data_type == "s"
    assert book["下达"]["B2"].comment.text.startswith("不是能识别的日期")
    assert book["问题清单"]["D2"].hyperlink.location == "'下达'!B2"


def test_a_workbook_another_library_cannot_open_comes_back_with_its_cells(tmp_path: Path) -> None:
    import zipfile

    path = workbook(tmp_path / FILE, {"表": [HEADER, ["样指1号", "去年"]]})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/styles.xml"] = b"<styleSheet><broken/></styleSheet>"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    found = [problem(sheet="表", row=2, column="下达日期", value="去年")]
    book = openpyxl.load_workbook(write_feedback(path, FILE, found, tmp_path))
    assert book["表"]["B2"].value == "去年"
