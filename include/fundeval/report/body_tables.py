"""The tables that stand between the sentences of the report."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fundeval.report import cells
from fundeval.report.blocks import Cell, Column, Table
from fundeval.report.notes import ReportNotes
from fundeval.report.problems import events
from fundeval.report.published import FindingRow, MetricRow, Published
from fundeval.report.summary import Scored, scored
from fundeval.report.typography import typeset
from fundeval.report.wording import problem_wording

STAGES: Mapping[str, str] = {
    "budget": "年初预算", "applied": "申请金额", "released": "累计下达", "paid": "累计支付",
    "carry_over": "年末结转", "unreleased": "预算未下达",
}  # fmt: skip
RATES: Mapping[str, str] = {
    "arrival_rate": "资金到位率", "execution_rate": "预算执行率",
    "cost_saving_rate": "成本节约率", "satisfaction_rate": "社会公众满意度",
}  # fmt: skip

_MONEY_RATES = {"arrival_rate", "execution_rate", "cost_saving_rate"}


def body_tables(data: Published, notes: ReportNotes) -> Mapping[str, Table | None]:
    """Make every table a template may set, by name; None where the year has nothing to show."""
    return {
        "money": _money(data),
        "sources": _sources(notes),
        "scores": _scores(data),
        "rates": _rates(data),
        "findings": _findings(data),
    }


def _money(data: Published) -> Table:
    return Table(
        name="money",
        caption="资金投入和使用情况",
        unit=typeset("单位:万元"),
        columns=(Column(20, "center"), Column(20, "right"), Column(60)),
        header=cells.heads("环节", "金额", "口径"),
        rows=tuple(
            (
                cells.label(title),
                cells.wan(data.number(metric), f"metric-{metric}"),
                cells.prose(data.metrics[metric].definition),
            )
            for metric, title in STAGES.items()
        ),
    )


def _sources(notes: ReportNotes) -> Table | None:
    if not notes.sources:
        return None
    return Table(
        name="sources",
        caption="评价采用的数据文件",
        columns=(Column(24), Column(34), Column(12, "right"), Column(12, "right"), Column(22, "center")),
        header=cells.heads("数据种类", "文件名", "采用行数", "退回行数", "文件摘要(SHA-256前16位)"),
        rows=tuple(
            (
                cells.name(source.kind),
                cells.name(source.file_name),
                cells.count(source.accepted_rows),
                cells.count(source.rejected_rows),
                cells.name(source.sha256[:16]),
            )
            for source in notes.sources
        ),
    )


def _scores(data: Published) -> Table | None:
    if not data.indicators:
        return None
    levels = scored(data.indicators, lambda row: row.level1)
    whole = Scored("合计", data.indicators)
    return Table(
        name="scores",
        caption="一级指标得分情况",
        unit=typeset("单位:分"),
        columns=(Column(32, "center"), *(Column(17, "center") for _ in range(4))),
        header=cells.heads("一级指标", "权重", "得分", "扣分", "得分率(%)"),
        rows=(*map(_score_row, levels), cells.strong(_score_row(whole))),
    )


def _score_row(level: Scored) -> tuple[Cell, ...]:
    return (
        cells.label(level.name),
        cells.points(level.weight, "table-indicators"),
        cells.points(level.score, "table-indicators"),
        cells.points(level.deduction, "table-indicators"),
        cells.pct(level.rate_pct, "table-indicators"),
    )


def _rates(data: Published) -> Table:
    return Table(
        name="rates",
        caption="主要比率及其计算",
        columns=(
            Column(18, "center"),
            Column(9, "right"),
            Column(14, "right"),
            Column(14, "right"),
            Column(45),
        ),
        header=cells.heads("比率", "数值(%)", "分子", "分母", "口径"),
        rows=tuple(_rate_row(data.metrics[metric], title) for metric, title in RATES.items()),
        remark=typeset("分子、分母为金额的以万元计,其余以个数计;没有分母的比率不计算,以“—”表示。"),
    )


def _rate_row(metric: MetricRow, title: str) -> tuple[Cell, ...]:
    return (
        cells.label(title),
        cells.pct(metric.amount, metric.evidence),
        _part(metric, metric.numerator),
        _part(metric, metric.denominator),
        cells.prose(metric.definition),
    )


def _part(metric: MetricRow, part: Decimal | None) -> Cell:
    return (
        cells.wan(part, metric.evidence)
        if metric.metric in _MONEY_RATES
        else cells.count(part, metric.evidence)
    )


def _findings(data: Published) -> Table | None:
    if not data.findings:
        return None
    wording = problem_wording()
    return Table(
        name="findings",
        caption="问题清单",
        columns=(Column(7, "center"), Column(18), Column(22), Column(33), Column(20)),
        header=cells.heads("序号", "问题", "项目", "情况", "数据出处"),
        rows=tuple(
            (
                cells.count(number, event.evidence),
                cells.label(wording.rules.get(event.row.rule, wording.unknown_rule).title),
                cells.name(event.row.project_name),
                cells.prose(event.row.detail),
                cells.name(_place(event.row)),
            )
            for number, event in enumerate(events(data.findings), 1)
        ),
    )


def _place(row: FindingRow) -> str:
    """Say where in the sources a finding stands, as a clerk would look it up."""
    if not row.source_file:
        return ""
    sheet = f"“{row.source_sheet}”" if row.source_sheet else ""
    line = f"第{row.source_row}行" if row.source_row else ""
    return f"《{row.source_file}》{sheet}{line}"
