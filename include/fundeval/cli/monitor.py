"""``fundeval monitor``: how a fund's year is going, from the files that exist mid-year."""

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
from fundeval.core.errors import FundevalError
from fundeval.core.rooms import Rooms
from fundeval.pipeline import all_problems


@click.command(help="运行监控:截至某日的执行进度和可能的结转;不评分,不发布。成功返回 0,有问题返回 1。")
@FUND
@YEAR
@click.option("--sources", required=True, type=click.Path(path_type=Path), help="存放来源文件的文件夹。")
@storage_option("归档和运行数据", must_exist=False)
@click.option(
    "--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="统计截至的日期,如 2030-06-30。"
)
@AS_JSON
def monitor(fund: str, year: int, sources: Path, out: Rooms, as_of: dt.datetime, as_json: bool) -> None:
    """Look at a fund-year and print where the note lies, or every problem."""
    from fundeval.monitoring.stage import monitor as look
    from fundeval.monitoring.stage import monitor_context

    day = as_of.date()
    context = RunContext(fund_year_of(fund, year), sources.resolve(), out, "monitor")
    try:
        result = look(monitor_context(context, day), day)
    except FundevalError as error:
        print_problems(all_problems({"monitor": error}), as_json)
        sys.exit(1)
    if as_json:
        print_json({"ok": True, **result})
        return
    click.echo(
        f"截至{result['as_of']}:已下达{result['released_yuan']}元,已支付{result['paid_yuan']}元,"
        f"执行率{result['execution_rate_pct']}%,时间进度{result['calendar_pct']}%,"
        f"预计结转{result['likely_carry_over_yuan']}元。\n说明文件:{result['folder']}"
    )
