"""Every contract by one small file: the rows as an office writes them, the typed rows that come of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.errors import ConfigurationError
from fundeval.sources.contract import KINDS, Column, TableContract, load_contract
from fundeval.sources.inbox import kinds_by_name
from sources.conftest import workbook

D = Decimal


def day(month: int, number: int) -> dt.date:
    return dt.date(2031, month, number)


# kind: (file, sheets as written, expected rows per staging table in the order of the contract's fields)
FILES: dict[str, tuple[str, dict[str, list[list[Any]]], dict[str, list[tuple[Any, ...]]]]] = {
    "procurement": (
        "政府采购项目.xlsx",
        {
            "采购": [
                ["采购项目情况表"],
                ["单位:万元"],
                [
                    "采购编号",
                    "项目编码",
                    "项目名称",
                    "采购单位",
                    "采购方式",
                    "技术评审日期",
                    "中标通知书日期",
                    "合同签订日期",
                    "备案日期",
                    "合同金额",
                    "供应商",
                ],
                [
                    "CG-1",
                    "P1",
                    "公开工程",
                    "市甲局",
                    "公开招标",
                    "2030年12月1日",
                    dt.datetime(2031, 1, 5),
                    "2031.2.3",
                    "2031-02-10",
                    "1,200.5",
                    "某公司",
                ],
                [
                    "CG-2",
                    "P1",
                    "公开工程",
                    "市甲局",
                    "询价",
                    None,
                    None,
                    None,
                    None,
                    3,
                    None,
                ],  # dates may be missing
            ],
            "服务": [
                [
                    "合同编号",
                    "项目编码",
                    "项目名称",
                    "服务类别",
                    "合同金额(元)",
                    "签订日期",
                    "服务开始日期",
                    "供应商",
                    "电子卖场订单编号",
                ],
                ["FW-1", "P1", "公开工程", "监理", 22000, "2031-03-01", "20310305", "监理公司", None],
            ],
        },
        {
            "procurements": [
                (
                    "CG-1",
                    "P1",
                    "公开工程",
                    "市甲局",
                    "公开招标",
                    dt.date(2030, 12, 1),
                    day(1, 5),
                    day(2, 3),
                    day(2, 10),
                    D("12005000.00"),
                    "某公司",
                ),
                ("CG-2", "P1", "公开工程", "市甲局", "询价", None, None, None, None, D("30000.00"), None),
            ],
            "service_contracts": [
                ("FW-1", "P1", "公开工程", "监理", D("22000.00"), day(3, 1), day(3, 5), "监理公司", None)
            ],
        },
    ),
    "emall_orders": (
        "电子卖场订单.xlsx",
        {
            "订单": [
                [
                    "订单编号",
                    "下单日期",
                    "采购单位",
                    "采购目录",
                    "项目编码",
                    "供应商",
                    "订单金额(元)",
                    "订单状态",
                ],
                ["DD1", "2031-06-17", "市甲局", "监理服务", "P1", "监理公司", 71300.0, "已完成"],
                [
                    "DD2",
                    "2031-06-18",
                    "市乙局",
                    "复印纸",
                    None,
                    "文具店",
                    "88.5",
                    "已取消",
                ],  # no project: office supplies
            ]
        },
        {
            "emall_orders": [
                ("DD1", day(6, 17), "市甲局", "监理服务", "P1", "监理公司", D("71300.00"), "done"),
                ("DD2", day(6, 18), "市乙局", "复印纸", None, "文具店", D("88.50"), "cancelled"),
            ]
        },
    ),
    "project_progress": (
        "项目实施进度.xlsx",
        {
            "进度": [
                ["单位:元"],
                [
                    "项目编码",
                    "项目名称",
                    "建设单位",
                    "实施状态",
                    "未完成原因",
                    "实际开工日期",
                    "实际完工日期",
                    "验收结论",
                    "第三方测评结论",
                    "结算计划金额",
                    "结算审定金额",
                    "对应效益指标",
                    "效益实现程度",
                ],
                [
                    "P1",
                    "公开工程",
                    "市甲局",
                    "已完工",
                    None,
                    "2031.1.10",
                    "2031.9.16",
                    "合格",
                    "不合格",
                    210,
                    195.8,
                    "D11",
                    "部分实现",
                ],
                [
                    "P2",
                    "另一工程",
                    "市乙局",
                    "暂缓",
                    "政策不明",
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    "不适用",
                ],
            ]
        },
        {
            "project_progress": [
                (
                    "P1",
                    "公开工程",
                    "市甲局",
                    "completed",
                    None,
                    day(1, 10),
                    day(9, 16),
                    "passed",
                    "failed",
                    D("210.00"),
                    D("195.80"),
                    "D11",
                    "partial",
                ),
                (
                    "P2",
                    "另一工程",
                    "市乙局",
                    "suspended",
                    "政策不明",
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    "not_applicable",
                ),
            ]
        },
    ),
    "service_indicators": (
        "运维服务指标.xlsx",
        {
            "指标": [
                ["指标名称", "计量单位", "年度目标值", "实际完成值"],
                ["信息更新", "条", "≥14,700", 15588],
                ["监测网站", "个", "'=110", 110],
                ["故障率", "%", "≤1.5", "2.25%"],
            ]
        },
        {
            "service_indicators": [
                ("信息更新", "条", ">=", D("14700.0000"), D("15588.0000")),
                ("监测网站", "个", "=", D("110.0000"), D("110.0000")),
                ("故障率", "%", "<=", D("1.5000"), D("2.2500")),
            ]
        },
    ),
    "working_paper": (
        "评价工作底稿.xlsx",
        {
            "评分": [
                ["指标编码", "指标名称", "评分依据", "扣分"],
                ["A11", "立项依据充分性", "依据充分", 0],
                ["A22", "绩效指标明确性", "未细化", "0.5分"],
            ],
            "否决": [["否决事项", "是否发生", "说明"], ["重大事故", "否", None]],
            "文字材料": [
                ["部分", "对应问题", "标题", "内容"],
                ["主要经验及做法", None, "统筹安排", "先论证,后立项。"],
                ["原因分析", "前期准备", None, "会商时间长。"],
                ["报告日期", None, None, "2032年4月20日"],
            ],
        },
        {
            "judgements": [
                ("A11", "立项依据充分性", "依据充分", D("0.00")),
                ("A22", "绩效指标明确性", "未细化", D("0.50")),
            ],
            "vetoes": [("重大事故", False, None)],
            "narratives": [
                ("experience", None, "统筹安排", "先论证,后立项。"),
                ("cause", "preparation", None, "会商时间长。"),
                ("signed_on", None, None, "2032年4月20日"),
            ],
        },
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_each_kind(read, plan, tmp_path: Path, kind: str) -> None:
    file, sheets, expected = FILES[kind]
    typed = {
        name: [[cell.lstrip("'") if isinstance(cell, str) else cell for cell in row] for row in rows]
        for name, rows in sheets.items()
    }
    result = read(kind, workbook(tmp_path / file, typed))
    assert result.problems == ()
    for table in load_contract(kind).tables:
        rows = result.context.run.rows("staging", table.name)
        assert [tuple(row.values())[:-4] for row in rows] == expected[table.name]


def test_the_plan_and_the_approval(plan) -> None:
    assert plan.problems == ()
    assert plan.table(
        "budget_approval", "fund_name", "approval_year", "budget_yuan", "budget_approved_on", "plan_issued_on"
    ) == [("样例资金", 2031, D("1000000.00"), day(1, 10), day(2, 1))]
    assert dict(plan.table("budget_approval_cells", "field", "source_row"))["plan_issued_on"] == 8
    assert plan.table(
        "plan_projects",
        "project_code",
        "project_nature",
        "planned_yuan",
        "contract_finish_on",
        "is_classified",
    ) == [("P1", "new", D("500000.00"), day(10, 31), False)]


def test_every_contract_is_sound() -> None:
    assert [load_contract(kind).kind for kind in KINDS] == list(KINDS)


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("国库集中支付明细.csv", ("treasury_payments",)),
        ("3.2031年国库集中支付明细(市财政局1月).csv", ("treasury_payments",)),
        ("满意度问卷.xlsx", ("survey",)),
        ("汇总.xlsx", ()),
        ("指标下达与政府采购.xlsx", ("quota_releases", "procurement")),  # on a tie nobody decides
    ],
)
def test_the_kind_is_told_by_the_name(file: str, kinds: tuple[str, ...]) -> None:
    assert kinds_by_name(file) == kinds


def test_a_contract_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="means both"):
        TableContract(
            name="t",
            title="表",
            layout="table",
            columns=(
                Column(field="a", title="名称", type="text"),
                Column(field="b", title="名 称", type="text"),
            ),
        )
    with pytest.raises(ValueError, match="_yuan"):
        Column(field="amount", title="金额", type="money")
    with pytest.raises(ConfigurationError, match="nothing"):
        load_contract("nothing")
