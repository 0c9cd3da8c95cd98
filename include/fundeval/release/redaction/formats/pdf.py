"""PDF: text of every page, every string and stream, metadata, attachments and earlier revisions."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from fundeval.core.pdf_text import PdfTextError, page_texts
from fundeval.release.redaction.formats.parts import Inner, Parts, Raw, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_MOST_UNPACKED = 1 << 28
"""Bytes a stream may unpack to; of a larger one the packed bytes are searched."""
_END = re.compile(rb"%%EOF[\r\n]*")
_IMAGE_FILTERS = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}
_SPOKEN_ENCODINGS = {"/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding", "/MacExpertEncoding"}


def pdf_parts(content: bytes) -> Parts:
    """Give everything a PDF says.

    Raises:
        Unreadable: It is damaged or encrypted, or a font in it cannot be turned back into text.
    """
    for number, revision in enumerate(_revisions(content), 1):
        yield from _revision_parts(revision, f"第 {number} 次修订" if revision != content else "")


def outside_streams(content: bytes) -> bytes:
    """Return the bytes of a PDF without what is deflated in it: compressed bytes say nothing as they are.

    The streams of its objects are searched unpacked by :func:`pdf_parts`.
    """
    return _STREAM.sub(lambda found: b"stream\0endstream" if _is_deflated(found[1]) else found[0], content)


def _is_deflated(data: bytes) -> bool:
    """Tell whether bytes are one whole deflated stream and nothing behind it but the end of a line."""
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return False
    return unpacker.eof and not unpacker.unused_data.strip(b"\r\n")


def _revisions(content: bytes) -> Iterator[bytes]:
    """Return the file and every earlier state that an incremental update left in it."""
    yield content
    if b"/Linearized" in content[:1024]:
        # The two ends of a linearized file are one state, not two.
        return
    ends = [match.end() for match in _END.finditer(content)]
    for end in ends[:-1]:
        yield content[:end]


def _revision_parts(content: bytes, where: str) -> Parts:
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise Unreadable("PDF 已加密")
            yield from _objects(pdf, where)
            _check_fonts(pdf)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise Unreadable("PDF 损坏或有密码") from error
    yield from _pages(content, where)


def _objects(pdf: pikepdf.Pdf, where: str) -> Parts:
    strings: list[str] = []
    for thing in [*pdf.objects, pdf.trailer]:
        _strings(thing, strings)
        if isinstance(thing, pikepdf.Stream):
            yield from _stream(thing, where)
    yield Text(f"{where}文档属性与对象", "\n".join(strings))


def _stream(stream: pikepdf.Stream, where: str) -> Parts:
    filters: Any = stream.get("/Filter")
    names = {str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])}
    if names & _IMAGE_FILTERS:
        if "/DCTDecode" in names:
            yield Inner(f"{where}图像", stream.read_raw_bytes())
        return
    try:
        content = stream.read_bytes()
    except pikepdf.PdfError as error:
        raise Unreadable("PDF 中有无法解开的数据流") from error
    if stream.get("/Type") in ("/EmbeddedFile", "/Metadata"):
        yield Inner(f"{where}附件" if stream.get("/Type") == "/EmbeddedFile" else f"{where}元数据", content)
    elif stream.get("/Subtype") != "/Image":
        yield Raw(f"{where}数据流", content)


def _strings(thing: Any, found: list[str], depth: int = 0) -> None:
    """Collect the strings of one object; what it refers to is an object of its own."""
    if isinstance(thing, pikepdf.String):
        raw = bytes(thing)
        found += [str(thing), decoded_bytes(raw) or ""]
    elif isinstance(thing, pikepdf.Array) and depth < 50:
        for item in thing:
            _strings(item, found, depth + 1) if not _is_reference(item) else None
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream) and depth < 50:
        for key in thing.keys():  # noqa: SIM118 - a pikepdf stream is no mapping
            found.append(key)
            value = thing.get(key)
            if not _is_reference(value):
                _strings(value, found, depth + 1)
    elif isinstance(thing, pikepdf.Name):
        found.append(str(thing))


def _is_reference(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Object) and thing.is_indirect


def _check_fonts(pdf: pikepdf.Pdf) -> None:
    """Refuse fonts whose glyphs carry no text: what they show could not be searched."""
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font" and not _speaks(thing):
            raise Unreadable("PDF 中有字体没有文字对照表,无法检索其文字")


def _speaks(font: pikepdf.Dictionary) -> bool:
    subtype = font.get("/Subtype")
    if "/ToUnicode" in font or subtype in ("/CIDFontType0", "/CIDFontType2"):
        return True
    encoding = font.get("/Encoding")
    if subtype == "/Type0":
        # Predefined CJK encodings (UniGB-UCS2-H …) are text by themselves; Identity is glyph numbers.
        return encoding is not None and not str(encoding).startswith("/Identity")
    if subtype == "/Type3":
        return False
    base: Any = encoding.get("/BaseEncoding") if isinstance(encoding, pikepdf.Dictionary) else encoding
    return base is None or str(base) in _SPOKEN_ENCODINGS


def _pages(content: bytes, where: str) -> Parts:
    try:
        for number, text in enumerate(page_texts(content), 1):
            yield Text(f"{where}第 {number} 页", text)
    except PdfTextError as error:
        raise Unreadable("PDF 的页面文字读不出来") from error
