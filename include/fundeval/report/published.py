"""The published dataset as typed rows: the only source of figures a report has."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import pyarrow.parquet as pq
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from fundeval.core.errors import InputError, Problem
from fundeval.report import wording

CLASSIFIED = "CLASSIFIED"


def _none_if_blank(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _truth(value: Any) -> Any:
    return {"是": True, "否": False}.get(value, value) if isinstance(value, str) else value


def _month_number(value: Any) -> Any:
    """Read ``2030-03`` as 3; a bare month stays."""
    return value.rpartition("-")[2] if isinstance(value, str) else value


def _code(names: Mapping[str, str]) -> BeforeValidator:
    """Read a published word of a closed list back as its code; any other text stays."""
    return BeforeValidator(lambda value: wording.code_of(names, _text(value)))


Text = Annotated[str, BeforeValidator(_text)]
Amount = Annotated[Decimal | None, BeforeValidator(_none_if_blank)]
Whole = Annotated[int | None, BeforeValidator(_none_if_blank)]
Day = Annotated[dt.date | None, BeforeValidator(_none_if_blank)]
Truth = Annotated[bool | None, BeforeValidator(_none_if_blank), BeforeValidator(_truth)]
Month = Annotated[int, BeforeValidator(_month_number)]
Nature = Annotated[str, _code(wording.NATURES)]
Status = Annotated[str, _code(wording.STATUSES)]
Result = Annotated[str, _code(wording.RESULTS)]
Benefit = Annotated[str, _code(wording.BENEFITS)]
Operator = Annotated[str, _code(wording.OPERATORS)]
QuestionType = Annotated[str, _code(wording.QUESTION_TYPES)]


class Row(BaseModel):
    """A row of a published table; columns this report does not use are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class MetricRow(Row):
    """A fund-wide figure: money in 元, rates in %, counts bare; ``value`` is empty where there is none."""

    metric: Text
    value: Text
    unit: Text
    numerator: Amount
    denominator: Amount
    definition: Text

    @property
    def amount(self) -> Decimal | None:
        """The value as a number; None where there is none. A grade has no amount, only a ``value``."""
        return Decimal(self.value) if self.value.strip() else None

    @property
    def evidence(self) -> str:
        """Anchor of the row."""
        return f"metric-{self.metric}"


class ProjectRow(Row):
    """A public project, or the one row that sums the classified ones; money in 元, rate in %."""

    project_code: Text
    project_name: Text
    category: Text
    unit: Text
    released: Decimal
    paid: Decimal
    carry_over: Decimal
    project_nature: Nature
    planned: Amount
    applied: Amount
    execution_rate: Amount
    project_status: Status
    unfinished_cause: Text
    contract_amount: Amount
    awarded_on: Day
    signed_on: Day
    contract_finish_on: Day
    started_on: Day
    finished_on: Day
    acceptance_result: Result
    test_result: Result
    settlement_planned: Amount
    settlement_audited: Amount
    benefit_code: Text
    benefit_level: Benefit

    @property
    def evidence(self) -> str:
        """Anchor of the row."""
        return f"project-{self.project_code}"


class IndicatorRow(Row):
    """A scored indicator; weight, score and deduction in points."""

    code: Text
    level1: Text
    level2: Text
    level3: Text
    weight: Decimal
    score: Decimal
    deduction: Decimal
    basis: Text
    numerator: Amount
    denominator: Amount

    @property
    def evidence(self) -> str:
        """Anchor of the row."""
        return f"indicator-{self.code}"


class FindingRow(Row):
    """One event a rule found, with the row of the source file it stands in."""

    rule: Text
    project_code: Text
    indicator: Text
    detail: Text
    legal_basis: Text
    source_file: Text
    source_sheet: Text
    source_row: Whole
    project_name: Text
    category: Text
    benefit_code: Text
    deducts: Truth
    found: Text
    expected: Text
    difference: Amount
    difference_unit: Text
    identity: Text


class MonthRow(Row):
    """Payments of a calendar month in 元."""

    month: Month
    paid: Decimal

    @property
    def evidence(self) -> str:
        """Anchor of the row."""
        return f"month-{self.month}"


class UnitRow(Row):
    """An implementing unit's public projects, or the row of the classified ones; money in 元."""

    unit: Text
    projects: int
    released: Decimal
    paid: Decimal
    carry_over: Decimal
    execution_rate: Amount


class ServiceRow(Row):
    """A quantified service target and what was reached."""

    indicator_name: Text
    measure_unit: Text
    target_operator: Operator
    target_value: Amount
    actual_value: Amount
    is_met: Truth


class SurveyRow(Row):
    """How many answers an option of a question got."""

    question_no: int
    question_text: Text
    question_type: QuestionType
    option_text: Text
    answers: int


METRICS = (
    "budget", "applied", "released", "paid", "carry_over", "unreleased",
    "arrival_rate", "execution_rate", "satisfaction_rate", "cost_saving_rate",
    "projects", "projects_new", "projects_continuing", "projects_classified", "implementing_units",
    "respondents", "service_indicators", "service_indicators_met", "score", "grade",
)  # fmt: skip

TABLES: Mapping[str, type[Row]] = {
    "metrics": MetricRow,
    "projects": ProjectRow,
    "indicators": IndicatorRow,
    "findings": FindingRow,
    "months": MonthRow,
    "units": UnitRow,
    "services": ServiceRow,
    "survey": SurveyRow,
}


@dataclass(frozen=True)
class Published:
    """Every table of a published dataset, in the order of the files.

    Attributes:
        metrics: By name; every name of ``METRICS`` is there.
        projects: Public projects.
        classified: The sum of the classified projects; None where there are none.
        indicators: Scored indicators in the order of the scheme.
        findings: What the rules found.
        months: Payments by month.
        units: Units with public projects, without the row of the classified ones.
        services: Service targets.
        survey: Answers by question and option.
    """

    metrics: Mapping[str, MetricRow]
    projects: tuple[ProjectRow, ...]
    classified: ProjectRow | None
    indicators: tuple[IndicatorRow, ...]
    findings: tuple[FindingRow, ...]
    months: tuple[MonthRow, ...]
    units: tuple[UnitRow, ...]
    services: tuple[ServiceRow, ...]
    survey: tuple[SurveyRow, ...]

    @cached_property
    def indicator_by_code(self) -> Mapping[str, IndicatorRow]:
        """Indicators by their code."""
        return {row.code: row for row in self.indicators}

    def number(self, metric: str) -> Decimal | None:
        """Return a metric's value as a number; None where there is none."""
        return self.metrics[metric].amount


def read_published(folder: Path, *, from_text: bool = False) -> Published:
    """Read a published dataset: Parquet where it is there, else the CSV that says the same.

    Args:
        folder: Folder with ``metrics.csv``/``metrics.parquet`` and so on, as docs/architecture.md lists them.
        from_text: Whether to read the CSV although there is Parquet, as most readers will.

    Raises:
        InputError: With every missing table, missing column and unreadable value at once.
    """
    problems: list[Problem] = []
    tables = {name: _read_table(folder, name, row, problems, from_text) for name, row in TABLES.items()}
    metrics = {row.metric: row for row in tables["metrics"]}
    problems += _metric_problems(metrics)
    if problems:
        raise InputError(dict.fromkeys(problems))
    projects = tables["projects"]
    return Published(
        metrics=metrics,
        projects=tuple(row for row in projects if row.project_code != CLASSIFIED),
        classified=next((row for row in projects if row.project_code == CLASSIFIED), None),
        indicators=tuple(tables["indicators"]),
        findings=tuple(tables["findings"]),
        months=tuple(sorted(tables["months"], key=lambda row: row.month)),
        units=tuple(row for row in tables["units"] if row.unit != CLASSIFIED),
        services=tuple(tables["services"]),
        survey=tuple(tables["survey"]),
    )


def _read_table(
    folder: Path, name: str, row: type[Row], problems: list[Problem], from_text: bool
) -> list[Any]:
    file, records = _records(folder, name, from_text)
    if records is None:
        problems.append(Problem(file=file, code="table_missing", message="数据集中没有这张表。"))
        return []
    rows: list[Row] = []
    for number, record in enumerate(records, 2):  # row 1 of the file is its header
        try:
            rows.append(row.model_validate(record))
        except ValidationError as error:
            problems += _problems(file, number, error)
    return rows


def _records(folder: Path, name: str, from_text: bool) -> tuple[str, list[dict[str, Any]] | None]:
    parquet, text = folder / f"{name}.parquet", folder / f"{name}.csv"
    if parquet.is_file() and not from_text:
        return parquet.name, pq.read_table(parquet).to_pylist()
    if text.is_file():
        with text.open(encoding="utf-8-sig", newline="") as handle:
            records = csv.DictReader(handle)
            return text.name, [{name: _unguarded(value) for name, value in row.items()} for row in records]
    return text.name, None


def _unguarded(value: str | None) -> str | None:
    """Take off the apostrophe that keeps a spreadsheet program from reading a text as a formula."""
    return value.removeprefix("'") if value else value


def _problems(file: str, number: int, error: ValidationError) -> Iterable[Problem]:
    for detail in error.errors():
        column = str(detail["loc"][0])
        if detail["type"] == "missing":
            yield Problem(file=file, column=column, code="column_missing", message="数据集缺少这一列。")
        else:
            value = str(detail["input"])
            yield Problem(
                file=file, row=number, column=column, value=value, code="value_unreadable",
                message=f"“{value}”不是这一列应有的数值、日期或文字。",
            )  # fmt: skip


def _metric_problems(metrics: Mapping[str, MetricRow]) -> Iterable[Problem]:
    for name in METRICS:
        if name not in metrics:
            yield Problem(
                file="metrics.csv", column="metric", code="metric_missing", message=f"缺少指标{name}。"
            )
        elif name != "grade" and not _is_number_or_blank(metrics[name].value):
            yield Problem(
                file="metrics.csv", column="value", value=metrics[name].value, code="value_unreadable",
                message=f"指标{name}的值“{metrics[name].value}”不是数字。",
            )  # fmt: skip


def _is_number_or_blank(value: str) -> bool:
    try:
        return not value.strip() or Decimal(value).is_finite()
    except ArithmeticError:
        return False
