"""Generated fund-years: facts from a seed, nine files under an office's habits, and what must come out.

``make_fund_year`` is what most tests need; ``FundYear`` keeps facts, files and expectation apart for those
that plant faults before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from support.fundgen.facts import FundYearFacts
from support.fundgen.grid import SourceFile
from support.fundgen.habits import AS_SAMPLE, Habits
from support.fundgen.invent import invent
from support.fundgen.oracle import Expected, expected_of
from support.fundgen.story import Size, Story
from support.fundgen.tables import source_files
from support.fundgen.write import write_files

__all__ = ["Expected", "FundYear", "Habits", "Size", "Story", "generate", "make_fund_year"]


@dataclass(frozen=True)
class FundYear:
    """A generated fund-year: what happened, how it was written down, what must come out."""

    facts: FundYearFacts
    files: dict[str, SourceFile]
    expected: Expected

    def write(self, folder: Path) -> None:
        """Write the nine files into ``folder``."""
        write_files(self.files, folder)


def generate(
    fund_name: str = "样例数字资金",
    year: int = 2024,
    seed: int = 1,
    size: Size | None = None,
    habits: Habits = AS_SAMPLE,
    story: Story | None = None,
) -> FundYear:
    """Generate a fund-year; the same arguments give the same bytes.

    Args:
        fund_name: Name of the fund, as vouchers and the approval state it.
        year: Fund-year.
        seed: Seed of every draw.
        size: How much there is of everything.
        habits: How the office writes.
        story: How the year went.
    """
    facts = invent(fund_name, year, seed, size or Size(), story or Story())
    return FundYear(facts, source_files(facts, habits, seed), expected_of(facts))


def make_fund_year(
    folder: Path,
    fund_name: str = "样例数字资金",
    year: int = 2024,
    seed: int = 1,
    size: Size | None = None,
    habits: Habits = AS_SAMPLE,
    story: Story | None = None,
) -> Expected:
    """Write the nine files of a generated fund-year into ``folder``; return what must come out of them."""
    made = generate(fund_name, year, seed, size, habits, story)
    made.write(folder)
    return made.expected
