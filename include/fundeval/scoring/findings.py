"""What the rules of a scheme found, each event with the indicator it belongs to and the law it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fundeval.core.engine import engine, query
from fundeval.core.rooms import RunFolder
from fundeval.core.scheme import Scheme
from fundeval.quality.catalogue import Catalogue, Rule
from fundeval.quality.outcomes import WHOLE
from fundeval.quality.rules import ROW_SCHEMA, Outcome


@dataclass(frozen=True)
class RuleResult:
    """What a rule of the scheme came to.

    Attributes:
        rule: Identifier of the rule.
        outcome: ``pass``, ``fail`` or ``not_applicable``.
        reason: Chinese reason where it is not applicable or its rows were waived.
        rows: Number of findings.
    """

    rule: str
    outcome: Outcome
    reason: str
    rows: int


@dataclass(frozen=True)
class Finding:
    """One event.

    Attributes:
        rule: The rule that found it.
        indicator: Code of the indicator it belongs to; empty where the scheme maps it to none.
        legal_basis: Provisions it breaks, in Chinese.
        row: The row the rule selected, by the fixed aliases.
    """

    rule: Rule
    indicator: str
    legal_basis: str
    row: dict[str, Any]

    @property
    def subject(self) -> str:
        """What is counted once per rule: the project, or the event where no project is concerned."""
        return str(self.row["project_code"] or self.row["identity"])

    @property
    def place(self) -> tuple[str, str, str]:
        """Project, identity and detail, the order findings are listed in."""
        return (self.row["project_code"] or "", self.row["identity"] or "", self.row["detail"] or "")

    def as_row(self, deducts: bool) -> dict[str, Any]:
        """Return the finding as a row of ``scores.findings``; ``deducts`` says whether it costs points."""
        row = {name: value for name, value in self.row.items() if name != "law"}
        return {
            **row,
            "rule": self.rule.id,
            "indicator": self.indicator or None,
            "deducts": deducts,
            "legal_basis": self.legal_basis or None,
        }


def find(run: RunFolder, scheme: Scheme, catalogue: Catalogue) -> tuple[list[Finding], list[RuleResult]]:
    """Read what the rules of the scheme found in a run, as ``examine`` has written it down.

    Waived rows are not among them, and no rule is carried out a second time.

    Args:
        run: The run, whose ``checks.rules`` and ``checks.rule_rows`` are there.
        scheme: The scheme that holds for the fund-year.
        catalogue: The catalogue of rules.

    Returns:
        The findings in the order of the scheme's rules, then of project; and every rule's result.
    """
    results = {row["rule"]: row for row in run.read("checks", WHOLE.rules).to_pylist()}
    rows = _rows_by_rule(run, scheme)
    findings = [
        finding
        for rule in scheme.rules
        for finding in sorted(
            _findings(catalogue[rule], rows.get(rule, ()), scheme), key=lambda each: each.place
        )
    ]
    return findings, [
        RuleResult(rule, results[rule]["outcome"], results[rule]["reason"], len(rows.get(rule, ())))
        for rule in scheme.rules
    ]


def _rows_by_rule(run: RunFolder, scheme: Scheme) -> dict[str, list[dict[str, Any]]]:
    statement = (
        f"select * from checks.{WHOLE.rule_rows} "
        "where rule in (select unnest($rules::varchar[])) and not is_classified"
    )
    grouped: dict[str, list[dict[str, Any]]] = {}
    with engine(run, layers=("checks",), tables=(f"checks.{WHOLE.rule_rows}",)) as connection:
        for row in query(connection, statement, {"rules": list(scheme.rules)}).to_pylist():
            grouped.setdefault(row["rule"], []).append(row)
    return grouped


def _findings(rule: Rule, rows: Iterable[dict[str, Any]], scheme: Scheme) -> Iterable[Finding]:
    for row in rows:
        indicator = scheme.indicator_of(rule.id, row["category"], row["benefit_code"])
        yield Finding(
            rule=rule,
            indicator=indicator.code if indicator else "",
            legal_basis=row["legal_basis"],
            row={name: row[name] for name in ROW_SCHEMA.names},
        )


def belonging(findings: Iterable[Finding], code: str, rules: Iterable[str]) -> list[Finding]:
    """Return the findings of some rules that belong to an indicator."""
    wanted = set(rules)
    return [finding for finding in findings if finding.indicator == code and finding.rule.id in wanted]


def subjects(findings: Iterable[Finding]) -> int:
    """Count projects (or events without a project) once, however many rows a rule found on them."""
    return len({finding.subject for finding in findings})
