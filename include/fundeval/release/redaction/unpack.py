"""Which reader opens which bytes: told by the bytes, never by the name of the file."""

from __future__ import annotations

import re
from collections.abc import Callable

from fundeval.release.redaction.formats.archives import (
    bzip2_parts,
    gzip_parts,
    outside_members,
    tar_parts,
    xz_parts,
    zip_parts,
)
from fundeval.release.redaction.formats.compound import compound_parts
from fundeval.release.redaction.formats.images import image_parts
from fundeval.release.redaction.formats.markup import html_parts, xml_parts
from fundeval.release.redaction.formats.parts import Parts, Unreadable
from fundeval.release.redaction.formats.pdf import outside_streams, pdf_parts
from fundeval.release.redaction.formats.plain import base64_parts, text_of, text_parts
from fundeval.release.redaction.formats.tables import outside_values, parquet_parts

Reader = Callable[[bytes], Parts]

_BY_START: tuple[tuple[bytes, Reader], ...] = (
    (b"PK\x03\x04", zip_parts),
    (b"PK\x05\x06", zip_parts),
    (b"\x1f\x8b", gzip_parts),
    (b"BZh", bzip2_parts),
    (b"\xfd7zXZ\x00", xz_parts),
    (b"PAR1", parquet_parts),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", compound_parts),
    (b"\x89PNG\r\n\x1a\n", image_parts),
    (b"\xff\xd8\xff", image_parts),
    (b"GIF8", image_parts),
    (b"II*\x00", image_parts),
    (b"MM\x00*", image_parts),
)
_XML = re.compile(r"\s*<(?:\?xml|svg)\b")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|table|div|p|span)\b", re.IGNORECASE)
_PDF_START = 1024
_TAR_MARK = slice(257, 262)


_BESIDE: dict[Reader, Callable[[bytes], bytes]] = {
    zip_parts: outside_members,
    parquet_parts: outside_values,
    pdf_parts: outside_streams,
}


def parts_of(content: bytes) -> Parts:
    """Give every text in a file and every file inside it.

    Raises:
        Unreadable: The file cannot be read to its end; nothing may be concluded from the parts given so far.
    """
    reader = _reader(content)
    return reader(content) if reader else _text_like(content)


def beside_parts(content: bytes) -> bytes:
    """Return the bytes of a file that :func:`parts_of` does not give in another form.

    Searching bytes in every encoding takes longer than all else, so it is done where nothing else would look: not in
    compressed data that is unpacked, nor in XML, every character of which is read or the whole file is no XML.
    """
    reader = _reader(content)
    if reader in _BESIDE:
        return _BESIDE[reader](content)
    return b"" if reader is None and _is_xml(content) else content


def _is_xml(content: bytes) -> bool:
    try:
        return bool(_XML.match(text_of(content).removeprefix("\ufeff")))
    except Unreadable:
        return False


def _reader(content: bytes) -> Reader | None:
    for start, reader in _BY_START:
        if content.startswith(start):
            return reader
    if b"%PDF-" in content[:_PDF_START]:
        return pdf_parts
    return tar_parts if content[_TAR_MARK] == b"ustar" else None


def _text_like(content: bytes) -> Parts:
    text = text_of(content)
    if _XML.match(text.removeprefix("\ufeff")):
        yield from xml_parts(content)
        yield from base64_parts(text)
        return
    if _HTML.search(text):
        yield from html_parts(text)
    yield from text_parts(text, content)
