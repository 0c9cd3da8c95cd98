"""``fundeval submissions`` and ``fundeval intake``: what offices sent, what came of it, without Airflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from fundeval.cli.options import AS_JSON, FUND, YEAR, fund_year_of, print_json, storage_option, telling_errors
from fundeval.core.errors import SEVERITY_ZH
from fundeval.core.rooms import Rooms
from fundeval.sources.contract import load_contract
from fundeval.sources.submissions import (
    OUTCOMES_ZH,
    Submission,
    ledger_folder,
    read_submissions,
    superseded_by,
)
from fundeval.sources.submissions import as_json as record_as_json

_OUT = storage_option("归档、报送记录和反馈", must_exist=False)


@click.command(help="列出一个资金年度的报送记录:谁、何时、报送了什么,接受还是退回,被哪一份取代。")
@FUND
@YEAR
@_OUT
@click.option("--problems", "with_problems", is_flag=True, help="同时列出每份文件的全部问题。")
@AS_JSON
@telling_errors
def submissions(fund: str, year: int, out: Rooms, with_problems: bool, as_json: bool) -> None:
    """Print the ledger of a fund-year."""
    fund_year = fund_year_of(fund, year)
    out.bring(ledger_folder(out, fund_year))
    kept = read_submissions(out, fund_year)
    _print(kept, superseded_by(kept), as_json, with_problems)


@click.command(help="收取一个资金年度收件箱里的新文件:检查、反馈、记录。与 Airflow 的“收取报送文件”相同。")
@FUND
@YEAR
@click.option(
    "--sources",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="该资金该年度的收件箱文件夹。",
)
@_OUT
@AS_JSON
@telling_errors
def intake(fund: str, year: int, sources: Path, out: Rooms, as_json: bool) -> None:
    """Take in what is new and print what came of it."""
    from fundeval.quality.precheck import check_sources
    from fundeval.sources.intake import take_in

    fund_year = fund_year_of(fund, year)
    look = take_in(sources.resolve(), out, fund_year, check_sources)
    _print(look.taken, superseded_by(read_submissions(out, fund_year)), as_json, with_problems=True)
    for name in look.unfinished:
        click.echo(f"《{name}》还在写入,留待下次收取。", err=True)


def _print(
    listed: Sequence[Submission], displaced: Mapping[int, int], as_json: bool, with_problems: bool
) -> None:
    if as_json:
        print_json([{**record_as_json(each), "superseded_by": displaced.get(each.number)} for each in listed])
    elif not listed:
        click.echo("没有报送记录。")
    for each in () if as_json else listed:
        click.echo(_line(each, displaced.get(each.number)))
        for problem in each.problems if with_problems else ():
            click.echo(f"    [{SEVERITY_ZH[problem.severity]}] {problem}")


def _line(submission: Submission, displaced_by: int | None) -> str:
    received = submission.received
    kind = load_contract(received.kind).title if received.kind else "类别不明"
    outcome = OUTCOMES_ZH[submission.outcome]
    if displaced_by:
        outcome += f",已被第{displaced_by}号取代"
    wrong = submission.count("critical")
    return (
        f"{submission.number}. {submission.received_at} {received.who}:《{received.file}》({kind}"
        f"{',' + str(submission.period) if submission.period else ''}){outcome}"
        f"{f',{wrong}个阻断问题' if wrong else ''};sha256 {received.sha256}"
    )
