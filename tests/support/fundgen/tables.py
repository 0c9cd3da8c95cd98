"""The nine kinds of file as tables of facts, with the headers of the samples."""

from __future__ import annotations

import random
from collections.abc import Iterable

from support.fundgen.cells import amount_cell, day_cell, moment_cell, target_cell
from support.fundgen.facts import FundYearFacts, Project, Response
from support.fundgen.grid import Sheet, SourceFile
from support.fundgen.habits import Habits
from support.fundgen.layout import Column, Table, lay_out

CATEGORIES = {
    "software": "软件平台开发",
    "hardware": "信息化硬件建设",
    "service": "运维及监测服务",
    "classified": "涉密",
}
NATURES = {"new": "新建", "continuing": "续建"}
VOUCHER_STATUSES = {"paid": "已支付", "void": "作废", "refund": "退款"}
ORDER_STATUSES = {"done": "已完成", "cancelled": "已取消", "open": "待验收"}
PROJECT_STATUSES = {
    "completed": "已完工",
    "in_progress": "在建",
    "not_started": "未启动",
    "suspended": "暂缓实施",
    "terminated": "终止",
}
VERDICTS = {"passed": "合格", "failed": "不合格", None: None}
BENEFIT_LEVELS = {"full": "全部实现", "partial": "部分实现", "none": "未实现", "not_applicable": "不适用"}
PROBLEM_GROUPS = ("前期准备", "合同与采购程序", "产出", "效益", "其他不足", "其他问题")
STEMS = {
    "budget_plan": "预算批复及建设计划",
    "treasury_payments": "国库集中支付明细",
    "quota_releases": "指标下达情况",
    "procurement": "政府采购项目",
    "emall_orders": "电子卖场订单",
    "project_progress": "项目实施进度",
    "service_indicators": "运维服务指标",
    "survey": "满意度问卷",
    "working_paper": "评价工作底稿",
}


def source_files(facts: FundYearFacts, habits: Habits, seed: int) -> dict[str, SourceFile]:
    """Write the facts down as nine files, by kind; the same arguments give the same files."""
    rng = random.Random(f"habits/{facts.fund.name}/{facts.fund.year}/{seed}")
    sheets = {
        "budget_plan": [budget_approval(facts, habits, rng), lay_out(plan(facts), habits, rng)],
        "treasury_payments": [lay_out(vouchers(facts), habits, rng, text=True)],
        "quota_releases": [lay_out(releases(facts), habits, rng)],
        "procurement": [
            lay_out(procurements(facts), habits, rng),
            lay_out(service_contracts(facts), habits, rng),
        ],
        "emall_orders": [lay_out(orders(facts), habits, rng)],
        "project_progress": [lay_out(progress(facts), habits, rng)],
        "service_indicators": [lay_out(service_targets(facts, habits), habits, rng)],
        "survey": [survey(facts, habits)],
        "working_paper": [lay_out(judgements(facts), habits, rng), lay_out(vetoes(facts), habits, rng)],
    }
    if habits.written_texts:
        sheets["working_paper"].append(lay_out(texts(facts), habits, rng))
    return {kind: _file(kind, sheets[kind], habits, facts.fund.year, rng) for kind in STEMS}


def _file(kind: str, sheets: list[Sheet], habits: Habits, year: int, rng: random.Random) -> SourceFile:
    old_format = (kind == "emall_orders") != habits.swap_formats
    extension = "csv" if kind == "treasury_payments" else "xls" if old_format else "xlsx"
    if habits.hidden_sheets and extension != "csv":
        # An outdated copy: reading it would double rows or bring back old amounts.
        old = sheets[-1]
        sheets.append(
            Sheet(f"旧{old.name}", [list(row) for row in old.cells[: len(old.cells) // 2 + 2]], hidden=True)
        )
    stem = f"{rng.randint(1, 9)}.{year}年{STEMS[kind]}(定稿)" if habits.decorated_names else STEMS[kind]
    return SourceFile(kind, stem, extension, sheets, habits.csv_encoding)


def budget_approval(facts: FundYearFacts, habits: Habits, rng: random.Random) -> Sheet:
    """Write the approval as a form of labels and values; the key of a row is its field."""
    fund, unit = facts.fund, habits.money_unit or "万元"
    in_row = habits.unit_place == "row"
    sheet = Sheet("预算批复", columns={"label": 0, "value": 1}, headers={"label": "项目", "value": "内容"})
    if habits.title_rows:
        row = sheet.add([f"{fund.year}年度{fund.name}预算批复"]) - 1
        sheet.merges.append((row, 0, row, 1))
    if in_row:
        sheet.add([None, f"单位:{unit}"])
    sheet.header_rows.append(sheet.add(["项目", "内容"]) - 1)
    sheet.add(["专项资金名称", fund.name], "fund_name")
    sheet.add(["年度", fund.year], "approval_year")
    sheet.add(["主管部门", fund.department], "department")
    label = "年初预算" if in_row else f"年初预算({unit})"
    sheet.add([label, amount_cell(fund.budget_yuan, unit, habits, rng, text=False)], "budget_yuan")
    approved = day_cell(fund.budget_approved_on, habits, rng, text=False)
    sheet.add(["预算批复日期", approved], "budget_approved_on")
    sheet.add(["建设计划文号", fund.plan_doc_no], "plan_doc_no")
    issued = day_cell(fund.plan_issued_on, habits, rng, text=False)
    sheet.add(["建设计划下达日期", issued], "plan_issued_on")
    sheet.add(["评价机构", fund.evaluator], "evaluator")
    return sheet


def plan(facts: FundYearFacts) -> Table:
    """Return the plan, one row per project."""
    rows = [
        {
            **_project(item),
            "category": CATEGORIES[item.category],
            "nature": NATURES[item.nature],
            "unit_code": item.unit_code,
            "planned_yuan": item.planned_yuan,
            "contract_finish_on": item.contract_finish_on,
            "is_classified": "是" if item.is_classified else "否",
        }
        for item in facts.projects
    ]
    return Table(
        "建设计划",
        f"{facts.fund.year}年度{facts.fund.name}项目建设计划表",
        (
            Column("project_code", "项目编码", other="项目代码"),
            Column("project_name", "项目名称"),
            Column("category", "建设类别", other="项目类别"),
            Column("nature", "项目性质"),
            Column("unit_name", "建设单位", other="实施单位"),
            Column("unit_code", "预算单位编码"),
            Column("planned_yuan", "计划投资", "money", totalled=True),
            Column("contract_finish_on", "合同约定完工日期", "date"),
            Column("is_classified", "是否涉密"),
        ),
        rows,
        "project_code",
        unit="万元",
        unit_place="row",
        total=True,
    )


def vouchers(facts: FundYearFacts) -> Table:
    """Return the treasury export; its key is the voucher number."""
    year = facts.fund.year
    rows = [
        {
            "voucher_no": item.voucher_no,
            "paid_on": item.paid_on,
            "unit_code": item.unit_code,
            "unit_name": item.unit_name,
            "project_code": item.project_code,
            "project_name": item.project_name,
            "fund_name": item.fund_name,
            "function_code": "2010399",
            "economic_code": "50502",
            "payment_method": "财政直接支付",
            "fund_nature": "一般公共预算资金",
            "quota_doc_no": item.quota_doc_no,
            "payee_name": item.payee_name,
            "payee_account": item.payee_account,
            "payee_bank": item.payee_bank,
            "amount_yuan": item.amount_yuan,
            "purpose": item.purpose,
            "status": VOUCHER_STATUSES[item.status],
            "original_voucher_no": item.original_voucher_no,
        }
        for item in facts.vouchers
    ]
    return Table(
        "",
        "国库集中支付明细账",
        (
            Column("voucher_no", "支付凭证号", other="凭证号"),
            Column("paid_on", "支付日期", "date", other="付款日期"),
            Column("unit_code", "预算单位编码"),
            Column("unit_name", "预算单位名称", other="预算单位"),
            Column("project_code", "项目编码"),
            Column("project_name", "项目名称"),
            Column("fund_name", "专项资金名称"),
            Column("function_code", "支出功能分类"),
            Column("economic_code", "政府预算经济分类"),
            Column("payment_method", "支付方式"),
            Column("fund_nature", "资金性质"),
            Column("quota_doc_no", "指标文号"),
            Column("payee_name", "收款人名称", other="收款人"),
            Column("payee_account", "收款人账号"),
            Column("payee_bank", "收款人开户行"),
            Column("amount_yuan", "支付金额", "money", totalled=True),
            Column("purpose", "用途", other="摘要"),
            Column("status", "凭证状态"),
            Column("original_voucher_no", "原凭证号"),
        ),
        rows,
        "voucher_no",
        unit="元",
        unit_place="header",
        preamble=(f"导出时间:{year + 1}-01-09 09:12:33,记录数:{len(rows)}",),
        total=True,
        total_once=True,
        serial=False,
    )


def releases(facts: FundYearFacts) -> Table:
    """Return the quota documents, grouped by unit."""
    rows = [
        {
            **_project(item.project),
            "quota_doc_no": item.quota_doc_no,
            "released_on": item.released_on,
            "applied_yuan": item.applied_yuan,
            "released_yuan": item.released_yuan,
        }
        for item in facts.releases
    ]
    return Table(
        "指标下达",
        f"{facts.fund.year}年度{facts.fund.name}指标下达情况表",
        (
            Column("quota_doc_no", "指标文号"),
            Column("released_on", "下达日期", "date"),
            Column("unit_name", "预算单位"),
            Column("project_code", "项目编码", other="项目编号"),
            Column("project_name", "项目名称"),
            Column("applied_yuan", "申请金额", "money", group="金额", totalled=True),
            Column("released_yuan", "下达金额", "money", group="金额", totalled=True),
        ),
        rows,
        "quota_doc_no",
        unit="万元",
        unit_place="row",
        subtotal_by="unit_name",
        total=True,
    )


def procurements(facts: FundYearFacts) -> Table:
    """Return the procurements."""
    rows = [
        {
            **_project(item.project),
            "procurement_no": item.procurement_no,
            "method": item.method,
            "reviewed_on": item.reviewed_on,
            "awarded_on": item.awarded_on,
            "signed_on": item.signed_on,
            "contract_yuan": item.contract_yuan,
            "supplier_name": item.supplier_name,
        }
        for item in facts.procurements
    ]
    return Table(
        "采购项目",
        f"{facts.fund.year}年度{facts.fund.name}政府采购项目情况表",
        (
            Column("procurement_no", "采购编号"),
            Column("project_code", "项目编码"),
            Column("project_name", "项目名称"),
            Column("unit_name", "采购单位", other="采购人"),
            Column("method", "采购方式"),
            Column("reviewed_on", "技术方案评审日期", "date", other="技术评审日期"),
            Column("awarded_on", "中标通知书日期", "date", other="成交通知书日期"),
            Column("signed_on", "合同签订日期", "date"),
            Column("contract_yuan", "合同金额", "money"),
            Column("supplier_name", "中标供应商"),
        ),
        rows,
        "procurement_no",
        unit="万元",
        unit_place="row",
    )


def service_contracts(facts: FundYearFacts) -> Table:
    """Return the contracts of supervision, testing and design."""
    rows = [
        {
            **_project(item.project),
            "contract_no": item.contract_no,
            "service_type": item.service_type,
            "contract_yuan": item.contract_yuan,
            "signed_on": item.signed_on,
            "service_started_on": item.service_started_on,
            "supplier_name": item.supplier_name,
            "order_no": item.order_no,
        }
        for item in facts.service_contracts
    ]
    return Table(
        "服务合同台账",
        f"{facts.fund.year}年度{facts.fund.name}服务合同台账",
        (
            Column("contract_no", "合同编号"),
            Column("project_code", "项目编码"),
            Column("project_name", "项目名称"),
            Column("service_type", "服务类别"),
            Column("contract_yuan", "合同金额", "money"),
            Column("signed_on", "签订日期", "date"),
            Column("service_started_on", "服务开始日期", "date"),
            Column("supplier_name", "服务供应商"),
            Column("order_no", "电子卖场订单编号", other="电子卖场订单号"),
        ),
        rows,
        "contract_no",
        unit="万元",
        unit_place="row",
    )


def orders(facts: FundYearFacts) -> Table:
    """Return the e-mall export."""
    rows = [
        {
            "order_no": item.order_no,
            "ordered_on": item.ordered_on,
            "unit_name": item.unit_name,
            "catalogue": item.catalogue,
            "project_code": item.project_code,
            "supplier_name": item.supplier_name,
            "order_yuan": item.order_yuan,
            "status": ORDER_STATUSES[item.status],
        }
        for item in facts.orders
    ]
    return Table(
        "订单",
        "电子卖场订单导出",
        (
            Column("order_no", "订单编号", other="订单号"),
            Column("ordered_on", "下单日期", "date"),
            Column("unit_name", "采购单位"),
            Column("catalogue", "采购目录"),
            Column("project_code", "项目编码"),
            Column("supplier_name", "供应商"),
            Column("order_yuan", "订单金额", "money"),
            Column("status", "订单状态"),
        ),
        rows,
        "order_no",
        unit="元",
        unit_place="header",
        serial=False,
    )


def progress(facts: FundYearFacts) -> Table:
    """Return where each listed project stood; its key is the project code."""
    rows = [
        {
            **_project(item.project),
            "status": PROJECT_STATUSES[item.status],
            "cause": item.cause,
            "started_on": item.started_on,
            "finished_on": item.finished_on,
            "acceptance": VERDICTS[item.acceptance],
            "test": VERDICTS[item.test],
            "settlement_planned_yuan": item.settlement_planned_yuan,
            "settlement_audited_yuan": item.settlement_audited_yuan,
            "benefit_code": item.benefit_code,
            "benefit_level": BENEFIT_LEVELS[item.benefit_level],
        }
        for item in facts.progress
    ]
    return Table(
        "实施进度",
        f"{facts.fund.year}年度{facts.fund.name}项目实施进度表",
        (
            Column("project_code", "项目编码"),
            Column("project_name", "项目名称"),
            Column("unit_name", "建设单位"),
            Column("status", "实施状态", other="项目状态"),
            Column("cause", "未完成原因"),
            Column("started_on", "实际开工日期", "date"),
            Column("finished_on", "实际完工日期", "date"),
            Column("acceptance", "验收结论"),
            Column("test", "第三方测评结论"),
            Column("settlement_planned_yuan", "结算计划金额", "money", group="结算"),
            Column("settlement_audited_yuan", "结算审定金额", "money", group="结算"),
            Column("benefit_code", "对应效益指标"),
            Column("benefit_level", "效益实现程度"),
        ),
        rows,
        "project_code",
        unit="万元",
        unit_place="row",
    )


def service_targets(facts: FundYearFacts, habits: Habits) -> Table:
    """Return the service indicators."""
    rows = [
        {
            "name": item.name,
            "measure_unit": item.measure_unit,
            "target": target_cell(item.operator, item.target, habits),
            "actual": item.actual,
        }
        for item in facts.service_targets
    ]
    return Table(
        "运维服务指标",
        f"{facts.fund.year}年度运维及监测服务绩效指标完成情况",
        (
            Column("name", "指标名称"),
            Column("measure_unit", "计量单位"),
            Column("target", "年度目标值", "ready", other="目标值"),
            Column("actual", "实际完成值", "ready"),
        ),
        rows,
        "name",
    )


def judgements(facts: FundYearFacts) -> Table:
    """Return the working paper's judgements."""
    rows = [
        {
            "code": item.indicator_code,
            "name": item.indicator_name,
            "basis": item.basis,
            "deduction": item.deduction,
        }
        for item in facts.judgements
    ]
    return Table(
        "定性指标评分",
        f"{facts.fund.year}年度{facts.fund.name}定性指标评分底稿",
        (
            Column("code", "指标编码"),
            Column("name", "指标名称"),
            Column("basis", "评分依据"),
            Column("deduction", "扣分", "ready"),
        ),
        rows,
        "code",
        serial=False,
    )


def vetoes(facts: FundYearFacts) -> Table:
    """Return the working paper's veto items."""
    rows = [
        {"item": veto.item, "occurred": "是" if veto.occurred else "否", "note": None}
        for veto in facts.vetoes
    ]
    return Table(
        "否决事项",
        "项目否决性指标核查",
        (Column("item", "否决事项"), Column("occurred", "是否发生"), Column("note", "说明", "ready")),
        rows,
        "item",
        serial=False,
    )


def texts(facts: FundYearFacts) -> Table:
    """Return the texts of the report that only people can write: every part, and a cause of every group."""
    year = facts.fund.year
    rows = [
        {"section": section, "group": group, "title": title, "body": body}
        for section, group, title, body in (
            ("项目背景", None, None, f"为推动数据共享,自{year - 1}年起设立该项资金。"),
            ("总体目标", None, None, "建成统一的数字底座。"),
            ("现场评价", None, None, f"评价小组于{year + 1}年3月进场,查看了全部公开项目。"),
            ("主要经验及做法", None, "统筹安排", "先论证方案,后安排资金。"),
            ("主要经验及做法", None, "按月调度", "每月核对支付进度。"),
            ("有关建议", None, "建立项目库", "提前两年储备项目。"),
            *(("原因分析", group, None, f"{group}的原因在于会商时间长。") for group in PROBLEM_GROUPS),
            ("报告日期", None, None, f"{year + 1}年4月20日"),
        )
    ]
    return Table(
        "文字材料",
        f"{year}年度{facts.fund.name}评价报告文字材料",
        (
            Column("section", "部分"),
            Column("group", "对应问题", "ready"),
            Column("title", "标题", "ready"),
            Column("body", "内容"),
        ),
        rows,
        "section",
        serial=False,
    )


def survey(facts: FundYearFacts, habits: Habits) -> Sheet:
    """Write the survey export: platforms write header and rows, whatever an office's habits."""
    sheet = Sheet("Sheet1")
    fixed = ("序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP")
    headers = [*fixed, *(f"{question.number}、{question.text}" for question in facts.questions)]
    fields = ("response_no", "submitted_at", "duration", "channel", "channel_detail", "ip")
    sheet.columns = {
        name: at for at, name in enumerate([*fields, *(f"q{q.number}" for q in facts.questions)])
    }
    sheet.headers = dict(zip(sheet.columns, headers, strict=True))
    sheet.header_rows.append(sheet.add(headers) - 1)
    for item in facts.responses:
        cells = [
            item.number,
            moment_cell(item.submitted_at, habits),
            f"{item.duration_seconds}秒",
            item.channel,
            "N/A",
        ]
        sheet.add([*cells, f"{item.respondent_ip}(样例省-样例市)", *_answers(item)], str(item.number))
    return sheet


def _answers(response: Response) -> Iterable[str]:
    return ("┋".join(answer) if answer else "(空)" for answer in response.answers)


def _project(project: Project) -> dict[str, object]:
    return {"project_code": project.code, "project_name": project.name, "unit_name": project.unit_name}
