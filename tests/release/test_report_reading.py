"""Every number of the report is derived anew from the published tables: a changed digit anywhere stops the release."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import ReleaseError
from fundeval.release.dataset import draft_folder
from fundeval.release.publish import publish
from fundeval.release.report_numbers import underived
from fundeval.release.report_reading import require_told_truly
from fundeval.report.blocks import Paragraph, Run
from fundeval.report.narrative import Report, build_report
from fundeval.report.published import read_published
from fundeval.report.stage import report_notes
from release.invented import make_draft
from release.planted import pdf_bytes
from report.conftest import EVERY_YEAR, tell, year_and_notes

Change = Callable[[bytes], bytes]


def in_package(name: str, change: Change) -> Change:
    """Change one part of a .docx or .xlsx and leave the others as they are."""

    def rewritten(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
            for entry in source.infolist():
                part = source.read(entry)
                target.writestr(entry, change(part) if re.fullmatch(name, entry.filename) else part)
        return out.getvalue()

    return rewritten


def replaced(old: str, new: str) -> Change:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


def swapped_pictures(content: bytes) -> bytes:
    """Show the second chart where the first one stood."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        other = source.read("word/media/image2.png")
    return in_package("word/media/image1.png", lambda part: other)(content)


PLANTED: dict[str, tuple[str, Change, str]] = {
    "a digit of a sentence": (
        "report.docx",
        in_package("word/document.xml", replaced(">160<", ">161<")),
        "的数字由数据集得不出:“161”应为“160”",
    ),
    "a digit of a table": (
        "report.docx",
        in_package("word/document.xml", replaced(">81.60<", ">81.61<")),
        "“81.61”应为“81.60”",
    ),
    "a word of a sentence": (
        "report.docx",
        in_package("word/document.xml", replaced("没有扣分", "略有扣分")),
        "的文字与数据集得出的不同",
    ),
    "a picture": (
        "report.docx",
        swapped_pictures,
        "图与数据集画出的不同",
    ),
    "a digit of the web page": ("report.html", replaced(">160<", ">161<"), "网页版报告与由数据集得出的不同"),
    "a digit of the workbook": (
        "appendices.xlsx",
        in_package("xl/worksheets/sheet1.xml", replaced("<v>160</v>", "<v>161</v>")),
        "附表工作簿与由数据集得出的不同",
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_report_that_says_something_else_stops_the_release(case: str, tmp_path: Path) -> None:
    name, change, said = PLANTED[case]
    context = make_draft(tmp_path)
    path = draft_folder(context) / "report" / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ReleaseError, match="报告与数据集不符") as caught:
        publish(context)
    assert said in str(caught.value)
    assert not list((tmp_path / "releases").rglob("v*"))


def test_a_pdf_of_another_report_stops_the_release(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    (draft_folder(context) / "report" / "report.pdf").write_bytes(pdf_bytes("得分 77.77 分"))
    with pytest.raises(ReleaseError, match="报告 PDF 中有 Word 报告没有的数字:77.77"):
        publish(context)


def test_a_paragraph_too_many_is_told_once(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    path = draft_folder(context) / "report" / "report.docx"
    added = replaced("<w:body>", "<w:body><w:p><w:r><w:t>另支出12万元</w:t></w:r></w:p>")
    path.write_bytes(in_package("word/document.xml", added)(path.read_bytes()))
    with pytest.raises(ReleaseError, match="自第1段起不同") as caught:
        publish(context)
    assert str(caught.value).count("段的") == 1
    assert "另支出" not in str(caught.value)


def test_a_report_of_other_tables_than_those_published_is_refused(tmp_path: Path) -> None:
    context = make_draft(tmp_path / "a")
    notes = report_notes(context)
    require_told_truly(draft_folder(context), notes)
    from release.test_publish import corrected_tables

    other = make_draft(tmp_path / "b", tables=corrected_tables())
    shutil.rmtree(draft_folder(context) / "dataset")
    shutil.copytree(draft_folder(other) / "dataset", draft_folder(context) / "dataset")
    with pytest.raises(ReleaseError, match="报告与数据集不符"):
        require_told_truly(draft_folder(context), notes)


@pytest.mark.parametrize("name", EVERY_YEAR)
def test_every_number_of_any_year_follows_from_its_rows(name: str, tmp_path: Path) -> None:
    year, notes = year_and_notes(name)
    told = tell(tmp_path, year, notes)
    assert underived(build_report(told.data, notes), told.data, notes) == []


def report_with(context: RunContext, *runs: Run) -> list[str]:
    data, notes = read_published(draft_folder(context) / "dataset"), report_notes(context)
    return underived(Report("", "", 2031, (Paragraph(runs),), ()), data, notes)


def test_a_number_that_cites_a_row_has_to_be_in_that_row(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    assert report_with(context, Run("120", "metric-paid"), Run("75%", "metric-execution_rate")) == []
    assert report_with(context, Run("160", "metric-paid")) == [
        "数字“160”(出处 metric-paid)由公布的数据得不出"
    ]
    assert report_with(context, Run("45", "indicator-B12"), Run("15", "indicator-B12")) == []
    assert report_with(context, Run("44", "indicator-B12")) != []
    assert report_with(context, Run("60", "project-LH31-A01"), Run("30", "project-LH31-B01")) == []
    assert report_with(context, Run("60", "project-LH31-B01")) != []


def test_a_number_counted_over_rows_has_to_be_their_count_or_sum(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    assert report_with(context, Run("3", "table-projects"), Run("110", "table-projects")) == []
    assert report_with(context, Run("109", "table-projects")) != []
    assert report_with(context, Run("85", "table-indicators"), Run("75%", "table-indicators")) == []
    assert report_with(context, Run("86", "table-indicators")) != []


def test_a_number_without_evidence_has_to_be_given(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    given = (Run("2031年度"), Run("附件2"), Run("绿水发〔2031〕3号"), Run("第3题"), Run("1.", ""))
    assert report_with(context, *given) == []
    assert report_with(context, Run("增长17.5%")) == ["数字“17.5”由公布的数据得不出"]
