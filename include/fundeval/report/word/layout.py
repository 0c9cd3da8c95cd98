"""Measures, fonts and sizes of the printed page: GB/T 9704-2012, sections 5 and 7."""

from __future__ import annotations

from dataclasses import dataclass

PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0
MARGIN_TOP_MM, MARGIN_BOTTOM_MM, MARGIN_LEFT_MM, MARGIN_RIGHT_MM = 37.0, 35.0, 28.0, 26.0
FOOTER_MM = 25.0
"""Distance of the page number from the edge: 7 mm under the text area."""
LINE_POINTS = 28.0

TITLE_FONT, BODY_FONT, HEADING_FONT, KAI_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
SONG_FONT, LATIN_FONT = "宋体", "Times New Roman"

SIZE_TITLE, SIZE_APPENDIX, SIZE_BODY, SIZE_PAGE_NUMBER = 22.0, 18.0, 16.0, 14.0
SIZE_CAPTION, SIZE_TABLE, SIZE_TABLE_SMALL = 12.0, 10.5, 9.0

PORTRAIT_TEXT_MM = PAGE_WIDTH_MM - MARGIN_LEFT_MM - MARGIN_RIGHT_MM
LANDSCAPE_TEXT_MM = PAGE_HEIGHT_MM - MARGIN_TOP_MM - MARGIN_BOTTOM_MM

TWIPS_PER_POINT = 20
TWIPS_PER_MM = 1440 / 25.4


@dataclass(frozen=True)
class TextStyle:
    """How one kind of paragraph looks.

    Attributes:
        name: Name of the style in the document.
        font: East Asian font.
        size: Size in points.
        bold: Whether it is bold.
        align: Horizontal alignment: ``both``, ``center``, ``left`` or ``right``.
        indent_chars: First-line indent in characters.
        line_points: Exact line height; None lets a line be as high as its content (pictures, tables).
        before: Space above in points.
        after: Space below in points.
        keep_with_next: Whether it stays on the page of what follows.
        outline: Outline level (0 is the highest) for navigation and bookmarks; None for running text.
        right_chars: Indent on the right in characters.
    """

    name: str
    font: str = BODY_FONT
    size: float = SIZE_BODY
    bold: bool = False
    align: str = "both"
    indent_chars: float = 0
    line_points: float | None = LINE_POINTS
    before: float = 0
    after: float = 0
    keep_with_next: bool = False
    outline: int | None = None
    right_chars: float = 0


HEADINGS = {
    1: TextStyle("Heading 1", HEADING_FONT, indent_chars=2, keep_with_next=True, align="left", outline=0),
    2: TextStyle("Heading 2", KAI_FONT, indent_chars=2, keep_with_next=True, align="left", outline=1),
    3: TextStyle(
        "Heading 3", BODY_FONT, bold=True, indent_chars=2, keep_with_next=True, align="left", outline=2
    ),
    4: TextStyle("Heading 4", BODY_FONT, indent_chars=2, keep_with_next=True, align="left", outline=3),
}
BODY = TextStyle("Normal", indent_chars=2)
TITLE = TextStyle("Title", TITLE_FONT, SIZE_TITLE, align="center", line_points=36.0, after=28.0)
LEAD = TextStyle("公文引句", indent_chars=2, keep_with_next=True)
LIST = TextStyle("公文列项", indent_chars=2)
NOTE = TextStyle("公文注释", BODY_FONT, SIZE_CAPTION, indent_chars=2, line_points=20.0, after=6.0)
SIGNATURE = TextStyle("公文落款", align="right", right_chars=4, before=LINE_POINTS, keep_with_next=True)
DATE = TextStyle("成文日期", align="right", right_chars=4)
CAPTION_ABOVE = TextStyle(
    "表题",
    HEADING_FONT,
    SIZE_CAPTION,
    align="center",
    line_points=20.0,
    before=8.0,
    after=2.0,
    keep_with_next=True,
)
CAPTION_BELOW = TextStyle(
    "图题", HEADING_FONT, SIZE_CAPTION, align="center", line_points=20.0, before=2.0, after=8.0
)
PICTURE = TextStyle("图片", align="center", line_points=None, before=8.0, keep_with_next=True)
UNIT = TextStyle("表格单位", BODY_FONT, SIZE_TABLE, align="right", line_points=16.0, keep_with_next=True)
TABLE_TEXT = TextStyle("表格文字", SONG_FONT, SIZE_TABLE, line_points=None, align="left")
TABLE_SMALL = TextStyle("表格小字", SONG_FONT, SIZE_TABLE_SMALL, line_points=None, align="left")
TABLE_NOTE = TextStyle("表注", BODY_FONT, SIZE_TABLE, line_points=16.0, before=2.0, after=8.0)
APPENDIX_LABEL = TextStyle("附件标识", HEADING_FONT, SIZE_BODY, align="left", keep_with_next=True)
APPENDIX_TITLE = TextStyle(
    "附件标题", TITLE_FONT, SIZE_APPENDIX, align="center", after=6.0, keep_with_next=True, outline=0
)
PAGE_NUMBER = TextStyle("Footer", SONG_FONT, SIZE_PAGE_NUMBER, align="right", line_points=None, right_chars=1)
PAGE_NUMBER_EVEN = TextStyle(
    "偶数页码", SONG_FONT, SIZE_PAGE_NUMBER, align="left", line_points=None, indent_chars=1
)

EVERY_STYLE = (
    BODY, TITLE, *HEADINGS.values(), LEAD, LIST, NOTE, SIGNATURE, DATE, CAPTION_ABOVE, CAPTION_BELOW, PICTURE, UNIT,
    TABLE_TEXT, TABLE_SMALL, TABLE_NOTE, APPENDIX_LABEL, APPENDIX_TITLE, PAGE_NUMBER, PAGE_NUMBER_EVEN,
)  # fmt: skip


def twips(millimetres: float) -> int:
    """Convert millimetres to twentieths of a point, the unit of Word."""
    return round(millimetres * TWIPS_PER_MM)
