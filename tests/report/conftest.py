"""Reports of the invented fund-years, each written once a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument

from fundeval.report import ReportNotes, write_report
from fundeval.report.blocks import Block, Heading, Paragraph, Table, Title, plain
from fundeval.report.narrative import build_report
from fundeval.report.published import Published, read_published
from report import years
from report.datasets import Row, Year, write_dataset


@dataclass(frozen=True)
class Told:
    """A fund-year and the text of its report."""

    tables: dict[str, list[Row]]
    data: Published
    notes: ReportNotes
    blocks: tuple[Block, ...]

    @cached_property
    def text(self) -> str:
        """Every heading and paragraph, a line each."""
        return "\n".join(
            plain(block.runs) for block in self.blocks if isinstance(block, Title | Heading | Paragraph)
        )

    def section(self, heading: str) -> str:
        """The text under a heading, given with or without its number, up to the next one of its level or above."""
        lines: list[str] = []
        level = 0
        for block in self.blocks:
            if isinstance(block, Heading):
                if level and block.level <= level:
                    break
                if heading in (plain(block.runs), plain(block.runs[1:])):
                    level = block.level
                    continue
            if level and isinstance(block, Heading | Paragraph):
                lines.append(plain(block.runs))
        assert level, f"no heading {heading}"
        return "\n".join(lines)

    def table(self, name: str) -> Table:
        """The table with this name."""
        return next(block for block in self.blocks if isinstance(block, Table) and block.name == name)

    def has_table(self, name: str) -> bool:
        """Whether the report sets a table with this name."""
        return any(isinstance(block, Table) and block.name == name for block in self.blocks)


def tell(folder: Path, year: Year, notes: ReportNotes) -> Told:
    """Write the dataset of a year and build the text of its report."""
    tables = year.tables()
    data = read_published(write_dataset(folder, tables))
    return Told(tables, data, notes, build_report(data, notes).blocks)


Teller = Callable[..., Told]


@pytest.fixture
def told(tmp_path: Path) -> Teller:
    """Build the text of a report: ``told(year, notes)``."""

    def make(year: Year, notes: ReportNotes | None = None) -> Told:
        return tell(tmp_path, year, notes or years.notes())

    return make


EVERY_YEAR = ("nothing_found", "everything_found", "tiny", "hostile", "big")


def year_and_notes(name: str) -> tuple[Year, ReportNotes]:
    """A ready-made year with its notes; of the tiny one nobody has written anything yet."""
    year: Year = getattr(years, name)()
    notes = {"tiny": years.bare_notes, "everything_found": years.audited_notes}.get(name, years.notes)
    return year, notes()


@dataclass(frozen=True)
class Written:
    """The files of a report.

    Attributes:
        folder: ``report/`` of the release.
        dataset: ``dataset/`` of the release.
        counts: What ``write_report`` returned.
        year: What happened.
        notes: What was given beside the dataset.
    """

    folder: Path
    dataset: Path
    counts: dict[str, int | str]
    year: Year
    notes: ReportNotes

    @property
    def docx(self) -> WordDocument:
        """The Word file."""
        return Document(str(self.folder / "report.docx"))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Written]:
    """Write the files of a ready-made year, once a session."""
    known: dict[str, Written] = {}

    def make(name: str) -> Written:
        if name not in known:
            folder = tmp_path_factory.mktemp(name)
            year, notes = year_and_notes(name)
            dataset = write_dataset(folder / "dataset", year.tables())
            known[name] = Written(
                folder / "report", dataset, write_report(dataset, folder / "report", notes), year, notes
            )
        return known[name]

    return make
