"""``fundeval explain``: from a published figure to the rows of the archived files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fundeval.cli.options import AS_JSON, print_json, telling_errors
from fundeval.core.rooms import Rooms
from fundeval.storage.address import is_url, open_rooms

if TYPE_CHECKING:
    from fundeval.release.evidence.explain import Explanation, PartExplained

_ROLES = {"value": "数据", "numerator": "分子", "denominator": "分母"}
_FIRST_ROWS = 20


@click.command(
    help="说明一个已公布的数字怎样算出、依据哪些文件的哪些行。WANTED 为指标标识(如 execution_rate)、"
    "评价指标编码(如 B12)、问题编号(如 finding-1)、规则标识或公开项目编码。"
)
@click.option(
    "--release",
    required=True,
    help="发布版本的文件夹或对象存储中的地址,即 …/releases/<资金>/<年度>/v<N>。",
)
@click.argument("wanted")
@click.option("--all-rows", is_flag=True, help=f"列出全部来源行;不加时每项最多列 {_FIRST_ROWS} 段。")
@click.option(
    "--private", is_flag=True, help="同时列出非公开部分的行(涉密项目、逐份答卷),只限有权查看的人员使用。"
)
@AS_JSON
@telling_errors
def explain(release: str, wanted: str, all_rows: bool, private: bool, as_json: bool) -> None:
    """Explain a figure of a release."""
    from fundeval.release.evidence.explain import explain as explained
    from fundeval.release.versions import release_at

    rooms, folder = _release_folder(release, private=private)
    found = explained(release_at(folder), wanted, private=private, rooms=rooms)
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    for one in found:
        for line in _lines(one, None if all_rows else _FIRST_ROWS):
            click.echo(line)


def _release_folder(release: str, *, private: bool) -> tuple[Rooms | None, Path]:
    """Return the folder of a release, and the rooms it stands in where it has to be brought from a store."""
    if not is_url(release):
        folder = click.Path(exists=True, file_okay=False, path_type=Path).convert(release, None, None)
        return None, Path(folder)
    root, *place = release.rstrip("/").rsplit("/", 4)
    if len(place) != 4 or place[0] != "releases":
        raise click.UsageError("对象存储中的发布版本应写成 s3://桶/前缀/releases/<资金>/<年度>/v<N>。")
    rooms = open_rooms(root)
    path = rooms.root.joinpath(*place)
    rooms.bring(path)
    if private:
        from fundeval.release.evidence.halves import private_half_of
        from fundeval.release.versions import release_at

        rooms.bring(private_half_of(release_at(path)))
    return rooms, path


def _lines(one: Explanation, most: int | None) -> Iterator[str]:
    yield f"{one.title}({one.figure})"
    yield f"  {'情况' if one.kind == 'finding' else '算法'}:{one.formula}"
    if one.value:
        yield f"  数值:{one.value}{one.unit}"
    if one.numerator or one.denominator:
        yield f"  分子:{one.numerator or '无'}  分母:{one.denominator or '无'}"
    if one.law:
        yield f"  依据:{one.law}"
    for part in one.parts:
        yield from _part_lines(part, most)
    if one.rests_on:
        yield f"  由以下各项得出或说明:{'、'.join(one.rests_on)}"


def _part_lines(part: PartExplained, most: int | None) -> Iterator[str]:
    sign = "减:" if part.sign < 0 else ""
    amount = f" {part.amount}" if part.amount else ""
    counted = f",来源 {part.rows_in_all} 行" if part.rows_in_all else ""
    yield f"  {_ROLES[part.role]}:{sign}{part.title}{amount}{counted}"
    for rows in part.rows[:most]:
        sheet = f"工作表“{rows.sheet}”" if rows.sheet else ""
        place = f"第 {rows.rows} 行" if rows.rows else ""
        kept = f",存档 {rows.archived}" if rows.archived else ""
        yield f"    《{rows.file}》{sheet}{place}{kept}"
    if most is not None and len(part.rows) > most:
        yield f"    ……另有 {len(part.rows) - most} 段,加 --all-rows 列出"
    if part.withheld:
        yield f"    {part.withheld}。"
