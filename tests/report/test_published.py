"""The published dataset is read whole or refused with everything that is wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fundeval.core.errors import InputError, ReleaseError
from fundeval.report import write_report
from fundeval.report.published import read_published
from report import years
from report.datasets import write_dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "dataset", years.everything_found().tables())


def problems(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(InputError) as raised:
        read_published(folder)
    return [(problem.file, problem.row, problem.column) for problem in raised.value.problems]


def test_words_of_the_dataset_are_read_as_what_they_mean(dataset: Path) -> None:
    data = read_published(dataset)
    late = data.projects[0]
    assert (late.project_nature, late.project_status, late.acceptance_result) == (
        "continuing",
        "completed",
        "passed",
    )
    assert late.signed_on == dt.date(2031, 4, 20)
    assert late.carry_over == Decimal("600000.00")
    assert [row.month for row in data.months] == list(range(1, 13))
    assert [row.deducts for row in data.findings].count(False) == 1
    assert data.classified is not None
    assert data.classified.project_code not in {row.project_code for row in data.projects}
    assert "CLASSIFIED" not in {row.unit for row in data.units}


def test_parquet_says_the_same_and_is_taken_first(dataset: Path) -> None:
    expected = read_published(dataset).units
    rows = [row.model_dump() for row in expected]
    pq.write_table(pa.Table.from_pylist(rows), dataset / "units.parquet")
    (dataset / "units.csv").unlink()
    assert read_published(dataset).units == expected


def test_the_guard_against_formulas_is_no_part_of_a_name(dataset: Path) -> None:
    path = dataset / "projects.csv"
    path.write_text(path.read_text("utf-8-sig").replace("清溪项目001", "'=1+1"), "utf-8-sig")
    assert read_published(dataset).projects[0].project_name == "=1+1"


def test_every_missing_table_and_column_and_every_wrong_value_is_named_at_once(dataset: Path) -> None:
    (dataset / "survey.csv").unlink()
    services = dataset / "services.csv"
    services.write_text(services.read_text("utf-8-sig").replace("is_met", "met"), "utf-8-sig")
    projects = dataset / "projects.csv"
    projects.write_text(projects.read_text("utf-8-sig").replace("2031-04-20", "去年", 1), "utf-8-sig")
    assert problems(dataset) == [
        ("projects.csv", 2, "signed_on"), ("services.csv", 0, "is_met"), ("survey.csv", 0, ""),
    ]  # fmt: skip


def test_a_metric_that_is_missing_or_no_number_is_named(dataset: Path) -> None:
    path = dataset / "metrics.csv"
    lines = [line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("grade,")]
    path.write_text("\n".join(lines).replace("budget,3000000.00", "budget,三百万"), "utf-8-sig")
    assert problems(dataset) == [("metrics.csv", 0, "metric"), ("metrics.csv", 0, "value")]


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("metrics.csv", "paid,3002499.00", "paid,3002499.01", "paid"),
        ("metrics.csv", "projects,7", "projects,8", "projects"),
        ("metrics.csv", "score,92.37", "score,92.38", "score"),
        ("months.csv", "2031-11,2500000.00", "2031-11,2500000.01", "months"),
        ("services.csv", "69.55,是", "69.55,否", "service_indicators_met"),
    ],
)
def test_rows_that_do_not_add_up_to_the_metrics_stop_the_report(
    dataset: Path, tmp_path: Path, file: str, old: str, new: str, named: str
) -> None:
    path = dataset / file
    text = path.read_text("utf-8-sig")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8-sig")
    with pytest.raises(ReleaseError, match=named):
        write_report(dataset, tmp_path / "report", years.notes())
    assert not (tmp_path / "report").exists()
