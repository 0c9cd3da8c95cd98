"""Text of a source is text to the end: no formula, path, SQL, template or markup in anything a release holds."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from support.evaluation import evaluate, register_fund
from support.fundgen import Size, generate
from support.fundgen.grid import SourceFile
from support.release import Release

FUND, YEAR = "hostile-fund", 2024
PROJECTS = (
    "=cmd|' /C calc'!A0工程",
    "<script>alert(1)</script>工程",
    "../../../../tmp/逃出工程",
    "x'); drop table vouchers; --工程",
    "{{ 7 * 7 }}{% raw %}工程",
    "@SUM(1+1)*cmd工程",
    "&lt;b&gt;工程&amp;",
)
UNITS = ("+1+1局", "-2+3局", "<img src=x onerror=alert(1)>局", "$(touch 逃出)局")
SHEET = "=HYPERLINK(1)"


def hostile(files: dict[str, SourceFile], names: dict[str, str]) -> dict[str, SourceFile]:
    """Put hostile names wherever offices wrote ordinary ones; name the sheets of workbooks like formulas."""
    for file in files.values():
        for number, sheet in enumerate(file.sheets):
            sheet.cells[:] = [[names.get(value, value) if isinstance(value, str) else value for value in row]
                              for row in sheet.cells]  # fmt: skip
            if file.format == "xlsx" and number == 0:
                sheet.name = SHEET
    return files


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    root = tmp_path_factory.mktemp("hostile")
    register_fund(root / "funds", FUND, "样例专项资金")
    made = generate("样例专项资金", YEAR, 5, Size(software=5, hardware=2, services=2))
    projects = [project for project in made.facts.projects if project.category != "classified"]
    units = sorted({project.unit_name for project in projects})
    names = dict(zip((project.name for project in projects), PROJECTS, strict=False))
    names |= dict(zip(units, UNITS, strict=False))
    replace(made, files=hostile(made.files, names)).write(root / "sources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(root / "funds"))
        patch.chdir(root)
        yield evaluate(root / "sources", root / "out", FUND, YEAR).release
    assert not list(Path(root).rglob("逃出*"))


def test_every_hostile_name_is_published_as_it_was_written(release: Release) -> None:
    with (release.path / "dataset" / "projects.csv").open(encoding="utf-8-sig", newline="") as handle:
        published = {row["project_name"] for row in csv.DictReader(handle)}
    assert {name if name[0] not in "=+-@" else f"'{name}" for name in PROJECTS} <= published


def test_no_cell_of_a_csv_begins_like_a_formula(release: Release) -> None:
    harmless = re.compile(r"[-+]?\d+(\.\d+)?%?|=")  # a number, or the operator of a target by itself
    for path in release.path.rglob("*.csv"):
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        cells = [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]
        assert [cell for cell in cells if not harmless.fullmatch(cell)] == [], path.name


def test_no_cell_of_a_workbook_is_a_formula(release: Release) -> None:
    texts = []
    for path in release.path.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets:
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert not [cell.coordinate for cell in cells if cell.data_type == "f"], (path.name, sheet.title)
            texts += [str(cell.value) for cell in cells]
            links = [cell.hyperlink.target or "" for cell in cells if cell.hyperlink]
            assert not [link for link in links if "cmd" in link or "script" in link]
    assert PROJECTS[0] in texts


def test_no_name_becomes_markup_of_a_page(release: Release) -> None:
    for path in release.path.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<script>alert" not in page, path.name
        assert "<img src=x" not in page, path.name


def test_word_files_hold_the_names_as_text(release: Release) -> None:
    found = list(release.path.rglob("*.docx"))
    assert found
    for path in found:
        with zipfile.ZipFile(path) as package:
            content = package.read("word/document.xml").decode()
        assert "<script" not in content
        assert "<img" not in content


def test_templates_do_not_run_what_a_name_says(release: Release) -> None:
    for path in [*release.path.rglob("*.html"), *release.path.rglob("*.csv")]:
        text = path.read_text(encoding="utf-8-sig")
        assert "49{% raw %}" not in text
        assert "49工程" not in text


def test_no_file_is_named_by_a_source(release: Release) -> None:
    names = [str(path.relative_to(release.path)) for path in release.path.rglob("*")]
    assert not [
        name for name in names if "逃出" in name or "cmd" in name or "script" in name or "HYPERLINK" in name
    ]
    assert not Path(os.sep, "tmp", "逃出工程").exists()
