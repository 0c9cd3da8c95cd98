"""How an indicator is scored: one function per method of the scheme.

Scores are rounded half up to two decimals and never fall below 0; a deduction is weight less score, so that the two
always add up to the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from fundeval.core.money import number_text
from fundeval.core.scheme import (
    AnyIndicator,
    Bands,
    DeductIfAny,
    DeductPerEvent,
    Judgement,
    Ratio,
    Saving,
    Share,
)
from fundeval.quality.catalogue import Catalogue
from fundeval.scoring.findings import Finding, belonging, subjects
from fundeval.scoring.judgements import Judged
from fundeval.scoring.rates import Rate, RateIndicator, rate_of

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Evidence:
    """Everything an indicator can be scored by.

    Attributes:
        facts: The row of ``marts.fund_facts``.
        findings: Findings of every rule of the scheme.
        judgements: Judgements of the evaluators by indicator code.
        catalogue: The catalogue of rules, for their titles.
        not_applicable: Rules that could not apply, with the Chinese reason.
    """

    facts: Mapping[str, Any]
    findings: Sequence[Finding]
    judgements: Mapping[str, Judged]
    catalogue: Catalogue
    not_applicable: Mapping[str, str] = field(default_factory=dict)

    def title(self, rule: str) -> str:
        """Return the Chinese name of a rule."""
        return self.catalogue[rule].entry.title


@dataclass(frozen=True)
class Scored:
    """An indicator with its score.

    Attributes:
        indicator: The indicator.
        score: Points, 0 to the weight, two decimals.
        basis: Chinese sentence that gives the figures.
        rate: Numerator and denominator of the methods that have them.
    """

    indicator: AnyIndicator
    score: Decimal
    basis: str
    rate: Rate | None = None

    @property
    def deduction(self) -> Decimal:
        """Points lost."""
        return self.indicator.weight - self.score


def needs_judgement(indicator: AnyIndicator, facts: Mapping[str, Any]) -> bool:
    """Tell whether the evaluators must judge: by method, or because a rate has nothing to divide by."""
    if isinstance(indicator, RateIndicator):
        return indicator.when_nothing == "judgement" and rate_of(indicator, facts).is_nothing
    return isinstance(indicator, Judgement)


def score_indicator(indicator: AnyIndicator, evidence: Evidence) -> Scored:
    """Score one indicator by its method."""
    if isinstance(indicator, Judgement):
        judged = evidence.judgements[indicator.code]
        return _scored(indicator, indicator.weight - judged.deduction, judged.basis)
    if isinstance(indicator, DeductPerEvent):
        return _per_event(indicator, evidence)
    if isinstance(indicator, DeductIfAny):
        return _if_any(indicator, evidence)
    return _by_rate(indicator, evidence)


def _scored(
    indicator: AnyIndicator, points: Decimal | Fraction, basis: str, rate: Rate | None = None
) -> Scored:
    """Hold the points between 0 and the weight and round them half up, exactly."""
    cents = floor(Fraction(points) * 100 + Fraction(1, 2))
    score = min(max(Decimal(cents) / 100, Decimal(0)), indicator.weight)
    return Scored(indicator, score.quantize(Decimal("0.01")), basis, rate)


def _by_rate(indicator: RateIndicator, evidence: Evidence) -> Scored:
    rate = rate_of(indicator, evidence.facts)
    if not rate.is_nothing:
        points, told = _BY_METHOD[type(indicator)](indicator, rate)
        shown = rate.saved if isinstance(indicator, Saving) else rate
        return _scored(indicator, points, f"{rate.figures},{told}", shown)
    nothing = f"{rate.figures},{indicator.level3}无法计算"
    if indicator.when_nothing == "full":
        return _scored(indicator, indicator.weight, f"{nothing},按满分计", rate)
    judged = evidence.judgements[indicator.code]
    return _scored(
        indicator, indicator.weight - judged.deduction, f"{nothing},由评价人员评定:{judged.basis}", rate
    )


def _ratio(indicator: Ratio, rate: Rate) -> tuple[Fraction, str]:
    capped = ",超过100%的按100%计分" if rate.value > 1 else ""
    return Fraction(indicator.weight) * min(rate.value, Fraction(1)), f"{indicator.level3}{rate}{capped}"


def _share(indicator: Share, rate: Rate) -> tuple[Fraction, str]:
    return Fraction(indicator.weight) * rate.value, f"{indicator.level3}{rate}"


def _saving(indicator: Saving, rate: Rate) -> tuple[Fraction, str]:
    saved = rate.saved
    kept = saved.value >= 0
    told = f"{indicator.level3}{saved}" + ("" if kept else ",超出计划金额,不得分")
    return Fraction(indicator.weight) if kept else Fraction(0), told


def _bands(indicator: Bands, rate: Rate) -> tuple[Fraction, str]:
    for band in indicator.bands:
        if rate.reaches(band.at_least_pct):
            lost = f",扣{number_text(band.deduction)}分" if band.deduction else ""
            told = f"{indicator.level3}{rate},达到{number_text(band.at_least_pct)}%{lost}"
            return Fraction(indicator.weight - band.deduction), told
    lowest = number_text(indicator.bands[-1].at_least_pct)
    return Fraction(0), f"{indicator.level3}{rate},低于{lowest}%,不得分"


_BY_METHOD: dict[type, Callable[[Any, Rate], tuple[Fraction, str]]] = {
    Ratio: _ratio,
    Share: _share,
    Saving: _saving,
    Bands: _bands,
}


def _per_event(indicator: DeductPerEvent, evidence: Evidence) -> Scored:
    lost, parts = Decimal(0), []
    for rule in indicator.deducts:
        found = belonging(evidence.findings, indicator.code, (rule,))
        if found:
            lost += subjects(found) * indicator.points
            parts.append(f"{_counted(found)},每个扣{number_text(indicator.points)}分")
    return _scored(indicator, indicator.weight - lost, _told(indicator, parts, lost, evidence))


def _if_any(indicator: DeductIfAny, evidence: Evidence) -> Scored:
    lost, parts = Decimal(0), []
    for group in indicator.deducts:
        found = belonging(evidence.findings, indicator.code, group.rules)
        if found:
            lost += group.points
            parts.append(f"{_events(found)},扣{number_text(group.points)}分")
    return _scored(indicator, indicator.weight - lost, _told(indicator, parts, lost, evidence))


def _told(indicator: AnyIndicator, parts: list[str], lost: Decimal, evidence: Evidence) -> str:
    """Put what was found, what could not apply and what is only reported into one sentence."""
    applied = [rule for rule in indicator.deducting_rules if rule not in evidence.not_applicable]
    told = list(parts)
    if not parts and applied:
        told.append(f"未发现{'、'.join(evidence.title(rule) for rule in applied)}的情形")
    if lost > indicator.weight:
        told.append(f"扣至0分为止(分值{number_text(indicator.weight)}分)")
    for rule in indicator.deducting_rules:
        if rule in evidence.not_applicable:
            told.append(f"“{evidence.title(rule)}”不适用({evidence.not_applicable[rule]})")
    for rule in indicator.reports:
        found = belonging(evidence.findings, indicator.code, (rule,))
        if found:
            told.append(f"另有{_counted(found)},不扣分")
    return ";".join(told)


def _counted(findings: Sequence[Finding]) -> str:
    """Name a rule's projects and how many they are, a long list cut short."""
    names = list(dict.fromkeys(str(each.row["project_name"] or each.row["identity"]) for each in findings))
    shown = "、".join(names[:_NAMES_SHOWN]) + ("等" if len(names) > _NAMES_SHOWN else "")
    return f"{findings[0].rule.entry.title}{subjects(findings)}个({shown})"


def _events(findings: Iterable[Finding]) -> str:
    """Count the events of each rule; an event of the whole fund speaks for itself."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
    return "、".join(
        found[0].row["detail"]
        if found[0].row["project_code"] is None
        else f"{found[0].rule.entry.title}{len(found)}项"
        for found in by_rule.values()
    )
