"""A table a file may come without: left out it is no problem, but a sheet of its name is never passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sources.conftest import Read, workbook

REQUIRED = {
    "评分": [["指标编码", "指标名称", "评分依据", "扣分"], ["A11", "立项依据充分性", "依据充分", 0]],
    "否决": [["否决事项", "是否发生", "说明"], ["重大事故", "否", None]],
}


def test_a_working_paper_without_texts_is_read(read: Callable[..., Read], plan: Read, tmp_path: Path) -> None:
    result = read("working_paper", workbook(tmp_path / "评价工作底稿.xlsx", REQUIRED))
    assert result.problems == ()
    assert result.context.run.rows("staging", "narratives") == []


def test_texts_whose_header_is_not_understood_are_told(
    read: Callable[..., Read], plan: Read, tmp_path: Path
) -> None:
    sheets = {**REQUIRED, "文字材料": [["章节名", "文本"], ["主要经验", "先论证"]]}
    result = read("working_paper", workbook(tmp_path / "评价工作底稿.xlsx", sheets))
    (problem,) = result.problems
    assert (problem.code, problem.file) == ("missing_table", "评价工作底稿.xlsx")
    assert "找不到“文字材料”表" in problem.message


def test_a_section_the_report_has_not_is_told_with_its_cell(
    read: Callable[..., Read], plan: Read, tmp_path: Path
) -> None:
    sheets = {**REQUIRED, "文字材料": [["部分", "内容"], ["主要经验", "先论证"], ["后记", "谢谢"]]}
    result = read("working_paper", workbook(tmp_path / "评价工作底稿.xlsx", sheets))
    (problem,) = result.problems
    assert (problem.sheet, problem.row, problem.column, problem.value) == ("文字材料", 3, "部分", "后记")
