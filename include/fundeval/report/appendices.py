"""The five appendices of the report, as tables that Word, the workbook and the web page share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fundeval.core.money import number_text
from fundeval.report import cells
from fundeval.report.blocks import Cell, Column, Rows, Table
from fundeval.report.body_tables import RATES
from fundeval.report.notes import ReportNotes
from fundeval.report.published import IndicatorRow, ProjectRow, Published, ServiceRow
from fundeval.report.summary import Category, Money, Question, Scored, categories, money_of, questions, scored
from fundeval.report.typography import typeset
from fundeval.report.wording import BENEFITS, NATURES, OPERATORS, QUESTION_TYPES, RESULTS, STATUSES, shown


@dataclass(frozen=True)
class AppendixTable:
    """An appendix: its title, its table and how its pages lie."""

    title: str
    table: Table
    landscape: bool


def appendices(data: Published, notes: ReportNotes) -> tuple[AppendixTable, ...]:
    """Make the five appendices in their order."""
    fund = f"{notes.year}年度{notes.fund_name}"
    return (
        AppendixTable(f"{fund}收支汇总表", _money(data, notes), landscape=True),
        AppendixTable(f"{fund}项目实施情况表", _progress(data, notes), landscape=True),
        AppendixTable(f"{fund}绩效目标完成情况表", _goals(data, notes), landscape=False),
        AppendixTable(f"{fund}绩效评价指标体系评分表", _scores(data), landscape=True),
        AppendixTable(f"{fund}调查问卷汇总表", _survey(data), landscape=False),
    )


def _money(data: Published, notes: ReportNotes) -> Table:
    everything = [*data.projects, *([data.classified] if data.classified else [])]
    return Table(
        name="appendix_money",
        unit=typeset("单位：万元"),
        columns=(
            Column(4, "center"), Column(24), Column(16), Column(6, "center"),
            *(Column(10, "right") for _ in range(5)), Column(9, "right"),
        ),
        header=cells.heads(
            "序号", "项目名称", "实施单位", "性质",
            "计划投资", "申请金额", "下达金额", "支付金额", "结转金额", "预算执行率(%)",
        ),
        rows=(
            cells.strong((cells.label("合计", colspan=4, align="center"), *_totals(data, money_of(everything)))),
            *_money_rows(data, notes),
        ),
    )  # fmt: skip


def _money_rows(data: Published, notes: ReportNotes) -> Iterator[tuple[Cell, ...]]:
    number = 0
    for category in categories(data.projects, notes):
        title = cells.label(f"{category.name}小计", colspan=4, align="center")
        yield cells.strong((title, *_amounts(money_of(category.projects), "table-projects")))
        for project in category.projects:
            number += 1
            yield (
                cells.count(number),
                cells.name(project.project_name),
                cells.name(project.unit),
                cells.name(shown(NATURES, project.project_nature)),
                cells.wan(project.planned, project.evidence),
                cells.wan(project.applied, project.evidence),
                cells.wan(project.released, project.evidence),
                cells.wan(project.paid, project.evidence),
                cells.wan(project.carry_over, project.evidence),
                cells.pct(project.execution_rate, project.evidence),
            )
    if data.classified:
        yield _classified_row(data, data.classified)


def _totals(data: Published, money: Money) -> tuple[Cell, ...]:
    """The fund's own totals; only the planned investment is added up here, no metric states it."""
    stated = ("applied", "released", "paid", "carry_over", "execution_rate")
    shown_as = (cells.wan, cells.wan, cells.wan, cells.wan, cells.pct)
    return (
        cells.wan(money.planned, "table-projects"),
        *(
            show(data.number(metric), f"metric-{metric}")
            for show, metric in zip(shown_as, stated, strict=True)
        ),
    )


def _classified_row(data: Published, row: ProjectRow) -> tuple[Cell, ...]:
    projects = data.metrics["projects_classified"].value
    amounts = (row.planned, row.applied, row.released, row.paid, row.carry_over)
    return cells.strong(
        (
            cells.label(f"涉密项目({projects}个)合计", colspan=4, align="center"),
            *(cells.wan(amount, row.evidence) for amount in amounts),
            cells.pct(row.execution_rate, row.evidence),
        )
    )


def _amounts(money: Money, evidence: str) -> tuple[Cell, ...]:
    return (
        cells.wan(money.planned, evidence),
        cells.wan(money.applied, evidence),
        cells.wan(money.released, evidence),
        cells.wan(money.paid, evidence),
        cells.wan(money.carry_over, evidence),
        cells.pct(money.execution_pct, evidence),
    )


def _progress(data: Published, notes: ReportNotes) -> Table:
    span = cells.label
    return Table(
        name="appendix_progress",
        unit=typeset("金额单位:万元"),
        # Weights are millimetres; a date is wide enough to break after its year and nowhere else.
        columns=(
            Column(7, "center"), Column(30), Column(21), Column(12, "center"), Column(16),
            Column(14, "right"), *(Column(13.5, "center") for _ in range(5)),
            Column(8.5, "center"), Column(8.5, "center"),
            Column(13, "right"), Column(13, "right"), Column(12, "center"),
        ),
        header=(
            (
                span("序号", rowspan=2), span("项目名称", rowspan=2), span("实施单位", rowspan=2),
                span("实施状态", rowspan=2), span("未完成原因", rowspan=2), span("合同金额", rowspan=2),
                span("采购", colspan=2), span("工期", colspan=3), span("质量", colspan=2),
                span("结算", colspan=2), span("效益实现程度", rowspan=2),
            ),
            tuple(map(span, ("中标通知", "合同签订", "约定完工", "实际开工", "实际完工",
                             "验收", "测评", "计划金额", "审定金额"))),
        ),
        rows=tuple(_progress_rows(data, notes)),
        remark="涉密项目按保密要求不列入本表。" if data.classified else "",
    )  # fmt: skip


def _progress_rows(data: Published, notes: ReportNotes) -> Iterator[tuple[Cell, ...]]:
    number = 0
    for category in categories(data.projects, notes):
        yield cells.strong((cells.label(f"{category.name}({len(category.projects)}个)", colspan=16),))
        for row in category.projects:
            number += 1
            yield (
                cells.count(number),
                cells.name(row.project_name, row.evidence),
                cells.name(row.unit),
                cells.name(shown(STATUSES, row.project_status)),
                cells.name(row.unfinished_cause),
                cells.wan(row.contract_amount, row.evidence),
                *map(
                    cells.day,
                    (row.awarded_on, row.signed_on, row.contract_finish_on, row.started_on, row.finished_on),
                ),
                cells.name(shown(RESULTS, row.acceptance_result)),
                cells.name(shown(RESULTS, row.test_result)),
                cells.wan(row.settlement_planned, row.evidence),
                cells.wan(row.settlement_audited, row.evidence),
                cells.name(shown(BENEFITS, row.benefit_level)),
            )


def _goals(data: Published, notes: ReportNotes) -> Table:
    rows = (
        *_spanned("项目实施", [_category_goal(category) for category in categories(data.projects, notes)]),
        *_spanned("服务指标", [_service_goal(row, number) for number, row in enumerate(data.services, 1)]),
        *_spanned("效益实现", list(_benefit_goals(data))),
        *_spanned("资金与满意度", list(_rate_goals(data, notes))),
    )
    return Table(
        name="appendix_goals",
        columns=(
            Column(11, "center"),
            Column(34),
            Column(20, "center"),
            Column(20, "center"),
            Column(15, "center"),
        ),
        header=cells.heads("目标类别", "指标", "年度目标", "实际完成", "完成情况"),
        rows=rows,
    )


def _spanned(title: str, rows: list[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    for number, row in enumerate(rows):
        yield (cells.label(title, rowspan=len(rows)), *row) if number == 0 else row


def _category_goal(category: Category) -> tuple[Cell, ...]:
    done, planned = len(category.with_status("completed")), len(category.projects)
    return (
        cells.label(f"{category.name}项目完成数量"),
        cells.label(f"{planned}个"),
        cells.label(f"{done}个"),
        _reached(done == planned),
    )


def _service_goal(row: ServiceRow, number: int) -> tuple[Cell, ...]:
    def quantity(value: object) -> str:
        return cells.NONE if value is None else f"{value}{row.measure_unit}"

    target = None if row.target_value is None else number_text(row.target_value)
    actual = None if row.actual_value is None else number_text(row.actual_value)
    operator = shown(OPERATORS, row.target_operator) if target is not None else ""
    return (
        cells.name(row.indicator_name, f"service-{number}"),
        cells.name(operator + quantity(target)),
        cells.name(quantity(actual), f"service-{number}"),
        _reached(row.is_met),
    )


def _benefit_goals(data: Published) -> Iterator[tuple[Cell, ...]]:
    for code in dict.fromkeys(row.benefit_code for row in data.projects if row.benefit_code):
        rows = [
            row for row in data.projects if row.benefit_code == code and row.benefit_level != "not_applicable"
        ]
        realised = sum(row.benefit_level == "full" for row in rows)
        indicator = data.indicator_by_code.get(code)
        yield (
            cells.prose(indicator.level3 if indicator else code),
            cells.label(f"{len(rows)}个项目效益实现"),
            cells.label(f"{realised}个项目全部实现"),
            _reached(realised == len(rows)),
        )


def _rate_goals(data: Published, notes: ReportNotes) -> Iterator[tuple[Cell, ...]]:
    for metric, title in RATES.items():
        value = data.number(metric)
        shown_value = cells.NONE if value is None else f"{value:.2f}%"
        indicator = next((row for row in data.indicators if row.level3 == title), None)
        target = notes.indicator_targets.get(indicator.code, "") if indicator else ""
        reached = None if value is None or indicator is None else indicator.deduction == 0
        yield (
            cells.label(title),
            cells.name(target),
            cells.name(shown_value, f"metric-{metric}"),
            _reached(reached),
        )


def _reached(reached: bool | None) -> Cell:
    return cells.label(cells.NONE if reached is None else "完成" if reached else "未完成")


def _scores(data: Published) -> Table:
    whole = Scored("", data.indicators)
    total = (
        cells.label("合计", colspan=3, align="center"),
        cells.points(whole.weight, "table-indicators"),
        cells.points(whole.score, "metric-score"),
        cells.points(whole.deduction, "table-indicators"),
        cells.label(f"评价等级：{data.metrics['grade'].value}"),
    )
    return Table(
        name="appendix_scores",
        unit=typeset("单位：分"),
        columns=(
            Column(13, "center"), Column(13, "center"), Column(24),
            Column(8, "center"), Column(8, "center"), Column(8, "center"), Column(50),
        ),
        header=cells.heads("一级指标", "二级指标", "三级指标", "权重", "得分", "扣分", "评分依据"),
        rows=(*_score_rows(data), cells.strong(total)),
    )  # fmt: skip


def _score_rows(data: Published) -> Rows:
    rows: list[tuple[Cell, ...]] = []
    for level1 in scored(data.indicators, lambda row: row.level1):
        start = len(rows)
        for level2 in level1.children:
            leaves = [_indicator_cells(row) for row in level2.indicators]
            rows += [(_branch(level2), *leaves[0]), *leaves[1:]]
        rows[start] = (_branch(level1), *rows[start])
    return tuple(rows)


def _branch(level: Scored) -> Cell:
    weight, score = number_text(level.weight), number_text(level.score)
    return cells.label(f"{level.name}({weight}分,得{score}分)", rowspan=len(level.indicators))


def _indicator_cells(row: IndicatorRow) -> tuple[Cell, ...]:
    return (
        cells.prose(f"{row.code} {row.level3}"),
        cells.points(row.weight, row.evidence),
        cells.points(row.score, row.evidence),
        cells.points(row.deduction, row.evidence),
        cells.prose(row.basis),
    )


def _survey(data: Published) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for question in questions(data.survey):
        rows += _question_rows(question, data)
    if not rows:
        rows = [(cells.label("本年度没有调查问卷数据", colspan=6, align="center"),)]
    return Table(
        name="appendix_survey",
        columns=(
            Column(7, "center"), Column(34), Column(13, "center"),
            Column(26), Column(10, "right"), Column(10, "right"),
        ),
        header=cells.heads("题号", "题目", "题型", "选项", "选择数", "占比(%)"),
        rows=tuple(rows),
        remark=typeset("占比：多选题为选择数占有效答卷份数的比重，其他题为选择数占该题回答数的比重；开放问答只统计份数。"),
    )  # fmt: skip


def _question_rows(question: Question, data: Published) -> list[tuple[Cell, ...]]:
    respondents = data.number("respondents")
    free = question.kind == "free_text"
    rows: list[tuple[Cell, ...]] = []
    for row in question.options:
        evidence = f"survey-{question.number}"
        share = None if free else question.share_pct(row, respondents)
        option = cells.label("填写意见") if free and not row.option_text else cells.name(row.option_text)
        rows.append((option, cells.count(row.answers, evidence), cells.pct(share, evidence)))
    head = (
        cells.label(str(question.number), rowspan=len(rows)),
        cells.name(question.text, rowspan=len(rows)),
        cells.label(shown(QUESTION_TYPES, question.kind), rowspan=len(rows)),
    )
    return [(*head, *rows[0]), *rows[1:]]
