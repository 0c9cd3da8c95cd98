"""What happened in a made-up fund-year, before any office writes it down.

Facts use English codes of closed lists, ``Decimal`` in 元 and dates; how an office writes them is the matter
of :mod:`support.fundgen.habits`, what follows from them that of :mod:`support.fundgen.oracle`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Fund:
    """The fund, its budget approval and its plan."""

    name: str
    year: int
    department: str
    evaluator: str
    budget_yuan: Decimal
    budget_approved_on: dt.date
    plan_doc_no: str
    plan_issued_on: dt.date


@dataclass(frozen=True)
class Project:
    """One row of the plan; ``category`` is software, hardware, service or classified."""

    code: str
    name: str
    category: str
    nature: str
    unit_name: str
    unit_code: str
    planned_yuan: Decimal
    contract_finish_on: dt.date | None

    @property
    def is_classified(self) -> bool:
        return self.category == "classified"


@dataclass(frozen=True)
class Release:
    """One quota document: what a unit applied for and what was released to it."""

    quota_doc_no: str
    released_on: dt.date
    project: Project
    applied_yuan: Decimal
    released_yuan: Decimal


@dataclass(frozen=True)
class Voucher:
    """One written row of the treasury export; ``status`` is paid, void or refund."""

    voucher_no: str
    paid_on: dt.date
    unit_code: str
    unit_name: str
    project_code: str
    project_name: str
    fund_name: str
    quota_doc_no: str
    payee_name: str
    payee_account: str
    payee_bank: str
    amount_yuan: Decimal
    purpose: str
    status: str = "paid"
    original_voucher_no: str = ""


@dataclass(frozen=True)
class Procurement:
    """One procurement of a project, from technical review to signed contract."""

    procurement_no: str
    project: Project
    method: str
    reviewed_on: dt.date | None
    awarded_on: dt.date
    signed_on: dt.date
    contract_yuan: Decimal
    supplier_name: str


@dataclass(frozen=True)
class ServiceContract:
    """One contract of supervision, testing or design; ``order_no`` is empty where the e-mall was bypassed."""

    contract_no: str
    project: Project
    service_type: str
    contract_yuan: Decimal
    signed_on: dt.date
    service_started_on: dt.date
    supplier_name: str
    order_no: str


@dataclass(frozen=True)
class Order:
    """One order of the e-mall export; ``project_code`` is empty for office supplies."""

    order_no: str
    ordered_on: dt.date
    unit_name: str
    catalogue: str
    project_code: str
    supplier_name: str
    order_yuan: Decimal
    status: str = "done"


@dataclass(frozen=True)
class Progress:
    """Where a project stood; ``cause`` is why it is not completed, in the Chinese words of the department."""

    project: Project
    status: str
    cause: str = ""
    started_on: dt.date | None = None
    finished_on: dt.date | None = None
    acceptance: str | None = None
    test: str | None = None
    settlement_planned_yuan: Decimal | None = None
    settlement_audited_yuan: Decimal | None = None
    benefit_code: str = ""
    benefit_level: str = "not_applicable"


@dataclass(frozen=True)
class ServiceTarget:
    """One service indicator: target with its operator, and what was reached."""

    name: str
    measure_unit: str
    operator: str
    target: Decimal
    actual: Decimal


@dataclass(frozen=True)
class Question:
    """One question of the survey; ``kind`` is single, multiple, satisfaction or free_text."""

    number: int
    text: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Response:
    """One written row of the survey export; ``answers`` follows the questions, chosen options as a tuple."""

    number: int
    submitted_at: dt.datetime
    duration_seconds: int
    channel: str
    respondent_ip: str
    answers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Judgement:
    """One line of the evaluators' working paper."""

    indicator_code: str
    indicator_name: str
    basis: str
    deduction: Decimal


@dataclass(frozen=True)
class Veto:
    """One veto item and whether it occurred."""

    item: str
    occurred: bool


@dataclass(frozen=True)
class FundYearFacts:
    """Everything of one fund-year; rows written twice by an office stand here twice."""

    fund: Fund
    projects: tuple[Project, ...]
    releases: tuple[Release, ...]
    vouchers: tuple[Voucher, ...]
    procurements: tuple[Procurement, ...]
    service_contracts: tuple[ServiceContract, ...]
    orders: tuple[Order, ...]
    progress: tuple[Progress, ...]
    service_targets: tuple[ServiceTarget, ...]
    questions: tuple[Question, ...]
    responses: tuple[Response, ...]
    judgements: tuple[Judgement, ...]
    vetoes: tuple[Veto, ...]
