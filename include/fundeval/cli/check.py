"""``fundeval check``: what an office runs before it sends its files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fundeval.cli.options import AS_JSON, FUND, YEAR, fund_year_of, print_json, problem_as_json


@click.command(help="报送前自查:逐格读取并检查文件,无阻断问题返回 0,否则返回 1 并逐格说明。")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@FUND
@YEAR
@click.option(
    "--feedback",
    type=click.Path(file_okay=False, path_type=Path),
    help="把标出问题的副本和问题清单写到这个文件夹。",
)
@AS_JSON
def check(files: tuple[Path, ...], fund: str, year: int, feedback: Path | None, as_json: bool) -> None:
    """Check files the way the run would and print every problem."""
    from fundeval.quality.precheck import check_files

    problems = check_files(files, fund_year_of(fund, year))
    ok = not any(problem.severity == "critical" for problem in problems)
    if feedback:
        from fundeval.sources.feedback import write_feedback

        feedback.mkdir(parents=True, exist_ok=True)
        for file in files:
            write_feedback(file, file.name, problems, feedback)
    if as_json:
        listed = [problem_as_json(problem) for problem in problems]
        print_json({"ok": ok, "files": [file.name for file in files], "problems": listed})
    elif not problems:
        click.echo(f"检查了{len(files)}个文件,没有发现问题。")
    else:
        from fundeval.core.errors import SEVERITY_ZH

        click.echo(f"检查了{len(files)}个文件,发现{len(problems)}个问题:")
        for number, problem in enumerate(problems, 1):
            click.echo(f"{number}. [{SEVERITY_ZH[problem.severity]}] {problem}")
    sys.exit(0 if ok else 1)
