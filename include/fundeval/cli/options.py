"""What several commands share: options, the fund-year they name, and how they print."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import click

from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.storage.address import is_url, open_rooms

AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON,供其他程序读取。")
FUND = click.option("--fund", required=True, help="专项资金标识,即 include/funds 下的文件夹名。")
YEAR = click.option("--year", required=True, type=int, help="评价年度。")
ANY_FUND = click.option("--fund", help="专项资金标识;与 --year 一起使用。")
ANY_YEAR = click.option("--year", type=int, help="评价年度;与 --fund 一起使用。")


class StorageRoot(click.ParamType[Rooms]):
    """A storage root: a folder, or an address in a store such as ``s3://bucket/prefix``; gives its rooms.

    Args:
        must_exist: Whether a folder has to be there already.
    """

    name = "存放位置"

    def __init__(self, *, must_exist: bool) -> None:
        """Keep what is asked of a folder."""
        self._folder: click.Path = click.Path(exists=must_exist, file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rooms:
        """Open an address, or check a folder."""
        if isinstance(value, Rooms):
            return value
        try:
            if is_url(str(value)):
                return open_rooms(str(value))
            folder = Path(self._folder.convert(value, param, ctx))  # type: ignore[arg-type]
            return Rooms(folder.resolve())
        except FundevalError as error:
            self.fail(str(error), param, ctx)


def storage_option(what: str, *, must_exist: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option ``--out``; ``what`` says in Chinese what is kept there."""
    return click.option(
        "--out",
        required=True,
        type=StorageRoot(must_exist=must_exist),
        help=f"{what}的文件夹,或对象存储中的地址(如 s3://桶/前缀)。",
    )


STORAGE = storage_option("归档、运行数据和发布成果", must_exist=True)


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


def print_problems(problems: Sequence[Problem], as_json: bool, heading: str = "") -> None:
    """Print why a command did not succeed: as JSON, or numbered on the error stream below a heading."""
    if as_json:
        print_json({"ok": False, "problems": [problem_as_json(problem) for problem in problems]})
        return
    if heading:
        click.echo(heading, err=True)
    for number, problem in enumerate(problems, 1):
        click.echo(f"{number}. {problem}", err=True)


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem's fields and its sentence."""
    return {**problem.as_dict(), "text": str(problem)}
