"""The styles of the document, made from the layout: an editor changes a style, not a hundred paragraphs."""

from __future__ import annotations

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from fundeval.report.word.layout import EVERY_STYLE, LATIN_FONT, TWIPS_PER_POINT, TextStyle

# Latin text must not be Chinese, or an office suite breaks lines inside numbers.
_LANGUAGES = {"val": "en-US", "eastAsia": "zh-CN"}
_MISSING_MARK = "yellow"


def define_styles(document: Any) -> None:
    """Give ``document`` every style of the layout and make it a Chinese document."""
    _set_defaults(document)
    for style in EVERY_STYLE:
        _define(document, style)


def element(name: str, **attributes: str | int | float) -> Any:
    """Make an element of WordprocessingML; attribute names get its prefix."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def mark_missing(run: Any) -> None:
    """Highlight a run that stands for something nobody has written yet."""
    run._r.get_or_add_rPr().append(element("highlight", val=_MISSING_MARK))


def _set_defaults(document: Any) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    language = properties.find(qn("w:lang"))
    if language is None:
        language = element("lang")
        properties.append(language)
    for attribute, name in _LANGUAGES.items():
        language.set(qn(f"w:{attribute}"), name)


def _define(document: Any, style: TextStyle) -> None:
    known = {one.name for one in document.styles}
    made = (
        document.styles[style.name]
        if style.name in known
        else document.styles.add_style(style.name, WD_STYLE_TYPE.PARAGRAPH)
    )
    made.quick_style = True
    made.hidden = False
    if style.name != "Normal":
        made.base_style = document.styles["Normal"]
    node = made.element
    for part in ("pPr", "rPr"):
        old = node.find(qn(f"w:{part}"))
        if old is not None:
            node.remove(old)
    node.append(_paragraph_properties(style))
    node.append(_run_properties(style))


def _paragraph_properties(style: TextStyle) -> Any:
    properties = element("pPr")
    properties.append(element("keepNext", val=int(style.keep_with_next)))
    properties.append(element("widowControl", val=1))
    properties.append(element("overflowPunct", val=0))
    properties.append(_spacing(style))
    first_line = {
        "firstLineChars": round(style.indent_chars * 100),
        "firstLine": _twips_of(style, style.indent_chars),
    }
    right = {"rightChars": round(style.right_chars * 100), "right": _twips_of(style, style.right_chars)}
    properties.append(element("ind", **first_line, **right))
    properties.append(element("jc", val=style.align))
    if style.outline is not None:
        properties.append(element("outlineLvl", val=style.outline))
    return properties


def _spacing(style: TextStyle) -> Any:
    space = {"before": round(style.before * TWIPS_PER_POINT), "after": round(style.after * TWIPS_PER_POINT)}
    if style.line_points is None:
        return element("spacing", **space, line=240, lineRule="auto")
    return element("spacing", **space, line=round(style.line_points * TWIPS_PER_POINT), lineRule="exact")


def _twips_of(style: TextStyle, characters: float) -> int:
    return round(characters * style.size * TWIPS_PER_POINT)


def _run_properties(style: TextStyle) -> Any:
    properties = element("rPr")
    properties.append(
        element(
            "rFonts", ascii=LATIN_FONT, hAnsi=LATIN_FONT, cs=LATIN_FONT, eastAsia=style.font, hint="eastAsia"
        )
    )
    properties.append(element("b", val=int(style.bold)))
    properties.append(element("bCs", val=int(style.bold)))
    properties.append(element("i", val=0))
    properties.append(element("color", val="000000"))
    properties.append(element("sz", val=round(style.size * 2)))
    properties.append(element("szCs", val=round(style.size * 2)))
    return properties
