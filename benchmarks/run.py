"""``python -m benchmarks.run``: an evaluation on a fund-year of any size, stage by stage, against what else does it.

Three things are measured on the same export in the same run: the floor, DuckDB copying it to Parquet with every column
as text; pandas with Great Expectations, the usual way; and dbt with its tests on DuckDB, for the part it covers. Each
stage runs in a process of its own, as an Airflow task does, so its seconds include its imports. What must be paid is
known from the generator; a run that finds another sum ends with exit code 1.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from benchmarks import REPOSITORY
from benchmarks.fund_years import UTF_8, MadeYear, make_fund_year
from benchmarks.vouchers import PREAMBLE_LINES
from support.evaluation import register_fund
from support.release import releases

FUND, FUND_NAME, YEAR = "benchmark", "样例基准资金", 2024


@dataclass(frozen=True)
class Measured:
    """What one job took.

    Attributes:
        name: What an operator knows it by.
        seconds: Seconds of work.
        process_seconds: Seconds of its whole process.
        cpu_seconds: Processor seconds of all its processes.
        peak_mb: Peak memory of the largest of them.
        result: What it returned.
    """

    name: str
    seconds: float
    process_seconds: float
    cpu_seconds: float
    peak_mb: float
    result: Mapping[str, Any]


def measure(name: str, order: Mapping[str, Any], environment: Mapping[str, str]) -> Measured:
    """Do a job in a process of its own; a job that fails ends the benchmark with its output."""
    command = [sys.executable, "-m", "benchmarks.job", json.dumps(order, ensure_ascii=False)]
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=REPOSITORY, env=dict(environment), capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    if done.returncode:
        raise click.ClickException(f"{name} 未完成:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Measured(name, told["seconds"], took, told["cpu_seconds"], told["peak_mb"], told["result"])


def measure_floor(made: MadeYear, folder: Path, environment: Mapping[str, str]) -> Measured:
    """Measure the floor on the UTF-8 twin of the export; DuckDB alone reads no other encoding well."""
    order = {
        "job": "floor",
        "source": str(made.plain),
        "target": str(folder / "floor.parquet"),
        "skip": PREAMBLE_LINES,
    }
    return measure("下限:DuckDB 全文本转 Parquet", order, environment)


def measure_stages(made: MadeYear, out: Path, environment: Mapping[str, str]) -> list[Measured]:
    """Measure every stage of the evaluation in order."""
    from fundeval.pipeline import STAGES

    order = {"job": "stage", "fund": FUND, "year": YEAR, "sources": str(made.sources), "out": str(out)}
    return [measure(stage.name, {**order, "stage": stage.name}, environment) for stage in STAGES]


def measure_dag(made: MadeYear, out: Path, environment: Mapping[str, str]) -> Measured:
    """Measure the real DAG as ``make run`` runs it, Airflow included."""
    order = {"job": "dag", "fund": FUND, "year": YEAR, "sources": str(made.sources), "out": str(out)}
    return measure("整个 DAG(含 Airflow)", order, environment)


def measure_peers(made: MadeYear, folder: Path, environment: Mapping[str, str]) -> list[Measured]:
    """Measure what else does the work, on the UTF-8 twin of the export; dbt only where it can be installed."""
    order = {"source": str(made.plain), "skip": PREAMBLE_LINES, "fund_name": FUND_NAME, "year": YEAR}
    measured = [
        measure(
            "pandas + Great Expectations",
            {**order, "job": "pandas", "target": str(folder / "pandas")},
            environment,
        )
    ]
    dbt = dbt_program()
    if dbt is None:
        click.echo("dbt 无法安装(需要能访问软件包仓库),本次不与 dbt 比较。")
        return measured
    told = {**order, "job": "dbt", "dbt": str(dbt), "target": str(folder / "dbt")}
    return [*measured, measure("dbt-duckdb + dbt tests(仅支付明细部分)", told, environment)]


def dbt_program() -> Path | None:
    """Return dbt in an environment of its own, installed by hash once; None where that cannot be done.

    Its packages contradict those of Airflow, so it never comes near the project's own environment.
    """
    folder = REPOSITORY / ".airflow" / "benchmark-dbt"
    program = folder / "bin" / "dbt"
    if program.is_file():
        return program
    lock = Path(__file__).parent / "peers" / "requirements-dbt.lock"
    installs = ([sys.executable, "-m", "venv", str(folder)],
                [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps",
                 "-r", str(lock)])  # fmt: skip
    click.echo("安装 dbt(只在第一次) …")
    if all(subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in installs):
        return program
    shutil.rmtree(folder, ignore_errors=True)
    return None


def table(measured: list[Measured], floor: Measured) -> str:
    """Return the measurements as a table of text, with the ratio to the floor."""
    lines = [f"{'步骤':<28}{'秒':>9}{'含启动':>9}{'处理器秒':>8}{'峰值MB':>8}{'对下限':>9}"]
    for item in (floor, *measured):
        ratio = item.process_seconds / floor.seconds
        lines.append(
            f"{item.name:<30}{item.seconds:>10.2f}{item.process_seconds:>12.2f}{item.cpu_seconds:>12.2f}"
            f"{item.peak_mb:>10.0f}{ratio:>12.2f}"
        )
    return "\n".join(lines)


def check_paid(made: MadeYear, out: Path) -> None:
    """Hold the published sum to the generator's, to the cent."""
    (*_, release) = releases(out, FUND, YEAR)
    paid = release.metric("paid")
    if paid != made.paid_yuan:
        raise click.ClickException(f"累计支付应为{made.paid_yuan}元,发布的是{paid}元。")


def machine() -> str:
    """Describe the machine a table was measured on."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} 核,{pages * size / 1024**3:.0f} GB 内存,{platform.system()} {platform.machine()}"
    )


@click.command(help="生成任意规模的资金年度,逐步骤测量评价所需的时间和内存,并与 DuckDB 直接转存的下限比较。")
@click.option("--vouchers", default=1_000_000, show_default=True, help="支付明细行数。")
@click.option("--projects", default=40, show_default=True, help="项目数。")
@click.option(
    "--encoding",
    default=UTF_8,
    show_default=True,
    help="支付明细的编码,如 utf-8、gb18030、utf-16。",
)
@click.option(
    "--dirty",
    default=0.05,
    show_default=True,
    help="重复、作废、退款、其他资金和次年凭证所占比例。",
)
@click.option("--dag", is_flag=True, help="另外用真正的 DAG(含 Airflow)运行一遍。")
@click.option("--peers", is_flag=True, help="另外与 pandas + Great Expectations、dbt 比较。")
@click.option("--keep", type=click.Path(path_type=Path), help="把生成的文件和结果留在这个文件夹。")
def main(
    vouchers: int, projects: int, encoding: str, dirty: float, dag: bool, peers: bool, keep: Path | None
) -> None:
    """Generate, measure, compare, print."""
    folder = keep or Path(tempfile.mkdtemp(prefix="fundeval-bench-"))
    try:
        _run(folder, vouchers, projects, encoding, dirty, dag, peers)
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _run(
    folder: Path, vouchers: int, projects: int, encoding: str, dirty: float, dag: bool, peers: bool
) -> None:
    register_fund(folder / "funds", FUND, FUND_NAME)
    environment = {**os.environ, "FUNDEVAL_FUNDS": str(folder / "funds")}
    started = time.perf_counter()
    made = make_fund_year(folder, FUND_NAME, YEAR, vouchers, projects, encoding, dirty)
    size = made.vouchers.stat().st_size / 1e6
    click.echo(
        f"生成 {vouchers:,} 条凭证({size:,.0f} MB,{encoding})用了 {time.perf_counter() - started:.1f} 秒。"
    )
    floor = measure_floor(made, folder, environment)
    stages = measure_stages(made, folder / "out", environment)
    check_paid(made, folder / "out")
    whole = Measured(
        "全部步骤",
        sum(item.seconds for item in stages),
        sum(item.process_seconds for item in stages),
        sum(item.cpu_seconds for item in stages),
        max(item.peak_mb for item in stages),
        {},
    )
    measured = [*stages, whole]
    if dag:
        measured.append(measure_dag(made, folder / "dag", environment))
        check_paid(made, folder / "dag")
    if peers:
        measured += measure_peers(made, folder, environment)
    click.echo(
        f"{machine()}\n{table(measured, floor)}\n累计支付 {_yuan(made.paid_yuan)} 元,与生成时所知一致。"
    )


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


if __name__ == "__main__":
    main()
