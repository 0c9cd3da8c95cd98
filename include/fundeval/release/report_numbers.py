"""Every number of the report derived once more from the published rows, by another way than the report's own.

The report's templates choose which figure a sentence shows; here nothing is known of templates. Each stretch of text
with a number either cites rows of the dataset, then the number has to follow from those rows, or it was given as it
stands: by a text of the dataset, by the registration, or by the counts the report makes of its own lists.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from fundeval.core.money import WAN, number_text, rate_pct
from fundeval.report.blocks import Block, Heading, Paragraph, Run, Table, Title
from fundeval.report.narrative import Report
from fundeval.report.notes import ReportNotes
from fundeval.report.problems import TOLD_ONE_BY_ONE
from fundeval.report.published import IndicatorRow, ProjectRow, Published, Row
from fundeval.report.typography import prose

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Numbers of headings, lists, tables, charts, appendices and questions say where something stands, not how much.
_PLACES = re.compile(r"^\d*\.(?!\d)|[\uff08(]\d+[)\uff09](?=$|\D)|附件\d|第\d+题|SHA-256前16位")
_MONEY = ("planned", "applied", "released", "paid", "carry_over", "settlement_planned", "settlement_audited")
_POINTS = ("weight", "score", "deduction")

Numbers = set[str]


def underived(report: Report, data: Published, notes: ReportNotes) -> list[str]:
    """Return a Chinese phrase per number of a report that does not follow from the published rows.

    Args:
        report: The report, told from the published tables.
        data: The published tables as read back.
        notes: What the report was given beside them.
    """
    known = _Known(data, notes)
    problems = []
    for block in report.blocks:
        for run in _runs(block):
            allowed = known.allowed(run.evidence, in_table=isinstance(block, Table))
            strange = [number for number in numbers_in(_PLACES.sub("", run.text)) if number not in allowed]
            source = f"(出处 {run.evidence})" if run.evidence else ""
            problems += [f"数字“{number}”{source}由公布的数据得不出" for number in strange]
    return list(dict.fromkeys(problems))


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, without their signs and trailing zeros: ``-1.50%`` gives ``1.5``."""
    return [_bare(Decimal(found)) for found in _NUMBER.findall(text)]


def _runs(block: Block) -> Iterator[Run]:
    match block:
        case Title() | Heading() | Paragraph():
            runs = block.runs
            # The number of a list's item stands in a run of its own, before a full stop.
            numbered = isinstance(block, Paragraph) and block.role == "list" and runs[1:2]
            yield from runs[1:] if numbered and runs[1].text.startswith(".") else runs
        case Table():
            for row in (*block.header, *block.rows):
                for cell in row:
                    yield from cell.runs


class _Known:
    """What numbers follow from the rows of a dataset."""

    def __init__(self, data: Published, notes: ReportNotes) -> None:
        self._data = data
        self._notes = notes
        self._by_row: dict[str, Numbers] = {
            **{row.evidence: _of(row) for row in data.metrics.values()},
            **{row.evidence: _of(row) for row in data.projects},
            **{row.evidence: _of(row) for row in data.indicators},
            **{f"service-{number}": _of(row) for number, row in enumerate(data.services, 1)},
            **{row.evidence: _of(row) | self._month_shares(row.paid) for row in data.months},
            **{f"finding-{number}": _of(row) for number, row in enumerate(data.findings, 1)},
        }
        if data.classified:
            self._by_row[data.classified.evidence] = _of(data.classified)
        for number in range(1, len(data.findings) + 1):
            self._by_row[f"finding-{number}"] |= self._event_counts

    def allowed(self, evidence: str, *, in_table: bool) -> Numbers:
        """Return the numbers a stretch of text may show that cites ``evidence``.

        A table's own labels count and sum like the sentences do, so its texts may show whatever some row gives.
        """
        kind, _, name = evidence.partition("-")
        if evidence in self._by_row:
            # The list of findings numbers its rows, each citing its own.
            rows = _counts(len(self._data.findings)) if in_table and kind == "finding" else set()
            return self._by_row[evidence] | rows
        if kind == "table":
            return self._of_tables[name]
        if kind == "survey":
            return self._of_question(int(name.partition("-")[0]))
        return self._given | (self._everything if in_table else set())

    @cached_property
    def _of_tables(self) -> dict[str, Numbers]:
        data = self._data
        everyone: list[ProjectRow] = [*data.projects, *([data.classified] if data.classified else [])]
        late = sum((row.paid for row in data.months if row.month > 9), Decimal(0))
        return {
            "projects": self._of_projects(data.projects) | self._of_projects(everyone),
            "indicators": self._of_indicators(),
            "units": _counts(len(data.units)) | {number for row in data.units for number in _of(row)},
            "months": self._month_shares(late),
            "services": _counts(len(data.services)),
            "findings": _counts(len(data.findings)),
        }

    def _of_projects(self, rows: Iterable[ProjectRow]) -> Numbers:
        """Counts and sums of all projects, of each category and of each part of it by a word of their rows."""
        listed = list(rows)
        found = _sums(listed)
        for category in {row.category for row in listed}:
            of_category = [row for row in listed if row.category == category]
            found |= _sums(of_category) | _sums(
                row for row in of_category if None not in (row.settlement_planned, row.settlement_audited)
            )
            for column in ("project_status", "acceptance_result", "test_result", "benefit_level"):
                words = Counter(getattr(row, column) for row in of_category)
                found |= {str(count) for count in words.values()}
                found.add(str(sum(count for word, count in words.items() if word)))
        return found

    def _of_indicators(self) -> Numbers:
        rows = self._data.indicators
        found = {str(len({getattr(row, level) for row in rows})) for level in ("level1", "level3")}
        found.add(str(len({(row.level1, row.level2) for row in rows})))
        found |= {
            str(len(rows)),
            str(len({row.benefit_code for row in self._data.projects} & {r.code for r in rows})),
        }
        groups: list[list[IndicatorRow]] = [list(rows)]
        groups += [[row for row in rows if row.level1 == name] for name in {row.level1 for row in rows}]
        groups += [
            [row for row in rows if (row.level1, row.level2) == name]
            for name in {(r.level1, r.level2) for r in rows}
        ]
        for group in groups:
            weight, score, deduction = (
                sum((getattr(row, name) for row in group), Decimal(0)) for name in _POINTS
            )
            found |= {_bare(weight), _bare(score), _bare(deduction), *_shown(rate_pct(score, weight))}
        return found

    def _of_question(self, number: int) -> Numbers:
        rows = [row for row in self._data.survey if row.question_no == number]
        respondents = self._data.number("respondents")
        total = sum(row.answers for row in rows)
        shares = [rate_pct(row.answers, whole) for row in rows for whole in (respondents, total)]
        return {str(row.answers) for row in rows} | {text for share in shares for text in _shown(share)}

    def _month_shares(self, paid: Decimal) -> Numbers:
        total = sum((row.paid for row in self._data.months), Decimal(0))
        return _shown(rate_pct(paid, total))

    @cached_property
    def _event_counts(self) -> Numbers:
        """Counts of events and of the projects they concern, per rule."""
        by_rule: dict[str, list[str]] = {}
        for row in self._data.findings:
            by_rule.setdefault(row.rule, []).append(row.project_name)
        return {str(len(names)) for names in by_rule.values()} | {
            str(len({name for name in names if name})) for names in by_rule.values()
        }

    @cached_property
    def _given(self) -> Numbers:
        """Numbers that come as they stand: texts of the dataset, the registration, counts of the report's own lists."""
        notes, data = self._notes, self._data
        rules = Counter(row.rule for row in data.findings)
        own = [
            notes.year, notes.scheme_year, len(notes.sources), len(notes.vetoes), len(notes.rule_checks),
            sum(source.rejected_rows for source in notes.sources),
            *Counter(one.outcome for one in notes.rule_checks).values(),
            len(notes.waived) + notes.waived_withheld, notes.waived_withheld,
            len(notes.cell_corrections) + notes.cell_corrections_withheld, notes.cell_corrections_withheld,
            *(count - TOLD_ONE_BY_ONE for count in rules.values()),
        ]  # fmt: skip
        hashes = [source.sha256[:16] for source in notes.sources]
        texts = [*_texts_of(notes.model_dump()), *hashes, *self._dataset_texts()]
        found = {str(number) for number in own} | {
            number for text in texts for number in numbers_in(prose(text))
        }
        return found | {number for text in texts for number in numbers_in(text)}

    def _dataset_texts(self) -> Iterator[str]:
        data = self._data
        rows: list[Row] = [
            *data.metrics.values(),
            *data.projects,
            *data.indicators,
            *data.findings,
            *data.services,
        ]
        for row in (*rows, *data.units, *data.survey):
            yield from (value for value in dict(row).values() if isinstance(value, str))

    @cached_property
    def _everything(self) -> Numbers:
        """Whatever some row or table gives, and the numbers of rows a table counts itself."""
        data = self._data
        found: Numbers = set().union(*self._by_row.values(), *self._of_tables.values())
        for number in {row.question_no for row in data.survey}:
            found |= self._of_question(number) | {str(number)}
        days = (row for row in data.projects for row in dict(row).values() if hasattr(row, "isoformat"))
        found |= {number for day in days for number in numbers_in(day.isoformat())}
        found |= _counts(max(len(data.projects), len(data.findings), len(data.indicators)))
        sources = (number for one in self._notes.sources for number in (one.accepted_rows, one.rejected_rows))
        checks = self._notes.rule_checks
        found |= {str(number) for number in sources}
        found |= {str(number) for one in checks for number in (one.rows_examined, one.rows_found)}
        for group in (
            checks,
            *([one for one in checks if one.severity == name] for name in ("critical", "warning", "info")),
        ):
            found |= {str(len(group)), str(sum(one.rows_found for one in group))}
            found |= {str(count) for count in Counter(one.outcome for one in group).values()} | {"0"}
        return found


def _of(row: Row) -> Numbers:
    """Return a row's numbers as a report may show them: as they stand, and money in 万元."""
    found: Numbers = set()
    for value in dict(row).values():
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | Decimal):
            found |= _shown(Decimal(value)) | _shown(Decimal(value) / WAN)
        else:
            texts = numbers_in(str(value))
            found |= {*texts, *numbers_in(prose(str(value)))}
            found |= {text for number in texts for text in _shown(Decimal(number) / WAN)}
    return found


def _sums(rows: Iterable[ProjectRow]) -> Numbers:
    """Return the number of some projects, their money in 万元, and the rates of it."""
    listed = list(rows)
    total = {name: sum((getattr(row, name) or Decimal(0) for row in listed), Decimal(0)) for name in _MONEY}
    rates = (
        rate_pct(total["paid"], total["released"]),
        rate_pct(total["settlement_planned"] - total["settlement_audited"], total["settlement_planned"]),
    )
    found = {str(len(listed))} | {text for amount in total.values() for text in _shown(amount / WAN)}
    return found | {text for rate in rates for text in _shown(rate)}


def _counts(most: int) -> Numbers:
    return {str(number) for number in range(most + 1)}


def _texts_of(value: Any) -> Iterator[str]:
    """Give every text, day and number of nested notes as text."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_of(inner)
    elif value is not None and not isinstance(value, bool | int):
        yield str(value)


def _shown(value: Decimal | None) -> Numbers:
    return set() if value is None else {_bare(abs(value))}


def _bare(value: Decimal) -> str:
    return number_text(value)
