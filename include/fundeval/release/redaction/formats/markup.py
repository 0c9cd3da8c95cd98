"""XML and HTML: text as a reader sees it, block by block, and everything a reader does not see."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from typing import Any

from lxml import etree

from fundeval.release.redaction.formats.parts import Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

# Elements inside a line of text: what they hold continues the text before them. Any other element starts a line.
_INLINE = frozenset(
    # WordprocessingML, SpreadsheetML and DrawingML runs
    ["r", "t", "ins", "del", "moveFrom", "moveTo", "delText", "instrText", "smartTag", "hyperlink", "fldSimple", "sdt",
     "sdtContent", "proofErr", "bookmarkStart", "bookmarkEnd", "rPh", "rPr", "rFonts", "sz", "lang",
    # HTML and SVG
     "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small",
     "span", "strike", "strong", "sub", "sup", "tspan", "tt", "u", "var", "wbr",
    # OpenDocument
     "bookmark", "change-start", "change-end", "change"]
)  # fmt: skip
_NUMERIC_CELL_TYPES = (None, "n", "b")


def xml_parts(content: bytes, where: str = "") -> Parts:
    """Give the text of an XML document as it stands, by blocks, and its raw source.

    Raises:
        Unreadable: It is no well-formed XML, or defines entities.
    """
    root = _root(content)
    amounts = _take_amounts(root)
    yield Text(where, "\n".join(amounts), amounts=True)
    yield Text(where, "\n".join(value for element in root.iter() for value in element.attrib.values()))
    yield Text(where, _by_blocks(root))
    # Comments and processing instructions stand nowhere else than in the source.
    yield Text(where, decoded_bytes(content) or "", amounts=bool(amounts))


def _root(content: bytes) -> Any:
    """Parse a document without fetching or expanding anything; comments and instructions are left to its source."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Unreadable("XML 不完整或含有实体定义") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable("XML 不完整或含有实体定义")
    return root


def html_parts(text: str, where: str = "") -> Parts:
    """Give the visible text of an HTML page by blocks, its attributes, comments and scripts, and its source."""
    collector = _HtmlCollector()
    collector.feed(text)
    collector.close()
    yield Text(where, "\n".join("".join(line) for line in collector.lines if line))
    yield Text(where, "\n".join(collector.hidden))
    yield Text(where, text)


def _by_blocks(root: Any) -> str:
    """Return the text of a tree, whose attributes are all that is left afterwards, with a line for each block."""
    for element in root.iter():
        if not _is_inline(element.tag):
            element.text = f"\n{element.text or ''}"
            element.tail = f"\n{element.tail or ''}"
    return "".join(root.itertext())


@cache
def _is_inline(tag: str) -> bool:
    return _local(tag) in _INLINE


def _take_amounts(root: Any) -> list[str]:
    """Take the numbers of a worksheet's numeric cells out of the tree and return them."""
    if _local(root.tag) != "worksheet":
        return []
    cells = (cell for cell in root.iter("{*}c") if cell.get("t") in _NUMERIC_CELL_TYPES)
    values = [value for cell in cells for value in cell if _local(value.tag) == "v"]
    amounts = [value.text or "" for value in values]
    for value in values:
        value.text = ""
    return amounts


def _local(tag: str) -> str:
    return tag[tag.rfind("}") + 1 :]


class _HtmlCollector(HTMLParser):
    """Collects text by blocks, and what a browser does not show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a line at a block; keep what attributes say."""
        self.hidden += [value for _, value in attrs if value]
        self._boundary(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        self._boundary(tag)

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.lines[-1].append(data)

    def handle_comment(self, data: str) -> None:
        """Keep comments."""
        self.hidden.append(data)

    def _boundary(self, tag: str) -> None:
        if tag not in _INLINE:
            self.lines.append([])
