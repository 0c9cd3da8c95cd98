"""The stage ``examine``: the rules that need measures, the rules about waivers, and the whole of what was found."""

from __future__ import annotations

from typing import Any

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import InputError
from fundeval.core.funds import load_fund, load_scheme
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.data_docs import DataDocs
from fundeval.quality.expectations import CheckFailedError, validator_of
from fundeval.quality.gate import carried_rules, is_stopped, require_agreement, rule_problems, summary
from fundeval.quality.outcomes import AT_GATE, WHOLE, OutcomeWriter, RuleOutcome
from fundeval.quality.rules import examine_run
from fundeval.quality.waivers import WaiverBook, load_waivers

WAIVER_EVENT = "waiver.applied"


def examine_measured(context: RunContext) -> dict[str, Any]:
    """Examine a measured run by the rules the gate could not run yet, and write down what all rules found.

    Returns:
        Counts over all rules of the run: passed, failed, not applicable, rows found and waived.

    Raises:
        InputError: With every row a critical rule found.
    """
    run, catalogue = context.run, load_catalogue()
    book = WaiverBook(load_waivers(context.fund_year, catalogue), context.fund_year.year)
    parameters = load_scheme(context.fund_year).parameters()
    measured, last = catalogue.of_phase("measured"), catalogue.of_phase("last")
    with OutcomeWriter(run, WHOLE, load_fund(context.fund_year.fund), book) as writer:
        writer.carry_over(AT_GATE)
        writer.add(examine_run(run, measured, parameters))
        writer.settle_waivers(rule.id for rule in measured)
        writer.add(examine_run(run, last, parameters))
    docs = DataDocs(run, catalogue)
    docs.clear(WHOLE.rule_rows)
    with validator_of(run, docs) as validator:
        verdicts = validator.check_rows(WHOLE.rule_rows, carried_rules(catalogue, writer.outcomes))
        require_agreement(verdicts, writer.outcomes)
        validator.build_docs()
    record_waivers(context)
    problems = rule_problems(run, WHOLE.rule_rows, catalogue, writer.outcomes)
    critical = [problem for problem in problems if problem.severity == "critical"]
    if critical:
        raise InputError(critical)
    if is_stopped(verdicts):
        raise CheckFailedError("Great Expectations 判定有阻断问题,但没有找到相应的行。这是程序缺陷。")
    return summary(_all_outcomes(context))


def record_waivers(context: RunContext) -> None:
    """Enter in the audit trail which waivers excused rows in this run, each once however often the stage runs."""
    applied: dict[tuple[str, str, str, str], int] = {}
    for row in context.run.rows("checks", WHOLE.waived_rows):
        key = (row["rule"], row["reason"], row["approved_by"], row["expires_on"].isoformat())
        applied[key] = applied.get(key, 0) + 1
    if not applied:
        return
    known = [
        entry.detail for entry in audit.read(context.rooms, context.fund_year) if entry.event == WAIVER_EVENT
    ]
    for (rule, reason, who, until), rows in applied.items():
        detail = {
            "run": context.run.run_id,
            "rule": rule,
            "rows": rows,
            "reason": reason,
            "expires_on": until,
        }
        if detail not in known:
            audit.append(context.rooms, WAIVER_EVENT, who, context.fund_year, detail)


def _all_outcomes(context: RunContext) -> list[RuleOutcome]:
    names = ("rule", "severity", "outcome", "rows_found", "rows_waived")
    rows = context.run.rows("checks", WHOLE.rules)
    return [RuleOutcome(**{name: row[name] for name in names}) for row in rows]
