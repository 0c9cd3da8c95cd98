"""Invents service contracts, e-mall orders and service indicators."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal

from support.fundgen.facts import Order, Progress, Project, ServiceContract, ServiceTarget
from support.fundgen.invent_money import day_of
from support.fundgen.names import PAYEES, TARGET_NAMES, TARGET_UNITS
from support.fundgen.story import Size, Story

SERVICE_TYPES = ("监理", "软件检测", "设计")


def service_contracts_of(
    rng: random.Random, year: int, buyers: Sequence[Progress], story: Story
) -> list[ServiceContract]:
    """Give every second buyer one or two contracts; classified buyers, where listed, bypass the e-mall."""
    contracts: list[ServiceContract] = []
    for number, buyer in enumerate(buyers):
        wanted = 1 if buyer.project.is_classified else (0, 1, 2)[number % 3]
        for service_type in rng.sample(SERVICE_TYPES, wanted):
            serial = len(contracts) + 1
            bypassed = buyer.project.is_classified or rng.random() < story.bypassed
            began = dt.date(year, 1, 20) + dt.timedelta(days=rng.randint(0, 300))
            contracts.append(
                ServiceContract(
                    contract_no=f"YPFW-{year}-{serial:03d}",
                    project=buyer.project,
                    service_type=service_type,
                    contract_yuan=Decimal(rng.randrange(8_000, 90_000, 100)),
                    signed_on=began - dt.timedelta(days=rng.randint(1, 9)),
                    service_started_on=began,
                    supplier_name=rng.choice(PAYEES),
                    order_no="" if bypassed else f"DM{year}{serial:06d}",
                )
            )
    return contracts


def orders_of(
    rng: random.Random,
    year: int,
    contracts: Sequence[ServiceContract],
    projects: Sequence[Project],
    story: Story,
) -> list[Order]:
    """Order before, on or (as often as contracts bypass the e-mall) after the day the service began."""
    orders = []
    for contract in contracts:
        if not contract.order_no:
            continue
        after = rng.random() < story.bypassed
        days = rng.choice((1, 20)) if after else -rng.choice((0, 1, 12))
        orders.append(
            Order(
                order_no=contract.order_no,
                ordered_on=contract.service_started_on + dt.timedelta(days=days),
                unit_name=contract.project.unit_name,
                catalogue=f"{contract.service_type}服务",
                project_code=contract.project.code,
                supplier_name=contract.supplier_name,
                order_yuan=contract.contract_yuan,
            )
        )
    for number in range(5):
        status = rng.choice(("done", "cancelled"))
        unit = rng.choice(projects).unit_name
        amount = Decimal(rng.randint(20_000, 900_000)) / 100
        orders.append(
            Order(
                f"DM{year}9{number:05d}",
                day_of(rng, year),
                unit,
                "办公用品",
                "",
                "青松文具商行",
                amount,
                status,
            )
        )
    rng.shuffle(orders)
    return orders


def targets_of(rng: random.Random, size: Size, story: Story) -> list[ServiceTarget]:
    """Invent service indicators of all five operators, met exactly, met amply or missed by little."""
    targets = []
    for number in range(size.targets):
        name = TARGET_NAMES[number % len(TARGET_NAMES)] + (
            str(number // len(TARGET_NAMES) + 1) if number >= 8 else ""
        )
        operator = (">=", "=", "<=", ">=", ">", "<")[number % 6]
        target = Decimal(rng.randint(5, 20_000))
        met = rng.random() < story.met
        targets.append(
            ServiceTarget(
                name, TARGET_UNITS[number % 8], operator, target, _actual(rng, operator, target, met)
            )
        )
    return targets


def _actual(rng: random.Random, operator: str, target: Decimal, met: bool) -> Decimal:
    by = rng.choice((Decimal("0.25"), Decimal(1), Decimal(3)))
    if operator == "=":
        return target if met else target - by
    upwards = operator in (">=", ">")
    if met == (operator in (">=", "<=")):
        # Exactly on the target: reached for these two, missed for the strict ones.
        by = rng.choice((Decimal(0), by))
    return target + by if upwards == met else target - by
