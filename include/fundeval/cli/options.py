"""What several commands share: options, the fund-year they name, and how they print."""

from __future__ import annotations

import json
from typing import Any

import click

from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear

AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON,供其他程序读取。")
FUND = click.option("--fund", required=True, help="专项资金标识,即 include/funds 下的文件夹名。")
YEAR = click.option("--year", required=True, type=int, help="评价年度。")


def fund_year_of(fund: str, year: int) -> FundYear:
    """Return the fund-year, or end the command with what is wrong about it."""
    try:
        return FundYear(fund, year)
    except FundevalError as error:
        raise click.UsageError(str(error)) from error


def print_json(content: Any) -> None:
    """Print ``content`` as JSON, with Chinese characters as they are."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem's fields and its sentence."""
    return {**problem.as_dict(), "text": str(problem)}
