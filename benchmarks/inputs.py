"""Rows per second of reading one export as .xlsx, .xls and .csv, beside the least any reader could take.

``python -m benchmarks.inputs --rows 60000`` writes the same vouchers in each format, ingests them by their contract and
holds that against the floor of the same run on the same bytes: the format's own library giving its cells, or DuckDB
copying the CSV into Parquet as text. CPU seconds are those of all processes, so that a busy machine counts less.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import xlrd
from python_calamine import CalamineWorkbook

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.sources.ingest import ingest
from fundeval.sources.selection import source_file
from support.fundgen.grid import Sheet, SourceFile
from support.fundgen.write import write_file

KIND = "treasury_payments"
FUND_YEAR = FundYear("benchmark-fund", 2031)
MOST_XLS_ROWS = 12_000
"""What the tests' writer of legacy workbooks can hold of these columns."""
HEADER = [
    "支付凭证号",
    "支付日期",
    "预算单位编码",
    "预算单位名称",
    "项目编码",
    "项目名称",
    "专项资金名称",
    "指标文号",
    "收款人名称",
    "收款人账号",
    "支付金额(元)",
    "用途",
    "凭证状态",
    "原凭证号",
]


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a piece of work, those of child processes included."""

    wall: float
    cpu: float


def vouchers(rows: int) -> Sheet:
    """Return a sheet of vouchers, each different."""
    sheet = Sheet("支付明细", [[*HEADER]])
    first = dt.date(FUND_YEAR.year, 1, 1)
    for number in range(rows):
        day = first + dt.timedelta(days=number % 365)
        sheet.add([
            f"V{number:08}", day.isoformat(), f"{number % 90:03}", f"第{number % 90}局", f"P{number % 400}",
            f"第{number % 400}号工程", "样例资金", f"样指〔2031〕{number % 50}号", f"第{number % 3000}公司",
            f"62220000{number % 3000:08}", Decimal(number * 37 % 10**9) / 100, "进度款", "已支付", None,
        ])  # fmt: skip
    return sheet


def cost_of(work: Callable[[], object]) -> Cost:
    """Do the work and return what it cost."""
    wall, cpu = time.perf_counter(), _cpu_seconds()
    work()
    return Cost(time.perf_counter() - wall, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def raw_xlsx(path: Path) -> None:
    """Take every cell as calamine gives it."""
    for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows():
        pass


def raw_xls(path: Path) -> None:
    """Take every cell as xlrd gives it."""
    sheet = xlrd.open_workbook(str(path)).sheet_by_index(0)
    for row in range(sheet.nrows):
        sheet.row_values(row)


def raw_csv(path: Path) -> None:
    """Copy the file into Parquet as text."""
    with duckdb.connect() as connection:
        target = path.with_suffix(".parquet")
        connection.execute(
            f"copy (select * from read_csv('{path}', all_varchar = true, header = true)) to '{target}' (format parquet)"
        )


FLOORS: dict[str, Callable[[Path], None]] = {"xlsx": raw_xlsx, "xls": raw_xls, "csv": raw_csv}


def main() -> None:
    """Print rows per second and the ratio to the floor for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=60_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="fundeval-inputs-") as folder:
        root = Path(folder)
        context = RunContext(FUND_YEAR, root, Rooms(root / "out"), "benchmark")
        # The first reading of a process loads libraries and macros; that is no cost of a row.
        for name, floor in {"warm": raw_csv, **FLOORS}.items():
            form = "csv" if name == "warm" else name
            count = 100 if name == "warm" else min(rows, MOST_XLS_ROWS) if form == "xls" else rows
            path = root / f"国库集中支付明细.{form}"
            write_file(SourceFile(KIND, path.stem, form, [vouchers(count)]), path)
            least = cost_of(lambda path=path, floor=floor: floor(path))
            done = cost_of(lambda path=path: ingest(context, KIND, [source_file(path, KIND)], ()))
            if name != "warm":
                print(
                    f".{form:5}{count:8}行:{done.wall:6.2f} s(CPU {done.cpu:6.2f} s),每CPU秒{count / done.cpu:9,.0f}行;"
                    f"下限 CPU {least.cpu:6.2f} s,为其{done.cpu / least.cpu:5.1f}倍",
                    flush=True,
                )


if __name__ == "__main__":
    main()
