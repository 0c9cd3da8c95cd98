"""The tables that stand between the sentences of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from fundeval.core.errors import SEVERITY_ZH
from fundeval.core.source_place import place_words
from fundeval.report import cells
from fundeval.report.blocks import Cell, Column, Table
from fundeval.report.notes import ReportNotes, RuleCheck
from fundeval.report.problems import events
from fundeval.report.published import MetricRow, Published
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
        "cell_corrections": _cell_corrections(notes),
        "waived": _waived(notes),
        "checks": _checks(notes),
        "check_results": _check_results(notes),
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
                cells.name(place_words(event.row.source_file, event.row.source_sheet, event.row.source_row)),
            )
            for number, event in enumerate(events(data.findings), 1)
        ),
    )


def _cell_corrections(notes: ReportNotes) -> Table | None:
    if not notes.cell_corrections:
        return None
    return Table(
        name="cell_corrections",
        caption="经审核更正的单元格",
        columns=(Column(32), Column(18), Column(18), Column(22), Column(10, "center")),
        header=cells.heads("位置", "更正前", "更正后", "理由", "更正人"),
        rows=tuple(
            tuple(cells.name(text) for text in (one.place, one.old_value, one.new_value, one.reason, one.who))
            for one in notes.cell_corrections
        ),
    )


def _waived(notes: ReportNotes) -> Table | None:
    if not notes.waived:
        return None
    return Table(
        name="waived",
        caption="经批准豁免的事项",
        columns=(Column(22), Column(28), Column(26), Column(12, "center"), Column(14, "center")),
        header=cells.heads("规则", "位置", "理由", "批准人", "有效期至"),
        rows=tuple(
            (
                cells.label(one.rule),
                cells.name(one.place),
                cells.name(one.reason),
                cells.name(one.approved_by),
                cells.day(one.expires_on),
            )
            for one in notes.waived
        ),
    )


def _checks(notes: ReportNotes) -> Table | None:
    """Count the rules by what kind they are and what they came to."""
    if not notes.rule_checks:
        return None
    kinds = [
        (SEVERITY_ZH[severity], [one for one in notes.rule_checks if one.severity == severity])
        for severity in SEVERITY_ZH
    ]
    return Table(
        name="checks",
        caption="数据质量检查情况",
        columns=(Column(20, "center"), *(Column(16, "center") for _ in range(5))),
        header=cells.heads("规则级别", "规则数", "通过", "有问题", "不适用", "查出行数"),
        rows=(
            *(_check_row(title, of_kind) for title, of_kind in kinds),
            cells.strong(_check_row("合计", list(notes.rule_checks))),
        ),
        remark=typeset("阻断:不改正就不评价;警示、提示:照常评价,供核实和整改。只统计公开的数据行。"),
    )


def _check_row(title: str, rules: list[RuleCheck]) -> tuple[Cell, ...]:
    by_outcome = Counter(one.outcome for one in rules)
    counts = (len(rules), by_outcome["pass"], by_outcome["fail"], by_outcome["not_applicable"])
    return (
        cells.label(title),
        *(cells.count(count) for count in counts),
        cells.count(sum(one.rows_found for one in rules)),
    )


def _check_results(notes: ReportNotes) -> Table | None:
    """List the rules that found something, then those that could not apply and why."""
    failed = [one for one in notes.rule_checks if one.outcome == "fail"]
    silent = [one for one in notes.rule_checks if one.outcome == "not_applicable"]
    if not failed and not silent:
        return None
    return Table(
        name="check_results",
        caption="有问题和不适用的规则",
        columns=(Column(34), Column(10, "center"), Column(14, "center"), Column(14, "center"), Column(34)),
        header=cells.heads("规则", "级别", "检查行数", "查出行数", "不适用的原因"),
        rows=tuple(
            (
                cells.label(one.title),
                cells.label(SEVERITY_ZH[one.severity]),
                cells.count(one.rows_examined if one.outcome == "fail" else None),
                cells.count(one.rows_found if one.outcome == "fail" else None),
                cells.prose(one.reason if one.outcome == "not_applicable" else ""),
            )
            for one in (*failed, *silent)
        ),
    )
