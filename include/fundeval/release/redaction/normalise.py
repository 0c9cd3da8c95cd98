"""Texts made comparable: however a name is spelt, spaced, escaped or encoded, it ends up as the same letters."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
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
_HANGUL_FIRSTS = frozenset(map(chr, (*range(0x1100, 0x1113), *range(0xAC00, 0xD7A4))))
_HANGUL_SECONDS = frozenset(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))
_ASCII_MARKS = bytes(point for point in range(128) if not chr(point).isalnum())
Array = np.ndarray[Any, Any]
# Below this many characters a table costs more than it saves.
_SHORT = 64
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
    if soft_text.isascii():
        return soft_text.encode().translate(None, _ASCII_MARKS).decode()
    return _NOT_ALPHANUMERIC.sub("", soft_text)


def both(text: str) -> tuple[str, str]:
    """Return :func:`soft` of a text and :func:`squeezed` of that, the same but faster where the text is long.

    Marks that make up no letter with others may come in another order.
    """
    if text.isascii() or len(text) < _SHORT:
        shown = soft(text)
        return shown, squeezed(shown)
    table = characters_made_equal()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    joining, dependent = table.joining(codes)
    if len(joining) * _SHORT > len(text):
        shown = soft(text)
        return shown, squeezed(shown)
    pieces, at = [], 0
    for start, end in _spans(joining, dependent):
        shown = soft(text[start:end])
        pieces += [table.of(codes[at:start]), (shown, squeezed(shown))]
        at = end
    pieces.append(table.of(codes[at:]))
    return "".join(piece[0] for piece in pieces), "".join(piece[1] for piece in pieces)


def _spans(joining: list[int], dependent: Array) -> Iterator[tuple[int, int]]:
    """Yield where characters stand that join, with all between and the one before, to which they may be joined."""
    end = 0
    for at in joining:
        if at < end:
            continue
        start, end = at, at + 1
        while start > 0 and dependent[start]:
            start -= 1
        while end < len(dependent) and dependent[end]:
            end += 1
        yield start, end


@dataclass(frozen=True)
class _Table:
    """What each character of the first plane becomes by itself.

    Attributes:
        begins: Whether it may make up one character with one behind it.
        joins: Whether it may make up one character with that before it, so that it cannot be told by itself.
        follows: Whether it is a mark upon the letter before it, or not seen.
        lengths: How many characters it becomes.
        starts: Where these stand in ``becomes``.
        becomes: All of them, one behind the other.
        is_alphanumeric: Whether each of these is a letter or a digit.
    """

    begins: Array
    joins: Array
    follows: Array
    lengths: Array
    starts: Array
    becomes: Array
    is_alphanumeric: Array

    def joining(self, codes: Array) -> tuple[list[int], Array]:
        """Return where characters cannot be told by themselves, and which of all may depend on those around them."""
        known, beyond = np.minimum(codes, _FIRST_PLANE - 1), codes >= _FIRST_PLANE
        joins = self.joins[known]
        dependent = joins | self.follows[known] | beyond
        joins[1:] &= self.begins[known[:-1]] | dependent[:-1]
        return np.flatnonzero(joins | beyond).tolist(), dependent

    def of(self, codes: Array) -> tuple[str, str]:
        """Return what characters become, in their order, and the letters and digits among it."""
        lengths, at = self.lengths[codes], self.starts[codes]
        if len(codes) and not (lengths == 1).all():
            ends = np.cumsum(lengths)
            at = np.arange(ends[-1]) + np.repeat(at - ends + lengths, lengths)
        return _text_of(self.becomes[at]), _text_of(self.becomes[at[self.is_alphanumeric[at]]])


@cache
def characters_made_equal() -> _Table:
    """Return what each character of the first plane becomes, made once in a process."""
    characters = "".join(map(chr, range(_FIRST_PLANE)))
    equal = [_equal_by_itself(character) for character in characters]
    firsts, seconds = _pairs(characters)
    lengths = np.array([len(shown) for shown in equal])
    becomes = "".join(equal)
    # Ideographs, half of all characters, neither join nor are joined.
    apart, joined = (
        ["" if _is_plain_han(each) else unicodedata.normalize(form, each) for each in characters]
        for form in ("NFKD", "NFKC")
    )
    return _Table(
        np.array([not firsts.isdisjoint(part) for part in apart]),
        np.array([not seconds.isdisjoint(part) for part in joined]),
        np.array(
            [
                not shown or unicodedata.combining(each) != 0
                for each, shown in zip(characters, equal, strict=True)
            ]
        ),
        lengths,
        np.cumsum(lengths) - lengths,
        np.frombuffer(becomes.encode("utf-32-le", "surrogatepass"), np.uint32),
        np.array([character.isalnum() for character in becomes]),
    )


def _pairs(characters: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and the second of every two characters that make up one."""
    parted = (unicodedata.decomposition(character).split() for character in characters)
    pairs = [pair for pair in parted if len(pair) == 2 and not pair[0].startswith("<")]
    firsts, seconds = (frozenset(chr(int(pair[at], 16)) for pair in pairs) for at in (0, 1))
    return firsts | _HANGUL_FIRSTS, seconds | _HANGUL_SECONDS


def _is_plain_han(character: str) -> bool:
    """Tell whether a character is an ideograph that is no compatibility form of another."""
    return "\u3400" <= character <= "\u9fff"


def _equal_by_itself(character: str) -> str:
    if _is_plain_han(character):
        return _simplified()[ord(character)]
    return "" if _INVISIBLE.match(character) else soft(character)


def _text_of(codes: Array) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


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
    table = [chr(point) for point in range(_FIRST_PLANE)]
    variants = sorted({table[point] for point in _HAN} & _listed_variants())
    converted = [OpenCC(name).convert("\n".join(variants)).split("\n") for name in _TO_SIMPLIFIED]
    for one, *simpler in zip(variants, *converted, strict=True):
        table[ord(one)] = next((each for each in simpler if each != one and len(each) == 1), one)
    return "".join(table)


def _listed_variants() -> set[str]:
    """Return the characters OpenCC's lists speak of; asking it for all others takes a third of a second."""
    lists = files("opencc").joinpath("dictionary").iterdir()
    lines = (line for each in lists for line in each.read_text(encoding="utf-8").splitlines())
    return {line.partition("\t")[0] for line in lines}


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
