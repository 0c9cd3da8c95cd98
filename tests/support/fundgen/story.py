"""How large a made-up fund-year is and how well it went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Size:
    """How many of everything there are.

    Attributes:
        software: Projects of software development.
        hardware: Projects of hardware construction.
        services: Projects of operation and monitoring.
        classified: Classified projects.
        units: Implementing units.
        vouchers: About how many vouchers of the fund count; other rows come on top. 0: none counts.
        respondents: Different responses to the survey.
        targets: Service indicators.
    """

    software: int = 4
    hardware: int = 2
    services: int = 3
    classified: int = 2
    units: int = 4
    vouchers: int = 60
    respondents: int = 40
    targets: int = 6


@dataclass(frozen=True)
class Story:
    """How the year went; shares are between 0 and 1 and are met by a draw per project.

    Attributes:
        late: Share of procurements signed late, started late, and of completed projects finished late.
        unfinished: Share of software and hardware projects not completed.
        excused: Share of those with an excused cause.
        bypassed: Share of service contracts without an e-mall order, and of orders placed after the fact.
        unrealised: Share of projects whose benefit is realised in part or not at all.
        failed: Share of accepted projects that failed acceptance or test.
        settled: Share of completed projects with an audited settlement.
        overspent: Whether settlements exceed what was planned.
        met: Share of service indicators that meet their target.
        satisfied: Share of satisfaction answers that are 满意 or 非常满意.
        released_of_applied: Released over applied for.
        paid_of_released: Paid over released.
        plan_late: Whether the plan is issued more than a calendar month after the budget.
        judged_off: Points the working paper takes off at its first two indicators.
        vetoed: Whether a veto item occurred.
        classified_listed: Whether offices list classified projects in the progress and procurement files too.
    """

    late: float = 0.35
    unfinished: float = 0.3
    excused: float = 0.4
    bypassed: float = 0.3
    unrealised: float = 0.25
    failed: float = 0.1
    settled: float = 0.4
    overspent: bool = False
    met: float = 0.8
    satisfied: float = 0.86
    released_of_applied: Decimal = Decimal("0.93")
    paid_of_released: Decimal = Decimal("0.81")
    plan_late: bool = True
    judged_off: tuple[Decimal, ...] = (Decimal("0.5"),)
    vetoed: bool = False
    classified_listed: bool = False


SPOTLESS = Story(
    late=0, unfinished=0, bypassed=0, unrealised=0, failed=0, met=1, satisfied=0.97,
    released_of_applied=Decimal(1), paid_of_released=Decimal(1), plan_late=False, judged_off=(),
)  # fmt: skip
EVERYTHING_LATE = Story(late=1, unfinished=0, bypassed=0.5, unrealised=1, settled=0, satisfied=0.55)
EVERYTHING_EXCUSED = Story(
    late=0, unfinished=1, excused=1, bypassed=0, unrealised=0, settled=0, plan_late=False
)
