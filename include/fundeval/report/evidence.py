"""Where a published figure comes from: the dataset's rows with their anchors, as the web page shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundeval.core.money import number_text
from fundeval.report.body_tables import RATES
from fundeval.report.published import (
    FindingRow,
    IndicatorRow,
    MetricRow,
    MonthRow,
    ProjectRow,
    Published,
    Row,
    ServiceRow,
    SurveyRow,
    UnitRow,
)
from fundeval.report.typography import clean
from fundeval.report.wording import BENEFITS, NATURES, OPERATORS, QUESTION_TYPES, RESULTS, STATUSES, shown

_UNSAFE = re.compile(r"[^0-9A-Za-z_-]")
_CODES: Mapping[str, Mapping[str, str]] = {
    "project_nature": NATURES,
    "project_status": STATUSES,
    "acceptance_result": RESULTS,
    "test_result": RESULTS,
    "benefit_level": BENEFITS,
    "target_operator": OPERATORS,
    "question_type": QUESTION_TYPES,
}
_COUNTED_IN: Mapping[str, Sequence[str]] = {
    "applied": ("projects",),
    "released": ("projects", "units"),
    "paid": ("projects", "months", "units"),
    "carry_over": ("projects", "units"),
    "projects": ("projects",),
    "projects_new": ("projects",),
    "projects_continuing": ("projects",),
    "projects_classified": ("projects",),
    "implementing_units": ("units",),
    "respondents": ("survey",),
    "service_indicators": ("services",),
    "service_indicators_met": ("services",),
    "score": ("indicators",),
    "grade": ("indicators",),
    **dict.fromkeys(RATES, ("projects",)),
    "satisfaction_rate": ("survey",),
}
"""Published tables whose rows a metric is made of."""


@dataclass(frozen=True)
class Link:
    """A way on from a row: the text to click and the anchor it leads to."""

    text: str
    target: str


@dataclass(frozen=True)
class EvidenceRow:
    """A row of the dataset.

    Attributes:
        anchor: What figures of the report link to.
        cells: The values as text, in the order of the columns.
        links: The rows it rests on.
    """

    anchor: str
    cells: tuple[str, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class EvidenceTable:
    """A table of the dataset.

    Attributes:
        anchor: What figures counted over the whole table link to.
        title: Chinese title.
        columns: Chinese titles of the columns.
        rows: All its rows.
    """

    anchor: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]


def anchor(evidence: str) -> str:
    """Turn the evidence of a run into an identifier that is safe in a link, whatever codes an office uses."""
    return _UNSAFE.sub(lambda found: f"_{ord(found[0]):x}_", evidence)


def evidence_tables(data: Published, dataset: Path) -> tuple[EvidenceTable, ...]:
    """Show every table of the dataset with an anchor at each row.

    Args:
        data: The published dataset.
        dataset: Its folder; titles of tables and columns come from its datapackage.json where there is one.
    """
    titles = _titles(dataset / "datapackage.json")
    by_indicator = _findings_by_indicator(data)
    projects: list[ProjectRow] = [*data.projects, *([data.classified] if data.classified else [])]
    return (
        _table(
            "metrics",
            MetricRow,
            [(row, row.evidence) for row in data.metrics.values()],
            titles,
            lambda row: _tables_of(row, titles),
        ),
        _table(
            "indicators",
            IndicatorRow,
            [(row, row.evidence) for row in data.indicators],
            titles,
            lambda row: by_indicator.get(row.code, ()),
        ),
        _table(
            "findings",
            FindingRow,
            [(row, f"finding-{number}") for number, row in enumerate(data.findings, 1)],
            titles,
            _rows_of_finding,
        ),
        _table("projects", ProjectRow, [(row, row.evidence) for row in projects], titles),
        _table("months", MonthRow, [(row, row.evidence) for row in data.months], titles),
        _table("units", UnitRow, _numbered(data.units, "unit"), titles),
        _table("services", ServiceRow, _numbered(data.services, "service"), titles),
        _table("survey", SurveyRow, _survey_rows(data), titles),
    )


def _numbered(rows: Sequence[Row], kind: str) -> list[tuple[Row, str]]:
    return [(row, f"{kind}-{number}") for number, row in enumerate(rows, 1)]


def _survey_rows(data: Published) -> list[tuple[Row, str]]:
    """Anchor a question at its first row; the other rows have anchors of their own."""
    seen: dict[int, int] = {}
    rows: list[tuple[Row, str]] = []
    for row in data.survey:
        seen[row.question_no] = seen.get(row.question_no, 0) + 1
        place = seen[row.question_no]
        rows.append((row, f"survey-{row.question_no}" if place == 1 else f"survey-{row.question_no}-{place}"))
    return rows


def _table(
    name: str,
    kind: type[Row],
    rows: Sequence[tuple[Row, str]],
    titles: Mapping[str, str],
    links: Any = lambda row: (),
) -> EvidenceTable:
    columns = list(kind.model_fields)
    return EvidenceTable(
        anchor(f"table-{name}"),
        titles.get(name, name),
        tuple(titles.get(f"{name}.{column}", column) for column in columns),
        tuple(
            EvidenceRow(anchor(evidence), tuple(_text(row, column) for column in columns), tuple(links(row)))
            for row, evidence in rows
        ),
    )


def _text(row: Row, column: str) -> str:
    value: Any = getattr(row, column)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:f}" if -int(value.as_tuple().exponent) <= 2 else number_text(value)
    return clean(shown(_CODES.get(column, {}), str(value)))


def _tables_of(row: MetricRow, titles: Mapping[str, str]) -> Iterator[Link]:
    for table in _COUNTED_IN.get(row.metric, ()):
        yield Link(titles.get(table, table), anchor(f"table-{table}"))


def _rows_of_finding(row: FindingRow) -> Iterator[Link]:
    if row.project_code:
        yield Link("项目", anchor(f"project-{row.project_code}"))
    if row.indicator:
        yield Link("指标", anchor(f"indicator-{row.indicator}"))


def _findings_by_indicator(data: Published) -> Mapping[str, tuple[Link, ...]]:
    links: dict[str, tuple[Link, ...]] = {}
    for number, row in enumerate(data.findings, 1):
        found = Link(f"问题{number}", anchor(f"finding-{number}"))
        links[row.indicator] = (*links.get(row.indicator, ()), found)
    return links


def _titles(path: Path) -> Mapping[str, str]:
    """Read titles of tables (``projects``) and columns (``projects.paid``) from the dataset's own description."""
    if not path.is_file():
        return {}
    titles: dict[str, str] = {}
    for resource in json.loads(path.read_text(encoding="utf-8")).get("resources", []):
        titles[resource["name"]] = resource.get("title", resource["name"])
        for field in resource.get("schema", {}).get("fields", []):
            titles[f"{resource['name']}.{field['name']}"] = field.get("title", field["name"])
    return titles
