"""``fundeval rules``: what is checked, why, and on whose authority."""

from __future__ import annotations

from pathlib import Path

import click

from fundeval.cli.options import AS_JSON, print_json
from fundeval.core.errors import ConfigurationError


@click.group(invoke_without_command=True, help="列出规则目录;show 说明一条规则,page 生成文档页。")
@AS_JSON
@click.pass_context
def rules(context: click.Context, as_json: bool) -> None:
    """List the catalogue, unless a command follows."""
    if context.invoked_subcommand is not None:
        return
    from fundeval.quality.catalogue import load_catalogue
    from fundeval.quality.explained import as_dict, listing

    catalogue = load_catalogue()
    if as_json:
        print_json([as_dict(rule) for rule in catalogue.rules])
    else:
        click.echo(listing(catalogue))


@rules.command(help="说明一条规则:级别、依据、处理办法、SQL,以及各种结果的例子。")
@click.argument("rule")
@AS_JSON
def show(rule: str, as_json: bool) -> None:
    """Explain one rule."""
    from fundeval.quality.catalogue import load_catalogue
    from fundeval.quality.explained import explained_as_dict, explanation

    try:
        found = load_catalogue()[rule]
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        print_json(explained_as_dict(found))
    else:
        click.echo(explanation(found))


@rules.command(help="生成规则目录的文档页(docs/rules.md)。")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写入的文件;不填则打印。")
def page(out: Path | None) -> None:
    """Write the page of the documentation."""
    from fundeval.quality.catalogue import load_catalogue
    from fundeval.quality.explained import page as page_of

    text = page_of(load_catalogue())
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
