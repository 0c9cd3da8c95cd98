"""Sections, margins and page numbers."""

from __future__ import annotations

from typing import Any

from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Mm

from fundeval.report.word import layout
from fundeval.report.word.styles import element


def set_first_section(document: Any) -> None:
    """Lay out the first section and number its pages, odd ones on the right and even ones on the left."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    _shape(section, landscape=False)
    _number_pages(section.footer, layout.PAGE_NUMBER.name)
    _number_pages(section.even_page_footer, layout.PAGE_NUMBER_EVEN.name)


def start_section(document: Any, *, landscape: bool) -> None:
    """Begin a section on a new page; its page numbers go on."""
    _shape(document.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)


def _shape(section: Any, *, landscape: bool) -> None:
    margins = [layout.MARGIN_TOP_MM, layout.MARGIN_RIGHT_MM, layout.MARGIN_BOTTOM_MM, layout.MARGIN_LEFT_MM]
    width, height = layout.PAGE_WIDTH_MM, layout.PAGE_HEIGHT_MM
    if landscape:  # the page turned a quarter to the left: its top margin comes to the left
        margins = [*margins[1:], margins[0]]
        width, height = height, width
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, margins)
    section.header_distance = Mm(15)
    section.footer_distance = Mm(layout.FOOTER_MM if not landscape else margins[2] / 2)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is not None:
        section._sectPr.remove(grid)


def _number_pages(footer: Any, style: str) -> None:
    """Write “— 1 —” as a field between dashes (GB/T 9704, 7.5)."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = style
    paragraph.add_run("\u2014 ")
    field = paragraph.add_run()
    field._r.append(element("fldChar", fldCharType="begin"))
    instruction = element("instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = " PAGE "
    field._r.append(instruction)
    field._r.append(element("fldChar", fldCharType="separate"))
    field._r.append(element("t"))
    field._r[-1].text = "1"
    field._r.append(element("fldChar", fldCharType="end"))
    paragraph.add_run(" \u2014")
