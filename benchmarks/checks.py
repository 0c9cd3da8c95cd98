"""``python -m benchmarks.checks``: what all checks add to reading the vouchers, with everything the stages do.

Gate and ``examine`` run as an evaluation runs them: every rule of the catalogue, every row found written to checks/,
Great Expectations with its import, the Data Docs. Reading is the stage that turns the voucher export into staging
tables; the floor is DuckDB copying the same CSV to Parquet with every column as text. :mod:`benchmarks.rules` times the
rules one by one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from benchmarks.fund_years import MadeYear, make_fund_year
from benchmarks.run import FUND, FUND_NAME, YEAR, Measured, machine, measure, measure_floor
from support.evaluation import register_fund

CHECKS = ("check_quality", "examine")
READING = "ingest.treasury_payments"
LARGEST_RATIO = 1.5
LARGEST_MB = 4096


def measure_until_checked(made: MadeYear, out: Path, environment: Mapping[str, str]) -> dict[str, Measured]:
    """Run every stage up to the last check, each in a process of its own."""
    from fundeval.pipeline import STAGES

    order = {"job": "stage", "fund": FUND, "year": YEAR, "sources": str(made.sources), "out": str(out)}
    measured: dict[str, Measured] = {}
    for stage in STAGES:
        measured[stage.name] = measure(stage.name, {**order, "stage": stage.name}, environment)
        if stage.name == CHECKS[-1]:
            break
    return measured


def told(measured: Mapping[str, Measured], floor: Measured) -> str:
    """Return seconds, memory and ratios as text."""
    checks = [measured[name] for name in CHECKS]
    seconds, peak = sum(each.process_seconds for each in checks), max(each.peak_mb for each in checks)
    reading = measured[READING]
    found = checks[-1].result
    lines = [f"{each.name:<16}{each.process_seconds:>8.2f} 秒  峰值 {each.peak_mb:.0f} MB" for each in checks]
    outcomes = "、".join(f"{name} {found[f'checks_{key}']}" for name, key in _OUTCOMES.items())
    return "\n".join(
        [
            *lines,
            f"全部检查 {seconds:.2f} 秒,峰值 {peak:.0f} MB(不应超过 {LARGEST_MB});"
            f"{outcomes},查出 {found['rows_found']:,} 行",
            f"读取支付明细(本项目){reading.process_seconds:.2f} 秒,比值 {seconds / reading.process_seconds:.2f}"
            f"(不应超过 {LARGEST_RATIO})",
            f"DuckDB 直接转存同一 CSV {floor.seconds:.2f} 秒,比值 {seconds / floor.seconds:.2f}",
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
        floor = measure_floor(made, folder, environment)
        measured = measure_until_checked(made, folder / "out", environment)
        click.echo(f"{machine()},{vouchers:,} 条凭证\n{told(measured, floor)}")
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
