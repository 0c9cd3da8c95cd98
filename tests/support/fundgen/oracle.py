"""What must come out of a fund-year, worked out in plain Python from its facts.

Nothing here imports fundeval: two programs that agree are evidence, one that agrees with itself is none.
Money is Decimal in 元. Rules and weights are those of the 2022 scheme.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from support.fundgen.facts import FundYearFacts, Progress, Project, Voucher

EXCUSED_CAUSES = ("上级政策不明确", "政策调整需求变化")
MAX_SIGNING_DAYS = 30
MAX_REVIEW_MONTHS = 6
SATISFIED = ("非常满意", "满意")
SATISFACTION_TARGET_PCT = Decimal(90)
MIN_RESPONDENTS = 30


@dataclass(frozen=True)
class Finding:
    """One event a rule must find.

    Attributes:
        rule: Identifier of the rule.
        project_code: Project it is about; '' for the fund.
        kind: Kind of file whose row states the fact.
        table: Sheet of that row in the samples.
        key: Key of that row, as the generated sheets name it.
        says: What the finding must state of the event: days, months, amounts, rates.
    """

    rule: str
    project_code: str
    kind: str
    table: str
    key: str
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rate:
    """A rate with what it is worked out from; ``pct`` is None where there is nothing to divide by."""

    numerator: Decimal
    denominator: Decimal

    @property
    def pct(self) -> Decimal | None:
        return half_up(self.numerator * 100 / self.denominator) if self.denominator else None


@dataclass(frozen=True)
class ProjectMoney:
    """What one project, or all classified ones together, applied for, received and paid."""

    applied_yuan: Decimal
    released_yuan: Decimal
    paid_yuan: Decimal

    @property
    def carry_over_yuan(self) -> Decimal:
        return self.released_yuan - self.paid_yuan


@dataclass(frozen=True)
class Expected:
    """Everything a release of the fund-year must say.

    Attributes:
        facts: The facts it follows from.
        metrics: Metric to value: Decimal in 元 or %, int, text, or None for a rate of nothing.
        rates: Metric to numerator and denominator.
        projects: Public project code to its money.
        classified: The classified projects' money together.
        units: Unit to the money of its public projects.
        months: Month to what was paid in it, classified projects included.
        findings: What the rules must find.
        indicators: Indicator code to (score, deduction).
        services_met: Service indicator to whether its target is met.
        answers: (question number, option) to answers, repeated responses dropped.
    """

    facts: FundYearFacts
    metrics: Mapping[str, Decimal | int | str | None]
    rates: Mapping[str, Rate]
    projects: Mapping[str, ProjectMoney]
    classified: ProjectMoney
    units: Mapping[str, ProjectMoney]
    months: Mapping[int, Decimal]
    findings: tuple[Finding, ...]
    indicators: Mapping[str, tuple[Decimal, Decimal]]
    services_met: Mapping[str, bool]
    answers: Mapping[tuple[int, str], int]


def expected_of(facts: FundYearFacts) -> Expected:
    """Work out everything that follows from the facts."""
    counted = counted_vouchers(facts)
    money = _money_by_project(facts, counted)
    secret = {project.code for project in facts.projects if project.is_classified}
    found = tuple(findings_of(facts))
    rates = _rates(facts, money)
    indicators = score_indicators(facts, rates, found)
    total = sum((score for score, _ in indicators.values()), Decimal(0))
    whole = _sum_money(money.values())
    unit_of = {project.code: project.unit_name for project in facts.projects}
    public = {code: amounts for code, amounts in money.items() if code not in secret}
    met = {
        target.name: _is_met(target.operator, target.actual, target.target)
        for target in facts.service_targets
    }
    metrics: dict[str, Decimal | int | str | None] = {
        "budget": facts.fund.budget_yuan,
        "applied": whole.applied_yuan,
        "released": whole.released_yuan,
        "paid": whole.paid_yuan,
        "carry_over": whole.carry_over_yuan,
        "unreleased": facts.fund.budget_yuan - whole.released_yuan,
        **{name: rate.pct for name, rate in rates.items() if name.endswith("_rate")},
        "projects": len(facts.projects),
        "projects_new": sum(project.nature == "new" for project in facts.projects),
        "projects_continuing": sum(project.nature == "continuing" for project in facts.projects),
        "projects_classified": len(secret),
        "implementing_units": len({project.unit_name for project in facts.projects}),
        "respondents": len(_responses(facts)),
        "service_indicators": len(facts.service_targets),
        "service_indicators_met": sum(met.values()),
        "score": total,
        "grade": grade_of(total, any(veto.occurred for veto in facts.vetoes)),
    }
    return Expected(
        facts=facts,
        metrics=metrics,
        rates=rates,
        projects=public,
        classified=_sum_money(money[code] for code in secret),
        units={
            unit: _sum_money(amounts for code, amounts in public.items() if unit_of[code] == unit)
            for unit in {unit_of[code] for code in public}
        },
        months=_months(counted),
        findings=found,
        indicators=indicators,
        services_met=met,
        answers=_answers(facts),
    )


def half_up(value: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def counted_vouchers(facts: FundYearFacts) -> list[Voucher]:
    """Return each voucher of the fund and year once, voided ones left out; refunds are negative."""
    once = {voucher.voucher_no: voucher for voucher in facts.vouchers}
    return [
        voucher
        for voucher in once.values()
        if voucher.fund_name == facts.fund.name
        and voucher.paid_on.year == facts.fund.year
        and voucher.status != "void"
    ]


def _money_by_project(facts: FundYearFacts, counted: list[Voucher]) -> dict[str, ProjectMoney]:
    applied: dict[str, Decimal] = defaultdict(Decimal)
    released: dict[str, Decimal] = defaultdict(Decimal)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for release in facts.releases:
        applied[release.project.code] += release.applied_yuan
        released[release.project.code] += release.released_yuan
    for voucher in counted:
        paid[voucher.project_code] += voucher.amount_yuan
    codes = [project.code for project in facts.projects]
    return {code: ProjectMoney(applied[code], released[code], paid[code]) for code in codes}


def _sum_money(amounts: Iterable[ProjectMoney]) -> ProjectMoney:
    applied = released = paid = Decimal(0)
    for amount in amounts:
        applied, released, paid = (
            applied + amount.applied_yuan,
            released + amount.released_yuan,
            paid + amount.paid_yuan,
        )
    return ProjectMoney(applied, released, paid)


def _months(counted: list[Voucher]) -> dict[int, Decimal]:
    months = {month: Decimal(0) for month in range(1, 13)}
    for voucher in counted:
        months[voucher.paid_on.month] += voucher.amount_yuan
    return months


def _responses(facts: FundYearFacts) -> list[tuple[tuple[str, ...], ...]]:
    return [
        answers for answers in {response.number: response.answers for response in facts.responses}.values()
    ]


def _answers(facts: FundYearFacts) -> dict[tuple[int, str], int]:
    counts: Counter[tuple[int, str]] = Counter()
    for answers in _responses(facts):
        for question, chosen in zip(facts.questions, answers, strict=True):
            if question.kind != "free_text":
                counts.update((question.number, option) for option in chosen)
    return dict(counts)


def _rates(facts: FundYearFacts, money: Mapping[str, ProjectMoney]) -> dict[str, Rate]:
    """Return the rates of metrics, and under names without ``_rate`` the shares only indicators use."""
    whole = _sum_money(money.values())
    # Below the floor of the scheme the rate is 不可计算: there is nothing to divide.
    counts = _answers(facts) if len(_responses(facts)) >= MIN_RESPONDENTS else {}
    asked = {question.number for question in facts.questions if question.kind == "satisfaction"}
    given = sum(count for (number, _), count in counts.items() if number in asked)
    satisfied = sum(
        count for (number, option), count in counts.items() if number in asked and option in SATISFIED
    )
    settled = [item for item in _public(facts) if item.settlement_audited_yuan is not None]
    planned = sum((item.settlement_planned_yuan or Decimal(0) for item in settled), Decimal(0))
    audited = sum((item.settlement_audited_yuan or Decimal(0) for item in settled), Decimal(0))
    judged = [item for item in _public(facts) if item.acceptance or item.test]
    good = [item for item in judged if "failed" not in (item.acceptance, item.test)]
    met = [
        target for target in facts.service_targets if _is_met(target.operator, target.actual, target.target)
    ]
    return {
        "arrival_rate": Rate(whole.released_yuan, whole.applied_yuan),
        "execution_rate": Rate(whole.paid_yuan, whole.released_yuan),
        "satisfaction_rate": Rate(Decimal(satisfied), Decimal(given)),
        "cost_saving_rate": Rate(planned - audited, planned),
        "quality": Rate(Decimal(len(good)), Decimal(len(judged))),
        "services": Rate(Decimal(len(met)), Decimal(len(facts.service_targets))),
    }


def _public(facts: FundYearFacts) -> list[Progress]:
    return [item for item in facts.progress if not item.project.is_classified]


def _is_met(operator: str, actual: Decimal, target: Decimal) -> bool:
    comparisons: dict[str, Callable[[Decimal, Decimal], bool]] = {
        ">=": lambda left, right: left >= right,
        "<=": lambda left, right: left <= right,
        "=": lambda left, right: left == right,
        ">": lambda left, right: left > right,
        "<": lambda left, right: left < right,
    }
    return comparisons[operator](actual, target)


def findings_of(facts: FundYearFacts) -> Iterable[Finding]:
    """Yield every event the rules of the scheme must find."""
    yield from _plan_findings(facts)
    yield from _procurement_findings(facts)
    yield from _emall_findings(facts)
    for item in _public(facts):
        yield from _progress_findings(item, facts.fund.year)
    rate = _rates(facts, _money_by_project(facts, []))["satisfaction_rate"].pct
    if rate is not None and rate < SATISFACTION_TARGET_PCT:
        yield Finding("satisfaction_below_target", "", "survey", "Sheet1", "", (f"{rate}%",))


def _plan_findings(facts: FundYearFacts) -> Iterable[Finding]:
    months = _months_between(facts.fund.budget_approved_on, facts.fund.plan_issued_on)
    if months > 1:
        yield Finding("plan_issued_late", "", "budget_plan", "预算批复", "plan_issued_on", (f"{months}个月",))


def _procurement_findings(facts: FundYearFacts) -> Iterable[Finding]:
    for item in facts.procurements:
        if item.project.is_classified:
            continue
        place = (item.project.code, "procurement", "采购项目", item.procurement_no)
        days = (item.signed_on - item.awarded_on).days
        if days > MAX_SIGNING_DAYS:
            yield Finding("contract_signed_late", *place, (f"{days}天",))
        if (
            item.reviewed_on
            and (months := _months_between(item.reviewed_on, item.awarded_on)) > MAX_REVIEW_MONTHS
        ):
            yield Finding("started_late", *place, (f"{months - MAX_REVIEW_MONTHS}个月",))


def _emall_findings(facts: FundYearFacts) -> Iterable[Finding]:
    ordered = {order.order_no: order.ordered_on for order in facts.orders}
    for contract in facts.service_contracts:
        if contract.project.is_classified:
            continue
        place = (contract.project.code, "procurement", "服务合同台账", contract.contract_no)
        if not contract.order_no:
            wan = (contract.contract_yuan / 10_000).normalize()
            yield Finding("emall_bypassed", *place, (contract.service_type, f"{wan:f}万元"))
        elif (days := (ordered[contract.order_no] - contract.service_started_on).days) > 0:
            yield Finding("emall_after_the_fact", *place, (f"{days}天",))


def _progress_findings(item: Progress, year: int) -> Iterable[Finding]:
    place = (item.project.code, "project_progress", "实施进度", item.project.code)
    if item.status != "completed":
        excused = item.cause in EXCUSED_CAUSES
        yield Finding("not_completed_excused" if excused else "not_completed", *place)
    due, finished = item.project.contract_finish_on, item.finished_on
    if item.status == "completed" and due and finished and due <= dt.date(year, 12, 31) and finished > due:
        yield Finding("finished_late", *place, (f"{(finished - due).days}天",))
    if item.benefit_code and item.benefit_level in ("partial", "none"):
        yield Finding("benefit_not_realised", *place)


def _months_between(earlier: dt.date, later: dt.date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


@dataclass
class _Sheet:
    """The score sheet while it is filled in."""

    scores: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def enter(self, code: str, weight: str, score: Decimal) -> None:
        kept = half_up(min(Decimal(weight), max(Decimal(0), score)))
        self.scores[code] = (kept, Decimal(weight) - kept)


JUDGED_WEIGHTS = {
    "A11": "3",
    "A12": "3",
    "A21": "2",
    "A22": "2",
    "A32": "2",
    "B13": "6",
    "B21": "4",
    "C33": "1",
}
FRACTION_WEIGHTS = {"B11": "4", "B12": "4", "C13": "5", "C21": "6", "D15": "6"}
FRACTION_RATES = {
    "B11": "arrival_rate",
    "B12": "execution_rate",
    "C13": "services",
    "C21": "quality",
    "D15": "satisfaction_rate",
}


def rates_of_nothing(facts: FundYearFacts) -> list[str]:
    """Return the indicators whose rate has nothing to divide by: the working paper has to judge them."""
    rates = _rates(facts, _money_by_project(facts, counted_vouchers(facts)))
    return [code for code, name in FRACTION_RATES.items() if not rates[name].denominator]


def score_indicators(
    facts: FundYearFacts, rates: Mapping[str, Rate], found: tuple[Finding, ...]
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return (score, deduction) per indicator of the 2022 scheme."""
    sheet = _Sheet()
    weights = JUDGED_WEIGHTS | FRACTION_WEIGHTS
    for judgement in facts.judgements:
        weight = weights[judgement.indicator_code]
        sheet.enter(judgement.indicator_code, weight, Decimal(weight) - judgement.deduction)
    _score_rates(sheet, rates)
    _score_findings(sheet, facts, found)
    return dict(sorted(sheet.scores.items()))


def _score_rates(sheet: _Sheet, rates: Mapping[str, Rate]) -> None:
    """Score what follows from a rate; of nothing to divide by, the judgement already entered stands."""
    for code, name in FRACTION_RATES.items():
        rate = rates[name]
        if rate.denominator and code == "D15":
            sheet.enter(code, FRACTION_WEIGHTS[code], _satisfaction_score(rate))
        elif rate.denominator:
            share = min(Decimal(1), rate.numerator / rate.denominator)
            sheet.enter(code, FRACTION_WEIGHTS[code], Decimal(FRACTION_WEIGHTS[code]) * share)
    saving = rates["cost_saving_rate"]
    sheet.enter("C41", "2", Decimal(0) if saving.denominator and saving.numerator < 0 else Decimal(2))


def _score_findings(sheet: _Sheet, facts: FundYearFacts, found: tuple[Finding, ...]) -> None:
    half, rules = Decimal("0.5"), {finding.rule for finding in found}
    categories = {project.code: project.category for project in facts.projects}
    benefits = {item.project.code: item.benefit_code for item in _public(facts)}

    def count(rule: str, of: Mapping[str, str], value: str) -> int:
        return len(
            {item.project_code for item in found if item.rule == rule and of[item.project_code] == value}
        )

    sheet.enter("A31", "3", 3 - half * ("plan_issued_late" in rules))
    emall = bool(rules & {"emall_bypassed", "emall_after_the_fact"})
    sheet.enter("B22", "7", 7 - half * ("contract_signed_late" in rules) - half * emall)
    sheet.enter("C11", "5", 5 - half * count("not_completed", categories, "software"))
    sheet.enter("C12", "4", 4 - half * count("not_completed", categories, "hardware"))
    for code, weight, category in (("C31", "4", "software"), ("C32", "3", "hardware")):
        late = count("started_late", categories, category) + count("finished_late", categories, category)
        sheet.enter(code, weight, Decimal(weight) - half * late)
    for code in ("D11", "D12", "D13", "D14"):
        sheet.enter(code, "6", 6 - half * count("benefit_not_realised", benefits, code))


def _satisfaction_score(rate: Rate) -> Decimal:
    pct = rate.pct or Decimal(0)
    steps = (
        (Decimal(90), Decimal(6)),
        (Decimal(80), Decimal(5)),
        (Decimal(70), Decimal(4)),
        (Decimal(60), Decimal(3)),
    )
    return next((score for threshold, score in steps if pct >= threshold), Decimal(0))


def grade_of(total: Decimal, vetoed: bool) -> str:
    """Return the grade of a total; a veto that occurred leaves only the lowest."""
    if vetoed:
        return "差"
    grades = ((Decimal(90), "优"), (Decimal(80), "良"), (Decimal(60), "中"))
    return next((grade for threshold, grade in grades if total >= threshold), "差")


def project_of(facts: FundYearFacts, code: str) -> Project:
    """Return the project with this code."""
    return next(project for project in facts.projects if project.code == code)
