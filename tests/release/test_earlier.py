"""What a run brings in of earlier years: public projects of the latest standing releases, back to the first gap."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.dictionary import load_dictionary
from fundeval.release.earlier import bring_in_earlier_years
from fundeval.release.editions.tables import write_csv
from fundeval.release.manifest import MANIFEST, file_entries
from fundeval.release.versions import withdrawal_path

FUND = "green-river"


def publish(rooms: Rooms, year: int, version: int, released: str, paid: str) -> Path:
    """Lay down a release with one public project and the row of classified sums."""
    table = load_dictionary().tables["projects"]
    empty = dict.fromkeys(column.name for column in table.columns)
    money = {
        "released": Decimal(released),
        "paid": Decimal(paid),
        "carry_over": Decimal(released) - Decimal(paid),
    }
    rows = [
        {**empty, "project_code": "P1", "project_name": "=公开项目", **money},
        {**empty, "project_code": "CLASSIFIED", "project_name": "涉密项目（合计）", **money},
    ]
    folder = rooms.releases(FundYear(FUND, year)) / f"v{version}"
    (folder / "dataset").mkdir(parents=True)
    write_csv(table, rows, folder / "dataset" / "projects.csv")
    manifest = {"files": [asdict(entry) for entry in file_entries(folder)]}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def context(tmp_path: Path) -> RunContext:
    return RunContext(FundYear(FUND, 2030), tmp_path / "inbox", Rooms(tmp_path), "run")


def brought_in(context: RunContext) -> list[tuple[int, int, str, str, Decimal, Decimal]]:
    bring_in_earlier_years(context)
    return [
        (
            row["year"],
            row["version"],
            row["project_code"],
            row["project_name"],
            row["released_yuan"],
            row["paid_yuan"],
        )
        for row in context.run.rows("staging", "earlier_projects")
    ]


def test_without_a_release_of_last_year_nothing_is_brought_in(context: RunContext) -> None:
    publish(context.rooms, 2028, 1, "10.00", "0.00")
    assert brought_in(context) == []


def test_the_latest_standing_release_of_each_year_counts_and_no_classified_sum(context: RunContext) -> None:
    publish(context.rooms, 2029, 1, "10.00", "1.00")
    publish(context.rooms, 2029, 2, "20.00", "2.00")
    withdrawn = publish(context.rooms, 2029, 3, "30.00", "3.00")
    withdrawal_path(withdrawn).write_text('{"reason": "误"}', encoding="utf-8")
    publish(context.rooms, 2028, 1, "5.00", "5.00")
    assert brought_in(context) == [
        (2029, 2, "P1", "=公开项目", Decimal("20.00"), Decimal("2.00")),
        (2028, 1, "P1", "=公开项目", Decimal("5.00"), Decimal("5.00")),
    ]


def test_a_row_says_which_line_of_which_release_it_comes_from(context: RunContext) -> None:
    publish(context.rooms, 2029, 1, "10.00", "1.00")
    bring_in_earlier_years(context)
    (row,) = context.run.rows("staging", "earlier_projects")
    assert (row["source_file"], row["source_row"]) == ("2029年度第1版发布 projects.csv", 2)


def test_a_release_that_was_tampered_with_is_not_believed(context: RunContext) -> None:
    folder = publish(context.rooms, 2029, 1, "10.00", "1.00")
    path = folder / "dataset" / "projects.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("10.00", "99.00"), encoding="utf-8-sig")
    with pytest.raises(ReleaseError, match="2029年度第 1 版"):
        bring_in_earlier_years(context)
