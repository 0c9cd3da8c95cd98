"""``fundeval run``: a whole evaluation, the stages the DAG runs, without Airflow."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from fundeval.cli.options import (
    AS_JSON,
    FUND,
    YEAR,
    fund_year_of,
    print_json,
    print_problems,
    storage_option,
)
from fundeval.core.context import RunContext
from fundeval.core.rooms import Rooms
from fundeval.pipeline import KIND_TITLES, STAGES, Stage, all_problems, run_all


@click.command(help="评价一个资金年度并发布;成功返回 0,有问题返回 1 且不发布任何结果。")
@FUND
@YEAR
@click.option("--sources", required=True, type=click.Path(path_type=Path), help="存放来源文件的文件夹。")
@storage_option("归档、运行数据和发布成果", must_exist=False)
@click.option("--run-id", help="本次运行的标识;不填则按时间生成。相同标识会在同一运行文件夹中重做。")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(KIND_TITLES)),
    help="只重新读取这一类文件(可重复),其余沿用上一次完成的运行;不填则全部重新评价。",
)
@click.option("--force", is_flag=True, help="内容没有变化的步骤也重新执行。")
@AS_JSON
def run(
    fund: str,
    year: int,
    sources: Path,
    out: Rooms,
    run_id: str | None,
    only: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Run every stage in order and print the summary of the release, or every problem."""
    identifier = run_id or f"cli__{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}"
    context = RunContext(fund_year_of(fund, year), sources.resolve(), out, identifier, only=only, force=force)

    def announce(stage: Stage) -> None:
        if not as_json:
            click.echo(f"{stage.title} …", err=True)

    results, errors = run_all(context, announce)
    if errors:
        problems = all_problems(errors)
        print_problems(problems, as_json, f"共{len(problems)}个问题,没有发布任何结果:")
        sys.exit(1)
    if as_json:
        print_json({"ok": True, "release": results["publish"]["release"], "stages": results})
        return
    from fundeval.release.changes import changes_text
    from fundeval.release.summary import summary_text
    from fundeval.release.versions import release_of

    titles = {stage.name: stage.title for stage in STAGES}
    release = release_of(out, context.fund_year, results["publish"]["version"])
    seconds = {titles[name]: result["seconds"] for name, result in results.items()}
    click.echo(summary_text(release.path, seconds, out.place(release.path)))
    click.echo(changes_text(results["publish"]["changes"]))
    kept = [titles[name] for name, result in results.items() if result["unchanged"]]
    if kept:
        click.echo(f"内容没有变化、沿用上次结果的步骤:{'、'.join(kept)}")
