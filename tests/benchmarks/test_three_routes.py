"""All at once, in monthly increments, run again after a correction: one and the same dataset."""

from __future__ import annotations

import csv
import io
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.evaluation import compute, register_fund
from support.fundgen import generate
from support.fundgen.habits import PLAIN
from support.fundgen.story import Size, Story

FUND, TITLE, YEAR = "sample-routes", "样例路线专项资金", 2027
PAYMENTS = "国库集中支付明细"
# Where a row stands differs between one file and twelve; what it says may not.
PLACES = ("source_file", "source_sheet", "source_row")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a generated year with refunds, voids and duplicates, all vouchers in one file."""
    folder = tmp_path_factory.mktemp("whole")
    generate(TITLE, YEAR, 5, Size(vouchers=120), PLAIN, Story()).write(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("funds")
    register_fund(folder, FUND, TITLE)
    patch = pytest.MonkeyPatch()
    patch.setenv("FUNDEVAL_FUNDS", str(folder))
    yield
    patch.undo()


def export_of(folder: Path) -> Path:
    (path,) = folder.glob(f"*{PAYMENTS}*.csv")
    return path


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode())


def evaluated(sources: Path, root: Path) -> dict[str, bytes]:
    """Run the stages up to the dataset; return its files."""
    folder = compute(sources, root, FUND, YEAR).path / "dataset"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".parquet")}


@pytest.fixture(scope="module")
def at_once(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return evaluated(whole, tmp_path_factory.mktemp("at-once"))


def without_places(content: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{name: value for name, value in row.items() if name not in PLACES} for row in rows]


def test_month_by_month(whole: Path, at_once: dict[str, bytes], tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(whole, sources)
    header, *rows = rows_of(export_of(sources))
    export_of(sources).unlink()
    day = header.index("支付日期")
    months: dict[int, list[list[str]]] = defaultdict(list)
    for row in rows:
        months[int(row[day][5:7]) if row[day].startswith(str(YEAR)) else 12].append(row)
    for month, listed in months.items():
        write(sources / f"{PAYMENTS}{YEAR}年{month}月.csv", [header, *listed])
    assert len(months) > 6
    in_months = evaluated(sources, tmp_path / "out")
    tables = sorted(name for name in at_once if name.endswith(".csv"))
    assert [name for name in tables if without_places(in_months[name]) != without_places(at_once[name])] == []


def test_run_again_after_a_correction(whole: Path, at_once: dict[str, bytes], tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(whole, sources)
    sound = export_of(sources).read_bytes()
    rows = rows_of(export_of(sources))
    amount = next(at for at, title in enumerate(rows[0]) if title.startswith("支付金额"))
    rows[1][amount] = "0.01"
    write(export_of(sources), rows)
    wrong = evaluated(sources, tmp_path / "out")
    assert wrong["metrics.csv"] != at_once["metrics.csv"]
    export_of(sources).write_bytes(sound)
    assert evaluated(sources, tmp_path / "out") == at_once
