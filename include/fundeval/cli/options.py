"""What several commands share: options, the fund-year they name, and how they print."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click

from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear

AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON,供其他程序读取。")
FUND = click.option("--fund", required=True, help="专项资金标识,即 include/funds 下的文件夹名。")
YEAR = click.option("--year", required=True, type=int, help="评价年度。")
ANY_FUND = click.option("--fund", help="专项资金标识;与 --year 一起使用。")
ANY_YEAR = click.option("--year", type=int, help="评价年度;与 --fund 一起使用。")
STORAGE = click.option(
    "--out",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="归档、运行数据和发布成果的文件夹。",
)


class Refused(click.ClickException):
    """Ends a command with 1 and a sentence of this project's own, without an English prefix."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence to the error stream."""
        click.echo(self.message, err=True)


def telling_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command end with the Chinese text of whatever error this project raises on purpose."""

    @functools.wraps(command)
    def told(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except FundevalError as error:
            raise Refused(str(error)) from error

    return told


def fund_year_of(fund: str, year: int) -> FundYear:
    """Return the fund-year, or end the command with what is wrong about it."""
    try:
        return FundYear(fund, year)
    except FundevalError as error:
        raise click.UsageError(str(error)) from error


def any_fund_year(fund: str | None, year: int | None) -> FundYear | None:
    """Return the fund-year both options name, None where neither is given; one alone is an error."""
    if (fund is None) != (year is None):
        raise click.UsageError("--fund 和 --year 必须同时给出。")
    return None if fund is None or year is None else fund_year_of(fund, year)


def print_json(content: Any) -> None:
    """Print ``content`` as JSON, with Chinese characters as they are."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem's fields and its sentence."""
    return {**problem.as_dict(), "text": str(problem)}
