"""``fundeval scan``: the redaction gate alone, over any folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fundeval.cli.options import AS_JSON, print_json, telling_errors


@click.command(
    help="检查文件夹(或一个文件)里是否出现名单上的名称和号码:逐层拆开、归一化后查找,打不开的也算问题。"
    "没有问题返回 0,有问题返回 1 并指出位置,不重复名称。"
)
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--names",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="名单文件,每行一个不得出现的名称、文号、合同号、账号等。",
)
@click.option("--no-patterns", is_flag=True, help="只查名单,不查名单以外的手机号和身份证号。")
@AS_JSON
@telling_errors
def scan(folder: Path, names: Path, no_patterns: bool, as_json: bool) -> None:
    """Scan a folder for the names of a list."""
    from fundeval.release.redaction.scan import scan_folder
    from fundeval.release.redaction.secrets import read_names

    report = scan_folder(folder, read_names(names), patterns=not no_patterns)
    if as_json:
        print_json(report.as_dict())
    else:
        for problem in report.problems():
            click.echo(problem)
        found = len(report.hits) + len(report.unreadable)
        told = f"发现 {found} 处问题" if found else "没有发现问题"
        click.echo(
            f"检查了 {report.files} 个文件、名单 {report.secrets} 项,{told},用时 {report.seconds:.1f} 秒。"
        )
    sys.exit(0 if report.is_clean else 1)
