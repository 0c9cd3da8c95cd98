"""What a reader of a format gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A text found in a file.

    Attributes:
        where: Part of the file it stands in, in Chinese or as the part's own name; empty for the whole file.
        text: The text.
        amounts: Whether it holds bare numbers, whose digits alone do not make a telephone number.
    """

    where: str
    text: str
    amounts: bool = False


@dataclass(frozen=True)
class Inner:
    """A file found inside a file.

    Attributes:
        where: Its name there.
        content: Its bytes.
    """

    where: str
    content: bytes


@dataclass(frozen=True)
class Raw:
    """Bytes of a format of their own, such as drawing operators, that may hold texts as they are.

    Attributes:
        where: Part of the file they stand in.
        content: The bytes.
    """

    where: str
    content: bytes


@dataclass(frozen=True)
class Integers:
    """Whole numbers of a column: nothing but their digits can give anything away.

    Attributes:
        where: Part of the file they stand in.
        longest: How many digits the longest of them has.
        text: Gives them as text, one a line; asked only where a number that long is searched for.
    """

    where: str
    longest: int
    text: Callable[[], str]


Part = Text | Inner | Raw | Integers
Parts = Iterator[Part]


class Unreadable(Exception):
    """A file, or something in it, cannot be read; the text says why, in Chinese."""
