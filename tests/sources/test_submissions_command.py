"""``fundeval intake`` and ``fundeval submissions``: the inbox and its ledger without Airflow."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from fundeval.cli import main
from sources.conftest import workbook

ORDERS = ["订单编号", "下单日期", "采购单位", "采购目录", "项目编码", "供应商", "订单金额(元)", "订单状态"]
FUND = ["--fund", "changde-smart-city", "--year", "2031"]


def test_files_are_taken_in_answered_and_listed(tmp_path: Path) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    (inbox / "市甲局").mkdir(parents=True)
    good = ["DD1", "2031-06-17", "市甲局", "监理", "P1", "某公司", 5, "已完成"]
    workbook(inbox / "电子卖场订单.xlsx", {"订单": [ORDERS, good]})
    workbook(inbox / "市甲局" / "电子卖场订单(改).xlsx", {"订单": [ORDERS, [*good[:6], "五", "已完成"]]})
    taken = CliRunner().invoke(main, ["intake", *FUND, "--sources", str(inbox), "--out", str(out)])
    assert taken.exit_code == 0, taken.output
    assert "不是能识别的金额" in taken.output
    listed = CliRunner().invoke(main, ["submissions", *FUND, "--out", str(out)])
    lines = listed.output.splitlines()
    assert len(lines) == 2
    assert "《电子卖场订单.xlsx》(电子卖场订单)已接受" in lines[0]
    assert "市甲局:《电子卖场订单(改).xlsx》(电子卖场订单)已退回,1个阻断问题" in lines[1]
    as_json = json.loads(CliRunner().invoke(main, ["submissions", *FUND, "--out", str(out), "--json"]).output)
    assert [(each["outcome"], each["superseded_by"]) for each in as_json] == [
        ("accepted", None),
        ("refused", None),
    ]
    assert as_json[1]["problems"][0]["code"] == "not_an_amount"
    answer = out / "feedback" / "changde-smart-city" / "2031" / "市甲局" / "电子卖场订单(改)-问题反馈.xlsx"
    assert answer.is_file()


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    listed = CliRunner().invoke(main, ["submissions", *FUND, "--out", str(tmp_path)])
    assert listed.exit_code == 0
    assert listed.output.strip() == "没有报送记录。"
