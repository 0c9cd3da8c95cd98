"""Where a published figure comes from: the dataset's rows with their anchors, as the web page shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from fundeval.core.money import number_text
from fundeval.core.source_place import place_words
from fundeval.report.body_tables import RATES
from fundeval.report.provenance import NOTHING, WITHHELD_ZH, Figure, Listing, Part, Provenance
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
from fundeval.report.typography import clean, typeset
from fundeval.report.wording import BENEFITS, NATURES, OPERATORS, QUESTION_TYPES, RESULTS, STATUSES, shown

_RANGES_OF_A_FIGURE, _RANGES_OF_A_PROJECT = 40, 12
"""Ranges of rows the page shows of a figure and of a project; the file of the evidence has all."""
_ROLES = {"value": "", "numerator": "分子", "denominator": "分母"}
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


def evidence_tables(
    data: Published, dataset: Path, provenance: Provenance | None = None
) -> tuple[EvidenceTable, ...]:
    """Show every table of the dataset with an anchor at each row.

    Args:
        data: The published dataset.
        dataset: Its folder; titles of tables and columns come from its datapackage.json where there is one.
        provenance: What its figures are made of; every figure then leads on to formula and source rows.
    """
    titles = _titles(dataset / "datapackage.json")
    by_indicator = _findings_by_indicator(data)
    return (*_dataset_tables(data, titles, by_indicator), *_made_of(data, provenance))


def _dataset_tables(
    data: Published, titles: Mapping[str, str], by_indicator: Mapping[str, tuple[Link, ...]]
) -> tuple[EvidenceTable, ...]:
    projects: list[ProjectRow] = [*data.projects, *([data.classified] if data.classified else [])]
    return (
        _table(
            "metrics",
            MetricRow,
            [(row, row.evidence) for row in data.metrics.values()],
            titles,
            lambda row: (_made(row.metric), *_tables_of(row, titles)),
        ),
        _table(
            "indicators",
            IndicatorRow,
            [(row, row.evidence) for row in data.indicators],
            titles,
            lambda row: (_made(row.code), *by_indicator.get(row.code, ())),
        ),
        _table(
            "findings",
            FindingRow,
            [(row, f"finding-{number}") for number, row in enumerate(data.findings, 1)],
            titles,
            _rows_of_finding,
        ),
        _table(
            "projects",
            ProjectRow,
            [(row, row.evidence) for row in projects],
            titles,
            lambda row: (_made(f"project-{row.project_code}"),),
        ),
        _table("months", MonthRow, [(row, row.evidence) for row in data.months], titles),
        _table("units", UnitRow, _numbered(data.units, "unit"), titles),
        _table("services", ServiceRow, _numbered(data.services, "service"), titles),
        _table("survey", SurveyRow, _survey_rows(data), titles),
    )


def _made(figure: str) -> Link:
    return Link("算法和来源", anchor(f"figure-{figure}"))


def _made_of(data: Published, provenance: Provenance | None) -> tuple[EvidenceTable, ...]:
    """Show what every figure is made of: formula, parts, and the first rows of files it counts."""
    if provenance is None:
        return ()
    listed = provenance.by_fact(_RANGES_OF_A_FIGURE)
    figures = EvidenceTable(
        anchor("table-figures"),
        "数字的算法和来源行",
        ("数字", "算法", "数值", "分子", "分母", "来源文件和行"),
        tuple(_figure_row(figure, listed) for figure in provenance.figures.values()),
    )
    columns = {"applied_yuan": "申请金额", "released_yuan": "下达金额", "paid_yuan": "支付金额"}
    rows = provenance.by_project(_RANGES_OF_A_PROJECT)
    projects = EvidenceTable(
        anchor("table-project-sources"),
        "项目金额的来源行",
        ("项目编码", "项目名称", *columns.values()),
        tuple(
            EvidenceRow(
                anchor(f"figure-project-{row.project_code}"),
                (
                    clean(row.project_code),
                    clean(row.project_name),
                    *(_told(rows.get((fact, row.project_code), NOTHING)) for fact in columns),
                ),
            )
            for row in data.projects
        ),
    )
    return figures, projects


def _figure_row(figure: Figure, listed: Mapping[str, Listing]) -> EvidenceRow:
    value = f"{figure.value}{figure.unit}" if figure.value else ""
    sources = [_part_told(part, listed.get(part.fact, NOTHING)) for part in figure.parts]
    if figure.place is not None:
        place = figure.place
        sources.append(place_words(place.source_file, place.source_sheet, place.source_row))
    return EvidenceRow(
        anchor(f"figure-{figure.figure}"),
        (
            clean(f"{figure.title}({figure.figure})"),
            typeset(clean(figure.formula)),
            value,
            figure.numerator,
            figure.denominator,
            clean(";".join(sources)).replace(";", "\uff1b"),
        ),
        tuple(Link(other, anchor(_target(other))) for other in figure.rests_on),
    )


def _target(figure: str) -> str:
    """Return the anchor of a figure another one rests on: a finding's own row, or how the figure is made."""
    return figure if figure.startswith("finding-") else f"figure-{figure}"


def _part_told(part: Part, listing: Listing) -> str:
    sign = "减" if part.sign < 0 else ""
    amount = f"{part.amount}" if part.amount else ""
    withheld = f"({WITHHELD_ZH[part.withheld]})" if part.withheld else ""
    return typeset(f"{_ROLES[part.role]}{sign}“{part.title}”{amount}:") + _told(listing) + typeset(withheld)


def _told(listing: Listing) -> str:
    """Write rows the way a clerk looks them up: 《file》“sheet”第5、9—13行, cut short where they are many."""
    places = groupby(listing.rows, key=lambda rows: (rows.source_file, rows.source_sheet))
    told = [
        f"{place_words(file, sheet, None)}第{'、'.join(rows.text for rows in found)}行"
        for (file, sheet), found in places
    ]
    if not told:
        return ""
    more = "等" if listing.ranges_in_all > len(listing.rows) else ""
    return clean("、".join(told)) + f"{more}共{listing.rows_in_all}行"


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


_ANY_DECIMALS = frozenset({"numerator", "denominator", "difference", "target_value", "actual_value"})


def _text(row: Row, column: str) -> str:
    value: Any = getattr(row, column)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        # Parquet keeps these with four decimals, CSV with those they need: shown the same whichever was read.
        return number_text(value) if column in _ANY_DECIMALS else f"{value:f}"
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
