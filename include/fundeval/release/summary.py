"""What a person reads at the end of a run: money, rates, score, findings, where the release lies, time taken.

Every figure is read back from the published release, so what is shown is what was published.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from fundeval.core.money import number_text, wan_text
from fundeval.release.plain_text import plain_console, plain_table, printed
from fundeval.report.published import MetricRow, Published, read_published
from fundeval.report.wording import problem_wording

_WIDTH = 100
_MONEY = {
    "budget": "年初预算",
    "applied": "申请",
    "released": "累计下达",
    "paid": "累计支付",
    "carry_over": "结转",
    "unreleased": "未下达",
}
_RATES = {
    "arrival_rate": "资金到位率",
    "execution_rate": "预算执行率",
    "cost_saving_rate": "成本节约率",
    "satisfaction_rate": "社会公众满意度",
}
_COUNTS = {
    "projects": "项目",
    "projects_new": "其中新建",
    "projects_continuing": "续建",
    "projects_classified": "涉密",
    "implementing_units": "实施单位",
    "respondents": "有效问卷",
}


def summary_text(release: Path, seconds: Mapping[str, float], place: str = "") -> str:
    """Return the summary of a published release as plain Chinese text.

    Args:
        release: Folder of the release, ``releases/<fund>/<year>/v<N>``.
        seconds: Wall-clock seconds of each stage by its Chinese title, in the order they ended.
        place: Where people find the release; its folder by default.
    """
    identity = json.loads((release / "release.json").read_text(encoding="utf-8"))
    dataset = read_published(release / "dataset")
    console = plain_console(_WIDTH)
    console.print(_title(identity), highlight=False)
    for note in _scheme_notes(identity):
        console.print(note, highlight=False)
    for table in _tables(dataset, seconds):
        console.print("", table, sep="\n", highlight=False)
    console.print()
    for line in _places(release, place or str(release)):
        console.print(line, highlight=False, soft_wrap=True)
    return printed(console) + "\n"


def _title(identity: Mapping[str, Any]) -> str:
    return f"绩效评价已发布:{identity['fund']} {identity['year']} 年度,第 {identity['version']} 版"


def _scheme_notes(identity: Mapping[str, Any]) -> Iterable[str]:
    scheme = identity["scheme"]
    yield f"评价指标体系:{scheme['title']}"
    if scheme["is_fallback"]:
        yield f"注意:本年度没有专门的指标体系,沿用该资金 {scheme['year']} 年度的指标体系。"


def _tables(dataset: Published, seconds: Mapping[str, float]) -> Iterable[Table]:
    yield _figures("资金(万元)", {label: _wan(dataset.metrics[name]) for name, label in _MONEY.items()})
    yield _figures("比率", {label: _rate(dataset.metrics[name]) for name, label in _RATES.items()})
    yield _figures("数量", {label: dataset.metrics[name].value for name, label in _COUNTS.items()})
    yield _scores(dataset)
    yield _findings(dataset)
    yield _durations(seconds)


def _table(title: str, *columns: str) -> Table:
    """Return an empty table of figures, aligned to the right."""
    table = plain_table(title, min_width=cell_len(title))
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table


def _figures(title: str, figures: Mapping[str, str]) -> Table:
    table = _table(title, *figures)
    table.add_row(*figures.values())
    return table


def _named(title: str, *columns: str) -> Table:
    """Return an empty table whose first column names what the others are figures of."""
    table = _table(title, *columns)
    table.columns[0].justify = "left"
    return table


def _wan(metric: MetricRow) -> str:
    return "—" if metric.amount is None else wan_text(metric.amount, grouping=True)


def _rate(metric: MetricRow) -> str:
    return "—" if metric.amount is None else f"{metric.amount}%"


def _scores(dataset: Published) -> Table:
    total, grade = dataset.metrics["score"], dataset.metrics["grade"]
    table = _named(f"得分 {total.value},等级“{grade.value}”", "扣分指标", "分值", "得分", "扣分")
    for row in dataset.indicators:
        if row.deduction:
            points = (number_text(value) for value in (row.weight, row.score, row.deduction))
            table.add_row(f"{row.code} {row.level3}", *points)
    return table


def _findings(dataset: Published) -> Table:
    events = Counter(row.rule for row in dataset.findings)
    deducting = Counter(row.rule for row in dataset.findings if row.deducts)
    wording = problem_wording()
    table = _named(f"发现的问题({len(dataset.findings)} 项)", "类别", "项数", "其中扣分")
    for rule in sorted(events, key=lambda name: ([*wording.rules, name].index(name), name)):
        title = wording.rules[rule].title if rule in wording.rules else rule
        table.add_row(title, str(events[rule]), str(deducting[rule]))
    return table


def _durations(seconds: Mapping[str, float]) -> Table:
    table = _named("各步骤用时(秒)", "步骤", "用时")
    for title, duration in seconds.items():
        table.add_row(title, f"{duration:.1f}")
    return table


def _places(release: Path, place: str) -> Iterable[str]:
    report = release / "report"
    yield f"发布成果:{place}"
    for name, label in (("report.docx", "评价报告"), ("report.pdf", "报告PDF"), ("appendices.xlsx", "附表")):
        yield f"  {label}:{place}/report/{name}" if (report / name).is_file() else f"  {label}:未生成"
    yield f"  数据集:{place}/dataset"
