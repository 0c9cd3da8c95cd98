"""What the rules of a scheme found, each event with the indicator it belongs to and the law it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from fundeval.core.funds import Fund, FundScheme
from fundeval.quality.catalogue import Catalogue, Rule
from fundeval.quality.rules import Examination, examine
from fundeval.scoring.scheme import Scheme


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


def find(
    connection: duckdb.DuckDBPyConnection, fund: Fund, holding: FundScheme, catalogue: Catalogue
) -> tuple[list[Finding], list[Examination]]:
    """Examine the run by every rule of the scheme.

    Args:
        connection: Engine that shows ``staging`` and ``marts`` of the run.
        fund: The fund, for the provisions of its own rules.
        holding: The scheme that holds for the fund-year.
        catalogue: The catalogue of rules.

    Returns:
        The findings in the order of the scheme's rules, then of project; and every rule's examination.
    """
    parameters, year = holding.parameters(), holding.fund_year.year
    examined = [examine(connection, catalogue[name], parameters, year) for name in holding.scheme.rules]
    findings = [
        finding
        for examination in examined
        for finding in sorted(_findings(examination, fund, holding.scheme, year), key=lambda each: each.place)
    ]
    return findings, examined


def _findings(examination: Examination, fund: Fund, scheme: Scheme, year: int) -> Iterable[Finding]:
    rule = examination.rule
    own = fund.legal_basis.get(rule.id, ())
    for row in examination.rows:
        indicator = scheme.indicator_of(rule.id, row["category"], row["benefit_code"])
        yield Finding(
            rule=rule,
            indicator=indicator.code if indicator else "",
            legal_basis=rule.legal_text(year, row["law"], own),
            row=row,
        )


def belonging(findings: Iterable[Finding], code: str, rules: Iterable[str]) -> list[Finding]:
    """Return the findings of some rules that belong to an indicator."""
    wanted = set(rules)
    return [finding for finding in findings if finding.indicator == code and finding.rule.id in wanted]


def subjects(findings: Iterable[Finding]) -> int:
    """Count projects (or events without a project) once, however many rows a rule found on them."""
    return len({finding.subject for finding in findings})
