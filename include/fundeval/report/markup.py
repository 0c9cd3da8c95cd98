"""The small markup the text templates are written in, and how it becomes blocks.

A template is plain Chinese text. A blank line ends a paragraph. A line that starts with ``#`` to ``####`` is a
heading of level 1 to 4 and gets its number here; ``=`` starts the title, ``-`` a list item, ``@lead`` the words
before a list, ``>`` a note, ``@table NAME`` and ``@figure NAME`` set a table or chart (nothing where the year has
none), ``@sign`` the signature, ``@date`` the date under it. Values of the dataset are wrapped in non-characters by
``mark``, so that no name in a source file can ever be read as markup or have its punctuation changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fundeval.core.errors import ConfigurationError
from fundeval.report import typography
from fundeval.report.blocks import Block, Figure, Heading, Paragraph, Role, Run, Runs, Table, Title
from fundeval.report.phrases import Phrase, ordinal, phrase

_OPEN, _NEXT, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_VALUE = re.compile(f"{_OPEN}([^{_NEXT}]*){_NEXT}([01]){_NEXT}([^{_CLOSE}]*){_CLOSE}")
_ROLES: Mapping[str, Role] = {
    "- ": "list",
    "@lead ": "lead",
    "> ": "note",
    "@sign ": "signature",
    "@date ": "date",
}
_HEADING = re.compile(r"(#{1,4}) (.+)")
_DIRECTIVE = re.compile(r"@(table|figure) ([a-z0-9_]+)")


def mark(value: object) -> str:
    """Wrap a value for the parser; the last step of every ``{{ … }}`` of a template.

    Raises:
        ValueError: For None: a sentence must not say something the dataset does not have.
    """
    if value is None:
        raise ValueError("a template shows a value that is not there")
    runs = (value if isinstance(value, Phrase) else phrase(value)).runs
    return "".join(
        f"{_OPEN}{run.evidence}{_NEXT}{int(run.missing)}{_NEXT}{run.text}{_CLOSE}" for run in runs if run.text
    )


def parse(
    text: str, tables: Mapping[str, Table | None], figures: Mapping[str, Figure | None]
) -> Iterator[Block]:
    """Turn rendered templates into blocks.

    Args:
        text: Output of the templates, values wrapped by ``mark``.
        tables: The tables the text may set; None where the year has nothing to show.
        figures: The charts the text may set, likewise.

    Raises:
        ConfigurationError: For a table or chart nobody made, or a line that looks like markup and is none.
    """
    numbers = _Numbers()
    for lines in _paragraphs(text):
        directive = _DIRECTIVE.fullmatch(lines)
        if directive:
            block = _named(directive, tables, figures)
            if block is not None:
                yield replace(block, caption=numbers.caption(directive[1], block.caption))
        else:
            yield _text_block(lines, numbers)


def runs_of(text: str) -> Runs:
    """Split marked text into runs; the words between the values are typeset with their surroundings."""
    pieces: list[tuple[bool, Run]] = []
    end = 0
    for value in _VALUE.finditer(text):
        pieces.append((True, Run(text[end : value.start()])))
        pieces.append((False, Run(value[3], value[1], value[2] == "1")))
        end = value.end()
    pieces.append((True, Run(text[end:])))
    widened = typography.typeset("".join(run.text for _, run in pieces))
    runs: list[Run] = []
    start = 0
    for own_words, run in pieces:
        shown = widened[start : start + len(run.text)] if own_words else run.text
        start += len(run.text)
        if shown:
            runs.append(replace(run, text=shown))
    return tuple(runs)


class _Numbers:
    """Numbers of headings, tables and figures, in the order they come."""

    def __init__(self) -> None:
        self._headings = [0, 0, 0, 0]
        self._captions = {"table": 0, "figure": 0}

    def heading(self, level: int) -> str:
        self._headings[level - 1] += 1
        self._headings[level:] = [0] * (4 - level)
        count = self._headings[level - 1]
        return (
            f"{ordinal(count)}\u3001" if level == 1
            else f"{typography.OPENING}{ordinal(count)}{typography.CLOSING}" if level == 2
            else f"{count}." if level == 3
            else f"{typography.OPENING}{count}{typography.CLOSING}"
        )  # fmt: skip

    def caption(self, kind: str, caption: str) -> str:
        self._captions[kind] += 1
        return f"{'表' if kind == 'table' else '图'}{self._captions[kind]} {caption}"


def _paragraphs(text: str) -> Iterator[str]:
    """Give paragraphs and markup lines; lines of one paragraph are joined, since Chinese has no spaces."""
    pending: list[str] = []
    for line in [*text.splitlines(), ""]:
        line = line.strip()
        if not line or line.startswith(("#", "=", "@", "- ", "> ")):
            if pending:
                yield "".join(pending)
            pending = []
            if line and not line.startswith(tuple(_ROLES)):
                yield line
            elif line:
                pending.append(line)
        else:
            pending.append(line)


def _named(
    directive: re.Match[str], tables: Mapping[str, Table | None], figures: Mapping[str, Figure | None]
) -> Table | Figure | None:
    known: Mapping[str, Table | Figure | None] = tables if directive[1] == "table" else figures
    if directive[2] not in known:
        raise ConfigurationError(f"报告模板引用了不存在的图表“{directive[2]}”。")
    return known[directive[2]]


def _text_block(line: str, numbers: _Numbers) -> Block:
    heading = _HEADING.fullmatch(line)
    if heading:
        level = len(heading[1])
        return Heading(level, (Run(numbers.heading(level)), *runs_of(heading[2])))
    if line.startswith("= "):
        return Title(runs_of(line[2:]))
    for prefix, role in _ROLES.items():
        if line.startswith(prefix):
            return Paragraph(runs_of(line.removeprefix(prefix)), role)
    if line.startswith(("#", "=", "@")):
        raise ConfigurationError(f"报告模板中有无法识别的标记:{line[:20]}")
    return Paragraph(runs_of(line))
