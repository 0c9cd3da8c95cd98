"""What the report says: right for any fund-year, in whole sentences, with nothing invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from fundeval.report import Titled, Veto
from fundeval.report.blocks import Appendix, Heading, plain
from fundeval.report.notes import RuleCheck
from report import years
from report.conftest import Teller, Told
from report.datasets import HARDWARE, Year, finding, money, project, service

SECTIONS = [
    "一、基本情况",
    "二、绩效评价工作开展情况",
    "三、综合评价情况及评价结论",
    "四、绩效评价指标分析",
    "五、主要经验及做法、存在的问题及原因分析",
    "六、有关建议",
    "七、其他需要说明的情况",
]
APPENDICES = [
    "收支汇总表",
    "项目实施情况表",
    "绩效目标完成情况表",
    "绩效评价指标体系评分表",
    "调查问卷汇总表",
]


def one(**facts: object) -> Year:
    """A fund-year of one completed project."""
    return Year(budget=money("200"), projects=[project(1, **facts)])


@pytest.mark.parametrize("make", [years.nothing_found, years.everything_found, years.tiny, years.big])
def test_every_report_has_the_seven_sections_and_the_five_appendices(told: Teller, make: object) -> None:
    report = told(make())  # type: ignore[operator]
    assert [plain(b.runs) for b in report.blocks if isinstance(b, Heading) and b.level == 1] == SECTIONS
    annexes = [block for block in report.blocks if isinstance(block, Appendix)]
    assert [annex.number for annex in annexes] == [1, 2, 3, 4, 5]
    for annex, title in zip(annexes, APPENDICES, strict=True):
        assert annex.title == f"2031年度清溪数字治理资金{title}"


def test_money_is_told_in_the_order_it_flows(told: Teller) -> None:
    text = told(years.everything_found()).section("资金投入和使用情况")
    assert "年初预算300万元\uff0c于2031年1月18日批复。" in text
    assert "申请380万元\uff0c财政累计下达370.25万元\uff0c资金到位率97.43%。" in text
    assert "累计支付300.2499万元\uff0c预算执行率81.09%\uff0c结转70.0001万元。" in text
    assert "下达金额超出年初预算70.25万元。" in text
    assert "11月支付最多\uff0c为250万元\uff0c占全年支付的83.26%" in text


def test_money_left_in_the_budget_is_told_and_nothing_is_told_where_none_is(told: Teller) -> None:
    assert "尚有100万元未下达" in told(one()).text
    exact = told(replace(one(), budget=money("100"))).section("资金投入和使用情况")
    assert "未下达。" not in exact
    assert "没有结转" in exact


def test_a_year_without_money_states_no_rate(told: Teller) -> None:
    text = told(years.tiny(), years.bare_notes()).section("资金投入和使用情况")
    assert "全年没有申请和下达资金。" in text
    assert "全年没有发生支付。" in text
    assert "%" not in text


@pytest.mark.parametrize(
    ("natures", "sentence"),
    [
        (["新建"], "共安排项目1个\uff0c为新建项目"),
        (["续建"], "共安排项目1个\uff0c为续建项目"),
        (["新建", "新建"], "共安排项目2个\uff0c均为新建项目"),
        (["续建", "续建"], "共安排项目2个\uff0c均为续建项目"),
        (["续建", "新建", "续建"], "共安排项目3个\uff0c其中续建2个、新建1个"),
    ],
)
def test_projects_are_counted_by_nature(told: Teller, natures: list[str], sentence: str) -> None:
    projects = [project(number, project_nature=nature) for number, nature in enumerate(natures, 1)]
    assert sentence in told(Year(budget=money("900"), projects=projects)).text


def test_units_are_compared_only_where_there_are_several(told: Teller) -> None:
    assert "公开项目由市数据局一家单位承担。" in told(one()).text
    two = [project(1), project(2, unit="市档案馆", paid=money("25"))]
    text = told(Year(budget=money("300"), projects=two)).text
    assert (
        "2家单位承担公开项目\uff0c其中1家已将下达资金全部支付\uff0c预算执行率最低的是市档案馆\uff0c为25%。"
        in text
    )


def test_classified_projects_appear_as_count_and_money_only(told: Teller) -> None:
    text = told(years.everything_found()).section("涉密项目")
    assert text.startswith("2031年度有涉密项目2个\uff0c合计下达60.25万元\uff0c支付60.25万元\uff0c结转0万元")
    assert told(years.nothing_found()).section("涉密项目") == "2031年度没有涉密项目。"


def test_score_grade_and_every_deduction_are_told_by_level(told: Teller) -> None:
    text = told(years.everything_found()).section("三、综合评价情况及评价结论")
    assert "得分92.37分\uff08满分100分\uff09\uff0c评价等级为“差”" in text
    assert "项目过程权重25分\uff0c得21.87分\uff0c扣3.13分。" in text
    for name, points in (("绩效指标明确性", "0.5"), ("预算执行率", "2.13"), ("制度执行有效性", "1")):
        assert f"{name}扣{points}分\uff1a" in text
    full = told(years.nothing_found()).section("三、综合评价情况及评价结论")
    assert full.count("没有扣分。") == 4


def test_a_veto_decides_the_grade_and_is_named(told: Teller) -> None:
    vetoes = (Veto(item="重大违纪", occurred=True, note="挪用资金"), Veto(item="重大隐患", occurred=False))
    text = told(years.everything_found(), years.notes(vetoes=vetoes)).section("三、综合评价情况及评价结论")
    assert "评价发现否决性事项\uff1a重大违纪\uff08挪用资金\uff09。" in text
    assert "不再由得分决定" in text
    assert "没有发生否决性事项" in told(years.everything_found()).text
    assert "否决性" not in told(years.tiny(), years.bare_notes()).text


def test_a_scheme_of_another_year_is_told_where_it_matters(told: Teller) -> None:
    notes = years.notes(scheme_year=2029, scheme_is_fallback=True)
    text = told(years.nothing_found(), notes).text
    assert "评价采用2029年度评价方案" in text
    assert "2031年度没有专门的评价方案\uff0c本次评价沿用2029年度方案" in text
    assert "沿用" not in told(years.nothing_found()).text


def test_nothing_found_is_said_and_nothing_is_recommended(told: Teller) -> None:
    report = told(years.nothing_found())
    assert report.section("存在的问题及原因分析") == "本次评价没有发现问题\uff0c各项指标均得满分。"
    assert report.section("有关建议").startswith("本次评价没有发现需要整改的问题")
    assert not report.has_table("findings")


def test_everything_found_is_grouped_with_basis_cost_cause_and_recommendation(told: Teller) -> None:
    report = told(years.everything_found())
    problems = report.section("存在的问题及原因分析")
    for title in (
        "建设计划下达偏晚", "合同签订超过规定期限", "服务采购未经电子卖场", "先实施后补办电子卖场手续",
        "部分项目未完成", "部分项目因客观原因未完成", "部分项目启动不及时", "部分项目完工不及时", "部分项目效益未实现",
        "社会公众满意度未达目标",
    ):  # fmt: skip
        assert f"\uff09{title}" in problems
    assert "依据为《中华人民共和国招标投标法》第四十六条。" in problems
    assert "上述情况计入“制度执行有效性”指标\uff0c该指标共扣1分。" in problems
    assert problems.count("产生上述问题的原因\uff1a") == 6
    recommendations = report.section("有关建议")
    for title in (
        "按期签订合同",
        "落实电子卖场采购要求",
        "先下单后服务",
        "改进绩效指标明确性",
        "改进预算执行率",
    ):
        assert title in recommendations


def test_one_event_is_told_without_repeating_its_project_and_two_are_told_apart(told: Teller) -> None:
    first, second = project(1), project(2)
    single = Year(
        budget=money("300"),
        projects=[first, second],
        findings=[finding("finished_late", first, "C31", "逾期78天")],
        deductions={"C31": ("0.5", "完工不及时")},
    )
    text = told(single).section("部分项目完工不及时")
    assert text.startswith("清溪项目001未在合同约定日期前完工。具体情况\uff1a逾期78天。")
    single.findings.append(finding("finished_late", second, "C31", "清溪项目002逾期9天"))
    both = told(single).section("部分项目完工不及时")
    assert both.startswith("清溪项目001和清溪项目002共2个项目未在合同约定日期前完工。")
    assert "具体情况\uff1a清溪项目001\uff1a逾期78天\uff1b清溪项目002逾期9天。" in both


def test_contracts_are_counted_as_contracts_not_as_projects(told: Teller) -> None:
    text = told(years.everything_found()).section("服务采购未经电子卖场")
    assert text.startswith("共有2项服务未通过电子卖场采购\uff0c涉及清溪项目002。")


def test_what_is_reported_without_costing_points_says_so(told: Teller) -> None:
    text = told(years.everything_found()).section("部分项目因客观原因未完成")
    assert "以上情况只作反映\uff0c不扣分。" in text
    assert "计入" not in text


def test_many_events_are_told_in_part_and_listed_in_full(told: Teller) -> None:
    report = told(years.big())
    assert "其余392项见问题清单" in report.section("合同签订超过规定期限")
    assert len(report.table("findings").rows) == 444


def test_a_rule_this_library_has_no_words_for_is_reported_all_the_same(told: Teller) -> None:
    report = told(years.everything_found())
    assert "3张发票没有入账" in report.section("6.其他问题")
    assert "逐项整改" in report.section("其他建议")


def test_points_lost_without_a_finding_are_problems_too(told: Teller) -> None:
    text = told(years.everything_found()).section("指标评分反映的其他不足")
    assert "指标笼统\uff0c未充分细化量化\uff0c该指标扣0.5分。" in text
    assert "制度执行有效性" not in text


def test_what_nobody_has_written_is_marked_and_listed_and_nothing_else_is(told: Teller) -> None:
    report = told(years.tiny(), years.bare_notes())
    for gap in ("项目背景", "总体目标", "主要经验及做法", "报告日期", "指标评分反映的其他不足的原因"):
        assert f"【待评价人员补充\uff1a{gap}】" in report.text
        assert gap in report.section("有待补充的内容")
    complete = told(years.nothing_found())
    assert "待评价人员补充" not in complete.text
    assert "有待补充" not in complete.text


def test_texts_of_people_stand_where_they_belong(told: Teller) -> None:
    notes = years.notes(suggestions=(Titled(title="建立项目库", text="提前两年储备项目。"),))
    report = told(years.nothing_found(), notes)
    assert "先定总体架构\uff0c再排年度计划" in report.section("主要经验及做法")
    assert "提前两年储备项目。" in report.section("评价人员的其他建议")
    assert "计划涉及部门多\uff0c会商时间长。" in told(years.everything_found()).section("前期准备不充分")


def test_corrections_of_a_release_are_listed_or_denied(told: Teller) -> None:
    text = told(years.nothing_found(), years.audited_notes()).section("数据更正")
    assert (
        "与第2版发布的结果相比\uff0c本次有下列更正\uff1a\n"
        "1.《国库集中支付明细.csv》已更换\uff1b\n2.累计支付由2990000.00元更正为3002499.00元\uff1b\n"
        "3.分月支付\uff1a修改1行。"
    ) in text
    assert (
        told(years.nothing_found()).section("数据更正")
        == "本次发布的结果没有更正此前的发布\uff1b以后如有更正\uff0c以随成果一并发布的更正说明为准。"
    )


def shown(report: Told, name: str) -> list[list[str]]:
    return [[plain(cell.runs) for cell in row] for row in report.table(name).rows]


def test_corrected_cells_are_told_and_those_that_may_not_be_are_counted(told: Teller) -> None:
    report = told(years.nothing_found(), years.audited_notes())
    assert "2个单元格按经审核的更正清单更正后使用" in report.section("数据更正")
    assert "其中1个在不公开的数据行中\uff0c下表不予列示" in report.section("数据更正")
    assert shown(report, "cell_corrections") == [
        ["《项目实施进度.xlsx》“进度”第12行“完工日期”列", "2031-13-02", "2031-12-02", "日期录入有误", "李某"]
    ]
    plainly = told(years.nothing_found())
    assert "单元格" not in plainly.text
    assert not plainly.has_table("cell_corrections")


def test_waived_rows_are_told_with_who_approved_and_until_when(told: Teller) -> None:
    report = told(years.nothing_found(), years.audited_notes())
    assert report.section("豁免事项") == "2行数据经批准豁免\uff0c不作为问题。"
    assert shown(report, "waived") == [
        ["周末支付", "《国库集中支付明细.csv》第9行", "年终集中支付", "王某", "2032-06-30"],
        ["计划总额不符", "—", "计划调整已另行批复", "王某", "—"],
    ]
    assert "豁免" not in told(years.nothing_found()).text


def test_rules_over_the_data_are_counted_by_severity_and_outcome(told: Teller) -> None:
    report = told(years.nothing_found(), years.audited_notes())
    assert "共运行检查规则4条\uff0c其中2条查出问题\uff0c1条因没有相应数据而不适用。" in report.section(
        "数据质量检查"
    )
    assert shown(report, "checks") == [
        ["阻断", "1", "1", "0", "0", "0"],
        ["警示", "1", "0", "1", "0", "2"],
        ["提示", "2", "0", "1", "1", "7"],
        ["合计", "4", "1", "2", "1", "9"],
    ]
    assert shown(report, "check_results") == [
        ["周末支付", "提示", "412", "7", "—"],
        ["支付超合同", "警示", "36", "2", "—"],
        ["答卷过快", "提示", "—", "—", "没有设定最短答题时间"],
    ]
    passed = (RuleCheck(title="凭证号重复", severity="critical", outcome="pass", rows_examined=3),)
    sound = told(years.nothing_found(), years.audited_notes(rule_checks=passed))
    assert sound.section("数据质量检查") == "对报送数据共运行检查规则1条\uff0c没有规则查出问题。"
    assert not sound.has_table("check_results")
    assert "数据质量检查" not in told(years.nothing_found()).text


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([], "2031年度没有设定服务类量化指标。"),
        ([service("巡检", "12", "12", met=True)], "服务类指标共1项\uff0c已达到目标。"),
        (
            [service("巡检", "12", "13", met=True), service("更新", "9", "9", met=True)],
            "共2项\uff0c均已达到目标。",
        ),
        (
            [service("巡检", "12", "8.5", met=False)],
            "共1项\uff0c未达到目标\uff1a巡检目标不少于12次\uff0c实际8.5次。",
        ),
        (
            [service("巡检", "12", None, met=False), service("更新", "9", "9", met=True)],
            "共2项\uff0c1项达到目标\uff0c1项未达到目标\uff1a巡检目标不少于12次\uff0c没有报送完成值。",
        ),
    ],
)
def test_service_targets(told: Teller, services: list[dict[str, object]], sentence: str) -> None:
    assert sentence in told(replace(one(), services=services)).section("服务指标完成情况")


def test_satisfaction_is_told_with_its_answers_or_not_at_all(told: Teller) -> None:
    text = told(years.everything_found()).section("满意度调查情况")
    assert (
        "有效答卷50份\uff0c满意度各题共有回答100个\uff0c其中表示满意的81个\uff0c社会公众满意度81%。" in text
    )
    assert told(one()).section("满意度调查情况") == "2031年度没有可计算的社会公众满意度。"


def test_settlement_is_told_only_of_settled_projects_and_a_loss_is_negative(told: Teller) -> None:
    assert "该项目尚未完成结算评审" in told(one()).section("1.软件平台开发")
    text = told(years.everything_found()).section("2.信息化硬件建设")
    assert "结算评审的项目1个\uff0c计划金额50万元\uff0c审定金额60万元\uff0c成本节约率-20%。" in text


def test_projects_that_are_not_complete_are_named_by_state(told: Teller) -> None:
    text = told(years.everything_found()).section("1.软件平台开发")
    assert "已完工1个\uff1b未启动1个\uff0c为清溪项目003\uff1b终止1个\uff0c为清溪项目004。" in text
    failed = told(years.everything_found()).section("2.信息化硬件建设")
    assert "有验收结论的项目2个\uff0c不合格1个\uff0c为清溪项目005。" in failed


def test_a_fund_year_without_public_projects_still_has_a_report(told: Teller) -> None:
    year = Year(
        budget=money("100"), projects=[], classified=(3, money("90"), money("80"), money("70"), money("60"))
    )
    text = told(year).text
    assert "2031年度没有公开项目。" in text
    assert "涉密项目3个" in text


def test_a_year_without_any_project_says_so(told: Teller) -> None:
    assert "2031年度没有安排项目。" in told(Year(budget=money("100"), projects=[]), years.bare_notes()).text


def test_payments_beyond_what_was_released_are_called_that(told: Teller) -> None:
    text = told(one(released=money("50"), paid=money("60"))).section("资金投入和使用情况")
    assert "预算执行率120%\uff0c支付超出当年下达10万元。" in text


def test_another_fund_and_year_is_named_throughout(told: Teller) -> None:
    notes = years.notes(
        fund_name="云岭水利资金",
        year=2045,
        evaluator="云岭事务所",
        signed_on=dt.date(2046, 3, 1),
        scheme_year=2045,
    )
    text = told(replace(one(), projects=[project(1, category=HARDWARE)]), notes).text
    assert text.startswith("2045年度云岭水利资金绩效评价报告")
    assert "清溪数字治理资金" not in text
    assert "2031年度" not in text
    assert "2046年3月1日" in text


def test_indicator_names_with_commas_are_kept_apart(told: Teller) -> None:
    year = Year(budget=money("300"), projects=[project(1), project(2, benefit_code="D12")])
    assert "设定“推动共建共享”、“提升服务效率”2项效益目标" in told(year).text


def test_a_score_of_another_total_is_told_as_it_is(told: Teller) -> None:
    year = replace(one(), deductions={"A11": ("2.5", "依据不足")})
    assert year.tables()["metrics"][18]["value"] == Decimal("97.5")
    assert "得分97.5分" in told(year).text
