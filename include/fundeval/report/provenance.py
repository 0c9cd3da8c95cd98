"""What a published figure rests on, as a release keeps it: formula, parts, and rows of the archived files.

The folder ``evidence`` of a release holds ``figures.json``, what every figure is made of, and ``rows.parquet``, which
rows of which files. It names rows of public projects only; docs/decisions/0050-two-halves-of-the-evidence.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.core.errors import ReleaseError
from fundeval.report.ranges import JoinedRange, joined_ranges

FIGURES, ROWS = "figures.json", "rows.parquet"
WITHHELD_ZH = {
    "classified": "涉密项目的行只列在发布成果的非公开部分",
    "survey": "逐份答卷只列在发布成果的非公开部分",
}
"""Why the public half does not name some rows of a fact."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """One part of a figure.

    Attributes:
        role: ``numerator``, ``denominator``, or ``value`` for what is no rate.
        sign: 1 where it is added, -1 where it is taken off.
        fact: Identifier of what is counted or summed.
        title: Chinese name of it.
        amount: Its amount, in 元 or counted; empty where it is no number.
        withheld: Which rows the public half does not name: ``classified``, ``survey`` or none.
    """

    role: Literal["value", "numerator", "denominator"]
    sign: Literal[1, -1]
    fact: str
    title: str
    amount: str = ""
    withheld: Literal["", "classified", "survey"] = ""


class Place(_Frozen):
    """A row of a source file that a finding names itself."""

    source_file: str
    source_sheet: str
    source_row: int


class Figure(_Frozen):
    """A published figure and what it rests on.

    Attributes:
        figure: Metric, indicator code, or ``finding-<number>`` by its row in the table of findings.
        kind: Which of these it is.
        title: Chinese name.
        formula: How it is computed, in Chinese.
        value: As published, empty where there is none.
        unit: Unit of the value.
        numerator: Of a rate, as published.
        denominator: Of a rate, as published.
        law: Provisions it rests on.
        parts: Facts it is computed from.
        rests_on: Other figures it is computed from or explained by.
        place: The row of a finding.
    """

    figure: str
    kind: Literal["metric", "indicator", "finding"]
    title: str
    formula: str
    value: str = ""
    unit: str = ""
    numerator: str = ""
    denominator: str = ""
    law: str = ""
    parts: tuple[Part, ...] = ()
    rests_on: tuple[str, ...] = ()
    place: Place | None = None


class _Book(_Frozen):
    figures: tuple[Figure, ...]


@dataclass(frozen=True, order=True)
class Rows:
    """Neighbouring rows of a file that a fact counts.

    Attributes:
        fact: The fact.
        project_code: The public project they are about; empty where they are about none.
        source_file: Name as sent.
        source_sheet: Sheet, empty for CSV.
        first_row: First row, as a spreadsheet shows it.
        last_row: Last row.
        source_sha256: Hash of the file, under which the archive keeps it.
    """

    fact: str
    project_code: str
    source_file: str
    source_sheet: str
    first_row: int
    last_row: int
    source_sha256: str

    def __len__(self) -> int:
        """Number of rows."""
        return self.last_row - self.first_row + 1

    @property
    def text(self) -> str:
        """The rows as people write them."""
        return str(self.first_row) if len(self) == 1 else f"{self.first_row}\u2014{self.last_row}"


@dataclass(frozen=True)
class Listing:
    """The rows of one fact, all of them or the first ones.

    Attributes:
        rows: Joined ranges, sorted by file, sheet and row.
        rows_in_all: How many rows there are.
        ranges_in_all: How many ranges there are; more than ``rows`` has where the listing was cut short.
    """

    rows: tuple[Rows, ...]
    rows_in_all: int
    ranges_in_all: int


NOTHING = Listing((), 0, 0)


@dataclass(frozen=True)
class Provenance:
    """The public evidence of a release; its rows stay on the disk, because a fund can have millions.

    Attributes:
        figures: By identifier, in the order metrics, indicators, findings.
        path: ``rows.parquet``.
    """

    figures: dict[str, Figure]
    path: Path

    def rows_of(self, fact: str, project: str | None = None, most: int | None = None) -> Listing:
        """Return the rows of a fact, of one project or of all together.

        Args:
            fact: The fact.
            project: Code of a public project; None for all rows.
            most: Ranges to return at most.
        """
        found = self._listings(fact, project, most, by_project=False)
        return found.get((fact, ""), NOTHING)

    def by_fact(self, most: int) -> dict[str, Listing]:
        """Return the first rows of every fact."""
        return {
            fact: found for (fact, _), found in self._listings(None, None, most, by_project=False).items()
        }

    def by_project(self, most: int) -> dict[tuple[str, str], Listing]:
        """Return the first rows of every fact and project."""
        return self._listings(None, None, most, by_project=True)

    def _listings(
        self, fact: str | None, project: str | None, most: int | None, *, by_project: bool
    ) -> dict[tuple[str, str], Listing]:
        found = joined_ranges(self.path, fact, project, most, by_project=by_project)
        return {
            key: _listing(list(ranges))
            for key, ranges in groupby(
                found, key=lambda each: (each.texts["fact"], each.texts["project_code"])
            )
        }


def _listing(found: list[JoinedRange]) -> Listing:
    rows = tuple(Rows(first_row=each.first_row, last_row=each.last_row, **each.texts) for each in found)
    return Listing(rows, found[0].rows_in_all, found[0].ranges_in_all)


def read_provenance(folder: Path) -> Provenance:
    """Read the ``evidence`` folder of a release or of a draft.

    Raises:
        ReleaseError: There is none, or it is damaged.
    """
    try:
        book = _Book.model_validate_json((folder / FIGURES).read_bytes())
    except (OSError, ValidationError) as error:
        raise ReleaseError(f"“{folder.parent.name}”缺少完好的数字依据(evidence)。") from error
    return Provenance({figure.figure: figure for figure in book.figures}, folder / ROWS)


def figures_json(figures: Iterable[Figure]) -> str:
    """Return ``figures.json``: the same figures give the same text."""
    return _Book(figures=tuple(figures)).model_dump_json(indent=1, exclude_defaults=True) + "\n"
