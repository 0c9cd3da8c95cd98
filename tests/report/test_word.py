"""The Word file has the layout of GB/T 9704 and is fit to be edited further."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from fundeval.report.blocks import Cell, Column, Run, Table
from fundeval.report.word import layout
from fundeval.report.word.tables import table_element
from report.conftest import EVERY_YEAR, Written

Write = Callable[[str], Written]
FONTS = {1: "黑体", 2: "楷体_GB2312", 3: "仿宋_GB2312", 4: "仿宋_GB2312"}
NUMBERS = {
    1: r"^[一二三四五六七]、",
    2: r"^\uff08[一二三四五六七八九十]+\uff09",
    3: r"^\d+\.",
    4: r"^\uff08\d+\uff09",
}


@pytest.fixture(params=EVERY_YEAR)
def document(request: pytest.FixtureRequest, written: Write) -> Any:
    return written(request.param).docx


def attribute(node: Any, path: str, name: str) -> str | None:
    found = node.find("/".join(qn(f"w:{part}") for part in path.split("/")))
    value: str | None = None if found is None else found.get(qn(f"w:{name}"))
    return value


def test_pages_are_a4_with_the_margins_of_the_standard(document: Any) -> None:
    section = document.sections[0]
    millimetres = [
        round(length.mm)
        for length in (
            section.page_width, section.page_height,
            section.top_margin, section.bottom_margin, section.left_margin, section.right_margin,
        )
    ]  # fmt: skip
    assert millimetres == [210, 297, 37, 35, 28, 26]


def test_wide_appendices_lie_on_their_side(document: Any) -> None:
    landscape = [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections]
    assert landscape == [False, True, True, False, True, False]
    for section in document.sections:
        assert (section.page_width > section.page_height) == (section.orientation == WD_ORIENT.LANDSCAPE)


def test_text_is_set_in_fang_song_of_size_three_on_lines_of_28_points(document: Any) -> None:
    style = document.styles["Normal"].element
    assert attribute(style, "rPr/rFonts", "eastAsia") == "仿宋_GB2312"
    assert attribute(style, "rPr/sz", "val") == "32"
    assert (attribute(style, "pPr/spacing", "line"), attribute(style, "pPr/spacing", "lineRule")) == (
        "560",
        "exact",
    )
    assert attribute(style, "pPr/ind", "firstLineChars") == "200"


def test_the_title_is_set_in_xiao_biao_song_of_size_two_in_the_middle(document: Any) -> None:
    title = document.paragraphs[0]
    style = title.style.element
    assert title.style.name == "Title"
    assert title.text.endswith("绩效评价报告")
    assert attribute(style, "rPr/rFonts", "eastAsia") == "方正小标宋简体"
    assert attribute(style, "rPr/sz", "val") == "44"
    assert attribute(style, "pPr/jc", "val") == "center"


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_headings_are_real_styles_with_their_font_and_number(document: Any, level: int) -> None:
    style = document.styles[f"Heading {level}"].element
    assert attribute(style, "rPr/rFonts", "eastAsia") == FONTS[level]
    assert attribute(style, "pPr/outlineLvl", "val") == str(level - 1)
    assert attribute(style, "pPr/keepNext", "val") == "1"
    headings = [
        paragraph.text for paragraph in document.paragraphs if paragraph.style.name == f"Heading {level}"
    ]
    assert headings
    assert all(re.search(NUMBERS[level], text) for text in headings)


def test_no_style_falls_back_to_a_latin_theme(document: Any) -> None:
    for paragraph in document.paragraphs:
        fonts = paragraph.style.element.find(qn("w:rPr")).find(qn("w:rFonts"))
        assert not [name for name in fonts.attrib if name.endswith("Theme")]


def test_page_numbers_stand_between_dashes_outside_on_odd_and_even_pages(document: Any) -> None:
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert re.fullmatch("— .* —", paragraph.text)
        assert [node.text for node in paragraph._p.iter(qn("w:instrText"))] == [" PAGE "]
        assert attribute(paragraph.style.element, "pPr/jc", "val") == align
    assert all(later.footer.is_linked_to_previous for later in list(document.sections)[1:])


def test_every_table_repeats_its_header_keeps_its_rows_and_states_its_grid(document: Any) -> None:
    assert document.tables
    for table in document.tables:
        rows = table._tbl.tr_lst
        repeated = [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in rows]
        assert repeated[0]
        assert repeated == sorted(repeated, reverse=True)
        assert not all(repeated)
        assert all(row.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for row in rows)
        grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
        width = int(table._tbl.tblPr.find(qn("w:tblW")).get(qn("w:w")))
        assert sum(grid) == width
        assert min(grid) >= 350


def test_tables_fill_the_text_area_of_their_page(written: Write) -> None:
    document = written("everything_found").docx
    widths = [int(table._tbl.tblPr.find(qn("w:tblW")).get(qn("w:w"))) for table in document.tables[-5:]]
    millimetres = [round(width / 1440 * 25.4) for width in widths]
    assert millimetres == [225, 225, 156, 225, 156]


def test_the_indicator_tree_is_merged(written: Write) -> None:
    table = written("everything_found").docx.tables[-2]
    top, middle, below, next_one = (table.cell(row, 0) for row in (1, 2, 3, 4))
    assert top.text.startswith("项目决策")
    assert top._tc is middle._tc is below._tc
    assert next_one.text.startswith("项目过程")
    assert table.cell(len(table.rows) - 1, 0)._tc.grid_span == 3


def test_charts_are_pictures_with_a_caption_and_a_text_for_those_who_cannot_see(written: Write) -> None:
    document = written("everything_found").docx
    pictures = list(document.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == 5
    assert all(len(picture.get("descr")) > 10 for picture in pictures)
    captions = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "图题"]
    assert [text.split()[0] for text in captions] == ["图1", "图2", "图3", "图4", "图5"]


def test_a_picture_is_not_cut_by_an_exact_line_height(written: Write) -> None:
    for paragraph in written("everything_found").docx.paragraphs:
        if paragraph._p.findall(".//" + qn("w:drawing")):
            assert attribute(paragraph.style.element, "pPr/spacing", "lineRule") == "auto"


def test_there_is_no_empty_paragraph_but_the_one_that_parts_a_table(document: Any) -> None:
    empty = [
        paragraph
        for paragraph in document.paragraphs
        if not paragraph.text.strip() and not paragraph._p.findall(".//" + qn("w:drawing"))
    ]
    assert all(
        paragraph._p.getprevious().tag == qn("w:tbl") or _ends_section(paragraph) for paragraph in empty
    )


def _ends_section(paragraph: Any) -> bool:
    return paragraph._p.find(qn("w:pPr")).find(qn("w:sectPr")) is not None


def test_the_signature_never_stands_on_a_page_of_its_own(document: Any) -> None:
    names = [paragraph.style.name for paragraph in document.paragraphs]
    signature = names.index(layout.SIGNATURE.name)
    assert names[signature + 1] == layout.DATE.name
    before = document.paragraphs[signature - 1]
    assert before.text.strip()
    assert before.paragraph_format.keep_with_next
    assert document.paragraphs[signature].style.paragraph_format.keep_with_next


def test_gaps_are_highlighted(written: Write) -> None:
    report = written("tiny")
    marked = [
        run.text
        for paragraph in report.docx.paragraphs
        for run in paragraph.runs
        if run._r.find(qn("w:rPr")) is not None
        and run._r.find(qn("w:rPr")).find(qn("w:highlight")) is not None
    ]
    assert len(marked) == report.counts["gaps"] == 8
    assert all("待评价人员补充" in text for text in marked)


def test_names_that_look_like_markup_or_formulas_stay_text(written: Write) -> None:
    document = written("hostile").docx
    cells = {cell.text for table in document.tables[-5:-3] for row in table.rows for cell in row.cells}
    assert {'A<B&C>"D"平台', "=HYPERLINK(1)", "# 一级标题", "{{ 7*7 }}", "<script>alert(1)</script>"} <= cells
    assert "零宽与控制字符" in cells
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "{{ 1/0 }}与<w:t>标记" in text
    assert not [paragraph for paragraph in document.paragraphs if paragraph.text == "一级标题"]


def test_the_file_is_dated_by_the_fund_year_and_signed_by_the_evaluator(document: Any) -> None:
    properties = document.core_properties
    assert properties.created == properties.modified
    assert (properties.created.year, properties.created.month, properties.created.day) == (2031, 12, 31)
    assert properties.author == properties.last_modified_by == "清溪诚信会计师事务所"


def test_the_package_holds_no_clock_and_no_leftovers_of_a_template(written: Write) -> None:
    with zipfile.ZipFile(written("tiny").folder / "report.docx") as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in package.namelist() if "thumbnail" in name]


def test_the_language_is_chinese_for_chinese_and_not_for_numbers(document: Any) -> None:
    language = document.styles.element.find(".//" + qn("w:lang"))
    assert language.get(qn("w:eastAsia")) == "zh-CN"
    assert language.get(qn("w:val")) == "en-US"


def test_a_table_whose_rows_do_not_fill_its_columns_is_refused() -> None:
    cell = Cell((Run("格"),))
    with pytest.raises(ValueError, match="row 1 does not fill 2 columns"):
        table_element(
            Table("t", (Column(1), Column(1)), ((cell, cell),), ((cell, cell), (cell,))), "Normal", 100
        )
