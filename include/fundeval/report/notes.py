"""What a report needs beside the dataset: the fund's registration, its wording and what only people can write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fundeval.core.errors import Severity


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Titled(_Frozen):
    """A text with a short title, such as one experience worth passing on."""

    title: str
    text: str


class Veto(_Frozen):
    """A veto item (否决性指标) of the scheme and whether it occurred.

    Attributes:
        item: The veto item.
        occurred: Whether it occurred in the year.
        note: What the evaluators wrote about it.
    """

    item: str
    occurred: bool
    note: str = ""


class GradeBand(_Frozen):
    """A grade and the lowest score that earns it."""

    grade: str
    at_least: Decimal


class Source(_Frozen):
    """One source file the evaluation read.

    Attributes:
        kind: Chinese name of the kind of file.
        file_name: Name as the office sent it.
        sha256: Hash of its bytes, hexadecimal.
        accepted_rows: Rows read into typed tables.
        rejected_rows: Rows set aside with a reason.
    """

    kind: str
    file_name: str
    sha256: str
    accepted_rows: int
    rejected_rows: int = 0


class CellCorrection(_Frozen):
    """A single cell that a reviewed correction list changed before it was read.

    Attributes:
        place: File, sheet, row and column as a clerk looks them up.
        old_value: What stood there; words instead where it may not be shown.
        new_value: What was read instead.
        reason: Why, as the list says.
        who: Who answers for it.
    """

    place: str
    old_value: str
    new_value: str
    reason: str
    who: str


class Waived(_Frozen):
    """A row a rule found and a waiver excused.

    Attributes:
        rule: Chinese title of the rule.
        place: File, sheet and row; empty where the rule is about no single row.
        reason: Why it is excused.
        approved_by: Who approved it.
        expires_on: Last day of the waiver; None where it has none.
    """

    rule: str
    place: str
    reason: str
    approved_by: str
    expires_on: dt.date | None = None


class RuleCheck(_Frozen):
    """What one rule over the data came to.

    Attributes:
        title: Chinese title.
        severity: ``critical``, ``warning`` or ``info``.
        outcome: ``pass``, ``fail`` or ``not_applicable``.
        reason: Why it is not applicable.
        rows_examined: Rows it looked at.
        rows_found: Rows it found.
    """

    title: str
    severity: Severity
    outcome: Literal["pass", "fail", "not_applicable"]
    reason: str = ""
    rows_examined: int = 0
    rows_found: int = 0


class Corrected(_Frozen):
    """What changed against an earlier release.

    Attributes:
        version: Number of the earlier release.
        changes: One sentence each, without a full stop.
    """

    version: int
    changes: tuple[str, ...]


class ReportNotes(_Frozen):
    """Everything in the report that is not a figure of the dataset.

    Texts that only people can write are None (or empty) until somebody wrote them; the report then shows a
    marked gap and lists it under 其他需要说明的情况. Nothing is invented in their place.

    Attributes:
        fund_name: Name of the fund.
        department: Department in charge (主管部门), which also commissions the evaluation.
        evaluator: Evaluating institution.
        year: Budget year.
        plan_doc_no: Document number of the project plan; None where there is none.
        plan_issued_on: Day the plan was issued.
        budget_approved_on: Day the budget was approved.
        scheme_year: Year the applied scheme was made for.
        scheme_is_fallback: Whether the year has no scheme of its own.
        legal_references: Laws and rules the evaluation follows, each with its number, in order.
        grade_bands: Grades from the best down; empty where the scheme gives none.
        indicator_targets: Target text by indicator code (``≥90%``), where the scheme states one.
        category_names: Chinese name by category code, where categories are codes.
        vetoes: Veto items of the scheme.
        sources: Source files.
        corrected: What changed against the release before; None for a first release or where nothing did.
        cell_corrections: Single cells corrected by a reviewed list, those in rows that may be shown.
        cell_corrections_withheld: How many more there are, in rows that may not.
        waived: Rows excused by a waiver, those that may be shown.
        waived_withheld: How many more there are.
        rule_checks: Every rule over the data and what it came to; empty where none was run.
        background: Why the fund exists.
        overall_goal: The fund's goal beyond the year.
        fieldwork: When and how the evaluators worked on site.
        experiences: Practice worth passing on.
        causes: Cause by group of problems (``preparation``, ``procedure``, ``output``, ``benefit``,
            ``scoring``, ``other``) or by rule.
        suggestions: Recommendations of the evaluators beyond those every kind of finding brings.
        signed_on: Date under the report; None leaves it to be filled in.
    """

    fund_name: str
    department: str
    evaluator: str
    year: int = Field(ge=1995, le=2200)
    plan_doc_no: str | None = None
    plan_issued_on: dt.date | None = None
    budget_approved_on: dt.date | None = None
    scheme_year: int
    scheme_is_fallback: bool = False
    legal_references: tuple[str, ...] = ()
    grade_bands: tuple[GradeBand, ...] = ()
    indicator_targets: Mapping[str, str] = Field(default_factory=dict)
    category_names: Mapping[str, str] = Field(default_factory=dict)
    vetoes: tuple[Veto, ...] = ()
    sources: tuple[Source, ...] = ()
    corrected: Corrected | None = None
    cell_corrections: tuple[CellCorrection, ...] = ()
    cell_corrections_withheld: int = 0
    waived: tuple[Waived, ...] = ()
    waived_withheld: int = 0
    rule_checks: tuple[RuleCheck, ...] = ()
    background: str | None = None
    overall_goal: str | None = None
    fieldwork: str | None = None
    experiences: tuple[Titled, ...] = ()
    causes: Mapping[str, str] = Field(default_factory=dict)
    suggestions: tuple[Titled, ...] = ()
    signed_on: dt.date | None = None

    @property
    def vetoed(self) -> bool:
        """Whether a veto item occurred."""
        return any(veto.occurred for veto in self.vetoes)
