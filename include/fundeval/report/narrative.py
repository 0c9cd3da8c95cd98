"""From the dataset to the blocks of the report: what the templates may use, and their rendering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fundeval.core.money import rate_pct
from fundeval.report import markup, phrases
from fundeval.report.appendices import AppendixTable, appendices
from fundeval.report.blocks import Appendix, Block
from fundeval.report.body_tables import body_tables
from fundeval.report.charts import figures
from fundeval.report.notes import ReportNotes
from fundeval.report.problems import groups
from fundeval.report.published import MonthRow, Published, ServiceRow, UnitRow
from fundeval.report.summary import Scored, categories, questions, scored
from fundeval.report.wording import OPERATOR_WORDS, shown

LAST_QUARTER = (10, 11, 12)


@dataclass(frozen=True)
class Report:
    """A report ready to be rendered.

    Attributes:
        title: Its title as text, for the properties of files.
        author: The evaluating institution.
        year: Budget year, which also dates the files.
        blocks: Everything in it, in order.
        appendices: The appendices again, for the workbook.
    """

    title: str
    author: str
    year: int
    blocks: tuple[Block, ...]
    appendices: tuple[AppendixTable, ...]


@dataclass(frozen=True)
class ServiceTarget:
    """A service target as a sentence names it."""

    row: ServiceRow
    evidence: str

    @property
    def indicator_name(self) -> str:
        """Name of the indicator."""
        return self.row.indicator_name

    @property
    def measure_unit(self) -> str:
        """Unit of target and actual value."""
        return self.row.measure_unit

    @property
    def operator_words(self) -> str:
        """The comparison in words."""
        return shown(OPERATOR_WORDS, self.row.target_operator)

    @property
    def target(self) -> Decimal | None:
        """What was to be reached."""
        return self.row.target_value

    @property
    def actual(self) -> Decimal | None:
        """What was reached; None where nothing was reported."""
        return self.row.actual_value


def build_report(data: Published, notes: ReportNotes) -> Report:
    """Write the report of a fund-year.

    Args:
        data: The published dataset, the source of every figure.
        notes: Registration, wording and texts only people can write.
    """
    annexes = appendices(data, notes)
    text = _templates().get_template("report.j2").render(_context(data, notes, annexes))
    body = markup.parse(text, body_tables(data, notes), figures(data))
    return Report(
        title=f"{notes.year}年度{notes.fund_name}绩效评价报告",
        author=notes.evaluator,
        year=notes.year,
        blocks=(*body, *_appendix_blocks(annexes)),
        appendices=annexes,
    )


def _appendix_blocks(annexes: Iterable[AppendixTable]) -> Iterable[Block]:
    for number, annex in enumerate(annexes, 1):
        yield Appendix(number, annex.title, annex.landscape)
        yield annex.table


@cache
def _templates() -> ImmutableSandboxedEnvironment:
    """The templates; autoescape stays off because values become runs of text, never markup of a format."""
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("fundeval.report", "templates"),
        undefined=StrictUndefined,
        finalize=markup.mark,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    for make in (
        phrases.wan, phrases.rate, phrases.number, phrases.day, phrases.cite, phrases.quoted, phrases.or_missing,
        phrases.listing, phrases.some, phrases.counted,
    ):  # fmt: skip
        environment.filters[make.__name__] = make
    return environment


def _context(data: Published, notes: ReportNotes, annexes: Iterable[AppendixTable]) -> Mapping[str, Any]:
    """Everything a template may name."""
    levels = scored(data.indicators, lambda row: row.level1)
    services = [ServiceTarget(row, f"service-{number}") for number, row in enumerate(data.services, 1)]
    problem_groups = groups(data, notes)
    return {
        "notes": notes,
        "m": SimpleNamespace(**data.metrics),
        "categories": categories(data.projects, notes),
        "classified": data.classified,
        "indicators": data.indicators,
        "levels": levels,
        "level2_count": sum(len(level.children) for level in levels),
        "total": Scored("", data.indicators),
        "benefit_indicators": _benefit_indicators(data),
        "services": services,
        "unmet_services": [service for service in services if service.row.is_met is not True],
        "satisfaction_questions": [row for row in questions(data.survey) if row.kind == "satisfaction"],
        "groups": problem_groups,
        "findings_listed": bool(data.findings),
        "failed_checks": [one for one in notes.rule_checks if one.outcome == "fail"],
        "silent_checks": [one for one in notes.rule_checks if one.outcome == "not_applicable"],
        "rejected_rows": sum(source.rejected_rows for source in notes.sources),
        "missing": _missing(
            notes, [group.wording.problem_title for group in problem_groups if not group.cause]
        ),
        "appendices": annexes,
        **_months(data.months),
        **_units(data.units),
    }


def _months(months: Iterable[MonthRow]) -> Mapping[str, Any]:
    paying = [row for row in months if row.paid > 0]
    total = sum((row.paid for row in months), Decimal(0))
    late = sum((row.paid for row in months if row.month in LAST_QUARTER), Decimal(0))
    busiest = max(paying, key=lambda row: row.paid, default=None) if total > 0 else None
    return {
        "busiest_month": busiest,
        "busiest_share": rate_pct(busiest.paid, total) if busiest else None,
        "last_quarter_share": rate_pct(late, total) if late >= 0 else None,
    }


def _units(units: Iterable[UnitRow]) -> Mapping[str, Any]:
    known = list(units)
    rated = [row for row in known if row.execution_rate is not None]
    lowest = min((row.execution_rate for row in rated if row.execution_rate is not None), default=None)
    return {
        "units": known,
        "fully_paid_units": [row for row in known if row.released > 0 and row.paid == row.released],
        "slowest_units": [row for row in rated if row.execution_rate == lowest],
    }


def _benefit_indicators(data: Published) -> list[Any]:
    """The indicators public projects are to serve, in the order of the scheme."""
    codes = {row.benefit_code for row in data.projects}
    return [row for row in data.indicators if row.code in codes]


def _missing(notes: ReportNotes, without_cause: Iterable[str]) -> list[str]:
    """Name what only people can write and nobody wrote yet."""
    gaps = {
        "项目背景": notes.background,
        "总体目标": notes.overall_goal,
        "评价依据": notes.legal_references,
        "数据来源": notes.sources,
        "现场评价的时间、范围和方式": notes.fieldwork,
        "主要经验及做法": notes.experiences,
        "报告日期": notes.signed_on,
    }
    return [what for what, given in gaps.items() if not given] + [f"{title}的原因" for title in without_cause]
