"""The console script ``fundeval``: the functions the DAG calls, without Airflow."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import click

from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.pipeline import STAGES, Stage, all_problems, run_all

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON,供其他程序读取。")


def _fund_year(fund: str, year: int) -> FundYear:
    try:
        return FundYear(fund, year)
    except FundevalError as error:
        raise click.UsageError(str(error)) from error


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    help="专项资金支出绩效评价:读取、检查、计算、评分、报告、发布。",
)
@click.version_option(package_name="fundeval")
def main() -> None:
    """Group the commands."""


@main.command(help="评价一个资金年度并发布;成功返回 0,有问题返回 1 且不发布任何结果。")
@click.option("--fund", required=True, help="专项资金标识,即 include/funds 下的文件夹名。")
@click.option("--year", required=True, type=int, help="评价年度。")
@click.option("--sources", required=True, type=click.Path(path_type=Path), help="存放来源文件的文件夹。")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="归档、运行数据和发布成果的文件夹。"
)
@click.option("--run-id", help="本次运行的标识;不填则按时间生成。相同标识会在同一运行文件夹中重做。")
@_AS_JSON
def run(fund: str, year: int, sources: Path, out: Path, run_id: str | None, as_json: bool) -> None:
    """Run every stage in order and print the summary of the release, or every problem."""
    identifier = run_id or f"cli__{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}"
    context = RunContext(_fund_year(fund, year), sources.resolve(), Rooms(out.resolve()), identifier)

    def announce(stage: Stage) -> None:
        if not as_json:
            click.echo(f"{stage.title} …", err=True)

    results, errors = run_all(context, announce)
    if errors:
        _report_failure(all_problems(errors), as_json)
        sys.exit(1)
    release = Path(results["publish"]["release"])
    if as_json:
        _print_json({"ok": True, "release": str(release), "stages": results})
        return
    from fundeval.release.summary import summary_text

    titles = {stage.name: stage.title for stage in STAGES}
    click.echo(summary_text(release, {titles[name]: result["seconds"] for name, result in results.items()}))


def _as_json(problem: Problem) -> dict[str, Any]:
    return {**problem.as_dict(), "text": str(problem)}


def _report_failure(problems: list[Problem], as_json: bool) -> None:
    if as_json:
        _print_json({"ok": False, "problems": [_as_json(problem) for problem in problems]})
        return
    click.echo(f"共{len(problems)}个问题,没有发布任何结果:", err=True)
    for number, problem in enumerate(problems, 1):
        click.echo(f"{number}. {problem}", err=True)


@main.command(help="报送前自查:逐格读取并检查文件,无阻断问题返回 0,否则返回 1 并逐格说明。")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--fund", required=True, help="专项资金标识。")
@click.option("--year", required=True, type=int, help="评价年度。")
@click.option(
    "--feedback",
    type=click.Path(file_okay=False, path_type=Path),
    help="把标出问题的副本和问题清单写到这个文件夹。",
)
@_AS_JSON
def check(files: tuple[Path, ...], fund: str, year: int, feedback: Path | None, as_json: bool) -> None:
    """Check files the way the run would and print every problem."""
    from fundeval.quality.precheck import check_files

    problems = check_files(files, _fund_year(fund, year))
    ok = not any(problem.severity == "critical" for problem in problems)
    if feedback:
        from fundeval.sources.feedback import write_feedback

        feedback.mkdir(parents=True, exist_ok=True)
        for file in files:
            write_feedback(file, file.name, problems, feedback)
    if as_json:
        listed = [_as_json(problem) for problem in problems]
        _print_json({"ok": ok, "files": [file.name for file in files], "problems": listed})
    elif not problems:
        click.echo(f"检查了{len(files)}个文件,没有发现问题。")
    else:
        from fundeval.core.errors import SEVERITY_ZH

        click.echo(f"检查了{len(files)}个文件,发现{len(problems)}个问题:")
        for number, problem in enumerate(problems, 1):
            click.echo(f"{number}. [{SEVERITY_ZH[problem.severity]}] {problem}")
    sys.exit(0 if ok else 1)
