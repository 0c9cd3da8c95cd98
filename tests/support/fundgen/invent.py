"""Invents the facts of a fund-year from a seed, a size and a story."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from support.fundgen.facts import Fund, FundYearFacts, Judgement, Procurement, Progress, Project, Veto
from support.fundgen.invent_money import releases_of, vouchers_of
from support.fundgen.invent_paper import orders_of, service_contracts_of, targets_of
from support.fundgen.invent_survey import questions_of, responses_of
from support.fundgen.names import PAYEES, project_names, secret_names, unit_names
from support.fundgen.oracle import rates_of_nothing
from support.fundgen.story import Size, Story

JUDGED = {
    "A11": "立项依据充分性",
    "A12": "立项程序规范性",
    "A21": "绩效目标合理性",
    "A22": "绩效指标明确性",
    "A32": "资金分配合理性",
    "B13": "资金使用合规性",
    "B21": "管理制度健全性",
    "C33": "运维及监测服务及时性",
}
JUDGED_AT_NEED = {
    "B11": "资金到位率",
    "B12": "预算执行率",
    "C13": "运维及监测服务完成率",
    "C21": "质量达标率",
    "D15": "社会公众满意度",
}
VETO_ITEMS = ("重大信息安全隐患", "重大违纪违规行为")
BENEFITS = ("D11", "D12", "D13", "D14")
# The edges of the rules: the 30th day after the award and the sixth month after the review are still in time.
SIGNED_IN_TIME_DAYS, SIGNED_LATE_DAYS = (0, 12, 29, 30), (31, 45, 90)
STARTED_IN_TIME_MONTHS, STARTED_LATE_MONTHS = (1, 3, 6), (7, 9, 14)
FINISHED_LATE_DAYS = (1, 33, 365)


def invent(fund_name: str, year: int, seed: int, size: Size, story: Story) -> FundYearFacts:
    """Invent a fund-year."""
    rng = random.Random(f"{fund_name}/{year}/{seed}")
    projects = _projects(rng, year, size)
    procurements: list[Procurement] = []
    progress: list[Progress] = []
    finished_plan: list[Project] = []
    for project in projects:
        planned, lots, state = _course(rng, year, project, story, len(procurements))
        finished_plan.append(planned)
        procurements.extend(lots)
        progress.extend(state)
    projects = tuple(finished_plan)
    open_projects = {
        item.project.code for item in progress if item.status not in ("completed", "in_progress")
    }
    releases = releases_of(rng, year, [p for p in projects if p.code not in open_projects], story)
    contracts = service_contracts_of(rng, year, _buyers(procurements, progress), story)
    questions = questions_of(rng)
    facts = FundYearFacts(
        fund=_fund(rng, fund_name, year, projects, story),
        projects=projects,
        releases=tuple(releases),
        vouchers=tuple(vouchers_of(rng, fund_name, year, releases, size, story)),
        procurements=tuple(procurements),
        service_contracts=tuple(contracts),
        orders=tuple(orders_of(rng, year, contracts, projects, story)),
        progress=tuple(progress),
        service_targets=tuple(targets_of(rng, size, story)),
        questions=questions,
        responses=tuple(responses_of(rng, year, size, story, questions)),
        judgements=_judgements(story),
        vetoes=tuple(Veto(item, story.vetoed and number == 0) for number, item in enumerate(VETO_ITEMS)),
    )
    judged = [
        Judgement(code, JUDGED_AT_NEED[code], "本年无此项内容", Decimal(0))
        for code in rates_of_nothing(facts)
    ]
    return replace(facts, judgements=facts.judgements + tuple(judged))


def _fund(rng: random.Random, name: str, year: int, projects: Sequence[Project], story: Story) -> Fund:
    approved = dt.date(year, 1, rng.randint(5, 20))
    issued = dt.date(year, rng.randint(4, 11), 25) if story.plan_late else dt.date(year, 2, 3)
    return Fund(
        name=name,
        year=year,
        department="样例市数字事务局",
        evaluator="样例会计师事务所",
        budget_yuan=sum((project.planned_yuan for project in projects), Decimal(0)) + Decimal(1_000_000),
        budget_approved_on=approved,
        plan_doc_no=f"样数发〔{year}〕{rng.randint(1, 40)}号",
        plan_issued_on=issued,
    )


def _projects(rng: random.Random, year: int, size: Size) -> tuple[Project, ...]:
    categories = ["software"] * size.software + ["hardware"] * size.hardware + ["service"] * size.services
    categories += ["classified"] * size.classified
    # Shuffled, so that neither the code nor the place in the plan tells a project's category.
    rng.shuffle(categories)
    names = {kind: project_names(kind, rng) for kind in ("software", "hardware", "service")}
    names["classified"] = secret_names()
    units = unit_names(size.units)
    projects = []
    for number, category in enumerate(categories):
        unit = number % len(units) if number < len(units) else rng.randrange(len(units))
        projects.append(
            Project(
                code=f"YP{year % 100:02d}-{number + 1:03d}",
                name=next(names[category]),
                category=category,
                nature=rng.choice(("new", "continuing", "continuing")),
                unit_name=units[unit],
                unit_code=str(301001 + 7 * unit),
                planned_yuan=Decimal(rng.randrange(200_000, 9_000_000, 100)),
                contract_finish_on=None,
            )
        )
    return tuple(projects)


def _course(
    rng: random.Random, year: int, project: Project, story: Story, procured: int
) -> tuple[Project, list[Procurement], list[Progress]]:
    """Let one project run its course: the plan's row, its procurements and where it stood."""
    if project.is_classified:
        return _classified_course(rng, year, project, story, procured)
    if project.category == "service":
        return _service_course(rng, year, project, story, procured)
    if rng.random() < story.unfinished:
        return _unfinished_course(rng, year, project, story, procured)
    return _completed_course(rng, year, project, story, procured)


def _completed_course(
    rng: random.Random, year: int, project: Project, story: Story, procured: int
) -> tuple[Project, list[Procurement], list[Progress]]:
    lots = _lots(rng, year, project, story, procured)
    started = lots[0].signed_on + dt.timedelta(days=rng.randint(1, 9))
    due = started + dt.timedelta(days=rng.randint(20, (dt.date(year, 12, 31) - started).days))
    if rng.random() < 0.2:
        due = dt.date(year, 12, 31)
    finished = due - dt.timedelta(days=rng.choice((0, 1, rng.randint(0, 15))))
    if rng.random() < story.late:
        finished = due + dt.timedelta(days=rng.choice(FINISHED_LATE_DAYS))
    elif rng.random() < 0.15:
        # Due after the year and later still: out of reach of the rule on late finishing.
        due, finished = dt.date(year + 1, 2, 10), dt.date(year + 1, 3, 1)
    project = replace(project, contract_finish_on=due)
    planned, audited = _settlement(rng, project, story)
    state = Progress(
        project=project,
        status="completed",
        started_on=started,
        finished_on=finished,
        acceptance=_verdict(rng, story),
        test=_verdict(rng, story) if project.category == "software" else None,
        settlement_planned_yuan=planned,
        settlement_audited_yuan=audited,
        benefit_code=rng.choice(BENEFITS),
        benefit_level=_benefit(rng, story),
    )
    return project, lots, [state]


def _unfinished_course(
    rng: random.Random, year: int, project: Project, story: Story, procured: int
) -> tuple[Project, list[Procurement], list[Progress]]:
    if rng.random() < story.excused:
        status, cause = rng.choice((("suspended", "上级政策不明确"), ("terminated", "政策调整需求变化")))
        return (
            project,
            [],
            [Progress(project, status, cause)],
        )
    if rng.random() < 0.5:
        benefit, cause = rng.choice(BENEFITS), "未按计划启动"
        state = Progress(project, "not_started", cause, benefit_code=benefit, benefit_level="none")
        return project, [], [state]
    project = replace(project, contract_finish_on=dt.date(year, 12, 20))
    lots = _lots(rng, year, project, story, procured)
    state = Progress(
        project=project,
        status="in_progress",
        cause="建设周期较长",
        started_on=lots[0].signed_on + dt.timedelta(days=3),
        finished_on=None,
        acceptance=None,
        test=rng.choice((None, "passed")),
        settlement_planned_yuan=None,
        settlement_audited_yuan=None,
        benefit_code=rng.choice(BENEFITS),
        benefit_level=_benefit(rng, story),
    )
    return project, lots, [state]


def _service_course(
    rng: random.Random, year: int, project: Project, story: Story, procured: int
) -> tuple[Project, list[Procurement], list[Progress]]:
    awarded = dt.date(year - 1, 12, rng.randint(1, 28))
    signed = awarded + dt.timedelta(days=_signing_days(rng, story))
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    project = replace(project, contract_finish_on=last)
    lot = _procurement(rng, year, project, procured, None, awarded, signed)
    verdict, benefit = _verdict(rng, story), _benefit(rng, story)
    state = Progress(
        project=project,
        status="completed",
        started_on=first,
        finished_on=last,
        acceptance=verdict,
        benefit_code=rng.choice(BENEFITS),
        benefit_level=benefit,
    )
    return project, [lot], [state]


def _classified_course(
    rng: random.Random, year: int, project: Project, story: Story, procured: int
) -> tuple[Project, list[Procurement], list[Progress]]:
    """Give a classified project, where the story lists them, everything a rule would find in a public one."""
    if not story.classified_listed:
        return project, [], []
    project = replace(project, contract_finish_on=dt.date(year, 6, 30))
    reviewed, awarded = dt.date(year - 1, 1, 5), dt.date(year - 1, 12, 5)
    lot = _procurement(rng, year, project, procured, reviewed, awarded, awarded + dt.timedelta(days=80))
    state = Progress(
        project=project,
        status="in_progress",
        started_on=dt.date(year, 3, 1),
        acceptance="failed",
        test="failed",
        benefit_code="D11",
        benefit_level="none",
    )
    return project, [lot], [state]


def _lots(rng: random.Random, year: int, project: Project, story: Story, procured: int) -> list[Procurement]:
    awarded = dt.date(year - 1, 11, 1) + dt.timedelta(days=rng.randint(0, 200))
    months = rng.choice(STARTED_LATE_MONTHS if rng.random() < story.late else STARTED_IN_TIME_MONTHS)
    reviewed = _months_before(awarded, months, rng)
    signed = awarded + dt.timedelta(days=_signing_days(rng, story))
    lots = [_procurement(rng, year, project, procured, reviewed, awarded, signed)]
    if rng.random() < 0.25:
        # A second lot in time: joining it must not double the project's money or findings.
        lots.append(_procurement(rng, year, project, procured + 1, reviewed, awarded, awarded))
    return lots


def _procurement(
    rng: random.Random,
    year: int,
    project: Project,
    procured: int,
    reviewed: dt.date | None,
    awarded: dt.date,
    signed: dt.date,
) -> Procurement:
    return Procurement(
        procurement_no=f"YPZC-{year}-{procured + 1:03d}",
        project=project,
        method=rng.choice(("公开招标", "竞争性磋商")),
        reviewed_on=reviewed,
        awarded_on=awarded,
        signed_on=signed,
        contract_yuan=(project.planned_yuan * rng.randint(70, 99) / 10_000).quantize(Decimal(1)) * 100,
        supplier_name=rng.choice(PAYEES),
    )


def _signing_days(rng: random.Random, story: Story) -> int:
    return rng.choice(SIGNED_LATE_DAYS if rng.random() < story.late else SIGNED_IN_TIME_DAYS)


def _months_before(day: dt.date, months: int, rng: random.Random) -> dt.date:
    """Return a day ``months`` calendar months earlier, at either end of that month: days do not count."""
    index = day.year * 12 + day.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, rng.choice((1, 28)))


def _verdict(rng: random.Random, story: Story) -> str:
    return "failed" if rng.random() < story.failed else "passed"


def _benefit(rng: random.Random, story: Story) -> str:
    return rng.choice(("partial", "none")) if rng.random() < story.unrealised else "full"


def _settlement(rng: random.Random, project: Project, story: Story) -> tuple[Decimal | None, Decimal | None]:
    if rng.random() >= story.settled:
        return None, None
    share = Decimal(rng.randint(101, 120) if story.overspent else rng.randint(85, 100)) / 100
    return project.planned_yuan, (project.planned_yuan * share / 100).quantize(Decimal(1)) * 100


def _judgements(story: Story) -> tuple[Judgement, ...]:
    points = [*story.judged_off, *[Decimal(0)] * len(JUDGED)]
    return tuple(
        Judgement(code, name, "资料不够完整" if off else "资料齐备", off)
        for (code, name), off in zip(JUDGED.items(), points, strict=False)
    )


def _buyers(procurements: Sequence[Procurement], progress: Sequence[Progress]) -> list[Progress]:
    procured = {item.project.code for item in procurements if item.project.category != "service"}
    return [item for item in progress if item.project.code in procured]
