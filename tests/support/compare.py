"""Compares a release with what must come out, table by table; every difference is one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from support.fundgen import Expected
from support.fundgen.grid import SourceFile
from support.fundgen.oracle import Finding, ProjectMoney
from support.release import Release, Row, number

CLASSIFIED = "CLASSIFIED"


def differences(release: Release, expected: Expected, files: Mapping[str, SourceFile]) -> list[str]:
    """Return every difference between a release of a generated year and its expectation."""
    return [
        *_metrics(release, expected),
        *_projects(release, expected),
        *_units(release, expected),
        *_months(release, expected),
        *_indicators(release, expected),
        *_services(release, expected),
        *_survey(release, expected),
        *finding_differences(release, expected, files),
    ]


def _compare(table: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted({*found, *wanted}, key=str):
        if key not in found:
            yield f"{table}: {key} is missing, should be {wanted[key]}"
        elif key not in wanted:
            yield f"{table}: {key} should not be there, is {found[key]}"
        elif found[key] != wanted[key]:
            yield f"{table}: {key} is {found[key]}, should be {wanted[key]}"


def _metrics(release: Release, expected: Expected) -> Iterator[str]:
    found = {name: release.metric(name) for name in release.metrics if name in expected.metrics}
    yield from _compare("metrics", found, expected.metrics)
    fractions = {
        name: (number(row["numerator"]), number(row["denominator"]))
        for name, row in release.metrics.items()
        if name in expected.rates
    }
    wanted = {
        name: (rate.numerator, rate.denominator)
        for name, rate in expected.rates.items()
        if name in expected.metrics and rate.denominator
    }
    yield from _compare("metrics, numerator and denominator", {k: fractions[k] for k in wanted}, wanted)


def _money(row: Row) -> tuple[Decimal, ...]:
    return tuple(Decimal(row[name]) for name in ("released", "paid", "carry_over"))


def _wanted_money(money: ProjectMoney) -> tuple[Decimal, ...]:
    return (money.released_yuan, money.paid_yuan, money.carry_over_yuan)


def _projects(release: Release, expected: Expected) -> Iterator[str]:
    found = {row["project_code"]: _money(row) for row in release.table("projects")}
    wanted = {code: _wanted_money(money) for code, money in expected.projects.items()}
    if expected.metrics["projects_classified"]:
        wanted[CLASSIFIED] = _wanted_money(expected.classified)
    yield from _compare("projects", _without_empty_classified(found, expected), wanted)


def _units(release: Release, expected: Expected) -> Iterator[str]:
    found = {row["unit"]: _money(row) for row in release.table("units")}
    wanted = {unit: _wanted_money(money) for unit, money in expected.units.items()}
    if expected.metrics["projects_classified"]:
        wanted[CLASSIFIED] = _wanted_money(expected.classified)
    yield from _compare("units", _without_empty_classified(found, expected), wanted)


def _without_empty_classified(found: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """Drop a row CLASSIFIED of nothing: a year without classified projects may publish it or not."""
    if expected.metrics["projects_classified"] == 0 and not any(found.get(CLASSIFIED, ())):
        found.pop(CLASSIFIED, None)
    return found


def _months(release: Release, expected: Expected) -> Iterator[str]:
    found = {int(row["month"].split("-")[-1]): Decimal(row["paid"]) for row in release.table("months")}
    yield from _compare("months", found, expected.months)


def _indicators(release: Release, expected: Expected) -> Iterator[str]:
    rows = release.table("indicators")
    found = {row["code"]: (Decimal(row["score"]), Decimal(row["deduction"])) for row in rows}
    yield from _compare("indicators (score, deduction)", found, expected.indicators)


def _services(release: Release, expected: Expected) -> Iterator[str]:
    found = {
        row["indicator_name"]: row["is_met"].lower() in ("true", "1", "是")
        for row in release.table("services")
    }
    yield from _compare("services", found, expected.services_met)


def _survey(release: Release, expected: Expected) -> Iterator[str]:
    found = {
        (int(row["question_no"]), row["option_text"]): int(row["answers"])
        for row in release.table("survey")
        if row["option_text"] and int(row["answers"])
    }
    yield from _compare("survey", found, expected.answers)


def finding_differences(
    release: Release, expected: Expected, files: Mapping[str, SourceFile]
) -> Iterator[str]:
    """Yield findings that are missing, too many, or traced to the wrong row, and measures they do not state."""
    rows = release.table("findings")
    found = Counter((row["rule"], row["project_code"]) for row in rows)
    wanted = Counter((finding.rule, finding.project_code) for finding in expected.findings)
    yield from _compare("findings", found, wanted)
    for finding in expected.findings:
        place = _place(finding, files)
        hits = [row for row in _rows_of(rows, finding) if _stands_at(row, place)]
        if not hits:
            traced = [_traced(row) for row in _rows_of(rows, finding)]
            yield f"findings: {finding.rule} {finding.project_code} should name {place}, names {traced}"
        for row in hits[:1]:
            said = f"{row['found']} {row['difference']}{row['difference_unit']} {row['detail']}"
            yield from (
                f"findings: {finding.rule} should state {part}: {said}"
                for part in finding.says
                if part not in said
            )


def _rows_of(rows: Iterable[Row], finding: Finding) -> list[Row]:
    return [row for row in rows if (row["rule"], row["project_code"]) == (finding.rule, finding.project_code)]


def _place(finding: Finding, files: Mapping[str, SourceFile]) -> tuple[str, str, int]:
    """Return (file, sheet, row) a finding must name; row 0 where no single row is the cause."""
    file = files[finding.kind]
    sheet = file.sheet(finding.table)
    return file.name, sheet.name, sheet.rows[finding.key][0] if finding.key else 0


def _traced(row: Row) -> tuple[str, str, int]:
    return row["source_file"], row["source_sheet"], int(row["source_row"] or 0)


def _stands_at(row: Row, place: tuple[str, str, int]) -> bool:
    file, sheet, line = _traced(row)
    return (file, sheet) == place[:2] and place[2] in (0, line)
