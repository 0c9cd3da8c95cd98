"""Reads the bundled 2022 exports into facts, by their own headers and without fundeval.

The oracle that judges generated years is itself judged by the published figures of 2022: this reader gives it
the rows. It reads exactly these files and refuses nothing; reading what offices send is fundeval's business.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlrd

from support.fundgen import tables
from support.fundgen.facts import (
    Fund,
    FundYearFacts,
    Judgement,
    Order,
    Procurement,
    Progress,
    Project,
    Question,
    Release,
    Response,
    ServiceContract,
    ServiceTarget,
    Veto,
    Voucher,
)

Row = dict[str, Any]
_WAN = Decimal(10_000)


def read_sample(folder: Path) -> FundYearFacts:
    """Return the facts the nine bundled files state."""
    plan = _rows(folder / "预算批复及建设计划.xlsx", "建设计划", header=3)
    projects = {row["项目编码"]: _project(row) for row in plan if row["项目编码"]}
    return FundYearFacts(
        fund=_fund(folder / "预算批复及建设计划.xlsx"),
        projects=tuple(projects.values()),
        releases=tuple(_releases(folder / "指标下达情况.xlsx", projects)),
        vouchers=tuple(_vouchers(folder / "国库集中支付明细.csv")),
        procurements=tuple(_procurements(folder / "政府采购项目.xlsx", projects)),
        service_contracts=tuple(_service_contracts(folder / "政府采购项目.xlsx", projects)),
        orders=tuple(_orders(folder / "电子卖场订单.xls")),
        progress=tuple(_progress(folder / "项目实施进度.xlsx", projects)),
        service_targets=tuple(_targets(folder / "运维服务指标.xlsx")),
        **_survey(folder / "满意度问卷.xlsx"),
        judgements=tuple(_judgements(folder / "评价工作底稿.xlsx")),
        vetoes=tuple(
            Veto(row["否决事项"], row["是否发生"] == "是")
            for row in _rows(folder / "评价工作底稿.xlsx", "否决事项", header=2)
        ),
    )


def sheet_cells(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    """Return the cells of a sheet as stored, row 1 first; formulas keep their text, a CSV has one sheet."""
    if path.suffix == ".csv":
        text = path.read_bytes().decode("gb18030")
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]
    if path.suffix == ".xls":
        page = xlrd.open_workbook(path).sheet_by_name(sheet)
        return [tuple(page.row_values(row)) for row in range(page.nrows)]
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))


def _rows(path: Path, sheet: str, header: int) -> list[Row]:
    """Return the rows below the header in line ``header`` (from 1), by header text."""
    cells = sheet_cells(path, sheet)
    return [dict(zip(cells[header - 1], row, strict=False)) for row in cells[header:]]


def amount(value: Any, factor: Decimal = Decimal(1)) -> Decimal:
    """Return an amount in 元 from a number or a text with separators."""
    return Decimal(str(value).replace(",", "")) * factor


def day(value: Any) -> dt.date | None:
    """Return a day from a date cell or one of the samples' four ways to write one."""
    if value in (None, ""):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    year, month, number = re.findall(r"\d+", str(value))[:3]
    return dt.date(int(year), int(month), int(number))


def _day(value: Any) -> dt.date:
    found = day(value)
    assert found is not None
    return found


def _code_of(words: Mapping[Any, Any], word: Any) -> Any:
    return next(code for code, text in words.items() if text == word)


def _fund(path: Path) -> Fund:
    form = {row[0]: row[1] for row in sheet_cells(path, "预算批复")}
    return Fund(
        name=form["专项资金名称"],
        year=int(form["年度"]),
        department=form["主管部门"],
        evaluator=form["评价机构"],
        budget_yuan=amount(form["年初预算(万元)"], _WAN),
        budget_approved_on=_day(form["预算批复日期"]),
        plan_doc_no=form["建设计划文号"],
        plan_issued_on=_day(form["建设计划下达日期"]),
    )


def _project(row: Row) -> Project:
    return Project(
        code=row["项目编码"],
        name=row["项目名称"],
        category=_code_of(tables.CATEGORIES, row["建设类别"]),
        nature=_code_of(tables.NATURES, row["项目性质"]),
        unit_name=row["建设单位"],
        unit_code=str(row["预算单位编码"]),
        planned_yuan=amount(row["计划投资"], _WAN),
        contract_finish_on=day(row["合同约定完工日期"]),
    )


def _releases(path: Path, projects: dict[str, Project]) -> list[Release]:
    # The header has two lines: the fourth names what the third heads as 金额.
    found = []
    for row in sheet_cells(path, "指标下达")[4:]:
        if row[4] in projects:
            amounts = (amount(row[6], _WAN), amount(row[7], _WAN))
            found.append(Release(row[1], _day(row[2]), projects[row[4]], *amounts))
    return found


def _vouchers(path: Path) -> list[Voucher]:
    lines = sheet_cells(path, "")
    rows = [dict(zip(lines[2], line, strict=True)) for line in lines[3:] if line[0] != "合计"]
    return [
        Voucher(
            voucher_no=row["支付凭证号"],
            paid_on=_day(row["支付日期"]),
            unit_code=row["预算单位编码"],
            unit_name=row["预算单位名称"],
            project_code=row["项目编码"],
            project_name=row["项目名称"],
            fund_name=row["专项资金名称"],
            quota_doc_no=row["指标文号"],
            payee_name=row["收款人名称"],
            payee_account=row["收款人账号"],
            payee_bank=row["收款人开户行"],
            amount_yuan=amount(row["支付金额(元)"]),
            purpose=row["用途"],
            status=_code_of(tables.VOUCHER_STATUSES, row["凭证状态"]),
            original_voucher_no=row["原凭证号"],
        )
        for row in rows
    ]


def _procurements(path: Path, projects: dict[str, Project]) -> list[Procurement]:
    return [
        Procurement(
            procurement_no=row["采购编号"],
            project=projects[row["项目编码"]],
            method=row["采购方式"],
            reviewed_on=day(row["技术方案评审日期"]),
            awarded_on=_day(row["中标通知书日期"]),
            signed_on=_day(row["合同签订日期"]),
            contract_yuan=amount(row["合同金额"], _WAN),
            supplier_name=row["中标供应商"],
        )
        for row in _rows(path, "采购项目", header=3)
    ]


def _service_contracts(path: Path, projects: dict[str, Project]) -> list[ServiceContract]:
    return [
        ServiceContract(
            contract_no=row["合同编号"],
            project=projects[row["项目编码"]],
            service_type=row["服务类别"],
            contract_yuan=amount(row["合同金额"], _WAN),
            signed_on=_day(row["签订日期"]),
            service_started_on=_day(row["服务开始日期"]),
            supplier_name=row["服务供应商"],
            order_no=row["电子卖场订单编号"] or "",
        )
        for row in _rows(path, "服务合同台账", header=3)
    ]


def _orders(path: Path) -> list[Order]:
    return [
        Order(
            order_no=row["订单编号"],
            ordered_on=_day(row["下单日期"]),
            unit_name=row["采购单位"],
            catalogue=row["采购目录"],
            project_code=row["项目编码"],
            supplier_name=row["供应商"],
            order_yuan=amount(row["订单金额(元)"]),
            status=_code_of(tables.ORDER_STATUSES, row["订单状态"]),
        )
        for row in _rows(path, "订单", header=2)
    ]


def _progress(path: Path, projects: dict[str, Project]) -> list[Progress]:
    return [
        Progress(
            project=projects[row["项目编码"]],
            status=_code_of(tables.PROJECT_STATUSES, row["实施状态"]),
            cause=row["未完成原因"] or "",
            started_on=day(row["实际开工日期"]),
            finished_on=day(row["实际完工日期"]),
            acceptance=_code_of(tables.VERDICTS, row["验收结论"]),
            test=_code_of(tables.VERDICTS, row["第三方测评结论"]),
            settlement_planned_yuan=_optional_wan(row["结算计划金额"]),
            settlement_audited_yuan=_optional_wan(row["结算审定金额"]),
            benefit_code=row["对应效益指标"] or "",
            benefit_level=_code_of(tables.BENEFIT_LEVELS, row["效益实现程度"]),
        )
        for row in _rows(path, "实施进度", header=3)
    ]


def _optional_wan(value: Any) -> Decimal | None:
    return None if value in (None, "") else amount(value, _WAN)


def _targets(path: Path) -> list[ServiceTarget]:
    operators = {"≥": ">=", "≤": "<=", "=": "=", ">": ">", "<": "<"}
    return [
        ServiceTarget(
            name=row["指标名称"],
            measure_unit=row["计量单位"],
            operator=operators[row["年度目标值"][0]],
            target=Decimal(row["年度目标值"][1:]),
            actual=Decimal(str(row["实际完成值"])),
        )
        for row in _rows(path, "运维服务指标", header=2)
    ]


def _survey(path: Path) -> dict[str, Any]:
    lines = sheet_cells(path, "Sheet1")
    questions = []
    for header in lines[0][6:]:
        number, text = header.split("、", 1)
        kind = "satisfaction" if "满意程度" in text else "free_text" if "意见" in text else "single"
        questions.append(Question(int(number), text, "multiple" if "哪些" in text else kind))
    responses = [
        Response(
            number=int(line[0]),
            submitted_at=dt.datetime.fromisoformat(line[1].replace("/", "-")),
            duration_seconds=int(line[2].rstrip("秒")),
            channel=line[3],
            respondent_ip=line[5].split("(")[0],
            answers=tuple(() if cell == "(空)" else tuple(cell.split("┋")) for cell in line[6:]),
        )
        for line in lines[1:]
    ]
    return {"questions": tuple(questions), "responses": tuple(responses)}


def _judgements(path: Path) -> list[Judgement]:
    return [
        Judgement(row["指标编码"], row["指标名称"], row["评分依据"], Decimal(str(row["扣分"])))
        for row in _rows(path, "定性指标评分", header=2)
    ]
