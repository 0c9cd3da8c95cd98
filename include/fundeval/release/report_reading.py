"""The report's files read back and held against what the published tables say, before anyone may see them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from fundeval.core.errors import ReleaseError
from fundeval.core.pdf_text import page_texts
from fundeval.release.report_numbers import underived
from fundeval.report.blocks import Appendix, Block, Figure, Heading, Paragraph, Rows, Table, Title, plain
from fundeval.report.evidence import evidence_tables
from fundeval.report.narrative import Report, build_report
from fundeval.report.notes import ReportNotes
from fundeval.report.provenance import read_provenance
from fundeval.report.published import Published, read_published
from fundeval.report.typography import typeset
from fundeval.report.webpage import write_webpage
from fundeval.report.workbook import write_workbook
from fundeval.report.writer import DOCX, PDF, WEBPAGE, WORKBOOK

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PAGE_NUMBER = re.compile(r"—\s*\d+\s*—")
_MOST_TOLD = 20


def require_told_truly(release: Path, notes: ReportNotes) -> None:
    """Read the report's files back and derive every number in them from the published tables.

    The tables are read as CSV, what people open. From them the report is told anew; each number of it must follow
    from the rows by :func:`underived`, and each file must say what the new one says: Word paragraph by paragraph and
    chart by chart, web page and workbook byte by byte, the PDF number by number against the Word file.

    Args:
        release: A release before it appears: ``dataset``, ``evidence`` and ``report``.
        notes: What the report needs beside the dataset.

    Raises:
        ReleaseError: With every place that differs; numbers are told, words never.
    """
    data = read_published(release / "dataset", from_text=True)
    told = build_report(data, notes)
    problems = [
        *underived(told, data, notes),
        *_word_problems(told, release / "report" / DOCX),
        *_twin_problems(told, data, release),
        *_pdf_problems(release / "report"),
    ]
    if problems:
        more = [f"另有{len(problems) - _MOST_TOLD}处"] if len(problems) > _MOST_TOLD else []
        raise ReleaseError("报告与数据集不符,不予发布:" + ";".join([*problems[:_MOST_TOLD], *more]) + "。")


def _word_problems(told: Report, path: Path) -> Iterator[str]:
    document = Document(str(path))
    expected, found = list(_texts(told.blocks)), list(_document_texts(document))
    yield from _differences(expected, found)
    charts = [block.png for block in told.blocks if isinstance(block, Figure)]
    if list(_pictures(document)) != charts:
        yield "报告正文的图与数据集画出的不同"


def _pictures(document: Any) -> Iterator[bytes]:
    """Give the pictures of a document in the order they stand in."""
    for picture in document.element.body.iter(qn("a:blip")):
        yield document.part.related_parts[picture.get(qn("r:embed"))].blob


def _differences(expected: list[str], found: list[str]) -> Iterator[str]:
    """Tell what differs by paragraph, with the numbers in it and nothing else of its words."""
    pairs = zip(expected, found, strict=False)
    different = [(number, *pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]]
    if len(expected) != len(found):
        # Behind a paragraph too many or too few every other one differs as well.
        first = different[0][0] if different else min(len(expected), len(found)) + 1
        yield f"报告正文应有{len(expected)}段,实有{len(found)}段,自第{first}段起不同"
        different = different[:1]
    for number, wanted, there in different:
        yield _difference(number, wanted, there)


def _difference(number: int, wanted: str, there: str) -> str:
    right, shown = _NUMBER.findall(wanted), _NUMBER.findall(there)
    if right == shown:
        return f"报告正文第{number}段的文字与数据集得出的不同"
    pairs = [f"“{was}”应为“{now}”" for was, now in zip(shown, right, strict=False) if was != now]
    return f"报告正文第{number}段的数字由数据集得不出:{'、'.join(pairs or ['数字多出或缺少'])}"


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Give every text of the blocks in the order a document shows them, cell by cell in tables."""
    for block in blocks:
        match block:
            case Title() | Heading() | Paragraph():
                yield from _filled(plain(block.runs))
            case Table():
                yield from _filled(block.caption, block.unit)
                yield from _cell_texts(block.header)
                yield from _cell_texts(block.rows)
                yield from _filled(block.remark)
            case Figure():
                yield from _filled(block.caption)
            case Appendix():
                yield from _filled(f"附件{block.number}", typeset(block.title))


def _cell_texts(rows: Rows) -> Iterator[str]:
    for row in rows:
        for cell in row:
            yield from _filled(plain(cell.runs))


def _filled(*texts: str) -> Iterator[str]:
    return (text for text in texts if text)


def _document_texts(document: Any) -> Iterator[str]:
    for paragraph in document.element.body.iter(qn("w:p")):
        text = "".join(_pieces(paragraph))
        if text:
            yield text


def _pieces(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter(qn("w:t"), qn("w:noBreakHyphen")):
        yield "-" if element.tag == qn("w:noBreakHyphen") else (element.text or "")


def _twin_problems(told: Report, data: Published, release: Path) -> Iterator[str]:
    """Write web page and workbook anew and compare the bytes."""
    provenance = read_provenance(release / "evidence")
    with tempfile.TemporaryDirectory(prefix="fundeval-told-") as name:
        folder = Path(name)
        write_webpage(told, evidence_tables(data, release / "dataset", provenance), folder / WEBPAGE)
        write_workbook(told, folder / WORKBOOK)
        for file, title in ((WEBPAGE, "网页版报告"), (WORKBOOK, "附表工作簿")):
            published = release / "report" / file
            if not published.is_file() or published.read_bytes() != (folder / file).read_bytes():
                yield f"{title}与由数据集得出的不同"


def _pdf_problems(report: Path) -> Iterator[str]:
    """Find numbers the PDF shows and the Word file does not; a line may end within a number."""
    path = report / PDF
    if not path.is_file():
        return
    words = "".join(_squeezed(text) for text in _document_texts(Document(str(report / DOCX))))
    pages = "\n".join(page_texts(path))
    shown = {*_NUMBER.findall(_PAGE_NUMBER.sub("", pages))}
    strange = sorted(number for number in shown if number not in words)
    if strange:
        yield f"报告 PDF 中有 Word 报告没有的数字:{'、'.join(strange)}"


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
