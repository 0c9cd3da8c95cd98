"""``python -m benchmarks.rules``: how long every rule of the catalogue takes, against reading the vouchers from CSV.

The floor is DuckDB copying the same voucher export to Parquet with every column as text. Floor and rules are measured
in one run, each in a process of its own, by the clock and by the processor's time, which a busy machine changes less.
The rules run one by one in the order of an evaluation, so a table that several of them share is paid for by the first
that asks for it.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks import REPOSITORY
from benchmarks.fund_years import make_fund_year
from benchmarks.run import FUND, FUND_NAME, YEAR, Measured, machine, measure
from benchmarks.vouchers import PREAMBLE_LINES
from support.evaluation import register_fund

LARGEST_RATIO = 1.5
MADE = "made.json"


def time_rules(out: Path, only: str) -> dict[str, Any]:
    """Examine the benchmark's run by every rule (or by one) and return seconds, outcomes and peak memory in MB."""
    from fundeval.core.engine import engine
    from fundeval.core.funds import load_scheme
    from fundeval.core.fundyear import FundYear
    from fundeval.core.rooms import Rooms
    from fundeval.quality.catalogue import load_catalogue
    from fundeval.quality.rules import examine, show_whole

    fund_year = FundYear(FUND, YEAR)
    parameters = load_scheme(fund_year).parameters()
    rows: list[tuple[str, float, float, str, int]] = []
    with engine(Rooms(out).run(fund_year, "bench"), layers=("staging", "restricted", "marts")) as connection:
        show_whole(connection)
        for rule in load_catalogue().rules:
            if only in ("", rule.id):
                started, busy = time.perf_counter(), time.process_time()
                made = examine(connection, rule, parameters, YEAR)
                took, worked = time.perf_counter() - started, time.process_time() - busy
                rows.append((rule.id, took, worked, made.outcome, len(made.found)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rules": rows, "peak_mb": peak}


def table(timed: Mapping[str, Any], vouchers: int, floor: Measured) -> str:
    """Return the rules from the slowest to the fastest, and their sum against the floor."""
    rules = sorted(timed["rules"], key=lambda rule: -rule[2])
    whole, worked = (sum(rule[at] for rule in rules) for at in (1, 2))
    lines = [f"{'规则':<32}{'秒':>8}{'处理器秒':>8}  {'结果':<16}{'行数':>8}"]
    lines += [
        f"{name:<34}{took:>9.3f}{cpu:>12.3f}  {outcome:<16}{found:>10}"
        for name, took, cpu, outcome, found in rules
    ]
    return "\n".join(
        [
            *lines,
            f"{len(rules)} 条规则共 {whole:.2f} 秒、处理器 {worked:.2f} 秒"
            f"(每百万条凭证 {worked * 1e6 / vouchers:.2f} 处理器秒),峰值 {timed['peak_mb']:.0f} MB;",
            f"读取同一 CSV {floor.seconds:.2f} 秒、处理器 {floor.cpu_seconds:.2f} 秒;"
            f"比值 {whole / floor.seconds:.2f},按处理器时间 {worked / floor.cpu_seconds:.2f}"
            f"(不应超过 {LARGEST_RATIO})。",
        ]
    )


def prepare(folder: Path, vouchers: int, projects: int) -> None:
    """Make the fund-year and run the stages the rules need."""
    from fundeval.pipeline import STAGES

    register_fund(folder / "funds", FUND, FUND_NAME)
    made = make_fund_year(folder, FUND_NAME, YEAR, vouchers, projects)
    order = {
        "job": "stage",
        "fund": FUND,
        "year": YEAR,
        "sources": str(made.sources),
        "out": str(folder / "out"),
    }
    for stage in STAGES:
        if stage.name != "check_quality":
            measure(stage.name, {**order, "stage": stage.name}, _environment(folder))
        if stage.name == "measure":
            break
    (folder / MADE).write_text(json.dumps({"export": str(made.plain), "vouchers": vouchers}))


def measured_floor(folder: Path, export: str) -> Measured:
    """Measure DuckDB copying the export to Parquet."""
    target = folder / "floor.parquet"
    order = {"job": "floor", "source": export, "target": str(target), "skip": PREAMBLE_LINES}
    return measure("floor", order, _environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "FUNDEVAL_FUNDS": str(folder / "funds")}


def timed_in_a_process(folder: Path, only: str) -> dict[str, Any]:
    """Time the rules in a process of its own, so that its memory is that of the rules."""
    command = [sys.executable, "-m", "benchmarks.rules", "--timed", str(folder / "out"), "--only", only]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=_environment(folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"规则未能完成:\n{done.stderr[-4000:]}")
    timed: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return timed


@click.command(help="生成任意规模的支付明细,逐条规则测量用时,并与 DuckDB 读取同一 CSV 的用时比较。")
@click.option("--vouchers", default=1_000_000, show_default=True, help="支付明细行数。")
@click.option("--projects", default=40, show_default=True, help="项目数。")
@click.option("--only", default="", help="只测量这一条规则。")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="把生成的文件留在这个文件夹;已有的直接使用,不再生成。"
)
@click.option("--timed", type=click.Path(path_type=Path), hidden=True)
def main(vouchers: int, projects: int, only: str, keep: Path | None, timed: Path | None) -> None:
    """Generate, measure, compare, print."""
    if timed is not None:
        click.echo(json.dumps(time_rules(timed, only)))
        return
    folder = keep or Path(tempfile.mkdtemp(prefix="fundeval-bench-"))
    try:
        if not (folder / MADE).is_file():
            prepare(folder, vouchers, projects)
        made = json.loads((folder / MADE).read_text())
        floor = measured_floor(folder, made["export"])
        timed = timed_in_a_process(folder, only)
        click.echo(f"{machine()}\n{table(timed, made['vouchers'], floor)}")
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
