"""Published datasets of invented fund-years, consistent in themselves: nothing found, everything found, big, tiny.

``Year`` holds what happened; ``write_dataset`` writes the tables the way a release publishes them: CSV with BOM,
Chinese words for closed lists, money in 元 with two decimals.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SOFTWARE, HARDWARE, SERVICE = "软件平台开发", "信息化硬件建设", "运维及监测服务"
OPTIONS = ("非常满意", "满意", "基本满意", "说不清", "不满意")
SATISFIED = OPTIONS[:2]

COLUMNS: dict[str, str] = {
    "metrics": "metric value unit numerator denominator definition",
    "projects": (
        "project_code project_name category unit released paid carry_over project_nature planned applied "
        "execution_rate project_status unfinished_cause contract_amount awarded_on signed_on contract_finish_on "
        "started_on finished_on acceptance_result test_result settlement_planned settlement_audited "
        "benefit_code benefit_level"
    ),
    "indicators": "code level1 level2 level3 weight score deduction basis numerator denominator",
    "findings": (
        "rule project_code indicator detail legal_basis source_file source_sheet source_row project_name category "
        "benefit_code deducts found expected difference difference_unit identity"
    ),
    "months": "month paid",
    "units": "unit projects released paid carry_over execution_rate",
    "services": "indicator_name measure_unit target_operator target_value actual_value is_met",
    "survey": "question_no question_text question_type option_text answers",
}

SCHEME = (
    ("A11", "项目决策", "项目立项", "立项依据充分性", "5"),
    ("A22", "项目决策", "绩效目标", "绩效指标明确性", "5"),
    ("A31", "项目决策", "资金投入", "预算编制科学性", "5"),
    ("B11", "项目过程", "资金管理", "资金到位率", "5"),
    ("B12", "项目过程", "资金管理", "预算执行率", "10"),
    ("B22", "项目过程", "组织实施", "制度执行有效性", "10"),
    ("C11", "项目产出", "产出数量", "项目完成率", "15"),
    ("C31", "项目产出", "产出时效", "项目及时性", "15"),
    ("D11", "项目效益", "实施效益", "推动共建共享", "10"),
    ("D12", "项目效益", "实施效益", "提升服务效率", "10"),
    ("D15", "项目效益", "满意度", "社会公众满意度", "10"),
)

BASES = {
    "contract_signed_late": "《中华人民共和国招标投标法》第四十六条",
    "emall_bypassed": "《某市政府采购电子卖场管理办法》(某财采〔2020〕9号)第五条",
    "emall_after_the_fact": "《某市政府采购电子卖场管理办法》(某财采〔2020〕9号)第八条",
    "plan_issued_late": "《某市专项资金管理办法》(某财发〔2019〕3号)第六条",
    "started_late": "《某市信息化工程建设管理办法》(某政办发〔2017〕8号)",
}


def money(wan: str | int | Decimal) -> Decimal:
    """Turn 万元 into 元."""
    return (Decimal(wan) * 10_000).quantize(Decimal("0.01"))


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return a rate with two decimals, rounded half up; None where there is nothing to divide by."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def project(number: int, **facts: Any) -> Row:
    """A completed, fully paid project; ``facts`` override."""
    released = facts.pop("released", money("100"))
    paid = facts.pop("paid", released)
    row: Row = {
        "project_code": f"QX-{number:03d}",
        "project_name": f"清溪项目{number:03d}",
        "category": SOFTWARE,
        "unit": "市数据局",
        "project_nature": "续建",
        "planned": money("120"),
        "applied": released,
        "project_status": "已完工",
        "unfinished_cause": "",
        "contract_amount": money("110"),
        "awarded_on": "",
        "signed_on": "",
        "contract_finish_on": "",
        "started_on": "",
        "finished_on": "",
        "acceptance_result": "合格",
        "test_result": "",
        "settlement_planned": "",
        "settlement_audited": "",
        "benefit_code": "D11",
        "benefit_level": "全部实现",
    }
    row |= facts
    row |= {
        "released": released,
        "paid": paid,
        "carry_over": released - paid,
        "execution_rate": percent(paid, released),
    }
    return row


def finding(
    rule: str, of: Row | None, indicator: str, detail: str, *, deducts: bool = True, row: int = 5
) -> Row:
    """One event of a rule on a project, or on the fund where ``of`` is None."""
    return {
        "rule": rule,
        "project_code": of["project_code"] if of else "",
        "project_name": of["project_name"] if of else "",
        "category": of["category"] if of else "",
        "benefit_code": of["benefit_code"] if of else "",
        "indicator": indicator,
        "detail": detail,
        "legal_basis": BASES.get(rule, ""),
        "source_file": "项目实施进度.xlsx",
        "source_sheet": "实施进度",
        "source_row": row,
        "deducts": "是" if deducts else "否",
        "found": "",
        "expected": "",
        "difference": "",
        "difference_unit": "",
        "identity": "",
    }


def service(name: str, target: str, actual: str | None, *, met: bool, unit: str = "次") -> Row:
    """A service target with operator ≥."""
    return {
        "indicator_name": name, "measure_unit": unit, "target_operator": "≥", "target_value": target,
        "actual_value": actual or "", "is_met": "是" if met else "否",
    }  # fmt: skip


def question(number: int, text: str, kind: str, counts: dict[str, int]) -> list[Row]:
    """A question of the survey with its options, the most frequent first as published."""
    rows = [
        {
            "question_no": number,
            "question_text": text,
            "question_type": kind,
            "option_text": option,
            "answers": count,
        }
        for option, count in counts.items()
    ]
    return sorted(rows, key=lambda row: -row["answers"])


@dataclass
class Year:
    """What happened in a fund-year.

    Attributes:
        budget: Budget in 元.
        projects: Public projects.
        classified: Number of classified projects and their planned, applied, released and paid money.
        findings: Events.
        deductions: Points lost by indicator code, with the sentence of the basis.
        months: Payments by month; spread evenly where empty.
        services: Service targets.
        survey: Questions.
        respondents: Number of respondents.
        grade: Grade.
    """

    budget: Decimal
    projects: list[Row]
    classified: tuple[int, Decimal, Decimal, Decimal, Decimal] | None = None
    findings: list[Row] = field(default_factory=list)
    deductions: dict[str, tuple[str, str]] = field(default_factory=dict)
    months: list[Decimal] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    survey: list[Row] = field(default_factory=list)
    respondents: int | None = None
    grade: str = "优"

    def tables(self) -> dict[str, list[Row]]:
        """Return every table of the dataset."""
        return {
            "metrics": self._metrics(),
            "projects": self.projects + self._classified_project(),
            "indicators": self._indicators(),
            "findings": self.findings,
            "months": self._months(),
            "units": self._units(),
            "services": self.services,
            "survey": self.survey,
        }

    def _total(self, column: str, classified_at: int) -> Decimal:
        public = sum((row[column] for row in self.projects), Decimal(0))
        return public + (self.classified[classified_at] if self.classified else 0)

    def _metrics(self) -> list[Row]:
        applied, released, paid = (
            self._total(name, at) for name, at in (("applied", 2), ("released", 3), ("paid", 4))
        )
        settled = [row for row in self.projects if row["settlement_audited"] != ""]
        planned = sum((row["settlement_planned"] for row in settled), Decimal(0))
        audited = sum((row["settlement_audited"] for row in settled), Decimal(0))
        asked = [row for row in self.survey if row["question_type"] == "满意度"]
        answers = sum(row["answers"] for row in asked)
        satisfied = sum(row["answers"] for row in asked if row["option_text"] in SATISFIED)
        classified = self.classified[0] if self.classified else 0
        natures = [row["project_nature"] for row in self.projects]
        indicators = self._indicators()
        return [
            metric("budget", self.budget, "元"),
            metric("applied", applied, "元"),
            metric("released", released, "元"),
            metric("paid", paid, "元"),
            metric("carry_over", released - paid, "元"),
            metric("unreleased", self.budget - released, "元"),
            rate("arrival_rate", released, applied),
            rate("execution_rate", paid, released),
            rate("satisfaction_rate", satisfied, answers),
            rate("cost_saving_rate", planned - audited, planned),
            metric("projects", len(self.projects) + classified, "个"),
            metric("projects_new", natures.count("新建"), "个"),
            metric("projects_continuing", natures.count("续建") + classified, "个"),
            metric("projects_classified", classified, "个"),
            metric("implementing_units", len({row["unit"] for row in self.projects}), "家"),
            metric("respondents", self.respondents, "人"),
            metric("service_indicators", len(self.services), "个"),
            metric("service_indicators_met", sum(row["is_met"] == "是" for row in self.services), "个"),
            metric("score", sum((row["score"] for row in indicators), Decimal(0)), "分"),
            metric("grade", self.grade, ""),
        ]

    def _classified_project(self) -> list[Row]:
        if not self.classified:
            return []
        _, planned, applied, released, paid = self.classified
        return [
            {
                "project_code": "CLASSIFIED", "project_name": "涉密项目(合计)", "category": "涉密", "planned": planned,
                "applied": applied, "released": released, "paid": paid, "carry_over": released - paid,
                "execution_rate": percent(paid, released),
            }
        ]  # fmt: skip

    def _indicators(self) -> list[Row]:
        rows = []
        for code, level1, level2, level3, weight in SCHEME:
            lost, basis = self.deductions.get(code, ("0", "经核查符合要求"))
            rows.append(
                {
                    "code": code, "level1": level1, "level2": level2, "level3": level3, "weight": Decimal(weight),
                    "score": Decimal(weight) - Decimal(lost), "deduction": Decimal(lost), "basis": basis,
                }
            )  # fmt: skip
        return rows

    def _months(self) -> list[Row]:
        paid = self._total("paid", 4)
        each = (paid / 12).quantize(Decimal("0.01"))
        spread = self.months or [*(each for _ in range(11)), paid - each * 11]
        return [{"month": f"2031-{number:02d}", "paid": amount} for number, amount in enumerate(spread, 1)]

    def _units(self) -> list[Row]:
        units: dict[str, list[Row]] = {}
        for row in self.projects:
            units.setdefault(row["unit"], []).append(row)
        made = [unit_row(name, len(rows), rows) for name, rows in sorted(units.items())]
        return (
            made + [unit_row("CLASSIFIED", self.classified[0], self._classified_project())]
            if self.classified
            else made
        )


def unit_row(name: str, projects: int, rows: Iterable[Row]) -> Row:
    """Sum the projects of a unit."""
    known = list(rows)
    released = sum((row["released"] for row in known), Decimal(0))
    paid = sum((row["paid"] for row in known), Decimal(0))
    return {
        "unit": name, "projects": projects, "released": released, "paid": paid, "carry_over": released - paid,
        "execution_rate": percent(paid, released),
    }  # fmt: skip


def metric(name: str, value: Any, unit: str) -> Row:
    """A row of the table of metrics."""
    return {"metric": name, "value": value, "unit": unit, "definition": f"{name}的口径说明。"}


def rate(name: str, numerator: Decimal | int, denominator: Decimal | int) -> Row:
    """A rate with numerator and denominator; all empty where there is nothing to divide by."""
    row = metric(name, percent(numerator, denominator), "%")
    return row | {"numerator": numerator, "denominator": denominator} if denominator else row


def write_dataset(folder: Path, tables: dict[str, list[Row]]) -> Path:
    """Write the tables as CSV with BOM; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS[name].split(), restval="", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)
    return folder


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
