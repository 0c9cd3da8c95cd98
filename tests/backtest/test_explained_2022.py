"""Every published figure of the bundled year leads back to the very rows of the files the offices sent."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq

from fundeval.core.rooms import Rooms
from fundeval.release.evidence.explain import explain
from fundeval.release.versions import release_at
from fundeval.report.provenance import read_provenance
from support.release import Release


def rooms_of(release: Release) -> Rooms:
    return Rooms(release.path.parents[3])


def test_every_metric_code_and_finding_has_a_formula_and_leads_to_archived_rows(release: Release) -> None:
    published = release_at(release.path)
    figures = read_provenance(release.path / "evidence").figures
    names = {
        *release.metrics,
        *(row["code"] for row in release.table("indicators")),
        *(f"finding-{number}" for number in range(1, len(release.table("findings")) + 1)),
    }
    assert set(figures) == names
    for figure in figures:
        (found,) = explain(published, figure)
        assert found.formula, figure
        assert found.parts or found.rests_on or found.kind == "indicator", figure
        for part in found.parts:
            assert part.rows or part.withheld, figure
            assert all((rooms_of(release).root / rows.archived).is_file() for rows in part.rows), figure
        assert set(found.rests_on) <= names, figure


def test_published_values_numerators_and_denominators_are_those_explained(release: Release) -> None:
    published = release_at(release.path)
    for name, row in release.metrics.items():
        (found,) = explain(published, name)
        assert (found.value, found.numerator, found.denominator) == (
            row["value"],
            row["numerator"],
            row["denominator"],
        )


def test_the_named_rows_of_the_payments_are_those_of_their_projects(release: Release) -> None:
    rows = [row for row in release_rows(release) if row["fact"] == "paid_yuan"]
    assert rows
    (sha256,) = {row["source_sha256"] for row in rows}
    lines = list(csv.reader(io.StringIO(rooms_of(release).archived(sha256).read_bytes().decode("gb18030"))))
    names = {row["project_code"]: row["project_name"] for row in release.table("projects")}
    for row in rows:
        for number in range(row["first_row"], row["last_row"] + 1):
            cells = " ".join(lines[number - 1])
            assert row["project_code"] in cells or names[row["project_code"]] in cells, number


def release_rows(release: Release) -> list[dict[str, object]]:
    path: Path = release.path / "evidence" / "rows.parquet"
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_the_public_half_names_no_row_of_a_classified_project(release: Release) -> None:
    public = {row["project_code"] for row in release.table("projects")} - {"CLASSIFIED"}
    named = {row["project_code"] for row in release_rows(release)} - {None}
    assert named <= public
