"""Blocks drawn as a Word document that officials go on editing."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.shared import Mm

from fundeval.report import blocks
from fundeval.report.narrative import Report
from fundeval.report.typography import typeset
from fundeval.report.word import layout, pages
from fundeval.report.word.layout import TextStyle
from fundeval.report.word.package import describe, save
from fundeval.report.word.styles import define_styles, element, mark_missing
from fundeval.report.word.tables import style_for, table_element

_MINUS = re.compile(r"(?<![0-9A-Za-z])-(?=\d)")
_ROLES = {
    "body": layout.BODY,
    "lead": layout.LEAD,
    "list": layout.LIST,
    "note": layout.NOTE,
    "signature": layout.SIGNATURE,
    "date": layout.DATE,
}


def write_docx(report: Report, path: Path) -> None:
    """Draw the report as a .docx; the same report gives the same bytes.

    Args:
        report: The report.
        path: Where to write it.
    """
    document = Document()
    define_styles(document)
    pages.set_first_section(document)
    describe(document, report.title, report.author, report.year)
    drawing = _Drawing(document)
    for block in report.blocks:
        drawing.add(block)
    save(document, path)


class _Drawing:
    """Adds blocks to a document, one after another."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._landscape = False
        self._style_ids: dict[str, str | None] = {}

    def add(self, block: blocks.Block) -> None:
        """Draw one block at the end of the document."""
        match block:
            case blocks.Title():
                self._paragraph(block.runs, layout.TITLE)
            case blocks.Heading():
                self._paragraph(block.runs, layout.HEADINGS[block.level])
            case blocks.Paragraph():
                if block.role == "signature":
                    self._keep_last_with_next()
                self._paragraph(block.runs, _ROLES[block.role])
            case blocks.Table():
                self._table(block)
            case blocks.Figure():
                self._figure(block)
            case blocks.Appendix():
                self._appendix(block)

    def _paragraph(self, runs: blocks.Runs, style: TextStyle) -> Any:
        paragraph = self._add(style)
        for run in runs:
            made = paragraph.add_run()
            _write(made, run.text)
            if run.missing:
                mark_missing(made)
        return paragraph

    def _add(self, style: TextStyle, text: str = "") -> Any:
        """Add a paragraph; which style its name means is asked once, for every question goes through all styles."""
        if style.name not in self._style_ids:
            self._style_ids[style.name] = self._document.part.get_style_id(
                style.name, WD_STYLE_TYPE.PARAGRAPH
            )
        paragraph = self._document.add_paragraph(text)
        paragraph._p.style = self._style_ids[style.name]
        return paragraph

    def _keep_last_with_next(self) -> None:
        """Keep the last line with what follows: a page of a signature alone is no page of a document."""
        self._document.paragraphs[-1].paragraph_format.keep_with_next = True

    def _line(self, text: str, style: TextStyle) -> None:
        if text:
            self._add(style, text)

    def _table(self, table: blocks.Table) -> None:
        self._line(table.caption, layout.CAPTION_ABOVE)
        self._line(table.unit, layout.UNIT)
        style = style_for(table)
        width = layout.LANDSCAPE_TEXT_MM if self._landscape else layout.PORTRAIT_TEXT_MM
        made = table_element(table, self._document.styles[style.name].style_id, width)
        self._document.element.body.insert_element_before(made, "w:sectPr")
        # A table needs a paragraph after it, or the next table grows onto it.
        self._add(layout.TABLE_NOTE, table.remark)

    def _figure(self, figure: blocks.Figure) -> None:
        paragraph = self._add(layout.PICTURE)
        picture = paragraph.add_run().add_picture(io.BytesIO(figure.png), width=Mm(figure.width_mm))
        picture._inline.docPr.set("descr", figure.alt)
        picture._inline.docPr.set("name", figure.caption)
        self._line(figure.caption, layout.CAPTION_BELOW)

    def _appendix(self, appendix: blocks.Appendix) -> None:
        self._landscape = appendix.landscape
        pages.start_section(self._document, landscape=appendix.landscape)
        self._line(f"附件{appendix.number}", layout.APPENDIX_LABEL)
        self._line(typeset(appendix.title), layout.APPENDIX_TITLE)


def _write(run: Any, text: str) -> None:
    """Write text into a run; a minus stays with its number at the end of a line."""
    for number, part in enumerate(_MINUS.split(text)):
        if number:
            run._r.append(element("noBreakHyphen"))
        if part:
            run.add_text(part)
