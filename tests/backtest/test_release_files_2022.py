"""The release of 2022 as files: what must be there, and that release.json describes it truly."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from frictionless import Package

from support.release import Release

TABLES = ("metrics", "projects", "indicators", "findings", "months", "units", "services", "survey")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_published_twice_with_the_same_rows(release: Release, table: str) -> None:
    assert len(release.table(table)) == len(release.parquet(table)) > 0
    assert list(release.table(table)[0]) == list(release.parquet(table)[0])


def test_release_names_every_other_file_with_its_hash(release: Release) -> None:
    listed = {entry["path"]: entry["sha256"] for entry in _entries(release.document["files"])}
    for path in release.files():
        place = path.relative_to(release.path).as_posix()
        if place != "release.json":
            assert listed.pop(place) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert listed == {}


def test_release_names_every_input_with_its_hash(release: Release, sample_folder: Path) -> None:
    listed = {entry["sha256"] for entry in _entries(release.document["inputs"])}
    assert listed == {hashlib.sha256(path.read_bytes()).hexdigest() for path in sample_folder.iterdir()}


def test_release_says_what_it_is(release: Release) -> None:
    document = release.document
    assert (document["fund"], document["year"]) == ("changde-smart-city", 2022)
    assert str(document["version"]).lstrip("v") == "1"
    assert document["scheme"]
    assert document["code_version"]


def test_dataset_is_a_valid_data_package(release: Release) -> None:
    report = Package(str(release.path / "dataset" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "note"])


def test_report_and_appendices_are_there(release: Release) -> None:
    for name in ("report.docx", "appendices.xlsx"):
        assert (release.path / "report" / name).stat().st_size > 5_000


def _entries(listed: object) -> list[dict[str, str]]:
    """Accept a list of entries or a mapping of path to entry or hash."""
    if isinstance(listed, dict):
        return [
            {"path": path, **(entry if isinstance(entry, dict) else {"sha256": entry})}
            for path, entry in listed.items()
        ]
    assert isinstance(listed, list)
    return listed
