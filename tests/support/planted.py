"""Plants what rules must catch into the staged tables of a fund-year in order.

There is one fault per rule, each in a project, voucher or response of its own, so that faults can be planted together.
A fault says which rule must find it and which related rules rightly find it too. Whatever a fault adds or changes, the
files' own totals are made to agree again, unless the totals are the fault.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from support.fundgen.names import unit_names

Row = dict[str, Any]
Tables = dict[str, list[Row]]
YEAR = 2024
JANUARY, WEEKDAY, DECEMBER = dt.date(YEAR, 1, 3), dt.date(YEAR, 7, 10), dt.date(YEAR, 12, 5)


@dataclass
class Planting:
    """Tables being spoiled.

    Attributes:
        tables: Rows per ``<layer>.<table>``.
        used: Projects a fault already stands in.
        offsets: What is to be added to a stated figure, by table of stated totals, kind and field.
    """

    tables: Tables
    used: set[str] = field(default_factory=set)
    offsets: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a staging table."""
        return self.tables.setdefault(f"staging.{table}", [])

    def of(self, table: str, project: str) -> list[Row]:
        """Return the rows of a project."""
        return [row for row in self.rows(table) if row["project_code"] == project]

    def add(self, table: str, like: Row, **changes: Any) -> Row:
        """Add a row like another one, in the next line of the same sheet."""
        line = max(row["source_row"] for row in self.rows(table)) + 1
        row = {**copy.deepcopy(like), "source_row": line, **changes}
        self.rows(table).append(row)
        return row

    def project(self, *, documents: int = 1, services: bool | None = None) -> str:
        """Return a project no fault stands in yet.

        Args:
            documents: Quota documents it has at least.
            services: Whether it has service contracts; None where that does not matter.
        """
        for progress in self.rows("project_progress"):
            code = progress["project_code"]
            has_services = bool(self.of("service_contracts", code))
            if code in self.used or (services is not None and services != has_services):
                continue
            if self.of("procurements", code) and len(self.of("releases", code)) >= documents:
                self.used.add(code)
                return str(code)
        raise AssertionError("no project left without a fault")

    def voucher(self, project: str) -> Row:
        """Return the first voucher of a project."""
        return self.of("vouchers", project)[0]

    def pay(self, project: str, yuan: str, **changes: Any) -> Row:
        """Add a payment of a project, on a working day, from its first quota document."""
        number = f"{YEAR}5{len(self.rows('vouchers')):07d}"
        payment = {"paid_on": WEEKDAY, "amount_yuan": Decimal(yuan), "voucher_no": number, **changes}
        return self.add("vouchers", self.voucher(project), **payment)

    def fund(self, project: str, yuan: str) -> None:
        """Give a project more money and a contract that covers it, so that it can pay more."""
        release = self.of("releases", project)[0]
        release["released_yuan"] += Decimal(yuan)
        release["applied_yuan"] += Decimal(yuan)
        self.of("procurements", project)[0]["contract_yuan"] += Decimal(yuan)
        self.rows("budget_approval")[0]["budget_yuan"] += Decimal(yuan)

    def finish(self) -> Tables:
        """Make the files' own totals agree with their rows again, but for the offsets, and return the tables."""
        vouchers = [*self.rows("vouchers"), *self.tables.get("restricted.vouchers", [])]
        once = {(row["voucher_no"], row["amount_yuan"], row["voucher_status"] == "void") for row in vouchers}
        whole = {
            ("stated_totals_treasury_payments", "total", "amount_yuan"): sum(
                yuan for _, yuan, is_void in once if not is_void
            ),
            ("stated_totals_treasury_payments", "record_count", ""): len(vouchers),
            ("stated_totals_budget_plan", "total", "planned_yuan"): self.sum("plan_projects", "planned_yuan"),
            **{
                ("stated_totals_quota_releases", "total", name): self.sum("releases", name)
                for name in ("applied_yuan", "released_yuan")
            },
        }
        for table in {name for name, _, _ in whole}:
            for row in self.rows(table):
                key = (table, row["total_kind"], row["field"] or "")
                if row["total_kind"] == "subtotal":
                    row["stated_value"] = self.sum("releases", row["field"], row["scope_text"])
                elif row.pop("is_every_row", False):
                    row["stated_value"] = sum(voucher["amount_yuan"] for voucher in vouchers)
                elif key in whole:
                    row["stated_value"] = Decimal(whole[key]) + self.offsets.get(key, Decimal(0))
        return self.tables

    def sum(self, table: str, name: str, unit: str = "") -> Decimal:
        """Add up a column over public and classified rows, of one unit where it is given."""
        rows = [*self.rows(table), *self.tables.get(f"restricted.{table}", [])]
        return sum((row[name] for row in rows if unit in ("", row.get("unit_name"))), Decimal(0))


@dataclass(frozen=True)
class Fault:
    """A fault a rule must find.

    Attributes:
        rule: The rule.
        plant: Puts the fault into the tables.
        also: Related rules that rightly find it too.
        apart: Why it cannot be planted together with the others; empty where it can.
    """

    rule: str
    plant: Callable[[Planting], None]
    also: tuple[str, ...] = ()
    apart: str = ""


FAULTS: list[Fault] = []


def fault(*also: str, apart: str = "") -> Callable[[Callable[[Planting], None]], Callable[[Planting], None]]:
    """Register a function as the fault of the rule it is named after."""

    def register(plant: Callable[[Planting], None]) -> Callable[[Planting], None]:
        FAULTS.append(Fault(plant.__name__, plant, also, apart))
        return plant

    return register


def plant(tables: Tables, faults: Iterable[Fault]) -> Tables:
    """Return the tables with faults planted; the tables given stay as they are."""
    planting = Planting(copy.deepcopy(tables))
    for each in faults:
        each.plant(planting)
    return planting.finish()


def classify(tables: Tables) -> Tables:
    """Return the tables as they are where every project of the plan is classified: its rows stand in ``restricted``."""
    codes = {row["project_code"] for row in tables["staging.plan_projects"]}
    moved = copy.deepcopy(tables)
    for place, rows in tables.items():
        layer, name = place.split(".")
        if layer == "staging" and name != "earlier_projects" and any("project_code" in row for row in rows):
            secret = [row for row in moved[place] if row["project_code"] in codes]
            moved[place] = [row for row in moved[place] if row["project_code"] not in codes]
            moved[f"restricted.{name}"] = [*moved.get(f"restricted.{name}", []), *secret]
    for row in moved["restricted.plan_projects"]:
        row["is_classified"] = True
    return moved


# Identity -----------------------------------------------------------------------------------------------------------


@fault()
def voucher_repeated(p: Planting) -> None:
    p.add("vouchers", p.voucher(p.project()))


@fault("voucher_repeated")
def voucher_conflict(p: Planting) -> None:
    row = p.voucher(p.project())
    p.add("vouchers", row, amount_yuan=row["amount_yuan"] + 1)


@fault()
def voucher_project_known(p: Planting) -> None:
    p.pay(p.project(), "10.37", project_code="ZZ99-404")


@fault()
def refund_without_original(p: Planting) -> None:
    p.pay(p.project(), "-10.37", voucher_status="refund", original_voucher_no=f"{YEAR}40400000")


@fault()
def refund_exceeds_original(p: Planting) -> None:
    project = p.project()
    original = p.voucher(project)
    more = original["amount_yuan"] + 1
    p.pay(project, str(-more), voucher_status="refund", original_voucher_no=original["voucher_no"])


@fault()
def refund_of_void(p: Planting) -> None:
    project = p.project()
    void = p.pay(project, "10.37", voucher_status="void")
    p.pay(project, "-10.37", voucher_status="refund", original_voucher_no=void["voucher_no"])


@fault()
def void_in_total(p: Planting) -> None:
    """The export brings its total a second time, void vouchers included."""
    p.pay(p.project(), "77.37", voucher_status="void")
    total = next(row for row in p.rows("stated_totals_treasury_payments") if row["total_kind"] == "total")
    p.add("stated_totals_treasury_payments", total, is_every_row=True)


@fault("quota_unit_differs")
def unit_unknown(p: Planting) -> None:
    p.voucher(p.project())["unit_name"] = "样例市无此单位"


@fault("paid_from_other_fund")
def fund_unknown(p: Planting) -> None:
    row = p.voucher(p.project())
    row["fund_name"] = row["fund_name"] + "(续)"


@fault()
def paid_from_other_fund(p: Planting) -> None:
    p.voucher(p.project())["fund_name"] = "部门日常经费"


@fault()
def quota_document_unknown(p: Planting) -> None:
    p.voucher(p.project())["quota_doc_no"] = f"样财预指〔{YEAR}〕9404号"


@fault()
def quota_unit_differs(p: Planting) -> None:
    row = p.voucher(p.project())
    row["unit_name"] = next(name for name in unit_names(6) if name != row["unit_name"])


@fault()
def category_unknown(p: Planting) -> None:
    p.of("plan_projects", p.project())[0]["category"] = "数据中台建设"


# Time ---------------------------------------------------------------------------------------------------------------


@fault()
def voucher_outside_year(p: Planting) -> None:
    p.pay(p.project(), "10.37", paid_on=dt.date(YEAR + 1, 1, 6))


@fault()
def paid_before_release(p: Planting) -> None:
    """One document is released after it was paid from; the other had enough for both."""
    project = p.project(documents=2)
    late, other = p.of("releases", project)[:2]
    other["released_yuan"] = other["applied_yuan"] = other["released_yuan"] + late["released_yuan"]
    p.of("procurements", project)[0]["contract_yuan"] *= 2
    late["released_on"] = dt.date(YEAR, 12, 2)


@fault("paid_over_quota_document")
def negative_balance(p: Planting) -> None:
    """The document paid from is overdrawn by what another one brings only in December."""
    project = p.project(documents=2)
    first, later = p.of("releases", project)[:2]
    for row in p.of("vouchers", project):
        row["quota_doc_no"] = first["quota_doc_no"]
    later["released_on"] = dt.date(YEAR, 12, 2)
    p.pay(project, str(first["released_yuan"] * Decimal("0.5")), quota_doc_no=first["quota_doc_no"])
    p.of("procurements", project)[0]["contract_yuan"] *= 2
    later["released_yuan"] = later["applied_yuan"] = later["released_yuan"] * 3 + first["released_yuan"]
    paid = sum(row["amount_yuan"] for row in p.of("vouchers", project))
    assert paid > sum(row["released_yuan"] for row in p.of("releases", project)[:1])


@fault()
def paid_before_contract(p: Planting) -> None:
    for row in p.of("procurements", p.project(services=False)):
        row["awarded_on"], row["signed_on"] = dt.date(YEAR, 11, 25), dt.date(YEAR, 12, 2)
        row["reviewed_on"] = dt.date(YEAR, 10, 8)


@fault()
def paid_on_weekend(p: Planting) -> None:
    p.voucher(p.project())["paid_on"] = dt.date(YEAR, 8, 10)


@fault()
def paid_after_close(p: Planting) -> None:
    p.voucher(p.project())["paid_on"] = dt.date(YEAR, 12, 27)


@fault()
def december_rush(p: Planting) -> None:
    project = p.project()
    paid = sum(row["amount_yuan"] for row in p.rows("vouchers"))
    p.fund(project, str(paid * 3))
    p.pay(project, str(paid * 3), paid_on=DECEMBER)


# Money --------------------------------------------------------------------------------------------------------------


@fault("paid_over_quota_document", "negative_balance")
def paid_over_released(p: Planting) -> None:
    project = p.project()
    released = sum(row["released_yuan"] for row in p.of("releases", project))
    p.of("procurements", project)[0]["contract_yuan"] += released * 2
    p.pay(project, str(released))


@fault()
def paid_over_quota_document(p: Planting) -> None:
    """All of the project is paid from one of its documents, which has less than that."""
    project = p.project(documents=2)
    small = min(p.of("releases", project), key=lambda row: row["released_yuan"])
    for row in p.of("vouchers", project):
        row["quota_doc_no"] = small["quota_doc_no"]
    paid = sum(row["amount_yuan"] for row in p.of("vouchers", project))
    assert paid > small["released_yuan"]


@fault()
def paid_over_contract(p: Planting) -> None:
    project = p.project(services=False)
    first, *others = p.of("procurements", project)
    for row in others:
        p.rows("procurements").remove(row)
    first["contract_yuan"] = p.voucher(project)["amount_yuan"]


@fault()
def released_over_applied(p: Planting) -> None:
    p.of("releases", p.project())[0]["applied_yuan"] -= Decimal(100)


@fault()
def applied_over_budget(p: Planting) -> None:
    p.rows("budget_approval")[0]["budget_yuan"] = Decimal(100)


@fault()
def supplement_over_tenth(p: Planting) -> None:
    row = p.of("procurements", p.project())[0]
    share = (row["contract_yuan"] * Decimal("0.11")).quantize(Decimal("0.01"))
    p.add("procurements", row, procurement_no="YPZC-追加", procurement_method="单一来源", contract_yuan=share,
          signed_on=dt.date(YEAR, 1, 22))  # fmt: skip


@fault()
def split_purchase(p: Planting) -> None:
    row = p.of("service_contracts", p.project(services=True))[0]
    for number in (1, 2):
        p.add("service_contracts", row, contract_no=f"YPFW-拆分-{number}", service_type="培训",
              contract_yuan=Decimal(480_000), supplier_name="样例培训有限公司")  # fmt: skip


@fault()
def split_payments(p: Planting) -> None:
    project = p.project()
    p.fund(project, "2000000")
    for day in (10, 11):
        p.pay(project, "480000", paid_on=dt.date(YEAR, 7, day))


@fault("paid_over_released", "paid_over_quota_document", "negative_balance")
def paid_over_all_releases(p: Planting) -> None:
    """One project spends what all the others together have left, and half as much as all were given on top."""
    project = p.project()
    released = p.sum("releases", "released_yuan")
    left = released - p.sum("vouchers", "amount_yuan") + released / 2
    p.of("procurements", project)[0]["contract_yuan"] += released * 2
    p.pay(project, f"{left:.2f}")


# Reconciliation -----------------------------------------------------------------------------------------------------


@fault()
def vouchers_total_differs(p: Planting) -> None:
    p.offsets["stated_totals_treasury_payments", "total", "amount_yuan"] = Decimal("0.01")


@fault()
def vouchers_count_differs(p: Planting) -> None:
    p.offsets["stated_totals_treasury_payments", "record_count", ""] = Decimal(1)


@fault()
def releases_total_differs(p: Planting) -> None:
    p.offsets["stated_totals_quota_releases", "total", "released_yuan"] = Decimal("0.01")


@fault()
def plan_total_differs(p: Planting) -> None:
    p.offsets["stated_totals_budget_plan", "total", "planned_yuan"] = Decimal("-0.01")


@fault("surplus_kept")
def settlement_over_contract(p: Planting) -> None:
    project = p.project()
    contracted = sum(row["contract_yuan"] for row in p.of("procurements", project))
    progress = p.of("project_progress", project)[0]
    progress["settlement_planned_yuan"] = progress["settlement_audited_yuan"] = contracted + 1


# Procurement --------------------------------------------------------------------------------------------------------


@fault()
def contract_signed_late(p: Planting) -> None:
    p.of("procurements", p.project())[0]["signed_on"] = dt.date(YEAR, 2, 8)


@fault()
def contract_filed_late(p: Planting) -> None:
    row = p.of("procurements", p.project())[0]
    row["filed_on"] = row["signed_on"] + dt.timedelta(days=12)


@fault()
def emall_bypassed(p: Planting) -> None:
    p.of("service_contracts", p.project(services=True))[0]["emall_order_no"] = None


@fault()
def emall_after_the_fact(p: Planting) -> None:
    p.of("service_contracts", p.project(services=True))[0]["service_started_on"] -= dt.timedelta(days=1)


@fault()
def emall_order_unknown(p: Planting) -> None:
    p.of("service_contracts", p.project(services=True))[0]["emall_order_no"] = f"DM{YEAR}404404"


@fault()
def payees_share_account(p: Planting) -> None:
    project = p.project()
    p.pay(project, "10.37", payee_name="样例甲方有限公司", payee_account="6299404000000000000")
    p.pay(project, "11.37", payee_name="样例乙方有限公司", payee_account="6299404000000000000")


# Delivery and benefit -----------------------------------------------------------------------------------------------


def _progress(p: Planting, project: str, **changes: Any) -> None:
    p.of("project_progress", project)[0].update(changes)


@fault()
def not_completed(p: Planting) -> None:
    _progress(p, p.project(), project_status="in_progress", unfinished_cause="建设周期较长", finished_on=None)


@fault()
def not_completed_excused(p: Planting) -> None:
    _progress(p, p.project(), project_status="suspended", unfinished_cause="上级政策不明确", finished_on=None)


@fault("not_completed")
def paid_though_not_started(p: Planting) -> None:
    _progress(p, p.project(), project_status="not_started", unfinished_cause="未按计划启动", finished_on=None)


@fault()
def completed_without_acceptance(p: Planting) -> None:
    _progress(p, p.project(), acceptance_result=None)


@fault()
def started_late(p: Planting) -> None:
    p.of("procurements", p.project())[0]["reviewed_on"] = dt.date(YEAR - 1, 6, 30)


@fault()
def finished_late(p: Planting) -> None:
    project = p.project()
    plan = p.of("plan_projects", project)[0]
    plan["contract_finish_on"] = dt.date(YEAR, 11, 1)
    _progress(p, project, finished_on=dt.date(YEAR, 11, 2))


@fault()
def benefit_missing(p: Planting) -> None:
    _progress(p, p.project(), benefit_level=None)


@fault()
def benefit_not_realised(p: Planting) -> None:
    _progress(p, p.project(), benefit_level="partial")


@fault()
def plan_issued_late(p: Planting) -> None:
    p.rows("budget_approval")[0]["plan_issued_on"] = dt.date(YEAR, 6, 3)


# Survey -------------------------------------------------------------------------------------------------------------


def _answers(p: Planting, response: Row) -> list[Row]:
    place = (response["response_no"], response["source_row"])
    return [row for row in p.rows("survey_answers") if (row["response_no"], row["source_row"]) == place]


def _again(p: Planting, response: Row, **changes: Any) -> Row:
    """Add a response with the answers of another."""
    added = p.add("survey_responses", response, **changes)
    for row in _answers(p, response):
        line = {"response_no": added["response_no"], "source_row": added["source_row"]}
        p.rows("survey_answers").append({**row, **line})
    return added


@fault()
def survey_repeated(p: Planting) -> None:
    _again(p, p.rows("survey_responses")[0])


@fault()
def answered_too_fast(p: Planting) -> None:
    p.rows("survey_responses")[1]["duration_seconds"] = 5


@fault()
def straight_lined(p: Planting) -> None:
    for row in _answers(p, p.rows("survey_responses")[2]):
        if row["question_type"] == "satisfaction":
            row["option_text"] = "满意"


@fault()
def answered_twice(p: Planting) -> None:
    _again(p, p.rows("survey_responses")[3], response_no="9404")


@fault()
def satisfaction_below_target(p: Planting) -> None:
    for place, response in enumerate(p.rows("survey_responses")[10:40]):
        asked = [row for row in _answers(p, response) if row["question_type"] == "satisfaction"]
        for row in asked[: 1 + place % 2]:
            row["option_text"] = "不满意"


@fault(apart="它减少答卷,其他答卷问题就没有地方可放,满意度也不可计算")
def too_few_responses(p: Planting) -> None:
    p.tables["staging.survey_responses"] = kept = p.rows("survey_responses")[:1]
    numbers = {row["response_no"] for row in kept}
    p.tables["staging.survey_answers"] = [
        row for row in p.rows("survey_answers") if row["response_no"] in numbers
    ]


# Carry-over ---------------------------------------------------------------------------------------------------------


def _earlier(p: Planting, project: str, released: str, paid: str) -> None:
    row = {
        "year": YEAR - 1,
        "version": 1,
        "project_code": project,
        "project_name": "",
        "released_yuan": Decimal(released),
        "paid_yuan": Decimal(paid),
        "source_file": "projects.csv",
        "source_sha256": "0" * 64,
        "source_sheet": "",
        "source_row": len(p.rows("earlier_projects")) + 2,
    }
    p.rows("earlier_projects").append(row)


@fault()
def surplus_kept(p: Planting) -> None:
    project = p.project()
    contracted = sum(row["contract_yuan"] for row in p.of("procurements", project))
    _progress(p, project, settlement_planned_yuan=contracted, settlement_audited_yuan=contracted)


@fault()
def carried_over_too_long(p: Planting) -> None:
    """A project lives on last year's money only and uses none of it."""
    project = p.project()
    for table in ("vouchers", "releases"):
        p.tables[f"staging.{table}"] = [row for row in p.rows(table) if row["project_code"] != project]
    _earlier(p, project, "5000.00", "0.00")


@fault("carried_over_too_long")
def released_beside_carry_over(p: Planting) -> None:
    project = p.project()
    paid = sum(row["amount_yuan"] for row in p.of("vouchers", project))
    _earlier(p, project, str(paid + 1000), "100.00")
