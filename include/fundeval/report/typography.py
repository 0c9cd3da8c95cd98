"""Typography of Chinese official text (GB/T 15834): clean characters and full-width punctuation.

Source code keeps half-width punctuation; what a reader sees is set here, in one place.
"""

from __future__ import annotations

import re

FULL_WIDTH = {",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "!": "\uff01", "?": "\uff1f"}
OPENING, CLOSING = "\uff08", "\uff09"
LIST_COMMA, FULL_STOP = "\u3001", "\u3002"

_CHINESE = re.compile(r"[\u2014\u2018-\u201d\u2026\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_ISO_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Drop characters no document may carry (controls, zero-width, direction marks) and fold white space.

    Args:
        text: Any text of the dataset; it may come from an office's file.

    Returns:
        One line of printable text, trimmed.
    """
    return _SPACES.sub(" ", _UNPRINTABLE.sub("", _SPACES.sub(" ", text))).strip()


def typeset(text: str) -> str:
    """Widen half-width punctuation that stands in Chinese text; the length never changes.

    A comma, colon, semicolon, question or exclamation mark is widened where a Chinese character or a percent
    sign stands before it or a Chinese character after it, so 1,234 and 12:30 stay. A pair of brackets is
    widened where it holds Chinese or follows or precedes it.

    Args:
        text: Text in this project's own words, never a name out of a source file.
    """
    characters = list(text)
    for start, end in _bracket_pairs(text):
        around = (text[start - 1 : start], text[end + 1 : end + 2], text[start + 1 : end])
        if any(_CHINESE.search(part) for part in around):
            characters[start], characters[end] = OPENING, CLOSING
    for place, character in enumerate(characters):
        if character in FULL_WIDTH:
            before = "".join(characters[max(0, place - 1) : place])
            after = "".join(characters[place + 1 : place + 2])
            if before == "%" or _CHINESE.match(before) or _CHINESE.match(after):
                characters[place] = FULL_WIDTH[character]
    return "".join(characters)


def prose(text: str) -> str:
    """Clean and typeset words of the dataset; dates as 2030-05-01 become 2030年5月1日."""
    return typeset(_ISO_DAY.sub(_chinese_day, clean(text)))


def sentence(text: str) -> str:
    """Make words of the dataset a sentence that ends with exactly one full stop."""
    body = prose(text).rstrip(FULL_STOP + "." + FULL_WIDTH[";"] + FULL_WIDTH[","] + ";, ")
    return body + FULL_STOP if body else ""


def _chinese_day(day: re.Match[str]) -> str:
    return f"{day[1]}年{int(day[2])}月{int(day[3])}日"


def _bracket_pairs(text: str) -> list[tuple[int, int]]:
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")" and opened:
            pairs.append((opened.pop(), place))
    return pairs
