"""Findings and lost points as problems: grouped, with legal basis, cause and recommendation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fundeval.report.notes import ReportNotes
from fundeval.report.phrases import Phrase, phrase
from fundeval.report.published import FindingRow, IndicatorRow, Published
from fundeval.report.summary import grouped
from fundeval.report.typography import FULL_STOP, clean, sentence, typeset
from fundeval.report.wording import GroupWording, RuleWording, problem_wording

TOLD_ONE_BY_ONE = 8
"""Events of one kind a section tells in sentences; where there are more, the list of findings has them all."""


@dataclass(frozen=True)
class Event:
    """One finding with its anchor in the list of findings."""

    row: FindingRow
    evidence: str

    @property
    def detail(self) -> Phrase:
        """What was found, without a full stop."""
        return phrase(sentence(self.row.detail).rstrip(FULL_STOP), self.evidence)

    @property
    def sentence(self) -> Phrase:
        """What was found, beginning with the project, without a full stop."""
        name, detail = clean(self.row.project_name), str(self.detail)
        if not name or name in detail or typeset(name) in detail:
            return self.detail
        return phrase(f"{name}\uff1a{detail}", self.evidence)


@dataclass(frozen=True)
class Problem:
    """All findings of one kind.

    Attributes:
        rule: Identifier of the rule.
        wording: How the kind is put into words.
        events: What was found.
        indicators: The indicators it is counted under.
    """

    rule: str
    wording: RuleWording
    events: tuple[Event, ...]
    indicators: tuple[IndicatorRow, ...]

    @property
    def projects(self) -> list[str]:
        """Names of the projects concerned, each once."""
        return list(dict.fromkeys(event.row.project_name for event in self.events if event.row.project_name))

    @property
    def told(self) -> tuple[Event, ...]:
        """The events a sentence tells."""
        return self.events[:TOLD_ONE_BY_ONE]

    @property
    def legal_bases(self) -> list[str]:
        """The rules of law concerned, each once, without a full stop."""
        texts = (sentence(event.row.legal_basis).rstrip(FULL_STOP) for event in self.events)
        return [text for text in dict.fromkeys(texts) if text]

    @property
    def deducts(self) -> bool:
        """Whether any of the events costs points."""
        return any(event.row.deducts for event in self.events)

    @property
    def evidence(self) -> str:
        """Anchor of the first event."""
        return self.events[0].evidence


@dataclass(frozen=True)
class Group:
    """Problems that have one cause and one answer.

    Attributes:
        name: Identifier of the group.
        wording: Its headings.
        problems: Kinds of findings.
        judged: Indicators that lost points without a finding behind them.
        cause: Why, in the evaluators' words; None until they wrote it.
    """

    name: str
    wording: GroupWording
    problems: tuple[Problem, ...]
    judged: tuple[IndicatorRow, ...]
    cause: str | None


def events(findings: Iterable[FindingRow]) -> tuple[Event, ...]:
    """Put the findings in the order the report takes their kinds; anchors count the rows of the dataset."""
    order = list(problem_wording().rules)
    made = [Event(row, f"finding-{number}") for number, row in enumerate(findings, 1)]
    return tuple(sorted(made, key=lambda event: [*order, event.row.rule].index(event.row.rule)))


def groups(data: Published, notes: ReportNotes) -> tuple[Group, ...]:
    """Group everything that was found or cost points, in the order of the wording; empty where nothing was."""
    wording = problem_wording()
    problems = _problems(data)
    judged = _without_finding(data)
    made = []
    for name, words in wording.groups.items():
        mine = tuple(problem for problem in problems if problem.wording.group == name)
        lost = judged if name == "scoring" else ()
        if mine or lost:
            made.append(Group(name, words, mine, lost, _cause(name, mine, notes.causes)))
    return tuple(made)


def _problems(data: Published) -> tuple[Problem, ...]:
    wording = problem_wording()
    found = grouped(events(data.findings), lambda event: event.row.rule)
    return tuple(
        Problem(
            rule,
            wording.rules.get(rule, wording.unknown_rule),
            tuple(found[rule]),
            _indicators_of(found[rule], data.indicator_by_code),
        )
        for rule in found
    )


def _indicators_of(found: Iterable[Event], known: Mapping[str, IndicatorRow]) -> tuple[IndicatorRow, ...]:
    codes = dict.fromkeys(event.row.indicator for event in found if event.row.deducts)
    return tuple(known[code] for code in codes if code in known)


def _without_finding(data: Published) -> tuple[IndicatorRow, ...]:
    explained = {row.indicator for row in data.findings if row.deducts}
    return tuple(row for row in data.indicators if row.deduction > 0 and row.code not in explained)


def _cause(group: str, problems: Iterable[Problem], causes: Mapping[str, str]) -> str | None:
    texts = [causes[key] for key in (group, *(problem.rule for problem in problems)) if causes.get(key)]
    return "".join(sentence(text) for text in texts) or None
