"""Texts made comparable: however a name is spelt, spaced, escaped or encoded, it ends up as the same letters."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache

from opencc import OpenCC

# 〇, the compatibility ideographs and extension A are Chinese as well.
_HAN = (0x3007, *range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))
_FIRST_PLANE = 0x10000
_TO_SIMPLIFIED = ("t2s", "hk2s", "tw2s")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_QUOTED_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2})+")
_BYTE_ESCAPE = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_OCTAL_ESCAPE = re.compile(r"(?:\\[0-3][0-7]{2})+")
_UNICODE_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|\\U[0-9A-Fa-f]{8})+")
_CODE_POINT = re.compile(r"[0-9A-Fa-f]{4,8}|(?<=\{)[0-9A-Fa-f]{1,6}")
# Escapes of escapes (%25E6, &amp;#x673a;) are undone as well, but not for ever.
_ROUNDS = 4


def soft(text: str) -> str:
    """Return ``text`` with compatibility forms, script variants, case and invisible characters made equal.

    Spaces and punctuation stay, so that numbers keep their ends.
    """
    if text.isascii():
        # Nothing but the case differs, and most of what is scanned is that.
        return text.lower()
    shown = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return shown.translate(_simplified()).casefold()


def squeezed(soft_text: str) -> str:
    """Return the letters and digits of a :func:`soft` text, without anything between them."""
    return _NOT_ALPHANUMERIC.sub("", soft_text)


def spellings(text: str) -> list[str]:
    """Return ``text`` and, where it holds entities, escapes or encoded bytes, what they stand for."""
    found = [text]
    for _ in range(_ROUNDS):
        decoded = _decoded(found[-1])
        if decoded == found[-1]:
            break
        found.append(decoded)
    return found


def decoded_bytes(content: bytes) -> str | None:
    """Return bytes as text in the first of UTF-8, GB18030 that fits; None where neither does."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


@cache
def _simplified() -> str:
    """Every character of the first plane in its simplified form; one character for one, so positions do not move.

    A text, because looking into one is twice as fast as into a mapping that lacks most characters.
    """
    converters = [OpenCC(name) for name in _TO_SIMPLIFIED]
    table = [chr(point) for point in range(_FIRST_PLANE)]
    for point in _HAN:
        simpler = (converter.convert(table[point]) for converter in converters)
        table[point] = next((one for one in simpler if one != table[point] and len(one) == 1), table[point])
    return "".join(table)


def _decoded(text: str) -> str:
    text = html.unescape(text) if "&" in text else text
    if "\\" in text:
        text = _UNICODE_ESCAPE.sub(_characters, text)
        text = _BYTE_ESCAPE.sub(_hexadecimal(r"\x"), text)
        text = _OCTAL_ESCAPE.sub(_octal, text)
    if "%" in text:
        text = _PERCENT.sub(_hexadecimal("%"), text)
    if "=" in text:
        text = _QUOTED_PRINTABLE.sub(_hexadecimal("="), text.replace("=\r\n", "").replace("=\n", ""))
    return text


def _characters(match: re.Match[str]) -> str:
    points = (int(digits, 16) for digits in _CODE_POINT.findall(match.group()))
    joined = "".join(chr(point) for point in points if point <= 0x10FFFF)
    # Characters beyond the first plane come as two escapes.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _hexadecimal(mark: str) -> Callable[[re.Match[str]], str]:
    def decode(match: re.Match[str]) -> str:
        text = decoded_bytes(bytes.fromhex(match.group().replace(mark, "")))
        return match.group() if text is None else text

    return decode


def _octal(match: re.Match[str]) -> str:
    digits = match.group().split("\\")[1:]
    text = decoded_bytes(bytes(int(part, 8) for part in digits))
    return match.group() if text is None else text
