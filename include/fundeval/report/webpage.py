"""The report as one web page: opens offline, can be searched, and every figure leads to its row of the dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import PackageLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from fundeval.report import blocks
from fundeval.report.blocks import Block, Cell, Column, Table, placed, plain
from fundeval.report.evidence import EvidenceTable, anchor
from fundeval.report.narrative import Report
from fundeval.report.typography import typeset

_CONTENTS_LEVELS = 2
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_IDENTIFIER = re.compile(r'(?<= id=")(?=[^"])|(?<=url\(#)|(?<=href="#)')


@dataclass(frozen=True)
class _Item:
    """A block as the template draws it."""

    block: Block
    target: str = ""
    label: str = ""
    title: str = ""
    svg: Markup = Markup("")

    @property
    def kind(self) -> str:
        return type(self.block).__name__


@dataclass(frozen=True)
class _Entry:
    """A line of the table of contents."""

    level: int
    target: str
    text: str


def write_webpage(report: Report, evidence: tuple[EvidenceTable, ...], path: Path) -> None:
    """Write the report as one self-contained .html; the same report gives the same bytes.

    Args:
        report: The report.
        evidence: The tables of the dataset its figures link to.
        path: Where to write the page.
    """
    items = list(_items(report.blocks))
    page = _page().render(
        report=report,
        items=items,
        contents=[*_contents(items), _Entry(1, "evidence", "数据依据")],
        evidence_tables=evidence,
        evidence_label="数据依据",
        evidence_title="本报告所依据的公开数据",
        evidence_note=typeset(
            "正文和附件中带虚线的数字均可点击,跳转到下列数据的对应行;金额以元为单位。"
            "问题各行列有来源文件、工作表和行号。涉密项目只有合计。"
        ),
        links_title="依据",
        anchors={table.anchor for table in evidence}
        | {row.anchor for table in evidence for row in table.rows},
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _items(drawn: tuple[Block, ...]) -> Iterator[_Item]:
    for number, block in enumerate(drawn, 1):
        match block:
            case blocks.Heading():
                yield _Item(block, f"section-{number}")
            case blocks.Appendix():
                yield _Item(block, f"appendix-{block.number}", f"附件{block.number}", typeset(block.title))
            case blocks.Figure():
                yield _Item(block, svg=_inline(block))
            case _:
                yield _Item(block)


def _contents(items: list[_Item]) -> Iterator[_Entry]:
    for item in items:
        block = item.block
        if isinstance(block, blocks.Heading) and block.level <= _CONTENTS_LEVELS:
            yield _Entry(block.level, item.target, plain(block.runs))
        elif isinstance(block, blocks.Appendix):
            yield _Entry(1, item.target, f"{item.label} {item.title}")


def _inline(figure: blocks.Figure) -> Markup:
    """Make a chart part of the page: no prologue, no outside references, identifiers of its own.

    The text in it was escaped when it was drawn.
    """
    svg = _METADATA.sub("", _PROLOGUE.sub("", figure.svg, count=1))
    return Markup(_IDENTIFIER.sub(f"{figure.name}-", svg))


def _rows_with_columns(table: Table) -> list[list[tuple[Column, Cell]]]:
    """Give every row its cells with the column each stands in, spans taken into account."""
    rows: list[list[tuple[Column, Cell]]] = [[] for _ in table.rows]
    for row, column, cell in placed(table.rows, len(table.columns)):
        rows[row].append((table.columns[column], cell))
    return rows


@cache
def _page() -> Template:
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("fundeval.report", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
    )
    environment.globals.update(anchor=anchor, rows_with_columns=_rows_with_columns)
    return environment.get_template("web/page.html.j2")
