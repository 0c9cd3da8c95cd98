"""The gate: every problem of every file at once, and no way on where one of them is critical."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, query
from fundeval.core.errors import InputError, Problem
from fundeval.core.funds import load_fund, load_scheme
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import Catalogue, Rule, load_catalogue
from fundeval.quality.data_docs import DataDocs
from fundeval.quality.expectations import CheckFailedError, Verdict, validator_of
from fundeval.quality.outcomes import AT_GATE, OutcomeWriter, RuleOutcome
from fundeval.quality.rules import examine_run
from fundeval.quality.table_checks import contract_columns
from fundeval.quality.waivers import WaiverBook, load_waivers
from fundeval.sources.contract import KINDS, load_contract
from fundeval.sources.corrections import list_problems
from fundeval.sources.ingest import PROBLEM_SCHEMA, read_problems
from fundeval.sources.selection import inbox_problems

# A million rows with the same fault are one thing to mend; all of them stand in checks/, the message names the first.
MOST_TOLD = 1000


def check_quality(
    context: RunContext, further: Callable[[RunContext], list[Problem]] | None = None
) -> dict[str, Any]:
    """Check all tables that could be read by every rule that needs no measures; stop the run at anything critical.

    Great Expectations runs the checks of columns and tables, and carries the rows every other rule found; the
    severities of its expectations decide. Rows of classified projects are checked by the same conditions and told by
    place only.

    Args:
        context: The run.
        further: What other rooms can already say is wrong, told together with the rest.

    Returns:
        Counts: rules passed, failed, not applicable, problems by severity, rows waived.

    Raises:
        InputError: With every critical problem of every file, ingest included.
    """
    run = context.run
    problems = inbox_problems(context) + list_problems(context) + read_problems(run)
    problems += missing_results(run) + _conservation(run)
    catalogue = load_catalogue()
    outcomes, must_stop = _examine(context, catalogue)
    problems += rule_problems(run, AT_GATE.rule_rows, catalogue, outcomes)
    problems += further(context) if further else []
    run.write(
        "checks", "problems", pa.Table.from_pylist([p.as_dict() for p in sorted(problems)], PROBLEM_SCHEMA)
    )
    critical = [problem for problem in problems if problem.severity == "critical"]
    if must_stop and not critical:
        raise CheckFailedError("Great Expectations 判定有阻断问题,但没有找到相应的行。这是程序缺陷。")
    if critical:
        raise InputError(critical)
    return summary(outcomes, problems)


def _examine(context: RunContext, catalogue: Catalogue) -> tuple[list[RuleOutcome], bool]:
    """Examine the run by the rules of the gate; say whether Great Expectations found anything critical."""
    run, year = context.run, context.fund_year.year
    rules = catalogue.of_phase("gate")
    book = WaiverBook(load_waivers(context.fund_year, catalogue), year)
    docs = DataDocs(run, catalogue)
    docs.clear()
    with validator_of(run, docs) as validator:
        native = [rule for rule in rules if _is_native(run, rule) and rule.id not in book.rules]
        columns = validator.check_columns(native)
        sound = {verdict.rule for verdict in columns if verdict.success}
        with OutcomeWriter(run, AT_GATE, load_fund(context.fund_year.fund), book) as writer:
            writer.add(
                examine_run(
                    run,
                    rules,
                    load_scheme(context.fund_year).parameters(),
                    incomplete=incomplete_tables(run),
                    known_sound=sound,
                    keeps=True,
                )
            )
            writer.settle_waivers(rule.id for rule in rules)
        carried = carried_rules(catalogue, writer.outcomes, {rule.id for rule in native})
        rows = validator.check_rows(AT_GATE.rule_rows, carried)
        require_agreement([*columns, *rows], writer.outcomes)
        validator.build_docs()
    return writer.outcomes, is_stopped([*columns, *rows])


def _is_native(run: RunFolder, rule: Rule) -> bool:
    """Tell whether Great Expectations has an expectation for the check, and rows to hold it against."""
    check = rule.check
    if check is None or not check.is_native or not run.has("staging", check.table):
        return False
    return bool(pq.read_metadata(run.table_path("staging", check.table)).num_rows)


def carried_rules(
    catalogue: Catalogue, outcomes: Iterable[RuleOutcome], elsewhere: Iterable[str] = ()
) -> list[Rule]:
    """Return the rules whose rows Great Expectations carries: those that applied and it did not check itself."""
    own = set(elsewhere)
    return [
        catalogue[each.rule] for each in outcomes if each.outcome != "not_applicable" and each.rule not in own
    ]


def is_stopped(verdicts: Iterable[Verdict]) -> bool:
    """Tell whether an expectation that failed is critical."""
    return any(verdict.severity == "critical" and not verdict.success for verdict in verdicts)


def require_agreement(verdicts: Iterable[Verdict], outcomes: Iterable[RuleOutcome]) -> None:
    """Hold that Great Expectations and the rules' own statements say the same about every public row.

    Raises:
        CheckFailedError: They do not, so one of the two is wrong and nothing can be relied on.
    """
    found = {outcome.rule: outcome for outcome in outcomes}
    differing = [
        verdict.rule
        for verdict in verdicts
        if verdict.rule in found and not verdict.success and not found[verdict.rule].rows_found
    ]
    if differing:
        raise CheckFailedError(f"Great Expectations 与规则的结论不一致:{'、'.join(differing)}。")


def rule_problems(
    run: RunFolder, table: str, catalogue: Catalogue, outcomes: Iterable[RuleOutcome]
) -> list[Problem]:
    """Name the rows found by critical rules and by checks of columns and tables: file, sheet, row, column, value.

    What the other rules found is no fault of a file; it is shown from ``checks``. Of each rule the first
    ``MOST_TOLD`` rows are named and the rest counted.
    """
    problems: list[Problem] = []
    told = [(catalogue[outcome.rule], outcome) for outcome in outcomes if outcome.rows_found]
    told = [(rule, outcome) for rule, outcome in told if rule.check or outcome.severity == "critical"]
    if not told:
        return problems
    with engine(run, layers=("checks",), tables=(f"checks.{table}",)) as connection:
        for rule, outcome in told:
            first = f"select * from checks.{table} where rule = $rule limit {MOST_TOLD}"
            rows = query(connection, first, {"rule": rule.id}).to_pylist()
            problems += [_problem(rule, row) for row in rows]
            if outcome.rows_found > len(rows):
                problems.append(_rest(rule, outcome.rows_found - len(rows)))
    return problems


def _problem(rule: Rule, row: dict[str, Any]) -> Problem:
    entry = rule.entry
    column = contract_columns().get((rule.check.table, rule.check.column)) if rule.check else None
    value = row["found"] or "" if rule.check else ""
    message = entry.message if rule.check else row["detail"]
    return Problem(
        file=row["source_file"] or "",
        sheet=row["source_sheet"] or "",
        row=row["source_row"] or 0,
        column=column.title if column else "",
        value=value,
        code=entry.id,
        message=f"“{value}”:{message}" if value else message,
        remedy=entry.remedy,
        severity=entry.severity,
    )


def _rest(rule: Rule, count: int) -> Problem:
    return Problem(
        code=rule.id,
        message=f"{rule.entry.title}:另有{count}行同样的问题,没有逐行列出。",
        remedy="全部行见本次运行 checks 层的规则明细。",
        severity=rule.entry.severity,
    )


def summary(outcomes: Iterable[RuleOutcome], problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """Return the counts an operator may see of a gate."""
    listed, told = list(outcomes), list(problems)
    results = [outcome.outcome for outcome in listed]
    return {
        "checks_passed": results.count("pass"),
        "checks_failed": results.count("fail"),
        "checks_not_applicable": results.count("not_applicable"),
        "warnings": sum(problem.severity == "warning" for problem in told),
        "infos": sum(problem.severity == "info" for problem in told),
        "rows_found": sum(outcome.rows_found for outcome in listed),
        "rows_waived": sum(outcome.rows_waived for outcome in listed),
    }


def missing_results(run: RunFolder) -> list[Problem]:
    """Say which kinds of file have left neither tables nor problems, so that nothing passes by not having run."""
    return [
        Problem(
            code="not_ingested",
            message=f"“{load_contract(kind).title}”尚未读取。",
            remedy="请在界面中清除该读取任务及其下游后重新运行。",
        )
        for kind in KINDS
        if not run.has("rejects", kind)
    ]


def _conservation(run: RunFolder) -> list[Problem]:
    """Hold that no row is lost: rows in a sheet = accepted + rejected + recognised as no data."""
    return [
        Problem(
            file=row["source_file"],
            sheet=row["source_sheet"],
            code="rows_not_conserved",
            message=f"共{row['rows_total']}行,读入{row['rows_accepted']}行、拒收{row['rows_rejected']}行、"
            f"非数据{row['rows_recognised']}行,合计不符。",
            remedy="这是程序缺陷,请联系系统维护人员。",
        )
        for kind in KINDS
        for row in run.rows("checks", f"ingest_{kind}")
        if row["rows_total"] != row["rows_accepted"] + row["rows_rejected"] + row["rows_recognised"]
    ]


def incomplete_tables(run: RunFolder) -> set[str]:
    """Return the staging tables that lack rows their file has, because those could not be read."""
    ledgers = [row for kind in KINDS for row in run.rows("checks", f"ingest_{kind}")]
    return {row["table_name"] for row in ledgers if row["rows_rejected"]}


def check_tables(run: RunFolder, fund_year: FundYear) -> list[Problem]:
    """Name every row that a check of columns and tables finds wrong in the tables that are there.

    What an office needs before it sends its files: no scheme, no waivers, and no Great Expectations to wait for.
    """
    rules = [rule for rule in load_catalogue().rules if rule.check]
    parameters = {
        "year": fund_year.year,
        "first_day": fund_year.first_day,
        "last_day": fund_year.last_day,
    }
    return [
        _problem(made.rule, row)
        for made in examine_run(run, rules, parameters, incomplete=incomplete_tables(run))
        for table in (made.found, made.sealed)
        for row in table.to_pylist()
    ]
