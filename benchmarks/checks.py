"""``python -m benchmarks.checks``: what all checks add to reading the vouchers, with everything the stages do.

Gate and ``examine`` run as an evaluation runs them: every rule of the catalogue, every row found written to checks/,
Great Expectations with its import, the Data Docs. Reading is the stage that turns the voucher export into staging
tables; the floor is DuckDB copying the same CSV to Parquet with every column as text. :mod:`benchmarks.rules` times the
rules one by one.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from benchmarks.fund_years import MadeYear, make_fund_year
from benchmarks.run import FUND, FUND_NAME, YEAR, Measured, machine, measure, measure_floor
from support.evaluation import register_fund

CHECKS = ("check_quality", "examine")
READING = "ingest.treasury_payments"
LARGEST_RATIO = 1.5
LARGEST_MB = 4096


@dataclass(frozen=True)
class Cost:
    """A job as it was measured, and the seconds of processor time it used, whatever else the machine did."""

    job: Measured
    cpu_seconds: float


def costing(job: Callable[[], Measured]) -> Cost:
    """Do a job in a process of its own and add up the processor time of it and its children."""
    before = _used()
    measured = job()
    return Cost(measured, _used() - before)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_until_checked(made: MadeYear, out: Path, environment: Mapping[str, str]) -> dict[str, Cost]:
    """Run every stage up to the last check, each in a process of its own."""
    from fundeval.pipeline import STAGES

    order = {"job": "stage", "fund": FUND, "year": YEAR, "sources": str(made.sources), "out": str(out)}
    measured: dict[str, Cost] = {}
    for stage in STAGES:
        work = partial(measure, stage.name, {**order, "stage": stage.name}, environment)
        measured[stage.name] = costing(work)
        if stage.name == CHECKS[-1]:
            break
    return measured


def told(measured: Mapping[str, Cost], floor: Cost) -> str:
    """Return seconds, processor time, memory and ratios as text."""
    checks = [measured[name] for name in CHECKS]
    reading = measured[READING]
    lines = [
        f"{each.job.name:<26}{each.job.process_seconds:>8.2f} 秒  处理器 {each.cpu_seconds:>7.2f} 秒  "
        f"峰值 {each.job.peak_mb:.0f} MB"
        for each in (floor, reading, *checks)
    ]
    result = checks[-1].job.result
    outcomes = "、".join(f"{name} {result[f'checks_{key}']}" for name, key in _OUTCOMES.items())
    seconds = sum(each.job.process_seconds for each in checks)
    cpu = sum(each.cpu_seconds for each in checks)
    return "\n".join(
        [
            *lines,
            f"规则:{outcomes},查出 {result['rows_found']:,} 行;峰值不应超过 {LARGEST_MB} MB。",
            f"全部检查对读取支付明细:用时 {seconds / reading.job.process_seconds:.2f} 倍,"
            f"处理器 {cpu / reading.cpu_seconds:.2f} 倍(不应超过 {LARGEST_RATIO})。",
            f"全部检查对 DuckDB 直接转存:用时 {seconds / floor.job.process_seconds:.2f} 倍,"
            f"处理器 {cpu / floor.cpu_seconds:.2f} 倍。",
        ]
    )


_OUTCOMES = {"通过": "passed", "不通过": "failed", "不适用": "not_applicable"}


@click.command(help="生成任意规模的支付明细,测量全部检查(含 Great Expectations)的用时和内存。")
@click.option("--vouchers", default=1_000_000, show_default=True, help="支付明细行数。")
@click.option("--projects", default=40, show_default=True, help="项目数。")
@click.option("--keep", type=click.Path(path_type=Path), help="把生成的文件和结果留在这个文件夹。")
def main(vouchers: int, projects: int, keep: Path | None) -> None:
    """Generate, measure, compare, print."""
    folder = keep or Path(tempfile.mkdtemp(prefix="fundeval-checks-"))
    try:
        register_fund(folder / "funds", FUND, FUND_NAME)
        environment = {**os.environ, "FUNDEVAL_FUNDS": str(folder / "funds")}
        made = make_fund_year(folder, FUND_NAME, YEAR, vouchers, projects)
        floor = costing(partial(measure_floor, made, folder, environment))
        measured = measure_until_checked(made, folder / "out", environment)
        click.echo(f"{machine()},{vouchers:,} 条凭证\n{told(measured, floor)}")
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
