"""The note of a look at a fund-year: a page to read and a workbook to work with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import xlsxwriter

from fundeval.core.money import WAN, round_half_up, wan_text
from fundeval.core.rooms import RunFolder, replacing

PAGE = "运行监控.html"
WORKBOOK = "运行监控.xlsx"

STATES: Mapping[str, str] = {
    "not_released": "尚未下达",
    "not_started": "尚未支付",
    "behind": "进度滞后",
    "on_track": "进度正常",
    "overpaid": "支付超过下达",
}
# Sheet, table, and its columns by their Chinese titles.
_SHEETS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "项目",
        "monitor_projects",
        {
            "project_code": "项目编码",
            "project_name": "项目名称",
            "unit_name": "实施单位",
            "planned_yuan": "计划金额(元)",
            "released_yuan": "已下达(元)",
            "paid_yuan": "已支付(元)",
            "last_paid_on": "最近支付日期",
            "execution_rate_pct": "执行率(%)",
            "calendar_pct": "时间进度(%)",
            "likely_paid_yuan": "预计全年支付(元)",
            "likely_carry_over_yuan": "预计结转(元)",
            "state": "状态",
        },
    ),
    (
        "单位",
        "monitor_units",
        {
            "unit_name": "实施单位",
            "projects": "项目数",
            "projects_behind": "滞后或未支付项目数",
            "released_yuan": "已下达(元)",
            "paid_yuan": "已支付(元)",
            "execution_rate_pct": "执行率(%)",
            "likely_carry_over_yuan": "预计结转(元)",
        },
    ),
    (
        "月份",
        "monitor_months",
        {"month": "月份", "paid_yuan": "当月支付(元)", "paid_so_far_yuan": "累计支付(元)"},
    ),
)
_TEMPLATES = Path(__file__).with_name("templates")
_WIDTH = 18


def write_note(run: RunFolder, folder: Path, title: str, lag_points: int) -> None:
    """Write page and workbook from the run's monitoring tables, replacing older ones.

    Args:
        run: The run.
        folder: Folder of the note.
        title: Heading.
        lag_points: Percentage points behind the calendar from which a project counts as behind.
    """
    (fund,) = run.rows("marts", "monitor_fund")
    with replacing(folder / PAGE) as temporary:
        temporary.write_text(_page(run, fund, title, lag_points), encoding="utf-8")
    with replacing(folder / WORKBOOK) as temporary:
        _write_workbook(run, temporary, fund["as_of"])


def _page(run: RunFolder, fund: Mapping[str, Any], title: str, lag_points: int) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wan"] = lambda amount: wan_text(amount, grouping=True)
    # An extrapolation to the 分 would pretend to know it.
    environment.filters["about_wan"] = lambda amount: f"{round_half_up(amount / WAN, 2):,}"
    return environment.get_template("note.html.j2").render(
        title=title,
        fund=fund,
        lag_points=lag_points,
        states=STATES,
        projects=run.rows("marts", "monitor_projects"),
        units=run.rows("marts", "monitor_units"),
        months=run.rows("marts", "monitor_months"),
    )


def _write_workbook(run: RunFolder, path: Path, as_of: dt.date) -> None:
    # Every text is written with write_string: no cell becomes a formula or a link, whatever it begins with.
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": dt.datetime.combine(as_of, dt.time()), "author": "fundeval"})
        header = book.add_format({"bold": True, "text_wrap": True, "border": 1})
        formats = {
            "yuan": book.add_format({"num_format": "#,##0.00"}),
            "pct": book.add_format({"num_format": "0.00"}),
            "on": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for name, table, columns in _SHEETS:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) - 1, _WIDTH)
            for place, heading in enumerate(columns.values()):
                sheet.write_string(0, place, heading, header)
            for line, row in enumerate(run.rows("marts", table), 1):
                _write_row(sheet, line, [(column, row[column]) for column in columns], formats)


def _write_row(sheet: Any, line: int, cells: Sequence[tuple[str, Any]], formats: Mapping[str, Any]) -> None:
    for place, (column, value) in enumerate(cells):
        style = formats.get(column.rpartition("_")[2])
        match value:
            case None:
                continue
            case Decimal() | int():
                sheet.write_number(line, place, value, style)
            case dt.date():
                sheet.write_datetime(line, place, value, style)
            case _:
                sheet.write_string(line, place, STATES.get(value, value) if column == "state" else value)
