"""Counts and sums over the rows of the dataset that sentences and tables of the report need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from fundeval.core.money import rate_pct
from fundeval.report.notes import ReportNotes
from fundeval.report.published import IndicatorRow, ProjectRow, SurveyRow
from fundeval.report.wording import SATISFACTION_SCALE, STATUSES, shown

_Row = TypeVar("_Row")


def grouped(rows: Iterable[_Row], key: Callable[[_Row], str]) -> dict[str, list[_Row]]:
    """Group rows by a key, in the order the keys first appear."""
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


@dataclass(frozen=True)
class Scored:
    """A level of the indicator tree: its points are sums over its indicators."""

    name: str
    indicators: tuple[IndicatorRow, ...]

    @property
    def weight(self) -> Decimal:
        """Points obtainable."""
        return sum((row.weight for row in self.indicators), Decimal(0))

    @property
    def score(self) -> Decimal:
        """Points earned."""
        return sum((row.score for row in self.indicators), Decimal(0))

    @property
    def deduction(self) -> Decimal:
        """Points lost."""
        return sum((row.deduction for row in self.indicators), Decimal(0))

    @property
    def rate_pct(self) -> Decimal | None:
        """Share of the obtainable points that was earned, in %."""
        return rate_pct(self.score, self.weight)

    @property
    def deducted(self) -> tuple[IndicatorRow, ...]:
        """Indicators that lost points."""
        return tuple(row for row in self.indicators if row.deduction > 0)

    @property
    def children(self) -> tuple[Scored, ...]:
        """The level-2 parts of a level-1 indicator."""
        return scored(self.indicators, lambda row: row.level2)


def scored(indicators: Iterable[IndicatorRow], level: Callable[[IndicatorRow], str]) -> tuple[Scored, ...]:
    """Cut the indicator tree at a level, in the order of the scheme."""
    return tuple(Scored(name, tuple(rows)) for name, rows in grouped(indicators, level).items())


@dataclass(frozen=True)
class Category:
    """The public projects of one category.

    Attributes:
        name: Its Chinese name.
        projects: Its projects, in the order of the dataset.
    """

    name: str
    projects: tuple[ProjectRow, ...]

    def with_status(self, status: str) -> list[ProjectRow]:
        """Projects in this state."""
        return [row for row in self.projects if row.project_status == status]

    @property
    def unfinished(self) -> list[tuple[str, list[ProjectRow]]]:
        """Projects that are not complete, by the Chinese name of their state."""
        states = dict.fromkeys([*STATUSES, *(row.project_status for row in self.projects)])
        found = [
            (shown(STATUSES, state) or "状态不明", self.with_status(state))
            for state in states
            if state != "completed"
        ]
        return [(state, rows) for state, rows in found if rows]

    @property
    def accepted(self) -> list[ProjectRow]:
        """Projects with an acceptance result."""
        return [row for row in self.projects if row.acceptance_result]

    @property
    def tested(self) -> list[ProjectRow]:
        """Projects with the result of a third party's test."""
        return [row for row in self.projects if row.test_result]

    @property
    def settled(self) -> list[ProjectRow]:
        """Projects whose settlement was audited."""
        return [
            row
            for row in self.projects
            if row.settlement_planned is not None and row.settlement_audited is not None
        ]

    @property
    def settlement_planned(self) -> Decimal:
        """Planned money of the settled projects, in 元."""
        return sum((row.settlement_planned or Decimal(0) for row in self.settled), Decimal(0))

    @property
    def settlement_audited(self) -> Decimal:
        """Audited money of the settled projects, in 元."""
        return sum((row.settlement_audited or Decimal(0) for row in self.settled), Decimal(0))

    @property
    def saving_pct(self) -> Decimal | None:
        """What settlement saved against the plan, in %; None where nothing was planned."""
        return rate_pct(self.settlement_planned - self.settlement_audited, self.settlement_planned)


def categories(projects: Iterable[ProjectRow], notes: ReportNotes) -> tuple[Category, ...]:
    """Group public projects by category."""
    groups = grouped(projects, lambda row: row.category)
    return tuple(Category(shown(notes.category_names, code), tuple(rows)) for code, rows in groups.items())


@dataclass(frozen=True)
class Question:
    """One question of the survey and how often each option was chosen."""

    number: int
    text: str
    kind: str
    options: tuple[SurveyRow, ...]

    @property
    def answers(self) -> int:
        """All answers to the question."""
        return sum(row.answers for row in self.options)

    def share_pct(self, option: SurveyRow, respondents: Decimal | None) -> Decimal | None:
        """Share of an option in %: of the respondents where several may be chosen, else of the answers."""
        return rate_pct(option.answers, respondents if self.kind == "multiple" else self.answers)


def questions(survey: Iterable[SurveyRow]) -> tuple[Question, ...]:
    """Group the survey's rows by question."""
    return tuple(
        Question(rows[0].question_no, rows[0].question_text, rows[0].question_type, _in_order(rows))
        for rows in grouped(survey, lambda row: str(row.question_no)).values()
    )


def _in_order(options: Sequence[SurveyRow]) -> tuple[SurveyRow, ...]:
    """Put the options of a satisfaction question from best to worst; other options stay by frequency."""
    if options[0].question_type != "satisfaction":
        return tuple(options)
    scale = SATISFACTION_SCALE
    return tuple(sorted(options, key=lambda row: [*scale, row.option_text].index(row.option_text)))


@dataclass(frozen=True)
class Money:
    """Planned, applied, released, paid and carried-over money of some projects, in 元.

    Planned and applied are None where any of the projects states none: a total must not look whole when it is not.
    """

    planned: Decimal | None
    applied: Decimal | None
    released: Decimal
    paid: Decimal
    carry_over: Decimal

    @property
    def execution_pct(self) -> Decimal | None:
        """Paid over released, in %."""
        return rate_pct(self.paid, self.released)


def money_of(rows: Iterable[ProjectRow]) -> Money:
    """Sum the money of projects."""
    known = list(rows)
    return Money(
        planned=_sum_if_whole(row.planned for row in known),
        applied=_sum_if_whole(row.applied for row in known),
        released=sum((row.released for row in known), Decimal(0)),
        paid=sum((row.paid for row in known), Decimal(0)),
        carry_over=sum((row.carry_over for row in known), Decimal(0)),
    )


def _sum_if_whole(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
