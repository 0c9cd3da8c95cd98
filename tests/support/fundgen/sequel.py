"""A fund over several years: the same projects each year, money given, spent, left, refunded and taken back."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from support.fundgen.facts import FundYearFacts, Project, Release, Voucher
from support.fundgen.invent import invent
from support.fundgen.story import Size, Story
from support.fundgen.tidy import tidy

CENT = Decimal("0.01")
REFUND = Decimal("123.45")


@dataclass(frozen=True)
class Flow:
    """Money of one project in one year, in 元.

    Attributes:
        released: What was given; negative where money of earlier years was taken back.
        paid: What was paid net of refunds; negative where only refunds of earlier payments came in.
    """

    released: Decimal
    paid: Decimal


Flows = Mapping[str, Flow]


@dataclass(frozen=True)
class _Purse:
    """What a project has left and what it has spent until now, in 元."""

    balance: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)


def sequel(
    fund_name: str, years: Sequence[int], seed: int, size: Size, story: Story
) -> Iterator[tuple[FundYearFacts, Flows]]:
    """Yield the facts of each year and the money of its public projects.

    The plan keeps its projects, but for one that leaves it and one that joins it after the first year. No project
    spends more than it has.
    """
    rng = random.Random(f"sequel/{fund_name}/{seed}")
    first = tidy(invent(fund_name, years[0], seed, size, story))
    purses: dict[str, _Purse] = {}
    documents: dict[str, str] = {}
    for number, year in enumerate(years):
        facts = _with_projects_of(first, tidy(invent(fund_name, year, seed + number, size, story)))
        facts = _without(facts, _public(first)[-1 if number == 0 else 0])
        flows = {project.code: _flow(rng, project, purses) for project in facts.projects}
        releases = tuple(_releases(facts, flows))
        documents |= {item.project.code: item.quota_doc_no for item in releases}
        vouchers = tuple(_vouchers(facts, flows, documents))
        public = {project.code: flows[project.code] for project in _public(facts)}
        yield replace(facts, releases=releases, vouchers=vouchers), public


def _public(facts: FundYearFacts) -> list[Project]:
    return [project for project in facts.projects if not project.is_classified]


def _flow(rng: random.Random, project: Project, purses: dict[str, _Purse]) -> Flow:
    """Draw what a project is given and spends of what it then has, or what of it is taken back or refunded."""
    before = purses.get(project.code, _Purse())
    given = Decimal(rng.randrange(10_000_00, 900_000_00)) * CENT
    if project.is_classified:
        # Every classified project has both, so that their sums hide each of them.
        flow = Flow(given, (given * Decimal("0.8")).quantize(CENT))
    elif project.code not in purses or rng.random() < 0.5:
        flow = Flow(given, _share(rng, before.balance + given, (0, 30, 70, 100)))
    elif before.balance == 0:
        flow = Flow(Decimal(0), -min(REFUND, before.spent))
    else:
        taken = _share(rng, before.balance, (0, 0, 50, 100))
        flow = Flow(-taken, _share(rng, before.balance - taken, (0, 30, 100)))
    purses[project.code] = _Purse(before.balance + flow.released - flow.paid, before.spent + flow.paid)
    return flow


def _share(rng: random.Random, amount: Decimal, percents: Sequence[int]) -> Decimal:
    return (amount * rng.choice(percents) / 100).quantize(CENT)


def _with_projects_of(first: FundYearFacts, facts: FundYearFacts) -> FundYearFacts:
    """Give the projects of a year the codes, names and units those of the first year have, category by category."""
    codes: dict[str, str] = {}
    renamed: dict[Project, Project] = {}
    for category in {project.category for project in facts.projects}:
        before = [item for item in first.projects if item.category == category]
        now = [item for item in facts.projects if item.category == category]
        for old, new in zip(before, now, strict=True):
            same = {name: getattr(old, name) for name in ("code", "name", "unit_name", "unit_code")}
            renamed[new], codes[new.code] = replace(new, **same), old.code
    changed: FundYearFacts = _renamed(facts, renamed)
    orders = [
        replace(item, project_code=codes.get(item.project_code, item.project_code)) for item in facts.orders
    ]
    return replace(changed, orders=tuple(orders))


def _renamed(thing: Any, projects: Mapping[Project, Project]) -> Any:
    """Return a copy of facts in which projects stand for others, wherever they are named."""
    if isinstance(thing, Project):
        # The progress of a project carries the plan's row of before its completion date was drawn.
        return projects.get(thing) or _same_but_dates(thing, projects)
    if isinstance(thing, tuple):
        return tuple(_renamed(item, projects) for item in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        values = {each.name: getattr(thing, each.name) for each in fields(thing)}
        return replace(thing, **{name: _renamed(value, projects) for name, value in values.items()})
    return thing


def _same_but_dates(project: Project, projects: Mapping[Project, Project]) -> Project:
    (target,) = (renamed for known, renamed in projects.items() if known.code == project.code)
    return replace(target, contract_finish_on=project.contract_finish_on)


def _without(facts: FundYearFacts, gone: Project) -> FundYearFacts:
    """Take a project out of a year."""

    def kept(items: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(item for item in items if item.project.code != gone.code)

    return replace(
        facts,
        projects=tuple(project for project in facts.projects if project.code != gone.code),
        procurements=kept(facts.procurements),
        service_contracts=kept(facts.service_contracts),
        progress=kept(facts.progress),
        orders=tuple(item for item in facts.orders if item.project_code != gone.code),
    )


def _releases(facts: FundYearFacts, flows: Flows) -> Iterator[Release]:
    year = facts.fund.year
    for number, project in enumerate(facts.projects):
        amount = flows[project.code].released
        if amount:
            yield Release(
                f"样财预指〔{year}〕{number + 1:04d}号", dt.date(year, 1, 4), project, amount, amount
            )


def _vouchers(facts: FundYearFacts, flows: Flows, documents: Mapping[str, str]) -> Iterator[Voucher]:
    """Pay in one or two vouchers, from the document the project was given last: last year's where there is none."""
    year, number = facts.fund.year, 0
    for project in facts.projects:
        paid = flows[project.code].paid
        half = (paid / 2).quantize(CENT)
        for month, amount in ((4, half), (9, paid - half)) if paid > 0 else ((6, paid),):
            number += 1
            if amount:
                yield Voucher(
                    voucher_no=f"{year}{number:08d}",
                    paid_on=dt.date(year, month, 15),
                    unit_code=project.unit_code,
                    unit_name=project.unit_name,
                    project_code=project.code,
                    project_name=project.name,
                    fund_name=facts.fund.name,
                    quota_doc_no=documents[project.code],
                    payee_name=f"样例供应商{number}有限公司",
                    payee_account=f"6299{number:015d}",
                    payee_bank="样例银行东城支行",
                    amount_yuan=amount,
                    purpose=f"{project.name}进度款",
                    status="paid" if amount > 0 else "refund",
                    original_voucher_no="" if amount > 0 else f"{year - 1}{number:08d}",
                )
