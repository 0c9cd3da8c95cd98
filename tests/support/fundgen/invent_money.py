"""Invents quota documents and vouchers, with the rows a treasury export has that do not count."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from support.fundgen.facts import Project, Release, Voucher
from support.fundgen.names import BANKS, PAYEES
from support.fundgen.story import Size, Story


def day_of(rng: random.Random, year: int) -> dt.date:
    """Return a day of the year; one in ten is its first or last day."""
    if rng.random() < 0.1:
        return rng.choice((dt.date(year, 1, 1), dt.date(year, 12, 31)))
    return dt.date(year, 1, 1) + dt.timedelta(days=rng.randint(0, 364))


def releases_of(rng: random.Random, year: int, projects: Sequence[Project], story: Story) -> list[Release]:
    """Give every project one to three quota documents, the last of which is the smallest."""
    releases: list[Release] = []
    for project in projects:
        whole = (project.planned_yuan * rng.randint(55, 95) / 10_000).quantize(Decimal(1)) * 100
        for part in _split(rng, whole, rng.randint(1, 3), Decimal(100)):
            applied = (part / story.released_of_applied / 100).quantize(Decimal(1)) * 100
            number = f"样财预指〔{year}〕{len(releases) + 1:04d}号"
            releases.append(Release(number, day_of(rng, year), project, max(applied, part), part))
    return releases


def vouchers_of(
    rng: random.Random, fund_name: str, year: int, releases: Sequence[Release], size: Size, story: Story
) -> list[Voucher]:
    """Pay the releases out in about ``size.vouchers`` vouchers, with rows between that must not count."""
    counted: list[Voucher] = []
    if size.vouchers:
        share = max(1, size.vouchers // max(1, len(releases)))
        for release in releases:
            paid = (release.released_yuan * story.paid_of_released).quantize(Decimal("0.01"))
            for amount in _split(rng, paid, rng.randint(1, 2 * share - 1), Decimal("0.01")):
                counted.append(_voucher(rng, fund_name, year, release, amount, len(counted) + 1))
    written = [*_with_refunds(rng, counted), *_never_counted(rng, fund_name, year, releases, len(counted))]
    repeated = [item for item in counted if rng.random() < 0.02] or counted[:1]
    written += [item for item in written if item.voucher_no in {again.voucher_no for again in repeated}]
    rng.shuffle(written)
    return written


def _split(rng: random.Random, whole: Decimal, parts: int, step: Decimal) -> list[Decimal]:
    """Split an amount into parts that add up exactly; parts of nothing are left out."""
    steps = int(whole / step)
    cuts = sorted(rng.randint(0, steps) for _ in range(parts - 1))
    edges = [0, *cuts, steps]
    return [
        step * (after - before) for before, after in zip(edges, edges[1:], strict=False) if after > before
    ]


def _voucher(
    rng: random.Random, fund_name: str, year: int, release: Release, amount: Decimal, number: int
) -> Voucher:
    project = release.project
    return Voucher(
        voucher_no=f"{year}{number:08d}",
        paid_on=day_of(rng, year),
        unit_code=project.unit_code,
        unit_name=project.unit_name,
        project_code=project.code,
        project_name=project.name,
        fund_name=fund_name,
        quota_doc_no=release.quota_doc_no,
        payee_name=rng.choice(PAYEES),
        payee_account=f"6299{rng.randrange(10**15):015d}",
        payee_bank=rng.choice(BANKS),
        amount_yuan=amount,
        purpose=f"{project.name}{rng.choice(('首付款', '进度款', '尾款'))}",
    )


def _with_refunds(rng: random.Random, counted: Sequence[Voucher]) -> list[Voucher]:
    """Raise some vouchers and refund the surplus, so that what is paid stays what it was."""
    written: list[Voucher] = []
    for number, voucher in enumerate(counted):
        if rng.random() >= 0.05 and number != 0:
            written.append(voucher)
            continue
        surplus = Decimal(rng.randint(1, 2_000_000)) / 100
        last = dt.date(voucher.paid_on.year, 12, 31)
        refund = replace(
            voucher,
            voucher_no=f"{voucher.voucher_no[:4]}9{number:07d}",
            paid_on=voucher.paid_on + dt.timedelta(days=rng.randint(0, (last - voucher.paid_on).days)),
            amount_yuan=-surplus,
            purpose="户名有误退回",
            status="refund",
            original_voucher_no=voucher.voucher_no,
        )
        written += [replace(voucher, amount_yuan=voucher.amount_yuan + surplus), refund]
    return written


def _never_counted(
    rng: random.Random, fund_name: str, year: int, releases: Sequence[Release], counted: int
) -> list[Voucher]:
    """Write voided vouchers, another fund's and those of the years before and after."""
    rows: list[Voucher] = []
    for number in range(max(3, counted // 20) if releases else 0):
        base = _voucher(
            rng, fund_name, year, rng.choice(releases), Decimal(rng.randint(1, 90_000_000)) / 100, 0
        )
        next_year = dt.date(year + 1, 1, rng.choice((1, rng.randint(2, 20))))
        rows += [
            replace(base, voucher_no=f"{year}7{number:07d}", status="void"),
            replace(base, voucher_no=f"{year + 1}{number:08d}", paid_on=next_year),
            replace(base, voucher_no=f"{year - 1}{number:08d}", paid_on=dt.date(year - 1, 12, 31)),
            replace(
                base,
                voucher_no=f"{year}8{number:07d}",
                project_code=f"BM{year}-{number:03d}",
                project_name="日常公用支出",
                fund_name="部门日常经费",
                purpose="办公经费",
            ),
        ]
    return rows
