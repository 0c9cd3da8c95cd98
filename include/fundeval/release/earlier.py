"""What the releases of the years before say about money, brought into a run: the source of carry-over.

Of earlier years only what was published counts. Years are taken back from last year as long as there is a standing
release of each: with a year missing between, nobody knows what was paid in it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.errors import ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import file_sha256
from fundeval.release.dictionary import load_dictionary
from fundeval.release.editions.tables import CSV_ENCODING
from fundeval.release.fields import from_csv_text
from fundeval.release.versions import Release, latest_release, verify_release

TABLE = "earlier_projects"
_COLUMNS = ("project_code", "project_name", "released", "paid")
_MONEY = pa.decimal128(18, 2)
SCHEMA = pa.schema(
    [
        ("year", pa.int32()),
        ("version", pa.int32()),
        ("project_code", pa.string()),
        ("project_name", pa.string()),
        ("released_yuan", _MONEY),
        ("paid_yuan", _MONEY),
        ("source_file", pa.string()),
        ("source_sha256", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
)


def bring_in_earlier_years(context: RunContext) -> dict[str, Any]:
    """Write ``staging/earlier_projects``: one row per public project and earlier year, empty where there is no release.

    Returns:
        The releases the rows come from, as ``<year> v<version>``, latest first.

    Raises:
        ReleaseError: A file of such a release is not what was published.
    """
    found = list(_earlier_releases(context))
    rows = [row for year, release in found for row in _project_rows(year, release)]
    context.run.write("staging", TABLE, pa.Table.from_pylist(rows, SCHEMA))
    return {"earlier_releases": [f"{year} v{release.version}" for year, release in found]}


def _earlier_releases(context: RunContext) -> Iterator[tuple[int, Release]]:
    fund, year = context.fund_year.fund, context.fund_year.year - 1
    while (release := _brought_release(context, FundYear(fund, year))) is not None:
        yield year, release
        year -= 1


def _brought_release(context: RunContext, fund_year: FundYear) -> Release | None:
    context.rooms.bring(context.rooms.releases(fund_year))
    return latest_release(context.rooms, fund_year)


def _project_rows(year: int, release: Release) -> Iterator[dict[str, Any]]:
    problems = verify_release(release.path)
    if problems:
        raise ReleaseError(
            f"{year}年度第 {release.version} 版发布与发布时不一致,不能取其结转:{';'.join(problems)}"
        )
    path = release.path / "dataset" / "projects.csv"
    sha256 = file_sha256(path)
    for number, row in _published_rows(path):
        yield {
            "year": year,
            "version": release.version,
            "project_code": row["project_code"],
            "project_name": row["project_name"],
            "released_yuan": row["released"],
            "paid_yuan": row["paid"],
            "source_file": f"{year}年度第{release.version}版发布 projects.csv",
            "source_sha256": sha256,
            "source_sheet": "",
            "source_row": number,
        }


def _published_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of public projects with the line a spreadsheet shows them in; only columns this needs."""
    dictionary = load_dictionary()
    columns = [dictionary.tables["projects"].column(name) for name in _COLUMNS]
    with path.open(encoding=CSV_ENCODING, newline="") as handle:
        lines = csv.DictReader(handle)
        missing = [column.title for column in columns if column.name not in (lines.fieldnames or ())]
        if missing:
            raise ReleaseError(f"“{path.name}”没有{'、'.join(missing)},不能取其结转。")
        for number, cells in enumerate(lines, start=2):
            row = {column.name: from_csv_text(column, cells[column.name]) for column in columns}
            if row["project_code"] != dictionary.classified.key:
                yield number, row
