"""Exports of single months: together they are the year, a voucher in two of them is one, a contradiction is told."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundeval.core.engine import engine, query
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.sources.contract import load_contract
from fundeval.sources.increments import Part, join_parts
from fundeval.sources.ingest import empty_table
from fundeval.sources.period import Period, period_in_name
from sources.conftest import workbook

HEADER = (
    "支付凭证号,支付日期,预算单位编码,预算单位名称,项目编码,项目名称,专项资金名称,指标文号,收款人名称,收款人账号,"
    "支付金额(元),用途,凭证状态,原凭证号"
)


def voucher(number: str, day: str, amount: str = "1000.50", **change: str) -> str:
    fields = {
        "project": "P1,公开工程",
        "payee": "某公司",
        "status": "已支付",
        "original": "",
        **change,
    }
    return (
        f"{number},{day},101,市甲局,{fields['project']},样例资金,样指〔2031〕1号,{fields['payee']},622200001111,"
        f"{amount},首付款,{fields['status']},{fields['original']}"
    )


def export(path: Path, *rows: str, total: str = "", above: str = "") -> Path:
    lines = [above, HEADER, *rows, f"合计,,,,,,,,,,{total},,," if total else ""]
    path.write_text("\r\n".join(line for line in lines if line), encoding="utf-8")
    return path


def month(tmp_path: Path, number: int, *rows: str, **more: str) -> Path:
    return export(tmp_path / f"国库集中支付明细-{number}月.csv", *rows, **more)


def test_two_months_are_one_year_each_with_a_ledger_entry_of_its_own(read, plan, tmp_path: Path) -> None:
    result = read(
        "treasury_payments",
        month(tmp_path, 1, voucher("V1", "2031-01-05"), voucher("V2", "2031-01-06", project="S1,暗号工程")),
        month(tmp_path, 2, voucher("V3", "2031-02-05")),
    )
    assert result.problems == ()
    assert result.table("vouchers", "voucher_no", "source_file", "source_row") == [
        ("V1", "国库集中支付明细-1月.csv", 2),
        ("V3", "国库集中支付明细-2月.csv", 2),
    ]
    assert result.table("vouchers", "voucher_no", layer="restricted") == [("V2",)]
    assert result.ledger() == [(3, 2, 0, 1), (2, 1, 0, 1)]
    hashes = result.table("vouchers", "source_sha256")
    assert len(set(hashes)) == 2


def test_the_same_voucher_in_two_months_is_one_voucher(read, plan, tmp_path: Path) -> None:
    twice = voucher("V1", "2031-01-31")
    result = read(
        "treasury_payments",
        month(tmp_path, 1, twice),
        month(tmp_path, 2, voucher("V2", "2031-02-01"), twice),
    )
    assert [problem.code for problem in result.problems] == [
        "outside_period"
    ]  # 31 January in the file of February
    assert result.table("vouchers", "voucher_no", "source_file") == [
        ("V1", "国库集中支付明细-1月.csv"),
        ("V2", "国库集中支付明细-2月.csv"),
    ]
    assert result.ledger() == [(2, 1, 0, 1), (3, 1, 0, 2)]
    remarks = [row["remark"] for row in result.context.run.rows("checks", "ingest_treasury_payments")]
    assert remarks[1].startswith("1行在前面的分月文件中已有")


def test_a_column_only_one_export_has_makes_no_contradiction(read, plan, tmp_path: Path) -> None:
    wider = export(tmp_path / "国库集中支付明细1-2月.csv")
    text = (HEADER + ",资金性质\r\n" + voucher("V1", "2031-01-31") + ",预算资金\r\n").encode()
    wider.write_bytes(text)
    result = read("treasury_payments", month(tmp_path, 1, voucher("V1", "2031-01-31")), wider)
    assert result.problems == ()
    assert result.table("vouchers", "voucher_no") == [("V1",)]


@pytest.mark.parametrize(
    "change", [{"amount": "1000.51"}, {"payee": "另一公司"}, {"project": "S1,暗号工程"}, {"status": "作废"}]
)
def test_the_same_number_with_other_content_is_told_at_both_rows(
    read, plan, tmp_path: Path, change: dict[str, str]
) -> None:
    result = read(
        "treasury_payments",
        month(tmp_path, 1, voucher("V9", "2031-01-30"), voucher("V1", "2031-01-31")),
        export(tmp_path / "国库集中支付明细1-2月.csv", voucher("V1", "2031-01-31", **change)),
    )
    first, second = "国库集中支付明细-1月.csv", "国库集中支付明细1-2月.csv"
    told = [(problem.file, problem.row, problem.code) for problem in result.problems]
    assert sorted(told) == [(first, 3, "increments_differ"), (second, 2, "increments_differ")]
    by_file = {problem.file: str(problem) for problem in result.problems}
    assert f"《{second}》第2行" in by_file[first]
    assert f"《{first}》第3行" in by_file[second]
    assert "暗号" not in "".join(by_file.values())
    assert result.ledger() == [(3, 2, 0, 1), (2, 0, 1, 1)]


def test_an_unreadable_month_leaves_the_others_readable(read, plan, tmp_path: Path) -> None:
    broken = tmp_path / "国库集中支付明细-2月.csv"
    broken.write_bytes(b"")
    result = read("treasury_payments", month(tmp_path, 1, voucher("V1", "2031-01-05")), broken)
    assert [(problem.file, problem.code) for problem in result.problems] == [(broken.name, "empty_file")]
    assert result.table("vouchers", "voucher_no") == [("V1",)]


def test_what_the_months_state_is_added_up_for_the_checks_of_the_year(read, plan, tmp_path: Path) -> None:
    result = read(
        "treasury_payments",
        month(tmp_path, 1, voucher("V1", "2031-01-05"), total="1000.50", above="记录数:1"),
        month(tmp_path, 2, voucher("V2", "2031-02-05", "2.00"), total="2.00", above="记录数:1"),
    )
    stated = result.table("stated_totals_treasury_payments", "total_kind", "stated_value")
    assert sorted(stated) == [("record_count", Decimal("2.00")), ("total", Decimal("1002.50"))]


@pytest.mark.parametrize("second", ["", "2.00"])
def test_totals_that_do_not_add_up_to_a_year_are_left_out(read, plan, tmp_path: Path, second: str) -> None:
    """Where a month states none, or a row is in two of them, their sum is no total of the year."""
    rows = [voucher("V2", "2031-02-05", "2.00")] + ([voucher("V1", "2031-01-05")] if second else [])
    result = read(
        "treasury_payments",
        month(tmp_path, 1, voucher("V1", "2031-01-05"), total="1000.50"),
        month(tmp_path, 2, *rows, total=second),
    )
    assert result.table("stated_totals_treasury_payments", "stated_value") == []


def test_releases_and_orders_come_in_months_too(read, plan, tmp_path: Path) -> None:
    header = ["指标文号", "下达日期", "预算单位", "项目编码", "项目名称", "申请金额(元)", "下达金额(元)"]
    rows = [[f"样指{n}号", f"2031-0{n}-11", "市甲局", "P1", "公开工程", 6, 5] for n in (1, 2)]
    one = workbook(tmp_path / "指标下达情况一季度.xlsx", {"表": [header, rows[0]]})
    two = workbook(tmp_path / "指标下达情况上半年.xlsx", {"表": [header, *rows]})
    assert read("quota_releases", one, two).table("releases", "quota_doc_no") == [("样指1号",), ("样指2号",)]


@pytest.mark.parametrize(
    ("file", "period"),
    [
        ("国库集中支付明细-3月.csv", Period(3, 3)),
        ("国库集中支付明细2031年03月.csv", Period(3, 3)),
        ("国库集中支付明细203103.csv", Period(3, 3)),
        ("国库集中支付明细2031-03.csv", Period(3, 3)),
        ("国库集中支付明细(1-3月).csv", Period(1, 3)),
        ("国库集中支付明细1月至3月.csv", Period(1, 3)),
        ("国库集中支付明细一季度.csv", Period(1, 3)),
        ("国库集中支付明细下半年.csv", Period(7, 12)),
        ("国库集中支付明细十二月.csv", Period(12, 12)),
        ("国库集中支付明细1-12月.csv", Period(1, 12)),
        ("国库集中支付明细.csv", None),
        ("国库集中支付明细20310309.csv", None),  # a day is when it was exported
        ("国库集中支付明细(截至12月31日).csv", None),
        ("国库集中支付明细1月和2月.csv", None),  # two statements are none
        ("国库集中支付明细13月.csv", None),
    ],
)
def test_the_period_is_what_the_name_says(file: str, period: Period | None) -> None:
    assert period_in_name(file) == period


@st.composite
def years(draw: st.DrawFn) -> tuple[list[tuple[str, dt.date, Decimal, str]], list[list[int]], int]:
    """Vouchers of a year with refunds and voids, a split of its months into files, how far the files overlap."""
    count = draw(st.integers(1, 30))
    rows = [
        (
            f"V{number}",
            draw(st.dates(dt.date(2031, 1, 1), dt.date(2031, 12, 31))),
            Decimal(draw(st.integers(-(10**9), 10**11))) / 100,
            draw(st.sampled_from(["paid", "void", "refund"])),
        )
        for number in range(count)
    ]
    cuts = sorted(draw(st.sets(st.integers(1, 11), max_size=11)))
    starts, ends = [0, *cuts], [*cuts, 12]
    spans = [list(range(first + 1, last + 1)) for first, last in zip(starts, ends, strict=True)]
    return rows, spans, draw(st.integers(0, 2))


@cache
def voucher_schema() -> pa.Schema:
    with engine() as connection:
        return query(connection, empty_table(load_contract("treasury_payments").tables[0])).schema


def part(folder: RunFolder, rows: list[tuple[str, dt.date, Decimal, str]], months: list[int]) -> Part:
    """Write the vouchers of some months as the tables of one export, every third one classified."""
    for layer, rest in (("staging", (1, 2)), ("restricted", (0,))):
        listed = [
            {
                "voucher_no": number,
                "paid_on": day,
                "amount_yuan": amount,
                "voucher_status": status,
                "source_file": folder.path.name,
                "source_sheet": "",
                "source_row": at,
            }
            for at, (number, day, amount, status) in enumerate(rows, 2)
            if day.month in months and int(number[1:]) % 3 in rest
        ]
        folder.write(layer, "vouchers", pa.Table.from_pylist(listed, voucher_schema()))
    return Part(folder, folder.path.name, [])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(year=years())
def test_any_split_of_a_year_gives_the_same_vouchers_as_all_at_once(tmp_path: Path, year) -> None:
    """All at once, month by month, any other split, overlapping or not: the totals are Python's, to the cent."""
    rows, spans, overlap = year
    wider = [list(range(max(1, months[0] - overlap), months[-1] + 1)) for months in spans]
    routes = {"whole": [list(range(1, 13))], "months": [[number] for number in range(1, 13)], "any": wider}
    expected = sum((amount for _, _, amount, status in rows if status != "void"), Decimal(0))
    results = {}
    for route, files in routes.items():
        run = RunFolder(Path(tempfile.mkdtemp(dir=tmp_path)), FundYear("sample-fund", 2031))
        parts = [
            part(RunFolder(run.path / f"{route}{number}", run.fund_year), rows, months)
            for number, months in enumerate(files)
        ]
        joined = join_parts(run, load_contract("treasury_payments"), parts)
        kept = [*run.rows("staging", "vouchers"), *run.rows("restricted", "vouchers")]
        counted = [row["amount_yuan"] for row in kept if row["voucher_status"] != "void"]
        assert sum(counted, Decimal(0)) == expected
        sent = sum(sum(day.month in months for _, day, _, _ in rows) for months in files)
        assert sent == len(kept) + sum(joined.known.values())
        assert joined.problems == []
        results[route] = sorted((row["voucher_no"], row["paid_on"], row["amount_yuan"]) for row in kept)
    assert results["whole"] == results["months"] == results["any"]
    assert len(results["whole"]) == len(rows)


def test_a_year_sent_whole_and_month_by_month_is_read_the_same(read, plan, tmp_path: Path) -> None:
    rows = {
        n: [voucher(f"V{n}-{k}", f"2031-{n:02}-1{k}", f"{n * 100 + k}.0{k}") for k in (1, 2)]
        for n in range(1, 13)
    }
    whole = export(tmp_path / "国库集中支付明细.csv", *(row for listed in rows.values() for row in listed))
    fields = ("voucher_no", "paid_on", "amount_yuan", "voucher_status")
    at_once = read("treasury_payments", whole).table("vouchers", *fields)
    months = [month(tmp_path, number, *listed) for number, listed in rows.items()]
    by_month = read("treasury_payments", *months)
    assert by_month.problems == ()
    assert by_month.table("vouchers", *fields) == at_once
    assert sum(row[2] for row in at_once) == sum(Decimal(f"{n * 100 + k}.0{k}") for n in rows for k in (1, 2))
    assert by_month.ledger() == [(3, 2, 0, 1)] * 12
