"""The PDF is the Word file, whole: every font inside, no empty page, and never taken on trust from LibreOffice."""

from __future__ import annotations

import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn

from fundeval.core.errors import ReleaseError
from fundeval.report import pdf, write_report
from fundeval.report.pdf import fonts_without_data, office, write_pdf
from report import years
from report.conftest import EVERY_YEAR, Written
from report.datasets import write_dataset

Write = Callable[[str], Written]
needs_office = pytest.mark.skipif(office() is None, reason="LibreOffice is not installed")


def page_texts(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@needs_office
@pytest.mark.office
@pytest.mark.parametrize("name", EVERY_YEAR)
class TestEveryYear:
    def test_it_is_there_and_has_the_pages_that_were_counted(self, written: Write, name: str) -> None:
        report = written(name)
        assert report.counts["pdf"] == "written"
        assert len(page_texts(report.folder / "report.pdf")) == report.counts["pages"]

    def test_every_font_is_embedded(self, written: Write, name: str) -> None:
        with pikepdf.open(written(name).folder / "report.pdf") as document:
            assert fonts_without_data(document) == []
            names = {
                str(item.get("/BaseFont"))
                for item in document.objects
                if isinstance(item, pikepdf.Dictionary)
            }
        assert len(names) > 3

    def test_no_page_is_empty(self, written: Write, name: str) -> None:
        for number, text in enumerate(page_texts(written(name).folder / "report.pdf"), 1):
            without_number = "".join(text.split()).replace(f"—{number}—", "")
            assert len(without_number) > 5 or _has_picture(written(name), number), number

    def test_pages_are_numbered_from_one(self, written: Write, name: str) -> None:
        for number, text in enumerate(page_texts(written(name).folder / "report.pdf"), 1):
            assert f"— {number} —" in text

    def test_headings_are_bookmarks(self, written: Write, name: str) -> None:
        with (
            pikepdf.open(written(name).folder / "report.pdf") as document,
            document.open_outline() as outline,
        ):
            titles = [str(item.title) for item in outline.root]
        assert titles[:2] == ["一、基本情况", "二、绩效评价工作开展情况"]
        assert len(titles) == 12

    def test_not_a_word_of_the_word_file_is_lost_in_print(self, written: Write, name: str) -> None:
        texts = page_texts(written(name).folder / "report.pdf")
        bodies = [text.replace(f"— {number} —", "") for number, text in enumerate(texts, 1)]
        printed = _squeezed("".join(bodies))
        for paragraph in written(name).docx.paragraphs:
            assert _squeezed(paragraph.text) in printed

    def test_pages_are_a4(self, written: Write, name: str) -> None:
        with pikepdf.open(written(name).folder / "report.pdf") as document:
            sizes = {
                tuple(sorted(round(float(edge)) for edge in page.mediabox[2:])) for page in document.pages
            }
        assert sizes == {(595, 842)}


def _squeezed(text: str) -> str:
    """Drop white space and the marks a PDF reader puts at line ends."""
    return re.sub(r"[\s\ufffe\u00ad]", "", unicodedata.normalize("NFKC", text).replace("\u2010", "-"))


def _has_picture(report: Written, number: int) -> bool:
    with pikepdf.open(report.folder / "report.pdf") as document:
        return bool(document.pages[number - 1].images)


@needs_office
@pytest.mark.office
def test_nothing_in_it_tells_when_it_was_made(written: Write) -> None:
    with pikepdf.open(written("tiny").folder / "report.pdf") as document:
        assert "/Metadata" not in document.Root
        assert "/DocChecksum" not in document.trailer
        assert (
            str(document.docinfo["/CreationDate"]) == str(document.docinfo["/ModDate"]) == "D:20311231000000Z"
        )


@needs_office
@pytest.mark.office
def test_no_mark_hangs_over_the_margin(tmp_path: Path) -> None:
    """Word lets a mark hang over the margin; printed so, LibreOffice sometimes loses it."""
    document = Document()
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # marks hang in Chinese text only
    lengths = range(20, 60)
    for length in lengths:  # in some of them the first mark falls just behind the last place of the line
        document.add_paragraph("字" * length + "。" + "字" * 60 + "。")
    section = document.sections[0]
    end_pt = section.page_width.pt - section.right_margin.pt
    document.save(str(tmp_path / "report.docx"))
    write_pdf(tmp_path / "report.docx", tmp_path / "report.pdf", 2031)
    right_edges = mark_edges_pt(tmp_path / "report.pdf", "。")
    assert len(right_edges) == 2 * len(lengths)
    assert max(right_edges) <= end_pt + 0.5


def mark_edges_pt(path: Path, mark: str) -> list[float]:
    """Tell where on its page every such mark ends, in points from the left."""
    document = pypdfium2.PdfDocument(path)
    try:
        pages = [page.get_textpage() for page in document]
        return [
            page.get_charbox(place, loose=True)[2]
            for page in pages
            for place, letter in enumerate(page.get_text_range())
            if letter == mark
        ]
    finally:
        document.close()


OUT = 'while [ "$1" != "--outdir" ]; do shift; done'
"""Shell: find the folder LibreOffice was told to write to."""


def fake_office(folder: Path, script: str) -> None:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 0", "没有生成 PDF"),
        ("echo source file could not be loaded >&2; exit 0", "source file could not be loaded"),
        ("exit 81", "退出码81"),
        (f'{OUT}; echo nonsense > "$2/report.pdf"', "没有生成 PDF"),
        ("sleep 20", "没有完成 PDF 转换"),
    ],
)
def test_an_office_that_made_no_pdf_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    fake_office(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(pdf, "TIMEOUT_SECONDS", 2)
    Document().save(str(tmp_path / "report.docx"))
    with pytest.raises(ReleaseError, match=message):
        write_pdf(tmp_path / "report.docx", tmp_path / "out.pdf", 2031)
    assert not (tmp_path / "out.pdf").exists()


def test_a_pdf_that_names_a_font_it_does_not_bring_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = pikepdf.new()
    bare.add_blank_page()
    descriptor = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name.Song)
    bare.Root.Font = bare.make_indirect(descriptor)
    bare.save(tmp_path / "bare.pdf")
    fake_office(tmp_path, f'{OUT}; cp "{tmp_path}/bare.pdf" "$2/report.pdf"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    Document().save(str(tmp_path / "report.docx"))
    with pytest.raises(ReleaseError, match="未嵌入的字体:/Song"):
        write_pdf(tmp_path / "report.docx", tmp_path / "out.pdf", 2031)


def test_without_an_office_the_report_is_written_without_a_pdf_and_an_old_one_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    dataset = write_dataset(tmp_path / "dataset", years.tiny().tables())
    report = tmp_path / "report"
    report.mkdir()
    (report / "report.pdf").write_bytes(b"%PDF-old")
    counts = write_report(dataset, report, years.notes())
    assert counts["pdf"] == "missing"
    assert sorted(path.name for path in report.iterdir()) == ["appendices.xlsx", "report.docx", "report.html"]
