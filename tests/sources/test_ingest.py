"""Files as offices send them, and the typed rows, rejects and row counts that come of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fundeval.core.rooms import file_sha256
from sources.conftest import workbook

VOUCHER_HEADER = (
    "支付凭证号,支付日期,预算单位编码,预算单位名称,项目编码,项目名称,专项资金名称,指标文号,收款人名称,收款人账号,"
    "支付金额(元),用途,凭证状态,原凭证号"
)
VOUCHER = (
    "V1,2031-03-01,101,市甲局,P1,公开工程,样例资金,样指〔2031〕1号,某公司,6222000011112222333,"
    '"1,000.50",首付款,已支付,'
)


def csv(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_voucher_export_in_any_encoding(read, plan, tmp_path: Path, encoding: str) -> None:
    path = csv(tmp_path / "国库集中支付明细.csv", VOUCHER_HEADER, VOUCHER, encoding=encoding)
    result = read("treasury_payments", path)
    assert result.problems == ()
    assert result.table(
        "vouchers", "voucher_no", "paid_on", "amount_yuan", "voucher_status", "source_row"
    ) == [("V1", dt.date(2031, 3, 1), Decimal("1000.50"), "paid", 2)]


def test_preamble_total_blank_and_repeated_header_rows_are_no_data(read, plan, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "国库集中支付明细.csv",
        "国库集中支付明细账",
        "导出时间:2032-01-05,记录数:2",
        VOUCHER_HEADER,
        VOUCHER,
        "",
        VOUCHER_HEADER,
        VOUCHER.replace("V1", "V2"),
        '合计,,,,,,,,,,"2,001.00",,,',
    )
    result = read("treasury_payments", path)
    assert result.problems == ()
    assert result.table("vouchers", "voucher_no", "source_row") == [("V1", 4), ("V2", 7)]
    assert result.ledger() == [(8, 2, 0, 6)]
    assert result.table("stated_totals_treasury_payments", "total_kind", "stated_value", "source_row") == [
        ("total", Decimal("2001.00"), 8),
        ("record_count", Decimal("2.00"), 2),
    ]


def test_columns_are_found_by_name_in_any_order(read, plan, tmp_path: Path) -> None:
    header = VOUCHER_HEADER.split(",")
    cells = VOUCHER.replace('"1,000.50"', "1000.50").split(",")
    path = csv(
        tmp_path / "国库集中支付明细.csv",
        ",".join(["审核人", *reversed(header)]),
        ",".join(["张三", *reversed(cells)]),
    )
    result = read("treasury_payments", path)
    assert result.table("vouchers", "voucher_no", "unit_code", "amount_yuan") == [
        ("V1", "101", Decimal("1000.50"))
    ]


def test_two_line_merged_header_unit_row_and_subtotals(read, plan, tmp_path: Path) -> None:
    rows = [
        ["指标下达情况表"],
        [None] * 6 + ["单位:万元"],
        ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "金额", None],
        [None, None, None, None, None, "申请金额", "下达金额"],
        ["样指1号", dt.datetime(2031, 2, 11), "市甲局", "P1", "公开工程", "1,200.50", 33.2],
        ["小计", None, "市甲局", None, None, 1200.5, 33.2],
        ["合计", None, None, None, None, 1200.5, 33.2],
        ["制表:", None, "审核:", None, None, None, None],
    ]
    path = workbook(tmp_path / "指标下达情况.xlsx", {"Sheet1": rows}, merged=("F3:G3", "A3:A4"))
    result = read("quota_releases", path)
    assert result.problems == ()
    assert result.table(
        "releases", "released_on", "applied_yuan", "released_yuan", "source_sheet", "source_row"
    ) == [(dt.date(2031, 2, 11), Decimal("12005000.00"), Decimal("332000.00"), "Sheet1", 5)]
    assert result.table(
        "stated_totals_quota_releases", "total_kind", "scope_text", "field", "stated_value"
    ) == [
        ("subtotal", "市甲局", "applied_yuan", Decimal("12005000.00")),
        ("total", None, "applied_yuan", Decimal("12005000.00")),
        ("subtotal", "市甲局", "released_yuan", Decimal("332000.00")),
        ("total", None, "released_yuan", Decimal("332000.00")),
    ]


def test_classified_rows_are_split_off_at_ingest(read, plan, tmp_path: Path) -> None:
    """By code, and by name where the code was left out or mistyped."""
    assert plan.table("plan_projects", "project_code") == [("P1",)]
    assert plan.table("plan_projects", "project_code", layer="restricted") == [("S1",)]
    path = csv(
        tmp_path / "国库集中支付明细.csv",
        VOUCHER_HEADER,
        VOUCHER,
        VOUCHER.replace("V1", "V2").replace("P1,公开工程", "S1,暗号工程"),
        VOUCHER.replace("V1", "V3").replace("P1,公开工程", "S9,暗号工程"),
    )
    result = read("treasury_payments", path)
    assert result.table("vouchers", "voucher_no") == [("V1",)]
    assert result.table("vouchers", "voucher_no", layer="restricted") == [("V2",), ("V3",)]


@pytest.mark.parametrize("amount", ['"1,000.50"', "一千元"])
def test_no_text_of_a_classified_row_is_left_in_the_public_table(
    read, plan, tmp_path: Path, amount: str
) -> None:
    """A Parquet file may hold texts that none of its rows has; nor does a classified row leave any that was refused."""
    classified = VOUCHER.replace("V1", "V2").replace("P1,公开工程", "S1,暗号工程")
    path = csv(
        tmp_path / "国库集中支付明细.csv", VOUCHER_HEADER, VOUCHER, classified.replace('"1,000.50"', amount)
    )
    result = read("treasury_payments", path)
    table = result.context.run.table_path("staging", "vouchers")
    (names,) = pq.read_table(table, read_dictionary=["project_name"]).column("project_name").chunks
    assert names.dictionary.to_pylist() == ["公开工程"]


def test_without_a_plan_rows_that_name_a_project_are_held_back(read, tmp_path: Path) -> None:
    result = read("treasury_payments", csv(tmp_path / "国库集中支付明细.csv", VOUCHER_HEADER, VOUCHER))
    assert result.table("vouchers", "voucher_no") == []
    assert result.table("vouchers", "voucher_no", layer="restricted") == [("V1",)]


def test_every_wrong_cell_is_told_at_once_and_no_row_is_lost(read, plan, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "国库集中支付明细.csv",
        VOUCHER_HEADER,
        VOUCHER,
        VOUCHER.replace("2031-03-01", "2031-02-30").replace("已支付", "待定"),
        VOUCHER.replace('"1,000.50"', "一千元").replace("V1", ""),
    )
    result = read("treasury_payments", path)
    assert result.told() == [
        ("", 3, "凭证状态", "not_a_choice"),
        ("", 3, "支付日期", "not_a_date"),
        ("", 4, "支付凭证号", "empty_cell"),
        ("", 4, "支付金额(元)", "not_an_amount"),
    ]
    assert result.ledger() == [(4, 1, 2, 1)]
    sentence = str(result.problems[1])
    assert "国库集中支付明细.csv" in sentence
    assert "第3行" in sentence
    assert "支付日期" in sentence


def test_sensitive_values_are_not_repeated(read, plan, tmp_path: Path) -> None:
    path = tmp_path / "国库集中支付明细.xlsx"
    header = VOUCHER_HEADER.split(",")
    cells: list[object] = VOUCHER.replace('"1,000.50"', "1000.50").split(",")
    cells[9] = 6222000011112222333  # an account stored as a number has lost its last digits
    result = read("treasury_payments", workbook(path, {"明细": [header, cells]}))
    assert result.told() == [("明细", 2, "收款人账号", "lossy_number")]
    assert "6222" not in str(result.problems[0])


def test_formula_errors_and_formulas_without_value_are_told(read, plan, tmp_path: Path) -> None:
    rows = [
        ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"],
        ["样指1号", "2031-02-11", "市甲局", "P1", "公开工程", "=F9*2", 5],
    ]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert result.told() == [("表", 2, "申请金额(元)", "formula_error")]


@pytest.mark.parametrize(
    ("unit_row", "code"),
    [
        (["单位:千元"], "unknown_unit"),
        (["单位:美元"], "unknown_unit"),
        ([None], "no_unit"),
        (["编制单位:市甲局"], "no_unit"),
    ],
)
def test_no_unit_is_refused_and_never_guessed(
    read, plan, tmp_path: Path, unit_row: list[str], code: str
) -> None:
    rows = [
        unit_row,
        ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额", "下达金额"],
        ["样指1号", "2031-02-11", "市甲局", "P1", "公开工程", 6, 5],
    ]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert [problem.code for problem in result.problems] == [code, code]


def test_a_missing_column_is_told_with_the_nearest_header(read, plan, tmp_path: Path) -> None:
    rows = [
        ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达额度(元)"],
        ["样指1号", "2031-02-11", "市甲局", "P1", "公开工程", 6, 5],
    ]
    result = read("quota_releases", workbook(tmp_path / "指标下达情况.xlsx", {"表": rows}))
    assert result.told() == [("表", 1, "下达金额", "missing_column")]
    assert "下达额度" in result.problems[0].remedy
    assert result.ledger() == [(2, 0, 2, 0)]


def test_hidden_sheets_are_reported_and_not_read(read, plan, tmp_path: Path) -> None:
    import openpyxl

    rows = [
        ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"],
        ["样指1号", "2031-02-11", "市甲局", "P1", "公开工程", 6, 5],
    ]
    path = workbook(tmp_path / "指标下达情况.xlsx", {"旧表": rows, "新表": rows})
    book = openpyxl.load_workbook(path)
    book["旧表"].sheet_state = "hidden"
    book.save(path)
    result = read("quota_releases", path)
    assert result.table("releases", "source_sheet") == [("新表",)]
    remarks = {
        row["source_sheet"]: row["remark"]
        for row in result.context.run.rows("checks", "ingest_quota_releases")
    }
    assert "隐藏" in remarks["旧表"]


def test_a_survey_becomes_one_row_per_question_and_option(read, tmp_path: Path) -> None:
    rows = [
        [
            "序号",
            "提交答卷时间",
            "所用时间",
            "来自IP",
            "1、您的身份是",
            "2、常用渠道",
            "3、对服务的满意程度",
            "4、您的意见和建议",
        ],
        [1, "2031/08/20 17:15:37", "244秒", "10.0.0.1(样例)", "学生", "网站┋短信", "满意", "电话13800000000"],
        [2, "2031/08/21 09:00:00", "30秒", "10.0.0.2(样例)", "其他〖农民〗", "网站", "(跳过)", "(空)"],
    ]
    result = read("survey", workbook(tmp_path / "满意度问卷.xlsx", {"Sheet1": rows}))
    assert result.problems == ()
    assert sorted(
        result.table("survey_answers", "response_no", "question_no", "question_type", "option_text")
    ) == sorted(
        [
            ("1", 1, "single", "学生"),
            ("1", 2, "multiple", "网站"),
            ("1", 2, "multiple", "短信"),
            ("1", 3, "satisfaction", "满意"),
            ("1", 4, "free_text", None),  # what was written is not kept
            ("2", 1, "single", "其他"),
            ("2", 2, "multiple", "网站"),
        ]
    )


def test_a_question_whose_answers_are_no_options_counts_as_free_text(read, tmp_path: Path) -> None:
    """Whatever it asks: a telephone number, a long answer or too many different ones are never published."""
    header = [
        "序号",
        "提交答卷时间",
        "1、对服务的满意程度",
        "2、怎么联系您",
        "3、您的故事",
        "4、您的编号",
        "5、您的身份是",
    ]
    rows = [
        [
            number,
            "2031/08/20 17:15:37",
            "满意",
            f"电{13800000000 + number}",
            "长" * 31,
            f"第{number}个",
            "学生",
        ]
        for number in range(1, 26)
    ]
    result = read("survey", workbook(tmp_path / "满意度问卷.xlsx", {"Sheet1": [header, *rows]}))
    types = dict(result.table("survey_answers", "question_no", "question_type"))
    assert types == {1: "satisfaction", 2: "free_text", 3: "free_text", 4: "free_text", 5: "single"}
    kept = {option for _, option in result.table("survey_answers", "question_no", "option_text")}
    assert kept == {"满意", "学生", None}


def test_an_answer_off_the_scale_is_told(read, tmp_path: Path) -> None:
    rows = [
        ["序号", "提交答卷时间", "1、对服务的满意程度"],
        [1, "2031/08/20 17:15:37", "超级满意"],
    ]
    result = read("survey", workbook(tmp_path / "满意度问卷.xlsx", {"Sheet1": rows}))
    assert [(problem.row, problem.value, problem.code) for problem in result.problems] == [
        (2, "超级满意", "unknown_question_option")
    ]


def test_the_bytes_are_archived_under_their_hash(read, plan, tmp_path: Path) -> None:
    path = csv(tmp_path / "国库集中支付明细.csv", VOUCHER_HEADER, VOUCHER)
    result = read("treasury_payments", path)
    kept = result.context.rooms.archived(file_sha256(path))
    assert kept.read_bytes() == path.read_bytes()


def test_text_of_a_source_never_becomes_sql(read, plan, tmp_path: Path) -> None:
    name = "x'); drop table vouchers; --"
    path = csv(tmp_path / f"国库集中支付明细{name[:6]}.csv", VOUCHER_HEADER, VOUCHER.replace("首付款", name))
    result = read("treasury_payments", path)
    assert result.table("vouchers", "purpose") == [(name,)]
