"""``fundeval releases``, ``diff``, ``verify`` and ``withdraw``: the numbered releases of a storage root."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fundeval.cli.options import (
    ANY_FUND,
    ANY_YEAR,
    AS_JSON,
    FUND,
    STORAGE,
    YEAR,
    any_fund_year,
    fund_year_of,
    print_json,
    telling_errors,
)
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.storage.visible import is_release_record


@click.command(help="列出已发布的版本;不指定资金和年度时列出全部,已撤回的注明原因。")
@ANY_FUND
@ANY_YEAR
@STORAGE
@AS_JSON
@telling_errors
def releases(fund: str | None, year: int | None, out: Rooms, as_json: bool) -> None:
    """List releases."""
    from fundeval.release.versions import list_releases

    wanted = any_fund_year(fund, year)
    out.bring(_releases(out, wanted), wanted=is_release_record)
    listed = list_releases(out, wanted)
    if as_json:
        print_json(listed)
    elif not listed:
        click.echo("没有已发布的版本。")
    else:
        for one in listed:
            mark = f",已撤回:{one['withdrawn']}" if one["withdrawn"] else ""
            click.echo(
                f"{one['fund']} {one['year']} 年度 第 {one['version']} 版,{one['published_at']} 发布,"
                f"运行 {one['run_id']}{mark}"
            )


@click.command(help="比较同一资金年度的两个版本:来源文件、各表行、指标、得分。")
@FUND
@YEAR
@STORAGE
@click.argument("before", type=int)
@click.argument("after", type=int)
@AS_JSON
@telling_errors
def diff(fund: str, year: int, out: Rooms, before: int, after: int, as_json: bool) -> None:
    """Compare two releases."""
    from fundeval.release.correction_note import correction_sentences
    from fundeval.release.dictionary import load_dictionary
    from fundeval.release.diff import CHANGE_ZH, diff_releases
    from fundeval.release.versions import release_of

    fund_year = fund_year_of(fund, year)
    out.bring(_releases(out, fund_year))
    found = diff_releases(release_of(out, fund_year, before), release_of(out, fund_year, after))
    if as_json:
        print_json(found.as_dict())
        return
    click.echo(f"{fund_year} 第 {before} 版 → 第 {after} 版")
    for sentence in correction_sentences(load_dictionary(), found):
        click.echo(f"  {sentence}")
    for cell in found.cells:
        where = f"{cell.table} {cell.key}" + (f" {cell.column}" if cell.column else "")
        values = f":{cell.before or '空'} → {cell.after or '空'}" if cell.column else ""
        click.echo(f"  [{CHANGE_ZH[cell.change]}] {where}{values}")
    if not found.cells and not found.inputs:
        click.echo("  没有变化。")


@click.command(
    help="重新计算发布成果全部文件的哈希(含非公开部分和版本之间的链),一致返回 0,不一致返回 1 并指出位置;"
    "不指定资金和年度时核对全部。"
)
@ANY_FUND
@ANY_YEAR
@STORAGE
@AS_JSON
@telling_errors
def verify(fund: str | None, year: int | None, out: Rooms, as_json: bool) -> None:
    """Recompute every hash of releases."""
    from fundeval.release.evidence.halves import PRIVATE_ROOM, verify_private_half
    from fundeval.release.versions import released_fund_years, releases_of, verify_chain

    wanted = any_fund_year(fund, year)
    out.bring(_releases(out, wanted), _releases(out, wanted, PRIVATE_ROOM))
    years = [wanted] if wanted else sorted(released_fund_years(out))
    problems, versions = [], 0
    for fund_year in years:
        found = releases_of(out, fund_year)
        versions += len(found)
        problems += [f"{fund_year} {problem}" for problem in verify_chain(out, fund_year)]
        problems += [
            f"{fund_year} 第 {release.version} 版:{problem}"
            for release in found
            for problem in verify_private_half(release)
        ]
    if as_json:
        print_json({"ok": not problems, "releases": versions, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        told = f"发现 {len(problems)} 处不一致" if problems else "全部一致"
        click.echo(f"核对了 {versions} 个版本,{told}。")
    sys.exit(1 if problems else 0)


@click.command(help="撤回一个版本:写明原因并记入审计记录;文件保留,永不删除。")
@FUND
@YEAR
@STORAGE
@click.argument("version", type=int)
@click.option("--reason", required=True, help="撤回原因,读者会看到。")
@click.option("--by", "by", required=True, help="撤回人。")
@AS_JSON
@telling_errors
def withdraw(fund: str, year: int, out: Rooms, version: int, reason: str, by: str, as_json: bool) -> None:
    """Mark a release as withdrawn."""
    from fundeval.release.versions import withdraw_release

    fund_year = fund_year_of(fund, year)
    out.bring(_releases(out, fund_year), wanted=is_release_record)
    mark = withdraw_release(out, fund_year, version, reason, by)
    if as_json:
        print_json({"ok": True, "mark": out.place(mark)})
    else:
        click.echo(f"{fund_year} 第 {version} 版已标记为撤回;文件原样保留。")


def _releases(rooms: Rooms, fund_year: FundYear | None, room: str = "releases") -> Path:
    """Return the folder of the releases of a fund-year, or of all."""
    folder = rooms.root / room
    return folder / fund_year.fund / str(fund_year.year) if fund_year else folder
