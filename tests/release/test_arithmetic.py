"""The arithmetic gate: what subtraction would tell about one classified project is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from fundeval.core.errors import DisclosureError
from fundeval.release.arithmetic import classified_money, require_undisclosed
from fundeval.release.dictionary import load_dictionary
from fundeval.release.projection import published_tables
from release.invented import invented_tables, make_run

MONEY = ("planned", "applied", "released", "paid", "carry_over")


def gate(root, tables=None, change=None, earlier=None):
    run = make_run(root, tables=tables).run
    dataset = published_tables(run)
    if change:
        change(dataset)
    require_undisclosed(run, dataset, load_dictionary(), earlier or {})


def with_classified(amounts: list[tuple[int, int, int, int]]) -> dict:
    """Return the invented tables with one classified project per (planned, applied, released, paid)."""
    tables = invented_tables()
    restricted = tables["restricted"]
    plan, release, voucher = (restricted[name][0] for name in ("plan_projects", "releases", "vouchers"))
    for rows in restricted.values():
        rows.clear()
    for number, (planned, applied, released, paid) in enumerate(amounts):
        code = {"project_code": f"X-{number}", "project_name": f"暗号{number}"}
        restricted["plan_projects"].append(plan | code | {"planned_yuan": planned})
        restricted["releases"].append(release | code | {"applied_yuan": applied, "released_yuan": released})
        restricted["vouchers"].append(voucher | code | {"voucher_no": f"V{number}", "amount_yuan": paid})
    if not amounts:
        del tables["restricted"]
    sums = [sum(column) for column in zip(*amounts, strict=True)] or [0, 0, 0, 0]
    names = ("planned_yuan", "applied_yuan", "released_yuan", "paid_yuan")
    row = {
        "projects": len(amounts),
        **dict(zip(names, sums, strict=True)),
        "carry_over_yuan": sums[2] - sums[3],
    }
    tables["marts"]["classified"] = [row]
    facts = tables["marts"]["fund_facts"][0]
    facts |= {
        "projects_classified": len(amounts),
        "applied_yuan": 1100000 + sums[1],
        "released_yuan": 1100000 + sums[2],
        "paid_yuan": 900000 + sums[3],
        "carry_over_yuan": 200000 + sums[2] - sums[3],
    }
    return tables


def test_sums_over_two_projects_pass(tmp_path):
    gate(tmp_path)


def test_money_of_each_classified_project_is_counted_like_public_money(tmp_path):
    tables = invented_tables()
    vouchers = tables["restricted"]["vouchers"]
    vouchers += [
        vouchers[0] | {"source_row": 99},
        vouchers[0] | {"voucher_no": "P-000903", "voucher_status": "void"},
        vouchers[0] | {"voucher_no": "P-000904", "voucher_status": "refund", "amount_yuan": -1000},
        vouchers[0] | {"voucher_no": "P-000905", "paid_on": dt.date(2032, 1, 3)},
        vouchers[0] | {"voucher_no": "P-000906", "fund_name": "别的资金"},
    ]
    found = classified_money(make_run(tmp_path, tables=tables).run)
    assert [tuple(row[name] for name in MONEY) for row in found] == [
        tuple(map(Decimal, (400000, 260000, 260000, 99000, 161000))),
        tuple(map(Decimal, (300000, 240000, 240000, 200000, 40000))),
    ]


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ([(100, 90, 80, 70)], ["计划投资", "申请金额", "下达金额", "支付金额"]),
        ([(100, 0, 0, 0)], ["计划投资"]),
        ([(100, 90, 80, 70), (100, 90, 80, 0)], ["支付金额"]),
        ([(100, 90, 80, 70), (50, 0, 0, 0), (60, 0, 0, 0)], ["申请金额", "下达金额", "支付金额"]),
    ],
)
def test_a_sum_that_is_one_projects_amount_is_refused(amounts, said, tmp_path):
    with pytest.raises(DisclosureError) as caught:
        gate(tmp_path, with_classified(amounts))
    text = str(caught.value)
    assert all(f"{name}合计只来自1个项目" in text for name in said)
    assert "暗号" not in text
    assert "X-0" not in text


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        [(0, 0, 0, 0)],
        [(100, 90, 80, 70), (1, 1, 1, 1)],
        [(100, 90, 80, 0), (50, 40, 30, 0)],
        # One carry-over alone: the difference of two sums that two projects make up.
        [(100, 90, 80, 80), (50, 40, 30, 10)],
    ],
)
def test_what_tells_nothing_of_one_project_passes(amounts, tmp_path):
    gate(tmp_path, with_classified(amounts))


@pytest.mark.parametrize("unit", ["市水利局", "市机要局"])
def test_a_units_row_that_contains_classified_money_is_refused(unit, tmp_path):
    def change(dataset):
        rows = dataset["units"]
        row = next((row for row in rows if row["unit"] == unit), None)
        if row is None:
            row = dict.fromkeys(rows[0]) | {"unit": unit, "released": Decimal(0), "paid": Decimal(0)}
            rows.append(row)
        row["released"] += Decimal(260000)

    with pytest.raises(DisclosureError, match="units 中一个单位的下达金额减去其公开项目"):
        gate(tmp_path, change=change)


def test_a_unit_of_several_classified_projects_may_be_told_together(tmp_path):
    tables = with_classified([(100, 90, 80, 70), (100, 90, 80, 70), (100, 90, 80, 70)])
    for project in tables["restricted"]["plan_projects"][:2]:
        project["unit_name"] = "市城管局"

    def change(dataset):
        row = next(row for row in dataset["units"] if row["unit"] == "市城管局")
        row["paid"] += Decimal(140)

    # Two projects of one unit hide each other, the third is what is left of the sum.
    with pytest.raises(DisclosureError, match="支付金额可由"):
        gate(tmp_path, tables, change)


def test_two_releases_that_differ_by_one_classified_project_are_refused(tmp_path):
    earlier = published_tables(make_run(tmp_path / "before").run)
    three = with_classified([(100, 90, 80, 70), (50, 40, 30, 20), (60, 50, 40, 30)])
    with pytest.raises(DisclosureError, match="与第 4 版相差一个"):
        gate(tmp_path / "now", three, earlier={4: earlier})
    gate(tmp_path / "same", earlier={4: earlier})


def test_a_run_without_classified_rows_has_nothing_to_disclose(tmp_path):
    tables = invented_tables()
    del tables["restricted"]
    tables["marts"]["classified"][0] = dict.fromkeys(tables["marts"]["classified"][0], 0)
    gate(tmp_path, tables)
