"""What a report needs beside the dataset: the fund's registration, its wording and what only people can write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


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
        corrections: What changed against the previous release, one sentence each; empty for a first release.
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
    corrections: tuple[str, ...] = ()
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
