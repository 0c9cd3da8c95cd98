"""What looks wrong and may be right: told with the rows, never converted and never guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.conftest import workbook

RELEASES = ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"]
OPTIONS = {
    "选项对照": [
        ["题号", "选项序号", "选项文字"],
        [1, 1, "非常满意"],
        [1, 2, "不满意"],
        [2, 1, "网站"],
        [2, 2, "短信"],
    ]
}
QUESTIONS = ["序号", "提交答卷时间", "1、对服务的满意程度", "2、常用渠道"]
AT = "2031/08/20 17:15:37"


def releases(path: Path, *amounts: object) -> Path:
    rows = [
        [f"样指{number}号", "2031-02-11", "市甲局", "P1", "公开工程", 500000, amount]
        for number, amount in enumerate(amounts)
    ]
    return workbook(path, {"表": [RELEASES, *rows]})


@pytest.mark.parametrize(
    ("amounts", "rows"),
    [
        ([500000, 620000, 71.5, 480000], [4]),  # one in 万元
        ([50, 62, 715000, 48], [4]),  # one in 元 where the rest is in 万元
        ([500000, 620000, 70, 480000, 90, 350000], [4, 6]),
        ([500000, 620000, 9999, 480000], []),  # small, and not ten thousand times
        ([900, 5000, 60000, 700000, 8000000], []),  # wide, without a hole
        ([500000, 62], []),  # of two nobody can say which is odd
        ([500000, 620000, 0, 480000], []),
        ([-500000, 620000, -71.5, 480000], [4]),
    ],
)
def test_amounts_far_from_the_rest_are_warned_of_and_kept(
    read, plan, tmp_path: Path, amounts: list[float], rows: list[int]
) -> None:
    result = read("quota_releases", releases(tmp_path / "指标下达情况.xlsx", *amounts))
    told = [(p.row, p.column, p.code, p.severity) for p in result.problems]
    assert told == [(row, "下达金额(元)", "mixed_magnitudes", "warning") for row in rows]
    kept = result.table("releases", "released_yuan")
    assert kept == [(Decimal(str(amount)).quantize(Decimal("0.01")),) for amount in amounts]


def test_an_unknown_column_is_offered_with_its_nearest_known_name(read, plan, tmp_path: Path) -> None:
    known = ["订单编号", "下单日期", "采购单位", "采购目录", "项目编码", "供应商", "订单金额(元)", "订单状态"]
    header = [*known, "订单金额2", "天气"]
    row = ["DD1", "2031-06-17", "市甲局", "监理", "P1", "某公司", 5, "已完成", 6, "晴"]
    result = read("emall_orders", workbook(tmp_path / "电子卖场订单.xlsx", {"表": [header, row]}))
    (problem,) = result.problems
    assert (problem.row, problem.column, problem.code, problem.severity) == (
        1,
        "订单金额2",
        "unknown_column",
        "info",
    )
    assert "“订单金额”" in problem.remedy
    remarks = [entry["remark"] for entry in result.context.run.rows("checks", "ingest_emall_orders")]
    assert "天气" in remarks[0]


def test_a_column_that_may_be_missing_and_has_another_name_is_warned_of(read, tmp_path: Path) -> None:
    header = ["序号", "提交答卷时间", "1、对服务的满意程度"]
    path = workbook(tmp_path / "满意度问卷.xlsx", {"答卷": [header, [1, AT, "满意"]]})
    assert read("survey", path).problems == ()
    vouchers = (
        "支付凭证号,支付日期,预算单位编码,预算单位名称,项目编码,项目名称,专项资金名称,指标文号,收款人名称,收款人账号,"
        "支付金额(元),用途,凭证状态,原凭证号,收款人开户行名\r\n"
        "V1,2031-03-01,101,市甲局,P1,公开工程,样例资金,样指1号,某公司,6222,5,首付款,已支付,,某行"
    )
    path = tmp_path / "国库集中支付明细.csv"
    path.write_text(vouchers, encoding="utf-8")
    (problem,) = read("treasury_payments", path).problems
    assert (problem.column, problem.code, problem.severity) == ("收款人开户行名", "unknown_column", "warning")
    assert "“收款人开户行”" in problem.remedy


def survey(path: Path, *answers: tuple[Any, Any], options: dict[str, list[list[Any]]] | None = None) -> Path:
    rows = [[number, AT, *answer] for number, answer in enumerate(answers, 1)]
    return workbook(path, {"答卷": [QUESTIONS, *rows], **(options or {})})


def test_option_numbers_are_read_by_the_list_of_options(read, tmp_path: Path) -> None:
    path = survey(tmp_path / "满意度问卷.xlsx", (1, "1┋2"), (2, "2"), ("非常满意", "-3"), options=OPTIONS)
    result = read("survey", path)
    assert result.problems == ()
    assert sorted(result.table("survey_answers", "response_no", "question_no", "option_text")) == [
        ("1", 1, "非常满意"),
        ("1", 2, "短信"),
        ("1", 2, "网站"),
        ("2", 1, "不满意"),
        ("2", 2, "短信"),
        ("3", 1, "非常满意"),
    ]


def test_a_number_that_is_not_in_the_list_is_told(read, tmp_path: Path) -> None:
    path = survey(tmp_path / "满意度问卷.xlsx", (1, 9), (7, "1"), options=OPTIONS)
    told = [(p.row, p.value, p.code, p.severity) for p in read("survey", path).problems]
    assert told == [
        (2, "9", "unexplained_option_number", "critical"),
        (3, "7", "unknown_question_option", "critical"),
    ]


def test_numbers_without_a_list_are_no_satisfaction_and_asked_about_elsewhere(read, tmp_path: Path) -> None:
    path = survey(tmp_path / "满意度问卷.xlsx", (1, 1), (2, 2))
    result = read("survey", path)
    assert sorted((p.row, p.code, p.severity) for p in result.problems) == [
        (2, "unexplained_option_number", "warning"),
        (2, "unknown_question_option", "critical"),
        (3, "unknown_question_option", "critical"),
    ]
    assert all("选项对照" in problem.remedy for problem in result.problems)
