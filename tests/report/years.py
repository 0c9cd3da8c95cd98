"""Ready-made invented fund-years: what a report must be right about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from fundeval.report import GradeBand, ReportNotes, Source, Titled, Veto
from fundeval.report.notes import CellCorrection, Corrected, RuleCheck, Waived
from report.datasets import (
    HARDWARE,
    OPTIONS,
    SERVICE,
    SOFTWARE,
    Row,
    Year,
    finding,
    money,
    project,
    question,
    service,
)

DAY = dt.date


def notes(**changes: object) -> ReportNotes:
    """Registration and wording of an invented fund, with every text a person can write."""
    facts: dict[str, object] = {
        "fund_name": "清溪数字治理资金",
        "department": "清溪市数据局",
        "evaluator": "清溪诚信会计师事务所",
        "year": 2031,
        "plan_doc_no": "清数发〔2031〕7号",
        "plan_issued_on": DAY(2031, 5, 9),
        "budget_approved_on": DAY(2031, 1, 18),
        "scheme_year": 2031,
        "legal_references": ("《中华人民共和国预算法》", "《项目支出绩效评价管理办法》(财预〔2020〕10号)"),
        "grade_bands": (
            GradeBand(grade="优", at_least=Decimal(90)),
            GradeBand(grade="良", at_least=Decimal(80)),
            GradeBand(grade="中", at_least=Decimal(60)),
            GradeBand(grade="差", at_least=Decimal(0)),
        ),
        "indicator_targets": {"D15": "≥90%"},
        "vetoes": (Veto(item="重大信息安全隐患", occurred=False), Veto(item="重大违纪违规行为", occurred=False)),
        "sources": (
            Source(kind="预算批复及建设计划", file_name="预算批复及建设计划.xlsx", sha256="a1" * 32, accepted_rows=36),
            Source(kind="国库集中支付明细", file_name="国库集中支付明细.csv", sha256="b2" * 32, accepted_rows=412,
                   rejected_rows=3),
        ),
        "background": "为统筹全市信息化项目建设,推动数据共享,市级预算设立该项资金。",
        "overall_goal": "三年内建成统一的数字底座,使主要政务服务事项全部实现网上办理。",
        "fieldwork": "评价小组于次年三月进行现场评价,查看全部公开项目,审核全部支付凭证。",
        "experiences": (Titled(title="统筹规划", text="先定总体架构,再排年度计划,避免重复建设。"),),
        "causes": {
            "preparation": "计划涉及部门多,会商时间长。",
            "procedure": "项目单位对采购程序了解不够。",
            "output": "部分项目方案反复修改。",
            "benefit": "配套应用推广慢。",
            "scoring": "绩效管理尚未融入项目管理。",
        },
        "signed_on": DAY(2032, 4, 20),
    }  # fmt: skip
    return ReportNotes.model_validate(facts | changes)


def audited_notes(**changes: object) -> ReportNotes:
    """The same of a corrected release, with everything a report says of the data itself."""
    facts: dict[str, object] = {
        "corrected": Corrected(
            version=2,
            changes=("《国库集中支付明细.csv》已更换", "累计支付由2990000.00元更正为3002499.00元", "分月支付:修改1行"),
        ),
        "cell_corrections": (
            CellCorrection(place="《项目实施进度.xlsx》“进度”第12行“完工日期”列", old_value="2031-13-02",
                           new_value="2031-12-02", reason="日期录入有误", who="李某"),
        ),
        "cell_corrections_withheld": 1,
        "waived": (
            Waived(rule="周末支付", place="《国库集中支付明细.csv》第9行", reason="年终集中支付", approved_by="王某",
                   expires_on=DAY(2032, 6, 30)),
            Waived(rule="计划总额不符", place="", reason="计划调整已另行批复", approved_by="王某"),
        ),
        "rule_checks": (
            RuleCheck(title="凭证号重复", severity="critical", outcome="pass", rows_examined=412),
            RuleCheck(title="周末支付", severity="info", outcome="fail", rows_examined=412, rows_found=7),
            RuleCheck(title="支付超合同", severity="warning", outcome="fail", rows_examined=36, rows_found=2),
            RuleCheck(title="答卷过快", severity="info", outcome="not_applicable", reason="没有设定最短答题时间"),
        ),
    }  # fmt: skip
    return notes(**(facts | changes))


def bare_notes(**changes: object) -> ReportNotes:
    """Registration alone: nobody has written anything yet."""
    facts: dict[str, object] = {
        "fund_name": "清溪数字治理资金",
        "department": "清溪市数据局",
        "evaluator": "清溪诚信会计师事务所",
        "year": 2031,
        "scheme_year": 2031,
    }
    return ReportNotes.model_validate(facts | changes)


def survey(satisfied: int, others: int) -> list[Row]:
    """Two satisfaction questions and one of each other kind."""
    counts = dict(zip(OPTIONS, (satisfied // 2, satisfied - satisfied // 2, others, 0, 0), strict=True))
    total = satisfied + others
    return [
        *question(1, "您的身份", "单选", {"企业职工": total - 1, "学生": 1}),
        *question(2, "您了解的渠道", "多选", {"政府网站": total, "短信": total // 2}),
        *question(
            3, "您对门户网站的满意程度", "满意度", {name: count for name, count in counts.items() if count}
        ),
        *question(4, "您对网上办事的满意程度", "满意度", {"满意": total}),
        *question(5, "您的意见", "意见建议", {"": total // 3}),
    ]


def nothing_found() -> Year:
    """Everything done, paid and realised; full marks."""
    return Year(
        budget=money("500"),
        projects=[
            project(1, awarded_on=DAY(2031, 2, 1), signed_on=DAY(2031, 2, 20), test_result="合格"),
            project(2, category=HARDWARE, unit="市档案馆", project_nature="新建", settlement_planned=money("110"),
                    settlement_audited=money("101.2"), benefit_code="D12"),
            project(3, category=SERVICE, released=money("300"), benefit_code="D12"),
        ],
        services=[service("网站信息更新", "1200", "1350.5", met=True), service("监测频次", "52", "52", met=True)],
        survey=survey(46, 4),
        respondents=50,
    )  # fmt: skip


def everything_found() -> Year:
    """One or more events of every rule and points lost on every kind of indicator; a veto's grade."""
    late = project(1, awarded_on=DAY(2031, 2, 1), signed_on=DAY(2031, 4, 20), paid=money("40"))
    bypassed = project(2, unit="市档案馆", category=HARDWARE, paid=money("99.9999"))
    unstarted = project(
        3,
        project_status="未启动",
        unfinished_cause="未按计划启动",
        released=money(0),
        applied=money(0),
        contract_amount="",
        acceptance_result="",
        benefit_level="未实现",
    )
    stopped = project(
        4,
        project_status="终止",
        unfinished_cause="政策调整需求变化",
        released=money("10"),
        paid=money(0),
        acceptance_result="",
        benefit_code="",
        benefit_level="不适用",
        unit="市审计局",
    )
    failed = project(
        5,
        acceptance_result="不合格",
        test_result="不合格",
        benefit_level="部分实现",
        benefit_code="D12",
        settlement_planned=money("50"),
        settlement_audited=money("60"),
        category=HARDWARE,
    )
    return Year(
        budget=money("300"),
        projects=[late, bypassed, unstarted, stopped, failed],
        classified=(2, money("88.5"), money("70"), money("60.25"), money("60.25")),
        findings=[
            finding("plan_issued_late", None, "A31", "建设计划2031年5月9日下达,晚于预算批复3个月"),
            finding("contract_signed_late", late, "B22", "2031-02-01中标,2031-04-20签订,相隔78天,超过30天的时限"),
            finding("emall_bypassed", bypassed, "B22", "监理合同2.2万元没有电子卖场订单编号", row=6),
            finding("emall_bypassed", bypassed, "B22", "设计合同1.96万元没有电子卖场订单编号", row=7),
            finding("emall_after_the_fact", late, "B22", "服务2031-03-01开始,订单2031-03-11才下单,晚10天"),
            finding("not_completed", unstarted, "C11", "年末实施状态为“未启动”,原因:未按计划启动"),
            finding("not_completed_excused", stopped, "C11", "年末实施状态为“终止”,原因:政策调整需求变化",
                    deducts=False),
            finding("started_late", late, "C31", "技术评审后12个月才取得中标通知,超过6个月"),
            finding("finished_late", late, "C31", "合同约定2031-06-30完工,实际2031-09-16完工,晚78天"),
            finding("benefit_not_realised", unstarted, "D11", "效益“未实现”"),
            finding("benefit_not_realised", failed, "D12", "效益“部分实现”"),
            finding("satisfaction_below_target", None, "D15", "社会公众满意度81.00%,目标90%"),
            finding("invoice_missing", bypassed, "B22", "3张发票没有入账"),
        ],
        deductions={
            "A22": ("0.5", "指标笼统,未充分细化量化"),
            "A31": ("0.5", "建设计划下达晚于预算批复3个月"),
            "B12": ("2.13", "累计支付除以累计下达"),
            "B22": ("1", "合同和采购存在问题"),
            "C11": ("0.5", "1个项目未完成"),
            "C31": ("1", "1个项目启动不及时、1个项目完工不及时"),
            "D11": ("0.5", "1个项目效益未实现"),
            "D12": ("0.5", "1个项目效益部分实现"),
            "D15": ("1", "满意度81.00%"),
        },
        services=[
            service("网站信息更新", "1200", "900.5", met=False, unit="条"),
            service("监测频次", "52", None, met=False),
            service("短信发送", "60", "69.55", met=True, unit="万条"),
        ],
        survey=survey(31, 19),
        respondents=50,
        months=[money("-1.5"), *(money(0) for _ in range(9)), money("250"), money("51.7499")],
        grade="差",
    )  # fmt: skip


def tiny() -> Year:
    """One new project that was not even started: no money, no survey, no services, no settlement."""
    return Year(
        budget=money("20"),
        projects=[
            project(1, project_nature="新建", project_status="未启动", released=money(0), applied=money(0),
                    contract_amount="", acceptance_result="", benefit_level="未实现"),
        ],
        months=[Decimal(0)] * 12,
        grade="良",
        deductions={"C11": ("15", "没有项目完成")},
    )  # fmt: skip


def hostile() -> Year:
    """Names that look like markup, formulas, or hold characters no document may carry."""
    names = (
        "A<B&C>\"D\"平台", "=HYPERLINK(1)", "+1+1", "@SUM(A1)", "# 一级标题", "- 列项", "{{ 7*7 }}", "$x$与$y$系统",
        "零\u200b宽与控制\x07字符", "<script>alert(1)</script>", "很长的项目名称" * 12,
    )  # fmt: skip
    projects = [project(number, project_name=name, unit=name) for number, name in enumerate(names, 1)]
    return Year(
        budget=money("5000"),
        projects=projects,
        findings=[finding("finished_late", row, "C31", "晚78天,=1+1") for row in projects],
        deductions={"C31": ("5.5", "{{ 1/0 }}与<w:t>标记")},
        services=[service("=2*3<指标>", "1", "2", met=True)],
        survey=question(3, "您对<b>网站</b>的满意程度", "满意度", {"满意": 3, "_私有选项": 1}),
        respondents=4,
    )


def big(projects: int = 400, units: int = 60) -> Year:
    """Hundreds of projects in dozens of units, with more events than a section can tell."""
    categories = (SOFTWARE, HARDWARE, SERVICE)
    rows = [
        project(
            number,
            project_name=f"清溪市智慧治理综合平台建设与推广应用子项目{number:03d}",
            unit=f"清溪市第{number % units + 1:02d}管理局",
            category=categories[number % 3],
            project_nature="新建" if number % 5 == 0 else "续建",
            released=money(Decimal(number) / 4 + 10),
            paid=money(Decimal(number) / 5 + 8),
            project_status="未启动" if number % 9 == 0 else "已完工",
            unfinished_cause="未按计划启动" if number % 9 == 0 else "",
            awarded_on=DAY(2031, 1, 5),
            signed_on=DAY(2031, 3, 9),
        )
        for number in range(1, projects + 1)
    ]
    late = [row for row in rows if row["project_status"] == "未启动"]
    return Year(
        budget=money("40000"),
        projects=rows,
        classified=(7, money("900"), money("900"), money("800"), money("700.000001")),
        findings=[
            finding("not_completed", row, "C11", "年末实施状态为“未启动”", row=at) for at, row in enumerate(late, 5)
        ]
        + [
            finding("contract_signed_late", row, "B22", "相隔63天,超过30天的时限", row=at)
            for at, row in enumerate(rows, 5)
        ],
        deductions={"C11": ("15", f"{len(late)}个项目未完成"), "B22": ("1", "合同签订不及时")},
        services=[service(f"第{number}项服务", "100", "120", met=True) for number in range(1, 41)],
        survey=survey(900, 100),
        respondents=1000,
        grade="良",
    )  # fmt: skip
