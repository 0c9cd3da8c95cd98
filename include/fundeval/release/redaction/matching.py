"""Looking for secrets in a text, however it is spelt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from fundeval.release.redaction.normalise import both, soft, spellings, squeezed
from fundeval.release.redaction.secrets import Kind, Secret, SecretList, is_address, searchable

# From here on a run of letters or digits is its own proof and is found whatever stands around it.
_LONG_CODE = 6
_LONG_NUMBER = 15
# Texts longer than this are searched each time: keeping them would fill the memory.
_LONG_TEXT = 1 << 20
# Longer than any number a file holds: nothing is searched for.
_NO_NUMBER = 1_000

_HAN = re.compile(r"[\u3400-\u9fff]")
# Digits with the marks people group them by; commas separate cells and thousands, so they end a number.
_GROUPED = re.compile(r"\d(?:[\d .·/-]*\d)?")
_DIGITS = re.compile(r"\d+")
_LONG_DIGITS = re.compile(rf"\d{{{_LONG_NUMBER},}}")
_WORD = re.compile(r"[0-9a-z]+(?:[-_./][0-9a-z]+)*")
# Chinese letters may stand right before and after a number; ASCII ones make it part of something else.
_ADDRESS = re.compile(
    r"(?<![0-9a-z.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)(?![0-9a-z:]|\.\d)"
)
# By its shape alone a number is a telephone number in one piece or with hyphens; blanks part the cells of a table in
# the text of a PDF. Numbers known from the sources are found however they are grouped.
_MOBILE = re.compile(
    r"(?<![0-9a-z.+/_-])(?:\+?86[ -]?)?1[3-9]\d-?\d{4}-?\d{4}(?![0-9a-z/_-]|\.\d|,\d{3})", re.ASCII
)
_IDENTITY = re.compile(
    r"(?<![0-9a-z.])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx](?![0-9a-z]|\.\d)",
    re.ASCII,
)
# What every match of these holds. To look for a digit first is many times faster than to look behind each letter.
_DOTTED = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_MOBILE_DIGITS = re.compile(r"1[3-9]\d-?\d{4}-?\d{4}", re.ASCII)
_IDENTITY_DIGITS = re.compile(r"[1-9]\d{5}(?:19|20)\d{9}", re.ASCII)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10x98765432"


@dataclass(frozen=True)
class _Word:
    """A secret found as a piece of a squeezed text, unless inside one of the public texts that contain it."""

    text: str
    public: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Tell whether ``text`` holds the secret outside of every public text."""
        if self.text not in text:
            return False
        for name in self.public:
            text = text.replace(name, "\0")
        return self.text in text


class Matcher:
    """Finds the secrets of a list in texts."""

    def __init__(self, names: SecretList, *, patterns: bool = True) -> None:
        """Prepare the search.

        Args:
            names: What to look for.
            patterns: Whether anything that looks like a mobile or identity number counts as found too.
        """
        self._patterns = patterns
        self._words: list[tuple[_Word, Secret]] = []
        self._numbers: dict[str, Secret] = {}
        self._tokens: dict[str, Secret] = {}
        self._addresses: dict[str, Secret] = {}
        public = sorted({squeezed(soft(text)) for text in names.public}, key=len, reverse=True)
        for secret in names.secrets:
            if searchable(secret.text):
                self._add(secret, public)
        self._has_colons = any(":" in address for address in self._addresses)
        # The parts of office documents and the pages of a font repeat themselves from file to file.
        self._found: dict[tuple[str, bool], frozenset[Secret]] = {}
        self._many = [(index, Secret(kind, "")) for kind, index in names.many]
        lengths = {len(number) for number in self._numbers}
        self._lengths = lengths.union(*(index.lengths for index, _ in self._many))
        self._number_lengths = sorted(self._lengths)

    @property
    def shortest_number(self) -> int:
        """How many digits the shortest number has that is searched for."""
        return self._number_lengths[0] if self._number_lengths else _NO_NUMBER

    def _add(self, secret: Secret, public: list[str]) -> None:
        plain = squeezed(soft(secret.text))
        if is_address(secret.text):
            self._addresses[soft(secret.text).strip()] = secret
        elif plain.isdecimal():
            self._numbers[plain] = secret
        elif _HAN.search(plain) or len(plain) >= _LONG_CODE:
            around = tuple(text for text in public if plain in text and plain != text)
            self._words.append((_Word(plain, around), secret))
        else:
            self._tokens[plain] = secret

    def find(self, text: str, *, amounts: bool = False) -> set[Secret]:
        """Return the secrets a text holds, in whatever spelling.

        Args:
            text: The text.
            amounts: Whether it is made of bare numbers, so that only listed ones count.
        """
        patterns = self._patterns and not amounts
        key = (text, patterns)
        if key not in self._found:
            found = {secret for each in spellings(text) for secret in self._find(*both(each), patterns)}
            if len(text) > _LONG_TEXT:
                return found
            self._found[key] = frozenset(found)
        return set(self._found[key])

    def find_in_bytes(self, content: bytes) -> set[Secret]:
        """Return the secrets that stand uncompressed in bytes of whatever format.

        Only what proves itself is looked for: short numbers turn up in any bytes by chance.
        """
        encodings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
        decoded = {content.decode(encoding, "ignore") for encoding in encodings}
        texts = {both(text)[1] for text in decoded}
        return {secret for text in texts for secret in (*self._find_words(text), *self._find_long(text))}

    def _find(self, text: str, plain: str, patterns: bool) -> Iterator[Secret]:
        """Find secrets in a :func:`soft` text and the same text :func:`squeezed`."""
        yield from self._find_words(plain)
        yield from self._find_long(plain)
        yield from self._find_numbers(text)
        if self._tokens:
            yield from (self._tokens[token] for token in _tokens(text) if token in self._tokens)
        if self._addresses and (self._has_colons or _DOTTED.search(text)):
            yield from (self._addresses[at] for at in _ADDRESS.findall(text) if at in self._addresses)
        if patterns:
            yield from _patterned(text)

    def _find_words(self, plain: str) -> Iterator[Secret]:
        return (secret for word, secret in self._words if word.is_in(plain))

    def _find_long(self, plain: str) -> Iterator[Secret]:
        """Find long numbers anywhere in a run of digits, whatever was squeezed out between them."""
        lengths = [length for length in self._number_lengths if length >= _LONG_NUMBER]
        for run in set(_LONG_DIGITS.findall(plain)) if lengths else ():
            for length in lengths:
                for start in range(len(run) - length + 1):
                    yield from self._numbered(run[start : start + length])

    def _find_numbers(self, text: str) -> Iterator[Secret]:
        """Find numbers as a whole, in one piece or grouped."""
        if not self._number_lengths:
            return
        longest = self._number_lengths[-1]
        # A text repeats its numbers; each is looked up once.
        numbers = {
            number
            for grouped in set(_GROUPED.findall(text))
            for number in _joined(_DIGITS.findall(grouped), longest)
            if len(number) in self._lengths
        }
        for number in numbers:
            yield from self._numbered(number)

    def _numbered(self, number: str) -> Iterator[Secret]:
        if number in self._numbers:
            yield self._numbers[number]
        for index, secret in self._many:
            if number in index:
                yield secret


def _joined(groups: list[str], longest: int) -> Iterator[str]:
    """Return every run of neighbouring groups as one number, up to ``longest`` digits."""
    for first in range(len(groups)):
        number = ""
        for group in groups[first:]:
            number += group
            if len(number) > longest:
                break
            yield number


def _tokens(text: str) -> Iterator[str]:
    """Return the codes of a text: whole, and each pair of neighbours, with the marks inside dropped."""
    for match in _WORD.finditer(text):
        parts = re.split(r"[-_./]", match.group())
        yield "".join(parts)
        yield from parts
        yield from ("".join(pair) for pair in pairwise(parts))


def _patterned(text: str) -> Iterator[Secret]:
    if _MOBILE_DIGITS.search(text):
        yield from (_unlisted("phone") for _ in _MOBILE.findall(text))
    if _IDENTITY_DIGITS.search(text):
        yield from (_unlisted("identity") for number in _IDENTITY.findall(text) if _is_identity(number))


def _unlisted(kind: Kind) -> Secret:
    return Secret(kind, "", "按号码格式识别")


def _is_identity(number: str) -> bool:
    """Check the last digit of an 18-digit citizen identity number (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _IDENTITY_WEIGHTS, strict=False))
    return _IDENTITY_CHECKS[total % 11] == number[17]


def labels(secrets: Iterable[Secret]) -> list[Secret]:
    """Return secrets in a stable order that says nothing about their texts."""
    return sorted(secrets, key=lambda secret: (secret.kind, secret.label))
