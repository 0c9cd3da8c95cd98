"""The console script ``fundeval``: the functions the DAG calls, without Airflow. One module per topic."""

from __future__ import annotations

import click

from fundeval.cli.audit import audit
from fundeval.cli.check import check
from fundeval.cli.evaluate import run
from fundeval.cli.explain import explain
from fundeval.cli.monitor import monitor
from fundeval.cli.releases import diff, releases, verify, withdraw
from fundeval.cli.rules import rules
from fundeval.cli.scan import scan
from fundeval.cli.submissions import intake, submissions


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    help="专项资金支出绩效评价:读取、检查、计算、评分、报告、发布。",
)
@click.version_option(package_name="fundeval")
def main() -> None:
    """Group the commands."""


for _command in (
    audit,
    run,
    monitor,
    check,
    rules,
    releases,
    diff,
    verify,
    withdraw,
    explain,
    scan,
    submissions,
    intake,
):
    main.add_command(_command)
