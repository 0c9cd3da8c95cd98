"""The evaluation scheme of a fund and year as data: indicators, weights, rules, thresholds, grades.

A scheme is never code: another fund or year brings another file. The weights follow the common framework of
indicators (项目支出绩效评价指标体系框架, annex to 财预〔2020〕10号); what a fund adds stands in its own file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict

Points = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=2)]
Text = Annotated[str, Field(min_length=1)]
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
WhenNothing = Literal["full", "judgement"]


class Quantity(Strict):
    """One figure of ``marts.fund_facts`` that a rate is made of.

    Attributes:
        fact: Column of ``fund_facts``.
        label: What the figure is called in the basis of the score (Chinese).
    """

    fact: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Text

    @property
    def is_money(self) -> bool:
        """Whether the figure is an amount in 元."""
        return self.fact.endswith("_yuan")


class Indicator(Strict):
    """What every level-3 indicator has, whatever its method.

    Attributes:
        code: Code in the scheme, unique.
        level1: Name of the level-1 indicator.
        level2: Name of the level-2 indicator.
        level3: Name of the indicator itself.
        weight: Points it can bring.
        categories: Construction categories whose findings belong here; empty where it is about all.
        by_benefit_code: Whether only findings on projects whose benefit code is this indicator belong here.
        reports: Rules whose findings are shown here without costing points.
        explained_by: Rules whose findings say why another method took points off.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z][0-9A-Z.]*$")]
    level1: Text
    level2: Text
    level3: Text
    weight: Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=2)]
    categories: tuple[Text, ...] = ()
    by_benefit_code: bool = False
    reports: tuple[RuleId, ...] = ()
    explained_by: tuple[RuleId, ...] = ()

    @property
    def deducting_rules(self) -> tuple[RuleId, ...]:
        """Rules whose findings take points off by themselves."""
        return ()

    @property
    def rules(self) -> tuple[RuleId, ...]:
        """Every rule whose findings belong to the indicator."""
        return (*self.deducting_rules, *self.reports, *self.explained_by)

    def takes(self, rule: str, category: str | None, benefit_code: str | None) -> bool:
        """Tell whether a finding of ``rule`` on a project of this category and benefit belongs here."""
        return (
            rule in self.rules
            and (not self.categories or category in self.categories)
            and (not self.by_benefit_code or benefit_code == self.code)
        )


class Judgement(Indicator):
    """Points are taken off by the evaluators, in their working paper, with a basis."""

    method: Literal["judgement"]


class _Fraction(Indicator):
    numerator: Quantity
    denominator: Quantity
    when_nothing: WhenNothing


class Ratio(_Fraction):
    """Score is weight × min(1, numerator / denominator) of two amounts.

    ``when_nothing`` says what holds where the denominator is zero: full marks, or the evaluators' judgement.
    """

    method: Literal["ratio"]


class Share(_Fraction):
    """Score is weight × the share that ``numerator`` is of ``denominator``, both counted."""

    method: Literal["share"]


class Saving(_Fraction):
    """Full marks where (denominator − numerator) / denominator is not negative, else nothing."""

    method: Literal["saving"]


class Band(Strict):
    """One step of :class:`Bands`: ``deduction`` points are taken off from ``at_least_pct`` % upwards."""

    at_least_pct: Percent
    deduction: Points


class Bands(_Fraction):
    """A rate costs the points of the highest band it reaches; below the lowest band the score is 0."""

    method: Literal["bands"]
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _falling(self) -> Bands:
        edges = [band.at_least_pct for band in self.bands]
        if edges != sorted(set(edges), reverse=True):
            raise ValueError("分档下限应从高到低排列且不重复")
        return self


class DeductPerEvent(Indicator):
    """Points are taken off for each project that a rule of the list finds, per rule, down to 0."""

    method: Literal["deduct_per_event"]
    deducts: Annotated[tuple[RuleId, ...], Field(min_length=1)]
    points: Points

    @property
    def deducting_rules(self) -> tuple[RuleId, ...]:
        """The listed rules."""
        return self.deducts


class AnyOf(Strict):
    """Rules that together cost ``points`` once, however many rows they find."""

    rules: Annotated[tuple[RuleId, ...], Field(min_length=1)]
    points: Points


class DeductIfAny(Indicator):
    """Points are taken off once per group of rules of which any finds a row, down to 0."""

    method: Literal["deduct_if_any"]
    deducts: Annotated[tuple[AnyOf, ...], Field(min_length=1)]

    @property
    def deducting_rules(self) -> tuple[RuleId, ...]:
        """The rules of all groups."""
        return tuple(rule for group in self.deducts for rule in group.rules)


AnyIndicator = Annotated[
    Judgement | Ratio | Share | Saving | Bands | DeductPerEvent | DeductIfAny, Field(discriminator="method")
]


class Thresholds(Strict):
    """Limits and lists that models and rules bind as parameters, each under its own name.

    Attributes:
        max_signing_days: Days from the award notice within which a contract is signed (招标投标法 art. 46).
        max_plan_lag_months: Calendar months from the budget's approval within which the plan is issued.
        max_start_months: Calendar months from technical review to award.
        satisfaction_target_pct: Share of satisfied answers the fund aims at, in %.
        excused_causes: Causes of not completing a project that are reported and not deducted.
        emall_service_types: Kinds of service contract that go through the e-mall.
        tender_methods: Procurement methods that are tenders in the sense of 招标投标法.
        satisfied_options: Answers that count as satisfied.
    """

    max_signing_days: Annotated[int, Field(ge=0)]
    max_plan_lag_months: Annotated[int, Field(ge=0)]
    max_start_months: Annotated[int, Field(ge=0)]
    satisfaction_target_pct: Percent
    excused_causes: tuple[Text, ...]
    emall_service_types: tuple[Text, ...]
    tender_methods: tuple[Text, ...]
    satisfied_options: Annotated[tuple[Text, ...], Field(min_length=1)]


class Watch(Strict):
    """Limits of checks that cost no points; a check whose limit is not set is 不适用.

    Attributes:
        min_respondents: Responses below which the satisfaction rate is 不可计算.
        min_response_seconds: Seconds below which a response was hardly read.
        min_straight_questions: Satisfaction questions from which one answer to all of them is conspicuous.
        max_december_pct: Share of the year's payments that December may have, in %.
        closing_day: Last day of the year on which payments are made, as MM-DD.
        procurement_limit_yuan: Amount in 元 from which a purchase needs a procurement procedure (采购限额标准).
        near_limit_pct: Share of that limit from which a purchase is just under it, in %.
        round_sum_yuan: Amount in 元 of which a round sum is a multiple.
        max_supplement_pct: Share of the original contract that supplements may have, in % (政府采购法 art. 49).
        max_filing_workdays: Working days from signing within which a contract is filed (政府采购法 art. 47).
        max_unused_years: Year-ends after which money not used up is surplus (预算法 art. 42).
        max_name_edits: Characters by which another fund's name may differ and still be this fund's written wrongly.
        holidays: Working days of the week on which nobody works, as the State Council announces them.
        moved_workdays: Saturdays and Sundays that are worked instead.
    """

    min_respondents: Annotated[int, Field(ge=1)] | None = None
    min_response_seconds: Annotated[int, Field(ge=1)] | None = None
    min_straight_questions: Annotated[int, Field(ge=2)] | None = None
    max_december_pct: Percent | None = None
    closing_day: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")] | None = None
    procurement_limit_yuan: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2)] | None = None
    near_limit_pct: Percent | None = None
    round_sum_yuan: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2)] | None = None
    max_supplement_pct: Percent | None = None
    max_filing_workdays: Annotated[int, Field(ge=1)] | None = None
    max_unused_years: Annotated[int, Field(ge=1)] | None = None
    max_name_edits: Annotated[int, Field(ge=0)] | None = None
    holidays: tuple[date, ...] = ()
    moved_workdays: tuple[date, ...] = ()


class Grade(Strict):
    """A grade and the score it begins at."""

    grade: Text
    at_least: Points


class Scheme(Strict):
    """How a fund is scored in a year.

    Attributes:
        fund: Identifier of the fund.
        year: Year the scheme was made for.
        title: Chinese name of the scheme.
        categories: Construction categories a plan may name.
        thresholds: Limits and lists of the rules.
        grades: From the highest to the lowest; the lowest begins at 0.
        vetoed_grade: Grade where a veto item of the working paper occurred.
        indicators: The level-3 indicators in order; their weights sum to 100.
        watch: Limits of checks that cost no points.
    """

    fund: Text
    year: int
    title: Text
    categories: tuple[Text, ...]
    thresholds: Thresholds
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    vetoed_grade: Text
    indicators: Annotated[tuple[AnyIndicator, ...], Field(min_length=1)]
    watch: Watch = Watch()

    @model_validator(mode="after")
    def _sound(self) -> Scheme:
        faults = [*self._indicator_faults(), *self._grade_faults(), *self._overlaps()]
        if faults:
            raise ValueError(";".join(faults))
        return self

    def _indicator_faults(self) -> Iterator[str]:
        total = sum((indicator.weight for indicator in self.indicators), Decimal(0))
        if total != 100:
            yield f"各项指标分值合计为{total}分,应为100分"
        codes = Counter(indicator.code for indicator in self.indicators)
        yield from (f"指标编码{code}重复" for code, count in codes.items() if count > 1)
        for indicator in self.indicators:
            unknown = set(indicator.categories) - set(self.categories)
            yield from (
                f"指标{indicator.code}的建设类别“{name}”不在建设类别清单内" for name in sorted(unknown)
            )

    def _grade_faults(self) -> Iterator[str]:
        edges = [grade.at_least for grade in self.grades]
        if edges != sorted(set(edges), reverse=True) or edges[-1] != 0:
            yield "等级应从高到低排列,最低一级从0分起"
        if self.vetoed_grade not in {grade.grade for grade in self.grades}:
            yield f"否决后的等级“{self.vetoed_grade}”不在等级清单内"

    def _overlaps(self) -> Iterator[str]:
        """A finding belongs to one indicator at most, else its points would be taken off twice."""
        for position, first in enumerate(self.indicators):
            for second in self.indicators[position + 1 :]:
                if first.by_benefit_code and second.by_benefit_code:
                    continue
                if (
                    first.categories
                    and second.categories
                    and not set(first.categories) & set(second.categories)
                ):
                    continue
                for rule in sorted(set(first.rules) & set(second.rules)):
                    yield f"规则{rule}的同一事项会同时计入指标{first.code}和{second.code}"

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule whose findings the evaluation publishes, in the order of the indicators, each once."""
        return tuple(dict.fromkeys(rule for indicator in self.indicators for rule in indicator.rules))

    def indicator(self, code: str) -> Indicator:
        """Return an indicator by its code; KeyError where there is none."""
        return {indicator.code: indicator for indicator in self.indicators}[code]

    def indicator_of(self, rule: str, category: str | None, benefit_code: str | None) -> Indicator | None:
        """Return the indicator a finding belongs to; None where the scheme maps it to none."""
        return next((each for each in self.indicators if each.takes(rule, category, benefit_code)), None)

    def grade_of(self, score: Decimal) -> str:
        """Return the grade of a score of 0 to 100."""
        return next(grade.grade for grade in self.grades if score >= grade.at_least)

    def parameters(self) -> dict[str, Any]:
        """Return what models and rules bind: thresholds and watched limits by name, and the scheme's lists.

        ``categories`` are those a plan may name, ``benefit_codes`` the indicators a project's benefit may serve. A
        limit that is not set is None.
        """
        limits: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in (*self.thresholds, *self.watch)
        }
        return {
            **limits,
            "categories": list(self.categories),
            "benefit_codes": [indicator.code for indicator in self.indicators if indicator.by_benefit_code],
        }
