"""What the report says of the data itself: rules run over it, cells corrected, rows waived, releases corrected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fundeval.core.engine import engine, query
from fundeval.core.rooms import RunFolder
from fundeval.core.source_place import place_words
from fundeval.quality.rules import Outcome
from fundeval.report.notes import CellCorrection, Corrected, RuleCheck, Waived
from fundeval.sources.contract import KINDS

CORRECTIONS = "corrections.json"
"""File of the draft that says what changed against the release before; absent where nothing did."""

Place = tuple[str, str, int]


def quality_notes(run: RunFolder) -> dict[str, Any]:
    """Return the fields of :class:`~fundeval.report.notes.ReportNotes` about the data.

    A row may be named where it is among the public rows of the run; rows of classified projects and rows that were
    refused are only counted. ``checks/corrections_<kind>``, ``checks/waived_rows`` and ``checks/rules`` are absent
    where nothing was corrected, waived or examined.
    """
    corrections = [row for kind in KINDS for row in run.rows("checks", f"corrections_{kind}")]
    waived = run.rows("checks", "waived_rows")
    public = _public_places(run, [*map(_place, corrections), *map(_place, waived)])
    shown = [row for row in corrections if _place(row) in public]
    excused = [row for row in waived if not row["source_row"] or _place(row) in public]
    return {
        "cell_corrections": tuple(map(_correction, shown)),
        "cell_corrections_withheld": len(corrections) - len(shown),
        "waived": tuple(map(_waived, excused)),
        "waived_withheld": len(waived) - len(excused),
        "rule_checks": _rules(run),
    }


def read_corrected(run: RunFolder) -> Corrected | None:
    """Read what changed against the release before, as the stage ``build_dataset`` left it in the draft."""
    path = run.path / "draft" / CORRECTIONS
    if not path.is_file():
        return None
    return Corrected.model_validate(json.loads(path.read_text(encoding="utf-8")))


def _place(row: Mapping[str, Any]) -> Place:
    return (row["source_file"] or "", row["source_sheet"] or "", row["source_row"] or 0)


def _public_places(run: RunFolder, wanted: Iterable[Place]) -> set[Place]:
    """Return those of the wanted places that are rows of a public table."""
    listed = sorted(set(wanted))
    if not listed:
        return set()
    files, sheets, numbers = (list(column) for column in zip(*listed, strict=True))
    bound = {"files": files, "sheets": sheets, "numbers": numbers}
    found: set[Place] = set()
    with engine(run, layers=("staging",)) as connection:
        for table in query(connection, _WITH_PLACES)["table_name"].to_pylist():
            rows = query(connection, _AMONG.format(table=table), bound).to_pylist()
            found |= {_place(row) for row in rows}
    return found


_WITH_PLACES = """
select table_name
from information_schema.columns
where table_schema = 'staging' and column_name = 'source_row'
order by table_name
"""


# The table is one of the run's own; everything else is bound.
_AMONG = """
select distinct source_file, source_sheet, source_row
from staging."{table}"
where (source_file, source_sheet, source_row) in (
    select (unnest($files), unnest($sheets), unnest($numbers)::integer)
)
"""


def _correction(row: Mapping[str, Any]) -> CellCorrection:
    return CellCorrection(
        place=f"{place_words(*_place(row))}“{row['column']}”列",
        old_value=row["old_value"] or "",
        new_value=row["new_value"] or "",
        reason=row["reason"] or "",
        who=row["who"] or "",
    )


def _waived(row: Mapping[str, Any]) -> Waived:
    return Waived(
        rule=row["title"],
        place=place_words(*_place(row)),
        reason=row["reason"] or "",
        approved_by=row["approved_by"] or "",
        expires_on=row["expires_on"],
    )


def _rules(run: RunFolder) -> tuple[RuleCheck, ...]:
    """Return every rule as far as public rows go: what it found in rows of classified projects is not told at all."""
    public = _public_findings(run)
    return tuple(_rule(row, public.get(row["rule"], 0)) for row in run.rows("checks", "rules"))


def _public_findings(run: RunFolder) -> dict[str, int]:
    if not run.has("checks", "rule_rows"):
        return {}
    with engine(run, layers=("checks",)) as connection:
        found = query(connection, _PUBLIC_FINDINGS).to_pylist()
    return {row["rule"]: row["rows_found"] for row in found}


_PUBLIC_FINDINGS = """
select rule, count(*) as rows_found
from checks.rule_rows
where not is_classified
group by rule
"""


def _rule(row: Mapping[str, Any], rows_found: int) -> RuleCheck:
    outcome: Outcome = row["outcome"] if rows_found or row["outcome"] != "fail" else "pass"
    return RuleCheck(
        title=row["title"],
        severity=row["severity"],
        outcome=outcome,
        reason=row["reason"] or "",
        rows_examined=row["rows_examined"] or 0,
        rows_found=rows_found,
    )
