"""运行监控: what is known at a day of the year, what is extrapolated from it, and the note about both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError, InputError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.monitoring.note import PAGE, WORKBOOK, write_note
from fundeval.monitoring.stage import last_month_end, measure_to_date, monitor, monitor_context
from support.sample_sources import SAMPLE, SERVICE_INDICATORS, copy_sample
from support.staged import context_of, stage

YEAR = FundYear("some-fund", 2030)
# Half of a year of 365 days is gone in the middle of 2 July; 73 days are a fifth of it.
FIFTH = dt.date(2030, 3, 14)
Measure = Callable[..., RunContext]


def plan(code: str, unit: str = "甲单位", **more: Any) -> dict[str, Any]:
    return {
        "project_code": code, "project_name": f"项目{code}", "category": "平台", "project_nature": "new",
        "unit_name": unit, "planned_yuan": "1000", "is_classified": False, **more,
    }  # fmt: skip


def release(code: str, amount: str, day: str = "2030-01-10") -> dict[str, Any]:
    return {"quota_doc_no": "文1", "released_on": day, "project_code": code, "released_yuan": amount}


def voucher(number: str, code: str, amount: str, day: str = "2030-02-01", **more: Any) -> dict[str, Any]:
    return {
        "voucher_no": number, "paid_on": day, "fund_name": "某专项资金", "project_code": code,
        "amount_yuan": amount, "voucher_status": "paid", **more,
    }  # fmt: skip


@pytest.fixture
def measured(tmp_path: Path) -> Measure:
    def _measured(
        plans: list[Any], releases: list[Any], vouchers: list[Any], as_of: dt.date = FIFTH
    ) -> RunContext:
        context = context_of(tmp_path, YEAR)
        stage(
            context.run,
            {
                "staging.budget_approval": [{"fund_name": "某专项资金", "approval_year": 2030}],
                "staging.plan_projects": plans,
                "staging.releases": releases,
                "staging.vouchers": vouchers,
            },
        )
        measure_to_date(context, as_of)
        return context

    return _measured


def project(context: RunContext, code: str) -> dict[str, Any]:
    return next(row for row in context.run.rows("marts", "monitor_projects") if row["project_code"] == code)


def fund(context: RunContext) -> dict[str, Any]:
    (row,) = context.run.rows("marts", "monitor_fund")
    return row


def test_only_what_happened_up_to_the_day_counts(measured: Measure) -> None:
    context = measured(
        [plan("A")],
        [release("A", "500"), release("A", "300", "2030-03-15")],
        [
            voucher("1", "A", "100"),
            voucher("2", "A", "50", "2030-03-14"),
            voucher("3", "A", "9", "2030-03-15"),
        ],
    )
    row = project(context, "A")
    assert (row["released_yuan"], row["paid_yuan"]) == (Decimal(500), Decimal(150))
    assert row["last_paid_on"] == FIFTH


def test_void_repeated_and_foreign_vouchers_do_not_count_and_refunds_take_off(measured: Measure) -> None:
    context = measured(
        [plan("A")],
        [release("A", "500")],
        [
            voucher("1", "A", "100"), voucher("1", "A", "100"), voucher("2", "A", "40", voucher_status="void"),
            voucher("3", "A", "7", fund_name="别的资金"), voucher("4", "A", "-30", voucher_status="refund"),
        ],
    )  # fmt: skip
    assert project(context, "A")["paid_yuan"] == Decimal(70)


@pytest.mark.parametrize(
    ("paid", "likely_paid", "likely_carry_over"),
    [
        # A fifth of the year is gone: five times what is paid so far.
        ("100", "500.00", "500.00"),
        # Never more than was released.
        ("300", "1000.00", "0.00"),
        # A third of a 分 is nobody's money.
        ("0.01", "0.05", "999.95"),
        ("-20", "0.00", "1000.00"),
    ],
)
def test_the_year_s_payments_follow_from_the_pace_so_far(
    measured: Measure, paid: str, likely_paid: str, likely_carry_over: str
) -> None:
    row = project(measured([plan("A")], [release("A", "1000")], [voucher("1", "A", paid)]), "A")
    assert (row["likely_paid_yuan"], row["likely_carry_over_yuan"]) == (
        Decimal(likely_paid), Decimal(likely_carry_over),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("released", "paid", "as_of", "state"),
    [
        (None, None, FIFTH, "not_released"),
        ("1000", None, FIFTH, "not_started"),
        ("1000", "1", FIFTH, "on_track"),
        # 20.00 % of the year, 0.00 % paid: exactly the points that make it late.
        ("1000000", "1", FIFTH, "behind"),
        ("1000", "1", dt.date(2030, 3, 15), "behind"),
        ("1000", "1001", FIFTH, "overpaid"),
    ],
)
def test_a_project_is_told_by_its_state(
    measured: Measure, released: str | None, paid: str | None, as_of: dt.date, state: str
) -> None:
    context = measured(
        [plan("A")],
        [release("A", released)] if released else [],
        [voucher("1", "A", paid)] if paid else [],
        as_of,
    )
    assert project(context, "A")["state"] == state


def test_units_and_fund_are_the_sums_of_their_projects(measured: Measure) -> None:
    context = measured(
        [plan("A"), plan("B"), plan("C", "乙单位")],
        [release("A", "100"), release("B", "200"), release("C", "400")],
        [voucher("1", "A", "50"), voucher("2", "C", "40")],
    )
    units = {row["unit_name"]: row for row in context.run.rows("marts", "monitor_units")}
    assert (units["甲单位"]["released_yuan"], units["甲单位"]["paid_yuan"]) == (Decimal(300), Decimal(50))
    assert units["甲单位"]["projects_behind"] == 1
    total = fund(context)
    assert (total["projects"], total["released_yuan"], total["paid_yuan"]) == (3, Decimal(700), Decimal(90))
    assert total["execution_rate_pct"] == Decimal("12.86")
    assert total["calendar_pct"] == Decimal("20.00")


def test_money_paid_for_a_project_outside_the_plan_is_shown_and_not_lost(measured: Measure) -> None:
    context = measured([plan("A")], [release("A", "100")], [voucher("1", "A", "10"), voucher("2", "X", "5")])
    total = fund(context)
    months = context.run.rows("marts", "monitor_months")
    assert (total["paid_yuan"], total["paid_outside_plan_yuan"]) == (Decimal(10), Decimal(5))
    assert [(row["month"], row["paid_so_far_yuan"]) for row in months] == [
        (1, Decimal(0)), (2, Decimal(15)), (3, Decimal(15)),
    ]  # fmt: skip


def test_the_note_tells_figures_and_basis_and_takes_no_text_for_markup_or_formula(
    measured: Measure, tmp_path: Path
) -> None:
    context = measured(
        [plan("A", project_name="=1+1<script>alert(1)</script>")],
        [release("A", "1000")],
        [voucher("1", "A", "100")],
    )
    write_note(context.run, tmp_path / "note", "某专项资金运行监控", 20)
    page = (tmp_path / "note" / PAGE).read_text(encoding="utf-8")
    assert "执行率10.00%,同期时间进度为20.00%" in page
    assert "年末预计结转0.05万元" in page
    assert "不含涉密项目" in page
    assert "<script>" not in page
    sheet = openpyxl.load_workbook(tmp_path / "note" / WORKBOOK)["项目"]
    row = dict(zip([cell.value for cell in sheet[1]], list(sheet[2]), strict=True))
    assert row["项目名称"].data_type == "s"
    assert (row["已支付(元)"].value, row["状态"].value) == (100, "进度正常")


@pytest.mark.parametrize(
    ("moment", "end"),
    [(dt.date(2030, 6, 5), dt.date(2030, 5, 31)), (dt.date(2030, 3, 31), dt.date(2030, 2, 28))],
)
def test_a_monthly_look_is_at_the_last_whole_month(moment: dt.date, end: dt.date) -> None:
    assert last_month_end(moment) == end


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The bundled exports, without those nobody has mid-year."""
    root = tmp_path_factory.mktemp("bundled")
    sources = copy_sample(root / "sources")
    (sources / SERVICE_INDICATORS).unlink()
    context = RunContext(SAMPLE, sources, Rooms(root / "out"), "any")
    return monitor_context(context, dt.date(SAMPLE.year, 6, 30))


def test_plan_releases_and_vouchers_are_all_it_needs_and_nothing_is_published(bundled: RunContext) -> None:
    result = monitor(bundled, dt.date(SAMPLE.year, 6, 30))
    assert result["as_of"] == f"{SAMPLE.year}-06-30"
    assert bundled.run.run_id == f"monitor__{SAMPLE.year}-06-30"
    assert Decimal(result["paid_yuan"]) <= Decimal(result["released_yuan"])
    assert not bundled.rooms.releases(SAMPLE).exists()
    secrets = {row["project_name"] for row in bundled.run.rows("restricted", "plan_projects")}
    page = (bundled.run.path / "monitoring" / PAGE).read_text(encoding="utf-8")
    assert secrets
    assert not {name for name in secrets if name in page}


def test_every_missing_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    context = RunContext(SAMPLE, tmp_path / "sources", Rooms(tmp_path / "out"), "any")
    with pytest.raises(InputError) as caught:
        monitor(context, dt.date(SAMPLE.year, 6, 30))
    assert len(caught.value.problems) == 3


def test_a_day_of_another_year_is_refused(tmp_path: Path) -> None:
    context = RunContext(SAMPLE, tmp_path, Rooms(tmp_path / "out"), "any")
    with pytest.raises(ConfigurationError, match="不在"):
        monitor(context, dt.date(SAMPLE.year + 1, 1, 31))
