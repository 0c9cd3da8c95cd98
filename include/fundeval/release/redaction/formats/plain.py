"""Plain text in whatever encoding, and the encoded files in it."""

from __future__ import annotations

import base64
import binascii
import codecs
import re

import numpy as np

from fundeval.release.redaction.formats.parts import Inner, Part, Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Bytes that no text in a one-byte or UTF-8 encoding has; terminal logs may hold ESC, BEL, BS and FF.
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_BASE64 = re.compile(r"(?<![\w+/=-])(?:[A-Za-z0-9+/]{4}(?:\\?[\r\n]{1,2} *)?){6,}[A-Za-z0-9+/=]{0,4}")
_URL_SAFE = re.compile(r"(?<![\w+/=-])(?=[\w-]*[-_])(?:[\w-]{4}){6,}[\w=-]{0,4}", re.ASCII)
_DATA_URI = "base64,"
# Six groups of four letters.
_SHORTEST_ENCODED = 24
_WRITES_BASE64 = np.array(
    [chr(code).isascii() and bool(re.match(r"[\w+/=\\\r\n -]", chr(code))) for code in range(129)]
)


def text_of(content: bytes) -> str:
    """Return the text of bytes.

    Raises:
        Unreadable: They are no text in any encoding known here.
    """
    for mark, encoding in _BOMS.items():
        if content.startswith(mark):
            return _decoded(content, encoding)
    if not _BINARY.search(content):
        # A log may hold a broken byte; the rest of it is still searched.
        return decoded_bytes(content) or content.decode("utf-8", "replace")
    for encoding, position in (("utf-16-le", 1), ("utf-16-be", 0)):
        # UTF-16 without a mark: line ends and ASCII have a zero byte on one side only.
        if content[position::2].count(0) > len(content) // 40 and len(content) % 2 == 0:
            return _decoded(content, encoding)
    raise Unreadable("不认识的文件格式")


def text_parts(text: str, content: bytes) -> Parts:
    """Give a text, its other reading where the encoding is in doubt, and what is base64 in it."""
    yield Text("", text)
    if decoded_bytes(content) is None:
        yield Text("", content.decode("gb18030", "replace"))
    yield from base64_parts(text)


def base64_parts(text: str) -> Parts:
    """Give what the base64 pieces of a text stand for: a text, or a file of a known format."""
    runs = _encoded_runs(text)
    for pattern in (_BASE64, _URL_SAFE):
        for match in (match for start, end in runs for match in pattern.finditer(text, start, end)):
            is_data_uri = text.endswith(_DATA_URI, 0, match.start())
            part = _base64_part(re.sub(r"[\\\s]", "", match.group()), is_data_uri=is_data_uri)
            if part is not None:
                yield part


def _encoded_runs(text: str) -> list[tuple[int, int]]:
    """Return where enough of the characters base64 is written with, and of line ends within, stand together.

    The patterns look behind every letter, which in the source of a document takes longer than all other searching.
    """
    codes = np.frombuffer(f"\0{text}\0".encode("utf-32-le", "surrogatepass"), np.uint32)
    others = np.flatnonzero(~_WRITES_BASE64[np.minimum(codes, len(_WRITES_BASE64) - 1)])
    long = np.flatnonzero(np.diff(others) > _SHORTEST_ENCODED)
    return list(zip(others[long].tolist(), (others[long + 1] - 1).tolist(), strict=True))


def _base64_part(encoded: str, *, is_data_uri: bool) -> Part | None:
    plain = encoded.rstrip("=").translate(str.maketrans("-_", "+/"))
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if is_data_uri or content.startswith(_KNOWN_STARTS):
        return Inner("嵌入的数据", content)
    text = decoded_bytes(content)
    # Any long word is base64 of something; only what gives a readable text is one.
    return Text("base64 文字", text) if text and not _BINARY.search(content) else None


_KNOWN_STARTS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\x89PNG\r\n",
    b"PAR1",
    b"\xff\xd8\xff",
    b"\xd0\xcf\x11\xe0",
)


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"标明为 {encoding} 的文件解不开") from error
