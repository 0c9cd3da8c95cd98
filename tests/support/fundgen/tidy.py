"""Puts a made-up fund-year in order, so that no rule finds anything in it: the ground faults are planted in.

Everything invented keeps its size and its names; only what some rule would rightly find is moved or dropped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from support.fundgen.facts import (
    FundYearFacts,
    Procurement,
    Progress,
    Release,
    Response,
    ServiceContract,
    Voucher,
)

PAYMENTS_PER_RELEASE = 2
SHARE_PER_PAYMENT = Decimal("0.3")
# Odd cents: no payment is a round sum.
ODD_CENTS = Decimal("0.37")
LONGEST_RESPONSE_SECONDS = 240


def tidy(facts: FundYearFacts) -> FundYearFacts:
    """Return the fund-year as an office without faults would have it.

    Money is released on the first working days of January, contracts are signed in January and paid in equal parts on
    working days in the middle of the months from March to November, each payee under one account; nothing is void,
    refunded, repeated or of another year or fund; every response differs.
    """
    year = facts.fund.year
    releases = tuple(replace(item, released_on=_workday(dt.date(year, 1, 3))) for item in facts.releases)
    contracts = tuple(_contracts(facts.service_contracts, year))
    started = {item.order_no: item.service_started_on for item in contracts}
    return replace(
        facts,
        releases=releases,
        vouchers=tuple(_vouchers(facts, releases)),
        procurements=tuple(_procurements(facts.procurements, year)),
        service_contracts=contracts,
        orders=tuple(
            replace(item, ordered_on=started.get(item.order_no, item.ordered_on)) for item in facts.orders
        ),
        progress=tuple(_progress(item, year) for item in facts.progress),
        responses=tuple(_responses(facts)),
    )


def _workday(day: dt.date) -> dt.date:
    """Return the day itself, or the Monday after it."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _vouchers(facts: FundYearFacts, releases: Iterable[Release]) -> Iterator[Voucher]:
    year, number = facts.fund.year, 0
    for release in releases:
        for _ in range(PAYMENTS_PER_RELEASE):
            number += 1
            amount = (release.released_yuan * SHARE_PER_PAYMENT).quantize(Decimal(1)) + ODD_CENTS
            payee = number % 9
            yield Voucher(
                voucher_no=f"{year}{number:08d}",
                paid_on=_workday(dt.date(year, 3 + number % 9, 6 + number % 18)),
                unit_code=release.project.unit_code,
                unit_name=release.project.unit_name,
                project_code=release.project.code,
                project_name=release.project.name,
                fund_name=facts.fund.name,
                quota_doc_no=release.quota_doc_no,
                payee_name=f"样例供应商{payee}有限公司",
                payee_account=f"6299{payee:015d}",
                payee_bank="样例银行东城支行",
                amount_yuan=amount,
                purpose=f"{release.project.name}进度款",
            )


def _procurements(items: Iterable[Procurement], year: int) -> Iterator[Procurement]:
    for number, item in enumerate(items):
        # A contract covers the whole plan, so that a project is never paid or settled for more than it.
        yield replace(
            item,
            reviewed_on=dt.date(year - 1, 11, 6),
            awarded_on=dt.date(year, 1, 8),
            signed_on=dt.date(year, 1, 15),
            contract_yuan=item.project.planned_yuan,
            supplier_name=f"样例承建商{number}有限公司",
        )


def _contracts(items: Iterable[ServiceContract], year: int) -> Iterator[ServiceContract]:
    for number, item in enumerate(items):
        yield replace(
            item,
            signed_on=dt.date(year, 1, 16),
            service_started_on=dt.date(year, 2, 19),
            supplier_name=f"样例服务商{number}有限公司",
        )


def _progress(item: Progress, year: int) -> Progress:
    started = dt.date(year, 1, 22)
    return replace(item, started_on=min(started, item.finished_on or started))


def _responses(facts: FundYearFacts) -> Iterator[Response]:
    """Let each respondent answer once, from an own address, and not the same to every question."""
    once = {item.number: item for item in facts.responses}
    for place, response in enumerate(once.values()):
        answers = tuple(
            (("非常满意", "满意")[(place + question.number) % 2],)
            if question.kind == "satisfaction"
            else answer
            for question, answer in zip(facts.questions, response.answers, strict=True)
        )
        yield replace(
            response,
            duration_seconds=LONGEST_RESPONSE_SECONDS - place % 60,
            respondent_ip=f"198.51.{100 + place // 200}.{place % 200 + 1}",
            answers=answers,
        )
