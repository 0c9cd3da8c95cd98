"""The stage ``score``: rules, indicators, total and grade of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from fundeval.core.context import RunContext
from fundeval.core.funds import load_scheme
from fundeval.core.scheme import Scheme
from fundeval.quality.catalogue import load_catalogue
from fundeval.scoring.findings import Finding, find
from fundeval.scoring.judgements import read_judgements
from fundeval.scoring.methods import Evidence, Scored, needs_judgement, score_indicator

_POINTS = pa.decimal128(6, 2)
_FIGURE = pa.decimal128(18, 2)

INDICATORS_SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("level1", pa.string()),
        ("level2", pa.string()),
        ("level3", pa.string()),
        ("weight", _POINTS),
        ("score", _POINTS),
        ("deduction", _POINTS),
        ("basis", pa.string()),
        ("method", pa.string()),
        ("numerator", _FIGURE),
        ("denominator", _FIGURE),
    ]
)
FINDINGS_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("project_code", pa.string()),
        ("project_name", pa.string()),
        ("category", pa.string()),
        ("benefit_code", pa.string()),
        ("indicator", pa.string()),
        ("deducts", pa.bool_()),
        ("found", pa.string()),
        ("expected", pa.string()),
        ("difference", _FIGURE),
        ("difference_unit", pa.string()),
        ("identity", pa.string()),
        ("detail", pa.string()),
        ("legal_basis", pa.string()),
        ("source_file", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
)
TOTAL_SCHEMA = pa.schema(
    [("score", _POINTS), ("grade", pa.string()), ("vetoed", pa.bool_()), ("veto_items", pa.string())]
)


def score(context: RunContext) -> dict[str, Any]:
    """Score an examined run by the scheme that holds for its fund-year.

    Returns:
        Score, grade and number of findings per rule.

    Raises:
        InputError: The working paper lacks a judgement, or one does not fit the scheme; all at once.
    """
    run, scheme, catalogue = context.run, load_scheme(context.fund_year).scheme, load_catalogue()
    facts = run.rows("marts", "fund_facts")[0]
    needed = [indicator for indicator in scheme.indicators if needs_judgement(indicator, facts)]
    judgements = read_judgements(run.rows("staging", "judgements"), scheme, needed)
    findings, examined = find(run, scheme, catalogue)
    not_applicable = {each.rule: each.reason for each in examined if each.outcome == "not_applicable"}
    evidence = Evidence(facts, findings, judgements, catalogue, not_applicable)
    scored = [score_indicator(indicator, evidence) for indicator in scheme.indicators]
    total = total_row(scheme, scored, run.rows("staging", "vetoes"))
    run.write("scores", "findings", _table(_finding_rows(findings, scored), FINDINGS_SCHEMA))
    run.write("scores", "indicators", _table(map(_indicator_row, scored), INDICATORS_SCHEMA))
    run.write("scores", "total", _table([total], TOTAL_SCHEMA))
    return {
        "score": str(total["score"]),
        "grade": total["grade"],
        "vetoed": total["vetoed"],
        "findings": {each.rule: each.rows for each in examined if each.rule not in not_applicable},
        "not_applicable": not_applicable,
    }


def total_row(
    scheme: Scheme, scored: Sequence[Scored], vetoes: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the row of ``scores.total``: the sum of rounded scores, and the grade it or a veto gives."""
    points = sum((each.score for each in scored), Decimal(0))
    occurred = [str(veto["veto_item"]) for veto in vetoes if veto["occurred"]]
    return {
        "score": points,
        "grade": scheme.vetoed_grade if occurred else scheme.grade_of(points),
        "vetoed": bool(occurred),
        "veto_items": "、".join(occurred) or None,
    }


def _finding_rows(findings: Iterable[Finding], scored: Iterable[Scored]) -> Iterator[dict[str, Any]]:
    """A finding costs points by itself, or explains why another method took some off."""
    by_code = {each.indicator.code: each for each in scored}
    for finding in findings:
        scoring = by_code.get(finding.indicator)
        rules: tuple[str, ...] = ()
        if scoring is not None and scoring.deduction:
            rules = (*scoring.indicator.deducting_rules, *scoring.indicator.explained_by)
        yield finding.as_row(deducts=finding.rule.id in rules)


def _indicator_row(scored: Scored) -> dict[str, Any]:
    indicator = scored.indicator
    return {
        "code": indicator.code,
        "level1": indicator.level1,
        "level2": indicator.level2,
        "level3": indicator.level3,
        "weight": indicator.weight,
        "score": scored.score,
        "deduction": scored.deduction,
        "basis": scored.basis,
        "method": indicator.method,
        "numerator": scored.rate.numerator if scored.rate else None,
        "denominator": scored.rate.denominator if scored.rate else None,
    }


def _table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema)
