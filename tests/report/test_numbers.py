"""Every number a report shows is in the dataset or follows from its rows; none stands in the words themselves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import fundeval.report
from fundeval.core.money import number_text, round_half_up, wan_text
from fundeval.report.blocks import Cell, Heading, Paragraph, Run, Table, Title, plain
from fundeval.report.problems import TOLD_ONE_BY_ONE
from fundeval.report.typography import clean, prose
from report.conftest import EVERY_YEAR, Told, tell, year_and_notes

TEMPLATES = Path(fundeval.report.__file__).parent / "templates"
DIGITS = re.compile(r"\d")
WHERE_DIGITS_MAY_STAND = re.compile(r"附件\d|^\d+\.|\uff08\d+\uff09|第\d+题|\d+\.\d+年度")


@pytest.fixture(scope="module", params=EVERY_YEAR)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    year, notes = year_and_notes(request.param)
    return tell(tmp_path_factory.mktemp("dataset"), year, notes)


def runs(report: Told) -> Iterator[Run]:
    for block in report.blocks:
        if isinstance(block, Title | Heading | Paragraph):
            yield from block.runs


def cells(report: Told) -> Iterator[Cell]:
    for block in report.blocks:
        if isinstance(block, Table):
            for row in block.rows:
                yield from row


def expected_of_metrics(report: Told) -> dict[str, str]:
    """What a sentence shows for every metric, worked out from the dataset's own row."""
    shown = {}
    for row in report.tables["metrics"]:
        value, unit = row["value"], row["unit"]
        if value is None:
            continue
        if unit == "元":
            shown[row["metric"]] = wan_text(Decimal(value))
        elif unit == "%":
            shown[row["metric"]] = number_text(value) + "%"
        else:
            shown[row["metric"]] = number_text(value) if isinstance(value, Decimal) else str(value)
    return shown


def test_every_figure_that_cites_a_metric_shows_that_metric(report: Told) -> None:
    expected = expected_of_metrics(report)
    parts = {
        row["metric"]: {number_text(Decimal(row.get(part) or 0)) for part in ("numerator", "denominator")}
        for row in report.tables["metrics"]
    }
    cited = [run for run in runs(report) if run.evidence.startswith("metric-")]
    assert cited
    for run in cited:
        metric = run.evidence.removeprefix("metric-")
        negative = "-" + run.text
        assert run.text == expected[metric] or run.text in parts[metric] or negative == expected[metric], (
            metric
        )


def test_score_grade_budget_and_projects_are_told(report: Told) -> None:
    cited = {run.evidence for run in runs(report)}
    assert {"metric-score", "metric-grade", "metric-budget", "metric-projects"} <= cited


def test_every_figure_that_cites_an_indicator_shows_weight_score_or_deduction(report: Told) -> None:
    points = {
        f"indicator-{row['code']}": {number_text(row[name]) for name in ("weight", "score", "deduction")}
        for row in report.tables["indicators"]
    }
    cited = [run for run in runs(report) if run.evidence.startswith("indicator-")]
    assert len(cited) >= len(points)
    for run in cited:
        assert run.text in points[run.evidence]


def test_no_number_in_the_text_lacks_evidence(report: Told) -> None:
    """Without evidence stand only numbers of headings and lists, appendices, dates and texts as they were given."""
    given, counted = given_texts(report), given_numbers(report)
    for run in runs(report):
        if not run.evidence and DIGITS.search(run.text):
            left = WHERE_DIGITS_MAY_STAND.sub("", run.text)
            for text in given:
                left = left.replace(text, "")
            assert set(re.findall(r"\d+", left)) <= counted, run.text


def given_texts(report: Told) -> list[str]:
    """Texts with a number that come whole from the dataset or the notes, as a report sets them, longest first."""
    rows = [value for table in report.tables.values() for row in table for value in row.values()]
    texts = [text for text in (*rows, *texts_of(report.notes.model_dump())) if isinstance(text, str)]
    days = (report.notes.plan_issued_on, report.notes.budget_approved_on, report.notes.signed_on)
    spoken = [f"{day.year}年{day.month}月{day.day}日" for day in days if day]
    shown = {*map(clean, texts), *(prose(text).rstrip("。") for text in texts), *spoken}
    return sorted((text for text in shown if len(text) > 1 and DIGITS.search(text)), key=len, reverse=True)


def texts_of(value: object) -> Iterator[str]:
    """Every text in nested notes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts_of(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def given_numbers(report: Told) -> set[str]:
    """Numbers a sentence may state without a row of the dataset: years, list items, files, what is left untold."""
    notes = report.notes
    counted = [len(notes.sources), sum(source.rejected_rows for source in notes.sources), len(notes.vetoes)]
    rules = [row["rule"] for row in report.tables["findings"]]
    untold = [rules.count(rule) - TOLD_ONE_BY_ONE for rule in set(rules)]
    bands = [int(band.at_least) for band in notes.grade_bands]
    questions = [row["question_no"] for row in report.tables["survey"]]
    items = range(1, 10)
    return {
        str(value) for value in (notes.year, notes.scheme_year, *counted, *untold, *bands, *questions, *items)
    }


def test_every_number_of_a_table_is_the_number_it_shows(report: Told) -> None:
    numbers = [cell for cell in cells(report) if cell.number is not None]
    assert len(numbers) > 50
    for cell in numbers:
        assert Decimal(plain(cell.runs)) == cell.number or plain(cell.runs) == f"{cell.number:.2f}"


def test_the_first_appendix_adds_up(report: Told) -> None:
    table = report.table("appendix_money")
    rows = {plain(row[1].runs): row for row in table.rows if len(row) == len(table.columns)}
    for project in report.data.projects:
        shown = rows[project.project_name.replace("\u200b", "").replace("\x07", "")]
        amounts = (project.planned, project.applied, project.released, project.paid, project.carry_over)
        assert [cell.number for cell in shown[4:9]] == [
            None if amount is None else amount / 10_000 for amount in amounts
        ]
    totals = table.rows[0]
    public_and_classified = [
        *report.data.projects,
        *([report.data.classified] if report.data.classified else []),
    ]
    for place, name in enumerate(("applied", "released", "paid", "carry_over"), 2):
        added = sum((getattr(row, name) for row in public_and_classified), Decimal(0))
        assert totals[place].number == added / 10_000


def test_the_second_appendix_has_a_row_for_every_public_project(report: Told) -> None:
    table = report.table("appendix_progress")
    rows = [row for row in table.rows if len(row) == len(table.columns)]
    assert len(rows) == len(report.data.projects)
    assert [cell.number for cell in (row[0] for row in rows)] == list(range(1, len(rows) + 1))


def test_the_fourth_appendix_is_the_whole_scheme(report: Told) -> None:
    table = report.table("appendix_scores")
    leaves = [row[-5:] for row in table.rows[:-1]]
    assert [[cell.number for cell in leaf[1:4]] for leaf in leaves] == [
        [row["weight"], row["score"], row["deduction"]] for row in report.tables["indicators"]
    ]
    assert table.rows[-1][2].number == report.data.number("score")


def test_the_fifth_appendix_counts_every_answer(report: Told) -> None:
    rows = [row for row in report.table("appendix_survey").rows if len(row) > 1]
    assert sum(row[-2].number or 0 for row in rows) == sum(row["answers"] for row in report.tables["survey"])


def test_shares_of_a_survey_question_are_of_its_answers_or_of_the_respondents(tmp_path: Path) -> None:
    year, notes = year_and_notes("nothing_found")
    table = tell(tmp_path, year, notes).table("appendix_survey")
    shown = {plain(row[-3].runs): plain(row[-1].runs) for row in table.rows}
    assert shown["企业职工"] == "98.00"
    assert (shown["政府网站"], shown["短信"]) == ("100.00", "50.00")
    assert shown["填写意见"] == "—"
    assert shown["非常满意"] == str(round_half_up(Decimal(2300) / 50))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_hold_no_figure_of_their_own(path: Path) -> None:
    words = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not DIGITS.search(re.sub(r"附件\d", "", words))


def test_the_dataset_on_disk_is_what_these_tests_compare_with(tmp_path: Path) -> None:
    year, notes = year_and_notes("everything_found")
    tell(tmp_path, year, notes)
    with (tmp_path / "metrics.csv").open(encoding="utf-8-sig", newline="") as handle:
        values = {row["metric"]: row["value"] for row in csv.DictReader(handle)}
    assert values["paid"] == "3002499.00"
    assert values["score"] == "92.37"
